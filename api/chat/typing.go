package chat

import (
	"context"

	"guildhall/store/event"
	"guildhall/store/id"
)

// Type tells a channel's viewers that the caller is typing, for the next ten seconds; it needs what posting needs.
func (m *Messages) Type(ctx context.Context, caller Caller, channelID id.ID) error {
	a, channel, held, err := m.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return err
	}
	if err := mayPost(a, channel, held); err != nil {
		return err
	}
	if err := m.mayWriteTo(ctx, caller, channel); err != nil {
		return err
	}
	user, err := m.users.lookup(ctx, caller.UserID)
	if err != nil {
		return internal("reading an account", err)
	}
	m.tell(ctx, event.TypingStarted{GuildID: channel.GuildID, ChannelID: channelID, Member: *a.member, User: user, At: m.Now().UTC()})
	return nil
}
