package sfu

import "time"

// What the estimate of a client's bandwidth begins with, and its bounds, in bits per second.
const (
	estimateStart = 4_000_000
	estimateLeast = 100_000
	estimateMost  = 50_000_000
)

// estimator estimates how much a path carries, from when packets left and when they arrived: while they take ever longer, a queue grows somewhere, and less has
// to be sent. It follows the delay-based part of Google's congestion control (draft-ietf-rmcat-gcc-02 section 5) with the filter that browsers have in place of
// the draft's, a straight line through the last delays; and of its loss-based part (section 6) what matters where queues are short.
// Times are in microseconds of clocks of their own on both sides.
type estimator struct {
	// estimate is in bits per second.
	estimate float64
	trend    trend
	// acknowledged measures what arrives.
	acknowledged meter
	// What arrived and what was lost since the loss was looked at last.
	arrived, lost int
	lossAt        time.Time
	// lastCut is when the estimate was cut, grownAt when it grew.
	lastCut, grownAt time.Time
	overused         bool
}

// Of the rate control (draft-ietf-rmcat-gcc-02 sections 5.5 and 6).
const (
	cutFactor = 0.85
	// growth is by how much the estimate grows in a second while it is used up.
	growth = 0.08
	// cutEvery is how long the effect of a cut is waited for.
	cutEvery = 300 * time.Millisecond
	// lossWindow is how long packets are counted until their loss says something, lossMuch the share from which less is sent, lossLittle the one up to which more is.
	lossWindow = 500 * time.Millisecond
	lossMuch   = 0.10
	lossLittle = 0.02
)

// arrive takes in that a packet has arrived.
func (e *estimator) arrive(sent, arrived int64, size int, now time.Time) {
	e.arrived++
	e.acknowledged.add(size, now)
	if e.trend.arrive(sent, arrived) {
		e.overused = true
	}
}

// lose takes in that packets did not arrive.
func (e *estimator) lose(count int) { e.lost += count }

// conclude makes an estimate of what was taken in. It tells whether the estimate was cut.
func (e *estimator) conclude(now time.Time) (cut bool) {
	rate := float64(e.acknowledged.rate)
	overused := e.overused
	e.overused = false
	loss, lossKnown := e.loss(now)
	switch {
	case now.Sub(e.lastCut) < cutEvery:
		e.grownAt = now
		return false
	case overused:
		// What arrives is what the path carries, if it is used up.
		if rate > 0 {
			e.cutTo(min(cutFactor*rate, e.estimate), now)
		} else {
			e.cutTo(cutFactor*e.estimate, now)
		}
		return true
	case lossKnown && loss > lossMuch:
		// What arrives all the same is carried in any case.
		e.cutTo(max(e.estimate*(1-0.5*loss), min(e.estimate, cutFactor*rate)), now)
		return true
	}
	passed := min(now.Sub(e.grownAt), time.Second)
	e.grownAt = now
	// An estimate that is not used up is not known to be too low.
	if rate > 0.7*e.estimate && (!lossKnown || loss < lossLittle) && e.trend.calm() {
		e.estimate = min(e.estimate*(1+growth*passed.Seconds()), estimateMost)
	}
	return false
}

func (e *estimator) cutTo(estimate float64, now time.Time) {
	e.estimate = max(estimate, estimateLeast)
	e.lastCut, e.grownAt = now, now
}

// loss gives the share of packets that were lost, when enough time has passed.
func (e *estimator) loss(now time.Time) (loss float64, known bool) {
	if e.lossAt.IsZero() {
		e.lossAt = now
	}
	if now.Sub(e.lossAt) < lossWindow || e.arrived+e.lost < 10 {
		return 0, false
	}
	loss = float64(e.lost) / float64(e.arrived+e.lost)
	e.arrived, e.lost, e.lossAt = 0, 0, now
	return loss, true
}

// proved takes in that the path was seen to carry a rate.
func (e *estimator) proved(rate float64) {
	e.estimate = min(max(e.estimate, rate), estimateMost)
}

// trend tells whether packets take ever longer.
type trend struct {
	begun           bool
	current, before burst
	beforeBegun     bool
	deltas          int
	accumulated     float64
	smoothed        float64
	points          [trendWindow]point
	count, at       int
	threshold       float64
	last            float64
	overFor         float64
	overTimes       int
	origin          int64
	over            bool
}

