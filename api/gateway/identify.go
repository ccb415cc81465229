package gateway

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/ephemeral"
)

// opcodes is the one table of what clients may send.
func opcodes() map[wire.Opcode]func(*connection, []byte) error {
	return map[wire.Opcode]func(*connection, []byte) error{
		wire.OpHeartbeat:           (*connection).heartbeat,
		wire.OpIdentify:            (*connection).identify,
		wire.OpResume:              (*connection).resume,
		wire.OpPresenceUpdate:      (*connection).updatePresence,
		wire.OpVoiceStateUpdate:    (*connection).updateVoice,
		wire.OpRequestGuildMembers: (*connection).requestMembers,
		// What follows belongs to features that are built later. Clients send it without waiting for an answer, and the contract has them get none.
		opCallConnect: (*connection).pass, opGuildSubscribe: (*connection).pass, opGuildSubscribeBulk: (*connection).pass,
		opSoundboardSounds: (*connection).pass, opChannelInfo: (*connection).pass,
	}
}

// The opcodes of later features.
const (
	opCallConnect        wire.Opcode = 13
	opGuildSubscribe     wire.Opcode = 14
	opSoundboardSounds   wire.Opcode = 31
	opGuildSubscribeBulk wire.Opcode = 37
	opChannelInfo        wire.Opcode = 43
)

// pass takes a frame that asks for nothing that there is.
func (c *connection) pass([]byte) error {
	_, err := c.identified()
	return err
}

// identified gives the connection's session.
func (c *connection) identified() (*session, error) {
	if s := c.session.Load(); s != nil {
		return s, nil
	}
	return nil, &closing{closeNotIdentified, "identify first"}
}

// heartbeat is answered at once, before IDENTIFY too: libraries send one first.
func (c *connection) heartbeat([]byte) error {
	if c.session.Load() != nil {
		c.alive()
	}
	c.sendOp(wire.OpHeartbeatAck, nil)
	return nil
}

// alive prolongs the connection's patience.
func (c *connection) alive() { c.until.Store(c.gateway.Now().Add(heartbeatPatience).UnixMilli()) }

// identifyLimit bounds how often one account may identify: each costs a snapshot of all of its guilds.
var identifyLimit = ephemeral.Limit{Burst: 60, Per: time.Minute}

func (c *connection) identify(data []byte) error {
	if c.session.Load() != nil {
		return &closing{closeAlready, "this connection has identified already"}
	}
	var request wire.Identify
	if err := json.Unmarshal(data, &request); err != nil {
		return &closing{closeDecode, "this IDENTIFY cannot be decoded"}
	}
	ctx := context.Background()
	caller, err := c.gateway.Chat.Accounts.Authenticate(ctx, request.Token)
	if err != nil {
		return c.refused(err)
	}
	if err := c.gateway.allowIdentify(ctx, caller); err != nil {
		return err
	}
	s := newSession(caller)
	if err := configure(s, request); err != nil {
		return err
	}
	s.connection = c
	if err := c.gateway.begin(ctx, s, c, request.LargeThreshold); err != nil {
		return err
	}
	return nil
}

// refused closes for credentials that are not good; for what is our own fault it closes with a code that lets the client try again.
func (c *connection) refused(err error) error {
	switch chat.KindOf(err) {
	case chat.Internal, chat.Unavailable:
		c.gateway.Log.Error("a client could not be signed in", "error", err)
		return &closing{closeUnknown, "the hall cannot sign you in right now"}
	}
	return &closing{closeAuth, "these credentials are not good"}
}

func (g *Gateway) allowIdentify(ctx context.Context, caller chat.Caller) error {
	if g.NoRateLimits {
		return nil
	}
	allowance, err := g.Ephemeral.Allow(ctx, "identify/"+caller.UserID.String(), identifyLimit)
	if err != nil {
		g.Log.Error("sign-ins cannot be counted", "error", err)
		return nil
	}
	if !allowance.OK {
		return &closing{closeRate, "too many sign-ins; wait a minute"}
	}
	return nil
}

// maxShards is more than anybody's bot is split into.
const maxShards = 1024

// configure reads what the client wants.
func configure(s *session, request wire.Identify) error {
	s.intents = allIntents
	if s.caller.Bot {
		if request.Intents != nil {
			s.intents = intents(*request.Intents)
		}
		switch len(request.Shard) {
		case 0:
		case 2:
			s.shard, s.shards = request.Shard[0], request.Shard[1]
			if s.shards < 1 || s.shards > maxShards || s.shard < 0 || s.shard >= s.shards {
				return &closing{closeShard, "this shard does not exist"}
			}
		default:
			return &closing{closeShard, "a shard is a pair of numbers"}
		}
	}
	s.device = deviceKind(request.Properties)
	if request.Presence != nil {
		s.presence = takePresence(*request.Presence)
	}
	return nil
}

