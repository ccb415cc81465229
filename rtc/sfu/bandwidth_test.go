package sfu

import (
	"testing"
)

func TestLayersFallAndReturnWithTheBandwidthAndSoundGoesOn(t *testing.T) {
	s := openSFU(t, nil)
	a := joinWithCamera(t, s, lounge, alice, 0, "q", "h", "f")
	for i, layer := range a.cam.layers { // some 110, 430 and 1,300 kbit/s
		layer.packets, layer.size = []int{1, 2, 4}[i], []int{200, 400, 600}[i]
	}
	b := enter(t, s, lounge, bob, State{})
	network := b.dialThrough(1)
	b.addViews(1)
	b.negotiate()
	b.untilConnected()
	a.mic.speak(loud)
	a.cam.film()
	b.untilSees(a, 2)
	network.limit.Store(450_000)
	b.untilSees(a, 0)
	b.untilHears(a)
	b.until(t, "the best layer is not sent any more", func() bool { return b.peer.view(0) == 0 })
	b.untilHears(a)
	network.limit.Store(0)
	b.untilSees(a, 2)
	b.untilHears(a)
}

// view is the index of the layer that a peer's view sends now, -1 is none.
func (p *Peer) view(at int) int {
	for _, slot := range p.transport.(*connection).slots {
		if slot.kind != Video {
			continue
		}
		if at--; at >= 0 {
			continue
		}
		published := slot.publication.Load()
		published.mu.Lock()
		defer published.mu.Unlock()
		slot.mu.Lock()
		defer slot.mu.Unlock()
		for i, in := range published.layers {
			if in == slot.view.feed.source {
				return i
			}
		}
	}
	return -1
}
