package chat

import (
	"cmp"
	"context"
	"slices"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// maxOverwrites is how many overwrites a channel can have.
const maxOverwrites = 1000

// SetOverwrite sets what one role or member may do in a channel; it needs MANAGE_ROLES there, and every permission that changes.
func (c *Channels) SetOverwrite(ctx context.Context, caller Caller, channelID id.ID, overwrite store.PermissionOverwrite) error {
	return c.changeChannel(ctx, caller, channelID, func(ctx context.Context, a access, channel *store.Channel, held perm.Set) error {
		if err := need(held, perm.ManageRoles); err != nil {
			return err
		}
		wanted := slices.Clone(channel.Overwrites)
		if at := slices.IndexFunc(wanted, sameTarget(overwrite)); at >= 0 {
			wanted[at] = overwrite
		} else {
			wanted = append(wanted, overwrite)
		}
		return c.replaceOverwrites(ctx, a, channel, held, wanted)
	})
}

// DeleteOverwrite takes away what a channel says of one role or member; it needs what SetOverwrite needs.
func (c *Channels) DeleteOverwrite(ctx context.Context, caller Caller, channelID, targetID id.ID) error {
	return c.changeChannel(ctx, caller, channelID, func(ctx context.Context, a access, channel *store.Channel, held perm.Set) error {
		if err := need(held, perm.ManageRoles); err != nil {
			return err
		}
		wanted := slices.DeleteFunc(slices.Clone(channel.Overwrites), func(one store.PermissionOverwrite) bool { return one.TargetID == targetID })
		if len(wanted) == len(channel.Overwrites) {
			return fail(UnknownOverwrite)
		}
		return c.replaceOverwrites(ctx, a, channel, held, wanted)
	})
}

func (c *Channels) replaceOverwrites(ctx context.Context, a access, channel *store.Channel, held perm.Set, wanted []store.PermissionOverwrite) error {
	changed := *channel
	var err error
	if changed.Overwrites, err = changeOverwrites(a, held, channel.Overwrites, wanted); err != nil {
		return err
	}
	return c.replace(ctx, a, channel, changed)
}

// changeOverwrites checks a change of a channel's overwrites by somebody who holds some permissions in it, and gives the result as the store keeps it.
func changeOverwrites(a access, held perm.Set, from, to []store.PermissionOverwrite) ([]store.PermissionOverwrite, error) {
	var wrong fieldErrors
	if len(to) > maxOverwrites {
		wrong.add("permission_overwrites", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxOverwrites)
		return nil, wrong.err()
	}
	result := make([]store.PermissionOverwrite, 0, len(to))
	targets := make(map[id.ID]bool, len(to))
	for i, one := range to {
		one.Allow, one.Deny = one.Allow&uint64(perm.All), one.Deny&uint64(perm.All)
		switch {
		case one.Type != store.OverwriteRole && one.Type != store.OverwriteMember:
			wrong.add(overwritePath(i, "type"), "BASE_TYPE_CHOICES", "Must be 0 for a role or 1 for a member.")
		case one.TargetID == 0:
			wrong.add(overwritePath(i, "id"), "BASE_TYPE_REQUIRED", "This field is required.")
		case targets[one.TargetID]:
			wrong.add(overwritePath(i, "id"), "SET_TYPE_ALREADY_CONTAINS_VALUE", "There is an overwrite for this target already.")
		case one.Allow&one.Deny != 0:
			wrong.add(overwritePath(i, "allow"), "OVERWRITE_CONTRADICTS", "The same permission cannot be allowed and denied.")
		}
		if one.Type == store.OverwriteRole && one.TargetID != 0 {
			// Those that stand already may name a role that is being deleted on another node.
			if _, found := a.view.Role(one.TargetID); !found && !slices.ContainsFunc(from, sameTarget(one)) {
				return nil, fail(UnknownRole)
			}
		}
		targets[one.TargetID] = true
		result = append(result, one)
	}
	if err := wrong.err(); err != nil {
		return nil, err
	}
	slices.SortFunc(result, func(a, b store.PermissionOverwrite) int { return cmp.Compare(a.TargetID, b.TargetID) })
	return result, mayOverwrite(held, from, result)
}

// mayOverwrite asks whether somebody holds every permission that differs between two lists of overwrites.
func mayOverwrite(held perm.Set, from, to []store.PermissionOverwrite) error {
	for _, one := range to {
		var old store.PermissionOverwrite
		if at := slices.IndexFunc(from, sameTarget(one)); at >= 0 {
			old = from[at]
		}
		if err := mayReplace(held, old, one); err != nil {
			return err
		}
	}
	for _, old := range from {
		if !slices.ContainsFunc(to, sameTarget(old)) {
			if err := mayReplace(held, old, store.PermissionOverwrite{}); err != nil {
				return err
			}
		}
	}
	return nil
}

func mayReplace(held perm.Set, from, to store.PermissionOverwrite) error {
	if err := mayGrant(held, perm.Set(from.Allow), perm.Set(to.Allow)); err != nil {
		return err
	}
	return mayGrant(held, perm.Set(from.Deny), perm.Set(to.Deny))
}

// findOverwrite gives the overwrite for the same target; nil when there is none.
func findOverwrite(overwrites []store.PermissionOverwrite, one store.PermissionOverwrite) *store.PermissionOverwrite {
	if at := slices.IndexFunc(overwrites, sameTarget(one)); at >= 0 {
		return &overwrites[at]
	}
	return nil
}

// sameTarget tells whether another overwrite is for the same role or member.
func sameTarget(one store.PermissionOverwrite) func(store.PermissionOverwrite) bool {
	return func(other store.PermissionOverwrite) bool {
		return other.TargetID == one.TargetID && other.Type == one.Type
	}
}
