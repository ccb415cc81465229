package signal

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/rtc/sfu"
	"guildhall/store/id"
)

const carol id.ID = 3

// never is a grace period that no test waits for.
const never = time.Hour

func TestABrokenConnectionIsResumedWithWhatWasMissed(t *testing.T) {
	h := open(t, func(options *Options) { options.Grace = never })
	a, claim := h.enter(t, alice)
	b, _ := h.enter(t, bob)
	inA, inB := a.callIn(1), b.callIn(1)
	inB.untilHeardBy(inA, 0)
	a.expect(OpVideo, nil)
	seen := a.seq
	a.cut()
	inB.untilHeardBy(inA, 0) // media goes on
	h.enter(t, carol)

	again := h.dial(t, "8")
	again.resume(claim, seen)
	var joined ClientsConnect
	missed := again.expectThat(OpClientsConnect, &joined, func() bool { return joined.UserIDs[0] == carol })
	if missed.Seq <= seen {
		t.Errorf("what was missed has number %d after %d", missed.Seq, seen)
	}
	again.expect(OpResumed, nil)
	inB.untilHeardBy(inA, 0)
	again.send(OpHeartbeat, map[string]any{"t": 1, "seq_ack": missed.Seq})
	again.expect(OpHeartbeatAck, nil)
	h.book.expectNobodyLeft(t)
	for _, f := range b.passed {
		if f.Op == OpClientDisconnect {
			t.Errorf("bob was told that alice left")
		}
	}
}

func TestResumingTakesTheSessionFromAConnectionThatSeemsAlive(t *testing.T) {
	h := open(t, nil)
	a, claim := h.enter(t, alice)
	again := h.dial(t, "8")
	again.resume(claim, 0)
	again.expect(OpResumed, nil)
	a.expectClose(CloseSession)
	h.book.expectNobodyLeft(t)
}

func TestOldVersionsResumeWithoutNumbers(t *testing.T) {
	h := open(t, nil)
	claim := h.book.admit(alice, lounge, sfu.State{})
	a := h.dial(t, "4")
	a.identify(claim)
	a.cut()
	again := h.dial(t, "4")
	again.send(OpResume, map[string]any{"server_id": guild, "session_id": claim.SessionID, "token": claim.Token})
	again.expect(OpResumed, nil)
}

func TestWhatCannotBeResumedIsRefused(t *testing.T) {
	h := open(t, func(options *Options) { options.Grace = never })
	a, claim := h.enter(t, alice)
	wrong := func(change func(*Resume)) *visitor {
		seen := 0
		request := Resume{ServerID: guild, SessionID: claim.SessionID, Token: claim.Token, SeqAck: &seen}
		change(&request)
		v := h.dial(t, "8")
		v.send(OpResume, request)
		return v
	}
	wrong(func(r *Resume) { r.Token = "another" }).expectClose(CloseSession)
	wrong(func(r *Resume) { r.SessionID = "another" }).expectClose(CloseSession)
	wrong(func(r *Resume) { r.ServerID++ }).expectClose(CloseSession)
	wrong(func(r *Resume) { *r.SeqAck = 1000 }).expectClose(CloseSession)
	a.cut()
	for i := range maxReplay + 1 {
		v, _ := h.enter(t, id.ID(1000+i))
		v.cut()
	}
	wrong(func(*Resume) {}).expectClose(CloseSession) // too much was missed
	again := h.dial(t, "8")
	again.identify(claim)
}

func TestIdentifyingAnewFindsThePlaceInTheRoom(t *testing.T) {
	h := open(t, func(options *Options) { options.Grace = never })
	a, claim := h.enter(t, alice)
	b, _ := h.enter(t, bob)
	inA, inB := a.callIn(1), b.callIn(1)
	inB.untilHeardBy(inA, 0)
	a.cut()
	again := h.dial(t, "8")
	again.identify(claim)
	var present ClientsConnect
	var video Video
	again.expect(OpClientsConnect, &present)
	again.expect(OpVideo, &video)
	if len(present.UserIDs) != 1 || present.UserIDs[0] != bob || video.UserID != bob {
		t.Errorf("got %v and %+v", present, video)
	}
	inB.untilHeardBy(inA, video.AudioSSRC) // over the media connection that is still there
	inA.visitor = again
	inA.negotiate(nil)
	inA.untilHeardBy(inB, 0)
	for _, f := range b.passed {
		if f.Op == OpClientDisconnect {
			t.Error("bob was told that alice left")
		}
	}
	h.book.expectNobodyLeft(t)
}

