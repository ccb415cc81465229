package gateway

import (
	"encoding/json"
	"fmt"
)

// body is a dispatch without its sequence number: `,"t":…,"d":…}`. All sessions share it; nobody may write to it.
type body struct {
	text []byte
}

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
	return &body{append(text, '}')}, nil
}

// replaySize is how many dispatches a session can miss and still resume; the contract asks for 1000.
const replaySize = 1024

// replay keeps the latest dispatches of a session, by reference to the shared bodies. It grows with what happens: an idle session's is empty.
type replay struct {
	// ring holds the bodies of the sequence numbers (last-len, last], the one of number n at n % cap.
	ring []*body
	last int64
	kept int
}

// add numbers and keeps a dispatch.
func (r *replay) add(b *body) int64 {
	if r.kept == len(r.ring) && len(r.ring) < replaySize {
		r.grow()
	}
	r.last++
	r.ring[r.last%int64(len(r.ring))] = b
	r.kept = min(r.kept+1, len(r.ring))
	return r.last
}

// skip numbers a dispatch that is not kept: READY, which a client that missed it cannot resume from.
func (r *replay) skip() int64 {
	clear(r.ring)
	r.kept = 0
	r.last++
	return r.last
}

func (r *replay) grow() {
	larger := make([]*body, max(8, 2*len(r.ring)))
	for n := r.last - int64(r.kept) + 1; n <= r.last; n++ {
		larger[n%int64(len(larger))] = r.ring[n%int64(len(r.ring))]
	}
	r.ring = larger
}

// after gives the dispatches after a sequence number; false when some of them are no longer there, or the number was never given.
func (r *replay) after(sequence int64) ([]*body, bool) {
	if sequence < 0 || sequence > r.last || r.last-sequence > int64(r.kept) {
		return nil, false
	}
	missed := make([]*body, 0, r.last-sequence)
	for n := sequence + 1; n <= r.last; n++ {
		missed = append(missed, r.ring[n%int64(len(r.ring))])
	}
	return missed, true
}
