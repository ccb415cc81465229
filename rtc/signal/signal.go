// Package signal is the voice gateway: the WebSocket through which clients join rooms and agree on how media flows.
package signal

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/rtc/sfu"
	"guildhall/store/id"
)

const (
	heartbeatInterval = 13750 * time.Millisecond
	heartbeatPatience = heartbeatInterval * 2
	// identifyPatience is how long a new connection may take to identify or resume.
	identifyPatience = 30 * time.Second
	// DefaultGrace is how long somebody whose connections broke stays in the room.
	DefaultGrace = 30 * time.Second
	// maxFrame is the largest frame in bytes: one may hold an SDP.
	maxFrame = 256 << 10
	// maxFrames and framesWindow bound how fast a client may send.
	maxFrames     = 120
	framesWindow  = time.Minute
	writePatience = 10 * time.Second
)

// Claim is what a client says that it is.
type Claim struct {
	ServerID, UserID id.ID
	SessionID, Token string
}

// Grant is who a client is, and where it may go.
type Grant struct {
	ServerID, RoomID, UserID id.ID
	SessionID                string
	State                    sfu.State
}

// Authority decides who may join, and is told who is gone.
type Authority interface {
	// Admit checks a claim. It is asked again when a client whose connection broke comes back with the same claim.
	Admit(ctx context.Context, claim Claim) (Grant, error)
	// Left tells that somebody is gone for good: they closed, or did not come back in time. It is not called for those that Disconnect took out.
	Left(ctx context.Context, grant Grant)
}

// Options set the voice gateway up.
type Options struct {
	SFU       *sfu.SFU
	Authority Authority
	// IP and Port are what READY tells of the media port; bots need a dotted IPv4 address.
	IP   func() string
	Port int
	// Grace is how long somebody whose connections broke stays in the room; zero means DefaultGrace.
	Grace time.Duration
	Log   *slog.Logger
}

// Server is the voice gateway's http.Handler.
type Server struct {
	Options
	upgrader websocket.Upgrader

	mu           sync.Mutex
	closed       bool
	participants map[place]*participant
	connections  map[*connection]struct{}
	work         sync.WaitGroup
}

// place is a user on a server: there is one participant at most.
type place struct{ serverID, userID id.ID }

// New makes a voice gateway. Close it before the SFU.
func New(options Options) *Server {
	if options.Grace == 0 {
		options.Grace = DefaultGrace
	}
	return &Server{Options: options, participants: make(map[place]*participant), connections: make(map[*connection]struct{}),
		// The token is in a frame, not in a cookie: an origin carries no authority here.
		upgrader: websocket.Upgrader{HandshakeTimeout: 10 * time.Second, ReadBufferSize: 1024, WriteBufferPool: &sync.Pool{}, CheckOrigin: func(*http.Request) bool { return true }}}
}

// ServeHTTP upgrades the connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	version := 0
	if text := r.URL.Query().Get("v"); text != "" {
		version, _ = strconv.Atoi(text) // what is no number is an old client
	}
	socket, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	c := &connection{server: s, socket: socket, version: version, reached: localAddress(socket), outgoing: make(chan serverFrame, maxOutgoing)}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		_ = socket.Close()
		return
	}
	s.connections[c] = struct{}{}
	s.work.Add(2)
	s.mu.Unlock()
	go func() {
		defer s.work.Done()
		c.write()
	}()
	go func() {
		defer s.work.Done()
		c.run()
		s.mu.Lock()
		delete(s.connections, c)
		s.mu.Unlock()
	}()
}

// localAddress is the address by which a client reached the hall.
func localAddress(socket *websocket.Conn) netip.Addr {
	address, err := netip.ParseAddrPort(socket.LocalAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return address.Addr()
}

// Update changes what of somebody's media passes.
func (s *Server) Update(serverID, userID id.ID, state sfu.State) {
	s.mu.Lock()
	p := s.participants[place{serverID, userID}]
	s.mu.Unlock()
	if p != nil {
		p.peer.SetState(state)
	}
}

// Disconnect takes somebody out and closes their connection. Nothing of theirs passes when it returns; Authority.Left is not called.
func (s *Server) Disconnect(serverID, userID id.ID, code CloseCode) {
	s.mu.Lock()
	p := s.participants[place{serverID, userID}]
	s.mu.Unlock()
	if p == nil {
		return
	}
	if c := s.remove(p); c != nil {
		c.close(code, "you were taken out of this voice channel")
	}
}

// remove forgets a participant, takes them out of the room, and gives the connection that they had.
func (s *Server) remove(p *participant) *connection {
	s.mu.Lock()
	if s.participants[p.place] == p {
		delete(s.participants, p.place)
	}
	s.mu.Unlock()
	p.mu.Lock()
	c := p.connection
	p.connection, p.gone = nil, true
	if p.leaving != nil && p.leaving.Stop() {
		s.work.Done()
	}
	p.leaving = nil
	p.mu.Unlock()
	p.peer.Leave()
	return c
}

// leave ends somebody's stay for good and tells the authority.
func (s *Server) leave(p *participant) {
	p.mu.Lock()
	gone := p.gone
	p.mu.Unlock()
	if gone {
		return
	}
	if c := s.remove(p); c != nil {
		c.close(CloseSession, "this voice session has ended")
	}
	s.Authority.Left(context.Background(), p.grant)
}

// join makes a participant of a grant, in place of the one who was there.
func (s *Server) join(c *connection, grant Grant, token string) (*participant, error) {
	at := place{grant.ServerID, grant.UserID}
	s.mu.Lock()
	old := s.participants[at]
	s.mu.Unlock()
	if old != nil {
		if other := s.remove(old); other != nil && other != c {
			other.close(CloseSession, "this voice session goes on elsewhere")
		}
	}
	p := &participant{server: s, place: at, grant: grant, token: token, connection: c}
	peer, err := s.SFU.Join(grant.RoomID, grant.UserID, grant.State, p)
	if err != nil {
		return nil, err
	}
	p.peer = peer
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.participants[at] != nil {
		go peer.Leave() // another connection of the same user was quicker
		return nil, errors.New("another connection of this user joined at the same time")
	}
	s.participants[at] = p
	return p, nil
}

// findBySession gives the participant of a gateway session: a RESUME does not name the user.
func (s *Server) findBySession(serverID id.ID, sessionID string) *participant {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, p := range s.participants {
		if at.serverID == serverID && p.grant.SessionID == sessionID {
			return p
		}
	}
	return nil
}

// Close ends everything with a code that makes clients come back, and waits.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	var connections []*connection
	for c := range s.connections {
		connections = append(connections, c)
	}
	var participants []*participant
	for _, p := range s.participants {
		participants = append(participants, p)
	}
	s.mu.Unlock()
	for _, c := range connections {
		c.close(CloseCrashed, "the hall is restarting")
	}
	for _, p := range participants {
		s.remove(p)
	}
	s.work.Wait()
	return nil
}

// newSSRC makes the number under which a bot would send.
func newSSRC() uint32 {
	var random [4]byte
	rand.Read(random[:]) // never fails (crypto/rand)
	return binary.BigEndian.Uint32(random[:]) | 1
}
