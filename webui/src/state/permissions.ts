// Permission arithmetic for what the screen offers. The hall decides for itself; this only spares people buttons that would be refused.
import type { Channel, Member, Role } from "../api/types.gen";

export const permission = {
  createInvite: 1n << 0n,
  kick: 1n << 1n,
  administrator: 1n << 3n,
  manageChannels: 1n << 4n,
  manageGuild: 1n << 5n,
  stream: 1n << 9n,
  view: 1n << 10n,
  send: 1n << 11n,
  manageMessages: 1n << 13n,
  readHistory: 1n << 16n,
  connect: 1n << 20n,
  speak: 1n << 21n,
  mute: 1n << 22n,
  move: 1n << 24n,
} as const;

const all = (1n << 53n) - 1n;

interface GuildRights {
  id: string;
  owner_id: string;
  roles: ReadonlyMap<string, Role>;
}

/** What a member may do in the guild as a whole. */
export function inGuild(guild: GuildRights, member: Member | undefined, userID: string): bigint {
  if (guild.owner_id === userID) return all;
  let held = BigInt(guild.roles.get(guild.id)?.permissions ?? "0");
  for (const roleID of member?.roles ?? []) held |= BigInt(guild.roles.get(roleID)?.permissions ?? "0");
  return held & permission.administrator ? all : held;
}

/** What a member may do in a channel: @everyone's overwrite, then those of the roles together, then the member's own. */
export function inChannel(guild: GuildRights, channel: Channel, member: Member | undefined, userID: string): bigint {
  let held = inGuild(guild, member, userID);
  if (held === all) return all;
  const everyone = channel.permission_overwrites.find((o) => o.id === guild.id);
  if (everyone) held = (held & ~BigInt(everyone.deny)) | BigInt(everyone.allow);
  let allow = 0n;
  let deny = 0n;
  for (const o of channel.permission_overwrites) {
    if (o.type === 0 && o.id !== guild.id && member?.roles.includes(o.id)) {
      allow |= BigInt(o.allow);
      deny |= BigInt(o.deny);
    }
  }
  held = (held & ~deny) | allow;
  const own = channel.permission_overwrites.find((o) => o.type === 1 && o.id === userID);
  if (own) held = (held & ~BigInt(own.deny)) | BigInt(own.allow);
  if (!(held & permission.view)) return 0n;
  const until = member?.communication_disabled_until;
  if (until && Date.parse(until) > Date.now()) held &= permission.view | permission.readHistory;
  return held;
}

export const has = (held: bigint, wanted: bigint) => (held & wanted) === wanted;

export const administratorBit = 3;

/** The bits of a set of permissions, the administrator's first. */
export function bitsOf(set: bigint): number[] {
  const bits: number[] = [];
  for (let bit = 0; set >> BigInt(bit); bit++) if (has(set, 1n << BigInt(bit))) bits.push(bit);
  return bits.sort((a, b) => Number(b === administratorBit) - Number(a === administratorBit));
}
