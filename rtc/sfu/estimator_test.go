package sfu

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// path is a path of packets through a queue, in simulated time.
type path struct {
	e        estimator
	now      time.Time
	capacity float64 // bits per second
	free     time.Time
	lost     int
}

// run sends packets of 1,000 bytes at a rate for some time, with a report every 50 ms.
func (p *path) run(rate func() float64, long time.Duration) {
	origin := time.Unix(0, 0)
	end, report := p.now.Add(long), p.now.Add(50*time.Millisecond)
	type flight struct {
		sent, arrived time.Time
	}
	var flying []flight
	for p.now.Before(end) {
		if p.free.Before(p.now) {
			p.free = p.now
		}
		p.free = p.free.Add(time.Duration(8000 / p.capacity * float64(time.Second)))
		if p.free.Sub(p.now) > 500*time.Millisecond {
			p.free = p.free.Add(-time.Duration(8000 / p.capacity * float64(time.Second)))
			p.lost++
		} else {
			flying = append(flying, flight{p.now, p.free.Add(20 * time.Millisecond)})
		}
		p.now = p.now.Add(time.Duration(8000 / rate() * float64(time.Second)))
		if p.now.Before(report) {
			continue
		}
		report = p.now.Add(50 * time.Millisecond)
		for len(flying) > 0 && flying[0].arrived.Before(p.now) {
			p.e.arrive(flying[0].sent.Sub(origin).Microseconds(), flying[0].arrived.Sub(origin).Microseconds(), 1000, p.now)
			flying = flying[1:]
		}
		p.e.lose(p.lost)
		p.lost = 0
		p.e.conclude(p.now)
	}
}

func TestTheEstimateFollowsThePath(t *testing.T) {
	p := &path{e: estimator{estimate: estimateStart}, now: time.Unix(1000, 0), capacity: 10e6}
	all := func() float64 { return p.e.estimate }
	p.run(all, 10*time.Second)
	if p.e.estimate < estimateStart || p.e.estimate > 11e6 {
		t.Errorf("with 10 Mbit/s the estimate is %.0f", p.e.estimate)
	}
	p.capacity = 500e3
	p.run(all, 5*time.Second)
	if p.e.estimate < 200e3 || p.e.estimate > 600e3 {
		t.Errorf("with 500 kbit/s the estimate is %.0f", p.e.estimate)
	}
	for range 10 {
		p.run(all, time.Second)
		if p.e.estimate < 200e3 || p.e.estimate > 700e3 {
			t.Errorf("with 500 kbit/s the estimate became %.0f", p.e.estimate)
		}
	}
	// What is not used up says nothing of how much there is.
	p.capacity = 10e6
	before := p.e.estimate
	p.run(func() float64 { return before / 3 }, 10*time.Second)
	if p.e.estimate < before*0.9 || p.e.estimate > before*1.1 {
		t.Errorf("the estimate went from %.0f to %.0f", before, p.e.estimate)
	}
	p.e.proved(3e6)
	p.run(all, 5*time.Second)
	if p.e.estimate < 3e6 {
		t.Errorf("after a probe of 3 Mbit/s the estimate is %.0f", p.e.estimate)
	}
}

func TestLossAloneCutsTheEstimateOnlyWhenThereIsMuch(t *testing.T) {
	for loss, cut := range map[int]bool{1: false, 5: false, 25: true} {
		e := estimator{estimate: 3e6, lossAt: time.Unix(999, 0)}
		now := time.Unix(1000, 0)
		for i := range 1000 {
			now = now.Add(10 * time.Millisecond)
			if i*loss%100 < loss {
				e.lose(1)
			} else {
				e.arrive(int64(i)*10000, int64(i)*10000+20000, 100, now)
			}
			e.conclude(now)
		}
		if (e.estimate < 3e6) != cut {
			t.Errorf("with %d %% of loss the estimate is %.0f", loss, e.estimate)
		}
	}
}

func TestBandwidthIsDividedAmongViews(t *testing.T) {
	view := func(rates ...int) *share {
		s := &share{now: -1, chosen: -1}
		for _, rate := range rates {
			s.layers, s.rates, s.alive = append(s.layers, &incoming{}), append(s.rates, rate), append(s.alive, rate > 0)
		}
		return s
	}
	for name, test := range map[string]struct {
		bandwidth int
		views     []*share
		want      []int
		more      bool
	}{
		"enough":                         {5000, []*share{view(100, 500, 1500), view(100, 500, 1500)}, []int{2, 2}, false},
		"everybody first":                {1000, []*share{view(100, 500, 1500), view(100, 500, 1500)}, []int{1, 0}, true},
		"only the worst":                 {300, []*share{view(100, 500), view(100, 500)}, []int{0, 0}, true},
		"not even that for the second":   {130, []*share{view(100, 500), view(100, 500)}, []int{0, -1}, true},
		"not quite that for the first":   {80, []*share{view(100, 500), view(100, 500)}, []int{0, -1}, true},
		"far from that for the first":    {40, []*share{view(100), view(100)}, []int{-1, -1}, true},
		"a layer of which nothing comes": {5000, []*share{view(100, 0, 1500)}, []int{2}, false},
		"one that is not simulcast":      {1000, []*share{view(800), view(100)}, []int{0, 0}, false},
		"nobody":                         {1000, nil, nil, false},
	} {
		next, all := divide(test.views, test.bandwidth)
		for i, one := range test.views {
			if one.chosen != test.want[i] {
				t.Errorf("%s: view %d gets layer %d instead of %d", name, i, one.chosen, test.want[i])
			}
		}
		if (next > 0) != test.more || all < next {
			t.Errorf("%s: %.0f more would be needed, and %.0f for all", name, next, all)
		}
	}
}

