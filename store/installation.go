package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// Installation says that somebody who looks after a guild let an application into it: its commands, and in most cases its bot as a member. It goes when the bot leaves, is kicked or banned.
type Installation struct {
	GuildID, ApplicationID id.ID
	// InstallerID is who did so last; zero for the command line. The account may be gone.
	InstallerID id.ID
	// RoleID is the managed role of the bot; zero where commands alone were let in, without the bot.
	RoleID id.ID
	// InstalledAt is when it was let in first.
	InstalledAt time.Time
}

// NewInstallation is an application on its way into a guild.
type NewInstallation struct {
	GuildID, ApplicationID, InstallerID id.ID
	At                                  time.Time
	// Role is the managed role that the bot gets; its ID is zero to let in commands alone. Where the bot has its managed role already, that gets the permissions of this one, and nothing else changes.
	Role Role
	// Member is the bot's place, without roles, for when it is no member yet.
	Member Member
}

// Installed is what came of a NewInstallation.
type Installed struct {
	Installation Installation
	// First tells that the application was not installed before, Joined that the bot is a member only now.
	First, Joined bool
	// Member is the bot's place as it is, Role its managed role, RoleBefore what that was before; nil for those that there is nothing of.
	Member           *Member
	Role, RoleBefore *Role
}

// Departure is what went with a member who is not in a guild any more.
type Departure struct {
	// ThreadIDs are the threads that they were in, in ascending order.
	ThreadIDs []id.ID
	// Installed tells that they were a bot whose application was installed, which it is no longer; RoleID is the managed role that went with it, zero for none, and Channels are those that allowed or denied
	// that role something, as they are without, in ascending order of id.
	Installed bool
	RoleID    id.ID
	Channels  []Channel
}

// Installations keeps which applications are in which guilds.
type Installations interface {
	// Install lets an application into a guild, in one step with the membership and the managed role of its bot. ErrNotFound when there is no such guild or application; ErrBanned; a *LimitError when the
	// guild has mostRoles already and the bot has none of them.
	Install(ctx context.Context, installation NewInstallation, mostRoles int) (Installed, error)
	Installation(ctx context.Context, guildID, applicationID id.ID) (Installation, error)
	// GuildInstallations gives those of a guild in ascending order of the applications' ids, ApplicationInstallations those of an application in ascending order of the guilds'.
	GuildInstallations(ctx context.Context, guildID id.ID) ([]Installation, error)
	ApplicationInstallations(ctx context.Context, applicationID id.ID) ([]Installation, error)
	// Uninstall takes out an application whose bot is no member. A *ConflictError ("member") while it is: then RemoveMember does.
	Uninstall(ctx context.Context, guildID, applicationID id.ID) (Installation, error)
}
