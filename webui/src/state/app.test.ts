import { beforeEach, describe, expect, it, vi } from "vitest";
import textChannel from "../../../api/wire/testdata/channel_text.json";
import voiceChannel from "../../../api/wire/testdata/channel_voice.json";
import wireGuild from "../../../api/wire/testdata/guild.json";
import ada from "../../../api/wire/testdata/member.json";
import messageEvent from "../../../api/wire/testdata/message_event.json";
import presence from "../../../api/wire/testdata/presence.json";
import threadMessage from "../../../api/wire/testdata/message_thread_starter.json";
import roleEvent from "../../../api/wire/testdata/role_event.json";
import thread from "../../../api/wire/testdata/thread_create.json";
import inVoice from "../../../api/wire/testdata/voice_state.json";
import outOfVoice from "../../../api/wire/testdata/voice_state_left.json";

// The page and the gateway's socket are the browser's; the events that come over it are the real ones.
const page = vi.hoisted(() => {
  const page = { pathname: "/", hidden: false };
  const go = (_: unknown, __: string, path: string) => (page.pathname = path);
  Object.assign(globalThis, { location: page, document: page, history: { pushState: go, replaceState: go }, addEventListener: () => {} });
  return page;
});
const gateway = vi.hoisted(() => ({ receive: (_name: string, _data: unknown): void => {}, state: (_state: string, _next?: number): void => {}, requested: [] as string[] }));
vi.mock("../api/gateway", () => ({
  Gateway: class {
    sessionID = "s";
    constructor(receive: typeof gateway.receive, state: typeof gateway.state) {
      Object.assign(gateway, { receive, state });
    }
    requestMembers = (id: string) => gateway.requested.push(id);
    updateVoice() {}
  },
}));
vi.mock("../api/credentials", () => ({ credentials: { token: async () => "token", expire: () => {} } }));

const { app } = await import("./app.svelte");
const guildID = wireGuild.id;
const other = { ...ada.user, id: "2", username: "ben" };
const whole = (change: object = {}) => ({ ...wireGuild, large: false, member_count: 1, channels: [textChannel, voiceChannel], members: [ada], presences: [presence], voice_states: [inVoice], ...change });
const receive = (name: string, data: unknown) => gateway.receive(name, data);
const ready = (...guilds: unknown[]) => receive("READY", { user: ada.user, guilds });
const guild = () => app.guilds.get(guildID)!;
const message = (change: object = {}) => ({ ...messageEvent, author: other, nonce: undefined, ...change });
let hall: (path: string) => unknown[];
const open = async () => {
  const messages = app.messages("11");
  await messages.open();
  return messages;
};
const ids = async () => (await open()).list.map((s) => s.message.id);

beforeEach(() => {
  hall = () => [];
  vi.stubGlobal("fetch", async (path: string) => new Response(JSON.stringify(hall(path))));
  receive("CHANNEL_DELETE", textChannel); // also forgets what was read there
  app.ready = false;
  app.guilds.clear();
  app.unread.clear();
  gateway.requested.length = 0;
  page.hidden = false;
  app.go("/");
  ready(whole());
});

describe("threads, which have no screen yet,", () => {
  it("are none of the channels, and what is said in them is not unread", () => {
    const before = [...guild().channels.keys()];
    receive("THREAD_CREATE", thread);
    receive("MESSAGE_CREATE", { ...threadMessage, author: other });
    receive("THREAD_UPDATE", thread);
    receive("THREAD_DELETE", thread);
    expect([...guild().channels.keys()]).toEqual(before);
    expect([...app.unread.keys()]).toEqual([]);
  });
});

describe("coming in", () => {
  it("leads to a channel that one can read", () => {
    expect([app.ready, app.path, app.guild?.name, app.channel?.name]).toEqual([true, `/channels/${guildID}/11`, "Garden", "general"]);
  });
  it("again forgets servers that one is no longer in", () => {
    ready(whole({ id: "9" }));
    expect([...app.guilds.keys()]).toEqual(["9"]);
    expect(app.path).toBe("/channels/9/11");
  });
  it("without a server leads to the place where one begins", () => {
    ready();
    expect([app.guilds.size, app.path]).toEqual([0, "/"]);
  });
  it("does not lead away from an invite", () => {
    app.go("/invite/abc");
    ready(whole());
    expect([app.path, app.route.code]).toEqual(["/invite/abc", "abc"]);
  });
  it("asks for the members of a server too large to tell them all at once", () => {
    ready(whole({ large: true }));
    expect(gateway.requested).toEqual([guildID]);
    receive("GUILD_MEMBERS_CHUNK", { guild_id: guildID, members: [{ ...ada, user: other }], presences: [{ user: { id: "2" }, status: "dnd" }] });
    expect([[...guild().members.keys()], guild().presences.get("2")]).toEqual([[ada.user.id, "2"], "dnd"]);
  });
});

