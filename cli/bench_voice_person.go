package cli

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"guildhall/api/wire"
	"guildhall/rtc/signal"
	"guildhall/store/id"
)

// voicePatience bounds every wait of the benchmark.
const voicePatience = 30 * time.Second

// voicePlace is what somebody does in a voice channel.
type voicePlace struct {
	guild, channel string
	// sends tells whether they have a microphone, streams how many others they receive, listens whether they decrypt what comes.
	// video tells that all this is about cameras.
	sends   bool
	streams int
	listens bool
	video   bool
}

// voicePerson is somebody with a connection to the gateway who can join a voice channel.
type voicePerson struct {
	url       string
	userID    id.ID
	sessionID string
	gateway   *benchSocket
	summons   chan wire.VoiceServerUpdate

	place voicePlace
	voice *benchSocket
	line  *voiceLine
	mux   interface{ Close() error }
	pc    *webrtc.PeerConnection
	track *webrtc.TrackLocalStaticRTP
	work  sync.WaitGroup
	// joined is how long joining took from the wish to connected media, connected from the offer on.
	joined, connected time.Duration
	sent              atomic.Uint64
	// keyWanted tells that the next frame of video is to be a key frame.
	keyWanted atomic.Bool

	mu        sync.Mutex
	latencies []time.Duration
}

