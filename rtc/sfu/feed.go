package sfu

import "time"

// feed makes one stream of video out of the layers of a publication, and of publications one after the other: it goes over from one to another where a key frame
// begins, its sequence numbers have holes only where packets were really lost, and its time and its VP8 picture ids go on. Sinks of video have one. What it gives
// out goes to out. It is guarded by its owner's lock.
type feed struct {
	// out is given a packet as it goes out, and the time: its payload is only lent.
	out func(numbers rewritten, marker bool, payload []byte, now time.Time)
	// now is the time as of the packet that came last.
	now time.Time

	// source is the layer that goes out now, target the one that is to; nil is none.
	source, target *incoming
	begun          bool
	// stretches are the last ones, the current one last.
	stretches []stretch
	// The last packet that went out in order.
	sequence  uint16
	timestamp uint32
	picture   uint16
	level     uint8
	at        time.Time
	// What is told of the layer that goes out.
	quality, width, height int
	// payload is where payloads are changed.
	payload []byte
}

// stretch is a run of packets of one layer whose numbers are changed in the same way.
type stretch struct {
	in *incoming
	// first is the number of its first packet as it came, highest that of its last, and end, for stretches that are over, where the next begins.
	first, highest, end uint16
	over, empty         bool
	sequenceOffset      uint16
	timestampOffset     uint32
	pictureOffset       uint16
	levelOffset         uint8
}

// maxStretches is how many stretches are remembered, for packets that come late or are asked for again.
const maxStretches = 16

// choose says which layer is to go out. The publication's lock is held, when it is not nil: what is kept since the last key frame is sent at once, otherwise one
// is asked for.
func (f *feed) choose(target *incoming, now time.Time) {
	if f.target == target {
		return
	}
	f.target = target
	switch {
	case target == nil:
		f.source = nil
	case f.source == target:
	default:
		run := target.video.cache.run(now)
		if run == nil {
			target.video.keyWanted = true
			return
		}
		f.now = now
		for _, one := range run {
			f.pass(target, one.sequence, one.timestamp, one.marker, one.payload, readFrame(target.codec, one.payload), one.at)
		}
	}
}

// stop ends what goes out, at once.
func (f *feed) stop() { f.source, f.target = nil, nil }

// take takes a packet of a publication.
func (f *feed) take(p *packet) {
	f.now = p.at
	if p.in == f.source || p.in == f.target {
		f.pass(p.in, p.SequenceNumber, p.Timestamp, p.Marker, p.Payload, p.frame, p.at)
	}
}

// pass gives a packet out, if it is its turn.
func (f *feed) pass(in *incoming, sequence uint16, timestamp uint32, marker bool, payload []byte, read frame, at time.Time) {
	begins := false
	if in != f.source {
		if in != f.target || !read.key {
			return
		}
		f.begin(in, sequence, timestamp, read, at)
		f.source, begins = in, true
		f.quality, f.width, f.height = in.quality, read.width, read.height
	}
	current := &f.stretches[len(f.stretches)-1]
	ahead := sequence - current.highest
	switch {
	case begins:
	case ahead < 1<<15:
		current.highest = sequence
	case sequence-current.first >= 1<<15:
		if current = f.earlier(in, sequence); current == nil {
			return
		}
	}
	if len(payload) == 0 {
		f.leaveOut(sequence)
		return
	}
	current.empty = false
	numbers := rewritten{sequence: sequence + current.sequenceOffset, timestamp: timestamp + current.timestampOffset}
	if !current.over && sequence == current.highest {
		f.sequence, f.timestamp, f.at = numbers.sequence, numbers.timestamp, at
		f.picture, f.level = read.vp8.picture+current.pictureOffset, read.vp8.level+current.levelOffset
	}
	f.out(numbers, marker, f.shifted(current, payload, read), f.now)
}

// shifted gives the payload with its picture ids as they go out.
func (f *feed) shifted(by *stretch, payload []byte, read frame) []byte {
	if by.pictureOffset == 0 && by.levelOffset == 0 {
		return payload
	}
	f.payload = append(f.payload[:0], payload...)
	read.vp8.shift(f.payload, by.pictureOffset, by.levelOffset)
	return f.payload
}

// begin makes a layer follow on what went out before.
func (f *feed) begin(in *incoming, sequence uint16, timestamp uint32, read frame, at time.Time) {
	made := stretch{in: in, first: sequence, highest: sequence, empty: true}
	if f.begun {
		// Time goes on by at least a frame of 60 in a second.
		passed := max(ticks(at.Sub(f.at), videoClock), videoClock/60)
		made.sequenceOffset = f.sequence + 1 - sequence
		made.timestampOffset = f.timestamp + uint32(passed) - timestamp
		made.pictureOffset = f.picture + 1 - read.vp8.picture
		made.levelOffset = f.level + 1 - read.vp8.level
	}
	f.begun = true
	f.add(made)
}

// leaveOut closes the gap that a packet without a payload, which is not passed on, would leave.
func (f *feed) leaveOut(sequence uint16) {
	current := &f.stretches[len(f.stretches)-1]
	if current.highest != sequence {
		return // It came late: there is a number for it already.
	}
	next := *current
	next.first, next.highest, next.sequenceOffset, next.empty = sequence+1, sequence, current.sequenceOffset-1, true
	if current.empty && current.first == sequence {
		*current = next
		return
	}
	current.over, current.end = true, sequence
	f.add(next)
}

// add makes a stretch the current one.
func (f *feed) add(made stretch) {
	if n := len(f.stretches); n > 0 && !f.stretches[n-1].over {
		f.stretches[n-1].over, f.stretches[n-1].end = true, f.stretches[n-1].highest+1
	}
	if len(f.stretches) == maxStretches {
		copy(f.stretches, f.stretches[1:])
		f.stretches = f.stretches[:maxStretches-1]
	}
	f.stretches = append(f.stretches, made)
}

// earlier finds the stretch that a packet belongs to which came late.
func (f *feed) earlier(in *incoming, sequence uint16) *stretch {
	for i := len(f.stretches) - 2; i >= 0; i-- {
		if one := &f.stretches[i]; one.in == in && sequence-one.first < one.end-one.first {
			return one
		}
	}
	return nil
}

// sent finds out what went out under a number: the layer, and the number there.
func (f *feed) sent(sequence uint16) (of *stretch, original uint16) {
	for i := len(f.stretches) - 1; i >= 0; i-- {
		one := &f.stretches[i]
		original = sequence - one.sequenceOffset
		end := one.highest + 1
		if one.over {
			end = one.end
		}
		if original-one.first < end-one.first {
			return one, original
		}
	}
	return nil, 0
}
