package chat

import (
	"cmp"
	"context"
	"errors"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Bounds of a page of mentions, as upstream.
const (
	defaultMentionsPage = 25
	maxMentionsPage     = 100
)

// MentionPage selects messages that mention the caller.
type MentionPage struct {
	// GuildID is zero for all guilds and conversations.
	GuildID id.ID
	// Roles and Everyone add messages that mention a role of the caller's, and those that mention everybody.
	Roles, Everyone bool
	// Before is the id of a message, zero for the newest. Limit is 1 to 100; zero means 25.
	Before id.ID
	Limit  int
}

// Mentions gives the newest messages that mention the caller, where they may read the history, newest first.
func (m *Messages) Mentions(ctx context.Context, caller Caller, page MentionPage) ([]event.MessageCreated, error) {
	limit := cmp.Or(page.Limit, defaultMentionsPage)
	if limit < 1 || limit > maxMentionsPage {
		return nil, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxMentionsPage)
	}
	query := store.MentionQuery{UserID: caller.UserID, Everyone: page.Everyone, Before: page.Before, Limit: limit}
	channels := make(map[id.ID]*store.Channel)
	add := func(channel *store.Channel) {
		channels[channel.ID] = channel
		query.ChannelIDs = append(query.ChannelIDs, channel.ID)
	}
	guildIDs := []id.ID{page.GuildID}
	if page.GuildID == 0 {
		var err error
		if guildIDs, err = m.views.UserGuilds(ctx, caller.UserID); err != nil {
			return nil, err
		}
		directs, err := m.Store.UserDirectChannels(ctx, caller.UserID)
		if err != nil {
			return nil, internal("listing conversations", err)
		}
		for i := range directs {
			add(&directs[i])
		}
	}
	for _, guildID := range guildIDs {
		a, err := m.views.access(ctx, caller, guildID)
		if KindOf(err) == UnknownGuild && page.GuildID == 0 {
			continue // left meanwhile
		}
		if err != nil {
			return nil, err
		}
		if page.Roles {
			query.RoleIDs = append(query.RoleIDs, a.member.RoleIDs...)
		}
		for i := range a.view.Channels {
			if a.inChannel(&a.view.Channels[i]).Has(perm.ViewChannel | perm.ReadMessageHistory) {
				add(&a.view.Channels[i])
			}
		}
		threads, err := m.threads.joined(ctx, a)
		if err != nil {
			return nil, err
		}
		for i := range threads {
			add(&threads[i])
		}
	}
	found, err := m.Store.RecentMentions(ctx, query)
	if err != nil {
		return nil, internal("finding mentions", err)
	}
	shown := make([]event.MessageCreated, 0, len(found))
	for i := range found {
		completed, err := m.complete(ctx, channels[found[i].ChannelID], found[i:i+1])
		if err != nil {
			return nil, err
		}
		shown = append(shown, completed...)
	}
	return shown, nil
}

// DismissMention leaves a message out of the caller's mentions from now on. One that is not there (any more) is no error.
func (m *Messages) DismissMention(ctx context.Context, caller Caller, messageID id.ID) error {
	err := m.Store.DismissMention(ctx, caller.UserID, messageID)
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownUser)
	}
	if err != nil {
		return internal("dismissing a mention", err)
	}
	return nil
}
