package cipher

import "encoding/binary"

// windowSize is how far behind the newest packet another may be; more is refused. It is 1.28 s of sound.
const windowSize = 64

// replayGuard tells packets that are new from those that were here before. It is asked about authentic packets only.
type replayGuard interface {
	fresh(packet []byte, nonce [secretboxNonceSize]byte) bool
}

func newReplayGuard(mode Mode) replayGuard {
	switch mode {
	case XSalsa20Poly1305:
		return &headerGuard{}
	case XSalsa20Suffix:
		return &nonceGuard{seen: make(map[[secretboxNonceSize]byte]struct{})}
	default:
		return &counterGuard{}
	}
}

// window marks which of the last packets were seen: bit n is the one n behind the newest (RFC 4303 appendix A2).
type window uint64

// advance makes room for a newer packet, which is marked.
func (w *window) advance(by uint32) {
	if by < windowSize {
		*w <<= by
	} else {
		*w = 0
	}
	*w |= 1
}

// mark marks a packet that is behind the newest; it tells whether it was not marked.
func (w *window) mark(behind uint32) bool {
	if behind >= windowSize || *w>>behind&1 != 0 {
		return false
	}
	*w |= 1 << behind
	return true
}

// counterGuard goes by the counter at the end of packets, which libraries write in either byte order: the second packet tells in which it moves less.
type counterGuard struct {
	count        int
	first        [counterSize]byte
	littleEndian bool
	highest      uint32
	seen         window
}

func (g *counterGuard) fresh(_ []byte, nonce [secretboxNonceSize]byte) bool {
	counter := [counterSize]byte(nonce[:])
	switch g.count {
	case 0:
		g.count, g.first = 1, counter
		return true
	case 1:
		if counter == g.first {
			return false
		}
		g.learn(counter)
	}
	value := g.read(counter)
	if ahead := value - g.highest; ahead != 0 && ahead < 1<<31 {
		g.seen.advance(ahead)
		g.highest = value
		return true
	}
	return g.seen.mark(g.highest - value)
}

// learn finds the byte order out from the second packet.
func (g *counterGuard) learn(second [counterSize]byte) {
	g.count = 2
	big := distance(binary.BigEndian.Uint32(g.first[:]), binary.BigEndian.Uint32(second[:]))
	little := distance(binary.LittleEndian.Uint32(g.first[:]), binary.LittleEndian.Uint32(second[:]))
	g.littleEndian = little < big
	g.highest, g.seen = g.read(g.first), 1
}

func (g *counterGuard) read(counter [counterSize]byte) uint32 {
	if g.littleEndian {
		return binary.LittleEndian.Uint32(counter[:])
	}
	return binary.BigEndian.Uint32(counter[:])
}

// distance is how far two counters are apart, which wrap around.
func distance(a, b uint32) uint32 { return min(a-b, b-a) }

// headerGuard goes by the RTP header, which is the nonce: time goes on with every new packet. Sequence numbers alone would begin anew every 22 minutes.
type headerGuard struct {
	begun     bool
	sequence  uint16
	timestamp uint32
	seen      window
}

func (g *headerGuard) fresh(packet []byte, _ [secretboxNonceSize]byte) bool {
	sequence, timestamp := binary.BigEndian.Uint16(packet[2:]), binary.BigEndian.Uint32(packet[4:])
	if passed := timestamp - g.timestamp; !g.begun || passed != 0 && passed < 1<<31 {
		// A whole round of sequence numbers may have passed; then nothing of the window counts.
		g.seen.advance(uint32(max(sequence-g.sequence, 1)))
		g.begun, g.sequence, g.timestamp = true, sequence, timestamp
		return true
	}
	return g.seen.mark(uint32(g.sequence - sequence))
}

// maxNonces is how many nonces are remembered where nothing else tells old packets from new ones: 41 s of sound.
const maxNonces = 2048

// nonceGuard remembers nonces, because the header is not authenticated. What is older than it remembers is not noticed: that is the mode's weakness.
type nonceGuard struct {
	seen map[[secretboxNonceSize]byte]struct{}
	ring [][secretboxNonceSize]byte
	next int
}

func (g *nonceGuard) fresh(_ []byte, nonce [secretboxNonceSize]byte) bool {
	if _, old := g.seen[nonce]; old {
		return false
	}
	if len(g.ring) < maxNonces {
		g.ring = append(g.ring, nonce)
	} else {
		delete(g.seen, g.ring[g.next])
		g.ring[g.next] = nonce
		g.next = (g.next + 1) % maxNonces
	}
	g.seen[nonce] = struct{}{}
	return true
}
