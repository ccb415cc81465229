package turn

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/stun/v4"

	"guildhall/rtc/mux"
)

const (
	// maxChecks is how many connectivity checks may be without an answer: to answer them from the peers that they were sent to.
	maxChecks = 32
	// maxIndications is how many packets may wait to be sent without a channel. Clients bind one for media.
	maxIndications = 64
)

// relay is an allocation: a tunnel to the media server. To the client it looks as if the media server had the addresses that the client sends to; to
// the media server the client has one, the tunnel's. To pion it is the allocation's socket, through which goes only what has no channel.
type relay struct {
	client     *client
	credential string
	tunnel     *mux.Tunnel
	// media is the peer that the client sent media to last, which is where media comes from.
	media atomic.Pointer[netip.AddrPort]
	// channels are those that are bound. They are replaced, never changed.
	channels atomic.Pointer[[]channel]

	indications chan indication
	ended       chan struct{}
	close       func()

	mu sync.Mutex
	// checks are the last connectivity checks, next the place of the next one.
	checks [maxChecks]check
	next   int
}

// channel is a channel's number and its peer.
type channel struct {
	number uint16
	peer   netip.AddrPort
}

// check is a connectivity check that is under way.
type check struct {
	transaction [stun.TransactionIDSize]byte
	peer        netip.AddrPort
}

// indication is a packet for a client that has no channel for the peer.
type indication struct {
	packet []byte
	peer   netip.AddrPort
}

func newRelay(c *client) (*relay, error) {
	r := &relay{client: c, credential: c.credential(), indications: make(chan indication, maxIndications), ended: make(chan struct{})}
	r.channels.Store(&[]channel{})
	var err error
	if r.tunnel, err = c.server.options.Packets.OpenTunnel(c.path, c.remote, r.send); err != nil {
		return nil, err
	}
	r.close = sync.OnceFunc(func() {
		close(r.ended)
		r.tunnel.Close()
		c.relay.CompareAndSwap(r, nil)
		c.server.released(r)
	})
	return r, nil
}

// bind notes a channel; an invalid peer ends it.
func (r *relay) bind(number uint16, peer netip.AddrPort) {
	r.mu.Lock()
	defer r.mu.Unlock()
	changed := slices.DeleteFunc(slices.Clone(*r.channels.Load()), func(c channel) bool { return c.number == number })
	if peer.IsValid() {
		changed = append(changed, channel{number, peer})
	}
	r.channels.Store(&changed)
}

// peerOf is where a channel leads.
func (r *relay) peerOf(number uint16) netip.AddrPort {
	for _, c := range *r.channels.Load() {
		if c.number == number {
			return c.peer
		}
	}
	return netip.AddrPort{}
}

// channelTo is the number of the channel to a peer, zero when there is none.
func (r *relay) channelTo(peer netip.AddrPort) uint16 {
	for _, c := range *r.channels.Load() {
		if c.peer == peer {
			return c.number
		}
	}
	return 0
}

// isCheck tells whether a packet is STUN, rather than media.
func isCheck(packet []byte) bool { return len(packet) >= stunHead && packet[0] < 2 }

// deliver hands what the client sent to a peer to the media server.
func (r *relay) deliver(peer netip.AddrPort, packet []byte) {
	if isCheck(packet) {
		r.mu.Lock()
		r.checks[r.next] = check{transactionOf(packet), peer}
		r.next = (r.next + 1) % maxChecks
		r.mu.Unlock()
	} else if last := r.media.Load(); last == nil || *last != peer {
		r.media.Store(&peer)
	}
	r.tunnel.Deliver(packet)
}

func transactionOf(packet []byte) [stun.TransactionIDSize]byte {
	return [stun.TransactionIDSize]byte(packet[stunHead-stun.TransactionIDSize : stunHead])
}

// source is the peer that a packet of the media server's comes from: an answer, from where the check was sent to.
func (r *relay) source(packet []byte) netip.AddrPort {
	if isCheck(packet) {
		transaction := transactionOf(packet)
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, one := range r.checks {
			if one.peer.IsValid() && one.transaction == transaction {
				return one.peer
			}
		}
	}
	if last := r.media.Load(); last != nil {
		return *last
	}
	return netip.AddrPort{}
}

// padding fills messages on streams up to four bytes (RFC 8656 section 12.5).
var padding [3]byte

// send takes a packet from the media server to the client.
func (r *relay) send(packet []byte) {
	peer := r.source(packet)
	if !peer.IsValid() {
		return
	}
	number := r.channelTo(peer)
	if number == 0 {
		select {
		case r.indications <- indication{slices.Clone(packet), peer}:
		default: // A client that sends media through indications is slow by choice.
		}
		return
	}
	var head [channelHead]byte
	binary.BigEndian.PutUint16(head[:], number)
	binary.BigEndian.PutUint16(head[2:], uint16(len(packet)))
	r.client.reply(head[:], packet, padding[:-len(packet)&3])
}

// ReadFrom gives pion what has no channel.
func (r *relay) ReadFrom(buffer []byte) (int, net.Addr, error) {
	select {
	case one := <-r.indications:
		return copy(buffer, one.packet), net.UDPAddrFromAddrPort(one.peer), nil
	case <-r.ended:
		return 0, nil, net.ErrClosed
	}
}

// WriteTo takes from pion what comes without a channel. Permissions are for all ports of an address; this relay is not.
func (r *relay) WriteTo(packet []byte, to net.Addr) (int, error) {
	peer := peerOf(to)
	if !r.client.server.mayReach(r.credential, peer) {
		return 0, errRefused
	}
	r.deliver(peer, packet)
	return len(packet), nil
}

// Close ends the relay.
func (r *relay) Close() error {
	r.close()
	return nil
}

// LocalAddr is the relayed address.
func (r *relay) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(r.tunnel.Address()) }

// SetDeadline does nothing: nobody waits for a relay with one.
func (r *relay) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (r *relay) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (r *relay) SetWriteDeadline(time.Time) error { return nil }
