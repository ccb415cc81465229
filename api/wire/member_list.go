package wire

import "guildhall/store/id"

// GuildSubscribe is the payload of op 14: which parts of a guild's member lists a person looks at.
type GuildSubscribe struct {
	GuildID id.ID `json:"guild_id"`
	GuildSubscription
}

// GuildSubscribeBulk is the payload of op 37: the same for several guilds.
type GuildSubscribeBulk struct {
	Subscriptions map[id.ID]GuildSubscription `json:"subscriptions"`
}

// GuildSubscription says what of one guild is looked at. What is left out stays as it was.
type GuildSubscription struct {
	// Channels are, by channel, the ranges of its member list that are shown: pairs of a first and a last index, both included.
	Channels map[id.ID][][]int `json:"channels"`
	// Members are those whose presence is followed, whatever the size of the guild.
	Members []id.ID `json:"members"`
}

// MemberListUpdate is the payload of GUILD_MEMBER_LIST_UPDATE.
type MemberListUpdate struct {
	GuildID     id.ID             `json:"guild_id"`
	ID          string            `json:"id"`
	OnlineCount int               `json:"online_count"`
	MemberCount int               `json:"member_count"`
	Groups      []MemberListGroup `json:"groups"`
	Ops         []MemberListOp    `json:"ops"`
}

// MemberListGroup is a heading of a member list: a hoisted role's id, "online" or "offline".
type MemberListGroup struct {
	ID    string `json:"id"`
	Count int    `json:"count"`
}

// MemberListOp changes a member list: SYNC and INVALIDATE a range of it, INSERT, UPDATE and DELETE the item at an index. They apply one after another.
type MemberListOp struct {
	Op string `json:"op"`
	// Range is the first and the last index, both included.
	Range []int             `json:"range,omitempty"`
	Items *[]MemberListItem `json:"items,omitempty"`
	Index *int              `json:"index,omitempty"`
	Item  *MemberListItem   `json:"item,omitempty"`
}

// MemberListItem is a heading or a member.
type MemberListItem struct {
	Group  *MemberListGroup  `json:"group,omitempty"`
	Member *MemberListMember `json:"member,omitempty"`
}

// MemberListMember is a member with their presence.
type MemberListMember struct {
	Member
	Presence Presence `json:"presence"`
}
