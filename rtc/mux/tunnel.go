package mux

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Path names how packets of WebRTC come, in figures for people.
type Path string

// The ways of packets.
const (
	PathUDP     Path = "udp"
	PathTCP     Path = "tcp"
	PathTURNUDP Path = "turn-udp"
	PathTURNTCP Path = "turn-tcp"
	PathTURNTLS Path = "turn-tls"
)

// The labels of tunnels are addresses that no machine has: "this network" (RFC 1122 section 3.2.1.3), and the discard prefix (RFC 6666). Addresses for
// documentation would not do: networks of containers are seen to use them.
// Packets that claim to come from there are thrown away at the UDP port, so nobody can speak for a tunnel.
var (
	tunnelNetwork4 = netip.MustParsePrefix("0.0.0.0/8")
	tunnelNetwork6 = netip.MustParsePrefix("100::/64")
)

const (
	// MaxPacket is the largest packet that a tunnel carries, in bytes: more than any path does.
	MaxPacket = 1500
	// inboxSize is how many packets of tunnels may wait for whoever reads; then tunnels wait, and their senders with them.
	inboxSize = 512
	// turn is how many packets of tunnels are read in a row while the UDP port may have some too, and how many of the UDP port after that.
	turn = 64
	// turnWait is how long the UDP port is waited for when it is its turn.
	turnWait = 100 * time.Microsecond
)

// isTunnel tells whether an address is the label of a tunnel, existing or not.
func isTunnel(address netip.Addr) bool {
	if address.Is4() {
		return address.As4()[0] == 0
	}
	return tunnelNetwork6.Contains(address)
}

// Tunnel is a way for packets of WebRTC that is not the UDP port: ICE over TCP, or a relay. Whoever reads Packets sees its packets come from the
// tunnel's address, and what is written to that address goes through the tunnel: media servers need not know that there are tunnels.
type Tunnel struct {
	packets *Packets
	address netip.AddrPort
	path    Path
	remote  netip.AddrPort
	send    func(packet []byte)
}

// ErrTunnels says that there are too many tunnels.
var ErrTunnels = errors.New("there are too many tunnels")

// OpenTunnel makes a tunnel, with a label of the same address family as the client's address. What goes out is given to send, which must neither
// wait nor keep the packet. The caller closes the tunnel.
func (p *Packets) OpenTunnel(path Path, remote netip.AddrPort, send func(packet []byte)) (*Tunnel, error) {
	t := &Tunnel{packets: p, path: path, remote: remote, send: send}
	p.tunnels.Lock()
	defer p.tunnels.Unlock()
	if p.tunnels.open == nil {
		p.tunnels.open = make(map[netip.AddrPort]*Tunnel)
	}
	for range 64 {
		if t.address = tunnelLabel(remote.Addr()); p.tunnels.open[t.address] == nil {
			p.tunnels.open[t.address] = t
			return t, nil
		}
	}
	return nil, ErrTunnels // Nearly all of the labels are taken.
}

func tunnelLabel(remote netip.Addr) netip.AddrPort {
	port := uint16(1024 + rand.IntN(1<<16-1024))
	if remote.Unmap().Is4() {
		b := tunnelNetwork4.Addr().As4()
		b[1], b[2], b[3] = byte(rand.IntN(256)), byte(rand.IntN(256)), byte(1+rand.IntN(254))
		return netip.AddrPortFrom(netip.AddrFrom4(b), port)
	}
	b := tunnelNetwork6.Addr().As16()
	b[14], b[15] = byte(rand.IntN(256)), byte(1+rand.IntN(255))
	return netip.AddrPortFrom(netip.AddrFrom16(b), port)
}

// Address is the tunnel's label.
func (t *Tunnel) Address() netip.AddrPort { return t.address }

// Deliver hands a packet that came through the tunnel to whoever reads Packets. It waits while too many others do, which slows the sender. What is not a
// packet of WebRTC is dropped.
func (t *Tunnel) Deliver(packet []byte) {
	if len(packet) > MaxPacket {
		return
	}
	switch ClassifyPacket(packet) {
	case PacketICE, PacketDTLS, PacketRTP:
		t.packets.inbox.put(packet, t.address, t.packets)
	}
}

// Close ends the tunnel. Packets that are under way may still be given to send.
func (t *Tunnel) Close() {
	t.packets.tunnels.Lock()
	defer t.packets.tunnels.Unlock()
	delete(t.packets.tunnels.open, t.address)
}

// Origin tells how packets from an address come, and the client's real address.
func (p *Packets) Origin(from netip.AddrPort) (path string, remote netip.AddrPort) {
	if isTunnel(from.Addr()) {
		if t := p.tunnel(from); t != nil {
			return string(t.path), t.remote
		}
	}
	return string(PathUDP), from
}

