package sfu

import (
	"sync"
	"time"

	"github.com/pion/rtcp"
)

// sending numbers the packets of video that go to a client across all of its streams, and makes an estimate of its bandwidth of what the client says about
// when they arrived.
type sending struct {
	mu    sync.Mutex
	began time.Time
	next  uint16
	// ring are the last packets, nil until there is one.
	ring      []departure
	estimator estimator
	// heard is when the client reported last, and unheard since when packets have gone out without a report.
	heard, unheard time.Time
	// probe is the attempt to find out whether the path carries more.
	probe probe
	// repeats is how many bytes may be sent again now, as of repeatsAt.
	repeats   float64
	repeatsAt time.Time
}

// What is sent again takes a quarter of the bandwidth at most, and so much at once as comes to a fifth of a second: otherwise a queue that loses packets would be filled with them.
const (
	repeatShare = 0.25
	repeatBurst = 0.2
)

// allowRepeat tells whether a packet may be sent again, and counts it if so.
func (s *sending) allowRepeat(size int, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ring == nil {
		return false
	}
	rate := max(s.estimator.estimate, 4*estimateLeast) * repeatShare / 8
	s.repeats = min(s.repeats+rate*min(now.Sub(s.repeatsAt).Seconds(), repeatBurst), rate*repeatBurst)
	s.repeatsAt = now
	if s.repeats < float64(size) {
		return false
	}
	s.repeats -= float64(size)
	return true
}

// departure is a packet that was sent: when, in microseconds since the connection began, and its size.
type departure struct {
	at       int64
	sequence uint16
	size     uint16
	open     bool
	probe    bool
}

const (
	// departures is how many packets are remembered, a power of two: at 5 Mbit/s those of four seconds.
	departures = 2048
	// silence is how long reports may be missing until that counts as a path that carries nothing.
	silence = 1500 * time.Millisecond
)

// sent notes a packet that goes out, and gives its number.
func (s *sending) sent(size int, now time.Time) uint16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ring == nil {
		s.ring, s.began = make([]departure, departures), now
		s.estimator.estimate = estimateStart
	}
	if s.unheard.IsZero() {
		s.unheard = now
	}
	sequence := s.next
	s.next++
	s.ring[sequence%departures] = departure{at: now.Sub(s.began).Microseconds(), sequence: sequence, size: uint16(min(size, 1<<16-1)), open: true, probe: s.probe.running}
	if s.probe.running {
		s.probe.sent++
	}
	return sequence
}

// feedback takes in the client's report about when packets arrived.
func (s *sending) feedback(report *rtcp.TransportLayerCC, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ring == nil {
		return
	}
	s.heard, s.unheard = now, time.Time{}
	arrived := int64(report.ReferenceTime) * 64000
	sequence, delta := report.BaseSequenceNumber, 0
	left := int(report.PacketStatusCount)
	take := func(symbol uint16) {
		if left == 0 {
			return
		}
		left--
		if symbol == rtcp.TypeTCCPacketReceivedSmallDelta || symbol == rtcp.TypeTCCPacketReceivedLargeDelta {
			if delta < len(report.RecvDeltas) {
				arrived += report.RecvDeltas[delta].Delta
				delta++
				s.acknowledge(sequence, arrived, now)
			}
		} else if one := &s.ring[sequence%departures]; one.open && one.sequence == sequence {
			s.estimator.lose(1)
			one.open = false
		}
		sequence++
	}
	for _, chunk := range report.PacketChunks {
		switch chunk := chunk.(type) {
		case *rtcp.RunLengthChunk:
			for range chunk.RunLength {
				take(chunk.PacketStatusSymbol)
			}
		case *rtcp.StatusVectorChunk:
			for _, symbol := range chunk.SymbolList {
				take(symbol)
			}
		}
	}
	s.estimator.conclude(now)
}

