import { SvelteMap } from "svelte/reactivity";
import { credentials } from "../api/credentials";
import { Gateway, type Connection } from "../api/gateway";
import { ApiError, get, post } from "../api/rest";
import type {
  Channel, GuildCreate, GuildMember, GuildMemberRemove, GuildMembersChunk, GuildRole, GuildRoleDelete, Hall, MessageDelete, MessageDeleteBulk, MessageEvent, Presence, SelfUser, StreamDelete, StreamServerUpdate, StreamShown, TokenSet, TypingStart,
  UnavailableGuild, User, UserReady, VoiceServerUpdate, VoiceState, Guild as WireGuild,
} from "../api/types.gen";
import { Guild, kind } from "./guild.svelte";
import { ChannelMessages } from "./messages.svelte";
import { Voice } from "./voice.svelte";

export type Pane = "channels" | "messages" | "members";

/** Everything that the client knows, fed by the gateway. */
class App {
  hall = $state<Hall | null>(null);
  me = $state<SelfUser | null>(null);
  /** "starting" until it is known whether somebody is signed in. */
  phase = $state<"starting" | "outside" | "inside">("starting");
  ready = $state(false);
  connection = $state<Connection>("connecting");
  nextAttempt = $state(0);
  path = $state(location.pathname);
  pane = $state<Pane>("messages");
  membersShown = $state(true);
  notice = $state("");
  readonly guilds = new SvelteMap<string, Guild>();
  /** The newest message of each channel that is not open, when it came while somebody was elsewhere. */
  readonly unread = new SvelteMap<string, true>();
  private readonly channels = new Map<string, ChannelMessages>();
  private lostContact = false;
  readonly gateway = new Gateway(
    (name, data) => this.receive(name, data),
    (state, next) => this.connectionChanged(state, next),
    () => this.signedOut(),
  );
  readonly voice = new Voice(this.gateway, () => this.me?.id ?? "");

  readonly route = $derived.by(() => {
    const [, first, second, third] = this.path.split("/");
    return { page: first ?? "", guildID: first === "channels" ? (second ?? "") : "", channelID: first === "channels" ? (third ?? "") : "", code: first === "invite" ? (second ?? "") : "" };
  });
  readonly guild = $derived(this.guilds.get(this.route.guildID));
  readonly channel = $derived(this.guild?.channels.get(this.route.channelID));

  async start() {
    credentials.onSignedOut = () => this.signedOut();
    addEventListener("popstate", () => (this.path = location.pathname));
    void this.loadHall();
    if (this.path === "/oidc/in") this.comeBack();
    if (!credentials.expected) {
      this.phase = "outside";
      return;
    }
    this.enter();
  }

  /** Somebody has signed in with a provider: the cookie is there. */
  private comeBack() {
    credentials.arrived();
    const to = new URLSearchParams(location.search).get("return") ?? "/";
    // The browser itself refuses addresses of other sites here.
    try {
      history.replaceState(null, "", to);
    } catch {
      history.replaceState(null, "", "/");
    }
    this.path = location.pathname;
  }

  async loadHall() {
    try {
      this.hall = await get<Hall>("/hall", { open: true });
    } catch {
      // The page that needs it says so and tries again.
    }
  }

  go(path: string, replace = false) {
    if (path !== location.pathname) history[replace ? "replaceState" : "pushState"](null, "", path);
    this.path = path;
  }

  /** Goes where somebody is who wants nothing in particular. */
  home() {
    this.go("/", true);
    if (this.ready) this.land();
  }

  /** Counts how often a channel was chosen: whoever chooses one wants to write, also in the one that is open. */
  chosen = $state(0);

  openGuild(guild: Guild, replace = false) {
    const last = this.remembered(guild.id);
    const channel = (last && guild.channels.get(last)) || guild.firstText;
    this.leaveChannel();
    if (channel) this.unread.delete(channel.id);
    this.go(channel ? `/channels/${guild.id}/${channel.id}` : `/channels/${guild.id}`, replace);
  }

  openChannel(channel: Channel) {
    this.leaveChannel();
    try {
      localStorage.setItem(`guildhall.last.${channel.guild_id}`, channel.id);
    } catch {
      // Only a convenience.
    }
    this.unread.delete(channel.id);
    this.pane = "messages";
    this.chosen++;
    this.go(`/channels/${channel.guild_id}/${channel.id}`);
  }

