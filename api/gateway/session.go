package gateway

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"guildhall/api/chat"
	"guildhall/store/id"
)

// session is one signed-in client. It belongs to a login or a bot's token, and outlives its connections.
type session struct {
	id     string
	caller chat.Caller
	// intents are what a bot wants to receive; people get everything that they may see.
	intents intents
	// shard and shards split a bot's guilds; shards is 0 where the client does not split.
	shard, shards int
	device        chat.DeviceKind
	// restored sessions come from the last run, and are not known to the presence of this one.
	restored bool
	presence chat.PresenceUpdate

	mu         sync.Mutex
	connection *connection
	replay     replay
	// lostAt is when the connection was lost; zero while there is one.
	lostAt time.Time
	ended  bool
	// seats are the session's places in the hubs of its guilds.
	seats []*seat
}

func newSession(caller chat.Caller) *session {
	return &session{id: rand.Text(), caller: caller}
}

// has tells whether the session is in charge of a guild's shard.
func (s *session) has(guildID id.ID) bool {
	return s.shards == 0 || int(guildID>>22%id.ID(s.shards)) == s.shard
}

// first tells whether the session gets what belongs to no guild.
func (s *session) first() bool { return s.shard == 0 }

// dispatch numbers a body, keeps it and sends it.
func (s *session) dispatch(b *body) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dispatchLocked(b)
}

func (s *session) dispatchLocked(b *body) {
	if s.ended {
		return
	}
	sequence := s.replay.add(b)
	if s.connection != nil {
		s.connection.send(frame{sequence: sequence, body: b})
	}
}

// ready sends READY, which is not kept.
func (s *session) ready(b *body) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sequence := s.replay.skip()
	if s.connection != nil {
		s.connection.send(frame{sequence: sequence, body: b})
	}
}

func (s *session) expired(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.lostAt.IsZero() && now.Sub(s.lostAt) >= resumePatience
}

// resume moves the session to a connection and sends what was missed after a sequence number. It fails when that cannot be done without a gap.
func (s *session) resume(c *connection, sequence int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	missed, ok := s.replay.after(sequence)
	if s.ended || !ok {
		return false
	}
	if old := s.connection; old != nil && old != c {
		old.session.Store(nil)
		old.shut(closeUnknown, "the session was resumed elsewhere")
	}
	s.connection, s.lostAt = c, time.Time{}
	c.session.Store(s)
	for i, b := range missed {
		c.send(frame{sequence: sequence + 1 + int64(i), body: b})
	}
	return true
}

// register makes a session findable.
func (g *Gateway) register(s *session) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closing {
		return false
	}
	g.sessions[s.id] = s
	return true
}

func (g *Gateway) find(sessionID string) *session {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.sessions[sessionID]
}

// detach notes that a session's connection is gone. done says that the client will not come back.
func (g *Gateway) detach(s *session, c *connection, done bool) {
	s.mu.Lock()
	if s.connection != c {
		s.mu.Unlock()
		return
	}
	s.connection, s.lostAt = nil, g.Now()
	s.mu.Unlock()
	if done {
		g.end(s)
		return
	}
	g.Chat.Presence.SessionLost(s.id)
}

// end ends a session for good: it leaves its hubs and voice, and its presence goes.
func (g *Gateway) end(s *session) {
	g.mu.Lock()
	known := g.sessions[s.id] == s
	delete(g.sessions, s.id)
	g.mu.Unlock()
	s.mu.Lock()
	s.ended = true
	seats := s.seats
	s.seats = nil
	s.replay = replay{last: s.replay.last}
	s.mu.Unlock()
	for _, seat := range seats {
		g.leaveGuild(seat)
	}
	g.leaveUser(s)
	if known {
		g.Chat.Presence.SessionClosed(s.id)
		g.Chat.Voice.SessionGone(context.Background(), s.id)
	}
}

// expel ends a session whose credentials are no longer good, or that cannot be kept in step, and closes its connection.
func (g *Gateway) expel(s *session, code closeCode, reason string) {
	s.mu.Lock()
	c := s.connection
	s.connection = nil
	s.mu.Unlock()
	if c != nil {
		c.session.Store(nil)
		c.shut(code, reason)
	}
	g.end(s)
}
