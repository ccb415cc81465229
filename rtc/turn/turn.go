// Package turn relays media for clients that get neither UDP nor ICE over TCP through: TURN (RFC 8656) over TCP and TLS, and over UDP on a port of its own.
//
// The relay has no sockets. What a client sends to the hall's media port is handed to the media server inside of the process (mux.Tunnel), and nothing
// goes anywhere else: there is no way from here to another address, whatever a client asks for. pion/turn speaks the protocol; this package stands
// around it: it lets in whom the hall gave credentials for a stay in a room, bounds what they and strangers can take, refuses every peer
// but the media port, and passes media by without pion's looking at each packet.
package turn

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/pion/logging"
	"github.com/pion/turn/v5"
	"golang.org/x/time/rate"

	"guildhall/rtc/mux"
)

// realm is what credentials are good for. It is short, because answers to strangers hold it.
const realm = "guildhall"

// limits bound what clients can take.
type limits struct {
	// credential is how many allocations one credential may have: a browser makes one for each of its networks and each URL. address is the same for one
	// IPv4 address or IPv6 network of 64 bits, all for everybody.
	credential, address, all int
	// requests and burst are how many requests a client may make in a second, and at once. Media is none.
	requests rate.Limit
	burst    int
	// strangers is how many answers a second go to UDP addresses that have no allocation: those can be forged, and answers are larger than questions.
	strangers      rate.Limit
	strangersBurst int
	// silence is how long a client may send nothing. Browsers renew their consent every 5 s at most (RFC 7675 section 5.1).
	silence time.Duration
}

var usualLimits = limits{credential: 16, address: 512, all: 4096, requests: 20, burst: 100, strangers: 500, strangersBurst: 1000, silence: time.Minute}

// rememberedStrangers is how many UDP addresses without an allocation are remembered.
const rememberedStrangers = 4096

// Options set the relay up.
type Options struct {
	// Secret proves that credentials are the hall's, at least 32 bytes.
	Secret []byte
	// Port is the media port, and Addresses gives the hall's addresses: together they are the peers that clients may reach, besides those that a
	// credential names. Addresses is asked for each request that names a peer.
	Port      int
	Addresses func() []netip.Addr
	// Packets is where media is handed over.
	Packets *mux.Packets
	// Streams are the connections that begin like TURN. They have to be *mux.Conn.
	Streams net.Listener
	// Datagrams is a UDP port of its own, nil for none. It must not be one where ICE candidates are: a browser that finds both in one place relays everything.
	Datagrams net.PacketConn
	Now       func() time.Time
	Log       *slog.Logger
}

// Server is the relay.
type Server struct {
	options Options
	limits  limits
	pion    *turn.Server
	// answers bounds what is said to strangers over UDP.
	answers *rate.Limiter
	work    sync.WaitGroup

	mu     sync.Mutex
	closed bool
	// stays are the credentials that are good, by their names.
	stays map[string]*stay
	// clients are those who are connected, by their names. allocations are counted by address, and in all.
	clients     map[string]*client
	allocations map[netip.Prefix]int
	allocated   int
	// datagrams are the UDP clients that have an allocation, strangers those that have none.
	datagrams map[netip.AddrPort]*client
	strangers *simplelru.LRU[netip.AddrPort, *client]
}

// New makes a relay. The caller closes it, before the Mux.
func New(options Options) (*Server, error) { return newServer(options, usualLimits) }

func newServer(options Options, limits limits) (*Server, error) {
	if len(options.Secret) < 32 {
		return nil, errors.New("the relay's secret is too short")
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	s := &Server{options: options, limits: limits, answers: rate.NewLimiter(limits.strangers, limits.strangersBurst), stays: make(map[string]*stay),
		clients: make(map[string]*client), allocations: make(map[netip.Prefix]int), datagrams: make(map[netip.AddrPort]*client)}
	var err error
	if s.strangers, err = simplelru.NewLRU(rememberedStrangers, func(_ netip.AddrPort, c *client) { s.strangerForgotten(c) }); err != nil {
		return nil, err
	}
	quiet := logging.NewDefaultLoggerFactory()
	quiet.DefaultLogLevel = logging.LogLevelDisabled // What strangers send would fill the log.
	config := turn.ServerConfig{Realm: realm, LoggerFactory: quiet, AuthHandler: s.authenticate, QuotaHandler: s.mayAllocate,
		EventHandler: turn.EventHandler{OnChannelCreated: s.channelBound, OnChannelDeleted: s.channelEnded}}
	if options.Streams != nil {
		config.ListenerConfigs = []turn.ListenerConfig{{Listener: &streams{options.Streams, s}, RelayAddressGenerator: s}}
	}
	if options.Datagrams != nil {
		config.PacketConnConfigs = []turn.PacketConnConfig{{PacketConn: &datagrams{options.Datagrams, s}, RelayAddressGenerator: s}}
	}
	if s.pion, err = turn.NewServer(config); err != nil {
		return nil, fmt.Errorf("the relay: %w", err)
	}
	return s, nil
}

// Close ends every allocation and waits for the connections' ends.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	var clients []*client
	for _, c := range s.clients {
		clients = append(clients, c)
	}
	s.mu.Unlock()
	err := s.pion.Close()
	for _, c := range clients {
		c.end()
	}
	s.work.Wait()
	return err
}

