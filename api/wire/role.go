package wire

import (
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// Role is a role of a guild.
type Role struct {
	ID           id.ID      `json:"id"`
	Name         string     `json:"name"`
	Color        int        `json:"color"`
	Colors       RoleColors `json:"colors"`
	Hoist        bool       `json:"hoist"`
	Icon         *string    `json:"icon"`
	UnicodeEmoji *string    `json:"unicode_emoji"`
	Position     int        `json:"position"`
	Permissions  perm.Set   `json:"permissions"`
	Managed      bool       `json:"managed"`
	Mentionable  bool       `json:"mentionable"`
	Flags        int        `json:"flags"`
	Tags         *RoleTags  `json:"tags,omitempty"`
}

// RoleColors are a role's colours; only the primary one is used here.
type RoleColors struct {
	PrimaryColor   int  `json:"primary_color"`
	SecondaryColor *int `json:"secondary_color"`
	TertiaryColor  *int `json:"tertiary_color"`
}

// RoleTags say what a managed role belongs to.
type RoleTags struct {
	BotID id.ID `json:"bot_id"`
}

// NewRole shows a role.
func NewRole(role store.Role) Role {
	shown := Role{ID: role.ID, Name: role.Name, Color: role.Color, Colors: RoleColors{PrimaryColor: role.Color}, Hoist: role.Hoist, Position: role.Position, Icon: TextOrNull(role.Icon.Name()), UnicodeEmoji: TextOrNull(role.UnicodeEmoji),
		Permissions: perm.Set(role.Permissions), Managed: role.Managed, Mentionable: role.Mentionable}
	if role.BotID != 0 {
		shown.Tags = &RoleTags{BotID: role.BotID}
	}
	return shown
}

// NewRoles shows several roles.
func NewRoles(roles []store.Role) []Role {
	shown := make([]Role, len(roles))
	for i, role := range roles {
		shown[i] = NewRole(role)
	}
	return shown
}

// RoleDraft is the body of POST and PATCH of a role.
type RoleDraft struct {
	Name         Optional[string]     `json:"name"`
	Permissions  Optional[perm.Set]   `json:"permissions"`
	Color        Optional[int]        `json:"color"`
	Colors       Optional[RoleColors] `json:"colors"`
	Hoist        Optional[bool]       `json:"hoist"`
	Mentionable  Optional[bool]       `json:"mentionable"`
	Icon         Optional[string]     `json:"icon"`
	UnicodeEmoji Optional[string]     `json:"unicode_emoji"`
}

// RolePosition is an element of the body of PATCH /guilds/{guild}/roles.
type RolePosition struct {
	ID       id.ID         `json:"id"`
	Position Optional[int] `json:"position"`
}

// GuildRole is the payload of GUILD_ROLE_CREATE and GUILD_ROLE_UPDATE.
type GuildRole struct {
	GuildID id.ID `json:"guild_id"`
	Role    Role  `json:"role"`
}

// GuildRoleDelete is the payload of GUILD_ROLE_DELETE.
type GuildRoleDelete struct {
	GuildID id.ID `json:"guild_id"`
	RoleID  id.ID `json:"role_id"`
}
