package ops

import (
	"context"

	"guildhall/api/chat"
	"guildhall/store"
	"guildhall/store/id"
)

// The input and output of the command about application commands.
type (
	// ApplicationCommandList names the bot whose commands are asked for: those that go everywhere, or those for a guild.
	ApplicationCommandList struct {
		Bot   id.ID `json:"bot"`
		Guild id.ID `json:"guild,omitempty"`
	}
	// ApplicationCommand is an application command as the command line shows it. Usage is how it is written, or what it is used on.
	ApplicationCommand struct {
		ID          id.ID             `json:"id"`
		Type        store.CommandType `json:"type"`
		Name        string            `json:"name"`
		Usage       string            `json:"usage"`
		Description string            `json:"description"`
		Version     id.ID             `json:"version"`
	}
)

// CommandBotCommands lists application commands.
const CommandBotCommands = "bot.commands"

func (h *hallCommands) botCommands(ctx context.Context, input ApplicationCommandList) ([]ApplicationCommand, error) {
	if input.Guild != 0 {
		if _, err := h.Guilds.Get(ctx, console, input.Guild); err != nil {
			return nil, err
		}
	}
	// The console may ask for any bot; for one that is none there is nothing to list.
	if _, err := h.Bots.Get(ctx, console, input.Bot); err != nil {
		return nil, err
	}
	commands, err := h.Commands.List(ctx, console, input.Bot, input.Guild)
	if err != nil {
		return nil, err
	}
	shown := make([]ApplicationCommand, len(commands))
	for i, one := range commands {
		shown[i] = ApplicationCommand{ID: one.ID, Type: one.Type, Name: one.Name, Usage: chat.CommandUsage(&one), Description: one.Description, Version: one.Version}
	}
	return shown, nil
}