// Allocations tells how many relays there are.
func (s *Server) Allocations() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.allocated
}

// enter takes a client in.
func (s *Server) enter(c *client) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.work.Add(1) // until the connection has ended
	s.clients[addressName(c.address)] = c
	return true
}

// leave takes a client out.
func (s *Server) leave(c *client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, addressName(c.address))
}

// client gives the client that pion knows by an address.
func (s *Server) client(address net.Addr) *client { return s.clientNamed(addressName(address)) }

func (s *Server) clientNamed(name string) *client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clients[name]
}

// mayReach tells whether a peer is the media port, at one of the hall's addresses or at one that the credential names.
func (s *Server) mayReach(username string, peer netip.AddrPort) bool {
	return int(peer.Port()) == s.options.Port && slices.Contains(s.options.Addresses(), peer.Addr()) || names(username, peer)
}

// mayAllocate implements turn.QuotaHandler.
func (s *Server) mayAllocate(_, _ string, source net.Addr) bool {
	c := s.client(source)
	if c == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stay := s.stays[c.credential()]
	return stay != nil && len(stay.relays) < s.limits.credential && s.allocations[c.from] < s.limits.address && s.allocated < s.limits.all
}

var errRefused = errors.New("this relay cannot do that")

// Validate implements turn.RelayAddressGenerator.
func (s *Server) Validate() error { return nil }

// AllocatePacketConn implements turn.RelayAddressGenerator: a relay is a tunnel to the media server.
func (s *Server) AllocatePacketConn(config turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	_, name, _ := strings.Cut(config.UserID, " ")
	c := s.clientNamed(name)
	if c == nil || c.relay.Load() != nil || !c.admit() {
		return nil, nil, errRefused
	}
	made, err := newRelay(c)
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	stay := s.stays[c.credential()]
	if stay == nil || s.closed {
		s.mu.Unlock()
		made.tunnel.Close()
		return nil, nil, errRefused
	}
	stay.relays[made] = struct{}{}
	s.allocations[c.from]++
	s.allocated++
	if c.path == mux.PathTURNUDP {
		s.datagrams[c.remote] = c
		s.strangers.Remove(c.remote)
	}
	c.relay.Store(made)
	s.mu.Unlock()
	return made, net.UDPAddrFromAddrPort(made.tunnel.Address()), nil
}

// AllocateListener implements turn.RelayAddressGenerator: media never comes by a TCP connection from a peer (RFC 6062).
func (s *Server) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errRefused
}

// AllocateConn implements turn.RelayAddressGenerator.
func (s *Server) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) { return nil, errRefused }

// released takes a relay that has ended out of the books.
func (s *Server) released(r *relay) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := r.client
	if stay := s.stays[r.credential]; stay != nil {
		delete(stay.relays, r)
	}
	if s.allocations[c.from]--; s.allocations[c.from] == 0 {
		delete(s.allocations, c.from)
	}
	s.allocated--
	if s.datagrams[c.remote] == c {
		delete(s.datagrams, c.remote)
		s.strangers.Add(c.remote, c)
	}
}

// channelBound implements turn.EventHandler.
func (s *Server) channelBound(source, _ net.Addr, _, _, _ string, _, peer net.Addr, number uint16) {
	if r := s.relayOf(source); r != nil {
		r.bind(number, peerOf(peer))
	}
}

// channelEnded implements turn.EventHandler.
func (s *Server) channelEnded(source, _ net.Addr, _, _, _ string, _, _ net.Addr, number uint16) {
	if r := s.relayOf(source); r != nil {
		r.bind(number, netip.AddrPort{})
	}
}

func (s *Server) relayOf(source net.Addr) *relay {
	if c := s.client(source); c != nil {
		return c.relay.Load()
	}
	return nil
}

// peerOf is a peer's address in the form in which they are compared.
func peerOf(address net.Addr) netip.AddrPort {
	udp, ok := address.(*net.UDPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	peer := udp.AddrPort()
	return netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port())
}
