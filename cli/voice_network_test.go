package cli

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"

	"guildhall/api/chat"
	"guildhall/cli/config"
	"guildhall/rtc/signal"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// mediaPatience bounds every wait. It is far beyond what anything takes.
const mediaPatience = 60 * time.Second

// mediaLine is a client's way to the media port, which can be cut: then nothing comes and nothing goes, and nobody is told.
type mediaLine struct {
	net.PacketConn
	cut atomic.Bool
}

func (l *mediaLine) ReadFrom(buffer []byte) (int, net.Addr, error) {
	for {
		n, from, err := l.PacketConn.ReadFrom(buffer)
		if err != nil || !l.cut.Load() {
			return n, from, err
		}
	}
}

func (l *mediaLine) WriteTo(packet []byte, to net.Addr) (int, error) {
	if l.cut.Load() {
		return len(packet), nil
	}
	return l.PacketConn.WriteTo(packet, to)
}

// guest is somebody in voice, with all that a browser has: a socket to the voice gateway and a WebRTC connection.
type guest struct {
	t      *testing.T
	userID id.ID
	line   *mediaLine
	// closeLine lets go of it; nil without media.
	closeLine func() error
	pc        *webrtc.PeerConnection
	socket    *websocket.Conn
	sound     *webrtc.TrackLocalStaticSample
	// writing orders what is sent on the socket.
	writing sync.Mutex
	work    sync.WaitGroup
	hungUp  chan struct{}

	mu      sync.Mutex
	changed chan struct{}
	state   webrtc.PeerConnectionState
	// heard counts packets by SSRC; frames are what the voice gateway said.
	heard  map[uint32]int
	frames []voiceFrame
}

type voiceFrame struct {
	Op   signal.Opcode   `json:"op"`
	Data json.RawMessage `json:"d"`
}

// note changes what a guest knows, and wakes whoever waits.
func (g *guest) note(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
	close(g.changed)
	g.changed = make(chan struct{})
}

// until waits until something is true of what a guest knows.
func (g *guest) until(what string, condition func() bool) {
	g.t.Helper()
	timeout := time.After(mediaPatience)
	for {
		g.mu.Lock()
		met, changed := condition(), g.changed
		g.mu.Unlock()
		if met {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			g.t.Fatalf("%s: it never came that %s", g.userID, what)
		}
	}
}

// untilHearing waits until some more packets of the only other one come.
func (g *guest) untilHearing() {
	g.t.Helper()
	total := func() (count int) {
		for _, packets := range g.heard {
			count += packets
		}
		return count
	}
	g.mu.Lock()
	before := total()
	g.mu.Unlock()
	g.until("the other is heard", func() bool { return total() >= before+10 })
}

// streams are the SSRCs under which something was heard.
func (g *guest) streams() (ssrcs []uint32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for ssrc := range g.heard {
		ssrcs = append(ssrcs, ssrc)
	}
	return ssrcs
}

// count tells how many frames of some opcodes have come.
func (g *guest) count(ops ...signal.Opcode) (count int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, frame := range g.frames {
		if slices.Contains(ops, frame.Op) {
			count++
		}
	}
	return count
}

func (g *guest) send(op signal.Opcode, data any) {
	g.writing.Lock()
	defer g.writing.Unlock()
	if err := g.socket.WriteJSON(map[string]any{"op": op, "d": data}); err != nil {
		g.t.Errorf("%s could not send: %v", g.userID, err)
	}
}

// expect waits for the first frame of an opcode.
func (g *guest) expect(op signal.Opcode, into any) {
	g.t.Helper()
	var data json.RawMessage
	g.until(fmt.Sprintf("opcode %d", op), func() bool {
		for _, frame := range g.frames {
			if frame.Op == op {
				data = frame.Data
				return true
			}
		}
		return false
	})
	if err := json.Unmarshal(data, into); err != nil {
		g.t.Fatal(err)
	}
}

// voiceHall is a hall with a voice channel.
type voiceHall struct {
	*server
	guildID, channelID id.ID
	summons            chan event.VoiceServerUpdated
}

func openVoiceHall(t *testing.T) *voiceHall {
	t.Helper()
	return openVoiceHallWith(t, map[string]string{"listen": "127.0.0.1:0", "advertise": "127.0.0.1"})
}

