package event

import (
	"guildhall/store"
	"guildhall/store/id"
)

// BanAdded says that a user was banned from a guild.
type BanAdded struct {
	GuildID id.ID
	User    store.User
}

// BanRemoved says that a ban was lifted.
type BanRemoved struct {
	GuildID id.ID
	User    store.User
}

// AuditEntryAdded says that an administrative act was recorded.
type AuditEntryAdded struct{ Entry store.AuditEntry }

func (e BanAdded) Subject() string        { return GuildSubject(e.GuildID) }
func (e BanRemoved) Subject() string      { return GuildSubject(e.GuildID) }
func (e AuditEntryAdded) Subject() string { return GuildSubject(e.Entry.GuildID) }