func TestWhoDoesNotComeBackIsGone(t *testing.T) {
	h := open(t, func(options *Options) { options.Grace = 50 * time.Millisecond })
	a, claim := h.enter(t, alice)
	b, _ := h.enter(t, bob)
	a.cut()
	b.expect(OpClientDisconnect, nil)
	h.book.expectLeft(t, alice)
	late := h.dial(t, "8")
	late.resume(claim, 0)
	late.expectClose(CloseSession)
}

func TestWhoseMediaIsLostIsGoneIfItDoesNotComeBack(t *testing.T) {
	h := open(t, func(options *Options) { options.Grace = 50 * time.Millisecond })
	a, _ := h.enter(t, alice)
	b, _ := h.enter(t, bob)
	in := a.callIn(0)
	in.untilHeardBy(b.callIn(1), 0) // A goodbye is understood only when the server's side of the connection stands too.
	if err := in.pc.Close(); err != nil {
		t.Fatal(err)
	}
	a.expectClose(CloseSession)
	h.book.expectLeft(t, alice)
}

func TestWhoSaysGoodbyeIsGoneAtOnce(t *testing.T) {
	h := open(t, func(options *Options) { options.Grace = never })
	for _, code := range []int{websocket.CloseNormalClosure, websocket.CloseGoingAway} {
		a, _ := h.enter(t, alice)
		a.socket.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), deadline())
		h.book.expectLeft(t, alice)
	}
}

func TestWhoIsTakenOutHearsNothingAndMayNotResume(t *testing.T) {
	h := open(t, nil)
	a, claim := h.enter(t, alice)
	b, _ := h.enter(t, bob)
	inA, inB := a.callIn(1), b.callIn(1)
	inB.untilHeardBy(inA, 0)
	h.Disconnect(guild, alice, CloseDisconnected)
	if stats := h.options.SFU.Stats(); len(stats) != 1 || stats[0].UserID != bob {
		t.Errorf("%+v are in rooms", stats)
	}
	a.expectClose(CloseDisconnected)
	var gone ClientDisconnect
	b.expect(OpClientDisconnect, &gone)
	again := h.dial(t, "8")
	again.resume(claim, 0)
	again.expectClose(CloseSession)
	h.book.expectNobodyLeft(t)
	h.Disconnect(guild, alice, CloseDisconnected) // who is not here
	h.Update(guild, alice, sfu.State{})
}

func TestMutingIsEnforcedAndTold(t *testing.T) {
	h := open(t, nil)
	a, _ := h.enter(t, alice)
	b, _ := h.enter(t, bob)
	inA, inB := a.callIn(1), b.callIn(1)
	inB.untilHeardBy(inA, 0)
	var speaking Speaking
	b.send(OpSpeaking, map[string]any{"speaking": 1, "ssrc": 5, "delay": 0})
	a.expectThat(OpSpeaking, &speaking, func() bool { return speaking.Speaking == 1 })
	if speaking.UserID != bob || speaking.SSRC == 0 {
		t.Errorf("got %+v", speaking)
	}
	h.Update(guild, bob, sfu.State{Mute: true})
	a.expectThat(OpSpeaking, &speaking, func() bool { return speaking.Speaking == 0 })
	before := sentTo(h, alice)
	for range 5 {
		if err := inB.sound.WriteSample(sample()); err != nil {
			t.Fatal(err)
		}
	}
	inA.untilHeardBy(inB, 0)
	if after := sentTo(h, alice); after != before {
		t.Errorf("%d packets of bob came", after-before)
	}
	h.Update(guild, bob, sfu.State{})
	inB.untilHeardBy(inA, 0)
}

// sentTo counts the packets that went to somebody.
func sentTo(h *hall, userID id.ID) uint64 {
	for _, stats := range h.options.SFU.Stats() {
		if stats.UserID == userID {
			return stats.Sent.Packets
		}
	}
	return 0
}

func TestMovingLeavesTheOldRoom(t *testing.T) {
	h := open(t, nil)
	a, _ := h.enter(t, alice)
	b, _ := h.enter(t, bob)
	moved := h.dial(t, "8")
	moved.identify(h.book.admit(alice, attic, sfu.State{}))
	a.expectClose(CloseSession)
	b.expect(OpClientDisconnect, nil)
	for _, stats := range h.options.SFU.Stats() {
		if stats.UserID == alice && stats.RoomID != attic {
			t.Errorf("alice is in %s", stats.RoomID)
		}
	}
	h.book.expectNobodyLeft(t)
}

