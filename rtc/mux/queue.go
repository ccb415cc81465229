package mux

import (
	"net/netip"
	"sync"
	"time"
)

// longestWait is how long a packet waits for others to go with it.
const longestWait = time.Millisecond

// queue is where packets wait that are written one by one, from anywhere.
type queue struct {
	// sending lets one batch leave at a time, so that no packet overtakes another.
	sending sync.Mutex

	mu    sync.Mutex
	batch *Batch
	timer *time.Timer
	armed bool
}

func (q *queue) begin(packets *Packets) {
	q.batch = packets.NewBatch()
	q.timer = time.AfterFunc(time.Hour, q.flush)
	q.timer.Stop()
}

// add takes a packet in.
func (q *queue) add(packet []byte, to netip.AddrPort) {
	q.mu.Lock()
	full := q.batch.Len() >= batchPackets-1
	q.batch.Add(packet, to)
	if !q.armed {
		q.armed = true
		q.timer.Reset(longestWait)
	}
	q.mu.Unlock()
	if full {
		q.flush()
	}
}

// flush sends what waits.
func (q *queue) flush() {
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

// end lets go of what waits.
func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.timer.Stop()
	q.armed = true // No timer starts any more.
	q.batch.Flush()
}

// Flush sends the packets that wait to be sent with others.
func (p *Packets) Flush() { p.queue.flush() }

// isRTP tells RTP from RTCP and everything else (RFC 5761 section 4, RFC 7983).
func isRTP(packet []byte) bool {
	return len(packet) > 12 && packet[0] >= 128 && packet[0] <= 191 && (packet[1]&0x7F < 64 || packet[1]&0x7F > 95)
}
