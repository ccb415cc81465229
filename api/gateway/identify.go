package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/id"
)

// method acts on a frame's payload. The payload is only good until it returns. An error that is a *closing closes the connection.
type method func(*connection, []byte) error

// opcodes is the one table of what clients may send.
func opcodes() map[wire.Opcode]method {
	return map[wire.Opcode]method{
		wire.OpHeartbeat:           (*connection).heartbeat,
		wire.OpIdentify:            (*connection).identify,
		wire.OpResume:              (*connection).resume,
		wire.OpPresenceUpdate:      (*connection).updatePresence,
		wire.OpVoiceStateUpdate:    (*connection).updateVoice,
		wire.OpRequestGuildMembers: (*connection).requestMembers,
		wire.OpRequestSounds:       (*connection).requestSounds,
		wire.OpRequestChannelInfo:  (*connection).requestChannelInfo,
		wire.OpStreamCreate:        (*connection).createStream,
		wire.OpStreamWatch:         (*connection).watchStream,
		wire.OpGuildSubscribe:      (*connection).subscribeGuild,
		wire.OpGuildSubscribeBulk:  (*connection).subscribeGuilds,
		wire.OpCallConnect:         (*connection).connectCall,
		wire.OpStreamDelete:        (*connection).deleteStream,
		wire.OpStreamSetPaused:     (*connection).pauseStream,
	}
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
	c.sendRaw(acknowledgement)
	return nil
}

func (c *connection) identify(data []byte) error {
	if c.session.Load() != nil {
		return &closing{closeAlready, "this connection has identified already"}
	}
	var request wire.Identify
	if err := json.Unmarshal(data, &request); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field == "intents" {
			return &closing{closeIntents, "these intents are not a number"}
		}
		return &closing{closeDecode, "this IDENTIFY cannot be decoded"}
	}
	ctx := context.Background()
	caller, err := c.gateway.Chat.Accounts.Authenticate(ctx, request.Token)
	if err != nil {
		return c.refused(err)
	}
	switch c.gateway.allowStart(ctx, caller) {
	case chat.StartSoon:
		c.invalidate()
		return nil
	case chat.StartTomorrow:
		// Upstream resets the token of such a bot. Here it stays, and the code tells the library as clearly that trying on is of no use.
		return &closing{closeAuth, "this bot has started too many sessions today"}
	}
	s := newSession(caller)
	if err := configure(s, request); err != nil {
		return err
	}
	return c.gateway.begin(ctx, s, c, request)
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

func (g *Gateway) allowStart(ctx context.Context, caller chat.Caller) chat.Start {
	if g.NoRateLimits {
		return chat.StartNow
	}
	return g.Chat.Starts.Allow(ctx, caller)
}

// maxShards is more than anybody's bot is split into.
const maxShards = 256

// configure reads what the client wants.
func configure(s *session, request wire.Identify) error {
	if s.caller.Bot {
		if request.Intents != nil {
			s.intents = intents(*request.Intents) &^ unsaid
		}
		switch len(request.Shard) {
		case 0:
		case 2:
			s.shard, s.shards = request.Shard[0], request.Shard[1]
			if s.shards < 1 || s.shards > maxShards || s.shard < 0 || s.shard >= s.shards {
				return &closing{closeShard, "there is no such shard"}
			}
		default:
			return &closing{closeShard, "a shard is a pair of numbers"}
		}
	}
	s.device = deviceKind(request.Properties)
	s.client, s.os = clientNames[s.device], clip(request.Properties.OS)
	if request.Presence != nil {
		s.presence = takePresence(*request.Presence)
	}
	return nil
}

var clientNames = map[chat.DeviceKind]string{chat.DeviceDesktop: "desktop", chat.DeviceMobile: "mobile", chat.DeviceWeb: "web"}

// clip bounds what is kept of what a client calls itself.
func clip(text string) string { return strings.Clone(text[:min(len(text), 32)]) }

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

// begin makes the session known and sends READY and its guilds. What happens meanwhile waits and is sent afterwards, so that nothing is missed.
func (g *Gateway) begin(ctx context.Context, s *session, c *connection, request wire.Identify) error {
	s.connection, s.host, s.base, c.next = c, c.host, c.base, 1
	if !g.register(s) {
		return &closing{closeRate, "this account has too many sessions"}
	}
	// From here on the end of the connection finds the session, and so does the end of its credentials. They may have ended just before that.
	c.session.Store(s)
	c.alive()
	if _, err := g.Chat.Accounts.Authenticate(ctx, request.Token); err != nil {
		g.end(s)
		return c.refused(err)
	}
	err := g.Chat.Presence.SessionOpened(ctx, s.caller, s.id, s.device, s.presence)
	if err == nil {
		if s.caller.Bot {
			err = g.beginBot(ctx, s, c, request.LargeThreshold)
		} else {
			err = g.beginPerson(ctx, s, c)
		}
	}
	if ours, ok := errors.AsType[*closing](err); ok {
		g.end(s)
		return ours
	}
	if errors.Is(err, errSessionEnded) {
		return &closing{closeUnknown, "the session ended"} // unless it is closed with a better reason already
	}
	if err != nil {
		g.end(s)
		// Perhaps the account went while its session was made.
		if _, ended := g.Chat.Accounts.Authenticate(ctx, request.Token); ended != nil {
			return c.refused(ended)
		}
		g.Log.Error("a session could not be made", "user", s.caller.UserID, "error", err)
		return &closing{closeUnknown, "the hall cannot sign you in right now"}
	}
	s.readInbox(g)
	g.begun.Add(1)
	return nil
}

