package store

import (
	"context"

	"guildhall/store/id"
)

// Role is a named set of permissions in a guild. The role whose id is the guild's is @everyone, held by every member without being listed.
type Role struct {
	ID      id.ID
	GuildID id.ID
	// Name has 1 to 100 characters.
	Name string
	// Color is 0xRRGGBB; zero for none.
	Color int
	// Hoist shows members of the role apart in the member list.
	Hoist bool
	// Position orders roles, ties by id: of two at one position the lower id is higher. @everyone stands at 0.
	Position    int
	Permissions uint64
	// Managed roles belong to a bot and cannot be given by hand.
	Managed     bool
	Mentionable bool
	// BotID is the bot that a managed role belongs to; zero for others.
	BotID id.ID
	// Icon is nil for none; instead of it a role can show an emoji of Unicode.
	Icon         *Picture
	UnicodeEmoji string
}

// Roles keeps the roles of guilds.
type Roles interface {
	// CreateRole stores a role. ErrNotFound when its guild does not exist; a *LimitError when the guild has max roles already.
	CreateRole(ctx context.Context, role Role, max int) error
	// GuildRoles gives a guild's roles in ascending order of id.
	GuildRoles(ctx context.Context, guildID id.ID) ([]Role, error)
	// PicturedRole gives a role that has an icon, of whatever guild; ErrNotFound for one that has none.
	PicturedRole(ctx context.Context, roleID id.ID) (Role, error)
	// UpdateRole applies change atomically (see UpdateUser for the rules of change). ErrNotFound also when the role is another guild's.
	UpdateRole(ctx context.Context, guildID, roleID id.ID, change func(*Role) error) (Role, error)
	// SetRolePositions sets the positions of several roles in one step and gives all of the guild's roles. ErrNotFound when one is not the guild's.
	SetRolePositions(ctx context.Context, guildID id.ID, positions map[id.ID]int) ([]Role, error)
	// DeleteRole deletes a role, takes it from every member and deletes its overwrites; the channels whose overwrites changed are returned.
	DeleteRole(ctx context.Context, guildID, roleID id.ID) (changed []Channel, err error)
}
