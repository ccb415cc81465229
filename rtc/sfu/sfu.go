// Package sfu forwards real-time media: rooms of peers that publish tracks and subscribe to those of the others. Nothing is ever transcoded.
//
// The server is an ICE-lite agent on one UDP socket, and the client always offers: the answer holds every candidate, so that nothing is gathered, trickled or asked
// of anybody else, and media flows some tens of milliseconds after the offer.
package sfu

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"guildhall/store/id"
)

// levelExtension is the header extension with the level of a packet's audio (RFC 6464).
const levelExtension = sdp.AudioLevelURI

// Times after which ICE gives a silent client up. The client's own consent checks come every 5 s at most.
const (
	disconnectedAfter = 6 * time.Second
	failedAfter       = 25 * time.Second
	keepAlive         = 2 * time.Second
)

// Options set the SFU up.
type Options struct {
	// Packets is the socket that all media goes through.
	Packets net.PacketConn
	// Port is what candidates name, and Addresses gives the addresses that clients are offered, the best first. It is asked once per answer.
	Port      int
	Addresses func() []netip.Addr
	Log       *slog.Logger
}

// SFU owns the rooms.
type SFU struct {
	options Options
	api     *webrtc.API
	mux     ice.UDPMux

	mu     sync.Mutex
	closed bool
	rooms  map[id.ID]*room
	// work counts the goroutines of peers.
	work sync.WaitGroup
}

// New makes an SFU over a socket, which it closes at the end.
func New(options Options) (*SFU, error) {
	s := &SFU{options: options, rooms: make(map[id.ID]*room)}
	engine := &webrtc.MediaEngine{}
	if err := registerAudio(engine); err != nil {
		return nil, fmt.Errorf("the media engine: %w", err)
	}
	reports := &interceptor.Registry{}
	if err := webrtc.ConfigureRTCPReports(reports); err != nil {
		return nil, fmt.Errorf("the media engine: %w", err)
	}
	s.mux = ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: options.Packets, Logger: quiet{}.NewLogger("ice")})
	settings := webrtc.SettingEngine{LoggerFactory: quiet{}}
	settings.SetLite(true)
	settings.SetICEUDPMux(s.mux)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetICETimeouts(disconnectedAfter, failedAfter, keepAlive)
	// The client's DTLS begins at once; waiting for its certificate to be verified is the answerer's part as the server.
	if err := settings.SetAnsweringDTLSRole(webrtc.DTLSRoleServer); err != nil {
		return nil, err
	}
	// AES-GCM first: it is a quarter cheaper than AES-CM with HMAC where the processor has AES.
	settings.SetSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	s.api = webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithSettingEngine(settings), webrtc.WithInterceptorRegistry(reports))
	return s, nil
}

// registerAudio allows Opus, without RED, which bots cannot unpack.
func registerAudio(engine *webrtc.MediaEngine) error {
	err := engine.RegisterCodec(webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: opusClock, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1;usedtx=1"},
		PayloadType:        111,
	}, webrtc.RTPCodecTypeAudio)
	for _, uri := range []string{levelExtension, sdp.SDESMidURI} {
		err = errors.Join(err, engine.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, webrtc.RTPCodecTypeAudio))
	}
	return err
}

// opusClock is Opus' RTP clock in Hz (RFC 7587, section 4.1).
const opusClock = 48000

// Close ends every peer, waits for them, and closes the socket.
func (s *SFU) Close() error {
	s.mu.Lock()
	s.closed = true
	var peers []*Peer
	for _, room := range s.rooms {
		peers = append(peers, room.everybody()...)
	}
	s.mu.Unlock()
	for _, peer := range peers {
		peer.Leave()
	}
	s.work.Wait()
	return s.mux.Close()
}

// Events is what a peer is told. The methods are called one at a time per peer's cause, from the SFU's goroutines; they must not block, nor call the SFU.
type Events interface {
	// Joined and Left tell of others in the room.
	Joined(userID id.ID)
	Left(userID id.ID)
	// Speaking tells that somebody began or ceased to speak. SSRC is what their audio has on this peer's connection, zero while it has none.
	Speaking(userID id.ID, ssrc uint32, speaking bool)
	// Lost tells that the media connection is gone: nothing comes from the client any more.
	Lost()
}

// State is what of a peer's media passes.
type State struct {
	// Mute: nothing of theirs is passed on. Deaf: they get nothing.
	Mute, Deaf bool
}

// Join brings a user into a room. The user must not be in it.
func (s *SFU) Join(roomID, userID id.ID, state State, events Events) (*Peer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errors.New("the media server is closed")
	}
	r, ok := s.rooms[roomID]
	if !ok {
		r = &room{id: roomID, peers: make(map[id.ID]*Peer)}
		s.rooms[roomID] = r
	}
	peer := &Peer{sfu: s, room: r, userID: userID, events: events}
	peer.state.Store(&state)
	if err := r.add(peer); err != nil {
		return nil, err
	}
	return peer, nil
}

// drop forgets a room that is empty.
func (s *SFU) drop(r *room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms[r.id] == r && len(r.everybody()) == 0 {
		delete(s.rooms, r.id)
	}
}

// Stats are the figures of one peer.
type Stats struct {
	RoomID, UserID id.ID
	// Connected tells whether media flows; Remote is the client's address then.
	Connected bool
	Remote    string
	// PacketsIn and PacketsOut count RTP packets since the peer joined.
	PacketsIn, PacketsOut uint64
}

// Stats gives the figures of everybody in every room.
func (s *SFU) Stats() []Stats {
	s.mu.Lock()
	var peers []*Peer
	for _, room := range s.rooms {
		peers = append(peers, room.everybody()...)
	}
	s.mu.Unlock()
	stats := make([]Stats, 0, len(peers))
	for _, peer := range peers {
		stats = append(stats, peer.stats())
	}
	return stats
}

// quiet keeps pion's own log still: what matters reaches our log through states and errors.
type quiet struct{}

func (quiet) NewLogger(string) logging.LeveledLogger { return quiet{} }
func (quiet) Trace(string)                           {}
func (quiet) Tracef(string, ...any)                  {}
func (quiet) Debug(string)                           {}
func (quiet) Debugf(string, ...any)                  {}
func (quiet) Info(string)                            {}
func (quiet) Infof(string, ...any)                   {}
func (quiet) Warn(string)                            {}
func (quiet) Warnf(string, ...any)                   {}
func (quiet) Error(string)                           {}
func (quiet) Errorf(string, ...any)                  {}
