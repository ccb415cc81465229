package event

import (
	"guildhall/store"
	"guildhall/store/id"
)

// UserUpdated tells a user's own devices that the account changed. Guilds are told by MemberUpdated.
type UserUpdated struct {
	User store.User
	// HallOwner tells whether the hall is the user's.
	HallOwner bool
}

// SessionsEnded tells that logins of a user were ended: their gateway sessions must close. All says every login of the account.
type SessionsEnded struct {
	UserID          id.ID
	LoginSessionIDs []id.ID
	All             bool
}

// SessionsChanged tells a person's own devices that others came, went, or say something else.
type SessionsChanged struct{ UserID id.ID }

// HallUpdated says that the installation's own settings changed.
type HallUpdated struct{ Hall store.Hall }

// PresenceChanged tells one guild how reachable a member is now, over all of their devices.
type PresenceChanged struct {
	GuildID  id.ID
	UserID   id.ID
	Presence Presence
}

// Presence is how reachable a user is.
type Presence struct {
	// Status is "online", "idle", "dnd" or "offline"; an invisible user is "offline" to others.
	Status string
	// Desktop, Mobile and Web are the status by kind of device, empty where there is none.
	Desktop, Mobile, Web string
	// Activities are what the user does, as wire JSON objects, at most 8 KiB together.
	Activities []byte
}

func (e UserUpdated) Subject() string     { return UserSubject(e.User.ID) }
func (e SessionsEnded) Subject() string   { return UserSubject(e.UserID) }
func (e SessionsChanged) Subject() string { return UserSubject(e.UserID) }
func (e HallUpdated) Subject() string     { return HallSubject }
func (e PresenceChanged) Subject() string { return GuildSubject(e.GuildID) }

// SecurityNoted tells a person's own devices what happened to the safety of the account.
type SecurityNoted struct{ Event store.SecurityEvent }

func (e SecurityNoted) Subject() string { return UserSubject(e.Event.UserID) }
