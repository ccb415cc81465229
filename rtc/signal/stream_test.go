package signal

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"

	"guildhall/rtc/sfu"
	"guildhall/store/id"
)

// stage is the server of alice's stream, which is its own room.
const stage id.ID = 900

// Ingest implements Streams: the key is "key of" whose it is.
func (b *book) Ingest(_ context.Context, key string) (Claim, error) {
	if key != "key of alice" {
		return Claim{}, &Refusal{http.StatusUnauthorized, "This is no stream key."}
	}
	return b.admitTo(stage, alice, sfu.State{Video: true, Soundshare: true}), nil
}

// Playback implements Streams.
func (b *book) Playback(_ context.Context, key string, ownerID id.ID) (Claim, error) {
	if ownerID != alice {
		return Claim{}, &Refusal{http.StatusNotFound, "Nobody with this id shows a stream."}
	}
	return b.admitTo(stage, bob, sfu.State{Mute: true, Viewer: true}), nil
}

// admitTo lets somebody into a server that is one room.
func (b *book) admitTo(serverID, userID id.ID, state sfu.State) Claim {
	claim := Claim{ServerID: serverID, UserID: userID, SessionID: "session of " + userID.String(), Token: "token for " + serverID.String()}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.grants[claim] = Grant{ServerID: serverID, RoomID: serverID, UserID: userID, SessionID: claim.SessionID, State: state}
	return claim
}

// streamer is a program that speaks WHIP or WHEP.
type streamer struct {
	t        *testing.T
	h        *hall
	key      string
	pc       *webrtc.PeerConnection
	location string
	tag      string
	reading  sync.WaitGroup
	// came gets the kind of each packet of media that comes.
	came chan webrtc.RTPCodecType
}

func (h *hall) newStreamer(t *testing.T, key string) *streamer {
	t.Helper()
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	s := &streamer{t: t, h: h, key: key, pc: pc, came: make(chan webrtc.RTPCodecType, 100)}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		s.reading.Add(1)
		defer s.reading.Done()
		buffer := make([]byte, 1500)
		for {
			if _, _, err := track.Read(buffer); err != nil {
				return
			}
			select {
			case s.came <- track.Kind():
			default:
			}
		}
	})
	t.Cleanup(func() {
		if err := pc.GracefulClose(); err != nil {
			t.Error(err)
		}
		s.reading.Wait()
	})
	return s
}

// do asks the hall something.
func (s *streamer) do(method, path, body string, header map[string]string) (status int, answer string, from http.Header) {
	s.t.Helper()
	request, err := http.NewRequest(method, strings.TrimSuffix(strings.Replace(s.h.url, "ws", "http", 1), "/voice")+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.key)
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text), response.Header
}

// offer makes the client's offer its own.
func (s *streamer) offer(options *webrtc.OfferOptions) string {
	s.t.Helper()
	offer, err := s.pc.CreateOffer(options)
	if err == nil {
		err = s.pc.SetLocalDescription(offer)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return offer.SDP
}

// begin posts the client's offer.
func (s *streamer) begin(path string) {
	s.t.Helper()
	connected := make(chan struct{})
	s.pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			close(connected)
		}
	})
	status, answer, header := s.do(http.MethodPost, path, s.offer(nil), map[string]string{"Content-Type": "application/sdp"})
	if status != http.StatusCreated || header.Get("Content-Type") != "application/sdp" || header.Get("ETag") == "" || !strings.HasPrefix(header.Get("Location"), path+"/") {
		s.t.Fatalf("the offer is answered %d: %s (%v)", status, answer, header)
	}
	s.location, s.tag = header.Get("Location"), header.Get("ETag")
	s.accept(answer)
	select {
	case <-connected:
	case <-time.After(patience):
		s.t.Fatal("media never connected")
	}
}

func (s *streamer) accept(answer string) {
	s.t.Helper()
	if err := s.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		s.t.Fatalf("%v\n%s", err, answer)
	}
}

// publish shows sound and pictures until the test ends.
func (s *streamer) publish(videoCodec string, picture []byte) {
	s.t.Helper()
	var tracks []*webrtc.TrackLocalStaticSample
	for _, codec := range []string{webrtc.MimeTypeOpus, videoCodec} {
		track, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: codec}, codec, "stream")
		var transceiver *webrtc.RTPTransceiver
		if err == nil {
			transceiver, err = s.pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		}
		if err == nil { // Programs offer the one codec that they send.
			err = transceiver.SetCodecPreferences(slices.DeleteFunc(transceiver.Sender().GetParameters().Codecs, func(c webrtc.RTPCodecParameters) bool { return c.MimeType != codec }))
		}
		if err != nil {
			s.t.Fatal(err)
		}
		tracks = append(tracks, track)
	}
	s.begin("/whip")
	done := make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() {
		for ticker := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-done:
				ticker.Stop()
				return
			case <-ticker.C:
				tracks[0].WriteSample(sample())
				tracks[1].WriteSample(media.Sample{Data: picture, Duration: 20 * time.Millisecond})
			}
		}
	})
	s.t.Cleanup(func() {
		close(done)
		sending.Wait()
	})
}