// tunnels are the tunnels that are open, by their labels.
type tunnels struct {
	sync.RWMutex
	open map[netip.AddrPort]*Tunnel
}

func (p *Packets) tunnel(address netip.AddrPort) *Tunnel {
	p.tunnels.RLock()
	defer p.tunnels.RUnlock()
	return p.tunnels.open[address]
}

// writeTunnel sends a packet into a tunnel. One that is gone loses it, as networks do.
func (p *Packets) writeTunnel(packet []byte, to netip.AddrPort) {
	if t := p.tunnel(to); t != nil {
		t.send(packet)
	}
}

// inbox holds packets that came through tunnels until they are read.
type inbox struct {
	count atomic.Int32
	// waiting: the reader waits for the UDP port. woken: somebody has made it look here, by a deadline that has passed.
	waiting, woken atomic.Bool

	// row and polls belong to the reader: packets taken in a row, and how often it is the UDP port's turn still.
	row, polls int

	mu     sync.Mutex
	room   sync.Cond
	slots  []tunnelled
	first  int
	closed bool
}

// tunnelled is a packet that came through a tunnel.
type tunnelled struct {
	from  netip.AddrPort
	bytes []byte
}

// put adds a packet, and wakes the reader when it waits for the UDP port.
func (i *inbox) put(packet []byte, from netip.AddrPort, p *Packets) {
	i.mu.Lock()
	for int(i.count.Load()) == inboxSize && !i.closed {
		i.room.Wait()
	}
	if i.closed {
		i.mu.Unlock()
		return
	}
	if i.slots == nil {
		i.slots = make([]tunnelled, inboxSize)
	}
	slot := &i.slots[(i.first+int(i.count.Load()))%inboxSize]
	slot.from, slot.bytes = from, append(slot.bytes[:0], packet...)
	i.count.Add(1)
	i.mu.Unlock()
	if i.waiting.Load() && i.woken.CompareAndSwap(false, true) {
		_ = p.udp.SetReadDeadline(longAgo) // It fails when the port is closed, and then nobody waits.
	}
}

// take gives the packet that came first, if there is one and it is not the UDP port's turn.
func (i *inbox) take(buffer []byte) (n int, from netip.AddrPort, ok bool) {
	if i.count.Load() == 0 {
		i.row, i.polls = 0, 0
		return 0, netip.AddrPort{}, false
	}
	if i.row == turn {
		i.row, i.polls = 0, turn
	}
	if i.polls > 0 {
		i.polls--
		return 0, netip.AddrPort{}, false
	}
	i.row++
	i.mu.Lock()
	defer i.mu.Unlock()
	slot := &i.slots[i.first]
	n, from = copy(buffer, slot.bytes), slot.from
	i.first = (i.first + 1) % inboxSize
	i.count.Add(-1)
	i.room.Signal()
	return n, from, true
}

func (i *inbox) close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed = true
	i.room.Broadcast()
}

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// readSocket waits for a packet at the UDP port. It gives ok false when tunnels have some, which are to be looked at first.
func (p *Packets) readSocket(buffer []byte) (n int, from netip.AddrPort, ok bool, err error) {
	i := &p.inbox
	pending := i.count.Load() > 0
	if pending {
		// It is the UDP port's turn, though tunnels have packets: it is only looked at.
		_ = p.udp.SetReadDeadline(time.Now().Add(turnWait))
	} else {
		i.waiting.Store(true)
		if i.count.Load() > 0 {
			i.waiting.Store(false)
			return 0, from, false, nil
		}
	}
	n, from, err = p.udp.ReadFromUDPAddrPort(buffer)
	i.waiting.Store(false)
	if !pending && !isTimeout(err) {
		return n, from, true, err
	}
	woken := i.woken.Load()
	if pending || woken {
		// The order matters: who puts a packet in after this sees a reader that is not woken, who did before is seen by the next look.
		_ = p.udp.SetReadDeadline(p.readDeadline.get())
		i.woken.Store(false)
	}
	if isTimeout(err) && (pending || woken) {
		i.polls = 0
		return 0, from, false, nil
	}
	return n, from, true, err
}

// deadline is what was asked for from outside.
type deadline struct{ nanoseconds atomic.Int64 }

func (d *deadline) set(at time.Time) {
	if at.IsZero() {
		d.nanoseconds.Store(0)
	} else {
		d.nanoseconds.Store(at.UnixNano())
	}
}

func (d *deadline) get() time.Time {
	if n := d.nanoseconds.Load(); n != 0 {
		return time.Unix(0, n)
	}
	return time.Time{}
}

var _ net.PacketConn = (*Packets)(nil)
