package sfu

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"

	"guildhall/store/id"
)

func TestACameraIsSeen(t *testing.T) {
	s := openSFU(t, nil)
	a, b := joinWithCamera(t, s, lounge, alice, 1), joinToWatch(t, s, lounge, bob, 1)
	a.cam.film()
	a.mic.speak(loud)
	b.untilSees(a, -1)
	b.untilHears(a)
	seen := get(b.observer, func() Subscription { return b.seen[alice] })
	if !seen.Audio || !seen.Video || seen.AudioSSRC == 0 || seen.VideoSSRC == 0 || seen.RTXSSRC == 0 || seen.Codec != VP8 || len(seen.Layers) != 1 {
		t.Errorf("bob was told %+v", seen)
	}
	checkPicture(t, b, seen.VideoSSRC)
	answer := b.negotiate()
	if !strings.Contains(answer, "a=msid:1 1-video\r\n") || !strings.Contains(answer, "a=msid:1 1-audio\r\n") {
		t.Errorf("the answer is\n%s", answer)
	}
	if camera := strings.Split(a.pc.RemoteDescription().SDP, "m=video")[1]; strings.Contains(camera, "VP9") || !strings.Contains(camera, "transport-cc") || !strings.Contains(camera, "rtx/90000") {
		t.Errorf("the camera was answered with\n%s", camera)
	}
	if a.is(func() bool { return a.seeing(alice, -1) > 0 }) {
		t.Error("alice sees herself")
	}
}

func TestWhoMayNotSendVideoIsNotSeen(t *testing.T) {
	s := openSFU(t, nil)
	a, b := joinWithCamera(t, s, lounge, alice, 1), joinToWatch(t, s, lounge, bob, 2)
	c := joinWithCamera(t, s, lounge, carol, 1)
	a.peer.SetState(State{})
	a.cam.film()
	c.cam.film()
	b.untilSees(c, -1)
	if b.is(func() bool { return b.seeing(alice, -1) > 0 || b.seen[alice].Video }) {
		t.Error("alice is seen")
	}
	a.peer.SetState(State{Video: true})
	b.untilSees(a, -1)
	a.peer.SetState(State{})
	b.until(t, "alice is gone from sight", func() bool { return !b.seen[alice].Video && b.seen[alice].Audio })
	b.untilSees(c, -1)
	seen := get(b.observer, func() int { return b.seeing(alice, -1) })
	b.untilSees(c, -1)
	if now := get(b.observer, func() int { return b.seeing(alice, -1) }); now != seen {
		t.Errorf("%d packets came after alice was forbidden to send", now-seen)
	}
}

func TestACameraComesAndGoesAsItsClientSays(t *testing.T) {
	s := openSFU(t, nil)
	a, b := joinWithCamera(t, s, lounge, alice, 0), joinToWatch(t, s, lounge, bob, 1)
	a.cam.film()
	b.untilSees(a, -1)
	a.peer.Show(false, nil)
	b.until(t, "the camera is off", func() bool { return !b.seen[alice].Video })
	a.peer.Show(true, nil)
	b.untilSees(a, -1)
	place := get(b.observer, func() uint32 { return b.seen[alice].VideoSSRC })
	checkPicture(t, b, place)
}

func TestMoreCamerasThanPlacesAreSeenAfterAnotherOffer(t *testing.T) {
	s := openSFU(t, nil)
	a := joinToWatch(t, s, lounge, alice, 1)
	b, c := joinWithCamera(t, s, lounge, bob, 0), joinWithCamera(t, s, lounge, carol, 0)
	b.cam.film()
	c.cam.film()
	a.untilSees(b, -1)
	a.until(t, "alice knows of carol's camera", func() bool { return a.seen[carol].Video && a.seen[carol].VideoSSRC == 0 })
	a.addViews(1)
	a.negotiate()
	a.untilSees(c, -1)
	a.untilSees(b, -1)
}

func TestLayersChangeAsTheyAreWanted(t *testing.T) {
	s := openSFU(t, nil)
	a, b := joinWithCamera(t, s, lounge, alice, 0, "q", "h", "f"), joinToWatch(t, s, lounge, bob, 1)
	a.cam.film()
	b.untilSees(a, 2)
	place := get(b.observer, func() uint32 { return b.seen[alice].VideoSSRC })
	if layers := get(b.observer, func() []Layer { return b.seen[alice].Layers }); len(layers) != 3 || layers[0] != (Layer{"q", 25}) || layers[2] != (Layer{"f", 100}) {
		t.Errorf("bob was told of %v", layers)
	}
	b.peer.Want(Wants{Any: 25})
	b.untilSees(a, 0)
	b.peer.Want(Wants{Any: 100, Quality: map[uint32]int{place: 40}})
	b.untilSees(a, 1)
	b.peer.Want(Wants{Any: 100, Pixels: map[uint32]int{place: 300 * 160}})
	b.untilSees(a, 0)
	b.peer.Want(Wants{Any: 100})
	b.untilSees(a, 2)
	checkPicture(t, b, place)
}