func openVoiceHallWith(t *testing.T, flags map[string]string) *voiceHall {
	t.Helper()
	flags["data"], flags["mdns"] = filepath.Join(t.TempDir(), "hall"), "off"
	settings, _, err := config.Load(config.Sources{LookupEnv: func(string) (string, bool) { return "", false }, Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	s, err := openServer(t.Context(), settings, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(log); err != nil {
			t.Error(err)
		}
	})
	h := &voiceHall{server: s, summons: make(chan event.VoiceServerUpdated, 10)}
	owner := h.person(t, "owner")
	view, err := s.hall.chat.Guilds.Create(t.Context(), owner, chat.GuildDraft{Name: "Hall"})
	if err != nil {
		t.Fatal(err)
	}
	h.guildID = view.Guild.ID
	for _, channel := range view.Channels {
		if channel.Type == store.ChannelVoice {
			h.channelID = channel.ID
		}
	}
	subscription, err := s.hall.bus.Subscribe(event.GuildSubject(h.guildID), func(e event.Event) {
		if summons, ok := e.(event.VoiceServerUpdated); ok {
			h.summons <- summons
		}
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := subscription.Unsubscribe(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *voiceHall) person(t *testing.T, name string) chat.Caller {
	t.Helper()
	user := store.User{ID: h.hall.node.IDs().Next(), Username: name, GlobalName: name, Locale: "en-US"}
	if err := h.hall.store.CreateUser(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	return chat.Caller{UserID: user.ID}
}

// states gives who is in voice.
func (h *voiceHall) states(t *testing.T) []event.VoiceState {
	t.Helper()
	states, err := h.hall.chat.Voice.States(t.Context(), h.guildID)
	if err != nil {
		t.Fatal(err)
	}
	return states
}

// enter brings somebody into the guild and into its voice channel, speaking and hearing.
func (h *voiceHall) enter(t *testing.T, name string, change ...func(*webrtc.Configuration)) *guest {
	t.Helper()
	g := newGuest(t, fmt.Sprintf("ws://127.0.0.1:%d/voice?v=8", h.mux.Port()), h.seat(t, name))
	socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		g.t.Fatal(err)
	}
	g.line = &mediaLine{PacketConn: socket}
	shared := webrtc.NewICEUDPMux((&logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}).NewLogger("ice"), g.line)
	g.closeLine = shared.Close
	settings := webrtc.SettingEngine{}
	settings.SetICEUDPMux(shared)
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	g.callIn(settings, change...)
	return g
}

// seat is what somebody needs to take their place in a voice channel.
type seat = signal.Identify

// seat brings somebody into the guild, and has them summoned to its voice channel.
func (h *voiceHall) seat(t *testing.T, name string) seat {
	t.Helper()
	caller := h.person(t, name)
	invite, err := h.hall.chat.Invites.CreateForGuild(t.Context(), chat.Caller{Console: true}, h.guildID, chat.InviteDraft{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.hall.chat.Invites.Accept(t.Context(), caller, invite.Code); err != nil {
		t.Fatal(err)
	}
	sessionID := "session of " + name
	if err := h.hall.chat.Voice.UpdateState(t.Context(), caller, chat.VoiceUpdate{SessionID: sessionID, GuildID: h.guildID, ChannelID: h.channelID}); err != nil {
		t.Fatal(err)
	}
	summons := <-h.summons
	return seat{ServerID: h.guildID, UserID: caller.UserID, SessionID: sessionID, Token: summons.Token}
}

// newGuest dials the voice gateway.
func newGuest(t *testing.T, url string, claim seat) *guest {
	t.Helper()
	g := &guest{t: t, userID: claim.UserID, hungUp: make(chan struct{}), changed: make(chan struct{}), heard: make(map[uint32]int)}
	t.Cleanup(g.hangUp)
	g.dial(url)
	g.send(signal.OpIdentify, claim)
	return g
}

func (g *guest) dial(url string) {
	g.t.Helper()
	// Whom to trust is the browser's affair.
	dialer := websocket.Dialer{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	socket, _, err := dialer.Dial(url, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	g.writing.Lock()
	if g.socket != nil {
		_ = g.socket.Close() // It may lead nowhere any more.
	}
	g.socket = socket
	g.writing.Unlock()
	g.work.Go(func() { g.read(socket) })
}

// callIn makes the guest's media flow, by the servers that READY names if they are needed.
func (g *guest) callIn(settings webrtc.SettingEngine, change ...func(*webrtc.Configuration)) {
	g.t.Helper()
	var ready signal.Ready
	g.expect(signal.OpReady, &ready)
	g.work.Go(func() { g.beat(time.Duration(ready.HeartbeatInterval) * time.Millisecond) })
	var configuration webrtc.Configuration
	for _, server := range ready.ICEServers {
		configuration.ICEServers = append(configuration.ICEServers, webrtc.ICEServer{URLs: server.URLs, Username: server.Username, Credential: server.Credential})
	}
	for _, set := range change {
		set(&configuration)
	}
	g.call(settings, configuration)
}

func (g *guest) read(socket *websocket.Conn) {
	for {
		var frame voiceFrame
		if err := socket.ReadJSON(&frame); err != nil {
			return
		}
		g.note(func() { g.frames = append(g.frames, frame) })
	}
}

// beat tells the voice gateway that the guest is there.
func (g *guest) beat(every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for number := 1; ; number++ {
		select {
		case <-g.hungUp:
			return
		case <-ticker.C:
			g.send(signal.OpHeartbeat, map[string]any{"t": number, "seq_ack": -1})
		}
	}
}

// call makes the guest's media flow.
func (g *guest) call(settings webrtc.SettingEngine, configuration webrtc.Configuration) {
	g.t.Helper()
	settings.LoggerFactory = &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}
	// The guest notices later than the hall does (sfu.DefaultDisconnectedAfter), so that once it has, both have.
	settings.SetICETimeouts(9*time.Second, time.Hour, 500*time.Millisecond)
	var err error
	if g.pc, err = webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(configuration); err != nil {
		g.t.Fatal(err)
	}
	g.pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) { g.note(func() { g.state = state }) })
	g.pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { g.listen(track) })
	g.sound, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "mic", "mic")
	if err == nil {
		_, err = g.pc.AddTransceiverFromTrack(g.sound, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	}
	for range 3 { // more places than there are others: somebody who was there twice would be heard twice
		if err == nil {
			_, err = g.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
		}
	}
	if err != nil {
		g.t.Fatal(err)
	}
	g.offer(nil)
	g.until("media is connected", func() bool { return g.state == webrtc.PeerConnectionStateConnected })
	g.work.Go(g.speak)
}

// offer makes an offer and takes the answer.
func (g *guest) offer(options *webrtc.OfferOptions) {
	g.t.Helper()
	offer, err := g.pc.CreateOffer(options)
	if err == nil {
		err = g.pc.SetLocalDescription(offer)
	}
	if err != nil {
		g.t.Fatal(err)
	}
	answers := g.count(signal.OpSessionDescription)
	g.send(signal.OpSelectProtocol, map[string]any{"protocol": "webrtc", "data": offer.SDP, "codecs": []any{}})
	var answer signal.SessionDescription
	g.until("an answer", func() bool {
		seen := 0
		for _, frame := range g.frames {
			if frame.Op == signal.OpSessionDescription {
				if seen++; seen > answers {
					return json.Unmarshal(frame.Data, &answer) == nil
				}
			}
		}
		return false
	})
	if err := g.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.SDP}); err != nil {
		g.t.Fatal(err)
	}
}

func (g *guest) listen(track *webrtc.TrackRemote) {
	buffer := make([]byte, 1500)
	for {
		if _, _, err := track.Read(buffer); err != nil {
			return
		}
		g.note(func() { g.heard[uint32(track.SSRC())]++ })
	}
}

// speak sends sound until the guest hangs up.
func (g *guest) speak() {
	const frame = 20 * time.Millisecond
	ticker := time.NewTicker(frame)
	defer ticker.Stop()
	for {
		select {
		case <-g.hungUp:
			return
		case <-ticker.C:
			if err := g.sound.WriteSample(media.Sample{Data: []byte{0xFC, 0xFF, 0xFE}, Duration: frame}); err != nil {
				g.t.Errorf("%s could not speak: %v", g.userID, err)
			}
		}
	}
}

// hangUp ends everything that a guest has.
func (g *guest) hangUp() {
	close(g.hungUp)
	if g.pc != nil {
		if err := g.pc.GracefulClose(); err != nil {
			g.t.Error(err)
		}
	}
	if g.closeLine != nil {
		if err := g.closeLine(); err != nil {
			g.t.Error(err)
		}
	}
	if g.socket != nil {
		_ = g.socket.Close()
	}
	g.work.Wait()
}

func TestAnInterruptedNetworkCostsNobodyTheirPlaceInVoice(t *testing.T) {
	if testing.Short() {
		t.Skip("the network is gone for nine seconds")
	}
	h := openVoiceHall(t)
	alice := h.enter(t, "alice")
	bob := h.enter(t, "bob")
	alice.untilHearing()
	bob.untilHearing()
	before := h.states(t)
	if len(before) != 2 {
		t.Fatalf("in voice are %+v", before)
	}
	// The coming and going of people, what they send, and new answers.
	told := []signal.Opcode{signal.OpClientsConnect, signal.OpClientDisconnect, signal.OpVideo, signal.OpSessionDescription}
	toldAlice, toldBob := alice.count(told...), bob.count(told...)
	streamsAlice, streamsBob := alice.streams(), bob.streams()

	alice.line.cut.Store(true)
	alice.until("the connection is interrupted", func() bool { return alice.state == webrtc.PeerConnectionStateDisconnected })
	if during := h.states(t); !slices.Equal(during, before) {
		t.Errorf("in voice are %+v instead of %+v", during, before)
	}
	alice.line.cut.Store(false)
	alice.until("the connection is back", func() bool { return alice.state == webrtc.PeerConnectionStateConnected })
	alice.untilHearing()
	bob.untilHearing()

	if after := h.states(t); !slices.Equal(after, before) {
		t.Errorf("in voice are %+v instead of %+v", after, before)
	}
	if a, b := alice.count(told...), bob.count(told...); a != toldAlice || b != toldBob {
		t.Errorf("alice was told %d things and bob %d: %s", a-toldAlice, b-toldBob, bob.told())
	}
	if a, b := alice.streams(), bob.streams(); !slices.Equal(a, streamsAlice) || !slices.Equal(b, streamsBob) || len(a) != 1 || len(b) != 1 {
		t.Errorf("alice hears %v (before %v), bob %v (before %v)", a, streamsAlice, b, streamsBob)
	}
}

// told describes what the voice gateway has said.
func (g *guest) told() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var texts []string
	for _, frame := range g.frames {
		texts = append(texts, fmt.Sprintf("%d %s", frame.Op, frame.Data))
	}
	return strings.Join(texts, "; ")
}