// connectPerson connects somebody to the gateway.
func connectPerson(ctx context.Context, url string, tokens wire.TokenSet) (*voicePerson, error) {
	p := &voicePerson{url: url, userID: tokens.UserID, summons: make(chan wire.VoiceServerUpdate, 4), line: &voiceLine{}}
	type sessionReady struct {
		SessionID string `json:"session_id"`
	}
	ready := make(chan sessionReady, 1)
	socket, err := dialBench(ctx, "ws"+strings.TrimPrefix(url, "http")+"/?v=10&encoding=json", 1, func(frame benchFrame) error {
		switch frame.Type {
		case "READY":
			return deliver(frame, ready)
		case "VOICE_SERVER_UPDATE":
			return deliver(frame, p.summons)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.gateway = socket
	identify := map[string]any{"token": tokens.Token, "properties": map[string]string{"os": "linux", "browser": "bench", "device": "bench"}}
	if err := socket.send(2, identify); err != nil {
		return nil, errors.Join(err, socket.close())
	}
	first, err := await(ctx, ready, socket)
	if err != nil {
		return nil, errors.Join(err, socket.close())
	}
	p.sessionID = first.SessionID
	return p, nil
}

// join brings the person into a voice channel, with media flowing.
func (p *voicePerson) join(ctx context.Context, place voicePlace) error {
	p.place = place
	begun := time.Now()
	if err := p.gateway.send(4, map[string]any{"guild_id": place.guild, "channel_id": place.channel, "self_mute": false, "self_deaf": false,
		"self_video": place.sends && place.video}); err != nil {
		return err
	}
	summons, err := await(ctx, p.summons, p.gateway)
	if err != nil {
		return err
	}
	ready, answers := make(chan signal.Ready, 1), make(chan signal.SessionDescription, 1)
	p.voice, err = dialBench(ctx, "ws://"+summons.Endpoint+"?v=8", int(signal.OpHeartbeat), func(frame benchFrame) error {
		switch signal.Opcode(frame.Op) {
		case signal.OpReady:
			return deliver(frame, ready)
		case signal.OpSessionDescription:
			return deliver(frame, answers)
		}
		return nil
	})
	if err != nil {
		return err
	}
	guild, err := id.Parse(place.guild)
	if err == nil {
		err = p.voice.send(int(signal.OpIdentify), signal.Identify{ServerID: guild, UserID: p.userID, SessionID: p.sessionID, Token: summons.Token})
	}
	if err != nil {
		return err
	}
	if _, err := await(ctx, ready, p.voice); err != nil {
		return err
	}
	connected, offer, err := p.offer()
	if err != nil {
		return err
	}
	offered := time.Now()
	if err := p.voice.send(int(signal.OpSelectProtocol), map[string]any{"protocol": "webrtc", "data": offer, "codecs": []any{}}); err != nil {
		return err
	}
	answer, err := await(ctx, answers, p.voice)
	if err != nil {
		return err
	}
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.SDP}); err != nil {
		return err
	}
	if err := p.nominate(ctx); err != nil {
		return err
	}
	if _, err := await(ctx, connected, p.voice); err != nil {
		return err
	}
	if place.sends && place.video {
		camera := signal.Video{VideoSSRC: 1, Streams: []signal.Stream{{Type: "video", Active: true, Quality: 100}}}
		if err := p.voice.send(int(signal.OpVideo), camera); err != nil {
			return err
		}
	}
	p.connected, p.joined = time.Since(offered), time.Since(begun)
	p.line.drops.Store(!place.listens)
	return nil
}

// nominate has the client choose its way to the hall as soon as the hall has answered there, as browsers do. Left alone, pion looks again after 200 ms; one more
// candidate, where nobody is, makes it look at once.
func (p *voicePerson) nominate(ctx context.Context) error {
	if _, err := await(ctx, p.line.answered, p.voice); err != nil {
		return err
	}
	time.Sleep(time.Millisecond) // until pion has read the answer too
	return p.pc.AddICECandidate(webrtc.ICECandidateInit{Candidate: "candidate:9 1 udp 1 127.0.0.1 9 typ host"})
}

// offer makes the person's connection and its offer. The channel tells when media is connected.
func (p *voicePerson) offer() (<-chan struct{}, string, error) {
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, "", err
	}
	p.line = &voiceLine{UDPConn: socket, answered: make(chan struct{})}
	loggers := logging.NewDefaultLoggerFactory()
	loggers.DefaultLogLevel = logging.LogLevelDisabled
	shared := webrtc.NewICEUDPMux(loggers.NewLogger("ice"), p.line)
	p.mux = shared
	settings := webrtc.SettingEngine{LoggerFactory: loggers}
	settings.SetICEUDPMux(shared)
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	engine := &webrtc.MediaEngine{}
	if err := engine.RegisterDefaultCodecs(); err != nil {
		return nil, "", err
	}
	api := webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(engine), webrtc.WithInterceptorRegistry(&interceptor.Registry{}))
	if p.pc, err = api.NewPeerConnection(webrtc.Configuration{}); err != nil {
		return nil, "", err
	}
	connected := make(chan struct{})
	var once sync.Once
	p.pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			once.Do(func() { close(connected) })
		}
	})
	p.pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { p.listen(track) })
	kind, codec := webrtc.RTPCodecTypeAudio, webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: opusClock, Channels: 2}
	if p.place.video {
		kind, codec = webrtc.RTPCodecTypeVideo, webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: videoClock}
	}
	if p.place.sends {
		p.track, err = webrtc.NewTrackLocalStaticRTP(codec, "sent", "sent")
		var transceiver *webrtc.RTPTransceiver
		if err == nil {
			transceiver, err = p.pc.AddTransceiverFromTrack(p.track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		}
		if err == nil {
			p.work.Go(func() { p.heed(transceiver.Sender()) })
		}
	}
	for range p.place.streams {
		if err == nil {
			_, err = p.pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
		}
	}
	var offer webrtc.SessionDescription
	if err == nil {
		offer, err = p.pc.CreateOffer(nil)
	}
	if err == nil {
		err = p.pc.SetLocalDescription(offer)
	}
	return connected, offer.SDP, err
}

// The RTP clocks of Opus (RFC 7587 section 4.1) and of video, in Hz.
const (
	opusClock  = 48000
	videoClock = 90000
)

// heed takes the hall's requests for key frames.
func (p *voicePerson) heed(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, packet := range packets {
			if _, ok := packet.(*rtcp.PictureLossIndication); ok {
				p.keyWanted.Store(true)
			}
		}
	}
}

