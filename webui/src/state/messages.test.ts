import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Message, User } from "../api/types.gen";
import { ChannelMessages } from "./messages.svelte";

vi.mock("../api/credentials", () => ({ credentials: { token: async () => "token", expire: () => {} } }));

const me = { id: "1", username: "ada" } as User;
const other = { id: "2", username: "ben" } as User;

interface Call {
  method: string;
  path: string;
  body: Record<string, unknown>;
}
let calls: Call[];
let answer: (call: Call) => [status: number, body: unknown] | Promise<[status: number, body: unknown]>;

beforeEach(() => {
  calls = [];
  answer = () => [200, []];
  vi.stubGlobal("fetch", async (path: string, options: { method: string; body?: string }) => {
    const call = { method: options.method, path: path.replace("/api/v10/channels/7", ""), body: options.body ? JSON.parse(options.body) : {} };
    calls.push(call);
    const [status, body] = await answer(call);
    return new Response(status === 204 ? null : JSON.stringify(body), { status });
  });
});

const message = (id: string, author = other, extra: Partial<Message> = {}): Message => ({
  id, channel_id: "7", author, content: `message ${id}`, timestamp: "2026-05-01T12:00:00+00:00", edited_timestamp: null, tts: false, mention_everyone: false, mentions: [], mention_roles: [],
  attachments: [], embeds: [], components: [], pinned: false, type: 0, flags: 0, ...extra,
});
const open = async (there: Message[]) => {
  answer = () => [200, there.toReversed()];
  const messages = new ChannelMessages("7", () => me);
  await messages.open();
  calls = [];
  answer = () => [200, []];
  return messages;
};
const ids = (messages: ChannelMessages) => messages.list.map((s) => s.message.id);

describe("reading", () => {
  it("takes messages once and in order, however they come", async () => {
    const messages = await open([message("10"), message("20")]);
    messages.take([message("30"), message("9"), message("20"), message("100")]);
    expect(ids(messages)).toEqual(["9", "10", "20", "30", "100"]);
    expect(messages.newestID).toBe("100");
  });
  it("asks for older ones until there are none", async () => {
    const newest = Array.from({ length: 50 }, (_, i) => message(String(100 + i)));
    const messages = await open(newest);
    answer = (call) => [200, call.path.includes("before=100") ? [message("99"), message("98")] : []];
    await messages.loadOlder();
    expect(ids(messages).slice(0, 3)).toEqual(["98", "99", "100"]);
    expect(messages.hasOlder).toBe(false);
    await messages.loadOlder();
    expect(calls).toHaveLength(1);
  });
  it("says what went wrong, and can be tried again", async () => {
    answer = () => [403, { code: 50001, message: "Missing Access" }];
    const messages = new ChannelMessages("7", () => me);
    await messages.open();
    expect([messages.problem, messages.loaded]).toEqual(["Missing Access", false]);
    answer = () => [200, [message("1")]];
    await messages.open();
    expect([messages.problem, messages.loaded, ids(messages)]).toEqual(["", true, ["1"]]);
  });
  it("catches up on what was posted, changed and deleted meanwhile", async () => {
    const messages = await open([message("1"), message("2"), message("3")]);
    const changed = message("1", other, { content: "changed" });
    answer = (call) => [200, call.path.includes("after=3") ? [message("5"), message("4")] : [message("5"), message("4"), message("3"), changed]];
    await messages.catchUp();
    expect(ids(messages)).toEqual(["1", "3", "4", "5"]);
    expect(messages.list[0]!.message.content).toBe("changed");
  });
});

