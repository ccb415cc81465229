// Package signal is the voice gateway: the WebSocket over which clients join rooms and agree on how media flows.
//
// A session is somebody's stay in a room. It outlives its WebSocket for a grace period, in which its media goes on, so that a client whose network
// broke finds itself where it was, by RESUME or by identifying anew.
//
// Locks are taken in this order: Server.mu, then those of the SFU, then session.mu, then connection.mu.
package signal

import (
	"context"
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

// Defaults of Options.
const (
	// DefaultGrace is how long somebody whose connection broke stays in the room.
	DefaultGrace = 30 * time.Second
	// DefaultHeartbeatInterval is how often clients have to show that they are there.
	DefaultHeartbeatInterval = 13750 * time.Millisecond
	// DefaultMaxConnections is how many WebSockets may be open.
	DefaultMaxConnections = 20000
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

// Authority decides who may join, and is told who is gone. Its methods are called without locks, and may call Update and Disconnect.
type Authority interface {
	// Admit checks a claim. It is asked again when a client whose connection broke comes back with the same claim.
	Admit(ctx context.Context, claim Claim) (Grant, error)
	// Left tells that somebody is gone for good: they closed, or did not come back in time. It is not called for those whom Disconnect took out, nor
	// when the Server is closed.
	Left(ctx context.Context, grant Grant)
}

// Options set the voice gateway up.
type Options struct {
	SFU       *sfu.SFU
	Authority Authority
	// IP and Port are what READY tells of the media port. Bots need a dotted IPv4 address, which the client of a request can reach.
	IP   func(*http.Request) string
	Port int
	// Bots is the media port for protocol "udp". Nil means that it is not spoken.
	Bots BotPort
	// Reached gives addresses by which the client of a request can reach the media port, besides those that the SFU offers to everybody. Nil means
	// ReachedBy with Port.
	Reached func(*http.Request) []netip.AddrPort
	// Relay gives servers by which a client can send its media when nothing else gets through, and ends what it gave. It is asked once for each stay, with
	// the request that the client came by and the addresses of Reached; what it gave is ended with the stay. Nil means that there are none.
	Relay func(r *http.Request, reached []netip.AddrPort) (servers []ICEServer, end func())
	// Version is what op 16 tells of the software; empty is "guildhall".
	Version string
	// Grace, HeartbeatInterval and MaxConnections are limits; zero means the defaults.
	Grace             time.Duration
	HeartbeatInterval time.Duration
	MaxConnections    int
	Log               *slog.Logger
}

// Server is the voice gateway's http.Handler.
type Server struct {
	options  Options
	upgrader websocket.Upgrader

	// context ends with the Server; what asks the Authority does so in it.
	context context.Context //nolint:containedctx // the Server's own life, not a request's
	cancel  context.CancelFunc
	work    sync.WaitGroup

	mu     sync.Mutex
	closed bool
	// sessions are the stays, by place and by what a RESUME names.
	sessions  map[place]*session
	resumable map[resumption]*session
	// arrivals are claims that the Authority is being asked about.
	arrivals    map[*arrival]struct{}
	connections map[*connection]struct{}
	// resources are sessions whose clients speak HTTP alone, by their paths.
	resources map[string]*streamResource
}

// place is a user on a server: there is one session at most.
type place struct{ serverID, userID id.ID }

// resumption is what a RESUME names.
type resumption struct {
	serverID  id.ID
	sessionID string
}

// arrival is somebody about whom the Authority is being asked. What happens to them in the meantime must not be lost.
type arrival struct {
	place        place
	disconnected bool
	state        *sfu.State
}

// New makes a voice gateway. Close it before the SFU.
func New(options Options) *Server {
	if options.Grace <= 0 {
		options.Grace = DefaultGrace
	}
	if options.HeartbeatInterval <= 0 {
		options.HeartbeatInterval = DefaultHeartbeatInterval
	}
	if options.Version == "" {
		options.Version = "guildhall"
	}
	if options.MaxConnections <= 0 {
		options.MaxConnections = DefaultMaxConnections
	}
	if options.Reached == nil {
		options.Reached = func(r *http.Request) []netip.AddrPort { return ReachedBy(r, options.Port) }
	}
	s := &Server{options: options, sessions: make(map[place]*session), resumable: make(map[resumption]*session),
		arrivals: make(map[*arrival]struct{}), connections: make(map[*connection]struct{}), resources: make(map[string]*streamResource),
		// The token is in a frame, not in a cookie: an origin carries no authority here.
		upgrader: websocket.Upgrader{HandshakeTimeout: 10 * time.Second, ReadBufferSize: 1024, WriteBufferPool: &sync.Pool{}, CheckOrigin: func(*http.Request) bool { return true }}}
	s.context, s.cancel = context.WithCancel(context.Background())
	return s
}

// ReachedBy gives the addresses by which a request came: the one of this machine that took it, and the one that the client asked for, if that is an
// address. The media port is expected there too, under its own number and under the one that the client asked for, which a router may have mapped.
func ReachedBy(r *http.Request, port int) (reached []netip.AddrPort) {
	host, err := netip.ParseAddrPort(r.Host)
	if err != nil {
		if address, err := netip.ParseAddr(trimBrackets(r.Host)); err == nil {
			host = netip.AddrPortFrom(address, uint16(port))
		}
	}
	if host.IsValid() {
		reached = append(reached, netip.AddrPortFrom(host.Addr(), uint16(port)))
		if int(host.Port()) != port {
			reached = append(reached, host)
		}
	}
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(interface{ AddrPort() netip.AddrPort }); ok {
		reached = append(reached, netip.AddrPortFrom(local.AddrPort().Addr().Unmap(), uint16(port)))
	}
	return reached
}

// trimBrackets takes an IPv6 address out of the brackets that it has in URLs.
func trimBrackets(host string) string {
	if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}

// The versions of the protocol. They differ in what frames look like: below 4 speaking is a boolean, from 8 on frames are numbered and heartbeats are objects.
const (
	oldestVersion = 1
	newestVersion = 9
	// unnamedVersion is that of clients that name none.
	unnamedVersion = 3
)

// ServeHTTP upgrades the connection to a WebSocket.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	version := unnamedVersion
	if text := r.URL.Query().Get("v"); text != "" {
		version, _ = strconv.Atoi(text) // What is no number is no version.
	}
	if !s.hasRoom() {
		http.Error(w, "There are too many voice connections.", http.StatusServiceUnavailable)
		return
	}
	socket, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // The upgrader has answered.
	}
	c := newConnection(s, socket, version, s.options.Reached(r))
	if s.options.Relay != nil {
		c.relay = func() ([]ICEServer, func()) { return s.options.Relay(r, c.reached) }
	}
	c.ip = s.options.IP(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = socket.Close()
		return
	}
	s.connections[c] = struct{}{}
	s.work.Go(c.write)
	s.work.Go(func() {
		c.run()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.connections, c)
	})
}

