package gateway

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/ephemeral"
	"guildhall/store/id"
)

// The bounds of op 8.
const (
	memberChunk    = 1000
	maxMemberQuery = 100
)

// How often an account may ask for all members of a guild, and for some of them, on all of its sessions together. Upstream lets a bot ask for all once in half a minute; a few times more harm nobody here, and a bot that is
// started again and again while it is written gets what it asks for.
var (
	allMembersLimit  = ephemeral.Limit{Burst: 5, Per: 30 * time.Second}
	someMembersLimit = ephemeral.Limit{Burst: maxFrames, Per: framesWindow}
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
	for i, guildID := range request.GuildID {
		if i > 0 { // each is as much work as a frame of its own
			if err := c.countFrame(); err != nil {
				return err
			}
		}
		if !s.has(guildID) || !c.gateway.mayAsk(ctx, s, guildID, &request) {
			continue
		}
		err := c.gateway.sendMembers(ctx, s, guildID, request)
		// A guild that is not theirs is not answered for, as upstream.
		if kind := chat.KindOf(err); err != nil && (kind == chat.Internal || kind == chat.Unavailable) {
			c.gateway.Log.Error("members could not be read", "guild", guildID, "error", err)
		}
	}
	return nil
}

// askedForAll tells whether a request is for all members.
func askedForAll(request *wire.RequestGuildMembers) bool {
	return len(request.UserIDs) == 0 && (request.Query == nil || *request.Query == "")
}

// mayAsk counts a request for members of a guild. What is asked for too often is answered with that.
func (g *Gateway) mayAsk(ctx context.Context, s *session, guildID id.ID, request *wire.RequestGuildMembers) bool {
	if g.NoRateLimits {
		return true
	}
	key, limit := "members/some/", someMembersLimit
	if askedForAll(request) {
		key, limit = "members/all/", allMembersLimit
	}
	allowance, err := g.Ephemeral.Allow(ctx, key+s.caller.UserID.String()+"/"+guildID.String(), limit)
	if err != nil {
		g.Log.Error("requests for members cannot be counted", "error", err)
		return true
	}
	if !allowance.OK {
		g.reply(s, "RATE_LIMITED", wire.RateLimited{Opcode: wire.OpRequestGuildMembers, RetryAfter: allowance.ResetAfter.Seconds(), Meta: wire.RateLimitedMeta{GuildID: guildID, Nonce: request.Nonce}})
	}
	return allowance.OK
}

// sendMembers answers for one guild.
func (g *Gateway) sendMembers(ctx context.Context, s *session, guildID id.ID, request wire.RequestGuildMembers) error {
	answer := chunks{gateway: g, session: s, guildID: guildID, request: request, count: 1}
	switch {
	case len(request.UserIDs) > 0:
		answer.count = (len(request.UserIDs) + memberChunk - 1) / memberChunk
		for ids := range slices.Chunk(request.UserIDs, memberChunk) {
			found, missing, err := g.Chat.Members.ByID(ctx, s.caller, guildID, ids)
			if err != nil {
				return err
			}
			answer.send(found, missing)
		}
		return nil
	case request.Query != nil && *request.Query != "":
		limit := request.Limit
		if limit < 1 || limit > maxMemberQuery {
			limit = maxMemberQuery
		}
		found, err := g.Chat.Members.Search(ctx, s.caller, guildID, *request.Query, limit)
		if err != nil {
			return err
		}
		answer.send(found, nil)
		return nil
	}
	if !s.intents.has(intentMembers) {
		return nil // not answered, as upstream: libraries say by themselves which intent is missing
	}
	return g.sendAllMembers(ctx, &answer)
}

// sendAllMembers sends one page after another, as quickly as the client reads. How many there will be is known exactly only with the last of them, because members come
// and go; the last one says so.
func (g *Gateway) sendAllMembers(ctx context.Context, answer *chunks) error {
	limit := answer.request.Limit
	if limit < 1 {
		limit = math.MaxInt
	}
	page, err := g.Chat.Members.List(ctx, answer.session.caller, answer.guildID, 0, min(limit, memberChunk))
	if err != nil {
		return err
	}
	members, err := g.Chat.Views.MemberCount(ctx, answer.guildID)
	if err != nil {
		return err
	}
	expected := (min(members, limit) + memberChunk - 1) / memberChunk
	for {
		var next []chat.GuildMember
		if limit -= len(page); len(page) == memberChunk && limit > 0 {
			if next, err = g.Chat.Members.List(ctx, answer.session.caller, answer.guildID, page[len(page)-1].UserID, min(limit, memberChunk)); err != nil {
				return err
			}
		}
		if len(next) == 0 {
			answer.count = answer.sent + 1
			answer.send(page, nil)
			return nil
		}
		answer.count = max(expected, answer.sent+2)
		answer.send(page, nil)
		page = next
	}
}

// chunks are the answer to a request for members.
type chunks struct {
	gateway     *Gateway
	session     *session
	guildID     id.ID
	request     wire.RequestGuildMembers
	sent, count int
}

func (a *chunks) send(members []chat.GuildMember, missing []id.ID) {
	payload := wire.GuildMembersChunk{GuildID: a.guildID, Members: make([]wire.Member, len(members)), ChunkIndex: a.sent, ChunkCount: a.count, NotFound: missing,
		Nonce: a.request.Nonce}
	userIDs := make([]id.ID, len(members))
	for i, member := range members {
		payload.Members[i] = wire.NewMember(member.Member, member.User)
		userIDs[i] = member.UserID
	}
	if a.request.Presences && a.session.intents.has(intentPresences) {
		payload.Presences = a.gateway.presencesOf(userIDs)
	}
	a.sent++
	a.gateway.reply(a.session, "GUILD_MEMBERS_CHUNK", payload)
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