// publish sends frames until the context ends. Each packet ends with the time at which it was sent.
func (p *voicePerson) publish(ctx context.Context, scenario voiceScenario) error {
	ticker := time.NewTicker(scenario.interval)
	defer ticker.Stop()
	clock := opusClock
	if scenario.video {
		clock = videoClock
		p.keyWanted.Store(true)
	}
	packet := rtp.Packet{Header: rtp.Header{Version: 2}, Payload: make([]byte, scenario.size)}
	step := uint32(scenario.interval * time.Duration(clock) / time.Second)
	for picture := uint16(1); ; picture++ {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		packet.Timestamp += step
		key := scenario.video && p.keyWanted.Swap(false)
		for number := range scenario.packets {
			packet.SequenceNumber++
			if scenario.video {
				packet.Marker = number == scenario.packets-1
				describeVP8(packet.Payload, picture, number == 0, key)
			}
			binary.BigEndian.PutUint64(packet.Payload[scenario.size-8:], uint64(time.Now().UnixNano()))
			if err := p.track.WriteRTP(&packet); err != nil {
				return err
			}
			p.sent.Add(1)
		}
	}
}

// describeVP8 writes the descriptor of a packet of VP8, and the head of a key frame of 640 by 360 (RFC 7741 section 4).
func describeVP8(payload []byte, picture uint16, begins, key bool) {
	copy(payload, []byte{0x80, 0xC0, 0x80 | byte(picture>>8)&0x7F, byte(picture), byte(picture), 1, 0, 0})
	if begins {
		payload[0] |= 0x10
	}
	if key && begins {
		copy(payload[5:], []byte{0, 0, 0, 0x9D, 0x01, 0x2A, 640 & 0xFF, 640 >> 8, 360 & 0xFF, 360 >> 8})
	}
}

// listen notes how long packets took.
func (p *voicePerson) listen(track *webrtc.TrackRemote) {
	buffer := make([]byte, 1500)
	var packet rtp.Packet
	for {
		n, _, err := track.Read(buffer)
		if err != nil {
			return
		}
		if packet.Unmarshal(buffer[:n]) != nil || len(packet.Payload) < 8 {
			continue
		}
		sent := int64(binary.BigEndian.Uint64(packet.Payload[len(packet.Payload)-8:]))
		took := time.Duration(time.Now().UnixNano() - sent)
		p.mu.Lock()
		p.latencies = append(p.latencies, took)
		p.mu.Unlock()
	}
}

// takeLatencies gives the latencies that were measured since the last call.
func (p *voicePerson) takeLatencies() []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.latencies
	p.latencies = nil
	return taken
}

// leave takes the person out of the voice channel.
func (p *voicePerson) leave() (err error) {
	if p.pc != nil {
		err = p.pc.GracefulClose()
		p.work.Wait()
		p.pc = nil
	}
	if p.mux != nil {
		err = errors.Join(err, p.mux.Close())
		p.mux = nil
	}
	if p.voice != nil {
		err = errors.Join(err, p.voice.close(), p.gateway.send(4, map[string]any{"guild_id": p.place.guild, "channel_id": nil}))
		p.voice = nil
	}
	return err
}

func (p *voicePerson) close() error { return errors.Join(p.leave(), p.gateway.close()) }

// voiceLine is a person's socket for media. It counts the packets of media that come, and may drop them then: to decrypt them is not the server's work.
type voiceLine struct {
	*net.UDPConn
	packets atomic.Uint64
	drops   atomic.Bool
	// answered is closed when the hall has answered a connectivity check.
	answered chan struct{}
	heard    sync.Once
}

