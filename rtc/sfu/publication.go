package sfu

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"guildhall/rtc/mux"
)

// publication is a track that a peer sends to the room. It lasts as long as the peer offers to send it, also when its transport is made anew. Sound comes
// as one stream, video as one for each simulcast layer.
type publication struct {
	peer *Peer
	kind Kind
	// sinks are where it is received; the room's lock guards it. fanout is a copy that packets go by without a lock.
	sinks  []sink
	fanout atomic.Pointer[[]sink]
	// queue is where packets wait for others that leave with them; nil where the socket does not do that.
	queue *mux.Queue
	// wanted is how many of its layers are wanted, as its sender knows, and wantedUntil until when fewer change nothing. The room's lock guards both.
	wanted      int
	wantedUntil time.Time
	// codec and described are what others are told of video. The room's lock guards both.
	codec     Codec
	described []Layer

	mu sync.Mutex
	// layers are the streams whose packets count, the worst first. They are all of one transport.
	layers []*incoming
	// outgoing is the packet that is on its way, here so that none needs memory of its own.
	outgoing packet
	// faint tells that others in the room are louder, and held that the last packet was held back, because of that or because its sender is muted.
	faint  bool
	held   bool
	speech speech
	// before counts what came on streams that were replaced.
	before struct{ packets, bytes uint64 }
}

// stream says what a stream of packets is.
type stream struct {
	ssrc uint32
	// levels tells whether packets carry the level of their sound.
	levels bool
	// codec is that of video, rid the name of its simulcast layer, if it has one, and quality how good that is, from 1 to 100, in relation to the others.
	codec   Codec
	rid     string
	quality int
}

// incoming is a stream of packets of a publication, as a transport receives it. What follows on the first three does not change only where it says so.
type incoming struct {
	publication *publication
	from        transport
	stream      // it does not change, but for the quality

	// The publication's lock guards the rest.
	current  bool
	part     streamPart
	received reception
	rate     meter
	video    *layer
}

// clocks numbers the tracks that were ever received.
var clocks atomic.Uint64

// relist renews the list that packets go by. The room's lock is held.
func (p *publication) relist() {
	fanout := append([]sink(nil), p.sinks...)
	p.fanout.Store(&fanout)
}

// attach makes a stream of a transport one of those that count, in place of the one of the same layer, and of all that another transport brought.
func (p *publication) attach(from transport, of stream) *incoming {
	p.mu.Lock()
	defer p.mu.Unlock()
	made := &incoming{publication: p, from: from, stream: of, current: true, part: streamPart{clock: clocks.Add(1)}}
	made.received = reception{ssrc: of.ssrc, clock: opusClock}
	if p.kind == Video {
		made.received.clock = videoClock
		made.video = &layer{}
	}
	p.layers = slices.DeleteFunc(p.layers, func(old *incoming) bool {
		if old.from == from && old.rid != of.rid {
			return false
		}
		old.current = false
		p.before.packets += old.received.packets
		p.before.bytes += old.received.bytes
		return true
	})
	p.layers = append(p.layers, made)
	slices.SortStableFunc(p.layers, func(a, b *incoming) int { return a.quality - b.quality })
	return made
}

// take passes a packet on to everybody who receives the publication. The packet is lent. Level is its level, or levelUnknown; size is how long it is in all.
// It tells whether the stream still counts.
func (in *incoming) take(received *rtp.Packet, level uint8, size int, now time.Time) bool {
	p := in.publication
	p.mu.Lock()
	if !in.current {
		p.mu.Unlock()
		return false
	}
	in.received.count(received.SequenceNumber, received.Timestamp, size, now)
	in.rate.add(size, now)
	if in.video != nil {
		in.takeVideo(received, now)
		feedback := p.feedback(now)
		p.mu.Unlock()
		in.ask(feedback)
		return true
	}
	muted := p.peer.has(muteBit)
	if muted || p.faint {
		p.held = true
	} else if p.held {
		p.held = false
		in.part.gap++
	}
	changed := false
	if !muted {
		changed = p.speech.hear(level, now)
	}
	if !p.held && len(received.Payload) > 0 {
		p.pass(packet{Packet: received, part: in.part, at: now, in: in})
	}
	p.mu.Unlock()
	if changed {
		p.peer.speechChanged(p)
	}
	return true
}

// pass gives a packet to everybody who receives the publication. The lock is held.
func (p *publication) pass(one packet) {
	fanout := p.fanout.Load()
	if fanout == nil {
		return
	}
	p.outgoing = one
	for _, sink := range *fanout {
		sink.send(p, &p.outgoing)
	}
	if p.kind != Video || one.Marker {
		p.flush()
	}
}

// flush has everybody get a sound, or a whole picture, at once.
func (p *publication) flush() {
	if p.queue != nil {
		p.queue.Flush()
	}
	if p.peer.sfu.flush != nil {
		p.peer.sfu.flush()
	}
}

// ask sends control packets to the publisher. It is called without locks.
func (in *incoming) ask(feedback []rtcp.Packet) {
	if len(feedback) > 0 {
		_ = in.from.feedback(feedback) // It fails when the connection is not up, or not any more.
	}
}

// speaking tells whether there is speech, and whether that is known from levels.
func (p *publication) speaking() (speaking, levels bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.speech.speaking, len(p.layers) > 0 && p.layers[0].levels
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
