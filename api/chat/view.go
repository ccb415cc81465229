package chat

import (
	"cmp"
	"slices"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// View is a guild's structure at one moment: what every permission check needs, from memory. It is shared by everybody and never changes; a change of the guild
// makes another View. Nobody may write to what it holds.
type View struct {
	Guild store.Guild
	// Roles and Channels are in ascending order of id.
	Roles    []store.Role
	Channels []store.Channel
	// Emojis are in ascending order of id.
	Emojis []store.GuildEmoji

	// rules are the guild's automatic rules that are on.
	rules []readyRule
	// newest has for each of Channels the id of its newest message. Unlike the rest it goes on counting.
	newest []*newestMessage
	now    func() time.Time
}

// Channel is a channel with what goes on in it.
type Channel struct {
	store.Channel
	// LastMessageID is the id of the newest message that was posted, zero for none. The message may have been deleted since.
	LastMessageID id.ID
	// People are the others in a conversation between people, in ascending order of id.
	People []store.User
	// Place is that of who asked in a thread, nil for none.
	Place *store.ThreadMember
}

// Role gives a role of the guild.
func (v *View) Role(roleID id.ID) (*store.Role, bool) {
	at, found := slices.BinarySearchFunc(v.Roles, roleID, func(role store.Role, wanted id.ID) int { return cmp.Compare(role.ID, wanted) })
	if !found {
		return nil, false
	}
	return &v.Roles[at], true
}

// Emoji gives one of the guild's own emoji.
func (v *View) Emoji(emojiID id.ID) (*store.GuildEmoji, bool) {
	at, found := slices.BinarySearchFunc(v.Emojis, emojiID, func(emoji store.GuildEmoji, wanted id.ID) int { return cmp.Compare(emoji.ID, wanted) })
	if !found {
		return nil, false
	}
	return &v.Emojis[at], true
}

// Everyone gives the role that every member holds.
func (v *View) Everyone() *store.Role {
	role, found := v.Role(v.Guild.ID)
	if !found {
		// No store gives a guild without it; a role without permissions is the safe answer.
		return &store.Role{ID: v.Guild.ID, GuildID: v.Guild.ID, Name: "@everyone"}
	}
	return role
}

func (v *View) channelIndex(channelID id.ID) (int, bool) {
	return slices.BinarySearchFunc(v.Channels, channelID, func(channel store.Channel, wanted id.ID) int { return cmp.Compare(channel.ID, wanted) })
}

// Channel gives a channel of the guild.
func (v *View) Channel(channelID id.ID) (*store.Channel, bool) {
	at, found := v.channelIndex(channelID)
	if !found {
		return nil, false
	}
	return &v.Channels[at], true
}

// LastMessageID is the id of a channel's newest message, zero for none. It is always current, however old the View is.
func (v *View) LastMessageID(channelID id.ID) id.ID {
	at, found := v.channelIndex(channelID)
	if !found {
		return 0
	}
	return id.ID(v.newest[at].Load())
}

// Permissions are what a member of the guild may do in it as a whole, now.
func (v *View) Permissions(member *store.Member) perm.Set {
	return perm.InGuild(perm.Base(&v.Guild, v.Roles, member), member, v.now())
}

// ChannelPermissions are what a member of the guild may do in one of its channels, now: nothing when they may not view it, or when there is no such channel.
func (v *View) ChannelPermissions(member *store.Member, channelID id.ID) perm.Set {
	channel, found := v.Channel(channelID)
	if !found {
		return 0
	}
	return perm.InChannel(perm.Base(&v.Guild, v.Roles, member), channel.Overwrites, member, v.now())
}

// AllChannels gives every channel, in ascending order of id. The slice is the caller's own.
func (v *View) AllChannels() []Channel {
	all := make([]Channel, len(v.Channels))
	for i := range v.Channels {
		all[i] = v.withLast(i)
	}
	return all
}

// VisibleChannels gives the channels that a member may view, in ascending order of id. The slice is the caller's own.
func (v *View) VisibleChannels(member *store.Member) []Channel {
	visible := make([]Channel, 0, len(v.Channels))
	base, now := perm.Base(&v.Guild, v.Roles, member), v.now()
	for i := range v.Channels {
		if perm.InChannel(base, v.Channels[i].Overwrites, member, now).Has(perm.ViewChannel) {
			visible = append(visible, v.withLast(i))
		}
	}
	return visible
}

// channel gives a channel as it goes out.
func (v *View) channel(channelID id.ID) (Channel, bool) {
	at, found := v.channelIndex(channelID)
	if !found {
		return Channel{}, false
	}
	return v.withLast(at), true
}

func (v *View) withLast(at int) Channel {
	return Channel{Channel: v.Channels[at], LastMessageID: id.ID(v.newest[at].Load())}
}
