import { describe, expect, it } from "vitest";
import textChannel from "../../../api/wire/testdata/channel_text.json";
import voiceChannel from "../../../api/wire/testdata/channel_voice.json";
import wireGuild from "../../../api/wire/testdata/guild.json";
import ada from "../../../api/wire/testdata/member.json";
import presence from "../../../api/wire/testdata/presence.json";
import absent from "../../../api/wire/testdata/presence_empty.json";
import inVoice from "../../../api/wire/testdata/voice_state.json";
import type { Channel, GuildCreate, Member, Presence, Role, User } from "../api/types.gen";
import { Guild, kind, permission } from "./guild.svelte";

const benID = "1499742181785600001";
const ben: Member = { ...ada, user: { ...ada.user, id: benID, username: "ben", global_name: null } as User, nick: null, roles: [], communication_disabled_until: null };
const snapshot = (change: Partial<GuildCreate> = {}): GuildCreate =>
  ({
    ...wireGuild, joined_at: "2026-01-02T12:00:00+00:00", large: false, unavailable: false, member_count: 2, channels: [textChannel, voiceChannel], members: [ada, ben], presences: [presence], voice_states: [inVoice],
    ...change,
  }) as unknown as GuildCreate;
const channel = (id: string, type: number, position: number, parent_id: string | null = null): Channel => ({ ...textChannel, id, type, position, parent_id, permission_overwrites: [] }) as Channel;
const role = (id: string, change: Partial<Role>): Role => ({ ...wireGuild.roles[0]!, id, ...change }) as unknown as Role;
const shown = (guild: Guild) => guild.groups.map((g) => [g.category?.id ?? null, g.channels.map((c) => c.id)]);
const listed = (guild: Guild) => guild.memberGroups.map((g) => [g.name, g.members.map((m) => m.user!.username)]);

describe("a server", () => {
  it("knows what the hall told of it", () => {
    const guild = new Guild(snapshot());
    expect([guild.id, guild.name, guild.owner_id, guild.memberCount, guild.large]).toEqual([wireGuild.id, "Garden", ada.user.id, 2, false]);
    expect([...guild.roles.keys()]).toEqual([wireGuild.id, "8"]);
    expect([...guild.members.keys()]).toEqual([ada.user.id, benID]);
    expect(guild.presences.get(ada.user.id)).toBe("idle");
    expect(guild.inVoice("12").map((v) => v.user_id)).toEqual([ada.user.id]);
    expect(guild.inVoice("11")).toEqual([]);
  });
  it("forgets what a new snapshot no longer holds", () => {
    const guild = new Guild(snapshot());
    guild.fill(snapshot({ name: "Orchard", member_count: 1, channels: [channel("20", kind.text, 0)], members: [ben], presences: [], voice_states: [], roles: [role(wireGuild.id, {})] }));
    expect([guild.name, guild.memberCount]).toEqual(["Orchard", 1]);
    expect([guild.roles, guild.channels, guild.members].map((m) => [...m.keys()])).toEqual([[wireGuild.id], ["20"], [benID]]);
    expect([guild.presences.size, guild.voice.size]).toEqual([0, 0]);
  });
  it("keeps channels and members when only its name or roles change", () => {
    const guild = new Guild(snapshot());
    guild.update(snapshot({ name: "Orchard", roles: [] }));
    expect([guild.name, guild.roles.size, guild.channels.size, guild.members.size]).toEqual(["Orchard", 0, 2, 2]);
  });
  it("shows no channels of kinds that have no screen", () => {
    const guild = new Guild(snapshot({ channels: [channel("20", kind.text, 0), channel("21", 15, 0), channel("22", 16, 0), channel("23", 13, 0), channel("24", kind.announcement, 1)] }));
    expect(shown(guild)).toEqual([[null, ["20", "24"]]]);
  });
  it("counts as present only who is not offline", () => {
    const guild = new Guild(snapshot());
    guild.setPresence(absent as unknown as Presence);
    expect(guild.presences.has(ada.user.id)).toBe(false);
  });
});

