package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/event"
	"guildhall/store/id"
)

// takePresence reads a presence. An old client's single game becomes the only activity.
func takePresence(request wire.PresenceUpdate) chat.PresenceUpdate {
	update := chat.PresenceUpdate{Status: request.Status}
	switch {
	case isSet(request.Activities):
		update.Activities = bytes.Clone(request.Activities)
	case isSet(request.Game):
		update.Activities = append(append([]byte("["), request.Game...), ']')
	}
	return update
}

func isSet(text json.RawMessage) bool { return len(text) > 0 && !bytes.Equal(text, []byte("null")) }

func (c *connection) updatePresence(data []byte) error {
	s, err := c.identified()
	if err != nil {
		return err
	}
	var request wire.PresenceUpdate
	if err := json.Unmarshal(data, &request); err != nil {
		return &closing{closeDecode, "this presence cannot be decoded"}
	}
	update := takePresence(request)
	err = c.gateway.Chat.Presence.Update(context.Background(), s.caller, s.id, update)
	switch chat.KindOf(err) {
	case chat.Invalid:
		return &closing{closeDecode, "this presence is not valid"}
	case chat.UnknownSession:
		return nil // the session is ending
	}
	if err != nil {
		c.gateway.Log.Error("a presence could not be updated", "user", s.caller.UserID, "error", err)
		return nil
	}
	s.mu.Lock()
	s.presence = update
	s.mu.Unlock()
	c.gateway.Chat.Voice.Away(s.id, request.AFK)
	return nil
}

const (
	// presenceDelay is how long presences wait, to be told together: when many come at once, as after a restart, each session gets many with one write.
	presenceDelay = 50 * time.Millisecond
	// presenceMembers is up to how many members of a guild people are told of everybody's presence. In a larger guild that would be too much for everybody, and nobody
	// looks at it; bots that ask for presences still get them.
	presenceMembers = 1000
)

// tellLater keeps a presence to be told with others. The last one of a member counts.
func (h *guildHub) tellLater(e event.PresenceChanged) {
	h.presences[e.UserID] = e
	if h.telling == nil {
		h.telling = time.AfterFunc(presenceDelay, func() { h.gateway.spawn(h.tellPresences) })
	}
}

func (h *guildHub) tellPresences() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tellPresencesLocked()
}

func (h *guildHub) tellPresencesLocked() {
	h.telling = nil
	if h.closed {
		return
	}
	for _, e := range h.presences {
		// Somebody can be gone again before it is told that they came.
		if _, err := h.gateway.Chat.Views.Member(context.Background(), h.guildID, e.UserID); !goneMeanwhile(err) {
			h.share(e)
		}
	}
	clear(h.presences)
}

func (h *guildHub) presence(ctx context.Context, e event.PresenceChanged, seats []*seat) {
	members, err := h.gateway.Chat.Views.MemberCount(ctx, h.guildID)
	if err != nil {
		return
	}
	b := h.lazy("PRESENCE_UPDATE", wire.NewPresence(e.UserID, e.GuildID, e.Presence))
	for _, place := range seats {
		if place.wants(intentPresences) && (place.session.caller.Bot || members <= presenceMembers || h.lists.follows(place, e.UserID)) {
			b.to(place)
		}
	}
}

// presencesOf gives those of some users who are not offline, in the shape of a guild's list.
func (g *Gateway) presencesOf(userIDs []id.ID) []wire.Presence {
	shown := []wire.Presence{}
	for _, presence := range g.Chat.Presence.Users(userIDs) {
		shown = append(shown, wire.NewPresence(presence.UserID, 0, presence.Presence))
	}
	return shown
}
