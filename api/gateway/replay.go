package gateway

import (
	"encoding/json"
	"fmt"

	"guildhall/store/id"
)

// body is a dispatch without its sequence number: `,"t":…,"d":…}`. All sessions share it; nobody may write to it.
type body struct {
	text []byte
	// alone marks a body that was made for one session; its bytes count for that session's replay buffer.
	alone bool
	// opening marks READY. A client that missed it cannot resume, so that it is dropped as soon as it was written.
	opening bool
	// snapshotOf is the guild whose GUILD_CREATE this is. The text is let go when it was written, and made anew should it be replayed: text is nil then.
	snapshotOf id.ID
}

// frameOverhead is the most that is added to a body's text: the WebSocket header, and the beginning of the dispatch with its sequence number.
const frameOverhead = 10 + len(dispatchHead) + 19

func (b *body) size() int { return len(b.text) + frameOverhead }

// once tells whether the text is of no use when it was written.
func (b *body) once() bool { return b.opening || b.snapshotOf != 0 && b.text != nil }

// newBody encodes a dispatch's payload.
func newBody(name string, payload any) (*body, error) {
	data, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", name, err)
	}
	text := make([]byte, 0, len(data)+len(name)+14)
	text = append(text, `,"t":"`...)
	text = append(text, name...)
	text = append(text, `","d":`...)
	text = append(text, data...)
	return &body{text: append(text, '}')}, nil
}

// Bounds of a replay buffer. The contract asks for 1000 dispatches.
const (
	replaySize = 2048
	// replayAlone bounds the bytes of bodies that were made for one session alone, such as chunks of members. Shared ones are bounded by what happens in a guild.
	replayAlone = 1 << 20
)

// replay keeps the latest dispatches of a session, by reference to the shared bodies. It grows with what happens: that of a session to which nothing happens is empty.
type replay struct {
	// ring holds the bodies of the sequence numbers (last-kept, last], that of number n at n % len(ring).
	ring []*body
	last int64
	kept int
	// alone counts the bytes of the kept bodies that were made for this session alone.
	alone int
}

// first is the smallest sequence number that is kept; last+1 when none is.
func (r *replay) first() int64 { return r.last - int64(r.kept) + 1 }

func (r *replay) slot(sequence int64) *body { return r.ring[sequence%int64(len(r.ring))] }

// add numbers and keeps a dispatch. The oldest goes when there are too many.
func (r *replay) add(b *body) int64 {
	if r.kept == len(r.ring) {
		if len(r.ring) < replaySize {
			r.grow()
		} else {
			r.drop()
		}
	}
	r.last++
	r.kept++
	r.put(r.last, b)
	return r.last
}

// trim drops the oldest, but not beyond a sequence number, until the bodies made for this session alone are within their bound.
func (r *replay) trim(through int64) {
	for r.alone > replayAlone && r.kept > 1 && r.first() <= through {
		r.drop()
	}
}

// put sets the body of a kept sequence number.
func (r *replay) put(sequence int64, b *body) {
	place := &r.ring[sequence%int64(len(r.ring))]
	if old := *place; old != nil && old.alone {
		r.alone -= len(old.text)
	}
	if b != nil && b.alone {
		r.alone += len(b.text)
	}
	*place = b
}

// drop forgets the oldest dispatch.
func (r *replay) drop() {
	r.put(r.first(), nil)
	r.kept--
}

// wrote lets go of what is of no use when it was written.
func (r *replay) wrote(sequence int64) {
	if sequence < r.first() || sequence > r.last {
		return
	}
	switch b := r.slot(sequence); {
	case b.opening:
		for r.first() <= sequence && r.kept > 0 {
			r.drop()
		}
	case b.snapshotOf != 0:
		r.put(sequence, &body{snapshotOf: b.snapshotOf})
	}
}

func (r *replay) grow() {
	larger := make([]*body, max(8, 2*len(r.ring)))
	for n := r.first(); n <= r.last; n++ {
		larger[n%int64(len(larger))] = r.slot(n)
	}
	r.ring = larger
}

// has tells whether everything after a sequence number is kept, so that a client that received that one can go on.
func (r *replay) has(sequence int64) bool { return sequence >= r.first()-1 && sequence <= r.last }
