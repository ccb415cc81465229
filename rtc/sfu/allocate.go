package sfu

import (
	"cmp"
	"slices"
	"time"
)

// The allocator gives each view of a connection the best layer that its client wants and has the bandwidth for. Sound is not counted and never held back: when the
// path carries less, video falls to worse layers, and in the end stands still.

// usualRate is what a layer is taken to need of which nothing has come yet, in bits per second.
const usualRate = 300_000

// headroom is how much more than needed there must be for a better layer than now: estimates sway.
const headroom = 1.1

// share is what the allocator knows of a view.
type share struct {
	slot        *slot
	publication *publication
	pixels      int
	quality     int
	// layers are those that the client wants, the worst first; now is the index of the one that it is given now, chosen that of the one it is to be given, -1 is none.
	layers      []*incoming
	rates       []int
	alive       []bool
	now, chosen int
}

// allocate chooses the layers of all views.
func (c *connection) allocate(now time.Time) {
	c.allocating.Lock()
	defer c.allocating.Unlock()
	shares := c.shares(now)
	if len(shares) == 0 {
		return
	}
	missing := divide(shares, c.sending.bandwidth(now))
	for _, one := range shares {
		one.apply(now)
	}
	c.look(shares, missing, now)
}

// shares finds out what there is to be allocated: what is shown largest comes first.
func (c *connection) shares(now time.Time) (shares []*share) {
	c.peer.room.mu.Lock()
	for _, slot := range c.slots {
		if p := slot.publication.Load(); slot.view != nil && p != nil {
			quality, pixels := c.peer.wants.of(slot.ssrc)
			shares = append(shares, &share{slot: slot, publication: p, pixels: pixels, quality: quality})
		}
	}
	c.peer.room.mu.Unlock()
	for _, one := range shares {
		one.look(now)
	}
	slices.SortStableFunc(shares, func(a, b *share) int {
		return cmp.Or(cmp.Compare(b.pixels, a.pixels), cmp.Compare(b.quality, a.quality))
	})
	return shares
}

// look notes what is known of the layers.
func (s *share) look(now time.Time) {
	p := s.publication
	p.mu.Lock()
	defer p.mu.Unlock()
	s.now, s.chosen = -1, -1
	s.layers = append(s.layers, p.layers[:p.useful(s.quality, s.pixels)]...)
	for _, in := range s.layers {
		rate := max(in.video.rate.rate, in.video.usual)
		if rate == 0 {
			rate = usualRate
		}
		s.rates = append(s.rates, rate)
		s.alive = append(s.alive, in.video.alive(now))
	}
	s.slot.mu.Lock()
	defer s.slot.mu.Unlock()
	s.now = slices.Index(s.layers, s.slot.view.feed.target)
}

// next gives the index of the next better layer of which something comes, or -1.
func (s *share) next() int {
	for i := s.chosen + 1; i < len(s.layers); i++ {
		if s.alive[i] {
			return i
		}
	}
	return -1
}

// cost is what a step up to a layer needs, in bits per second.
func (s *share) cost(to int) float64 {
	need := float64(s.rates[to])
	if to > s.now {
		need *= headroom
	}
	if s.chosen >= 0 {
		need -= float64(s.rates[s.chosen])
	}
	return need
}

// divide gives each view its worst layer, and then one after the other better ones, while there is bandwidth. The first view gets its worst layer in any case, unless that
// is far beyond. It tells how many bits per second more the next step would have needed, zero when everybody has what they want.
func divide(shares []*share, bandwidth int) (missing float64) {
	left := float64(bandwidth)
	for progress := true; progress; {
		progress, missing = false, 0
		for i, one := range shares {
			to := one.next()
			if to < 0 {
				continue
			}
			cost := one.cost(to)
			first := i == 0 && one.chosen < 0 && cost < 2*float64(bandwidth)
			if cost > left && !first {
				if missing == 0 || cost-left < missing {
					missing = cost - left
				}
				continue
			}
			left -= cost
			one.chosen, progress = to, true
		}
	}
	return missing
}

// apply has the view send what was chosen. Where nothing comes of any layer, things stay as they are.
func (s *share) apply(now time.Time) {
	chosen := s.chosen
	if chosen < 0 && len(s.layers) > 0 && !slices.Contains(s.alive, true) {
		chosen = max(s.now, 0)
	}
	p := s.publication
	p.mu.Lock()
	s.slot.mu.Lock()
	if s.slot.publication.Load() == p && s.slot.writer != nil {
		var target *incoming
		if chosen >= 0 && s.layers[chosen].current {
			target = s.layers[chosen]
		}
		s.slot.view.feed.choose(target, now)
	}
	s.slot.mu.Unlock()
	var in *incoming
	feedback := p.feedback(now)
	if len(p.layers) > 0 {
		in = p.layers[0]
	}
	p.mu.Unlock()
	if in != nil {
		in.ask(feedback)
	}
}

// look finds out whether the path carries more, when more is wanted.
func (c *connection) look(shares []*share, missing float64, now time.Time) {
	wanted := float64(c.sending.bandwidth(now)) + missing
	c.sending.judge(wanted, now)
	if missing == 0 || !c.sending.probeDue(now) {
		return
	}
	views := make([]*view, len(shares))
	for i, one := range shares {
		views[i] = one.slot.view
	}
	packets := min(max(int(wanted/cutFactor*1.05*probeLength.Seconds()/8/1000), probeLeast), probeMost)
	c.read(func() { c.probe(views, packets) })
}

// probe sends packets that the client has already.
func (c *connection) probe(views []*view, packets int) {
	defer c.sending.probed()
	ticker := time.NewTicker(probeLength / probeSteps)
	defer ticker.Stop()
	for step := range probeSteps {
		count := packets*(step+1)/probeSteps - packets*step/probeSteps
		for _, v := range views {
			if count -= v.fill(count); count <= 0 {
				break
			}
		}
		select {
		case <-ticker.C:
		case <-c.ended:
			return
		}
	}
}

// probePacket is how large packets of a probe should be at least.
const probePacket = 500

// fill sends packets again that went out last, as a probe. It tells how many.
func (v *view) fill(count int) (sent int) {
	p := v.slot.publication.Load()
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	v.slot.mu.Lock()
	defer v.slot.mu.Unlock()
	in := v.feed.source
	if v.slot.publication.Load() != p || v.slot.writer == nil || in == nil || v.rtx == 0 || v.formats[in.codec].rtx == 0 {
		return 0
	}
	now := time.Now()
	for back := uint16(0); sent < count && back < 2*probeMost; back++ {
		of, original := v.feed.sent(v.feed.sequence - back)
		if of == nil || of.in != in {
			continue
		}
		kept := in.video.cache.get(original)
		if kept == nil || len(kept.payload) < probePacket {
			continue
		}
		h := v.header
		h.Marker, h.SequenceNumber, h.Timestamp = kept.marker, v.feed.sequence-back, kept.timestamp+of.timestampOffset
		v.writeAgain(h, v.formats[in.codec], v.feed.shifted(of, kept.payload, readFrame(in.codec, kept.payload)), now)
		sent++
	}
	return sent
}
