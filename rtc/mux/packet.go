package mux

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Plain STUN answers are bounded for the whole port: an answer is about twice the size of its question, and questions' addresses can be forged.
const (
	stunAnswersPerSecond = 500
	stunAnswersBurst     = 1000
)

// Packets is the part of the UDP port that belongs to WebRTC. It is a net.PacketConn and also offers the same calls with netip.AddrPort,
// which do not allocate; IPv4 addresses are always given in their 4-byte form. Whoever reads it runs the demultiplexer: packets of
// other protocols are dealt with inside the call, and the call goes on to the next packet.
type Packets struct {
	udp     *net.UDPConn
	port    port
	log     *slog.Logger
	answers *rate.Limiter
	bots    *bots
	closed  atomic.Bool
	// sending is the way in which batches are sent, unsent counts packets that could not be.
	sending atomic.Int32
	unsent  atomic.Uint64
	queue   *Queue

	tunnels      tunnels
	inbox        inbox
	readDeadline deadline
}

func newPackets(udp *net.UDPConn, log *slog.Logger) *Packets {
	p := &Packets{udp: udp, port: newPort(udp), log: log, answers: rate.NewLimiter(stunAnswersPerSecond, stunAnswersBurst), bots: newBots()}
	p.sending.Store(int32(bestSending(udp)))
	p.queue = p.NewQueue()
	p.inbox.room.L = &p.inbox.mu
	return p
}

// ReadFromAddrPort waits for the next packet of WebRTC: a connectivity check, DTLS, RTP or RTCP.
func (p *Packets) ReadFromAddrPort(buffer []byte) (int, netip.AddrPort, error) {
	for {
		if p.closed.Load() {
			return 0, netip.AddrPort{}, net.ErrClosed
		}
		if n, from, ok := p.inbox.take(buffer); ok {
			return n, from, nil
		}
		n, from, ok, err := p.readSocket(buffer)
		if p.closed.Load() {
			return 0, netip.AddrPort{}, net.ErrClosed
		}
		if !ok {
			continue
		}
		if err != nil {
			// Some systems report here that an earlier packet could not be delivered, which ends nothing.
			if errors.Is(err, net.ErrClosed) || isTimeout(err) {
				return 0, netip.AddrPort{}, err
			}
			p.log.Debug("a packet could not be read", "error", err)
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if isTunnel(from.Addr()) {
			continue // Nobody has such an address.
		}
		if p.takeBots(buffer[:n], from) {
			continue
		}
		switch ClassifyPacket(buffer[:n]) {
		case PacketICE, PacketDTLS, PacketRTP:
			return n, from, nil
		case PacketSTUN:
			p.answerSTUN(buffer[:n], from)
		}
	}
}

// isTimeout tells whether a read deadline has passed.
func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// WriteToAddrPort sends one packet. RTP waits until Flush, or for a millisecond, so that what goes to many, and what goes to one of them in a row, leaves together.
func (p *Packets) WriteToAddrPort(packet []byte, to netip.AddrPort) (int, error) {
	if p.closed.Load() {
		return 0, net.ErrClosed
	}
	if isTunnel(to.Addr()) {
		p.writeTunnel(packet, to)
		return len(packet), nil
	}
	if isRTP(packet) && p.Sending() != SendEach {
		p.queue.Add(packet, to)
		return len(packet), nil
	}
	return p.udp.WriteToUDPAddrPort(packet, to)
}

// ReadFrom is ReadFromAddrPort in the form of net.PacketConn.
func (p *Packets) ReadFrom(buffer []byte) (int, net.Addr, error) {
	n, from, err := p.ReadFromAddrPort(buffer)
	if err != nil {
		return 0, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// WriteTo is WriteToAddrPort in the form of net.PacketConn.
func (p *Packets) WriteTo(packet []byte, to net.Addr) (int, error) {
	if p.closed.Load() {
		return 0, net.ErrClosed
	}
	if udp, ok := to.(*net.UDPAddr); ok {
		if address := udp.AddrPort(); isTunnel(address.Addr().Unmap()) {
			return p.WriteToAddrPort(packet, netip.AddrPortFrom(address.Addr().Unmap(), address.Port()))
		}
	}
	return p.udp.WriteTo(packet, to)
}

// Close ends reading and writing here. The port itself stays open until the Mux is closed.
func (p *Packets) Close() error {
	if p.closed.Swap(true) {
		return nil
	}
	p.queue.Close()
	p.inbox.close()
	// Wakes whoever is reading.
	p.readDeadline.set(longAgo)
	err := p.udp.SetReadDeadline(longAgo)
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// LocalAddr is where the port is open.
func (p *Packets) LocalAddr() net.Addr { return p.udp.LocalAddr() }

// SetDeadline bounds reading and writing.
func (p *Packets) SetDeadline(deadline time.Time) error {
	return errors.Join(p.SetReadDeadline(deadline), p.SetWriteDeadline(deadline))
}

// SetReadDeadline bounds reading.
func (p *Packets) SetReadDeadline(deadline time.Time) error {
	if p.closed.Load() {
		return net.ErrClosed
	}
	p.readDeadline.set(deadline)
	return p.udp.SetReadDeadline(deadline)
}

// SetWriteDeadline bounds writing.
func (p *Packets) SetWriteDeadline(deadline time.Time) error {
	if p.closed.Load() {
		return net.ErrClosed
	}
	return p.udp.SetWriteDeadline(deadline)
}

// answerSTUN tells somebody the address that their packet came from (RFC 8489 section 6.3.1.1).
func (p *Packets) answerSTUN(request []byte, from netip.AddrPort) {
	if !p.answers.Allow() {
		return
	}
	if _, err := p.WriteToAddrPort(bindingSuccess(request, from), from); err != nil {
		p.log.Debug("a STUN answer could not be sent", "error", err)
	}
}

// bindingSuccess makes the answer to a STUN binding request: XOR-MAPPED-ADDRESS and FINGERPRINT (RFC 8489 sections 14.2 and 14.7).
func bindingSuccess(request []byte, from netip.AddrPort) []byte {
	const (
		success          = 0x0101
		xorMappedAddress = 0x0020
		fingerprint      = 0x8028
		fingerprintXOR   = 0x5354554E
		familyIPv4       = 1
		familyIPv6       = 2
	)
	ip, family := from.Addr().AsSlice(), uint16(familyIPv4)
	if len(ip) == net.IPv6len {
		family = familyIPv6
	}
	answer := make([]byte, 0, stunHeaderSize+8+len(ip)+8)
	answer = binary.BigEndian.AppendUint16(answer, success)
	answer = binary.BigEndian.AppendUint16(answer, uint16(cap(answer)-stunHeaderSize))
	answer = append(answer, request[4:stunHeaderSize]...) // the magic cookie and the transaction's id
	answer = binary.BigEndian.AppendUint16(answer, xorMappedAddress)
	answer = binary.BigEndian.AppendUint16(answer, uint16(4+len(ip)))
	answer = binary.BigEndian.AppendUint16(answer, family)
	answer = binary.BigEndian.AppendUint16(answer, from.Port()^stunCookie>>16)
	for i, b := range ip {
		answer = append(answer, b^request[4+i])
	}
	sum := crc32.ChecksumIEEE(answer) ^ fingerprintXOR
	answer = binary.BigEndian.AppendUint16(answer, fingerprint)
	answer = binary.BigEndian.AppendUint16(answer, 4)
	return binary.BigEndian.AppendUint32(answer, sum)
}