func (s *Server) hasRoom() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.closed && len(s.connections) < s.options.MaxConnections
}

// Update changes what of somebody's media passes, from the next packet on. Somebody who is not here is passed over.
func (s *Server) Update(serverID, userID id.ID, state sfu.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := place{serverID, userID}
	for arriving := range s.arrivals {
		if arriving.place == at {
			arriving.state = &state
		}
	}
	if session := s.sessions[at]; session != nil {
		session.grant.State = state
		session.peer.SetState(state)
	}
}

// Disconnect takes somebody out and closes their connection with a code. Nothing of theirs passes when it returns, and nobody who is about to join with
// an older claim does. Authority.Left is not called.
func (s *Server) Disconnect(serverID, userID id.ID, code CloseCode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := place{serverID, userID}
	for arriving := range s.arrivals {
		if arriving.place == at {
			arriving.disconnected = true
		}
	}
	if session := s.sessions[at]; session != nil {
		s.remove(session, code, "you were taken out of this voice channel")
	}
}

// remove ends a session and closes its connection. The lock is held.
func (s *Server) remove(session *session, code CloseCode, reason string) {
	s.forget(session)
	session.peer.Leave()
	session.end(code, reason)
}

// forget takes a session out of the books. The lock is held.
func (s *Server) forget(session *session) {
	session.ended = true
	s.stay(session)
	if session.endRelay != nil {
		s.work.Go(session.endRelay) // Closing connections may take a while.
	}
	if session.link != nil {
		session.link.close()
	}
	if session.resource != nil {
		delete(s.resources, session.resource.path)
	}
	if s.sessions[session.place()] == session {
		delete(s.sessions, session.place())
	}
	if s.resumable[session.resumption()] == session {
		delete(s.resumable, session.resumption())
	}
}