func TestWhatHappensWhileSomebodyJoinsIsNotLost(t *testing.T) {
	h := open(t, nil)
	claim := h.book.admit(alice, lounge, sfu.State{})
	h.book.asked = func(Claim) { h.Disconnect(guild, alice, CloseDisconnected) }
	v := h.dial(t, "8")
	v.send(OpIdentify, Identify(claim))
	v.expectClose(CloseDisconnected)
	if stats := h.options.SFU.Stats(); len(stats) != 0 {
		t.Errorf("%+v are in rooms", stats)
	}
	h.book.mu.Lock()
	h.book.asked = func(Claim) { h.Update(guild, alice, sfu.State{Mute: true}) }
	h.book.mu.Unlock()
	h.dial(t, "8").identify(claim)
	if stats := h.options.SFU.Stats(); len(stats) != 1 || !stats[0].State.Mute {
		t.Errorf("got %+v", stats)
	}
}

func TestAPlannedRestartAsksClientsToComeBack(t *testing.T) {
	h := open(t, nil)
	a, _ := h.enter(t, alice)
	a.callIn(0)
	stranger := h.dial(t, "8")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	a.expectClose(CloseCrashed)
	stranger.expectClose(CloseCrashed)
	h.book.expectNobodyLeft(t)
	if _, _, err := websocket.DefaultDialer.Dial(h.url, nil); err == nil {
		t.Error("a closed gateway takes connections")
	}
}

func TestFramesThatAreWrongCloseWithTheirCode(t *testing.T) {
	h := open(t, nil)
	claim := h.book.admit(alice, lounge, sfu.State{})
	identify, err := json.Marshal(map[string]any{"op": 0, "d": Identify(claim)})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		frames []string
		want   CloseCode
	}{
		"no JSON":                   {[]string{`{`}, CloseDecode},
		"no object":                 {[]string{`[]`}, CloseDecode},
		"no opcode":                 {[]string{`{"d":1}`}, CloseDecode},
		"an opcode of another type": {[]string{`{"op":"0"}`}, CloseDecode},
		"an unknown opcode":         {[]string{`{"op":99}`}, CloseOpcode},
		"one of the server's":       {[]string{`{"op":2}`}, CloseOpcode},
		"before identifying":        {[]string{`{"op":1,"d":{}}`}, CloseNotIdentified},
		"a bad id":                  {[]string{`{"op":0,"d":{"server_id":"x"}}`}, CloseDecode},
		"a bad token":               {[]string{strings.Replace(string(identify), "token of", "token for", 1)}, CloseAuthentication},
		"identifying twice":         {[]string{string(identify), string(identify)}, CloseIdentified},
		"resuming afterwards":       {[]string{string(identify), `{"op":7,"d":{}}`}, CloseIdentified},
		"resuming nonsense":         {[]string{`{"op":7,"d":7}`}, CloseDecode},
		"another protocol":          {[]string{string(identify), `{"op":1,"d":{"protocol":"rtp","data":{}}}`}, CloseProtocol},
		"another encryption mode":   {[]string{string(identify), `{"op":1,"d":{"protocol":"udp","data":{"address":"127.0.0.1","port":1,"mode":"x"}}}`}, CloseMode},
		"no encryption mode":        {[]string{string(identify), `{"op":1,"d":{"protocol":"udp","data":{}}}`}, CloseMode},
		"an offer for protocol udp": {[]string{string(identify), `{"op":1,"d":{"protocol":"udp","data":"v=0"}}`}, CloseDecode},
		"a fragment of an offer":    {[]string{string(identify), `{"op":1,"d":{"protocol":"webrtc","data":"a=extmap"}}`}, CloseProtocol},
		"an offer of another type":  {[]string{string(identify), `{"op":1,"d":{"protocol":"webrtc","data":5}}`}, CloseDecode},
		"an object without offer":   {[]string{string(identify), `{"op":1,"d":{"protocol":"webrtc","data":{"sdp":5}}}`}, CloseDecode},
		"a bad offer":               {[]string{string(identify), `{"op":1,"d":{"protocol":"webrtc","data":"v=0 is not enough"}}`}, CloseDecode},
		"speaking nonsense":         {[]string{string(identify), `{"op":5,"d":{"speaking":"loud"}}`}, CloseDecode},
		"speaking too many bits":    {[]string{string(identify), `{"op":5,"d":{"speaking":256}}`}, CloseDecode},
		"a bad video":               {[]string{string(identify), `{"op":12,"d":{"video_ssrc":-1}}`}, CloseDecode},
		"bad wants":                 {[]string{string(identify), `{"op":15,"d":[]}`}, CloseDecode},
		"a bad heartbeat":           {[]string{`{"op":3,"d":"soon"}`}, CloseDecode},
		"an empty heartbeat":        {[]string{`{"op":3,"d":""}`}, CloseDecode},
		"a bad object heartbeat":    {[]string{`{"op":3,"d":{"t":{}}}`}, CloseDecode},
		"a huge frame":              {[]string{`{"op":3,"d":"` + strings.Repeat("x", maxFrame) + `"}`}, CloseDecode},
		"too many frames":           {repeatFrame(`{"op":3,"d":1}`, 2*framesBurst), CloseRate},
	} {
		t.Run(name, func(t *testing.T) {
			v := h.dial(t, "8")
			for _, frame := range test.frames {
				v.socket.WriteMessage(websocket.TextMessage, []byte(frame)) // the last of many may find it closed
			}
			v.expectClose(test.want)
		})
	}
	t.Run("a binary frame", func(t *testing.T) {
		v := h.dial(t, "8")
		v.socket.WriteMessage(websocket.BinaryMessage, []byte(`{"op":3,"d":1}`))
		v.expectClose(CloseDecode)
	})
}