func deviceKind(properties wire.IdentifyProperties) chat.DeviceKind {
	text := strings.ToLower(properties.OS + " " + properties.Browser + " " + properties.Device)
	switch {
	case strings.Contains(text, "android"), strings.Contains(text, "ios"), strings.Contains(text, "mobile"):
		return chat.DeviceMobile
	case strings.Contains(text, "web"), strings.Contains(text, "chrome"), strings.Contains(text, "firefox"), strings.Contains(text, "safari"):
		return chat.DeviceWeb
	}
	return chat.DeviceDesktop
}

// begin makes the session known and sends READY and its guilds. What happens meanwhile is held back and sent afterwards, so that nothing is missed.
func (g *Gateway) begin(ctx context.Context, s *session, c *connection, largeThreshold int) error {
	// From here on the end of the connection, and of the credentials, finds the session.
	c.session.Store(s)
	c.alive()
	if !g.register(s) {
		return &closing{closeUnknown, "the hall is restarting"}
	}
	if err := g.joinUser(s); err != nil {
		return g.failed(s, err)
	}
	seats, err := g.joinAll(ctx, s)
	if err != nil {
		return g.failed(s, err)
	}
	if err := g.Chat.Presence.SessionOpened(ctx, s.caller, s.id, s.device, s.presence); err != nil {
		return g.failed(s, err)
	}
	if s.caller.Bot {
		err = g.sendBotReady(ctx, s, c, seats, largeThreshold)
	} else {
		err = g.sendUserReady(ctx, s, c, seats)
	}
	if err != nil {
		return g.failed(s, err)
	}
	for _, place := range seats {
		place.release()
	}
	g.releaseUser(s)
	return nil
}

// failed ends a session that could not be made.
func (g *Gateway) failed(s *session, err error) error {
	g.Log.Error("a session could not be made", "user", s.caller.UserID, "error", err)
	g.end(s)
	return &closing{closeUnknown, "the hall cannot sign you in right now"}
}

// joinAll takes a seat in every guild of the session.
func (g *Gateway) joinAll(ctx context.Context, s *session) ([]*seat, error) {
	guildIDs, err := g.Chat.Views.UserGuilds(ctx, s.caller.UserID)
	if err != nil {
		return nil, err
	}
	seats := make([]*seat, 0, len(guildIDs))
	for _, guildID := range guildIDs {
		if !s.has(guildID) {
			continue
		}
		place, err := g.joinGuild(ctx, s, guildID)
		switch chat.KindOf(err) {
		case chat.UnknownGuild, chat.UnknownMember:
			continue // left or deleted just now
		}
		if err != nil {
			return nil, err
		}
		seats = append(seats, place)
	}
	return seats, nil
}

func (c *connection) resume(data []byte) error {
	if c.session.Load() != nil {
		return &closing{closeAlready, "this connection has identified already"}
	}
	var request wire.Resume
	if err := json.Unmarshal(data, &request); err != nil {
		return &closing{closeDecode, "this RESUME cannot be decoded"}
	}
	ctx := context.Background()
	caller, err := c.gateway.Chat.Accounts.Authenticate(ctx, request.Token)
	if err != nil {
		return c.refused(err)
	}
	s := c.gateway.find(request.SessionID)
	// A session belongs to a login or a bot's token, not to one access token: those are renewed every few minutes.
	if s == nil || s.caller.UserID != caller.UserID || s.caller.LoginSessionID != caller.LoginSessionID {
		c.invalidate()
		return nil
	}
	c.alive()
	if !s.resume(c, request.Seq) {
		c.gateway.expel(s, closeUnknown, "the session cannot be resumed")
		c.invalidate()
		return nil
	}
	c.gateway.welcomeBack(ctx, s)
	if b := c.gateway.encode("RESUMED", struct {
		Trace []string `json:"_trace"`
	}{[]string{"guildhall"}}); b != nil {
		s.dispatch(b)
	}
	return nil
}

// welcomeBack makes the session's presence count again.
func (g *Gateway) welcomeBack(ctx context.Context, s *session) {
	s.mu.Lock()
	restored := s.restored
	s.restored = false
	s.mu.Unlock()
	if !restored {
		g.Chat.Presence.SessionResumed(ctx, s.id)
		return
	}
	if err := g.Chat.Presence.SessionOpened(ctx, s.caller, s.id, s.device, s.presence); err != nil {
		g.Log.Error("a presence could not be restored", "user", s.caller.UserID, "error", err)
	}
}

// invalidate answers a RESUME that cannot be served. The connection stays open: discordgo identifies anew on it.
func (c *connection) invalidate() {
	c.until.Store(c.gateway.Now().Add(identifyPatience).UnixMilli())
	c.sendOp(wire.OpInvalidSession, false)
}
