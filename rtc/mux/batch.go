package mux

import (
	"net/netip"
	"slices"
	"sync"
)

// Sending is a way in which packets leave, from the most that a kernel may take to the least.
type Sending int

// The ways of sending.
const (
	// SendSegments hands the kernel packets of many destinations in one call, and those of one destination as one piece that it cuts (UDP GSO, Linux 4.18).
	SendSegments Sending = iota
	// SendMany hands the kernel packets of many destinations in one call (sendmmsg, Linux 3.0).
	SendMany
	// SendEach makes one call per packet, as every system can.
	SendEach
)

var sendingNames = [...]string{"gso", "sendmmsg", "plain"}

// String names the way as the log and the configuration do.
func (s Sending) String() string { return sendingNames[s] }

// SendingNamed gives the way of a name; one that is not known is SendSegments, which limits nothing.
func SendingNamed(name string) Sending { return Sending(max(slices.Index(sendingNames[:], name), 0)) }

const (
	// batchBytes and batchPackets bound what a Batch holds: it is sent when there is no room for one more packet.
	batchBytes   = 1 << 20
	batchPackets = 1024
	// largestPacket is what a Batch takes as one packet: more than any path carries.
	largestPacket = 2048
	// maxSegments and maxSegmented bound what is sent in one piece: UDP_MAX_SEGMENTS of the first kernels that can, and the longest UDP payload over IPv6.
	maxSegments  = 64
	maxSegmented = 65535 - 40 - 8
)

// Batch collects packets for any number of destinations and sends them together. The packets for one destination leave in the order in which they came.
// It must not be used by two at a time. It is empty, and takes no memory to speak of, after Flush.
type Batch struct {
	packets *Packets
	*batchMemory
}

// batchMemory is what a Batch needs while it holds something.
type batchMemory struct {
	bytes   []byte
	entries []batchEntry
	// heads are the first packets of each destination, tails the last.
	heads  []int32
	tails  map[netip.AddrPort]int32
	system batchSystem
}

// batchEntry is one packet in a Batch.
type batchEntry struct {
	to         netip.AddrPort
	start, end int32
	// next is the next packet of the same destination, zero for none.
	next int32
}

var batchMemories = sync.Pool{New: func() any { return &batchMemory{tails: make(map[netip.AddrPort]int32)} }}

// NewBatch makes an empty Batch for the port.
func (p *Packets) NewBatch() *Batch { return &Batch{packets: p} }

// Add takes a copy of a packet in. One that is too long for any path is passed over.
func (b *Batch) Add(packet []byte, to netip.AddrPort) {
	if space := b.Space(len(packet)); space != nil {
		b.Take(append(space, packet...), to)
	}
}

// Space gives room for a packet of at most so many bytes, of length zero: what is appended to it becomes a packet by Take. It is nil when that is longer than
// any path carries.
func (b *Batch) Space(most int) []byte {
	if most > largestPacket {
		return nil
	}
	if b.full(most) {
		b.Flush()
	}
	if b.batchMemory == nil {
		b.batchMemory = batchMemories.Get().(*batchMemory)
	}
	if cap(b.bytes)-len(b.bytes) < most {
		grown := make([]byte, len(b.bytes), min(max(2*cap(b.bytes), 16<<10), batchBytes))
		copy(grown, b.bytes)
		b.bytes = grown
	}
	return b.bytes[len(b.bytes) : len(b.bytes) : len(b.bytes)+most]
}

// full tells whether there is no room for a packet of so many bytes.
func (b *Batch) full(most int) bool {
	return b.batchMemory != nil && (len(b.bytes)+most > batchBytes || len(b.entries) == batchPackets)
}

// Take makes what was written into the last Space a packet.
func (b *Batch) Take(packet []byte, to netip.AddrPort) {
	if len(packet) == 0 {
		return
	}
	start, index := len(b.bytes), int32(len(b.entries))
	b.bytes = b.bytes[:start+len(packet)]
	b.entries = append(b.entries, batchEntry{to: to, start: int32(start), end: int32(start + len(packet))})
	if last, known := b.tails[to]; known {
		b.entries[last].next = index
	} else {
		b.heads = append(b.heads, index)
	}
	b.tails[to] = index
}

// Len is how many packets wait.
func (b *Batch) Len() int {
	if b.batchMemory == nil {
		return 0
	}
	return len(b.entries)
}

// Flush sends everything. A packet that cannot be sent is lost alone, as packets are; the others are not. It returns when the kernel has them.
func (b *Batch) Flush() {
	memory := b.batchMemory
	if memory == nil {
		return
	}
	b.batchMemory = nil
	if len(memory.entries) > 0 && !b.packets.closed.Load() {
		b.packets.sendAll(memory)
	}
	memory.bytes, memory.entries, memory.heads = memory.bytes[:0], memory.entries[:0], memory.heads[:0]
	clear(memory.tails)
	batchMemories.Put(memory)
}

// packet gives the bytes of a packet.
func (m *batchMemory) packet(index int32) []byte {
	entry := &m.entries[index]
	return m.bytes[entry.start:entry.end]
}

// segments tells how many packets of a destination, from one on, can be sent as one piece: all as long as the first, but for the last, which may be shorter.
// It gives the packet after them too, zero for none.
func (m *batchMemory) segments(index int32) (count int, after int32) {
	first := &m.entries[index]
	size, whole := first.end-first.start, first.end-first.start
	count, after = 1, first.next
	for after != 0 && count < maxSegments {
		entry := &m.entries[after]
		length := entry.end - entry.start
		if length > size || whole+length > maxSegmented {
			break
		}
		count, after, whole = count+1, entry.next, whole+length
		if length < size {
			break
		}
	}
	return count, after
}

// Sending is the way in which packets that go together are sent.
func (p *Packets) Sending() Sending { return Sending(p.sending.Load()) }

// Limit has packets sent in no better way than one: where an interface or its driver is at odds with what the kernel offers, and to measure what each gains.
func (p *Packets) Limit(to Sending) {
	for now := p.sending.Load(); now < int32(to); now = p.sending.Load() {
		if p.sending.CompareAndSwap(now, int32(to)) {
			p.log.Info("packets of media are sent in another way from now on", "way", to.String())
		}
	}
}

// Unsent counts the packets that the kernel did not take.
func (p *Packets) Unsent() uint64 { return p.unsent.Load() }

// sendEach sends every packet by itself.
func (p *Packets) sendEach(memory *batchMemory) {
	for i := range memory.entries {
		p.sendOne(memory.packet(int32(i)), memory.entries[i].to)
	}
}

// sendOne sends a packet, and is content when it cannot.
func (p *Packets) sendOne(packet []byte, to netip.AddrPort) {
	if isTunnel(to.Addr()) {
		p.writeTunnel(packet, to)
		return
	}
	if _, err := p.udp.WriteToUDPAddrPort(packet, to); err != nil {
		p.lost(err)
	}
}

// lost notes that a packet could not be sent.
func (p *Packets) lost(err error) {
	p.unsent.Add(1)
	p.log.Debug("a packet could not be sent", "error", err)
}
