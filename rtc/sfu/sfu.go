// Package sfu forwards real-time media among the people in a room, without ever transcoding it.
//
// The server is an ICE-lite agent on one UDP socket, and the client always offers: the answer holds every candidate, so that nothing is
// gathered, trickled or asked of anybody else, and media flows some tens of milliseconds after the offer.
//
// A Peer is a person in a room. Each track that it sends is a publication; what it receives comes to sinks. Its transport says what those are: on a WebRTC
// connection they are slots, which are the places in its session description where it only receives. The room gives every publication a free place at every
// other peer. A slot keeps its SSRC and goes on counting packets and time whoever it is given to, so that giving it to somebody else needs no negotiation.
//
// Locks are taken in this order: SFU.mu, room.mu, then publication.mu, slot.mu and egress.mu. Packets take only the last three, and then that of a mux.Queue.
package sfu

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"

	"guildhall/store/id"
)

// Defaults of Options.
const (
	// DefaultDisconnectedAfter is how long nothing has to come from a client until its connection counts as interrupted.
	// Browsers renew their consent every 5 s at most (RFC 7675 section 5.1).
	DefaultDisconnectedAfter = 7 * time.Second
	// DefaultFailedAfter is how much longer until it counts as lost.
	DefaultFailedAfter = 23 * time.Second
)

// Options set the SFU up.
type Options struct {
	// Packets is the socket that all media goes through. The SFU reads it until it is closed, and closes it at the end. It is quicker when it also
	// has ReadFromAddrPort and WriteToAddrPort, as mux.Packets has. When it has Flush, that is called once all receivers of a sound, or of a picture, were written to.
	Packets net.PacketConn
	// Port is what candidates name, and Addresses gives the addresses that clients are offered, the best first. It is asked once per answer.
	Port      int
	Addresses func() []netip.Addr
	// DisconnectedAfter and FailedAfter bound how long a silent connection is kept; zero means the defaults.
	DisconnectedAfter, FailedAfter time.Duration
	// Loudest is how many people's sound is passed on in a room at most, the loudest; zero means the default.
	Loudest int
	Log     *slog.Logger
}

// SFU owns the rooms.
type SFU struct {
	options     Options
	engine      *engine
	certificate webrtc.Certificate
	mux         *socketMux
	// queues makes queues of packets that leave together, and flush sends those that went pion's way and wait; nil where the socket does not do that.
	queues queues
	flush  func()

	mu     sync.Mutex
	closed bool
	rooms  map[id.ID]*room

	// work counts the goroutines of peers and connections; ended is closed to stop those that run until the end.
	work  sync.WaitGroup
	ended chan struct{}
}

// ErrClosed says that the SFU does not take anybody in any more.
var ErrClosed = errors.New("the media server is closed")

// New makes an SFU over a socket.
func New(options Options) (*SFU, error) {
	if options.DisconnectedAfter <= 0 {
		options.DisconnectedAfter = DefaultDisconnectedAfter
	}
	if options.FailedAfter <= 0 {
		options.FailedAfter = DefaultFailedAfter
	}
	if options.Loudest <= 0 {
		options.Loudest = DefaultLoudest
	}
	s := &SFU{options: options, rooms: make(map[id.ID]*room), ended: make(chan struct{})}
	s.queues, _ = options.Packets.(queues)
	if holds, ok := options.Packets.(interface{ Flush() }); ok {
		s.flush = holds.Flush
	}
	certificate, err := newCertificate()
	if err != nil {
		return nil, fmt.Errorf("the certificate of media connections: %w", err)
	}
	s.certificate = *certificate
	s.mux = newSocketMux(options.Packets, options.Log)
	if s.engine, err = newEngine(options, s.mux); err != nil {
		_ = s.mux.Close()
		return nil, fmt.Errorf("the media engine: %w", err)
	}
	s.work.Go(s.tick)
	return s, nil
}

// Close takes everybody out of every room, waits until all is quiet, and closes the socket.
func (s *SFU) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	close(s.ended)
	for _, peer := range s.peers() {
		peer.Leave()
	}
	s.work.Wait()
	return s.mux.Close()
}

// Join brings a user into a room. The events are told at once who is there already. The user must not be in the room: ErrAlreadyHere.
func (s *SFU) Join(roomID, userID id.ID, state State, events Events) (*Peer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	r, ok := s.rooms[roomID]
	if !ok {
		r = newRoom(roomID)
	}
	peer := &Peer{sfu: s, room: r, userID: userID, events: events, receives: make(map[*publication]sink), wants: Wants{Any: EverythingWanted}}
	peer.state.Store(state.bits())
	if err := r.enter(peer); err != nil {
		return nil, err
	}
	s.rooms[roomID] = r
	return peer, nil
}

// leave takes a peer out of its room, and forgets the room when it is empty. It tells whether the peer was in it.
func (s *SFU) leave(peer *Peer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was, empty := peer.room.exit(peer)
	if empty && s.rooms[peer.room.id] == peer.room {
		delete(s.rooms, peer.room.id)
	}
	return was
}

// everyRoom gives the rooms that there are.
func (s *SFU) everyRoom() []*room {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.rooms))
}

// peers gives everybody in every room.
func (s *SFU) peers() (peers []*Peer) {
	for _, r := range s.everyRoom() {
		peers = append(peers, r.everybody()...)
	}
	return peers
}

// How often the SFU looks after everybody: whether they still speak, and every so many times, reports on how packets arrive.
const (
	tickInterval   = 100 * time.Millisecond
	ticksPerReport = 10
)

// tick looks after everybody until the end.
func (s *SFU) tick() {
	ticker := time.NewTicker(tickInterval)
	defer ticker.Stop()
	for count := 1; ; count++ {
		select {
		case <-s.ended:
			return
		case now := <-ticker.C:
			for _, r := range s.everyRoom() {
				for _, peer := range r.tick(s.options.Loudest) {
					peer.tick(now, count%ticksPerReport == 0)
				}
			}
		}
	}
}
