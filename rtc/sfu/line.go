package sfu

import (
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"guildhall/store/id"
)

// LineOptions set a Line up.
type LineOptions struct {
	// SSRC is that of the peer's own packets. Nobody else is ever heard under it.
	SSRC uint32
	// Send sends a packet to the peer: Opus, under the SSRC of whoever is heard. It tells whether it was sent. It is called by many at once, but for each SSRC
	// by one after the other; it must return soon, and must not call the SFU. The sound is only lent.
	Send func(ssrc uint32, sequence uint16, timestamp uint32, opus []byte) bool
	// Path tells how and from where media comes, for Stats.
	Path func() (string, netip.AddrPort)
}

// Line is the media of a peer whose packets come and go by functions, as a bot's do. It carries sound, and has a place for everybody.
type Line struct {
	peer    *Peer
	options LineOptions

	// stream is what the peer sends, once it does.
	stream atomic.Pointer[incoming]
	// places are by whose sound they are for: who is heard again is heard under the same SSRC. The room's lock guards them.
	places map[id.ID]*linePlace
}

// maxIdlePlaces is how many places of people who are not heard any more are kept.
const maxIdlePlaces = 256

// OpenLine makes the peer's media come and go by functions, in place of the transport that it has. Its events are told whom it hears. The line ends when the
// peer leaves or takes another transport.
func (p *Peer) OpenLine(options LineOptions) (*Line, error) {
	l := &Line{peer: p, options: options, places: make(map[id.ID]*linePlace)}
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	if p.left {
		return nil, ErrLeft
	}
	before := p.use(l)
	if before != nil {
		for kind := range p.publications {
			p.room.unpublish(p, Kind(kind))
		}
		p.sfu.work.Go(before.close)
	}
	p.room.fill(p)
	for _, other := range p.room.othersOf(p) {
		if other.told != 0 {
			p.events.Speaking(other.userID, p.ssrcOf(other, Audio), other.told)
		}
	}
	p.events.Connection(ConnectionConnected)
	return l, nil
}

// Take takes a packet of the peer. The sound is only lent; size is how long the packet was in all, in bytes. It is called by one after the other.
func (l *Line) Take(sequence uint16, timestamp uint32, opus []byte, size int) {
	stream := l.stream.Load()
	if stream == nil {
		if stream = l.begin(); stream == nil {
			return
		}
	}
	packet := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: l.options.SSRC, SequenceNumber: sequence, Timestamp: timestamp}, Payload: opus}
	stream.take(&packet, levelUnknown, size, time.Now())
}

// begin makes the peer heard. Whoever only listens takes up nobody's place.
func (l *Line) begin() *incoming {
	l.peer.room.mu.Lock()
	defer l.peer.room.mu.Unlock()
	return l.publish()
}

// publish is begin with the room's lock held.
func (l *Line) publish() *incoming {
	if stream := l.stream.Load(); stream != nil || l.peer.transport != l {
		return stream
	}
	published := l.peer.room.publish(l.peer, Audio)
	if published == nil {
		return nil
	}
	stream := published.attach(l, stream{ssrc: l.options.SSRC})
	l.stream.Store(stream)
	return stream
}

// place implements transport.
func (l *Line) place(of *publication) sink {
	if of.kind != Audio {
		return nil
	}
	userID := of.peer.userID
	if there := l.places[userID]; there != nil {
		return there
	}
	if len(l.places) >= maxIdlePlaces {
		l.tidy()
	}
	made := &linePlace{line: l, ssrc: l.newSSRC()}
	l.places[userID] = made
	return made
}

// tidy forgets the places of those who are not heard any more.
func (l *Line) tidy() {
	for userID, place := range l.places {
		if place.publication.Load() == nil {
			delete(l.places, userID)
		}
	}
}

// newSSRC chooses an SSRC that is nobody's on this line (RFC 3550 section 8).
func (l *Line) newSSRC() uint32 {
	taken := map[uint32]bool{0: true, l.options.SSRC: true}
	for _, place := range l.places {
		taken[place.ssrc] = true
	}
	for {
		if ssrc := rand.Uint32(); !taken[ssrc] {
			return ssrc
		}
	}
}

func (l *Line) sinks() []sink {
	sinks := make([]sink, 0, len(l.places))
	for _, place := range l.places {
		sinks = append(sinks, place)
	}
	return sinks
}

func (l *Line) condition() ConnectionState { return ConnectionConnected }

// feedback passes over reports: bots have no use for them.
func (l *Line) feedback([]rtcp.Packet) error { return nil }

func (l *Line) tick(time.Time, bool) {}

func (l *Line) path() (string, netip.AddrPort) { return l.options.Path() }

func (l *Line) close() {}

// linePlace is where somebody is heard on a line.
type linePlace struct {
	line *Line
	ssrc uint32

	// publication is who is heard here, nil while nobody is. The room's lock is held when it changes.
	publication atomic.Pointer[publication]

	mu       sync.Mutex
	rewriter rewriter
	sent     sentCounters
}

func (s *linePlace) receiver() *Peer { return s.line.peer }

func (s *linePlace) number() uint32 { return s.ssrc }

func (s *linePlace) give(publication *publication) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.publication.Store(publication)
}

// send gives a packet to the peer without any header extension, whatever it came with.
func (s *linePlace) send(from *publication, packet *packet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.publication.Load() != from {
		return
	}
	if s.line.peer.has(deafBit) {
		s.rewriter.pause()
		return
	}
	numbers, ok := s.rewriter.rewrite(packet.part, packet.SequenceNumber, packet.Timestamp, packet.at)
	if ok && s.line.options.Send(s.ssrc, numbers.sequence, numbers.timestamp, packet.Payload) {
		s.sent.packets++
		s.sent.bytes += uint64(len(packet.Payload))
	}
}

func (s *linePlace) addTo(stats *Stats) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.publication.Load() != nil {
		stats.Hears++
	}
	stats.Sent.Packets += s.sent.packets
	stats.Sent.Bytes += s.sent.bytes
}