  /** Notes what was read, so that the line between old and new stands right the next time. */
  private leaveChannel() {
    const open = this.channels.get(this.route.channelID);
    if (open) open.readUpTo = open.newestID;
  }

  private remembered(guildID: string) {
    try {
      return localStorage.getItem(`guildhall.last.${guildID}`);
    } catch {
      return null;
    }
  }

  messages(channelID: string): ChannelMessages {
    let found = this.channels.get(channelID);
    if (!found) {
      found = new ChannelMessages(channelID, () => this.me as User);
      this.channels.set(channelID, found);
    }
    return found;
  }

  say(problem: unknown) {
    this.notice = problem instanceof Error ? problem.message : String(problem);
    const shown = this.notice;
    setTimeout(() => {
      if (this.notice === shown) this.notice = "";
    }, 6000);
  }

  /** Takes the answer of a login, registration or set-up. */
  signedIn(set: TokenSet) {
    this.me = credentials.accept(set);
    void this.loadHall();
    this.enter();
  }

  private enter() {
    this.phase = "inside";
    this.gateway.start();
  }

  async signOut() {
    this.voice.leave();
    try {
      await post("/auth/logout", {});
    } catch (problem) {
      if (!(problem instanceof ApiError) || problem.status !== 401) return this.say(problem);
    }
    credentials.forget();
    this.signedOut();
  }

  private signedOut() {
    this.gateway.stop();
    this.voice.leave();
    this.phase = "outside";
    this.ready = false;
    this.me = null;
    this.guilds.clear();
    this.channels.clear();
    this.unread.clear();
    if (!["invite", "reset", "oauth2", "oidc"].includes(this.route.page)) this.go("/", true);
  }

  private connectionChanged(state: Connection, next = 0) {
    if (state !== "open" && this.connection === "open") this.lostContact = true;
    this.connection = state;
    this.nextAttempt = next;
    if (state === "open" && this.lostContact) {
      this.lostContact = false;
      for (const channel of this.channels.values()) void channel.catchUp();
      this.voice.gatewayBack();
    }
  }

  /** One method per kind of event. */
  private readonly methods: Record<string, (data: never) => void> = {
    READY: (data: UserReady) => this.takeReady(data),
    RESUMED: () => {},
    USER_UPDATE: (user: SelfUser) => (this.me = user),
    GUILD_CREATE: (guild: GuildCreate) => this.takeGuild(guild),
    GUILD_UPDATE: (guild: WireGuild) => this.guilds.get(guild.id)?.update(guild),
    GUILD_DELETE: (guild: UnavailableGuild) => this.dropGuild(guild),
    CHANNEL_CREATE: (channel: Channel) => this.guilds.get(channel.guild_id)?.channels.set(channel.id, channel),
    CHANNEL_UPDATE: (channel: Channel) => this.guilds.get(channel.guild_id)?.channels.set(channel.id, channel),
    CHANNEL_DELETE: (channel: Channel) => this.dropChannel(channel),
    GUILD_ROLE_CREATE: (e: GuildRole) => this.guilds.get(e.guild_id)?.roles.set(e.role.id, e.role),
    GUILD_ROLE_UPDATE: (e: GuildRole) => this.guilds.get(e.guild_id)?.roles.set(e.role.id, e.role),
    GUILD_ROLE_DELETE: (e: GuildRoleDelete) => this.guilds.get(e.guild_id)?.roles.delete(e.role_id),
    GUILD_MEMBER_ADD: (e: GuildMember) => this.takeMember(e, 1),
    GUILD_MEMBER_UPDATE: (e: GuildMember) => this.takeMember(e, 0),
    GUILD_MEMBER_REMOVE: (e: GuildMemberRemove) => this.dropMember(e),
    GUILD_MEMBERS_CHUNK: (e: GuildMembersChunk) => this.takeChunk(e),
    PRESENCE_UPDATE: (presence: Presence) => this.guilds.get(presence.guild_id ?? "")?.setPresence(presence),
    TYPING_START: (e: TypingStart) => this.takeTyping(e),
    MESSAGE_CREATE: (message: MessageEvent) => this.takeMessage(message),
    MESSAGE_UPDATE: (message: MessageEvent) => this.updateMessage(message),
    MESSAGE_DELETE: (e: MessageDelete) => this.channels.get(e.channel_id)?.deleted(e.id),
    MESSAGE_DELETE_BULK: (e: MessageDeleteBulk) => e.ids.forEach((id) => this.channels.get(e.channel_id)?.deleted(id)),
    VOICE_STATE_UPDATE: (state: VoiceState) => this.takeVoiceState(state),
    VOICE_SERVER_UPDATE: (e: VoiceServerUpdate) => this.voice.connect(e),
    STREAM_CREATE: (e: StreamShown) => this.voice.streams.created(e),
    STREAM_SERVER_UPDATE: (e: StreamServerUpdate) => this.voice.streams.summoned(e),
    STREAM_DELETE: (e: StreamDelete) => this.voice.streams.deleted(e),
  };

