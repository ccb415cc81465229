import { describe, expect, it } from "vitest";
import type { Channel, Member, Role } from "../api/types.gen";
import { bitsOf, has, inChannel, inGuild, permission } from "./permissions";

const role = (id: string, permissions: bigint) => ({ id, permissions: String(permissions) }) as Role;
const guild = {
  id: "1",
  owner_id: "10",
  roles: new Map([role("1", permission.view | permission.send), role("2", permission.manageMessages), role("3", permission.administrator), role("4", 0n)].map((r) => [r.id, r])),
};
const member = (...roles: string[]) => ({ roles, communication_disabled_until: null }) as unknown as Member;
const channel = (...overwrites: [id: string, type: number, allow: bigint, deny: bigint][]) =>
  ({ permission_overwrites: overwrites.map(([id, type, allow, deny]) => ({ id, type, allow: String(allow), deny: String(deny) })) }) as unknown as Channel;

describe("what somebody may do", () => {
  it("is everything for the owner and administrators", () => {
    for (const [roles, user] of [[[], "10"], [["3"], "11"]] as const) {
      expect(has(inGuild(guild, member(...roles), user), permission.manageGuild)).toBe(true);
      expect(has(inChannel(guild, channel(["1", 0, 0n, permission.view]), member(...roles), user), permission.view)).toBe(true);
    }
  });
  it("adds up over roles", () => {
    expect(inGuild(guild, member("2"), "11")).toBe(permission.view | permission.send | permission.manageMessages);
    expect(inGuild(guild, undefined, "11")).toBe(permission.view | permission.send);
  });
  it("follows overwrites: everyone's, then those of all roles together, then one's own", () => {
    const closed: [string, number, bigint, bigint] = ["1", 0, 0n, permission.send];
    expect(has(inChannel(guild, channel(closed), member(), "11"), permission.send)).toBe(false);
    expect(has(inChannel(guild, channel(closed, ["4", 0, permission.send, 0n]), member("4"), "11"), permission.send)).toBe(true);
    // Of two roles the one that allows wins.
    expect(has(inChannel(guild, channel(closed, ["4", 0, permission.send, 0n], ["2", 0, 0n, permission.send]), member("4", "2"), "11"), permission.send)).toBe(true);
    expect(has(inChannel(guild, channel(["11", 1, 0n, permission.send], ["4", 0, permission.send, 0n]), member("4"), "11"), permission.send)).toBe(false);
  });
  it("is nothing in a channel that cannot be viewed", () => {
    expect(inChannel(guild, channel(["1", 0, permission.send, permission.view]), member(), "11")).toBe(0n);
  });
  it("is only reading while a time-out runs", () => {
    const until = (at: number) => ({ roles: ["2"], communication_disabled_until: new Date(at).toISOString() }) as unknown as Member;
    expect(inChannel(guild, channel(), until(Date.now() + 60_000), "11")).toBe(permission.view);
    expect(has(inChannel(guild, channel(), until(Date.now() - 60_000), "11"), permission.send)).toBe(true);
  });
});

describe("the bits of a set", () => {
  it("are in order, but for the administrator's, which is first", () => {
    expect(bitsOf(0n)).toEqual([]);
    expect(bitsOf((1n << 52n) | permission.send | permission.administrator | permission.kick)).toEqual([3, 1, 11, 52]);
  });
});
