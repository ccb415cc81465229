package sfu

import (
	"encoding/binary"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"guildhall/store/id"
)

// everyNth loses every nth packet of the streams under some SSRCs.
func everyNth(n uint64, toClient bool, of func() []uint32) *func([]byte, bool) bool {
	var count atomic.Uint64
	lose := func(packet []byte, to bool) bool {
		if to != toClient {
			return false
		}
		ssrc := binary.BigEndian.Uint32(packet[8:])
		for _, one := range of() {
			if one == ssrc {
				return count.Add(1)%n == 0
			}
		}
		return false
	}
	return &lose
}

// untilWhole waits until so many whole frames of somebody have come since one that is whole, none missing between. The receiver asks for what it has not got.
func (c *client) untilWhole(from id.ID, frames int) {
	c.t.Helper()
	c.until(c.t, "all is whole", func() bool {
		parts, first := make(map[uint32]int), uint32(0)
		for _, e := range c.watched {
			seen := make(map[uint16]bool)
			for _, packet := range e.packets {
				if packet.from == from && !seen[packet.sequence] {
					seen[packet.sequence] = true
					parts[packet.frame]++
					if first == 0 || packet.frame < first {
						first = packet.frame
					}
				}
			}
			if len(e.packets) > 0 {
				for i := range uint32(frames) {
					if parts[first+i] != e.packets[0].count {
						return false
					}
				}
			}
		}
		return first > 0
	})
}

func TestWhatIsLostOnTheWayToAViewerIsSentAgain(t *testing.T) {
	s := openSFU(t, nil)
	a := joinWithCamera(t, s, lounge, alice, 0)
	b := enter(t, s, lounge, bob, State{})
	network := b.dialThrough(1)
	b.addViews(1)
	network.lose.Store(everyNth(10, true, func() []uint32 { return []uint32{b.seen[alice].VideoSSRC} }))
	b.negotiate()
	b.untilConnected()
	a.cam.film()
	b.untilWhole(alice, 60)
	if b.peer.Stats().Sent.Resent == 0 {
		t.Error("nothing was sent again")
	}
	if received := a.peer.Stats().Received; received.Lost != 0 {
		t.Errorf("the way from alice loses nothing, and the figures are %+v", received)
	}
	// The first key frame may be asked for by the server and by the viewer, before anything could be lost that is not repaired.
	if requests := a.cam.requests(); requests > 2 {
		t.Errorf("%d key frames were asked for", requests)
	}
}

func TestWhatIsLostOnTheWayFromAPublisherIsAskedForOnce(t *testing.T) {
	s := openSFU(t, nil)
	a := enter(t, s, lounge, alice, State{Video: true})
	network := a.dialThrough(0)
	a.addCamera()
	a.negotiate()
	a.untilConnected()
	network.lose.Store(everyNth(10, false, func() []uint32 {
		return []uint32{uint32(a.cam.transceiver.Sender().GetParameters().Encodings[0].SSRC)}
	}))
	b, c := joinToWatch(t, s, lounge, bob, 1), joinToWatch(t, s, lounge, carol, 1)
	a.cam.film()
	b.untilWhole(alice, 60)
	c.untilWhole(alice, 60)
}

func TestWhoComesLaterIsServedFromTheCache(t *testing.T) {
	s := openSFU(t, nil)
	a, b := joinWithCamera(t, s, lounge, alice, 0), joinToWatch(t, s, lounge, bob, 1)
	a.cam.film()
	b.untilSees(a, -1)
	requests := a.cam.requests()
	c := joinToWatch(t, s, lounge, carol, 0)
	c.addViews(1)
	c.negotiate()
	c.untilSees(a, -1)
	place := get(c.observer, func() uint32 { return c.seen[alice].VideoSSRC })
	checkPicture(t, c, place)
	if now := a.cam.requests(); now != requests {
		t.Errorf("%d key frames were asked for", now-requests)
	}
}

