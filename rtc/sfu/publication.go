package sfu

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
)

// publication is what a peer sends to the room: its microphone. It lasts as long as the peer offers to send, also when its connection is made anew.
type publication struct {
	peer *Peer
	// slots are where it is heard; the room's lock guards it. fanout is a copy that packets go by without a lock.
	slots  []*slot
	fanout atomic.Pointer[[]*slot]

	mu sync.Mutex
	// source is the connection whose packets count.
	source *connection
	part   streamPart
	// held tells that the last packet was held back because its sender is muted.
	held     bool
	levels   bool
	speech   speech
	received reception
}

// clocks numbers the tracks that were ever received.
var clocks atomic.Uint64

// relist renews the list that packets go by. The room's lock is held.
func (p *publication) relist() {
	fanout := append([]*slot(nil), p.slots...)
	p.fanout.Store(&fanout)
}

// attach makes a track of a connection the one that counts. levels tells whether its packets carry their level.
func (p *publication) attach(source *connection, ssrc uint32, levels bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.source, p.levels = source, levels
	p.part = streamPart{clock: clocks.Add(1)}
	p.received = reception{ssrc: ssrc, packets: p.received.packets, bytes: p.received.bytes}
}

// take passes a packet on to everybody who hears the publication.
func (p *publication) take(source *connection, packet *rtp.Packet, level uint8, size int, now time.Time) {
	p.mu.Lock()
	if p.source != source {
		p.mu.Unlock()
		return
	}
	p.received.count(packet.SequenceNumber, packet.Timestamp, size, now)
	muted := p.peer.State().Mute
	if muted {
		p.held = true
	} else if p.held {
		p.held = false
		p.part.gap++
	}
	part := p.part
	changed := false
	if !muted {
		changed = p.speech.hear(level, now)
	}
	// Slots are written to under the lock, so that no packet overtakes another.
	if fanout := p.fanout.Load(); !muted && fanout != nil && len(packet.Payload) > 0 {
		for _, slot := range *fanout {
			slot.send(p, part, packet, now)
		}
	}
	p.mu.Unlock()
	if changed {
		p.peer.speechChanged(p)
	}
}

// speaking tells whether there is speech, and whether that is known from levels.
func (p *publication) speaking() (speaking, levels bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.speech.speaking, p.levels
}

// hush ends speech, because the sender was muted.
func (p *publication) hush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.speech.cease()
}

// expire ends speech when nothing loud has come for a while; it tells whether it did.
func (p *publication) expire(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.speech.expire(now)
}
