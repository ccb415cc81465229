package signal

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/rtc/sfu"
	"guildhall/store/id"
)

func TestTwoVisitorsHearEachOther(t *testing.T) {
	h := open(t, nil)
	a, _ := h.enter(t, alice)
	inA := a.callIn(1)
	b, _ := h.enter(t, bob)
	inB := b.callIn(1)

	var present ClientsConnect
	b.expect(OpClientsConnect, &present)
	if !slices.Equal(present.UserIDs, []id.ID{alice}) {
		t.Errorf("bob was told of %v", present.UserIDs)
	}
	var video Video
	a.expect(OpVideo, &video)
	if video.UserID != bob || video.AudioSSRC == 0 {
		t.Errorf("alice was told %+v", video)
	}
	inB.untilHeardBy(inA, video.AudioSSRC)
	b.expect(OpVideo, &video)
	inA.untilHeardBy(inB, video.AudioSSRC)

	b.socket.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), deadline())
	var gone ClientDisconnect
	a.expect(OpClientDisconnect, &gone)
	if gone.UserID != bob {
		t.Errorf("%s left instead of bob", gone.UserID)
	}
	h.book.expectLeft(t, bob)
}

func TestReadyHasWhatLibrariesNeed(t *testing.T) {
	h := open(t, nil)
	v := h.dial(t, "8")
	claim := h.book.admit(alice, lounge, sfu.State{})
	v.send(OpIdentify, Identify(claim))
	var ready map[string]any
	v.expect(OpReady, &ready)
	for key, check := range map[string]func(any) bool{
		"ssrc":               func(v any) bool { n, ok := v.(float64); return ok && n > 0 },
		"ip":                 func(v any) bool { return v == "127.0.0.1" },
		"port":               func(v any) bool { return v == float64(h.options.Port) },
		"heartbeat_interval": func(v any) bool { return v == 13750.0 },
		"modes":              isList, "experiments": isList, "streams": isList, "ice_servers": isList,
	} {
		if !check(ready[key]) {
			t.Errorf("%s is %v", key, ready[key])
		}
	}
}

func isList(value any) bool { _, ok := value.([]any); return ok }

func TestTheAnswerNamesWhoIsHeardAndWhereTheClientReachedTheHall(t *testing.T) {
	h := open(t, nil)
	a, _ := h.enter(t, alice)
	a.callIn(0)
	b, _ := h.enter(t, bob)
	inB := b.callIn(2)
	answer := inB.negotiate(nil)
	for _, want := range []string{"v=0", "a=ice-lite", "a=msid:1 1-audio\r\n", "typ host", "127.0.0.1", "a=end-of-candidates"} {
		if !strings.Contains(answer.SDP, want) {
			t.Errorf("%q is not in\n%s", want, answer.SDP)
		}
	}
	if answer.AudioCodec != "opus" || answer.MediaSessionID == "" || answer.DAVEProtocolVersion != 0 {
		t.Errorf("got %+v", answer)
	}
}

func TestAnOfferMayComeInAnObject(t *testing.T) {
	h := open(t, nil)
	a, _ := h.enter(t, alice)
	in := a.callIn(0)
	a.send(OpSelectProtocol, map[string]any{"protocol": "webrtc", "data": map[string]string{"sdp": in.pc.LocalDescription().SDP}})
	a.expect(OpSessionDescription, nil)
}

func TestOldAndNewVersions(t *testing.T) {
	h := open(t, nil)
	a, _ := h.enter(t, alice)
	for _, version := range []string{"", "1", "2", "3", "4", "5", "6", "7", "8", "9"} {
		t.Run("v="+version, func(t *testing.T) {
			v := h.dial(t, version)
			var hello Hello
			v.expect(OpHello, &hello)
			if version == "" && hello.Version != 3 || version != "" && version != string(rune('0'+hello.Version)) || hello.HeartbeatInterval != 13750 {
				t.Errorf("hello is %+v", hello)
			}
			v.identify(h.book.admit(bob, lounge, sfu.State{}))
			present := v.expect(OpClientsConnect, nil)
			if numbered := present.Seq > 0; numbered != (hello.Version >= 8) {
				t.Errorf("seq is %d", present.Seq)
			}
			a.callIn(0) // so that alice publishes, and may speak
			a.send(OpSpeaking, map[string]any{"speaking": 5, "delay": 0, "ssrc": 1})
			speaking := v.expect(OpSpeaking, nil)
			want := `"speaking":5`
			if hello.Version < 4 {
				want = `"speaking":true`
			}
			if !strings.Contains(string(speaking.Data), want) || !strings.Contains(string(speaking.Data), `"user_id":"1"`) {
				t.Errorf("speaking is %s", speaking.Data)
			}
			a.send(OpSpeaking, map[string]any{"speaking": false})
			v.expectThat(OpSpeaking, nil, func() bool { return true })
			v.socket.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), deadline())
			h.book.expectLeft(t, bob)
		})
	}
}

func TestOtherVersionsAreRefused(t *testing.T) {
	h := open(t, nil)
	for _, version := range []string{"0", "10", "-1", "eight"} {
		h.dial(t, version).expectClose(CloseProtocol)
	}
}

func TestHeartbeatsAreAnsweredInTheirOwnForm(t *testing.T) {
	h := open(t, nil)
	v := h.dial(t, "8")
	for beat, want := range map[string]string{
		`{"t":1501184119561,"seq_ack":10}`: `{"t":1501184119561}`,
		`1501184119561`:                    `1501184119561`,
		`1.5`:                              `1.5`,
		`null`:                             `null`,
	} {
		v.send(OpHeartbeat, json.RawMessage(beat)) // before identifying too
		if ack := v.expect(OpHeartbeatAck, nil); string(ack.Data) != want {
			t.Errorf("%s was answered by %s", beat, ack.Data)
		}
	}
}

func TestSmallQuestions(t *testing.T) {
	h := open(t, nil)
	v, _ := h.enter(t, alice)
	v.send(OpClientFlags, map[string]any{"flags": 3})
	v.send(OpClientPlatform, map[string]any{"platform": 0})
	v.send(OpMediaSinkWants, map[string]any{"any": 100})
	v.send(OpBackendVersion, map[string]any{})
	var version BackendVersion
	v.expect(OpBackendVersion, &version)
	if version.Voice != "test" {
		t.Errorf("got %+v", version)
	}
}

func TestWhoMayNotSendVideoIsToldThatNoneIsSent(t *testing.T) {
	h := open(t, nil)
	v, _ := h.enter(t, alice)
	v.send(OpVideo, map[string]any{"audio_ssrc": 7, "video_ssrc": 0, "rtx_ssrc": 0, "streams": []any{}})
	v.send(OpVideo, map[string]any{"audio_ssrc": 7, "video_ssrc": 8, "rtx_ssrc": 9, "streams": []any{map[string]any{"type": "video", "rid": "100", "ssrc": 8, "active": true, "quality": 100}}})
	var video Video
	v.expect(OpVideo, &video)
	if video.UserID != alice || video.AudioSSRC != 7 || video.VideoSSRC != 0 || len(video.Streams) != 0 {
		t.Errorf("got %+v", video)
	}
	if len(v.passed) > 1 { // HELLO
		t.Errorf("more came: %v", v.passed)
	}
}

// deadline bounds a control frame.
func deadline() time.Time { return time.Now().Add(patience) }