func repeatFrame(frame string, count int) []string {
	frames := make([]string, count)
	for i := range frames {
		frames[i] = frame
	}
	return frames
}

func TestWithoutHeartbeatsTheConnectionIsClosedAndMayBeResumed(t *testing.T) {
	h := open(t, func(options *Options) { options.HeartbeatInterval = 50 * time.Millisecond; options.Grace = never })
	a, claim := h.enter(t, alice)
	a.expectClose(CloseTimeout)
	h.book.expectNobodyLeft(t)
	again := h.dial(t, "8")
	again.resume(claim, 0)
	again.expect(OpResumed, nil)
}

func TestAClientThatDoesNotReadIsLetGoAndMayResume(t *testing.T) {
	h := open(t, func(options *Options) { options.Grace = never })
	_, claim := h.enter(t, alice)
	h.mu.Lock()
	session := h.sessions[place{guild, alice}]
	h.mu.Unlock()
	session.mu.Lock()
	connection := session.connection
	session.mu.Unlock()
	// More than the kernel's buffers and the queue hold.
	large := strings.Repeat("x", 64<<10)
	for !connection.isClosed() {
		connection.send(serverFrame{Op: OpBackendVersion, Data: BackendVersion{Voice: large}})
	}
	again := h.dial(t, "8")
	again.resume(claim, 0)
	again.expect(OpResumed, nil)
	h.book.expectNobodyLeft(t)
}

func TestConnectionsAreBounded(t *testing.T) {
	h := open(t, func(options *Options) { options.MaxConnections = 2 })
	h.dial(t, "8")
	h.dial(t, "8")
	_, response, err := websocket.DefaultDialer.Dial(h.url, nil)
	if err == nil || response == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a third connection: %v, %v", response, err)
	}
}

func FuzzFrames(f *testing.F) {
	for _, seed := range []string{
		`{"op":0,"d":{"server_id":"1","user_id":"2","session_id":"a","token":"b","video":true,"streams":[]}}`, `{"op":1,"d":{"protocol":"webrtc","data":"v=0"}}`,
		`{"op":3,"d":{"t":1,"seq_ack":1}}`, `{"op":3,"d":null}`, `{"op":5,"d":{"speaking":true}}`, `{"op":7,"d":{"server_id":"1"}}`, `{"op":12,"d":{"streams":[{}]}}`,
		`{"op":15,"d":{"any":100}}`, `{"op":16}`, `{"op":18}`, `[]`, ``,
	} {
		f.Add(seed)
	}
	server := New(Options{Authority: &book{}, SFU: nil, IP: func(*http.Request) string { return "" }})
	f.Cleanup(func() { server.Close() })
	f.Fuzz(func(t *testing.T, text string) {
		c := &connection{server: server, version: 8, outgoing: make(chan serverFrame, 10)}
		if err := c.handle([]byte(text)); err != nil {
			if code := (&closing{}); !asClosing(err, &code) || code.code < 4000 || len(code.reason) > 123 {
				t.Errorf("%q: %v", text, err)
			}
		}
		close(c.outgoing)
		for frame := range c.outgoing {
			if _, err := json.Marshal(frame); err != nil {
				t.Errorf("%q is answered by what cannot be encoded: %v", text, err)
			}
		}
	})
}

func asClosing(err error, into **closing) bool {
	known, ok := err.(*closing) //nolint:errorlint // handlers give it as it is
	if ok {
		*into = known
	}
	return ok
}
