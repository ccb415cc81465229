package chat

import (
	"context"
	"errors"
	"slices"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// grant is with what an application is let into a guild.
type grant struct {
	// bot tells that the bot comes along, with a managed role that has these permissions; otherwise only its commands can be used.
	bot         bool
	permissions perm.Set
}

// AddToGuild lets a bot into a guild, with a managed role of its own that has some permissions: its owner can, or anybody if it is public, with MANAGE_GUILD there and every permission that the role
// is to have; or the command line. A bot that is there already gets the permissions.
func (b *Bots) AddToGuild(ctx context.Context, caller Caller, botID, guildID id.ID, permissions perm.Set) error {
	application, err := b.installable(ctx, caller, botID)
	if err != nil {
		return err
	}
	return b.install(ctx, caller, application, guildID, grant{bot: true, permissions: permissions})
}

// installable gives an application that the caller may let into guilds. To others it does not exist.
func (b *Bots) installable(ctx context.Context, caller Caller, botID id.ID) (Application, error) {
	application, err := b.read(ctx, botID)
	if err != nil {
		return Application{}, err
	}
	if !caller.Console && !application.Bot.Public && application.Bot.OwnerID != caller.UserID {
		return Application{}, fail(UnknownApplication)
	}
	return application, nil
}

// mayAdd asks whether the caller may bring bots into a guild.
func (b *Bots) mayAdd(ctx context.Context, caller Caller, guildID id.ID) (access, error) {
	a, err := b.views.access(ctx, caller, guildID)
	if err != nil {
		return access{}, err
	}
	return a, a.need(perm.ManageGuild)
}

// install lets an application into a guild, and tells everybody.
func (b *Bots) install(ctx context.Context, caller Caller, application Application, guildID id.ID, granted grant) error {
	var joined *profileChange
	var logged error
	err := b.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := b.mayAdd(ctx, caller, guildID)
		if err != nil {
			return err
		}
		if err := b.mayHaveRole(ctx, a, application.Bot.UserID, granted); err != nil {
			return err
		}
		wanted := store.NewInstallation{GuildID: guildID, ApplicationID: application.Bot.UserID, InstallerID: caller.UserID, At: b.Now().UTC()}
		if granted.bot {
			// At the bottom of the order, as every new role.
			wanted.Role = store.Role{ID: b.IDs.Next(), Name: application.User.Username, Position: 1, Permissions: uint64(granted.permissions & perm.All)}
		}
		write := func(ctx context.Context, member *store.Member) error {
			wanted.Member = *member
			done, err := b.Store.Install(ctx, wanted, maxRoles)
			b.views.renew(guildID)
			b.views.dropMember(guildID, application.Bot.UserID)
			b.views.commands.uninstalled(guildID, application.Bot.UserID)
			if err != nil {
				return err
			}
			if done.Member != nil {
				*member = *done.Member
			}
			logged = b.installed(ctx, a, application, done)
			return nil
		}
		_, err = b.views.Member(ctx, guildID, application.Bot.UserID)
		if granted.bot && KindOf(err) == UnknownMember {
			joined, err = b.members.come(ctx, guildID, withoutEmail(application.User), write)
			return installFailure(err)
		}
		var member store.Member
		return installFailure(write(ctx, &member))
	})
	if joined != nil {
		b.members.welcome(ctx, joined)
	}
	return errors.Join(err, logged)
}

// mayHaveRole asks whether the caller may give the managed role of a bot some permissions. Who brings it in again can change only what they have themselves, too.
func (b *Bots) mayHaveRole(ctx context.Context, a access, botID id.ID, granted grant) error {
	if !granted.bot {
		return nil
	}
	var before perm.Set
	installation, err := b.Store.Installation(ctx, a.view.Guild.ID, botID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return internal("reading an installation", err)
	}
	if role, found := a.view.Role(installation.RoleID); found {
		before = perm.Set(role.Permissions)
	}
	return mayGrant(a.inGuild(), before, granted.permissions)
}

func installFailure(err error) error {
	if err == nil {
		return nil
	}
	if _, ours := errors.AsType[*Error](err); ours {
		return err
	}
	if _, full := errors.AsType[*store.LimitError](err); full {
		return fail(MaxRoles)
	}
	switch {
	case errors.Is(err, store.ErrBanned):
		return fail(Banned)
	case errors.Is(err, store.ErrNotFound):
		return fail(UnknownGuild)
	}
	return internal("let an application into a guild", err)
}

// installed records and tells what came of an installation, but for the bot's coming.
func (b *Bots) installed(ctx context.Context, a access, application Application, done store.Installed) error {
	var acts []act
	var events []event.Event
	botID := application.Bot.UserID
	if done.Joined {
		acts = append(acts, act{action: store.AuditBotAdd, target: botID})
	}
	switch {
	case done.Role == nil:
	case done.RoleBefore == nil:
		acts = append(acts, act{action: store.AuditRoleCreate, target: done.Role.ID, changes: differences(nil, auditRole(done.Role))})
		events = append(events, event.RoleCreated{Role: *done.Role})
	case done.RoleBefore.Permissions != done.Role.Permissions:
		acts = append(acts, roleActs(done.RoleBefore, done.Role)...)
		events = append(events, event.RoleUpdated{Role: *done.Role})
	}
	if done.Role != nil && done.RoleBefore == nil && !done.Joined {
		events = append(events, event.MemberUpdated{Member: *done.Member, User: withoutEmail(application.User)})
	}
	changed := event.InstallationChanged{Change: event.InstallationUpdated, Installation: done.Installation, User: withoutEmail(application.User), Description: application.Bot.Description}
	if done.First {
		changed.Change = event.InstallationAdded
		acts = append(acts, act{action: store.AuditIntegrationCreate, target: botID, changes: differences(nil, auditInstallation(application.User.Username))})
	}
	if installer, err := b.users.lookup(ctx, done.Installation.InstallerID); err == nil {
		changed.Installer = &installer
	}
	return b.did(ctx, a.caller, a.view.Guild.ID, acts, append(events, changed)...)
}

