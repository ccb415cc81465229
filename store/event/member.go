package event

import (
	"guildhall/store"
	"guildhall/store/id"
)

// MemberAdded says that a user came into a guild. It is published to the guild; GuildJoined tells the user's own devices.
type MemberAdded struct {
	Member store.Member
	User   store.User
}

// MemberUpdated says that a member's nick, roles, time-out or voice restrictions changed.
type MemberUpdated struct {
	Member store.Member
	User   store.User
}

// MemberRemoved says that a user is no longer in a guild. It is published to the guild; GuildLeft tells the user's own devices.
type MemberRemoved struct {
	GuildID id.ID
	User    store.User
}

// GuildJoined tells a user's own devices that they are in a guild now.
type GuildJoined struct{ UserID, GuildID id.ID }

// GuildLeft tells a user's own devices that they are no longer in a guild.
type GuildLeft struct{ UserID, GuildID id.ID }

func (e MemberAdded) Subject() string   { return GuildSubject(e.Member.GuildID) }
func (e MemberUpdated) Subject() string { return GuildSubject(e.Member.GuildID) }
func (e MemberRemoved) Subject() string { return GuildSubject(e.GuildID) }
func (e GuildJoined) Subject() string   { return UserSubject(e.UserID) }
func (e GuildLeft) Subject() string     { return UserSubject(e.UserID) }
