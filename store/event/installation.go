package event

import (
	"guildhall/store"
	"guildhall/store/id"
)

// InstallationChange says what became of an application in a guild.
type InstallationChange int

// The changes of installations.
const (
	InstallationAdded InstallationChange = iota
	InstallationUpdated
	InstallationRemoved
)

// InstallationChanged says that an application was let into a guild, was let in again in another way, or is no longer in it.
type InstallationChanged struct {
	Change       InstallationChange
	Installation store.Installation
	// User is the application's account, Description what the application says of itself, Installer who let it in; nil for the command line, and when the account is gone. They are there unless
	// the application was removed.
	User        store.User
	Description string
	Installer   *store.User
}

// ApplicationChanged says what an application may receive now, by its flags, or that it is somebody else's now. It is published to the sessions of its bot.
type ApplicationChanged struct {
	UserID id.ID
	Flags  uint64
}

func (e InstallationChanged) Subject() string { return GuildSubject(e.Installation.GuildID) }
func (e ApplicationChanged) Subject() string  { return UserSubject(e.UserID) }