func TestKeyFramesAreAskedForOnceASecondWhoeverWantsThem(t *testing.T) {
	p := &publication{kind: Video}
	in := p.attach(nil, stream{ssrc: 7, codec: VP8, quality: 100})
	now := time.Unix(1000, 0)
	asked := 0
	for i := range 50 { // 5 s in which everybody asks all the time
		in.video.keyWanted = true
		for _, packet := range p.feedback(now.Add(time.Duration(i) * 100 * time.Millisecond)) {
			if request, ok := packet.(*rtcp.PictureLossIndication); !ok || request.MediaSSRC != 7 {
				t.Errorf("got %v", packet)
			}
			asked++
		}
	}
	if asked != 5 {
		t.Errorf("asked %d times", asked)
	}
}

func TestMissingPacketsAreAskedForAndGivenUp(t *testing.T) {
	var m missing
	now := time.Unix(1000, 0)
	at := func(ms int) time.Time { return now.Add(time.Duration(ms) * time.Millisecond) }
	m.note(65534, at(0))
	m.note(1, at(0)) // 65535 and 0 are missing
	if due, _ := m.due(at(5)); len(due) != 0 {
		t.Errorf("%v are asked for before they can have been overtaken", due)
	}
	m.note(0, at(6))
	if due, _ := m.due(at(11)); len(due) != 1 || due[0] != 65535 {
		t.Errorf("%v are asked for", due)
	}
	if due, _ := m.due(at(20)); len(due) != 0 {
		t.Errorf("%v are asked for again at once", due)
	}
	attempts, gone := 1, false
	for ms := 100; ms < 5000 && !gone; ms += 100 {
		due, givenUp := m.due(at(ms))
		attempts += len(due)
		gone = givenUp
	}
	if attempts != missingAttempts || !gone || len(m.waiting) != 0 {
		t.Errorf("%d attempts, given up: %t", attempts, gone)
	}
	if m.note(2, at(6000)) || !m.note(500, at(6000)) || len(m.waiting) != 0 {
		t.Errorf("a gap of 497 packets is waited for: %d", len(m.waiting))
	}
}

func TestWhatNobodyWantsIsStoppedAtItsSource(t *testing.T) {
	s := openSFU(t, nil)
	a, b := joinWithCamera(t, s, lounge, alice, 0, "q", "h", "f"), joinToWatch(t, s, lounge, bob, 1)
	a.cam.film()
	b.untilSees(a, 2)
	b.peer.Want(Wants{Any: 50})
	a.until(t, "the best layer is not wanted", func() bool {
		return a.wanted != nil && a.wanted.Quality == 50 && len(a.wanted.Layers) == 3 && a.wanted.Layers[1].Wanted && !a.wanted.Layers[2].Wanted && a.wanted.Layers[2].RID == "f"
	})
	b.peer.Want(Wants{Any: 0})
	a.until(t, "nothing is wanted", func() bool { return a.wanted.Quality == 0 && !a.wanted.Layers[0].Wanted })
	seen := get(b.observer, func() int { return b.seeing(alice, -1) })
	// What passes from now on is of somebody else.
	c := joinWithCamera(t, s, lounge, carol, 0)
	c.cam.film()
	a.addViews(1)
	a.negotiate()
	a.untilSees(c, -1)
	if now := get(b.observer, func() int { return b.seeing(alice, -1) }); now > seen+10 {
		t.Errorf("%d packets came that are not wanted", now-seen)
	}
	b.peer.Want(Wants{Any: 100})
	a.until(t, "all is wanted", func() bool { return a.wanted.Quality == 100 && a.wanted.Layers[2].Wanted })
	b.untilSees(a, 2)
	checkPicture(t, b, get(b.observer, func() uint32 { return b.seen[alice].VideoSSRC }))
}

func TestWhoFallsBackToAWorseLayerWhenABetterOneStops(t *testing.T) {
	s := openSFU(t, nil)
	a, b := joinWithCamera(t, s, lounge, alice, 0, "q", "f"), joinToWatch(t, s, lounge, bob, 1)
	a.cam.film()
	b.untilSees(a, 1)
	a.cam.mu.Lock()
	a.cam.layers[1].off = true // as browsers do when they have too little bandwidth
	a.cam.mu.Unlock()
	b.untilSees(a, 0)
	a.cam.mu.Lock()
	a.cam.layers[1].off, a.cam.layers[1].key = false, true
	a.cam.mu.Unlock()
	b.untilSees(a, 1)
	checkPicture(t, b, get(b.observer, func() uint32 { return b.seen[alice].VideoSSRC }))
}
