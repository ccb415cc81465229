package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/id"
)

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
		chunks, missing, err := c.gateway.findMembers(ctx, s, guildID, request)
		if err == nil {
			c.gateway.sendChunks(s, guildID, request, chunks, missing)
			continue
		}
		// A guild that is not theirs is not answered for, as upstream.
		if kind := chat.KindOf(err); kind == chat.Internal || kind == chat.Unavailable {
			c.gateway.Log.Error("members could not be read", "guild", guildID, "error", err)
		}
	}
	return nil
}

// findMembers reads what a request asks for.
func (g *Gateway) findMembers(ctx context.Context, s *session, guildID id.ID, request wire.RequestGuildMembers) (chunks [][]chat.GuildMember, missing []id.ID, err error) {
	switch {
	case len(request.UserIDs) > 0:
		for ids := range slices.Chunk(request.UserIDs, memberChunk) {
			found, unknown, err := g.Chat.Members.ByID(ctx, s.caller, guildID, ids)
			if err != nil {
				return nil, nil, err
			}
			chunks, missing = append(chunks, found), append(missing, unknown...)
		}
		return chunks, missing, nil
	case request.Query != nil && *request.Query != "":
		limit := request.Limit
		if limit < 1 || limit > maxMemberQuery {
			limit = maxMemberQuery
		}
		found, err := g.Chat.Members.Search(ctx, s.caller, guildID, *request.Query, limit)
		return [][]chat.GuildMember{found}, nil, err
	}
	chunks, err = g.allMembers(ctx, s, guildID, request.Limit)
	return chunks, nil, err
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
		payload := wire.GuildMembersChunk{GuildID: guildID, Members: make([]wire.Member, len(members)), ChunkIndex: i, ChunkCount: len(chunks), Nonce: request.Nonce}
		if i == len(chunks)-1 {
			payload.NotFound = missing
		}
		userIDs := make([]id.ID, len(members))
		for j, member := range members {
			payload.Members[j] = wire.NewMember(member.Member, member.User)
			userIDs[j] = member.UserID
		}
		if request.Presences && s.intents.has(intentPresences) {
			payload.Presences = g.presencesOf(userIDs)
		}
		g.reply(s, "GUILD_MEMBERS_CHUNK", payload)
	}
}

// reply dispatches what a session asked for.
func (g *Gateway) reply(s *session, name string, payload any) {
	if b := g.encode(name, payload); b != nil {
		s.dispatchAlone(b)
	}
}

// maxRequested is for how many guilds a client may ask with one frame.
const maxRequested = 100

// requestSounds answers for every guild that it has no sounds.
func (c *connection) requestSounds(data []byte) error {
	s, err := c.identified()
	if err != nil {
		return err
	}
	var request wire.RequestSounds
	if err := json.Unmarshal(data, &request); err != nil {
		return &closing{closeDecode, "this request for sounds cannot be decoded"}
	}
	for _, guildID := range request.GuildIDs[:min(len(request.GuildIDs), maxRequested)] {
		if s.seatIn(guildID) != nil {
			c.gateway.reply(s, "SOUNDBOARD_SOUNDS", wire.GuildSounds{GuildID: guildID, Sounds: []string{}})
		}
	}
	return nil
}

// requestChannelInfo answers that no channel has anything to tell: voice channels have no status here.
func (c *connection) requestChannelInfo(data []byte) error {
	s, err := c.identified()
	if err != nil {
		return err
	}
	var request wire.RequestChannelInfo
	if err := json.Unmarshal(data, &request); err != nil {
		return &closing{closeDecode, "this request for channels cannot be decoded"}
	}
	if s.seatIn(request.GuildID) != nil {
		c.gateway.reply(s, "CHANNEL_INFO", wire.GuildChannelInfo{GuildID: request.GuildID, Channels: []string{}})
	}
	return nil
}

// createStream refuses to share a screen, which this hall cannot do: the contract's answer to that is a stream that ended.
func (c *connection) createStream(data []byte) error {
	s, err := c.identified()
	if err != nil {
		return err
	}
	var request wire.StreamCreate
	if err := json.Unmarshal(data, &request); err != nil {
		return &closing{closeDecode, "this stream cannot be decoded"}
	}
	key := fmt.Sprintf("call:%s:%s", request.ChannelID, s.caller.UserID)
	if request.GuildID != 0 {
		key = fmt.Sprintf("guild:%s:%s:%s", request.GuildID, request.ChannelID, s.caller.UserID)
	}
	c.gateway.reply(s, "STREAM_DELETE", wire.StreamDelete{StreamKey: key, Reason: "unauthorized"})
	return nil
}

// watchStream answers that there is no such stream.
func (c *connection) watchStream(data []byte) error {
	s, err := c.identified()
	if err != nil {
		return err
	}
	var request wire.StreamWatch
	if err := json.Unmarshal(data, &request); err != nil {
		return &closing{closeDecode, "this stream cannot be decoded"}
	}
	c.gateway.reply(s, "STREAM_DELETE", wire.StreamDelete{StreamKey: request.StreamKey, Reason: "stream_ended"})
	return nil
}