// depart ends a session for good and tells the Authority.
func (s *Server) depart(session *session, code CloseCode, reason string) {
	s.mu.Lock()
	if session.ended {
		s.mu.Unlock()
		return
	}
	s.remove(session, code, reason)
	s.mu.Unlock()
	s.options.Authority.Left(context.WithoutCancel(s.context), session.grant)
}

// errDisconnected says that somebody was taken out while they were joining.
var errDisconnected = errors.New("taken out while joining")

// admit asks the Authority about a claim, and has the answer used before anything else happens to whoever it is about.
func (s *Server) admit(claim Claim, use func(Grant) error) error {
	arriving := &arrival{place: place{claim.ServerID, claim.UserID}}
	s.mu.Lock()
	s.arrivals[arriving] = struct{}{}
	s.mu.Unlock()
	grant, err := s.options.Authority.Admit(s.context, claim)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.arrivals, arriving)
	switch {
	case err != nil:
		return &closing{CloseAuthentication, "these credentials are not good"}
	case s.closed:
		return &closing{CloseCrashed, "the hall is restarting"}
	case arriving.disconnected:
		return &closing{CloseDisconnected, errDisconnected.Error()}
	}
	if arriving.state != nil {
		grant.State = *arriving.state
	}
	return use(grant)
}

// join makes a session of a grant, in place of one that is there already. When that was in the same room, its peer stays: the others do not notice. The lock is
// held.
func (s *Server) join(c *connection, grant Grant) (*session, error) {
	made := newSession(s, grant)
	if old := s.sessions[made.place()]; old != nil {
		s.forget(old)
		old.end(CloseSession, "this voice session goes on elsewhere")
		if old.grant.RoomID == grant.RoomID && old.grant.SessionID == grant.SessionID {
			made.peer = old.peer
		} else {
			old.peer.Leave()
		}
	}
	var err error
	if s.options.Bots != nil && c != nil {
		if made.link, err = newBotLink(made, s.options.Bots); err != nil {
			return nil, err
		}
	}
	if made.peer != nil {
		made.peer.SetState(grant.State)
		err = made.peer.Attach(made)
	} else {
		made.peer, err = s.options.SFU.Join(grant.RoomID, grant.UserID, grant.State, made)
	}
	if err != nil {
		s.forget(made)
		return nil, err
	}
	s.sessions[made.place()], s.resumable[made.resumption()] = made, made
	made.connect(c)
	return made, nil
}

// lost notes that a session's WebSocket is gone without a goodbye.
func (s *Server) lost(session *session, c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if session.disconnect(c) {
		s.watch(session)
	}
}

// watch has a session end after the grace period if it is broken then, as it is now. The lock is held.
func (s *Server) watch(session *session) {
	s.stay(session)
	if s.closed || session.ended || !session.broken() {
		return
	}
	s.work.Add(1)
	var timer *time.Timer
	timer = time.AfterFunc(s.options.Grace, func() {
		defer s.work.Done()
		s.mu.Lock()
		over := session.leaving == timer && session.broken()
		if session.leaving == timer {
			session.leaving = nil
		}
		s.mu.Unlock()
		if over {
			s.depart(session, CloseSession, "this voice session has ended")
		}
	})
	session.leaving = timer
}

// stay cancels the end of a session. The lock is held.
func (s *Server) stay(session *session) {
	if session.leaving != nil && session.leaving.Stop() {
		s.work.Done()
	}
	session.leaving = nil
}

// Close closes every connection with a code that makes clients come back after a planned restart, ends every session, and waits.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for _, session := range s.sessions {
		s.remove(session, CloseCrashed, "the hall is restarting")
	}
	for c := range s.connections {
		c.close(CloseCrashed, "the hall is restarting")
	}
	s.mu.Unlock()
	s.cancel()
	s.work.Wait()
	return nil
}
