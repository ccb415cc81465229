package ops

import (
	"context"
	"strconv"

	"guildhall/api/chat"
	"guildhall/store"
	"guildhall/store/id"
)

// The inputs and outputs of the commands that show guilds.
type (
	// GuildListed is a guild in the list of all.
	GuildListed struct {
		ID   id.ID  `json:"id"`
		Name string `json:"name"`
		// Owner is the owner's user name.
		Owner   string `json:"owner"`
		Members int    `json:"members"`
	}
	// GuildShow names the guild that is to be shown.
	GuildShow struct {
		Guild id.ID `json:"guild"`
	}
	// GuildDetails is a guild with its channels, threads left out, and its roles.
	GuildDetails struct {
		GuildListed
		Channels []Channel `json:"channels"`
		Roles    []Role    `json:"roles"`
	}
	// Role is a role of a guild. Permissions are a decimal number, as everywhere on the wire.
	Role struct {
		ID          id.ID  `json:"id"`
		Name        string `json:"name"`
		Permissions string `json:"permissions"`
	}
)

// The names of the commands that show guilds.
const (
	CommandGuildList = "guild.list"
	CommandGuildShow = "guild.show"
)

func (h *hallCommands) guildList(ctx context.Context, _ struct{}) ([]GuildListed, error) {
	list := []GuildListed{}
	for page := (chat.GuildPage{WithCounts: true}); ; {
		guilds, err := h.Guilds.List(ctx, console, page)
		if err != nil || len(guilds) == 0 {
			return list, err
		}
		for i := range guilds {
			listed, err := h.describeGuild(ctx, guilds[i].Guild, guilds[i].Counts.Members)
			if err != nil {
				return nil, err
			}
			list = append(list, listed)
		}
		page.After = guilds[len(guilds)-1].Guild.ID
	}
}

func (h *hallCommands) describeGuild(ctx context.Context, guild store.Guild, members int) (GuildListed, error) {
	owner, err := h.Users.Get(ctx, console, guild.OwnerID)
	return GuildListed{ID: guild.ID, Name: guild.Name, Owner: owner.Username, Members: members}, err
}

func (h *hallCommands) guildShow(ctx context.Context, input GuildShow) (GuildDetails, error) {
	view, err := h.Guilds.Get(ctx, console, input.Guild)
	if err != nil {
		return GuildDetails{}, err
	}
	counts, err := h.Guilds.Counts(ctx, console, input.Guild)
	if err != nil {
		return GuildDetails{}, err
	}
	shown := GuildDetails{Channels: []Channel{}, Roles: []Role{}}
	if shown.GuildListed, err = h.describeGuild(ctx, view.Guild, counts.Members); err != nil {
		return GuildDetails{}, err
	}
	channels, err := h.Channels.List(ctx, console, input.Guild)
	if err != nil {
		return GuildDetails{}, err
	}
	for i := range channels {
		shown.Channels = append(shown.Channels, Channel{ID: channels[i].ID, Name: channels[i].Name, Type: channels[i].Type})
	}
	roles, err := h.Roles.List(ctx, console, input.Guild)
	if err != nil {
		return GuildDetails{}, err
	}
	for i := range roles {
		shown.Roles = append(shown.Roles, Role{ID: roles[i].ID, Name: roles[i].Name, Permissions: strconv.FormatUint(roles[i].Permissions, 10)})
	}
	return shown, nil
}
