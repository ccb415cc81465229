package gateway

import (
	"context"
	"encoding/json"
	"slices"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/id"
)

// Bounds of what a session may look at in each of its guilds.
const (
	maxWatchedChannels = 5
	maxWatchedPages    = 5
	maxPage            = 10_000
	maxFollowed        = 100
)

// errWatching closes for what cannot be looked at.
var errWatching = &closing{closeDecode, "a subscription is for up to 5 channels with up to 5 ranges of a hundred each, and 100 members"}

// subscribeGuild notes which member lists of a guild a person looks at, and sends what they are to show (op 14). Bots ask for members instead.
func (c *connection) subscribeGuild(data []byte) error {
	var request wire.GuildSubscribe
	return c.subscribe(data, &request, func() map[id.ID]wire.GuildSubscription {
		return map[id.ID]wire.GuildSubscription{request.GuildID: request.GuildSubscription}
	})
}

// subscribeGuilds is subscribeGuild for several guilds (op 37).
func (c *connection) subscribeGuilds(data []byte) error {
	var request wire.GuildSubscribeBulk
	return c.subscribe(data, &request, func() map[id.ID]wire.GuildSubscription { return request.Subscriptions })
}

func (c *connection) subscribe(data []byte, request any, asked func() map[id.ID]wire.GuildSubscription) error {
	s, err := c.identified()
	if err != nil {
		return err
	}
	if s.caller.Bot {
		return &closing{closeOpcode, "bots have no member lists"}
	}
	if err := json.Unmarshal(data, request); err != nil {
		return &closing{closeDecode, "this subscription cannot be decoded"}
	}
	for guildID, subscription := range asked() {
		channels, err := readChannels(subscription.Channels)
		if err != nil {
			return err
		}
		if len(subscription.Members) > maxFollowed {
			return errWatching
		}
		if place := s.seatIn(guildID); place != nil {
			s.awaitRoom() // whoever asks for much without reading it waits
			place.watch(channels, subscription.Members)
		}
	}
	return nil
}

// readChannels checks the ranges of channels. It gives nil when there are none said.
func readChannels(asked map[id.ID][][]int) (map[id.ID]listPages, error) {
	if asked == nil {
		return nil, nil
	}
	if len(asked) > maxWatchedChannels {
		return nil, errWatching
	}
	channels := make(map[id.ID]listPages, len(asked))
	for channelID, ranges := range asked {
		if len(ranges) > maxWatchedPages {
			return nil, errWatching
		}
		var looked listPages
		for _, span := range ranges {
			if len(span) != 2 || span[0] < 0 || span[0]/listPage > maxPage || !slices.Equal(pageRange(span[0]/listPage), span) {
				return nil, errWatching
			}
			looked = append(looked, span[0]/listPage)
		}
		channels[channelID] = looked.with(nil)
	}
	return channels, nil
}

// watch changes what the seat's session looks at. nil leaves it as it is.
func (s *seat) watch(channels map[id.ID]listPages, followed []id.ID) {
	h := s.hub
	h.mu.Lock()
	if s.gone {
		h.mu.Unlock()
		return
	}
	w := h.lists.watch(s)
	if channels != nil {
		w.channels, w.asked = channels, true
	}
	if followed != nil {
		w.followed = make(map[id.ID]struct{}, len(followed))
		for _, userID := range followed {
			w.followed[userID] = struct{}{}
		}
	}
	h.mu.Unlock()
	if channels != nil {
		h.updateLists()
	}
	if len(followed) > 0 {
		s.showFollowed(slices.Clone(followed))
	}
}

// showFollowed tells the presences of those who are followed from now on.
func (s *seat) showFollowed(userIDs []id.ID) {
	g := s.hub.gateway
	found, _, err := g.Chat.Members.ByID(context.Background(), s.session.caller, s.hub.guildID, userIDs)
	if err != nil {
		if kind := chat.KindOf(err); kind == chat.Internal || kind == chat.Unavailable {
			g.Log.Error("members could not be read", "guild", s.hub.guildID, "error", err)
		}
		return
	}
	members := make([]id.ID, len(found))
	for i := range found {
		members[i] = found[i].UserID
	}
	for _, presence := range g.Chat.Presence.Users(members) {
		g.reply(s.session, "PRESENCE_UPDATE", wire.NewPresence(presence.UserID, s.hub.guildID, presence.Presence))
	}
}