// burst is what was sent at once, in microseconds.
type burst struct{ firstSent, lastSent, lastArrived int64 }

type point struct{ x, y float64 }

// The filter's figures are those of browsers (libwebrtc's trendline estimator); times are in milliseconds.
const (
	burstLength      = 5000 // microseconds
	trendWindow      = 20
	trendSmoothing   = 0.9
	trendGain        = 4
	trendDeltas      = 60
	thresholdStart   = 12.5
	thresholdUp      = 0.0087
	thresholdDown    = 0.039
	thresholdLeast   = 6
	thresholdMost    = 600
	thresholdOutlier = 15
	overuseAfter     = 10
)

// arrive takes in a packet; it tells whether the path is overused.
func (t *trend) arrive(sent, arrived int64) (overused bool) {
	if !t.begun {
		t.begun, t.current, t.threshold, t.origin = true, burst{sent, sent, arrived}, thresholdStart, arrived
		return false
	}
	if sent < t.current.firstSent {
		return false // It was sent before those that are looked at.
	}
	if sent-t.current.firstSent <= burstLength {
		t.current.lastSent, t.current.lastArrived = max(t.current.lastSent, sent), max(t.current.lastArrived, arrived)
		return false
	}
	if t.beforeBegun {
		apart := float64(t.current.lastSent-t.before.lastSent) / 1000
		delta := float64(t.current.lastArrived-t.before.lastArrived)/1000 - apart
		overused = t.update(delta, apart, float64(t.current.lastArrived-t.origin)/1000)
	}
	t.before, t.beforeBegun = t.current, true
	t.current = burst{sent, sent, arrived}
	return overused
}

// update takes in by how much a burst took longer than the one before.
func (t *trend) update(delta, apart, arrival float64) (overused bool) {
	if apart > 2000 || delta > 2000 || delta < -2000 {
		// There was a pause, or a clock has jumped: what was before says nothing.
		*t = trend{begun: true, current: t.current, before: t.before, beforeBegun: true, threshold: thresholdStart, origin: t.origin}
		return false
	}
	t.deltas++
	t.accumulated += delta
	t.smoothed = trendSmoothing*t.smoothed + (1-trendSmoothing)*t.accumulated
	t.points[t.at] = point{arrival, t.smoothed}
	t.at = (t.at + 1) % trendWindow
	if t.count < trendWindow {
		t.count++
	}
	if t.count < trendWindow {
		return false
	}
	modified := float64(min(t.deltas, trendDeltas)) * t.slope() * trendGain
	defer func() { t.last = modified }()
	t.over = modified > t.threshold
	if t.over {
		t.overFor += apart
		t.overTimes++
		if t.overFor > overuseAfter && t.overTimes > 1 && modified >= t.last {
			t.overFor, t.overTimes, overused = 0, 0, true
		}
	} else {
		t.overFor, t.overTimes = 0, 0
	}
	t.adapt(max(modified, -modified), min(apart, 100))
	return overused
}

// adapt moves the threshold towards what is seen: it follows slowly upwards, so that other traffic does not starve this.
func (t *trend) adapt(seen, passed float64) {
	if seen > t.threshold+thresholdOutlier {
		return
	}
	speed := thresholdUp
	if seen < t.threshold {
		speed = thresholdDown
	}
	t.threshold = min(max(t.threshold+speed*(seen-t.threshold)*passed, thresholdLeast), thresholdMost)
}

// slope is that of the straight line that is nearest to the last points.
func (t *trend) slope() float64 {
	var sumX, sumY float64
	for _, p := range t.points {
		sumX, sumY = sumX+p.x, sumY+p.y
	}
	meanX, meanY := sumX/trendWindow, sumY/trendWindow
	var numerator, denominator float64
	for _, p := range t.points {
		numerator += (p.x - meanX) * (p.y - meanY)
		denominator += (p.x - meanX) * (p.x - meanX)
	}
	if denominator == 0 {
		return 0
	}
	return numerator / denominator
}

// calm tells that no queue grows.
func (t *trend) calm() bool { return !t.over }
