package chat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// maxCommandPermissions is how many permissions can be set about a command, as upstream.
const maxCommandPermissions = 100

// maySee asks whether the caller may see what is set for a guild about an application: its bot may, and who looks after the guild. The application must be in the guild.
func (c *Commands) maySee(ctx context.Context, caller Caller, guildID, applicationID id.ID) (access, error) {
	a, err := c.views.access(ctx, caller, guildID)
	switch {
	case caller.Bot && caller.UserID == applicationID && KindOf(err) == UnknownGuild:
		// Its commands alone may be there, without the bot.
		view, err := c.views.Guild(ctx, guildID)
		if err != nil {
			return access{}, fail(MissingAccess)
		}
		a = access{caller: caller, view: view}
	case err != nil:
		return access{}, err
	case !caller.Bot || caller.UserID != applicationID:
		if err := a.need(perm.ManageGuild); err != nil {
			return access{}, err
		}
	}
	in, err := c.inGuild(ctx, guildID, applicationID)
	if err != nil {
		return access{}, err
	}
	if _, err := c.bots.read(ctx, applicationID); err != nil {
		return access{}, err
	}
	if !in {
		return access{}, fail(MissingAccess)
	}
	return a, nil
}

// Permissions gives all that is set for a guild about an application and its commands, in ascending order of the targets' ids. What names roles and channels that are gone is left out.
func (c *Commands) Permissions(ctx context.Context, caller Caller, guildID, applicationID id.ID) ([]store.CommandPermissions, error) {
	a, err := c.maySee(ctx, caller, guildID, applicationID)
	if err != nil {
		return nil, err
	}
	sets, err := c.setsOf(ctx, applicationID, guildID)
	if err != nil {
		return nil, err
	}
	all := make([]store.CommandPermissions, 0, len(sets))
	for targetID, permissions := range sets {
		there := slices.DeleteFunc(slices.Clone(permissions), func(one store.CommandPermission) bool { return !a.view.hasTarget(one) })
		if len(there) > 0 {
			all = append(all, store.CommandPermissions{GuildID: guildID, ApplicationID: applicationID, TargetID: targetID, Permissions: there})
		}
	}
	slices.SortFunc(all, func(one, other store.CommandPermissions) int { return cmp.Compare(one.TargetID, other.TargetID) })
	return all, nil
}

// hasTarget tells whether a guild has the role or channel that a permission is about. Accounts may come and go.
func (v *View) hasTarget(one store.CommandPermission) bool {
	switch one.Type {
	case store.CommandForRole:
		_, found := v.Role(one.ID)
		return found
	case store.CommandForChannel:
		_, found := v.Channel(one.ID)
		return found || one.ID == v.Guild.ID-1
	}
	return true
}

// PermissionsOf gives what is set for a guild about one command, or about an application as a whole; UnknownPermissions when nothing is.
func (c *Commands) PermissionsOf(ctx context.Context, caller Caller, guildID, applicationID, targetID id.ID) (store.CommandPermissions, error) {
	all, err := c.Permissions(ctx, caller, guildID, applicationID)
	if err != nil {
		return store.CommandPermissions{}, err
	}
	at := slices.IndexFunc(all, func(one store.CommandPermissions) bool { return one.TargetID == targetID })
	if at < 0 {
		return store.CommandPermissions{}, fail(UnknownPermissions)
	}
	return all[at], nil
}

// SetPermissions sets who may use a command in a guild, and where, or all commands of an application that nothing is set about, in place of what was set; it needs MANAGE_GUILD. Bots cannot, as upstream.
func (c *Commands) SetPermissions(ctx context.Context, caller Caller, wanted store.CommandPermissions) (store.CommandPermissions, error) {
	if caller.Bot {
		return store.CommandPermissions{}, fail(BotsBarred)
	}
	err := c.views.change(ctx, wanted.GuildID, func(ctx context.Context) error {
		a, err := c.maySee(ctx, caller, wanted.GuildID, wanted.ApplicationID)
		if err != nil {
			return err
		}
		if err := c.checkPermissions(ctx, a, &wanted); err != nil {
			return err
		}
		sets, err := c.setsOf(ctx, wanted.ApplicationID, wanted.GuildID)
		if err != nil {
			return err
		}
		err = c.Store.SetCommandPermissions(ctx, wanted)
		c.views.commands.sets.drop(commandsKey{wanted.ApplicationID, wanted.GuildID})
		if errors.Is(err, store.ErrNotFound) {
			return fail(UnknownCommand)
		}
		if err != nil {
			return internal("setting the permissions of a command", err)
		}
		changes := commandPermissionChanges(sets[wanted.TargetID], wanted.Permissions)
		if len(changes) == 0 {
			return nil
		}
		done := act{action: store.AuditCommandPermits, target: wanted.TargetID, changes: changes, options: map[string]string{"application_id": wanted.ApplicationID.String()}}
		return c.did(ctx, caller, wanted.GuildID, []act{done}, event.CommandPermissionsChanged{Permissions: wanted})
	})
	if err != nil {
		return store.CommandPermissions{}, err
	}
	return wanted, nil
}

// checkPermissions asks whether permissions can be set.
func (c *Commands) checkPermissions(ctx context.Context, a access, wanted *store.CommandPermissions) error {
	var wrong fieldErrors
	if len(wanted.Permissions) > maxCommandPermissions {
		wrong.length("permissions", 0, maxCommandPermissions)
		return wrong.err()
	}
	for i, one := range wanted.Permissions {
		path := fmt.Sprintf("permissions.%d", i)
		switch {
		case one.Type < store.CommandForRole || one.Type > store.CommandForChannel:
			wrong.add(path+".type", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3}.")
			continue
		case slices.ContainsFunc(wanted.Permissions[:i], func(other store.CommandPermission) bool { return other.Type == one.Type && other.ID == one.ID }):
			wrong.add(path+".id", "BASE_TYPE_UNIQUE", "This was set twice.")
		case !a.view.hasTarget(one):
			wrong.add(path+".id", "APPLICATION_COMMAND_PERMISSIONS_TARGET_UNKNOWN", "The server has no such role or channel.")
		case one.Type == store.CommandForUser:
			if _, err := c.users.lookup(ctx, one.ID); errors.Is(err, store.ErrNotFound) {
				wrong.add(path+".id", "APPLICATION_COMMAND_PERMISSIONS_TARGET_UNKNOWN", "There is no such account.")
			} else if err != nil {
				return internal("reading an account", err)
			}
		}
	}
	return wrong.err()
}

// commandPermissionChanges tells the audit log what is set otherwise, under the ids of the roles, accounts and channels.
func commandPermissionChanges(before, after []store.CommandPermission) []store.AuditChange {
	type shown struct {
		ID         id.ID                       `json:"id"`
		Type       store.CommandPermissionType `json:"type"`
		Permission bool                        `json:"permission"`
	}
	show := func(all []store.CommandPermission) map[string]any {
		fields := make(map[string]any, len(all))
		for _, one := range all {
			fields[one.ID.String()] = shown{one.ID, one.Type, one.Allow}
		}
		return fields
	}
	old, now := show(before), show(after)
	var keys []string
	for _, one := range slices.Concat(before, after) {
		if key := one.ID.String(); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	var changes []store.AuditChange
	for _, key := range keys {
		if old[key] != now[key] {
			changes = append(changes, store.AuditChange{Key: key, Old: jsonOrNil(old[key]), New: jsonOrNil(now[key])})
		}
	}
	return changes
}