// play watches alice's stream.
func (s *streamer) play() {
	s.t.Helper()
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		if _, err := s.pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
			s.t.Fatal(err)
		}
	}
	s.begin("/whep/" + alice.String())
}

// untilCame waits for sound and pictures, some of each.
func (s *streamer) untilCame() {
	s.t.Helper()
	counts := make(map[webrtc.RTPCodecType]int)
	timeout := time.After(patience)
	for counts[webrtc.RTPCodecTypeAudio] < 5 || counts[webrtc.RTPCodecTypeVideo] < 5 {
		select {
		case kind := <-s.came:
			counts[kind]++
		case <-timeout:
			s.t.Fatalf("what came is %v", counts)
		}
	}
}

// Key frames as encoders begin them: VP8 of 16 by 16 pixels (RFC 6386 section 9.1), and H.264 with its parameters.
var (
	vp8Picture  = []byte{0x10, 0, 0, 0x9D, 0x01, 0x2A, 16, 0, 16, 0, 1, 2, 3, 4}
	h264Picture = []byte{0, 0, 0, 1, 0x67, 0x42, 0xE0, 0x1F, 1, 0, 0, 0, 1, 0x68, 0xCE, 1, 0, 0, 0, 1, 0x65, 0x88, 1, 2, 3}
)

func TestAStreamIsShownAndPlayedOverHTTP(t *testing.T) {
	for codec, picture := range map[string][]byte{webrtc.MimeTypeVP8: vp8Picture, webrtc.MimeTypeH264: h264Picture} {
		t.Run(codec, func(t *testing.T) {
			h := open(t, nil)
			obs := h.newStreamer(t, "key of alice")
			obs.publish(codec, picture)
			player := h.newStreamer(t, "key of bob")
			player.play()
			player.untilCame()

			if status, said, _ := player.do(http.MethodDelete, player.location, "", nil); status != http.StatusOK {
				t.Errorf("the player's goodbye is answered %d: %s", status, said)
			}
			h.book.expectLeft(t, bob)
			if status, said, _ := obs.do(http.MethodDelete, obs.location, "", nil); status != http.StatusOK {
				t.Errorf("the goodbye is answered %d: %s", status, said)
			}
			h.book.expectLeft(t, alice)
			if status, _, _ := obs.do(http.MethodDelete, obs.location, "", nil); status != http.StatusNotFound {
				t.Errorf("a second goodbye is answered %d", status)
			}
		})
	}
}

func TestICEOfAStreamIsRestarted(t *testing.T) {
	h := open(t, nil)
	obs := h.newStreamer(t, "key of alice")
	obs.publish(webrtc.MimeTypeVP8, vp8Picture)
	player := h.newStreamer(t, "key of bob")
	player.play()
	player.untilCame()

	patch := func(body, match string, want int) (string, http.Header) {
		t.Helper()
		header := map[string]string{"Content-Type": "application/trickle-ice-sdpfrag"}
		if match != "" {
			header["If-Match"] = match
		}
		status, said, from := obs.do(http.MethodPatch, obs.location, body, header)
		if status != want {
			t.Fatalf("%q is answered %d: %s", body, status, said)
		}
		return said, from
	}
	candidate := "a=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n"
	patch(candidate, obs.tag, http.StatusNoContent)
	patch(candidate, "", http.StatusPreconditionRequired)
	patch(candidate, `"another"`, http.StatusPreconditionFailed)

	user, password := iceOf(obs.offer(&webrtc.OfferOptions{ICERestart: true}))
	fragment, header := patch("a=ice-ufrag:"+user+"\r\na=ice-pwd:"+password+"\r\n", "*", http.StatusOK)
	if tag := header.Get("ETag"); tag == "" || tag == obs.tag || header.Get("Content-Type") != "application/trickle-ice-sdpfrag" {
		t.Errorf("the restart is answered with %v", header)
	}
	patch(candidate, obs.tag, http.StatusPreconditionFailed)
	// The client puts what the fragment says into the answer that it has.
	theirs, secret := iceOf(fragment)
	if theirs == "" || secret == "" || !strings.Contains(fragment, "a=candidate:") && !strings.Contains(fragment, "a=end-of-candidates") {
		t.Fatalf("the fragment is %q", fragment)
	}
	obs.accept(withICE(obs.pc.CurrentRemoteDescription().SDP, theirs, secret))
	for range cap(player.came) {
		select {
		case <-player.came: // of before
		default:
		}
	}
	player.untilCame()
	h.book.expectNobodyLeft(t)
}

func TestAStreamThatTheHallEndsIsGone(t *testing.T) {
	h := open(t, nil)
	obs := h.newStreamer(t, "key of alice")
	obs.publish(webrtc.MimeTypeVP8, vp8Picture)
	h.Disconnect(stage, alice, CloseDisconnected)
	if status, _, _ := obs.do(http.MethodDelete, obs.location, "", nil); status != http.StatusNotFound {
		t.Errorf("what is over is answered %d", status)
	}
	h.Server.mu.Lock()
	defer h.Server.mu.Unlock()
	if len(h.resources) != 0 {
		t.Error("a resource is left")
	}
}