// ReadFromAddrPort waits for the next packet that is not dropped.
func (l *voiceLine) ReadFromAddrPort(buffer []byte) (int, netip.AddrPort, error) {
	for {
		n, from, err := l.ReadFromUDPAddrPort(buffer)
		if err != nil || !isMedia(buffer[:n]) {
			if bytes.HasPrefix(buffer[:n], stunBindingSuccess) {
				l.heard.Do(func() { close(l.answered) })
			}
			return n, from, err
		}
		l.packets.Add(1)
		if !l.drops.Load() {
			return n, from, nil
		}
	}
}

// WriteToAddrPort sends a packet.
func (l *voiceLine) WriteToAddrPort(packet []byte, to netip.AddrPort) (int, error) {
	return l.WriteToUDPAddrPort(packet, to)
}

// stunBindingSuccess is how the answer to a connectivity check begins (RFC 8489 section 5).
var stunBindingSuccess = []byte{0x01, 0x01}

// isMedia tells RTP from RTCP and everything else (RFC 5761 section 4, RFC 7983).
func isMedia(packet []byte) bool {
	return len(packet) > 12 && packet[0] >= 128 && packet[0] <= 191 && (packet[1]&0x7F < 64 || packet[1]&0x7F > 95)
}

// benchFrame is a frame of either gateway.
type benchFrame struct {
	Op   int             `json:"op"`
	Type string          `json:"t"`
	Data json.RawMessage `json:"d"`
}

// benchSocket is a connection to either gateway that keeps itself alive.
type benchSocket struct {
	socket *websocket.Conn
	// heartbeat is its opcode.
	heartbeat int
	work      sync.WaitGroup
	// ended is closed with the connection; err is why, then.
	ended chan struct{}
	err   error

	writing sync.Mutex
}

// dialBench connects to a gateway. take is given every frame; what it gives ends the connection.
func dialBench(ctx context.Context, address string, heartbeat int, take func(benchFrame) error) (*benchSocket, error) {
	dialer := websocket.Dialer{ReadBufferSize: 1024, WriteBufferSize: 1024}
	socket, _, err := dialer.DialContext(ctx, address, nil) //nolint:bodyclose // a WebSocket's handshake leaves no body to close
	if err != nil {
		return nil, err
	}
	s := &benchSocket{socket: socket, heartbeat: heartbeat, ended: make(chan struct{})}
	s.work.Go(func() {
		defer close(s.ended)
		for {
			var frame benchFrame
			if s.err = socket.ReadJSON(&frame); s.err == nil {
				s.err = take(frame)
			}
			if s.err != nil {
				return
			}
		}
	})
	s.work.Go(s.beat)
	return s, nil
}

// beat tells the gateway that somebody is there. Both take a number.
func (s *benchSocket) beat() {
	ticker := time.NewTicker(signal.DefaultHeartbeatInterval * 9 / 10)
	defer ticker.Stop()
	for {
		select {
		case <-s.ended:
			return
		case <-ticker.C:
			if s.send(s.heartbeat, nil) != nil {
				return
			}
		}
	}
}

func (s *benchSocket) send(op int, data any) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.socket.WriteJSON(map[string]any{"op": op, "d": data})
}

// close ends the connection and waits for it.
func (s *benchSocket) close() error {
	err := s.socket.Close()
	s.work.Wait()
	return err
}

// deliver decodes a frame's payload for whoever waits for it.
func deliver[T any](frame benchFrame, to chan<- T) error {
	var payload T
	if err := json.Unmarshal(frame.Data, &payload); err != nil {
		return err
	}
	select {
	case to <- payload:
	default:
	}
	return nil
}

// await waits for something that comes with a connection.
func await[T any](ctx context.Context, from <-chan T, with *benchSocket) (T, error) {
	timer := time.NewTimer(voicePatience)
	defer timer.Stop()
	var none T
	select {
	case got := <-from:
		return got, nil
	case <-with.ended:
		return none, fmt.Errorf("the connection ended: %w", with.err)
	case <-ctx.Done():
		return none, ctx.Err()
	case <-timer.C:
		return none, errors.New("nothing came")
	}
}
