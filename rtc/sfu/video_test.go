package sfu

import (
	"strings"
	"testing"
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
