package sfu

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"go.uber.org/goleak"

	"guildhall/rtc/mux"
	"guildhall/store/id"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds how long a test waits for what should happen at once.
const patience = 20 * time.Second

// openSFU starts an SFU on a port of loopback.
func openSFU(t testing.TB, change func(*Options)) *SFU {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	ports, err := mux.Listen(t.Context(), "127.0.0.1:0", log)
	if err != nil {
		t.Fatal(err)
	}
	options := Options{Packets: ports.Packets(), Port: ports.Port(), Log: log,
		Addresses: func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.0.0.1")} }}
	if change != nil {
		change(&options)
	}
	s, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := ports.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// observer notes events, and wakes whoever waits for something to be true.
type observer struct {
	mu      sync.Mutex
	changed chan struct{}

	log        []string
	present    map[id.ID]bool
	subscribed map[id.ID]uint32
	speaking   map[id.ID]SpeakingFlags
	// seen is what was told of everybody last; codec and wanted, of the room's codec and of the own video.
	seen       map[id.ID]Subscription
	codec      Codec
	wanted     *Wanted
	connection ConnectionState
}

func newObserver() *observer {
	return &observer{changed: make(chan struct{}), present: make(map[id.ID]bool), subscribed: make(map[id.ID]uint32), speaking: make(map[id.ID]SpeakingFlags), seen: make(map[id.ID]Subscription)}
}

// change does something and wakes whoever waits.
func (o *observer) change(do func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	do()
	close(o.changed)
	o.changed = make(chan struct{})
}

// get reads what an observer has noted.
func get[T any](o *observer, read func() T) T {
	o.mu.Lock()
	defer o.mu.Unlock()
	return read()
}

// is tells whether something is true now.
func (o *observer) is(condition func() bool) bool { return get(o, condition) }

// place is the SSRC under which somebody is heard.
func (o *observer) place(userID id.ID) uint32 {
	return get(o, func() uint32 { return o.subscribed[userID] })
}

// events are what was told so far.
func (o *observer) events() []string {
	return get(o, func() []string { return slices.Clone(o.log) })
}

// until waits until something is true.
func (o *observer) until(t testing.TB, what string, condition func() bool) {
	t.Helper()
	timeout := time.After(patience)
	for {
		o.mu.Lock()
		met, changed := condition(), o.changed
		o.mu.Unlock()
		if met {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			o.mu.Lock()
			defer o.mu.Unlock()
			t.Fatalf("it never came that %s; events: %s", what, strings.Join(o.log, ", "))
		}
	}
}

// eventually waits until something is true that has to do with the room's lock, which is held when events are told: it is asked without the observer's.
func (o *observer) eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	timeout := time.After(patience)
	for {
		o.mu.Lock()
		changed := o.changed
		o.mu.Unlock()
		if condition() {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("it never came that %s; events: %s", what, strings.Join(o.events(), ", "))
		}
	}
}

func (o *observer) note(format string, values ...any) {
	o.log = append(o.log, fmt.Sprintf(format, values...))
}

func (o *observer) Joined(userIDs ...id.ID) {
	o.change(func() {
		for _, userID := range userIDs {
			o.note("%s joined", userID)
			o.present[userID] = true
		}
	})
}

func (o *observer) Left(userID id.ID) {
	o.change(func() {
		o.note("%s left", userID)
		delete(o.present, userID)
		delete(o.subscribed, userID)
		delete(o.speaking, userID)
	})
}

func (o *observer) Subscribed(userID id.ID, subscription Subscription) {
	o.change(func() {
		o.note("%s is heard under %d and seen under %d", userID, subscription.AudioSSRC, subscription.VideoSSRC)
		o.seen[userID] = subscription
		if subscription.Audio {
			o.subscribed[userID] = subscription.AudioSSRC
		} else {
			delete(o.subscribed, userID)
		}
	})
}

func (o *observer) Speaking(userID id.ID, ssrc uint32, flags SpeakingFlags) {
	o.change(func() {
		o.note("%s speaks: %d", userID, flags)
		o.speaking[userID] = flags
	})
}

func (o *observer) Codec(codec Codec) {
	o.change(func() {
		o.note("the codec is %s", codec)
		o.codec = codec
	})
}

func (o *observer) Wanted(wanted Wanted) {
	o.change(func() {
		o.note("wanted: %v", wanted)
		o.wanted = &wanted
	})
}

func (o *observer) Connection(state ConnectionState) {
	o.change(func() {
		o.note("connection %d", state)
		o.connection = state
	})
}

// client is a whole WebRTC client, and the peer that it is in a room.
type client struct {
	*observer
	t      testing.TB
	peer   *Peer
	userID id.ID
	pc     *webrtc.PeerConnection
	mic    *microphone
	// own is how the client's side of the connection fares.
	own webrtc.PeerConnectionState

	// heard is what came, by SSRC.
	heard map[uint32]*ear
	// watched is what came of video, by SSRC; cam is the client's own.
	watched map[uint32]*eye
	cam     *camera
	// tracks are the goroutines that read what comes.
	tracks sync.WaitGroup
}

// ear is what came under one SSRC.
type ear struct {
	packets []heardPacket
	// of counts the packets of each sender.
	of map[id.ID]int
}

type heardPacket struct {
	sequence  uint16
	timestamp uint32
	marker    bool
	from      id.ID
	number    uint32
}

// join brings a client into a room, which sends and has some places to receive on, and connects it.
func join(t testing.TB, s *SFU, roomID, userID id.ID, places int) *client {
	t.Helper()
	c := enter(t, s, roomID, userID, State{})
	c.dial(true, places)
	c.negotiate()
	c.untilConnected()
	return c
}

// enter brings a client into a room without a connection.
func enter(t testing.TB, s *SFU, roomID, userID id.ID, state State) *client {
	t.Helper()
	c := &client{observer: newObserver(), t: t, userID: userID, heard: make(map[uint32]*ear), watched: make(map[uint32]*eye)}
	peer, err := s.Join(roomID, userID, state, c)
	if err != nil {
		t.Fatal(err)
	}
	c.peer = peer
	t.Cleanup(c.close)
	return c
}

func (c *client) close() {
	c.hangUp()
	c.peer.Leave()
}

// hangUp closes the client's connection.
func (c *client) hangUp() {
	if c.mic != nil {
		c.mic.stop()
	}
	if c.cam != nil {
		c.cam.stop()
	}
	if c.pc != nil {
		if err := c.pc.GracefulClose(); err != nil {
			c.t.Errorf("%s: %v", c.userID, err)
		}
	}
	c.tracks.Wait()
}

// clientAPI is a full WebRTC client's side of pion.
func clientAPI(t testing.TB, change ...func(*webrtc.SettingEngine)) *webrtc.API {
	engine := &webrtc.MediaEngine{}
	if err := engine.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	if err := engine.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: levelExtension}, webrtc.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	reports := &interceptor.Registry{}
	if err := errors.Join(webrtc.ConfigureRTCPReports(reports), webrtc.ConfigureNack(engine, reports), webrtc.ConfigureSimulcastExtensionHeaders(engine),
		webrtc.ConfigureTWCCHeaderExtensionSender(engine, reports), webrtc.ConfigureTWCCSender(engine, reports)); err != nil {
		t.Fatal(err)
	}
	settings := webrtc.SettingEngine{LoggerFactory: loggers{slog.New(slog.DiscardHandler)}}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	settings.SetHostAcceptanceMinWait(0)
	for _, set := range change {
		set(&settings)
	}
	return webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithInterceptorRegistry(reports), webrtc.WithSettingEngine(settings))
}

