package ops

import (
	"context"

	"guildhall/store/id"
)

// The input and output of the command about moderators' second factor.
type (
	// GuildMFA asks whether moderators of a guild need a second factor, or sets it where Required is there.
	GuildMFA struct {
		Guild    id.ID  `json:"guild"`
		Required *bool  `json:"required,omitempty"`
		Reason   string `json:"reason,omitempty"`
	}
	// GuildMFAShown is how it is.
	GuildMFAShown struct {
		ID       id.ID  `json:"id"`
		Name     string `json:"name"`
		Required bool   `json:"required"`
		// Owner is the owner's user name; OwnerProtected tells whether they have a second factor.
		Owner          string `json:"owner"`
		OwnerProtected bool   `json:"owner_protected"`
	}
)

// CommandGuildMFA is the name of the command about moderators' second factor.
const CommandGuildMFA = "guild.mfa"

func (h *hallCommands) guildMFA(ctx context.Context, input GuildMFA) (GuildMFAShown, error) {
	caller, err := consoleFor(input.Reason)
	if err != nil {
		return GuildMFAShown{}, err
	}
	if input.Required != nil {
		level := 0
		if *input.Required {
			level = 1
		}
		if _, err := h.Guilds.SetMFALevel(ctx, caller, input.Guild, level); err != nil {
			return GuildMFAShown{}, err
		}
	}
	view, err := h.Guilds.Get(ctx, caller, input.Guild)
	if err != nil {
		return GuildMFAShown{}, err
	}
	owner, err := h.Users.Get(ctx, caller, view.Guild.OwnerID)
	return GuildMFAShown{ID: view.Guild.ID, Name: view.Guild.Name, Required: view.Guild.MFALevel != 0, Owner: owner.Username, OwnerProtected: owner.MFA}, err
}
