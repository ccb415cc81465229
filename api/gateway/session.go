package gateway

import (
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"guildhall/api/chat"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Bounds of what waits to be written to a connection. They are well below the replay buffer, so that a client that is closed for being slow has time to come back and
// loses nothing.
const (
	maxUnsent      = replaySize / 2
	maxUnsentBytes = 8 << 20
	// aheadBytes is how much of what is made for one session alone may wait to be written before the next is made.
	aheadBytes = 256 << 10
	// maxSessions is how many sessions one account may have, with and without connections.
	maxSessions = 256
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
	// shown are the sessions of its person that it was told last, as text. Who reads the inbox is the only one to touch it.
	shown string
	// parted are those who were friends of its person and are no more, whose presences are not for it. Who reads the inbox is the only one to touch it.
	parted map[id.ID]bool
	// client names the kind of program, for the list of a person's sessions.
	client, os string

	mu         sync.Mutex
	connection *connection
	replay     replay
	// lostAt is when the connection was lost; zero while there is one.
	lostAt time.Time
	// ended sessions get nothing any more; frozen ones neither, because they are stored for the next run. ready ones have been sent all that comes at first. restored ones
	// come from the last run, and are not known to the presence of this one.
	ended, frozen, ready, restored bool
	presence                       chat.PresenceUpdate
	// host is by which host and port the client came last.
	host string
	// base is by which address, ws://… or wss://….
	base string
	// seats are the session's places in the hubs of its guilds.
	seats []*seat
	// inbox are events of the account that wait for their turn, in order; reading tells that somebody sees to them.
	inbox   []event.Event
	reading bool
}

func newSession(caller chat.Caller) *session {
	return &session{id: rand.Text(), caller: caller, intents: allIntents, reading: true}
}

// has tells whether the session is in charge of a guild's shard.
func (s *session) has(guildID id.ID) bool {
	return s.shards == 0 || int(uint64(guildID)>>22%uint64(s.shards)) == s.shard
}

// dispatch numbers a body, keeps it, and sees to it that it is written.
func (s *session) dispatch(b *body) {
	s.mu.Lock()
	if s.ended || s.frozen {
		s.mu.Unlock()
		return
	}
	s.replay.add(b)
	c := s.connection
	if c == nil {
		s.replay.trim(s.replay.last)
		s.mu.Unlock()
		return
	}
	if b.alone {
		c.unsentAlone += b.size()
		s.replay.trim(c.next - 1)
	} else {
		c.unsent += b.size()
	}
	slow := c.next < s.replay.first() || !c.late && (c.unsent > maxUnsentBytes || s.replay.last-c.next >= maxUnsent)
	s.mu.Unlock()
	if slow {
		if c.abandon("this client does not keep up") {
			c.gateway.slow.Add(1)
		}
		return
	}
	c.wake()
}

// take gives a connection's writer what it has to write next.
func (s *session) take(c *connection, p *page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// The writer comes back when the page before was written.
	for i, b := range p.batch {
		if b.once() {
			s.replay.wrote(p.first + int64(i))
		}
	}
	clear(p.batch)
	p.batch = p.batch[:0]
	s.makeRoomLocked(c)
	if s.connection != c || c.next < s.replay.first() {
		return
	}
	p.first = c.next
	for size := 0; c.next <= s.replay.last && len(p.batch) < batched && size < coalesced; c.next++ {
		b := s.replay.slot(c.next)
		p.batch = append(p.batch, b)
		size += b.size()
		if b.alone {
			c.unsentAlone -= b.size()
		} else {
			c.unsent -= b.size()
		}
	}
	if c.next > s.replay.last {
		c.late = false
	}
}

// makeRoom wakes who waits to make something for this session alone.
func (s *session) makeRoom(c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.makeRoomLocked(c)
}

func (s *session) makeRoomLocked(c *connection) {
	if c.room != nil {
		close(c.room)
		c.room = nil
	}
}

// dispatchAlone dispatches a body that was made for this session alone, when what was made before has been written: a client decides by its reading how quickly
// it gets what it asked for.
func (s *session) dispatchAlone(b *body) {
	b.alone = true
	s.awaitRoom()
	s.dispatch(b)
}

func (s *session) awaitRoom() {
	for {
		s.mu.Lock()
		c := s.connection
		if c == nil || s.ended || c.unsentAlone < aheadBytes || c.isShut() {
			s.mu.Unlock()
			return
		}
		if c.room == nil {
			c.room = make(chan struct{})
		}
		room := c.room
		s.mu.Unlock()
		<-room // closed by the writer, which goes on until all is written or its deadline is over
	}
}

func (s *session) expired(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.lostAt.IsZero() && now.Sub(s.lostAt) >= resumePatience
}

// register makes a session findable. It tells false when the account has too many, all of them connected.
func (g *Gateway) register(s *session) bool {
	g.mu.Lock()
	others := g.accounts[s.caller.UserID]
	var over *session
	if !g.NoRateLimits && len(others) >= maxSessions+s.shards {
		if over = longestLost(others); over == nil {
			g.mu.Unlock()
			return false
		}
	}
	g.sessions[s.id] = s
	g.accounts[s.caller.UserID] = append(others, s)
	g.mu.Unlock()
	if over != nil {
		g.end(over)
	}
	return true
}

// longestLost gives the session that has been without a connection for the longest time; nil when all have one.
func longestLost(sessions []*session) (over *session) {
	var since time.Time
	for _, s := range sessions {
		s.mu.Lock()
		if !s.lostAt.IsZero() && (over == nil || s.lostAt.Before(since)) {
			over, since = s, s.lostAt
		}
		s.mu.Unlock()
	}
	return over
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
	ended := s.ended
	s.mu.Unlock()
	switch {
	case ended:
	case done:
		g.end(s)
	default:
		g.Chat.Presence.SessionLost(s.id)
	}
}

// end ends a session for good: it leaves its hubs and voice, and its presence goes.
func (g *Gateway) end(s *session) {
	g.mu.Lock()
	if g.sessions[s.id] != s {
		g.mu.Unlock()
		return
	}
	delete(g.sessions, s.id)
	others := slices.DeleteFunc(slices.Clone(g.accounts[s.caller.UserID]), func(other *session) bool { return other == s })
	g.accounts[s.caller.UserID] = others
	if len(others) == 0 {
		delete(g.accounts, s.caller.UserID)
	}
	g.mu.Unlock()
	s.mu.Lock()
	s.ended = true
	seats, unread := s.seats, s.inbox
	s.seats, s.inbox = nil, nil
	s.replay = replay{last: s.replay.last}
	if s.connection != nil {
		s.makeRoomLocked(s.connection)
	}
	s.mu.Unlock()
	for _, e := range unread {
		if mark, ok := e.(inboxMark); ok {
			mark.read()
		}
	}
	for _, place := range seats {
		place.leave()
	}
	g.Chat.Presence.SessionClosed(s.id)
	g.Chat.Voice.SessionGone(context.Background(), s.id)
}

// expel ends a session whose credentials are no longer good, or that cannot be kept in step, and closes its connection.
func (g *Gateway) expel(s *session, code closeCode, reason string) {
	s.mu.Lock()
	s.ended = true // nothing more, from now on
	c := s.connection
	s.connection = nil
	if c != nil {
		s.makeRoomLocked(c)
	}
	s.mu.Unlock()
	if c != nil {
		c.shut(code, reason)
	}
	g.end(s)
}
