package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/event"
	"guildhall/store/id"
)

// updateVoice joins, moves or leaves. What the rules refuse is not told, as upstream: no voice state follows.
func (c *connection) updateVoice(data []byte) error {
	s, err := c.identified()
	if err != nil {
		return err
	}
	var request wire.VoiceStateRequest
	if err := json.Unmarshal(data, &request); err != nil {
		return &closing{closeDecode, "this voice state cannot be decoded"}
	}
	err = c.gateway.Chat.Voice.UpdateState(context.Background(), s.caller, chat.VoiceUpdate{SessionID: s.id, GuildID: request.GuildID.Value,
		ChannelID: request.ChannelID.Value, SelfMute: request.SelfMute, SelfDeaf: request.SelfDeaf, SelfVideo: request.SelfVideo})
	if kind := chat.KindOf(err); err != nil && (kind == chat.Internal || kind == chat.Unavailable) {
		c.gateway.Log.Error("a voice state could not be updated", "user", s.caller.UserID, "error", err)
	}
	return nil
}

// voiceMoved is a voice state with the channel that the person was in before.
type voiceMoved struct {
	event.VoiceStateUpdated
	before id.ID
}

// trackVoice notes where somebody is in voice now.
func (h *guildHub) trackVoice(e event.VoiceStateUpdated) voiceMoved {
	before := h.voice[e.State.UserID]
	if e.State.ChannelID == 0 {
		delete(h.voice, e.State.UserID)
	} else {
		h.voice[e.State.UserID] = e.State.ChannelID
	}
	return voiceMoved{e, before}
}

// voiceState tells where somebody is in voice now. Those who may not view the new channel are told that the person left the one that they could view.
func (h *guildHub) voiceState(e voiceMoved, seats []*seat) {
	left := e.State
	left.ChannelID = 0
	whole := h.lazy("VOICE_STATE_UPDATE", wire.NewVoiceStateUpdate(e.State, e.Member, e.User))
	gone := h.lazy("VOICE_STATE_UPDATE", wire.NewVoiceStateUpdate(left, e.Member, e.User))
	for _, place := range seats {
		own := place.session.caller.UserID == e.State.UserID
		switch {
		case own:
			whole.to(place)
		case !place.wants(intentVoiceStates):
		case place.sight.sees(e.State.ChannelID):
			whole.to(place)
		case e.before != e.State.ChannelID && place.sight.sees(e.before):
			gone.to(place)
		}
	}
}

// voiceServer tells the session that joins where the voice server is. It comes on the guild's subject, so that it follows the voice state.
func (h *guildHub) voiceServer(e event.VoiceServerUpdated, seats []*seat) {
	for _, place := range seats {
		s := place.session
		if s.id != e.SessionID || s.caller.UserID != e.UserID {
			continue
		}
		h.lazy("VOICE_SERVER_UPDATE", wire.VoiceServerUpdate{Token: e.Token, GuildID: &e.GuildID, Endpoint: h.gateway.voiceEndpoint(s)}).to(place)
	}
}

// voiceEndpoint is where a session's client finds the voice server.
func (g *Gateway) voiceEndpoint(s *session) string {
	if g.VoiceEndpoint != "" {
		return g.VoiceEndpoint
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.host + "/voice"
}

// voiceStatus tells what is done in a voice channel now.
func (h *guildHub) voiceStatus(e event.VoiceStatusChanged, seats []*seat) {
	payload := wire.VoiceStatusUpdate{ID: e.ChannelID, GuildID: e.GuildID, Status: wire.TextOrNull(e.Status)}
	h.toViewers(seats, e.ChannelID, intentGuilds, "VOICE_CHANNEL_STATUS_UPDATE", payload)
}

// requestChannelInfo answers with those voice channels in sight that have a status.
func (c *connection) requestChannelInfo(data []byte) error {
	s, err := c.identified()
	if err != nil {
		return err
	}
	var request wire.RequestChannelInfo
	if err := json.Unmarshal(data, &request); err != nil {
		return &closing{closeDecode, "this request for channels cannot be decoded"}
	}
	place := s.seatIn(request.GuildID)
	if place == nil {
		return nil
	}
	info := wire.GuildChannelInfo{GuildID: request.GuildID, Channels: []wire.ChannelInfo{}}
	for channelID, status := range c.gateway.Chat.Voice.Statuses(request.GuildID) {
		if place.sees(channelID) {
			info.Channels = append(info.Channels, wire.ChannelInfo{ID: channelID, Status: &status})
		}
	}
	slices.SortFunc(info.Channels, func(a, b wire.ChannelInfo) int { return cmp.Compare(a.ID, b.ID) })
	c.gateway.reply(s, "CHANNEL_INFO", info)
	return nil
}

// sees tells whether a channel is in the seat's sight.
func (s *seat) sees(channelID id.ID) bool {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.sight != nil && s.sight.sees(channelID)
}

// stageChanged tells what became of a stage.
func (h *guildHub) stageChanged(e event.StageChanged, seats []*seat) {
	name := map[event.StageChange]string{event.StageOpened: "STAGE_INSTANCE_CREATE", event.StageUpdated: "STAGE_INSTANCE_UPDATE", event.StageClosed: "STAGE_INSTANCE_DELETE"}[e.Change]
	h.toViewers(seats, e.Instance.ChannelID, intentGuilds, name, wire.NewStageInstance(e.Instance))
}
