package natsbus

import (
	"strconv"
	"sync/atomic"

	"github.com/nats-io/nats.go"

	"guildhall/store/event"
)

// localEvents is how many of this process's latest events are kept as values. A subscriber of this process that is no further behind gets the value that
// was published instead of decoding its bytes again; one that is further behind decodes.
const localEvents = 1024

// localBytes is how large an event's bytes may be for its value to be kept. With localEvents it bounds the memory that is held by events that nobody needs any more.
const localBytes = 16 << 10

// localHeader carries the number of an event within the process that published it, and that process's name.
const (
	localHeader   = "L"
	processHeader = "P"
)

// localRing keeps the latest events of this process.
type localRing struct {
	last  atomic.Uint64
	slots [localEvents]atomic.Pointer[numbered]
}

type numbered struct {
	number uint64
	event  event.Event
}

// put keeps an event and gives its number.
func (r *localRing) put(e event.Event) uint64 {
	number := r.last.Add(1)
	r.slots[number%localEvents].Store(&numbered{number, e})
	return number
}

// get gives the event with a number, if it is still there.
func (r *localRing) get(number uint64) (event.Event, bool) {
	if kept := r.slots[number%localEvents].Load(); kept != nil && kept.number == number {
		return kept.event, true
	}
	return nil, false
}

// open gives the event that a message carries.
func (b *Bus) open(message *nats.Msg) (event.Event, error) {
	if message.Header.Get(processHeader) == b.process {
		if number, err := strconv.ParseUint(message.Header.Get(localHeader), 36, 64); err == nil {
			if e, ok := b.local.get(number); ok {
				return e, nil
			}
		}
	}
	return b.codec.read(message.Header.Get(kindHeader), message.Data)
}