func TestAProgramThatIsGoneEndsItsStream(t *testing.T) {
	h := open(t, func(options *Options) { options.Grace = time.Millisecond })
	obs := h.newStreamer(t, "key of alice")
	obs.publish(webrtc.MimeTypeVP8, vp8Picture)
	h.mu.Lock()
	session := h.sessions[place{stage, alice}]
	h.mu.Unlock()
	if session.broken() {
		t.Error("a session without a WebSocket counts as broken")
	}
	obs.pc.Close() // DTLS says goodbye
	h.book.expectLeft(t, alice)
}

func TestWhatCannotBeStreamedIsRefusedClearly(t *testing.T) {
	h := open(t, nil)
	offer := func(codec string, kind webrtc.RTPCodecType) string {
		engine := &webrtc.MediaEngine{}
		if err := engine.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: codec, ClockRate: 90000}, PayloadType: 100}, kind); err != nil {
			t.Fatal(err)
		}
		pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(engine)).NewPeerConnection(webrtc.Configuration{})
		if err != nil {
			t.Fatal(err)
		}
		defer pc.Close()
		if _, err := pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}); err != nil {
			t.Fatal(err)
		}
		made, err := pc.CreateOffer(nil)
		if err != nil {
			t.Fatal(err)
		}
		return made.SDP
	}
	sdpType := map[string]string{"Content-Type": "application/sdp; charset=utf-8"}
	for name, test := range map[string]struct {
		method, path, body, key string
		header                  map[string]string
		status                  int
		says                    string
	}{
		"no key":             {"POST", "/whip", "v=0", "", sdpType, http.StatusUnauthorized, "stream key"},
		"another key":        {"POST", "/whip", "v=0", "key of mallory", sdpType, http.StatusUnauthorized, "no stream key"},
		"no SDP":             {"POST", "/whip", "{}", "key of alice", map[string]string{"Content-Type": "application/json"}, http.StatusUnsupportedMediaType, "application/sdp"},
		"bad SDP":            {"POST", "/whip", "v=0 is not enough", "key of alice", sdpType, http.StatusUnprocessableEntity, "session description"},
		"too much SDP":       {"POST", "/whip", strings.Repeat("v=0\r\n", sfu.MaxOffer), "key of alice", sdpType, http.StatusRequestEntityTooLarge, "too large"},
		"sound as telephony": {"POST", "/whip", offer("audio/PCMU", webrtc.RTPCodecTypeAudio), "key of alice", sdpType, http.StatusUnprocessableEntity, "Opus"},
		"video as H.265":     {"POST", "/whip", offer(webrtc.MimeTypeH265, webrtc.RTPCodecTypeVideo), "key of alice", sdpType, http.StatusUnprocessableEntity, "H.264"},
		"nobody's stream":    {"POST", "/whep/77", "v=0", "key of bob", sdpType, http.StatusNotFound, "Nobody"},
		"no id":              {"POST", "/whep/alice", "v=0", "key of bob", sdpType, http.StatusNotFound, "Nobody"},
		"no such resource":   {"DELETE", "/whip/abc", "", "key of alice", nil, http.StatusNotFound, "no such stream"},
		"asking for it":      {"GET", "/whip", "", "key of alice", nil, http.StatusMethodNotAllowed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := &streamer{t: t, h: h, key: test.key}
			status, said, header := s.do(test.method, test.path, test.body, test.header)
			if status != test.status || !strings.Contains(said, test.says) {
				t.Errorf("it is answered %d: %s", status, said)
			}
			if (status == http.StatusUnauthorized) != (header.Get("WWW-Authenticate") != "") {
				t.Errorf("the header is %v", header)
			}
		})
	}
	obs := h.newStreamer(t, "key of alice")
	obs.publish(webrtc.MimeTypeVP8, vp8Picture)
	mallory := &streamer{t: t, h: h, key: "key of mallory"}
	if status, _, _ := mallory.do(http.MethodDelete, obs.location, "", nil); status != http.StatusNotFound {
		t.Errorf("somebody else's goodbye is answered %d", status)
	}
	if status, _, header := mallory.do(http.MethodOptions, "/whip", "", nil); status != http.StatusNoContent || header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("a browser's question is answered %d, %v", status, header)
	}
}

// Whatever a fragment says, what is made of it is one credential a line.
func FuzzFragments(f *testing.F) {
	f.Add("a=ice-ufrag:abcd\r\na=ice-pwd:efgh\r\n")
	f.Add("a=ice-ufrag:a\rb\n")
	f.Fuzz(func(t *testing.T, text string) {
		user, password := iceOf(text)
		changed := withICE("v=0\r\na=ice-ufrag:x\r\na=ice-pwd:y\r\n", user, password)
		if strings.Count(changed, "\n") != 3 {
			t.Errorf("%q becomes %q", text, changed)
		}
		fragmentOf(text)
	})
}