// dial makes the client's connection, with a microphone or without, and places to receive on.
func (c *client) dial(sends bool, places int, change ...func(*webrtc.SettingEngine)) {
	c.t.Helper()
	pc, err := clientAPI(c.t, change...).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		c.t.Fatal(err)
	}
	c.pc = pc
	pc.OnTrack(func(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
		c.tracks.Go(func() { drain(receiver) })
		if track.Kind() == webrtc.RTPCodecTypeVideo {
			c.watch(track)
			return
		}
		c.listen(track)
	})
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) { c.change(func() { c.own = state }) })
	if sends {
		c.addMicrophone()
	}
	c.addPlaces(places)
}

func (c *client) addMicrophone() {
	c.t.Helper()
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: opusClock, Channels: 2}, "mic", "client")
	if err != nil {
		c.t.Fatal(err)
	}
	transceiver, err := c.pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		c.t.Fatal(err)
	}
	c.mic = &microphone{client: c, track: track, sender: transceiver.Sender()}
}

func (c *client) addPlaces(places int) {
	c.t.Helper()
	for range places {
		if _, err := c.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
			c.t.Fatal(err)
		}
	}
}

// negotiate sends an offer and takes the answer.
func (c *client) negotiate() (answer string) {
	c.t.Helper()
	offer, err := c.pc.CreateOffer(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.exchange(offer)
}

func (c *client) exchange(offer webrtc.SessionDescription) (answer string) {
	c.t.Helper()
	if err := c.pc.SetLocalDescription(offer); err != nil {
		c.t.Fatal(err)
	}
	// As it is, at once, without the client's candidates.
	answer, err := c.peer.Answer(offer.SDP)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		c.t.Fatalf("%v\n%s", err, answer)
	}
	return answer
}