  private receive(name: string, data: unknown) {
    this.methods[name]?.(data as never);
  }

  private takeReady(ready: UserReady) {
    this.me = ready.user;
    const seen = new Set<string>();
    for (const text of ready.guilds as GuildCreate[]) {
      seen.add(text.id);
      this.takeGuild(text);
    }
    for (const id of this.guilds.keys()) if (!seen.has(id)) this.guilds.delete(id);
    this.ready = true;
    this.land();
  }

  /** Goes where somebody should be after they have come in. */
  private land() {
    if (["invite", "setup", "reset", "oauth2", "oidc"].includes(this.route.page)) return;
    const guild = this.guild ?? this.guilds.values().next().value;
    if (guild && (!this.guild || !this.channel)) this.openGuild(guild);
    else if (!guild) this.go("/", true);
  }

  private takeGuild(from: GuildCreate) {
    const known = this.guilds.get(from.id);
    if (known) known.fill(from);
    else this.guilds.set(from.id, new Guild(from));
    if (from.large) this.gateway.requestMembers(from.id);
    if (this.ready && this.route.page === "channels" && !this.guild) this.land();
  }

  private dropGuild(gone: UnavailableGuild) {
    if (gone.unavailable) return;
    this.guilds.delete(gone.id);
    this.voice.guildGone(gone.id);
    if (this.route.guildID === gone.id) this.land();
  }

  private dropChannel(channel: Channel) {
    this.guilds.get(channel.guild_id)?.channels.delete(channel.id);
    this.channels.delete(channel.id);
    this.unread.delete(channel.id);
    if (this.route.channelID === channel.id) this.land();
  }

  private takeMember(e: GuildMember, more: number) {
    const guild = this.guilds.get(e.guild_id);
    if (!guild || !e.user) return;
    guild.members.set(e.user.id, e as never);
    guild.memberCount += more;
  }

  private dropMember(e: GuildMemberRemove) {
    const guild = this.guilds.get(e.guild_id);
    if (!guild?.members.delete(e.user.id)) return;
    guild.presences.delete(e.user.id);
    guild.voice.delete(e.user.id);
    guild.memberCount--;
  }

  private takeChunk(e: GuildMembersChunk) {
    const guild = this.guilds.get(e.guild_id);
    for (const member of e.members) if (member.user) guild?.members.set(member.user.id, member);
    for (const presence of e.presences ?? []) guild?.setPresence(presence);
  }

  private takeTyping(e: TypingStart) {
    if (e.user_id !== this.me?.id) this.channels.get(e.channel_id)?.typed(e.user_id);
  }

  private takeMessage(message: MessageEvent) {
    const guild = this.guilds.get(message.guild_id ?? "");
    const channel = guild?.channels.get(message.channel_id);
    if (channel) guild?.channels.set(channel.id, { ...channel, last_message_id: message.id });
    const open = this.channels.get(message.channel_id);
    open?.typing.delete(message.author.id);
    if (open?.loaded) open.take([message]);
    const reading = this.route.channelID === message.channel_id && !document.hidden;
    if (channel && !reading && message.author.id !== this.me?.id) this.unread.set(message.channel_id, true);
  }

  private updateMessage(message: MessageEvent) {
    const open = this.channels.get(message.channel_id);
    if (open?.list.some((s) => s.message.id === message.id)) open.take([message]);
  }

  private takeVoiceState(state: VoiceState) {
    const guild = this.guilds.get(state.guild_id ?? "");
    if (state.channel_id) guild?.voice.set(state.user_id, state);
    else guild?.voice.delete(state.user_id);
    this.voice.stateChanged(state);
  }

  /** Text channels in which somebody may write, to show or hide the composer. */
  isText(channel: Channel) {
    return channel.type === kind.text || channel.type === kind.announcement;
  }
}

export const app = new App();
