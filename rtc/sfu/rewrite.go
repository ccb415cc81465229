package sfu

import "time"

// streamPart names a stretch of packets whose numbers can be taken as they are.
type streamPart struct {
	// clock is different for every track that was ever received: timestamps of two of them have nothing to do with each other.
	clock uint64
	// gap counts the times that packets of the track were held back on purpose, such as while its sender was muted.
	gap uint64
}

// rewriter makes one stream of packets out of parts of many: its sequence numbers have holes only where packets were really lost, and its
// timestamps go on like time (RFC 3550 section 5.1).
type rewriter struct {
	begun, paused bool
	part          streamPart
	// highest is the part's highest sequence number, and span how far it is from the part's first.
	highest         uint16
	span            uint32
	sequenceOffset  uint16
	timestampOffset uint32
	// The last packet that went out in order.
	sequence  uint16
	timestamp uint32
	at        time.Time
}

// rewritten are the numbers with which a packet goes out.
type rewritten struct {
	sequence  uint16
	timestamp uint32
	// begins tells that this is the first packet after a pause.
	begins bool
}

// frameSamples is the length of the usual Opus frame of 20 ms: the least that time goes on between two parts.
const frameSamples = opusClock / 50

// pause notes that a packet was held back on purpose.
func (r *rewriter) pause() { r.paused = true }

// rewrite gives the numbers for a packet. It refuses one that is older than its part, for whose number there is no room.
func (r *rewriter) rewrite(part streamPart, sequence uint16, timestamp uint32, now time.Time) (rewritten, bool) {
	begins := !r.begun || r.paused || part != r.part
	behind := r.highest - sequence // modulo 2^16, as sequence numbers are
	switch {
	case begins:
		r.begin(part, sequence, timestamp, now)
	case behind >= 1<<15:
		r.span += uint32(-behind)
		r.highest = sequence
	case uint32(behind) > r.span:
		return rewritten{}, false
	}
	out := rewritten{sequence: sequence + r.sequenceOffset, timestamp: timestamp + r.timestampOffset, begins: begins}
	if sequence == r.highest {
		r.sequence, r.timestamp, r.at = out.sequence, out.timestamp, now
	}
	return out, true
}

// begin makes a part follow on what went out before.
func (r *rewriter) begin(part streamPart, sequence uint16, timestamp uint32, now time.Time) {
	if r.begun {
		r.sequenceOffset = r.sequence + 1 - sequence
		if part.clock != r.part.clock {
			passed := uint32(now.Sub(r.at) * opusClock / time.Second)
			r.timestampOffset = r.timestamp + max(passed, frameSamples) - timestamp
		}
	}
	r.begun, r.paused, r.part, r.highest, r.span = true, false, part, sequence, 0
}
