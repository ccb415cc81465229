package sfu

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
)

// publication is a track that a peer sends to the room. It lasts as long as the peer offers to send it, also when its transport is made anew.
type publication struct {
	peer *Peer
	kind Kind
	// sinks are where it is received; the room's lock guards it. fanout is a copy that packets go by without a lock.
	sinks  []sink
	fanout atomic.Pointer[[]sink]

	mu sync.Mutex
	// source is the stream whose packets count.
	source *incoming
	// outgoing is the packet that is on its way, here so that none needs memory of its own.
	outgoing packet
	// held tells that the last packet was held back because its sender is muted.
	held     bool
	speech   speech
	received reception
}

// incoming is a stream of packets of a publication, as a transport receives it. Its fields but for part do not change.
type incoming struct {
	publication *publication
	from        transport
	ssrc        uint32
	// levels tells whether the stream's packets carry their level.
	levels bool
	// part is guarded by the publication's lock.
	part streamPart
}

// clocks numbers the tracks that were ever received.
var clocks atomic.Uint64

// relist renews the list that packets go by. The room's lock is held.
func (p *publication) relist() {
	fanout := append([]sink(nil), p.sinks...)
	p.fanout.Store(&fanout)
}

// attach makes a stream of a transport the one that counts. levels tells whether its packets carry their level.
func (p *publication) attach(from transport, ssrc uint32, levels bool) *incoming {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.source = &incoming{publication: p, from: from, ssrc: ssrc, levels: levels, part: streamPart{clock: clocks.Add(1)}}
	p.received = reception{ssrc: ssrc, packets: p.received.packets, bytes: p.received.bytes}
	return p.source
}

// take passes a packet on to everybody who receives the publication. The packet is lent. Level is its level, or levelUnknown; size is how long it is in all.
func (in *incoming) take(received *rtp.Packet, level uint8, size int, now time.Time) {
	p := in.publication
	p.mu.Lock()
	if p.source != in {
		p.mu.Unlock()
		return
	}
	p.received.count(received.SequenceNumber, received.Timestamp, size, now)
	muted := p.peer.has(muteBit)
	if muted {
		p.held = true
	} else if p.held {
		p.held = false
		in.part.gap++
	}
	changed := false
	if !muted {
		changed = p.speech.hear(level, now)
	}
	if fanout := p.fanout.Load(); !muted && fanout != nil && len(received.Payload) > 0 {
		p.outgoing = packet{Packet: received, part: in.part, at: now}
		for _, sink := range *fanout {
			sink.send(p, &p.outgoing)
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
	return p.speech.speaking, p.source != nil && p.source.levels
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
