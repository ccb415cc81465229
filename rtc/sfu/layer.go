package sfu

import (
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

const (
	// keyFrameEvery bounds how often a publisher is asked for a key frame of a layer.
	keyFrameEvery = time.Second
	// layerAlive is how long nothing has to come of a layer until others take its place: a still screen sends little.
	layerAlive = 3 * time.Second
	// rateWindow is the time over which bit rates are measured.
	rateWindow = 500 * time.Millisecond
)

// layer is what is known of a simulcast layer of video, or of the only stream of it. The publication's lock guards it.
type layer struct {
	cache   cache
	missing missing
	// usual is what came when something did last, in bits per second.
	usual int
	last  time.Time
	// width and height are those of the last key frame whose size was told.
	width, height int
	frames        meter
	// keyWanted tells that somebody waits for a key frame, keyAsked when the publisher was last asked for one.
	keyWanted bool
	keyAsked  time.Time
	// keyFrames counts those that came, asked how often the publisher was asked for one.
	keyFrames, asked uint64
	// nacked counts packets that the publisher was asked for again.
	nacked uint64
}

// meter measures a bit rate. It is turned, or added to, or else what it tells is old.
type meter struct {
	bytes int
	since time.Time
	// rate is in bits per second.
	rate int
}

// add takes in some bytes.
func (m *meter) add(size int, now time.Time) {
	m.bytes += size
	m.turn(now)
}

// turn makes a rate of what came in a window that is over.
func (m *meter) turn(now time.Time) {
	passed := now.Sub(m.since)
	switch {
	case m.since.IsZero():
		m.since = now
	case passed >= rateWindow:
		m.rate = int(int64(m.bytes) * 8 * int64(time.Second) / int64(passed))
		m.bytes, m.since = 0, now
	}
}

// now is the rate in bits per second, zero when nothing has come for long.
func (m *meter) now() int {
	if time.Since(m.since) > 4*rateWindow {
		return 0
	}
	return m.rate
}

// takeVideo keeps a packet of video and passes it on. The publication's lock is held.
func (in *incoming) takeVideo(received *rtp.Packet, now time.Time) {
	l := in.video
	l.last = now
	if l.missing.note(received.SequenceNumber, now) {
		l.keyWanted = true
	}
	read := readFrame(in.codec, received.Payload)
	if l.cache.begun && l.cache.get(received.SequenceNumber) != nil {
		return // It came twice.
	}
	l.cache.put(received, read.key, now)
	if received.Marker {
		l.frames.add(1, now)
	}
	if read.key {
		l.keyWanted = false
		l.keyFrames++
		if read.width > 0 {
			l.width, l.height = read.width, read.height
		}
	}
	in.publication.pass(packet{Packet: received, part: in.part, at: now, in: in, frame: read})
}

// feedback makes what the publisher is to be asked for now: packets that have not come, and key frames. The lock is held.
func (p *publication) feedback(now time.Time) (feedback []rtcp.Packet) {
	for _, in := range p.layers {
		l := in.video
		if l == nil {
			continue
		}
		if len(l.missing.waiting) > 0 {
			due, givenUp := l.missing.due(now)
			if len(due) > 0 {
				l.nacked += uint64(len(due))
				feedback = append(feedback, nack(in.ssrc, due))
			}
			l.keyWanted = l.keyWanted || givenUp
		}
		if l.keyWanted && now.Sub(l.keyAsked) >= keyFrameEvery {
			l.keyAsked = now
			l.asked++
			feedback = append(feedback, &rtcp.PictureLossIndication{MediaSSRC: in.ssrc})
		}
	}
	return feedback
}

// tick asks the publisher for what is due.
func (p *publication) tick(now time.Time) {
	p.mu.Lock()
	feedback := p.feedback(now)
	var in *incoming
	if len(p.layers) > 0 {
		in = p.layers[0]
	}
	for _, one := range p.layers {
		if l := one.video; l != nil {
			if one.rate.turn(now); one.rate.rate > 0 {
				l.usual = one.rate.rate
			}
			l.frames.turn(now)
		}
	}
	p.mu.Unlock()
	if in != nil {
		in.ask(feedback)
	}
}

// alive tells whether something of the layer has come of late.
func (l *layer) alive(now time.Time) bool { return now.Sub(l.last) < layerAlive }
