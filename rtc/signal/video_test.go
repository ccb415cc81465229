package signal

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"testing"

	"github.com/pion/webrtc/v4"

	"guildhall/rtc/sfu"
)

// addVideo adds a section for a camera, or for somebody else's, to a call.
func (c *call) addVideo(direction webrtc.RTPTransceiverDirection) {
	c.t.Helper()
	if _, err := c.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: direction}); err != nil {
		c.t.Fatal(err)
	}
}

func TestOthersAreToldOfACamera(t *testing.T) {
	h := open(t, nil)
	a := h.dial(t, "8")
	a.identify(h.book.admit(alice, lounge, sfu.State{Video: true}))
	inA := a.callIn(1)
	b, _ := h.enter(t, bob)
	inB := b.callIn(1)
	inB.addVideo(webrtc.RTPTransceiverDirectionRecvonly)
	inB.negotiate(nil)
	inA.addVideo(webrtc.RTPTransceiverDirectionSendonly)
	if answer := inA.negotiate(nil); answer.VideoCodec != "VP8" {
		t.Errorf("the codec is %s", answer.VideoCodec)
	}
	var video Video
	for len(video.Streams) == 0 {
		b.expect(OpVideo, &video)
	}
	if video.UserID != alice || !video.Audio || video.AudioSSRC == 0 || video.VideoSSRC == 0 || video.RTXSSRC == 0 ||
		video.Streams[0] != (Stream{Type: "video", SSRC: video.VideoSSRC, RTXSSRC: video.RTXSSRC, Active: true, Quality: 100}) {
		t.Errorf("bob was told %+v", video)
	}
	a.send(OpVideo, Video{VideoSSRC: 8, Streams: []Stream{{Type: "video", RID: "", Active: false}}})
	b.expect(OpVideo, &video)
	if len(video.Streams) != 0 || video.VideoSSRC != 0 || video.AudioSSRC == 0 {
		t.Errorf("bob was told %+v", video)
	}
	a.send(OpVideo, Video{VideoSSRC: 8, Streams: []Stream{{Type: "video", RID: "", Active: true}}})
	b.expect(OpVideo, &video)
	if len(video.Streams) != 1 {
		t.Errorf("bob was told %+v", video)
	}
	h.Update(guild, alice, sfu.State{})
	b.expect(OpVideo, &video)
	if len(video.Streams) != 0 || !video.Audio {
		t.Errorf("bob was told %+v", video)
	}
}

func TestBadVideoFramesAreRefused(t *testing.T) {
	for op, bad := range map[Opcode][]string{
		OpVideo:          {`{"streams":[{},{},{},{},{}]}`, `{"streams":[{"rid":"` + fmt.Sprintf("%033d", 0) + `"}]}`, `{"video_ssrc":-1}`, `[]`},
		OpMediaSinkWants: {`{"any":101}`, `{"any":-1}`, `{"any":"much"}`, `{"7":1000}`, `{"pixelCounts":7}`, `7`},
	} {
		for _, text := range bad {
			h := open(t, nil)
			v, _ := h.enter(t, alice)
			v.send(op, json.RawMessage(text))
			v.expectClose(CloseDecode)
		}
	}
}

func TestSinkWantsAreRead(t *testing.T) {
	got, err := sinkWants([]byte(`{"any": 50, "7": 0, "8": 100.0, "streams": "of a later version", "pixelCounts": {"7": 57600, "x": 1, "9": 1e300}}`))
	want := sfu.Wants{Any: 50, Quality: map[uint32]int{7: 0, 8: 100}, Pixels: map[uint32]int{7: 57600, 9: mostPixels}}
	if err != nil || got.Any != want.Any || !maps.Equal(got.Quality, want.Quality) || !maps.Equal(got.Pixels, want.Pixels) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := sinkWants([]byte(`{}`)); err != nil || got.Any != 100 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func FuzzVideoFrames(f *testing.F) {
	f.Add([]byte(`{"any": 50, "7": 0, "pixelCounts": {"7": 57600}}`))
	f.Add([]byte(`{"audio_ssrc":7,"video_ssrc":8,"rtx_ssrc":9,"streams":[{"type":"video","rid":"100","ssrc":8,"active":true,"quality":100}]}`))
	f.Add([]byte(`{"pixelCounts":{"1":-1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if wants, err := sinkWants(data); err == nil {
			for ssrc, quality := range wants.Quality {
				if quality < 0 || quality > bestQuality || wants.Pixels[ssrc] < 0 || wants.Any < 0 || wants.Any > bestQuality {
					t.Errorf("%q became %+v", data, wants)
				}
			}
		} else if _, ok := errors.AsType[*closing](err); !ok {
			t.Errorf("%q: %v", data, err)
		}
		var request Video
		if json.Unmarshal(data, &request) != nil {
			return
		}
		if _, layers, err := declared(request); err == nil {
			for _, layer := range layers {
				if layer.Quality < 1 || layer.Quality > bestQuality || len(layer.RID) > maxRID || len(layers) > maxStreams {
					t.Errorf("%q became %+v", data, layers)
				}
			}
		}
	})
}
