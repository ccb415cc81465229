package chat

import (
	"context"

	"guildhall/store"
	"guildhall/store/id"
)

// CommandIndex is what somebody can use somewhere.
type CommandIndex struct {
	// Applications are those that the commands are of, in ascending order of id; Commands are in the order of their applications.
	Applications []Application
	Commands     []store.Command
	// Version is another one when the commands are others.
	Version id.ID
}

// GuildIndex gives the commands that the caller may use somewhere in a guild.
func (c *Commands) GuildIndex(ctx context.Context, caller Caller, guildID id.ID) (CommandIndex, error) {
	a, err := c.views.access(ctx, caller, guildID)
	if err != nil {
		return CommandIndex{}, err
	}
	applicationIDs, err := c.applicationsOf(ctx, guildID)
	if err != nil {
		return CommandIndex{}, err
	}
	return c.index(ctx, guildID, applicationIDs, func(applicationID id.ID) ([]store.Command, error) {
		return c.usableIn(ctx, a, nil, a.inGuild(), applicationID)
	})
}

// ChannelIndex gives the commands that the caller may use in a channel, or in the conversation with a bot.
func (c *Commands) ChannelIndex(ctx context.Context, caller Caller, channelID id.ID) (CommandIndex, error) {
	a, channel, held, err := c.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return CommandIndex{}, err
	}
	if channel.GuildID == 0 {
		return c.index(ctx, channelID, channel.Recipients, func(applicationID id.ID) ([]store.Command, error) {
			return c.inConversation(ctx, caller, channel, applicationID)
		})
	}
	applicationIDs, err := c.applicationsOf(ctx, channel.GuildID)
	if err != nil {
		return CommandIndex{}, err
	}
	return c.index(ctx, channelID, applicationIDs, func(applicationID id.ID) ([]store.Command, error) {
		return c.usableIn(ctx, a, channel, held, applicationID)
	})
}

func (c *Commands) index(ctx context.Context, version id.ID, applicationIDs []id.ID, usable func(id.ID) ([]store.Command, error)) (CommandIndex, error) {
	index := CommandIndex{Version: version}
	for _, applicationID := range applicationIDs {
		commands, err := usable(applicationID)
		if err != nil {
			return CommandIndex{}, err
		}
		if len(commands) == 0 {
			continue
		}
		application, err := c.bots.read(ctx, applicationID)
		if KindOf(err) == UnknownApplication {
			continue // gone meanwhile
		}
		if err != nil {
			return CommandIndex{}, err
		}
		index.Applications = append(index.Applications, application)
		index.Commands = append(index.Commands, commands...)
		for i := range commands {
			index.Version = max(index.Version, commands[i].Version)
		}
	}
	return index, nil
}