describe("a server's events", () => {
  it("add, change and remove channels, and lead out of one that is gone", () => {
    receive("CHANNEL_CREATE", { ...textChannel, id: "13", name: "news", position: 5 });
    receive("CHANNEL_UPDATE", { ...textChannel, id: "13", name: "letters", position: 5 });
    expect(guild().channels.get("13")?.name).toBe("letters");
    receive("CHANNEL_DELETE", textChannel);
    expect([[...guild().channels.keys()], app.path]).toEqual([["12", "13"], `/channels/${guildID}/13`]);
  });
  it("add, change and remove roles", () => {
    receive("GUILD_ROLE_UPDATE", { ...roleEvent, role: { ...roleEvent.role, name: "Wren" } });
    expect(guild().roles.get("8")?.name).toBe("Wren");
    receive("GUILD_ROLE_DELETE", { guild_id: guildID, role_id: "8" });
    receive("GUILD_ROLE_CREATE", { ...roleEvent, role: { ...roleEvent.role, id: "9" } });
    expect([...guild().roles.keys()]).toEqual([guildID, "9"]);
  });
  it("count members as they come and go, with their presence and voice", () => {
    const ben = { ...ada, user: other, guild_id: guildID };
    receive("GUILD_MEMBER_ADD", ben);
    receive("GUILD_MEMBER_UPDATE", { ...ben, nick: "Benny" });
    expect([guild().memberCount, guild().nameOf(other as never)]).toEqual([2, "Benny"]);
    receive("PRESENCE_UPDATE", { ...presence, user: { id: "2" } });
    receive("VOICE_STATE_UPDATE", { ...inVoice, user_id: "2" });
    expect([guild().presences.has("2"), guild().inVoice("12").length]).toEqual([true, 2]);
    for (const _ of [1, 2]) receive("GUILD_MEMBER_REMOVE", { guild_id: guildID, user: other });
    expect([guild().memberCount, guild().members.has("2"), guild().presences.has("2"), guild().inVoice("12").length]).toEqual([1, false, false, 1]);
  });
  it("tell who is in voice", () => {
    receive("VOICE_STATE_UPDATE", outOfVoice);
    expect(guild().inVoice("12")).toEqual([]);
  });
  it("take the server away when one is out of it, not when it is only unavailable", () => {
    receive("GUILD_DELETE", { id: guildID, unavailable: true });
    expect(app.guilds.has(guildID)).toBe(true);
    receive("GUILD_DELETE", { id: guildID });
    expect([app.guilds.size, app.path]).toEqual([0, "/"]);
  });
  it("of an unknown server or kind change nothing", () => {
    for (const name of ["CHANNEL_CREATE", "GUILD_MEMBER_ADD", "GUILD_ROLE_CREATE", "VOICE_STATE_UPDATE"]) receive(name, { ...ada, ...roleEvent, ...inVoice, ...textChannel, guild_id: "404" });
    receive("NOBODY_KNOWS", {});
    expect([app.guilds.size, guild().memberCount, guild().channels.size, guild().roles.size]).toEqual([1, 1, 2, 2]);
  });
});

describe("messages over the gateway", () => {
  it("are read where one is, and unread elsewhere, also behind another window", () => {
    receive("MESSAGE_CREATE", message());
    expect(app.unread.size).toBe(0);
    page.hidden = true;
    receive("MESSAGE_CREATE", message({ author: ada.user }));
    expect(app.unread.size).toBe(0); // one's own
    receive("MESSAGE_CREATE", message());
    expect([...app.unread.keys()]).toEqual(["11"]);
    app.openChannel(guild().channels.get("11")!);
    expect(app.unread.size).toBe(0);
  });
  it("end the typing of whoever wrote, and one's own typing is not shown", async () => {
    const messages = await open();
    receive("TYPING_START", { channel_id: "11", guild_id: guildID, user_id: ada.user.id, timestamp: 1 });
    receive("TYPING_START", { channel_id: "11", guild_id: guildID, user_id: "2", timestamp: 1 });
    expect([...messages.typing.keys()]).toEqual(["2"]);
    receive("MESSAGE_CREATE", message());
    expect([messages.typing.size, messages.newestID]).toEqual([0, messageEvent.id]);
  });
  it("change what is shown, and an edit that comes after the deletion does not bring it back", async () => {
    hall = () => [message()];
    const messages = await open();
    receive("MESSAGE_UPDATE", message({ content: "better" }));
    expect(messages.list.map((s) => s.message.content)).toEqual(["better"]);
    receive("MESSAGE_DELETE", { id: messageEvent.id, channel_id: "11", guild_id: guildID });
    receive("MESSAGE_UPDATE", message({ content: "late" }));
    expect(messages.list).toEqual([]);
  });
  it("that were missed are read when the gateway is there again", async () => {
    gateway.state("open");
    await open();
    hall = () => [message()];
    gateway.state("waiting", 1000);
    expect([app.connection, app.nextAttempt]).toEqual(["waiting", 1000]);
    gateway.state("open");
    await vi.waitFor(async () => expect(await ids()).toEqual([messageEvent.id]));
  });
});
