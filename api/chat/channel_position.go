package chat

import (
	"context"
	"slices"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// ChannelPosition moves a channel in its guild's list.
type ChannelPosition struct {
	ChannelID id.ID
	// Position is nil to leave it.
	Position *int
	// ParentID is nil to leave it, zero to take the channel out of its category.
	ParentID *id.ID
	// LockPermissions makes the channel's overwrites those of its new category.
	LockPermissions bool
}

// Reorder moves channels; it needs MANAGE_CHANNELS in the guild. To put a channel into another category it is needed in the channel and in that category too. Everything is
// checked before anything is moved; then the channels move one after the other.
func (c *Channels) Reorder(ctx context.Context, caller Caller, guildID id.ID, positions []ChannelPosition) error {
	return c.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := c.views.access(ctx, caller, guildID)
		if err != nil {
			return err
		}
		if err := a.need(perm.ManageChannels); err != nil {
			return err
		}
		moved, err := reorder(a, positions)
		if err != nil {
			return err
		}
		for _, channel := range moved {
			before, _ := a.view.Channel(channel.ID)
			if err := c.replace(ctx, a, before, channel); err != nil {
				return err
			}
		}
		return nil
	})
}

// reorder gives the channels that change, as they will be.
func reorder(a access, positions []ChannelPosition) ([]store.Channel, error) {
	if len(positions) > maxChannels {
		return nil, invalid("", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxChannels)
	}
	// next is the guild as it becomes step by step, so that the number of channels in a category is right at each.
	next := &View{Guild: a.view.Guild, Roles: a.view.Roles, Channels: slices.Clone(a.view.Channels), now: a.view.now}
	seen := map[id.ID]bool{}
	for _, position := range positions {
		channel, found := next.Channel(position.ChannelID)
		if !found {
			return nil, fail(UnknownChannel)
		}
		if seen[channel.ID] {
			return nil, invalid("", "SET_TYPE_ALREADY_CONTAINS_VALUE", "A channel is named more than once.")
		}
		seen[channel.ID] = true
		changed := *channel
		set(&changed.Position, position.Position)
		set(&changed.ParentID, position.ParentID)
		if changed.Position < 0 {
			return nil, invalid("position", "NUMBER_TYPE_RANGE", "Must not be negative.")
		}
		if err := validateParent(next, &changed, channel.ParentID); err != nil {
			return nil, err
		}
		if changed.ParentID != channel.ParentID || position.LockPermissions {
			if err := moveBetweenCategories(a, channel, &changed, position.LockPermissions); err != nil {
				return nil, err
			}
		}
		*channel = changed
	}
	var moved []store.Channel
	for i := range next.Channels {
		if seen[next.Channels[i].ID] && !sameChannel(&next.Channels[i], &a.view.Channels[i]) {
			moved = append(moved, next.Channels[i])
		}
	}
	return moved, nil
}

// moveBetweenCategories checks that the caller may do so, and gives the channel its new category's overwrites if they are asked for.
func moveBetweenCategories(a access, before, changed *store.Channel, lock bool) error {
	held := a.inChannel(before)
	if err := need(held, perm.ManageChannels); err != nil {
		return err
	}
	parent, found := a.view.Channel(changed.ParentID)
	if !found {
		return nil
	}
	if err := need(a.inChannel(parent), perm.ManageChannels); err != nil {
		return err
	}
	if !lock {
		return nil
	}
	if err := need(held, perm.ManageRoles); err != nil {
		return err
	}
	changed.Overwrites = slices.Clone(parent.Overwrites)
	return mayOverwrite(held, before.Overwrites, changed.Overwrites)
}

// sameChannel tells whether moving changed nothing.
func sameChannel(a, b *store.Channel) bool {
	return a.Position == b.Position && a.ParentID == b.ParentID && slices.Equal(a.Overwrites, b.Overwrites)
}