// errSessionEnded says that a session ended while something was done for it.
var errSessionEnded = errors.New("the session ended meanwhile")

// guildsOf gives the guilds that a session is in charge of.
func (g *Gateway) guildsOf(ctx context.Context, s *session) ([]id.ID, error) {
	all, err := g.Chat.Views.UserGuilds(ctx, s.caller.UserID)
	if err != nil {
		return nil, err
	}
	own := make([]id.ID, 0, len(all))
	for _, guildID := range all {
		if s.has(guildID) {
			own = append(own, guildID)
		}
	}
	return own, nil
}

// goneMeanwhile tells whether an error only says that a guild, or somebody's place in it, is gone.
func goneMeanwhile(err error) bool {
	if err == nil {
		return false
	}
	switch chat.KindOf(err) {
	case chat.UnknownGuild, chat.UnknownMember, chat.MissingAccess:
		return true
	}
	return false
}

func (c *connection) resume(data []byte) error {
	if c.session.Load() != nil {
		return &closing{closeAlready, "this connection has identified already"}
	}
	var request wire.Resume
	if err := json.Unmarshal(data, &request); err != nil {
		return &closing{closeDecode, "this RESUME cannot be decoded"}
	}
	if request.Seq < 0 {
		return &closing{closeSequence, "there is no such sequence number"}
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
	if err := c.gateway.stillGranted(ctx, s); err != nil {
		if over, ok := errors.AsType[*closing](err); ok {
			return over
		}
		return c.refused(err)
	}
	if !c.gateway.attach(ctx, s, c, request.Seq) {
		c.gateway.expel(s, closeUnknown, "the session cannot be resumed")
		c.invalidate()
		return nil
	}
	c.alive()
	c.gateway.resumed.Add(1)
	if !c.gateway.showRestored(ctx, s) {
		c.gateway.Chat.Presence.SessionResumed(ctx, s.id)
	}
	if b := c.gateway.encode("RESUMED", wire.Resumed{Trace: trace}); b != nil {
		s.dispatch(b)
	}
	return nil
}

// invalidate answers what cannot be served now. The connection stays open: discordgo identifies anew on it.
func (c *connection) invalidate() {
	c.until.Store(c.gateway.Now().Add(identifyPatience).UnixMilli())
	c.sendOp(wire.OpInvalidSession, false)
}

// attach moves a session to a connection, from where what came after a sequence number is written. It fails when that cannot be done without a gap.
func (g *Gateway) attach(ctx context.Context, s *session, c *connection, sequence int64) bool {
	for {
		snapshots, ok := s.attach(c, sequence)
		if !ok || len(snapshots) == 0 {
			return ok
		}
		// This costs as much as an IDENTIFY.
		if !g.NoRateLimits && !g.Chat.Starts.AllowSnapshots(ctx, s.caller) {
			return false
		}
		for guildID := range snapshots {
			snapshots[guildID] = g.guildAgain(ctx, s, guildID)
		}
		s.fill(snapshots)
	}
}

// attach moves the session to a connection, unless guilds' snapshots have to be made anew first.
func (s *session) attach(c *connection, sequence int64) (snapshots map[id.ID]*body, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.frozen || !s.ready || !s.replay.has(sequence) {
		return nil, false
	}
	unsent, alone := 0, 0
	for n := sequence + 1; n <= s.replay.last; n++ {
		switch b := s.replay.slot(n); {
		case b.text == nil:
			if snapshots == nil {
				snapshots = make(map[id.ID]*body)
			}
			snapshots[b.snapshotOf] = nil
		case b.alone:
			alone += b.size()
		default:
			unsent += b.size()
		}
	}
	if len(snapshots) > 0 {
		return snapshots, true
	}
	if old := s.connection; old != nil {
		old.session.Store(nil)
		s.makeRoomLocked(old)
		old.abandon("the session was resumed elsewhere")
	}
	s.connection, s.host, s.base, s.lostAt = c, c.host, c.base, time.Time{}
	c.next, c.unsent, c.unsentAlone, c.late = sequence+1, unsent, alone, true
	c.session.Store(s)
	c.wake()
	return nil, true
}

// fill puts snapshots that were made anew in the place of those that were let go.
func (s *session) fill(snapshots map[id.ID]*body) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := s.replay.first(); n <= s.replay.last; n++ {
		if b := s.replay.slot(n); b.text == nil && snapshots[b.snapshotOf] != nil {
			s.replay.put(n, snapshots[b.snapshotOf])
		}
	}
}
