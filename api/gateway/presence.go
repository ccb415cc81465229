package gateway

import (
	"bytes"
	"context"
	"encoding/json"

	"guildhall/api/chat"
	"guildhall/api/wire"
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
	if chat.KindOf(err) == chat.Invalid {
		return &closing{closeDecode, "this presence is not valid"}
	}
	if err != nil {
		c.gateway.Log.Error("a presence could not be updated", "user", s.caller.UserID, "error", err)
		return nil
	}
	s.mu.Lock()
	s.presence = update
	s.mu.Unlock()
	return nil
}

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

// The bounds of op 8.
const (
	memberChunk    = 1000
	maxMemberQuery = 100
)

// requestMembers sends members in chunks: all of a guild, those whose name begins with something, or some by id.
func (c *connection) requestMembers(data []byte) error {
	s, err := c.identified()
	if err != nil {
		return err
	}
	var request wire.RequestGuildMembers
	if err := json.Unmarshal(data, &request); err != nil {
		return &closing{closeDecode, "this request for members cannot be decoded"}
	}
	ctx := context.Background()
	for _, guildID := range request.GuildID {
		if !s.has(guildID) {
			continue
		}
		var chunks [][]chat.GuildMember
		var missing []id.ID
		switch {
		case len(request.UserIDs) > 0:
			var found []chat.GuildMember
			ids := request.UserIDs[:min(len(request.UserIDs), memberChunk)]
			found, missing, err = c.gateway.Chat.Members.ByID(ctx, s.caller, guildID, ids)
			chunks = [][]chat.GuildMember{found}
		case request.Query != nil && *request.Query != "":
			limit := request.Limit
			if limit < 1 || limit > maxMemberQuery {
				limit = maxMemberQuery
			}
			var found []chat.GuildMember
			found, err = c.gateway.Chat.Members.Search(ctx, s.caller, guildID, *request.Query, limit)
			chunks = [][]chat.GuildMember{found}
		default:
			chunks, err = c.gateway.allMembers(ctx, s, guildID, request.Limit)
		}
		switch chat.KindOf(err) {
		case chat.Internal:
			if err != nil {
				c.gateway.Log.Error("members could not be read", "guild", guildID, "error", err)
				continue
			}
		default:
			continue // not a guild of theirs, or not allowed: as upstream, nothing comes
		}
		c.gateway.sendChunks(s, guildID, request, chunks, missing)
	}
	return nil
}

// allMembers reads a guild's members in chunks; a limit of 0 means all of them.
func (g *Gateway) allMembers(ctx context.Context, s *session, guildID id.ID, limit int) (chunks [][]chat.GuildMember, err error) {
	after, left := id.ID(0), limit
	for {
		size := memberChunk
		if limit > 0 {
			size = min(size, left)
		}
		page, err := g.Chat.Members.List(ctx, s.caller, guildID, after, size)
		if err != nil {
			return nil, err
		}
		if len(page) > 0 || len(chunks) == 0 {
			chunks = append(chunks, page)
		}
		left -= len(page)
		if len(page) < size || limit > 0 && left <= 0 {
			return chunks, nil
		}
		after = page[len(page)-1].UserID
	}
}

func (g *Gateway) sendChunks(s *session, guildID id.ID, request wire.RequestGuildMembers, chunks [][]chat.GuildMember, missing []id.ID) {
	for i, members := range chunks {
		payload := wire.GuildMembersChunk{GuildID: guildID, Members: make([]wire.Member, len(members)), ChunkIndex: i, ChunkCount: len(chunks), NotFound: missing, Nonce: request.Nonce}
		userIDs := make([]id.ID, len(members))
		for j, member := range members {
			payload.Members[j] = wire.NewMember(member.Member, member.User)
			userIDs[j] = member.UserID
		}
		if request.Presences && s.intents.has(intentPresences) {
			payload.Presences = []wire.Presence{}
			for _, presence := range g.Chat.Presence.Users(userIDs) {
				payload.Presences = append(payload.Presences, wire.NewPresence(presence.UserID, 0, presence.Presence))
			}
		}
		if b := g.encode("GUILD_MEMBERS_CHUNK", payload); b != nil {
			s.dispatch(b)
		}
	}
}