describe("sending", () => {
  it("shows at once, and keeps its row when it is there", async () => {
    const messages = await open([message("1")]);
    let arrive!: (value: [number, unknown]) => void;
    answer = () => new Promise((done) => (arrive = done));
    const sent = messages.send("hello", null);
    const { key, state } = messages.list[1]!;
    expect(state).toBe("sending");
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    expect(calls[0]!.body).toMatchObject({ content: "hello", nonce: key, enforce_nonce: true });
    arrive([200, message("2", me, { content: "hello", nonce: key })]);
    await sent;
    expect(messages.list[1]).toMatchObject({ key, state: "there" });
    expect(ids(messages)).toEqual(["1", "2"]);
  });
  it("is there once when the gateway is quicker than the answer", async () => {
    const messages = await open([]);
    answer = (call) => {
      const there = message("2", me, { nonce: call.body.nonce as string });
      messages.take([there]);
      return [200, there];
    };
    await messages.send("hello", null);
    expect(ids(messages)).toEqual(["2"]);
  });
  it("stays below what others write meanwhile until it is there", async () => {
    const messages = await open([]);
    answer = (call) => {
      messages.take([message("5")]);
      expect(messages.list.map((s) => s.state)).toEqual(["there", "sending"]);
      return [200, message("4", me, { nonce: call.body.nonce as string })];
    };
    await messages.send("hello", null);
    expect(ids(messages)).toEqual(["4", "5"]);
  });
  it("tells what is refused, and can be tried again or thrown away", async () => {
    const messages = await open([]);
    answer = () => [403, { code: 50013, message: "You may not." }];
    await messages.send("one", null);
    await messages.send("two", null);
    expect(messages.list.map((s) => [s.state, s.problem])).toEqual([["failed", "You may not."], ["failed", "You may not."]]);
    const [first, second] = messages.list;
    answer = (call) => [200, message("9", me, { nonce: call.body.nonce as string })];
    await messages.retry(first!.key);
    expect(calls.at(-1)!.body.nonce).toBe(first!.key);
    messages.discard(second!.key);
    expect(messages.list.map((s) => [s.state, s.message.id])).toEqual([["there", "9"]]);
  });
  it("tries again by itself with the same nonce while the hall restarts", async () => {
    vi.useFakeTimers();
    try {
      const messages = await open([]);
      let failures = 2;
      answer = (call) => (failures-- > 0 ? [503, { message: "Stopping." }] : [200, message("3", me, { nonce: call.body.nonce as string })]);
      const sent = messages.send("hello", null);
      await vi.runAllTimersAsync();
      await sent;
      expect(new Set(calls.map((call) => call.body.nonce)).size).toBe(1);
      expect(ids(messages)).toEqual(["3"]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("changing", () => {
  it("shows an edit at once, and takes it back when it is refused", async () => {
    const messages = await open([message("1", me)]);
    answer = () => {
      expect(messages.list[0]!.message.content).toBe("better");
      return [403, { message: "No." }];
    };
    await expect(messages.edit("1", "better")).rejects.toThrow("No.");
    expect(messages.list[0]!.message.content).toBe("message 1");
  });
  it("deletes at once; refused, the message is back beside what came meanwhile", async () => {
    const messages = await open([message("1", me), message("2")]);
    answer = () => {
      expect(ids(messages)).toEqual(["2"]);
      messages.take([message("3")]);
      return [403, { message: "No." }];
    };
    await expect(messages.delete("1")).rejects.toThrow("No.");
    expect(ids(messages)).toEqual(["1", "2", "3"]);
  });
  it("does not mind deleting what is gone", async () => {
    const messages = await open([message("1", me)]);
    answer = () => [404, { code: 10008, message: "Unknown Message" }];
    await messages.delete("1");
    expect(ids(messages)).toEqual([]);
  });
});

describe("a message deleted while a request is on its way", () => {
  it.each([[200, message("1", me, { content: "late" })], [404, { code: 10008, message: "Unknown Message" }]] as const)("does not come back with the answer %i to its edit", async (status, body) => {
    const messages = await open([message("1", me)]);
    answer = () => {
      messages.deleted("1");
      return [status, body];
    };
    await messages.edit("1", "late").catch(() => {});
    expect(ids(messages)).toEqual([]);
  });
  it.each([true, false])("does not come back with the answer to its sending, whether it was told of before or not (%s)", async (known) => {
    const messages = await open([]);
    answer = (call) => {
      const there = message("2", me, { nonce: call.body.nonce as string });
      if (known) messages.take([there]);
      messages.deleted("2");
      return [200, there];
    };
    await messages.send("hello", null);
    expect(messages.list).toEqual([]);
  });
  it("does not come back with a page that was read before", async () => {
    const messages = new ChannelMessages("7", () => me);
    answer = () => {
      messages.deleted("1");
      return [200, [message("1")]];
    };
    await messages.open();
    expect(ids(messages)).toEqual([]);
  });
});
