package signal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
	"go.uber.org/goleak"

	"guildhall/rtc/mux"
	"guildhall/rtc/sfu"
	"guildhall/store/id"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second

const (
	guild  id.ID = 50
	lounge id.ID = 100
	attic  id.ID = 101
	alice  id.ID = 1
	bob    id.ID = 2
)

// book is the Authority of these tests: who may join where, with which token.
type book struct {
	mu     sync.Mutex
	grants map[Claim]Grant
	left   chan Grant
	// asked is called before Admit answers.
	asked func(Claim)
}

var errUnknownClaim = errors.New("unknown claim")

func (b *book) Admit(_ context.Context, claim Claim) (Grant, error) {
	b.mu.Lock()
	grant, ok := b.grants[claim]
	asked := b.asked
	b.mu.Unlock()
	if asked != nil {
		asked(claim)
	}
	if !ok {
		return Grant{}, errUnknownClaim
	}
	return grant, nil
}

func (b *book) Left(_ context.Context, grant Grant) { b.left <- grant }

// admit lets a claim in from now on.
func (b *book) admit(userID, roomID id.ID, state sfu.State) Claim {
	claim := Claim{ServerID: guild, UserID: userID, SessionID: "session of " + userID.String(), Token: fmt.Sprintf("token of %s for %s", userID, roomID)}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.grants[claim] = Grant{ServerID: guild, RoomID: roomID, UserID: userID, SessionID: claim.SessionID, State: state}
	return claim
}

func (b *book) expectLeft(t *testing.T, userID id.ID) {
	t.Helper()
	select {
	case grant := <-b.left:
		if grant.UserID != userID {
			t.Errorf("%s left instead of %s", grant.UserID, userID)
		}
	case <-time.After(patience):
		t.Fatalf("it was never told that %s left", userID)
	}
}

func (b *book) expectNobodyLeft(t *testing.T) {
	t.Helper()
	select {
	case grant := <-b.left:
		t.Errorf("%s left", grant.UserID)
	default:
	}
}

// hall is a voice gateway with everything behind it.
type hall struct {
	*Server
	book *book
	url  string
}

func open(t *testing.T, change func(*Options)) *hall {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	ports, err := mux.Listen(t.Context(), "127.0.0.1:0", log)
	if err != nil {
		t.Fatal(err)
	}
	server, err := sfu.New(sfu.Options{Packets: ports.Packets(), Port: ports.Port(), Log: log, Addresses: func() []netip.Addr { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{book: &book{grants: make(map[Claim]Grant), left: make(chan Grant, 100)}, url: fmt.Sprintf("ws://127.0.0.1:%d/voice", ports.Port())}
	options := Options{SFU: server, Authority: h.book, IP: func(*http.Request) string { return "127.0.0.1" }, Bots: ports.Packets(), Port: ports.Port(), Version: "test", Log: log}
	if change != nil {
		change(&options)
	}
	h.Server = New(options)
	streaming := h.Streaming(h.book)
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/wh") {
			streaming.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})}
	served := make(chan struct{})
	go func() {
		defer close(served)
		web.Serve(ports.Plain())
	}()
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		web.Close()
		<-served
		if err := errors.Join(server.Close(), ports.Close()); err != nil {
			t.Error(err)
		}
	})
	return h
}

// frame is a frame from the server.
type frame struct {
	Op   Opcode          `json:"op"`
	Data json.RawMessage `json:"d"`
	Seq  int             `json:"seq"`
}

// visitor is a client of the voice gateway.
type visitor struct {
	t      *testing.T
	socket *websocket.Conn
	// passed are frames that were read while waiting for another.
	passed []frame
	seq    int
}

// dial connects and takes HELLO.
func (h *hall) dial(t *testing.T, version string) *visitor {
	t.Helper()
	url := h.url
	if version != "" {
		url += "?v=" + version
	}
	socket, _, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	v := &visitor{t: t, socket: socket}
	if first := v.read(); first.Op != OpHello {
		t.Fatalf("the first frame is %d: %s", first.Op, first.Data)
	} else {
		v.passed = append(v.passed, first)
	}
	return v
}

func (v *visitor) read() frame {
	v.t.Helper()
	var f frame
	v.socket.SetReadDeadline(time.Now().Add(patience))
	if err := v.socket.ReadJSON(&f); err != nil {
		v.t.Fatalf("no frame came: %v; before: %v", err, v.passed)
	}
	v.seq = max(v.seq, f.Seq)
	return f
}

// expect gives the next frame of an opcode, of those that came and those that come.
func (v *visitor) expect(op Opcode, into any) frame {
	v.t.Helper()
	return v.expectThat(op, into, func() bool { return true })
}

