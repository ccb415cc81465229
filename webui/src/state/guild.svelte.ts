import { SvelteMap } from "svelte/reactivity";
import type { Channel, Guild as WireGuild, GuildCreate, Member, Presence, Role, User, VoiceState } from "../api/types.gen";
import { has, inChannel, inGuild, permission } from "./permissions";

export const kind = { text: 0, voice: 2, category: 4, announcement: 5 } as const;

export interface ChannelGroup {
  category: Channel | null;
  channels: Channel[];
}

/** A server with everything that is known of it. */
export class Guild {
  readonly id: string;
  name = $state("");
  owner_id = $state("");
  memberCount = $state(0);
  large = $state(false);
  readonly roles = new SvelteMap<string, Role>();
  readonly channels = new SvelteMap<string, Channel>();
  readonly members = new SvelteMap<string, Member>();
  readonly presences = new SvelteMap<string, string>();
  readonly voice = new SvelteMap<string, VoiceState>();
  /** The groups of channels in the order in which they are shown. */
  readonly groups: ChannelGroup[] = $derived.by(() => this.group());

  constructor(from: GuildCreate) {
    this.id = from.id;
    this.fill(from);
  }

  /** Takes in a whole snapshot, in place of what was known. */
  fill(from: GuildCreate) {
    this.update(from);
    this.memberCount = from.member_count;
    this.large = from.large;
    this.channels.clear();
    for (const channel of from.channels) this.channels.set(channel.id, channel);
    this.members.clear();
    for (const member of from.members) if (member.user) this.members.set(member.user.id, member);
    this.presences.clear();
    for (const presence of from.presences) this.setPresence(presence);
    this.voice.clear();
    for (const state of from.voice_states) this.voice.set(state.user_id, state);
  }

  update(from: WireGuild) {
    this.name = from.name;
    this.owner_id = from.owner_id;
    this.roles.clear();
    for (const role of from.roles) this.roles.set(role.id, role);
  }

  setPresence(presence: Presence) {
    if (presence.status === "offline") this.presences.delete(presence.user.id);
    else this.presences.set(presence.user.id, presence.status);
  }

  private group(): ChannelGroup[] {
    const byPlace = (a: Channel, b: Channel) => a.position - b.position || Number(a.type === kind.voice) - Number(b.type === kind.voice) || (BigInt(a.id) < BigInt(b.id) ? -1 : 1);
    // Channels of other kinds (forums, stages) have no screen here.
    const shown = new Set<number>(Object.values(kind));
    const all = [...this.channels.values()].filter((c) => shown.has(c.type));
    const categories = all.filter((c) => c.type === kind.category).sort(byPlace);
    const known = new Set(categories.map((c) => c.id));
    const inside = (parent: string | null) =>
      all
        .filter((c) => c.type !== kind.category && (parent === null ? !c.parent_id || !known.has(c.parent_id) : c.parent_id === parent))
        .sort((a, b) => Number(a.type === kind.voice) - Number(b.type === kind.voice) || byPlace(a, b));
    return [{ category: null, channels: inside(null) }, ...categories.map((category) => ({ category, channels: inside(category.id) }))];
  }

  /** The first channel that one can read in, to begin with. */
  get firstText(): Channel | undefined {
    return this.groups.flatMap((g) => g.channels).find((c) => c.type === kind.text || c.type === kind.announcement);
  }

  rights(userID: string): bigint {
    return inGuild(this, this.members.get(userID), userID);
  }

  rightsIn(channel: Channel, userID: string): bigint {
    return inChannel(this, channel, this.members.get(userID), userID);
  }

  may(userID: string, wanted: bigint, channel?: Channel): boolean {
    return has(channel ? this.rightsIn(channel, userID) : this.rights(userID), wanted);
  }

  nameOf(user: User): string {
    return this.members.get(user.id)?.nick || user.global_name || user.username;
  }

  /** The colour of a member's highest coloured role. */
  colorOf(userID: string): string | undefined {
    const roles = (this.members.get(userID)?.roles ?? []).map((id) => this.roles.get(id)).filter((r): r is Role => !!r && r.color !== 0);
    const top = roles.sort((a, b) => b.position - a.position)[0];
    return top && `#${top.color.toString(16).padStart(6, "0")}`;
  }

  inVoice(channelID: string): VoiceState[] {
    return [...this.voice.values()].filter((v) => v.channel_id === channelID);
  }

  /** Members in the groups of the member list: hoisted roles, then the others who are online, then those who are not. */
  get memberGroups(): { name: string; members: Member[] }[] {
    const hoisted = [...this.roles.values()].filter((r) => r.hoist && r.id !== this.id).sort((a, b) => b.position - a.position);
    const groups = new Map<string, { name: string; members: Member[] }>(hoisted.map((r) => [r.id, { name: r.name, members: [] }]));
    const online = { name: "online", members: [] as Member[] };
    const offline = { name: "offline", members: [] as Member[] };
    for (const member of this.members.values()) {
      if (!member.user) continue;
      if (!this.presences.has(member.user.id)) offline.members.push(member);
      else (groups.get(hoisted.find((r) => member.roles.includes(r.id))?.id ?? "") ?? online).members.push(member);
    }
    const all = [...groups.values(), online, offline].filter((g) => g.members.length > 0);
    const name = (m: Member) => (m.user ? this.nameOf(m.user).toLowerCase() : "");
    for (const group of all) group.members.sort((a, b) => (name(a) < name(b) ? -1 : 1));
    return all;
  }
}

export { permission };