// aProbe is a probe of some packets, which are sent within 60 ms and arrive at a rate.
func aProbe(s *sending, packets int, rate float64, now time.Time) bool {
	if !s.probeDue(now) {
		return false
	}
	first := s.next
	for i := range packets {
		s.sent(1000, now.Add(time.Duration(i)*probeLength/time.Duration(packets)))
	}
	s.probed()
	for i := range packets {
		s.acknowledge(first+uint16(i), 1e6+int64(float64(i)*8e9/rate), now.Add(200*time.Millisecond))
	}
	return true
}

func TestAProbeProvesWhatArrives(t *testing.T) {
	var s sending
	now := time.Unix(1000, 0)
	s.sent(1000, now)
	s.heard = now
	s.estimator.cutTo(300e3, now)
	if aProbe(&s, 20, 2e6, now.Add(time.Second)) {
		t.Error("it was probed right after the estimate was cut")
	}
	now = now.Add(3 * time.Second)
	if !aProbe(&s, 20, 500e3, now) {
		t.Fatal("it was not probed")
	}
	s.judge(1e6, now.Add(time.Second))
	if s.known() != 300e3 {
		t.Errorf("a probe that arrived with 500 kbit/s made the estimate %d", s.known())
	}
	if aProbe(&s, 20, 2e6, now.Add(time.Second)) {
		t.Error("it was probed again at once")
	}
	now = now.Add(probeLast)
	if !aProbe(&s, 20, 2e6, now) {
		t.Fatal("it was not probed again")
	}
	s.judge(1e6, now.Add(time.Second))
	if got := s.known(); got < 1e6 || got > 2e6 {
		t.Errorf("a probe that arrived with 2 Mbit/s made the estimate %d", got)
	}
	before := s.known()
	now = now.Add(2 * time.Second)
	if !aProbe(&s, 0, 1, now) {
		t.Fatal("it was not probed right after a success")
	}
	s.judge(8e6, now.Add(time.Second))
	if s.known() != 2*before {
		t.Errorf("with nothing to probe with the estimate went from %d to %d", before, s.known())
	}
}

func TestWhatIsSentAgainIsBounded(t *testing.T) {
	var s sending
	now := time.Unix(1000, 0)
	if s.allowRepeat(1000, now) {
		t.Error("something is sent again before anything was sent")
	}
	s.sent(1000, now)
	allowed := 0
	for range 1000 { // two seconds
		if s.allowRepeat(1000, now) {
			allowed += 8000
		}
		now = now.Add(2 * time.Millisecond)
	}
	if most := estimateStart * repeatShare * 2.3; float64(allowed) > most || float64(allowed) < most/2 {
		t.Errorf("%d bits were sent again in two seconds", allowed)
	}
}

func FuzzFeedback(f *testing.F) {
	report := &rtcp.TransportLayerCC{Header: rtcp.Header{Count: rtcp.FormatTCC, Type: rtcp.TypeTransportSpecificFeedback, Length: 5, Padding: true}, BaseSequenceNumber: 0, PacketStatusCount: 3, ReferenceTime: 5,
		PacketChunks: []rtcp.PacketStatusChunk{&rtcp.RunLengthChunk{PacketStatusSymbol: rtcp.TypeTCCPacketReceivedSmallDelta, RunLength: 3}},
		RecvDeltas:   []*rtcp.RecvDelta{{Type: rtcp.TypeTCCPacketReceivedSmallDelta, Delta: 250}, {Type: rtcp.TypeTCCPacketReceivedSmallDelta, Delta: 500}, {Type: rtcp.TypeTCCPacketReceivedSmallDelta, Delta: 0}}}
	seed, err := report.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	if nack, err := (&rtcp.TransportLayerNack{MediaSSRC: 7, Nacks: []rtcp.NackPair{{PacketID: 1, LostPackets: 0xFFFF}}}).Marshal(); err == nil {
		f.Add(nack)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		packets, err := rtcp.Unmarshal(text)
		if err != nil {
			return
		}
		now := time.Unix(1000, 0)
		c := &connection{places: map[uint32]*slot{}, streams: map[uint32]*incoming{}}
		for range 100 {
			c.sending.sent(1000, now)
		}
		c.control(7, packets, now.Add(time.Second))
		if got := c.sending.bandwidth(now.Add(time.Second)); got < estimateLeast || got > estimateMost {
			t.Errorf("the estimate is %d", got)
		}
	})
}