func auditInstallation(name string) []auditField {
	return []auditField{{"name", name}, {"type", "discord"}}
}

// departed gives what a guild is told of what went with a member who is out of it; before is what the guild was.
func (v *Views) departed(before *View, userID id.ID, left store.Departure) []event.Event {
	if !left.Installed {
		return nil
	}
	guildID := before.Guild.ID
	v.renew(guildID)
	v.commands.uninstalled(guildID, userID)
	var events []event.Event
	if left.RoleID != 0 {
		events = append(events, event.RoleDeleted{GuildID: guildID, RoleID: left.RoleID})
		if slices.ContainsFunc(before.Emojis, func(emoji store.GuildEmoji) bool { return slices.Contains(emoji.RoleIDs, left.RoleID) }) {
			events = append(events, event.EmojisUpdated{GuildID: guildID, Emojis: withoutRole(before.Emojis, left.RoleID)})
		}
	}
	for _, channel := range left.Channels {
		events = append(events, event.ChannelUpdated{Channel: channel})
	}
	return append(events, event.InstallationChanged{Change: event.InstallationRemoved, Installation: store.Installation{GuildID: guildID, ApplicationID: userID, RoleID: left.RoleID}})
}

// tellUninstalled tells guilds that the application of a deleted account is in them no more. What their channels say is told by tellOverwrites.
func (u *Users) tellUninstalled(ctx context.Context, gone *store.Deletion) {
	for _, installation := range gone.Installations {
		err := u.views.change(ctx, installation.GuildID, func(ctx context.Context) error {
			u.views.renew(installation.GuildID)
			view, err := u.views.Guild(ctx, installation.GuildID)
			if KindOf(err) == UnknownGuild {
				return nil // gone meanwhile
			}
			if err != nil {
				return err
			}
			left := store.Departure{Installed: true, RoleID: installation.RoleID}
			events := u.views.departed(view, installation.ApplicationID, left)
			if installation.RoleID != 0 && len(view.Emojis) > 0 {
				events = append(events, event.EmojisUpdated{GuildID: installation.GuildID, Emojis: view.Emojis}) // perhaps some were for the role
			}
			u.publish(ctx, events...)
			return nil
		})
		if err != nil {
			u.Log.ErrorContext(ctx, "a server was not told that an application is gone", "guild", installation.GuildID, "application", installation.ApplicationID, "error", err)
		}
	}
}

// Authorized tells whether an application was let into a guild: its commands can be used there. A bot that is a member always was.
func (b *Bots) Authorized(ctx context.Context, guildID, applicationID id.ID) (bool, error) {
	_, err := b.Store.Installation(ctx, guildID, applicationID)
	if err == nil {
		return true, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return false, internal("reading an installation", err)
	}
	if _, err = b.views.Member(ctx, guildID, applicationID); KindOf(err) == UnknownMember {
		return false, nil
	}
	return err == nil, err
}

// Integration is an application in a guild, with who let it in.
type Integration struct {
	store.Installation
	Application Application
	// Installer is nil for the command line, and when the account is gone.
	Installer *store.User
}

// Integrations gives the applications that are in a guild, in ascending order of id; it needs MANAGE_GUILD.
func (b *Bots) Integrations(ctx context.Context, caller Caller, guildID id.ID) ([]Integration, error) {
	if _, err := b.mayAdd(ctx, caller, guildID); err != nil {
		return nil, err
	}
	installations, err := b.Store.GuildInstallations(ctx, guildID)
	if err != nil {
		return nil, internal("listing installations", err)
	}
	integrations := make([]Integration, 0, len(installations))
	for _, installation := range installations {
		application, err := b.read(ctx, installation.ApplicationID)
		if KindOf(err) == UnknownApplication {
			continue // gone meanwhile
		}
		if err != nil {
			return nil, err
		}
		one := Integration{Installation: installation, Application: application}
		if installer, err := b.users.lookup(ctx, installation.InstallerID); err == nil {
			one.Installer = &installer
		}
		integrations = append(integrations, one)
	}
	return integrations, nil
}

// Uninstall takes an application out of a guild, with its bot; it needs MANAGE_GUILD, and a rank above the bot's.
func (b *Bots) Uninstall(ctx context.Context, caller Caller, guildID, applicationID id.ID) error {
	return b.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := b.mayAdd(ctx, caller, guildID)
		if err != nil {
			return err
		}
		installation, err := b.Store.Installation(ctx, guildID, applicationID)
		if errors.Is(err, store.ErrNotFound) {
			return fail(UnknownIntegration)
		}
		if err != nil {
			return internal("reading an installation", err)
		}
		target, err := b.views.Member(ctx, guildID, applicationID)
		if err == nil {
			if err := a.mayActOn(target); err != nil {
				return err
			}
			return b.members.kick(ctx, a, applicationID, store.AuditIntegrationDelete)
		}
		if KindOf(err) != UnknownMember {
			return err
		}
		if _, err := b.Store.Uninstall(ctx, guildID, applicationID); errors.Is(err, store.ErrNotFound) {
			return fail(UnknownIntegration)
		} else if err != nil {
			return internal("taking an application out", err)
		}
		return b.did(ctx, caller, guildID, []act{{action: store.AuditIntegrationDelete, target: applicationID}}, b.views.departed(a.view, applicationID, store.Departure{Installed: true, RoleID: installation.RoleID})...)
	})
}
