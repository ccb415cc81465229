package signal

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"sync"
	"sync/atomic"
	"time"

	"guildhall/rtc/sfu"
	"guildhall/store/id"
)

// maxReplay is how many frames are kept for a client that resumes.
const maxReplay = 128

// session is somebody's stay in a room. It implements sfu.Events.
type session struct {
	server *Server
	// grant, but for its State, peer, ssrc and mediaID do not change once the session is in the books.
	grant   Grant
	peer    *sfu.Peer
	ssrc    uint32
	mediaID string
	// link is the session's way over UDP in protocol "udp", nil where that is not spoken. overUDP tells that the client has chosen it.
	link    *botLink
	overUDP atomic.Bool
	// heardUnder is what a bot was told of whose SSRC is which. Only events use it, which come one at a time.
	heardUnder map[id.ID]uint32
	// resource is how the client changes and ends its session over HTTP, nil for those that have a WebSocket. The Server's lock guards it.
	resource *streamResource

	// ended and leaving are guarded by the Server's lock. leaving ends the stay when nobody comes back.
	ended   bool
	leaving *time.Timer
	// endRelay ends what the Relay gave for this stay; nil when that is nothing.
	endRelay func()

	mu         sync.Mutex
	connection *connection
	// holding keeps frames back: what is told of others' media must come after the answer that they refer to.
	holding bool
	held    []serverFrame
	// sequence numbers what can be replayed; replay keeps the latest of it, in order.
	sequence int
	replay   []serverFrame
}

func newSession(s *Server, grant Grant) *session {
	var random [8]byte
	rand.Read(random[:]) // It never fails (crypto/rand).
	return &session{heardUnder: make(map[id.ID]uint32), server: s, grant: grant, holding: true, ssrc: newSSRC(), mediaID: hex.EncodeToString(random[:])}
}

// newSSRC chooses an SSRC that cannot be guessed: who knows it can ask in a bot's name where it is.
func newSSRC() uint32 {
	var random [4]byte
	rand.Read(random[:])
	return binary.BigEndian.Uint32(random[:]) | 1 // never zero
}

func (s *session) place() place           { return place{s.grant.ServerID, s.grant.UserID} }
func (s *session) resumption() resumption { return resumption{s.grant.ServerID, s.grant.SessionID} }

// connect makes a connection the session's.
func (s *session) connect(c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connection = c
}

// broken tells whether the WebSocket or the media are gone, so that somebody has to come back for them.
func (s *session) broken() bool {
	s.mu.Lock()
	connected := s.connection != nil || s.resource != nil
	s.mu.Unlock()
	return !connected || s.peer.Connection() == sfu.ConnectionLost
}

// disconnect notes that a connection is gone; it tells whether it was the session's.
func (s *session) disconnect(c *connection) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.connection != c {
		return false
	}
	s.connection = nil
	return true
}

// end closes the session's connection, if there is one.
func (s *session) end(code CloseCode, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.connection != nil {
		s.connection.close(code, reason)
		s.connection = nil
	}
}

// hangUp closes the session's connection; whoever it is may come back.
func (s *session) hangUp(code CloseCode, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.connection != nil {
		s.connection.close(code, reason)
	}
}

// resume makes a connection the session's and sends what was missed since a sequence number. It refuses when too much was.
func (s *session) resume(c *connection, acknowledged *int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.sequence // Older clients do not count.
	if acknowledged != nil {
		seen = *acknowledged
	}
	if seen > s.sequence || seen < s.sequence-len(s.replay) {
		return false
	}
	if s.connection != nil && s.connection != c {
		s.connection.close(CloseSession, "this voice session goes on elsewhere")
	}
	s.connection = c
	for _, frame := range s.replay[len(s.replay)-(s.sequence-seen):] {
		c.send(frame)
	}
	c.send(serverFrame{Op: OpResumed})
	return true
}

// hold keeps frames back until release.
func (s *session) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holding = true
}

// release sends a frame, if there is one, and then what was kept back.
func (s *session) release(first *serverFrame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if first != nil && s.connection != nil {
		s.connection.send(*first)
	}
	held := s.held
	s.holding, s.held = false, nil
	for _, frame := range held {
		s.emit(frame)
	}
}

// tell sends a frame that a RESUME brings again.
func (s *session) tell(op Opcode, data any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holding {
		s.held = append(s.held, serverFrame{Op: op, Data: data})
		return
	}
	s.emit(serverFrame{Op: op, Data: data})
}

// emit numbers a frame, keeps it and sends it. The lock is held.
func (s *session) emit(frame serverFrame) {
	s.sequence++
	frame.Seq = s.sequence
	if len(s.replay) == maxReplay {
		copy(s.replay, s.replay[1:])
		s.replay[maxReplay-1] = frame
	} else {
		s.replay = append(s.replay, frame)
	}
	if s.connection != nil {
		s.connection.send(frame)
	}
}

// Joined implements sfu.Events.
func (s *session) Joined(userIDs ...id.ID) { s.tell(OpClientsConnect, ClientsConnect{userIDs}) }

// Left implements sfu.Events.
func (s *session) Left(userID id.ID) {
	delete(s.heardUnder, userID)
	s.tell(OpClientDisconnect, ClientDisconnect{userID})
}

// Speaking implements sfu.Events.
func (s *session) Speaking(userID id.ID, ssrc uint32, flags sfu.SpeakingFlags) {
	s.tell(OpSpeaking, Speaking{UserID: userID, SSRC: ssrc, Speaking: int(flags)})
}

// Connection implements sfu.Events. A client whose media is lost has the grace period to offer again. This is called under the SFU's locks, so what needs
// the Server's is left to a goroutine.
func (s *session) Connection(state sfu.ConnectionState) {
	if state == sfu.ConnectionLost {
		s.server.work.Go(s.mediaLost)
	}
}

// mediaLost ends the session after the grace period, unless its media has come back by then.
func (s *session) mediaLost() {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if s.leaving == nil {
		s.server.watch(s)
	}
}
