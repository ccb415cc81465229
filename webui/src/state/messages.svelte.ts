import { SvelteMap } from "svelte/reactivity";
import { ApiError, get, patch, post, remove } from "../api/rest";
import type { Message, User } from "../api/types.gen";

/** A message on the screen: one that the hall has, or one of one's own that is on its way. */
export interface Shown {
  /** Stays the same when a message on its way arrives, so that its row does. */
  key: string;
  message: Message;
  state: "there" | "sending" | "failed";
  problem?: string;
}

const page = 50;
const largestGap = 400;
/** How long a sender keeps trying by itself when the hall cannot be reached. */
const retryFor = 60_000;

const older = (a: string, b: string) => (a.length === b.length ? a < b : a.length < b.length);

/** The messages of one channel, as far as they were read. */
export class ChannelMessages {
  list = $state.raw<Shown[]>([]);
  loading = $state(false);
  loaded = $state(false);
  /** Whether there may be older ones than the first. */
  hasOlder = $state(true);
  problem = $state("");
  /** Typing people with the time until which it counts. */
  readonly typing = new SvelteMap<string, number>();
  draft = $state("");
  /** The newest message that was there when the channel was left last; newer ones are unread. */
  readUpTo = $state("");
  /** What was deleted, so that an answer that was on its way then does not bring it back. */
  private readonly gone = new Set<string>();

  constructor(
    readonly channelID: string,
    private readonly me: () => User,
  ) {}

  private get there() {
    return this.list.filter((s) => s.state === "there");
  }

  get newestID(): string {
    return this.there.at(-1)?.message.id ?? "";
  }

  async open() {
    if (this.loaded || this.loading) return;
    await this.read("");
    this.loaded = !this.problem;
  }

  async loadOlder() {
    const first = this.there[0];
    if (!this.loaded || this.loading || !this.hasOlder || !first) return;
    await this.read(`&before=${first.message.id}`);
  }

  private async read(query: string) {
    this.loading = true;
    this.problem = "";
    try {
      const found = await get<Message[]>(`/channels/${this.channelID}/messages?limit=${page}${query}`);
      if (found.length < page) this.hasOlder = false;
      this.take(found);
    } catch (cause) {
      this.problem = cause instanceof Error ? cause.message : String(cause);
    } finally {
      this.loading = false;
    }
  }

  /** After a time without the gateway: reads what was posted meanwhile, and what was changed or deleted of the latest page. */
  async catchUp() {
    if (!this.loaded) return;
    try {
      let after = this.newestID || "0";
      for (let read = 0; ; ) {
        const found = await get<Message[]>(`/channels/${this.channelID}/messages?limit=100&after=${after}`);
        this.take(found);
        read += found.length;
        if (found.length < 100) break;
        if (read >= largestGap) return this.restart();
        after = found[0]!.id;
      }
      const latest = await get<Message[]>(`/channels/${this.channelID}/messages?limit=${page}`);
      this.reconcile(latest);
    } catch {
      // The next reconnect tries again; what is shown stays.
    }
  }

  private async restart() {
    this.list = this.list.filter((s) => s.state !== "there");
    this.hasOlder = true;
    await this.read("");
  }

  /** Makes the newest page what the hall says it is. */
  private reconcile(latest: Message[]) {
    const ids = new Set(latest.map((m) => m.id));
    const oldest = latest.at(-1)?.id;
    this.list = this.list.filter((s) => s.state !== "there" || ids.has(s.message.id) || (oldest !== undefined && latest.length === page && older(s.message.id, oldest)));
    this.take(latest);
  }

