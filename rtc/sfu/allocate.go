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
	next, all := divide(shares, c.sending.bandwidth(now))
	for _, one := range shares {
		one.apply(now)
	}
	c.look(shares, next, all, now)
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
		rate := max(in.rate.rate, in.video.usual)
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
// is far beyond. It tells how many bits per second more the next step would have needed, and all of them, zero when everybody has what they want.
func divide(shares []*share, bandwidth int) (next, all float64) {
	left := float64(bandwidth)
	for progress := true; progress; {
		progress, next = false, 0
		for i, one := range shares {
			to := one.next()
			if to < 0 {
				continue
			}
			cost := one.cost(to)
			first := i == 0 && one.chosen < 0 && cost < 2*float64(bandwidth)
			if cost > left && !first {
				if next == 0 || cost-left < next {
					next = cost - left
				}
				continue
			}
			left -= cost
			one.chosen, progress = to, true
		}
	}
	for _, one := range shares {
		if best := slices.Index(one.alive, true); best >= 0 && next > 0 {
			for i := range one.layers {
				if one.alive[i] {
					best = i
				}
			}
			if best > one.chosen {
				all += one.cost(best)
			}
		}
	}
	return next, max(all-left, next)
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

// look finds out whether the path carries more, when more is wanted: enough for the next step, or for all of them.
func (c *connection) look(shares []*share, next, all float64, now time.Time) {
	bandwidth := float64(c.sending.bandwidth(now))
	c.sending.judge(bandwidth+next, now)
	if next == 0 || !c.sending.probeDue(now) {
		return
	}
	views := make([]*view, len(shares))
	for i, one := range shares {
		views[i] = one.slot.view
	}
	rate := min(max(bandwidth+next, min(bandwidth+all, probeReach*bandwidth))/cutFactor*probeMargin, estimateMost)
	c.read(func() { c.probe(views, max(int(rate*probeLength.Seconds()/8), probeBytes)) })
}

const (
	// probeReach is how far a probe goes beyond the estimate at most, unless the next step is farther.
	probeReach = 2.5
	// probeMargin is how much more than needed a probe sends: what it finds is never more than that.
	probeMargin = 1.1
	// probeBytes is how much it takes at least, so that there are enough packets to tell something.
	probeBytes = (probeLeast + 2) * 2 * fillPadding
)

// probe sends packets of so many bytes in all that the client has already.
func (c *connection) probe(views []*view, bytes int) {
	defer c.sending.probed()
	ticker := time.NewTicker(probeLength / probeSteps)
	defer ticker.Stop()
	for step := range probeSteps {
		size := bytes*(step+1)/probeSteps - bytes*step/probeSteps
		for _, v := range views {
			if size -= v.fill(size); size <= 0 {
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

const (
	// fillLook is how many of the last packets are looked at for the largest, which is what a probe is made of.
	fillLook = 64
	// fillLarge is the size below which packets of a probe are padded, fillPadding how much padding there can be (RFC 3550 section 5.1).
	fillLarge   = 900
	fillPadding = 255
)

// fill sends a packet again that went out of late, as often as it takes for so many bytes. It tells how many were sent.
func (v *view) fill(bytes int) (sent int) {
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
	largest, by, sequence := v.largest(in)
	if largest == nil {
		return 0
	}
	payload := slices.Clone(v.feed.shifted(by, largest.payload, readFrame(in.codec, largest.payload)))
	padded := len(payload) < fillLarge
	if padded {
		payload = append(payload, make([]byte, fillPadding)...)
		payload[len(payload)-1] = fillPadding
	}
	h := v.header
	h.Marker, h.SequenceNumber, h.Timestamp = largest.marker, sequence, largest.timestamp+by.timestampOffset
	v.again.Padding = padded
	defer func() { v.again.Padding = false }()
	for now := time.Now(); sent < bytes; sent += len(payload) {
		v.writeAgain(h, v.formats[in.codec], payload, now)
	}
	return sent
}

// largest finds the largest of the last packets of a layer that went out, how it was changed, and its number then.
func (v *view) largest(in *incoming) (largest *cached, by *stretch, sequence uint16) {
	for back := range uint16(fillLook) {
		of, original := v.feed.sent(v.feed.sequence - back)
		if of == nil || of.in != in {
			continue
		}
		if kept := in.video.cache.get(original); kept != nil && len(kept.payload) > 0 && (largest == nil || len(kept.payload) > len(largest.payload)) {
			largest, by, sequence = kept, of, v.feed.sequence-back
		}
	}
	return largest, by, sequence
}
