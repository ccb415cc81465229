package mux

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
)

// Packets is the UDP port as real-time media sees it: what is none of its kinds is dropped before anything is allocated for it, and a plain STUN question is
// answered here.
type Packets struct {
	net.PacketConn
}

func newPackets(conn net.PacketConn) *Packets {
	if udp, ok := conn.(*net.UDPConn); ok {
		// Room for bursts; the kernel gives what it allows, and nothing depends on it.
		_ = udp.SetReadBuffer(socketBuffer)
		_ = udp.SetWriteBuffer(socketBuffer)
	}
	return &Packets{conn}
}

// socketBuffer is asked for in each direction, in bytes: half a second of a hundred 1.5 Mbit/s streams.
const socketBuffer = 8 << 20

// Close closes the port; closing it again is no error.
func (p *Packets) Close() error {
	if err := p.PacketConn.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// ReadFrom gives the next packet of real-time media.
func (p *Packets) ReadFrom(buffer []byte) (int, net.Addr, error) {
	for {
		n, from, err := p.PacketConn.ReadFrom(buffer)
		if err != nil {
			return n, from, err
		}
		packet := buffer[:n]
		switch {
		case ClassifyPacket(packet) == Unknown:
		case plainBinding(packet):
			p.answerBinding(packet, from)
		default:
			return n, from, nil
		}
	}
}

// answerBinding tells the asker their address. The answer is no more than 12 bytes longer than the question's header, so it amplifies nothing.
func (p *Packets) answerBinding(packet []byte, from net.Addr) {
	udp, ok := from.(*net.UDPAddr)
	if !ok {
		return
	}
	if answer := bindingAnswer(packet, udp.AddrPort()); answer != nil {
		_, _ = p.WriteTo(answer, from) // they ask again if it is lost
	}
}

// bindingAnswer makes a Binding response with XOR-MAPPED-ADDRESS (RFC 8489, section 14.2).
func bindingAnswer(request []byte, from netip.AddrPort) []byte {
	address := from.Addr().Unmap()
	family, ip := byte(1), address.AsSlice()
	if address.Is6() {
		family = 2
	}
	answer := make([]byte, 0, stunHeader+8+len(ip))
	answer = binary.BigEndian.AppendUint16(answer, bindingResponse)
	answer = binary.BigEndian.AppendUint16(answer, uint16(8+len(ip)))
	answer = append(answer, request[4:stunHeader]...)
	answer = binary.BigEndian.AppendUint16(answer, attributeXORAddr)
	answer = binary.BigEndian.AppendUint16(answer, uint16(4+len(ip)))
	answer = append(answer, 0, family)
	answer = binary.BigEndian.AppendUint16(answer, from.Port()^magicCookie>>16)
	for i, b := range ip {
		answer = append(answer, b^request[4+i])
	}
	return answer
}