  /** Takes messages in, each once, in order. One's own that were on their way are recognised by their nonce. */
  take(messages: Message[]) {
    const there = new Map(this.list.map((s) => [s.message.id, s]));
    const waiting = new Map(this.list.filter((s) => s.state !== "there").map((s) => [s.key, s]));
    for (const message of messages) {
      const nonce = typeof message.nonce === "string" ? message.nonce : "";
      const own = message.author.id === this.me().id ? waiting.get(nonce) : undefined;
      if (this.gone.has(message.id)) {
        if (own) there.delete(own.message.id);
        continue;
      }
      const known = there.get(message.id) ?? own;
      if (own && !there.has(message.id)) there.delete(own.message.id);
      there.set(message.id, { key: known?.key ?? message.id, message, state: "there" });
    }
    const all = [...there.values()];
    const settled = all.filter((s) => s.state === "there").sort((a, b) => (older(a.message.id, b.message.id) ? -1 : 1));
    this.list = [...settled, ...all.filter((s) => s.state !== "there")];
  }

  deleted(messageID: string) {
    this.gone.add(messageID);
    this.list = this.list.filter((s) => s.message.id !== messageID);
  }

  /** Shows a message at once and posts it. The nonce lets it be posted again without being there twice. */
  async send(content: string, replyTo: Message | null) {
    const key = `${Date.now().toString(36)}${crypto.getRandomValues(new Uint32Array(2)).join("")}`.slice(0, 25);
    const message: Message = {
      id: key, channel_id: this.channelID, author: this.me(), content, timestamp: new Date().toISOString(), edited_timestamp: null, tts: false, mention_everyone: false, mentions: [],
      mention_roles: [], attachments: [], embeds: [], components: [], nonce: key, pinned: false, type: replyTo ? 19 : 0, flags: 0,
      ...(replyTo && { message_reference: { type: 0, message_id: replyTo.id, channel_id: this.channelID }, referenced_message: replyTo }),
    };
    this.list = [...this.list, { key, message, state: "sending" }];
    await this.deliver(key);
  }

  async retry(key: string) {
    this.mark(key, { state: "sending", problem: undefined });
    await this.deliver(key);
  }

  discard(key: string) {
    this.list = this.list.filter((s) => s.key !== key);
  }

  private mark(key: string, change: Partial<Shown>) {
    this.list = this.list.map((s) => (s.key === key && s.state !== "there" ? { ...s, ...change } : s));
  }

  private async deliver(key: string) {
    const waiting = this.list.find((s) => s.key === key);
    if (!waiting) return;
    const reference = waiting.message.message_reference;
    const body = { content: waiting.message.content, nonce: key, enforce_nonce: true, ...(reference && { message_reference: { message_id: reference.message_id, fail_if_not_exists: false } }) };
    const until = Date.now() + retryFor;
    for (let attempt = 0; ; attempt++) {
      try {
        this.take([await post<Message>(`/channels/${this.channelID}/messages`, body)]);
        return;
      } catch (cause) {
        const problem = cause as ApiError;
        // Not reached, or the hall is restarting: try again, the nonce keeps it from being there twice.
        if ((problem.unreachable || problem.status >= 500) && Date.now() < until) {
          await new Promise((done) => setTimeout(done, Math.min(500 * 2 ** attempt, 4000)));
          if (this.list.some((s) => s.key === key && s.state === "there")) return;
          continue;
        }
        this.mark(key, { state: "failed", problem: problem.message });
        return;
      }
    }
  }

  async edit(messageID: string, content: string) {
    const before = this.list.find((s) => s.message.id === messageID)?.message;
    if (!before || before.content === content) return;
    this.take([{ ...before, content, edited_timestamp: new Date().toISOString() }]);
    try {
      this.take([await patch<Message>(`/channels/${this.channelID}/messages/${messageID}`, { content })]);
    } catch (cause) {
      this.take([before]);
      throw cause;
    }
  }

  async delete(messageID: string) {
    const before = this.list.find((s) => s.message.id === messageID)?.message;
    this.deleted(messageID);
    try {
      await remove(`/channels/${this.channelID}/messages/${messageID}`);
    } catch (cause) {
      if ((cause as ApiError).status !== 404) {
        this.gone.delete(messageID);
        if (before) this.take([before]); // what came meanwhile stays
        throw cause;
      }
    }
  }

  typed(userID: string) {
    this.typing.set(userID, Date.now() + 10_000);
    setTimeout(() => {
      if ((this.typing.get(userID) ?? 0) <= Date.now()) this.typing.delete(userID);
    }, 10_050);
  }
}
