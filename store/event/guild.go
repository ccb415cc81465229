package event

import (
	"guildhall/store"
	"guildhall/store/id"
)

// GuildUpdated says that a guild's own fields changed.
type GuildUpdated struct{ Guild store.Guild }

// GuildDeleted says that a guild is gone, with all that belonged to it.
type GuildDeleted struct{ GuildID id.ID }

// ChannelCreated says that a channel was made.
type ChannelCreated struct{ Channel store.Channel }

// ChannelUpdated says that a channel or its overwrites changed.
type ChannelUpdated struct{ Channel store.Channel }

// ChannelDeleted says that a channel is gone, with its messages.
type ChannelDeleted struct{ Channel store.Channel }

// RoleCreated says that a role was made.
type RoleCreated struct{ Role store.Role }

// RoleUpdated says that a role changed.
type RoleUpdated struct{ Role store.Role }

// RoleDeleted says that a role is gone, from members and overwrites too.
type RoleDeleted struct{ GuildID, RoleID id.ID }

// InviteCreated says that an invite was made.
type InviteCreated struct {
	Invite  store.Invite
	Inviter *store.User // nil for invites made by the command line
}

// InviteDeleted says that an invite was revoked.
type InviteDeleted struct {
	GuildID, ChannelID id.ID
	Code               string
}

func (e GuildUpdated) Subject() string   { return GuildSubject(e.Guild.ID) }
func (e GuildDeleted) Subject() string   { return GuildSubject(e.GuildID) }
func (e ChannelCreated) Subject() string { return GuildSubject(e.Channel.GuildID) }
func (e ChannelUpdated) Subject() string { return GuildSubject(e.Channel.GuildID) }
func (e ChannelDeleted) Subject() string { return GuildSubject(e.Channel.GuildID) }
func (e RoleCreated) Subject() string    { return GuildSubject(e.Role.GuildID) }
func (e RoleUpdated) Subject() string    { return GuildSubject(e.Role.GuildID) }
func (e RoleDeleted) Subject() string    { return GuildSubject(e.GuildID) }
func (e InviteCreated) Subject() string  { return GuildSubject(e.Invite.GuildID) }
func (e InviteDeleted) Subject() string  { return GuildSubject(e.GuildID) }