describe("channels", () => {
  it("stand by position, with voice below text and those without a category first", () => {
    const guild = new Guild(
      snapshot({ channels: [channel("1", kind.voice, 0), channel("2", kind.text, 1), channel("3", kind.text, 0), channel("4", kind.category, 1), channel("5", kind.category, 0), channel("6", kind.text, 0, "4")] }),
    );
    expect(shown(guild)).toEqual([[null, ["3", "2", "1"]], ["5", []], ["4", ["6"]]]);
    expect(guild.firstText?.id).toBe("3");
  });
  it("stand by age at the same position, also when ids differ in length", () => {
    const guild = new Guild(snapshot({ channels: [channel("100", kind.text, 0), channel("99", kind.text, 0)] }));
    expect(shown(guild)).toEqual([[null, ["99", "100"]]]);
  });
  it("are not lost with their category", () => {
    const guild = new Guild(snapshot({ channels: [channel("4", kind.category, 0), channel("6", kind.text, 0, "4")] }));
    guild.channels.delete("4");
    expect(shown(guild)).toEqual([[null, ["6"]]]);
  });
  it("begin with one to read; a server of voice alone has none", () => {
    expect(new Guild(snapshot({ channels: [channel("1", kind.voice, 0), channel("2", kind.announcement, 3)] })).firstText?.id).toBe("2");
    expect(new Guild(snapshot({ channels: [channel("1", kind.voice, 0)] })).firstText).toBeUndefined();
  });
});

describe("members", () => {
  it("go by nickname, else display name, else user name", () => {
    const guild = new Guild(snapshot());
    expect([guild.nameOf(ada.user as User), guild.nameOf(ben.user!)]).toEqual(["A", "ben"]);
    guild.members.delete(ada.user.id);
    expect(guild.nameOf(ada.user as User)).toBe("Ada");
  });
  it("have the colour of their highest coloured role", () => {
    const guild = new Guild(snapshot({ roles: [role("7", { color: 0x00000f, position: 3 }), role("8", { color: 0xff8800, position: 2 }), role("9", { color: 0, position: 9 })] }));
    expect(guild.colorOf(ada.user.id)).toBe("#00000f");
    guild.members.set(ada.user.id, { ...ada, roles: ["8", "9", "gone"] } as Member);
    expect(guild.colorOf(ada.user.id)).toBe("#ff8800");
    expect(guild.colorOf(benID)).toBeUndefined();
  });
  it("are listed under their highest role that stands out while they are there, then by presence and name", () => {
    const guild = new Guild(snapshot({ roles: [role("7", { name: "Keepers", hoist: true, position: 5 }), role("8", { name: "Robins", hoist: true, position: 1 })] }));
    const carl = { ...ben, user: { ...ben.user!, id: "3", username: "Carl" } };
    guild.members.set("3", carl);
    expect(listed(guild)).toEqual([["Keepers", ["ada"]], ["offline", ["ben", "Carl"]]]);
    for (const id of ["3", benID]) guild.setPresence({ ...presence, user: { id }, status: "online" } as unknown as Presence);
    guild.members.set("3", { ...carl, roles: ["8"] });
    expect(listed(guild)).toEqual([["Keepers", ["ada"]], ["Robins", ["Carl"]], ["online", ["ben"]]]);
  });
});

describe("what a member may do", () => {
  it("follows the server's owner, roles and the channel's overwrites", () => {
    const guild = new Guild(snapshot());
    const general = guild.channels.get("11")!;
    expect(guild.may(ada.user.id, permission.manageGuild, general)).toBe(true);
    expect(guild.may(benID, permission.view, general)).toBe(true);
    expect(guild.may(benID, permission.send, general)).toBe(false);
  });
  it("changes with the roles as they come and go", () => {
    const guild = new Guild(snapshot());
    guild.members.set(benID, { ...ben, roles: ["8"] });
    expect(guild.may(benID, permission.manageGuild)).toBe(true);
    guild.roles.delete("8");
    expect(guild.may(benID, permission.manageGuild)).toBe(false);
  });
});
