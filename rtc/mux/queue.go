package mux

import (
	"net/netip"
	"sync"
	"time"
)

// longestWait is how long a packet waits for others to go with it.
const longestWait = time.Millisecond

// Queue is where packets wait for others that leave with them, until Flush, or for a millisecond. What belongs together, such as the packets of one picture to all
// who see it, has a queue of its own. It may be used by many at once; packets for one destination leave in the order in which they were put.
type Queue struct {
	// sending lets one batch leave at a time, so that no packet overtakes another.
	sending sync.Mutex

	mu    sync.Mutex
	batch *Batch
	timer *time.Timer
	armed bool
	ended bool
}

// NewQueue makes an empty queue for the port.
func (p *Packets) NewQueue() *Queue {
	q := &Queue{batch: p.NewBatch()}
	q.timer = time.AfterFunc(time.Hour, q.Flush)
	q.timer.Stop()
	return q
}

// Packer writes a packet behind what is in the given space, which has length zero and as much capacity as was asked for. Nil is no packet. It is called with the
// queue's lock held.
type Packer interface {
	Pack(space []byte) []byte
}

// Put has a packet of at most so many bytes written into the queue.
func (q *Queue) Put(to netip.AddrPort, most int, packer Packer) { q.put(to, most, packer, nil) }

// Add takes a copy of a packet in.
func (q *Queue) Add(packet []byte, to netip.AddrPort) { q.put(to, len(packet), nil, packet) }

// put takes in what a packer packs or, without one, a packet.
func (q *Queue) put(to netip.AddrPort, most int, packer Packer, packet []byte) {
	q.mu.Lock()
	for q.batch.full(most) {
		q.mu.Unlock()
		q.Flush()
		q.mu.Lock()
	}
	defer q.mu.Unlock()
	if q.ended {
		return
	}
	space := q.batch.Space(most)
	if space == nil {
		return
	}
	if packer != nil {
		packet = packer.Pack(space)
	} else {
		packet = append(space, packet...)
	}
	q.batch.Take(packet, to)
	if !q.armed {
		q.armed = true
		q.timer.Reset(longestWait)
	}
}

// Flush sends what waits.
func (q *Queue) Flush() {
	q.sending.Lock()
	defer q.sending.Unlock()
	q.mu.Lock()
	going := *q.batch
	q.batch.batchMemory = nil
	if q.armed {
		q.armed = false
		q.timer.Stop()
	}
	q.mu.Unlock()
	going.Flush()
}

// Close sends what waits and takes nothing any more.
func (q *Queue) Close() {
	q.mu.Lock()
	q.ended = true
	q.mu.Unlock()
	q.Flush()
}

// Flush sends the packets that wait to be sent with others.
func (p *Packets) Flush() { p.queue.Flush() }

// isRTP tells RTP from RTCP and everything else (RFC 5761 section 4, RFC 7983).
func isRTP(packet []byte) bool {
	return len(packet) > 12 && packet[0] >= 128 && packet[0] <= 191 && (packet[1]&0x7F < 64 || packet[1]&0x7F > 95)
}
