package event

import (
	"guildhall/store"
	"guildhall/store/id"
)

// CommandsChanged says that an application has other commands for a guild, or everywhere when GuildID is zero.
type CommandsChanged struct{ ApplicationID, GuildID id.ID }

// CommandPermissionsChanged says what is set for a guild about a command, or about all commands of an application, now.
type CommandPermissionsChanged struct{ Permissions store.CommandPermissions }

func (e CommandsChanged) Subject() string {
	if e.GuildID == 0 {
		return UserSubject(e.ApplicationID)
	}
	return GuildSubject(e.GuildID)
}

func (e CommandPermissionsChanged) Subject() string { return GuildSubject(e.Permissions.GuildID) }