// expectThat is expect for a frame that has a property, once it was decoded.
func (v *visitor) expectThat(op Opcode, into any, is func() bool) frame {
	v.t.Helper()
	matches := func(f frame) bool {
		if f.Op != op {
			return false
		}
		if into != nil {
			if err := json.Unmarshal(f.Data, into); err != nil {
				v.t.Fatalf("frame %d: %s: %v", op, f.Data, err)
			}
		}
		return is()
	}
	for i, f := range v.passed {
		if matches(f) {
			v.passed = append(v.passed[:i:i], v.passed[i+1:]...)
			return f
		}
	}
	for {
		f := v.read()
		if matches(f) {
			return f
		}
		v.passed = append(v.passed, f)
	}
}

func (v *visitor) send(op Opcode, data any) {
	v.t.Helper()
	if err := v.socket.WriteJSON(map[string]any{"op": op, "d": data}); err != nil {
		v.t.Fatal(err)
	}
}

// expectClose waits until the server closes with a code.
func (v *visitor) expectClose(code CloseCode) {
	v.t.Helper()
	for {
		v.socket.SetReadDeadline(time.Now().Add(patience))
		_, _, err := v.socket.ReadMessage()
		if err == nil {
			continue
		}
		if closed, ok := errors.AsType[*websocket.CloseError](err); !ok || closed.Code != int(code) {
			v.t.Errorf("the connection ended with %v instead of %d", err, code)
		}
		return
	}
}

// cut ends the connection as a broken network does, as far as TCP lets it: without a goodbye.
func (v *visitor) cut() {
	v.t.Helper()
	v.socket.NetConn().(*net.TCPConn).SetLinger(0)
	v.socket.NetConn().Close()
}

func (v *visitor) identify(claim Claim) Ready {
	v.t.Helper()
	v.send(OpIdentify, Identify(claim))
	var ready Ready
	v.expect(OpReady, &ready)
	return ready
}

// enter lets a user in and identifies them.
func (h *hall) enter(t *testing.T, userID id.ID) (*visitor, Claim) {
	t.Helper()
	claim := h.book.admit(userID, lounge, sfu.State{})
	v := h.dial(t, "8")
	v.identify(claim)
	return v, claim
}

func (v *visitor) resume(claim Claim, seen int) {
	v.t.Helper()
	v.send(OpResume, Resume{ServerID: claim.ServerID, SessionID: claim.SessionID, Token: claim.Token, SeqAck: &seen})
}

// call is a visitor's media: a whole WebRTC client that sends one sound and receives on some places.
type call struct {
	t       *testing.T
	visitor *visitor
	pc      *webrtc.PeerConnection
	sound   *webrtc.TrackLocalStaticSample
	heard   chan uint32
	reading sync.WaitGroup
}

// callIn makes a visitor's media flow.
func (v *visitor) callIn(places int) *call {
	v.t.Helper()
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		v.t.Fatal(err)
	}
	c := &call{t: v.t, visitor: v, pc: pc, heard: make(chan uint32, 1)}
	v.t.Cleanup(c.hangUp)
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		c.reading.Add(1)
		defer c.reading.Done()
		buffer := make([]byte, 1500)
		for {
			if _, _, err := track.Read(buffer); err != nil {
				return
			}
			select {
			case c.heard <- uint32(track.SSRC()):
			default:
			}
		}
	})
	c.sound, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "mic", "mic")
	if err == nil {
		_, err = pc.AddTransceiverFromTrack(c.sound, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	}
	for range places {
		if err == nil {
			_, err = pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
		}
	}
	if err != nil {
		v.t.Fatal(err)
	}
	connected := make(chan struct{})
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			close(connected)
		}
	})
	c.negotiate(nil)
	select {
	case <-connected:
	case <-time.After(patience):
		v.t.Fatal("media never connected")
	}
	return c
}

func (c *call) negotiate(options *webrtc.OfferOptions) SessionDescription {
	c.t.Helper()
	offer, err := c.pc.CreateOffer(options)
	if err == nil {
		err = c.pc.SetLocalDescription(offer)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.visitor.send(OpSelectProtocol, map[string]any{"protocol": "webrtc", "data": offer.SDP, "codecs": []any{}})
	var answer SessionDescription
	c.visitor.expect(OpSessionDescription, &answer)
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.SDP}); err != nil {
		c.t.Fatalf("%v\n%s", err, answer.SDP)
	}
	return answer
}

func (c *call) hangUp() {
	if err := c.pc.GracefulClose(); err != nil {
		c.t.Error(err)
	}
	c.reading.Wait()
}

// untilHeardBy sends sound until the other receives it, under an SSRC if that is given.
func (c *call) untilHeardBy(other *call, ssrc uint32) {
	c.t.Helper()
	select {
	case <-other.heard: // of before
	default:
	}
	timeout := time.After(patience)
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		if err := c.sound.WriteSample(sample()); err != nil {
			c.t.Fatal(err)
		}
		select {
		case got := <-other.heard:
			if ssrc == 0 || got == ssrc {
				return
			}
		case <-ticker.C:
		case <-timeout:
			c.t.Fatal("nothing was heard")
		}
	}
}

// sample is 20 ms of Opus.
func sample() media.Sample {
	return media.Sample{Data: []byte{0xFC, 0xFF, 0xFE}, Duration: 20 * time.Millisecond}
}