// prefers has the client's offers name some codecs only, the favourite first.
func (c *client) prefers(codecs ...string) {
	c.t.Helper()
	var all []webrtc.RTPCodecParameters
	for _, codec := range codecs {
		for _, format := range videoFormats {
			if string(format.codec) == codec {
				all = append(all, webrtc.RTPCodecParameters{PayloadType: format.payloadType, RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: "video/" + codec, ClockRate: videoClock, SDPFmtpLine: format.parameters}})
				break
			}
		}
	}
	for _, transceiver := range c.pc.GetTransceivers() {
		if transceiver.Kind() == webrtc.RTPCodecTypeVideo {
			if err := transceiver.SetCodecPreferences(all); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

// answered are the codecs that a client's camera was answered with.
func (c *client) answered() (codecs []string) {
	camera := strings.Split(c.pc.RemoteDescription().SDP, "m=video")[1]
	for _, line := range strings.Split(camera, "\r\n") {
		if codec, ok := strings.CutPrefix(line, "a=rtpmap:"); ok {
			_, codec, _ = strings.Cut(codec, " ")
			codec, _, _ = strings.Cut(codec, "/")
			if codec != "rtx" && !slices.Contains(codecs, codec) {
				codecs = append(codecs, codec)
			}
		}
	}
	return codecs
}

func TestTheRoomAgreesOnACodecThatEverybodyHas(t *testing.T) {
	s := openSFU(t, nil)
	a := enter(t, s, lounge, alice, State{Video: true})
	a.dial(true, 1)
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeH264, ClockRate: videoClock, SDPFmtpLine: videoFormats[1].parameters}, "cam", "client")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}); err != nil {
		t.Fatal(err)
	}
	a.prefers("H264", "VP8")
	a.negotiate()
	a.untilConnected()
	if got := a.answered(); !slices.Equal(got, []string{"H264"}) || a.peer.Codec() != H264 {
		t.Errorf("alone in the room alice sends %v", got)
	}
	joinToWatch(t, s, lounge, bob, 1)
	if a.is(func() bool { return a.codec != H264 }) {
		t.Errorf("alice was told of %s", a.codec)
	}
	c := enter(t, s, lounge, carol, State{})
	c.dial(false, 1)
	c.addViews(1)
	c.prefers("VP8")
	c.negotiate()
	a.until(t, "alice is told of the codec that carol has", func() bool { return a.codec == VP8 })
	a.negotiate()
	if got := a.answered(); !slices.Equal(got, []string{"VP8"}) {
		t.Errorf("with carol alice sends %v", got)
	}
	c.peer.Leave()
	a.until(t, "alice is told that carol does not matter any more", func() bool { return a.codec == H264 })
}

func TestAStreamHasItsPictureAndItsSound(t *testing.T) {
	s := openSFU(t, nil)
	stream := lounge + 1000
	a := enter(t, s, stream, alice, State{Video: true, Soundshare: true})
	a.dial(true, 0)
	a.addCamera("l", "h")
	a.negotiate()
	a.untilConnected()
	a.mic.speak(loud)
	a.cam.film()
	for _, viewer := range []id.ID{bob, carol} {
		v := enter(t, s, stream, viewer, State{Viewer: true, Video: true})
		v.dial(true, 1)
		v.addCamera()
		v.addViews(1)
		v.negotiate()
		v.untilConnected()
		v.untilSees(a, 1)
		v.untilHears(a)
		v.until(t, "the sound is that of a screen", func() bool { return v.speaking[alice] == SpeakingSoundshare })
	}
	if a.is(func() bool { return len(a.seen) > 0 }) {
		t.Errorf("alice is told of %v", a.seen)
	}
}

func TestManyPeopleComeAndGoWithCameras(t *testing.T) {
	people, cameras := 10, 2
	if !testing.Short() {
		people, cameras = 16, 3
	}
	if os.Getenv("GUILDHALL_SOAK") != "" {
		people, cameras = 50, 10
	}
	s := openSFU(t, nil)
	var filming []*client
	for i := range cameras {
		c := joinWithCamera(t, s, lounge, id.ID(i+1), 1, "q", "f")
		c.cam.film()
		filming = append(filming, c)
	}
	watcher := joinToWatch(t, s, lounge, 1000, cameras)
	for i := cameras; i < people; i++ {
		c := joinToWatch(t, s, lounge, id.ID(i+1), 2)
		c.untilSees(filming[0], -1)
		if i%2 == 0 {
			c.close()
		}
	}
	for _, c := range filming {
		watcher.untilSees(c, -1)
		c.close()
	}
	watcher.until(t, "nobody films any more", func() bool {
		return !slices.ContainsFunc(filming, func(c *client) bool { return watcher.present[c.userID] })
	})
}