// acknowledge takes in that a packet has arrived. The lock is held.
func (s *sending) acknowledge(sequence uint16, arrived int64, now time.Time) {
	one := &s.ring[sequence%departures]
	if !one.open || one.sequence != sequence {
		return
	}
	one.open = false
	s.estimator.arrive(one.at, arrived, int(one.size), now)
	if one.probe {
		s.probe.acknowledge(arrived, int(one.size))
	}
}

// bandwidth gives the estimate in bits per second. It is cut while the client says nothing about what is sent to it.
func (s *sending) bandwidth(now time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ring == nil {
		return estimateStart
	}
	if !s.heard.IsZero() && !s.unheard.IsZero() && now.Sub(s.unheard) > silence {
		s.unheard = now
		s.estimator.cutTo(s.estimator.estimate/2, now)
	}
	return int(s.estimator.estimate)
}

// known is the estimate, zero while there is none.
func (s *sending) known() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ring == nil || s.heard.IsZero() {
		return 0
	}
	return int(s.estimator.estimate)
}

// A path is probed when more is wanted than it is known to carry: with packets that the client has already, which do no harm, sent as quickly as what is wanted
// would be. The first attempt comes soon after the estimate was cut; others wait longer, and those after a success not at all.
const (
	probeLength = 60 * time.Millisecond
	probeSteps  = 4
	probeNext   = time.Second
	probeFirst  = 3 * time.Second
	probeCalm   = 2 * time.Second
	probeLast   = 6 * time.Second
	// probePatience is how long reports about a probe are waited for.
	probePatience = time.Second
	// probeBlind is by how much an estimate grows that cannot be probed.
	probeBlind = 2
	// probeLeast is how many packets must be sent at least for a probe to tell anything.
	probeLeast = 8
)

// probe is an attempt to find out whether a path carries more.
type probe struct {
	// running is while its packets go out, open until a conclusion was drawn.
	running, open bool
	started       time.Time
	// wait is how long to wait before the next.
	wait time.Duration
	sent int
	// What is known of when its packets arrived.
	arrived, bytes int
	first, last    int64
}

func (p *probe) acknowledge(arrived int64, size int) {
	if p.arrived == 0 {
		p.first, p.last = arrived, arrived
	} else {
		p.bytes += size
		p.first, p.last = min(p.first, arrived), max(p.last, arrived)
	}
	p.arrived++
}

// rate is how much arrived in bits per second, 0 when too little did.
func (p *probe) rate() float64 {
	if p.sent < probeLeast || p.arrived*10 < p.sent*8 {
		return 0
	}
	return float64(p.bytes) * 8e6 / float64(max(p.last-p.first, 1000))
}

// probeDue tells whether it is time to find out whether the path carries a rate in bits per second, and begins to if so.
func (s *sending) probeDue(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	wait := max(s.probe.wait, probeNext)
	if s.ring == nil || s.heard.IsZero() || now.Sub(s.estimator.lastCut) < probeCalm || now.Sub(s.probe.started) < wait {
		return false
	}
	s.probe = probe{running: true, open: true, started: now, wait: wait}
	return true
}

// probed ends the sending of a probe.
func (s *sending) probed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.probe.running = false
}

// judge draws the conclusion of a probe for which a rate was wanted, when its reports are in.
func (s *sending) judge(wanted float64, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.probe.open || s.probe.running || now.Sub(s.probe.started) < probeLength+probePatience/4 {
		return
	}
	if s.probe.sent == 0 {
		// There was nothing to probe with, because no video flows or the client takes none again. Then the video itself has to be tried.
		s.probe.open, s.probe.wait = false, min(s.probe.wait*3/2, probeLast)
		s.estimator.proved(s.estimator.estimate * probeBlind)
		return
	}
	rate := s.probe.rate()
	if rate == 0 && now.Sub(s.probe.started) < probePatience {
		return
	}
	s.probe.open = false
	// What the packets of a probe themselves tell holds, whatever the estimator makes of them.
	if rate*cutFactor >= wanted {
		s.estimator.proved(rate * cutFactor)
		s.probe.wait = probeNext
		return
	}
	s.probe.wait = min(max(s.probe.wait, probeFirst)*3/2, probeLast)
}