func (c *client) untilConnected() {
	c.t.Helper()
	c.until(c.t, "both sides are connected", func() bool {
		return c.connection == ConnectionConnected && c.own == webrtc.PeerConnectionStateConnected
	})
}

// drain reads reports, which makes the client process them.
func drain(receiver *webrtc.RTPReceiver) {
	buffer := make([]byte, receiveSize)
	for {
		if _, _, err := receiver.Read(buffer); err != nil {
			return
		}
	}
}

// listen notes what comes on a track.
func (c *client) listen(track *webrtc.TrackRemote) {
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		from, number, err := decodeFrame(packet.Payload)
		c.change(func() {
			if err != nil {
				c.note("a packet is not what was sent: %v", err)
				return
			}
			e := c.heard[packet.SSRC]
			if e == nil {
				e = &ear{of: make(map[id.ID]int)}
				c.heard[packet.SSRC] = e
			}
			e.packets = append(e.packets, heardPacket{packet.SequenceNumber, packet.Timestamp, packet.Marker, from, number})
			e.of[from]++
		})
	}
}

// hearing counts the packets of somebody that came. The lock is held.
func (c *client) hearing(from id.ID) (count int) {
	for _, e := range c.heard {
		count += e.of[from]
	}
	return count
}

// count is hearing with the lock.
func (c *client) count(from id.ID) int { return get(c.observer, func() int { return c.hearing(from) }) }

// heardUpTo is the number of the last packet of somebody that came. The lock is held.
func (c *client) heardUpTo(from id.ID) (number uint32) {
	for _, e := range c.heard {
		for _, packet := range e.packets {
			if packet.from == from {
				number = max(number, packet.number)
			}
		}
	}
	return number
}

// untilHears waits until some more packets of somebody come.
func (c *client) untilHears(from *client) {
	c.t.Helper()
	before := c.count(from.userID)
	c.until(c.t, fmt.Sprintf("%s hears %s", c.userID, from.userID), func() bool { return c.hearing(from.userID) >= before+5 })
}

// microphone sends frames that tell whose they are and which.
type microphone struct {
	client *client
	track  *webrtc.TrackLocalStaticRTP
	sender *webrtc.RTPSender

	mu      sync.Mutex
	number  uint32
	level   uint8
	stopped chan struct{}
	done    chan struct{}
}

// Frames are sent quicker than in life, for tests' sake.
const frameInterval = 5 * time.Millisecond

// speak sends frames of a level until it is stopped.
func (m *microphone) speak(level uint8) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.level = level
	if m.stopped != nil {
		return
	}
	m.stopped, m.done = make(chan struct{}), make(chan struct{})
	go func(stopped, done chan struct{}) {
		defer close(done)
		ticker := time.NewTicker(frameInterval)
		defer ticker.Stop()
		for {
			m.send()
			select {
			case <-ticker.C:
			case <-stopped:
				return
			}
		}
	}(m.stopped, m.done)
}

// stop ceases to send; it returns when the last frame is out.
func (m *microphone) stop() {
	m.mu.Lock()
	stopped, done := m.stopped, m.done
	m.stopped, m.done = nil, nil
	m.mu.Unlock()
	if stopped != nil {
		close(stopped)
		<-done
	}
}

// send sends one frame and gives its number.
func (m *microphone) send() uint32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.number++
	packet := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(65000 + m.number), Timestamp: m.number * frameSamples},
		Payload: encodeFrame(m.client.userID, m.number)}
	for _, extension := range m.sender.GetParameters().HeaderExtensions {
		if extension.URI == levelExtension {
			if err := packet.SetExtension(uint8(extension.ID), []byte{m.level | 0x80}); err != nil {
				m.client.t.Error(err)
			}
		}
	}
	if err := m.track.WriteRTP(packet); err != nil {
		m.client.t.Errorf("%s could not send: %v", m.client.userID, err)
	}
	return m.number
}

var frameMark = []byte{0xFC, 'o', 'p', 'u', 's'}

func encodeFrame(from id.ID, number uint32) []byte {
	frame := binary.BigEndian.AppendUint64(slices.Clone(frameMark), uint64(from))
	return binary.BigEndian.AppendUint32(frame, number)
}

func decodeFrame(frame []byte) (from id.ID, number uint32, err error) {
	if len(frame) != len(frameMark)+12 || !bytes.HasPrefix(frame, frameMark) {
		return 0, 0, fmt.Errorf("frame %x", frame)
	}
	return id.ID(binary.BigEndian.Uint64(frame[len(frameMark):])), binary.BigEndian.Uint32(frame[len(frameMark)+8:]), nil
}

// Levels in -dBov.
const (
	loud  = 20
	quiet = 127
)
