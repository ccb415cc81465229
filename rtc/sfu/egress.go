package sfu

import (
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"guildhall/rtc/mux"
)

// egress is a connection's own way out for media, past pion's: the header and the sealed payload are written straight into the batch that takes a packet to all of its
// receivers. What was agreed on with pion is what it takes: the keys of the DTLS handshake, and the address that ICE has chosen. Control packets, and everything
// to clients that do not take AES-GCM, go pion's way.
type egress struct {
	keys handshakeKeys
	// way is decided once, when the connection stands: packets of one stream must not be sealed in two places, which would not know of each other's count.
	way atomic.Uint32
	// to is where the client is, nil while that is not known, or not any more.
	to atomic.Pointer[netip.AddrPort]

	mu     sync.Mutex
	sealer *sealer
	// What is being packed.
	header  *rtp.Header
	payload []byte
}

// The ways out of a connection.
const (
	// wayUndecided is before the connection stands: nothing can be sent.
	wayUndecided uint32 = iota
	wayOwn
	wayPion
)

// queues is what sockets have that send packets in batches.
type queues interface{ NewQueue() *mux.Queue }

// moved notes that ICE has chosen a way to the client.
func (e *egress) moved(pair *webrtc.ICECandidatePair) {
	if pair == nil || pair.Remote == nil {
		return
	}
	address, err := netip.ParseAddr(pair.Remote.Address)
	if err != nil {
		return
	}
	to := netip.AddrPortFrom(address.Unmap(), pair.Remote.Port)
	e.to.Store(&to)
}

// open decides on the way out of a connection that stands: its client has proved who it is.
func (e *egress) open(own bool) {
	if e.way.Load() != wayUndecided {
		return
	}
	if own {
		if made := e.keys.sealer(); made != nil {
			e.mu.Lock()
			e.sealer = made
			e.mu.Unlock()
			e.way.Store(wayOwn)
			return
		}
	}
	e.way.Store(wayPion)
}

// close ends sending until ICE has chosen a way again.
func (e *egress) close() { e.to.Store(nil) }

// Pack writes the packet that is being sent. Its lock is held.
func (e *egress) Pack(space []byte) []byte { return e.sealer.seal(space, e.header, e.payload) }

// write sends a packet of what a slot was given. The locks of the publication and the slot are held.
func (s *slot) write(header *rtp.Header, payload []byte) error {
	e := &s.connection.egress
	switch e.way.Load() {
	case wayPion:
		_, err := s.writer.WriteRTP(header, payload)
		return err
	case wayOwn:
		from, to := s.publication.Load(), e.to.Load()
		if from == nil || to == nil {
			return errNoWay
		}
		e.mu.Lock()
		e.header, e.payload = header, payload
		from.queue.Put(*to, header.MarshalSize()+len(payload)+sealSize, e)
		e.header, e.payload = nil, nil
		e.mu.Unlock()
		return nil
	default:
		return errNoWay
	}
}
