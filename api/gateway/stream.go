package gateway

import (
	"context"
	"encoding/json"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/event"
)

// createStream begins to show something. What cannot be is answered with the end of the stream, which says why.
func (c *connection) createStream(data []byte) error {
	s, err := c.identified()
	if err != nil {
		return err
	}
	var request wire.StreamCreate
	if err := json.Unmarshal(data, &request); err != nil {
		return &closing{closeDecode, "this stream cannot be decoded"}
	}
	why := c.gateway.Chat.Voice.StartStream(context.Background(), s.caller, s.id, request.GuildID.Value, request.ChannelID)
	c.refuseStream(s, wire.StreamKey(request.GuildID.Value, request.ChannelID, s.caller.UserID), why)
	return nil
}

// watchStream has the session watch what somebody shows.
func (c *connection) watchStream(data []byte) error {
	s, err := c.identified()
	if err != nil {
		return err
	}
	var request wire.StreamWatch
	key, err := readStream(data, &request, &request.StreamKey)
	if err != nil {
		return err
	}
	c.refuseStream(s, request.StreamKey, c.gateway.Chat.Voice.WatchStream(context.Background(), s.caller, s.id, key))
	return nil
}

// deleteStream ends what the session shows, or its watching.
func (c *connection) deleteStream(data []byte) error {
	s, err := c.identified()
	if err != nil {
		return err
	}
	var request wire.StreamWatch
	key, err := readStream(data, &request, &request.StreamKey)
	if err == nil {
		c.gateway.Chat.Voice.StopStream(context.Background(), s.caller, s.id, key)
	}
	return err
}

// pauseStream has what the session shows pass no more, or again.
func (c *connection) pauseStream(data []byte) error {
	s, err := c.identified()
	if err != nil {
		return err
	}
	var request wire.StreamSetPaused
	key, err := readStream(data, &request, &request.StreamKey)
	if err == nil {
		c.gateway.Chat.Voice.PauseStream(context.Background(), s.caller, s.id, key, request.Paused)
	}
	return err
}

// readStream decodes a frame about a stream, whose key is a part of it. A key that is none is that of no stream.
func readStream(data []byte, request any, key *string) (chat.StreamKey, error) {
	if err := json.Unmarshal(data, request); err != nil {
		return chat.StreamKey{}, &closing{closeDecode, "this stream cannot be decoded"}
	}
	guildID, channelID, ownerID, err := wire.ParseStreamKey(*key)
	if err != nil {
		return chat.StreamKey{}, nil //nolint:nilerr // There is no stream of that key, which the client is told as of any other.
	}
	return chat.StreamKey{GuildID: guildID, ChannelID: channelID, OwnerID: ownerID}, nil
}

// refuseStream tells a session why there is no stream for it; empty for no reason.
func (c *connection) refuseStream(s *session, key string, why chat.StreamReason) {
	if why != "" {
		c.gateway.reply(s, "STREAM_DELETE", wire.StreamDelete{StreamKey: key, Reason: string(why)})
	}
}

// streamChanged tells the session that shows or watches a stream of a guild.
func (h *guildHub) streamChanged(e event.StreamChanged, seats []*seat) {
	for _, place := range seats {
		if place.session.id == e.SessionID && place.session.caller.UserID == e.UserID {
			name, payload := wire.NewStreamChange(e, h.gateway.voiceEndpoint(place.session))
			h.lazy(name, payload).to(place)
		}
	}
}

// tellStream tells the session that shows or watches a stream in a call.
func (g *Gateway) tellStream(s *session, e event.StreamChanged) {
	if s.id == e.SessionID {
		name, payload := wire.NewStreamChange(e, g.voiceEndpoint(s))
		g.dispatchTo(s, allIntents, name, payload)
	}
}
