package mux

import "encoding/binary"

// StreamKind is the protocol of a TCP connection, as far as its first bytes tell.
type StreamKind int

// The protocols of TCP connections.
const (
	// StreamUndecided needs more bytes.
	StreamUndecided StreamKind = iota
	StreamHTTP
	StreamTLS
	// StreamICE is ICE over TCP: STUN in frames of RFC 4571.
	StreamICE
	// StreamTURN is STUN without a frame around it, as TURN over TCP begins (RFC 8656).
	StreamTURN
)

// PacketKind is the protocol of a UDP packet, as far as its bytes tell.
type PacketKind int

// The protocols of UDP packets.
const (
	PacketUnknown PacketKind = iota
	// PacketICE is STUN with a user name: a connectivity check.
	PacketICE
	// PacketSTUN is a binding request without a user name: somebody asks for their own address.
	PacketSTUN
	PacketDTLS
	// PacketRTP is RTP or RTCP.
	PacketRTP
	// PacketDiscovery is the IP discovery of bots, 74 bytes of a protocol of its own.
	PacketDiscovery
)

// Numbers of STUN (RFC 8489), TLS (RFC 8446) and of bots' IP discovery.
const (
	stunCookie         = 0x2112A442
	stunHeaderSize     = 20
	stunBindingRequest = 0x0001
	stunUsername       = 0x0006
	handshakeRecord    = 0x16
	discoverySize      = 74
	discoveryRequest   = 0x0001
	discoveryLength    = 70
)

// sniffSize is how many bytes ClassifyStream needs at most: a frame's length, then STUN's type, length and magic cookie.
const sniffSize = 10

// ClassifyStream tells the protocol of a TCP connection from the bytes that it began with. It answers StreamUndecided only for
// fewer bytes than sniffSize. One byte is enough for almost everybody: a method of HTTP begins with a letter, while STUN begins with two
// zero bits, and so does the length of any frame of less than 16 KiB that STUN may be in.
func ClassifyStream(head []byte) StreamKind {
	switch {
	case len(head) == 0:
		return StreamUndecided
	case head[0] == handshakeRecord:
		return StreamTLS
	case head[0] >= 0x40:
		return StreamHTTP
	case len(head) >= 8 && binary.BigEndian.Uint32(head[4:]) == stunCookie:
		return StreamTURN
	case len(head) < sniffSize:
		return StreamUndecided
	case binary.BigEndian.Uint32(head[6:]) == stunCookie:
		return StreamICE
	default:
		return StreamHTTP
	}
}

// ClassifyPacket tells the protocol of a UDP packet (RFC 7983, and the voice protocol of bots). Packets of bots that are known by their
// address are told by that, not by this.
func ClassifyPacket(packet []byte) PacketKind {
	if len(packet) == 0 {
		return PacketUnknown
	}
	switch first := packet[0]; {
	case first <= 3:
		if isSTUN(packet) {
			return classifySTUN(packet)
		}
		if len(packet) == discoverySize && binary.BigEndian.Uint16(packet) == discoveryRequest && binary.BigEndian.Uint16(packet[2:]) == discoveryLength {
			return PacketDiscovery
		}
		return PacketUnknown
	case first >= 20 && first <= 63:
		return PacketDTLS
	case first >= 128 && first <= 191:
		return PacketRTP
	default:
		return PacketUnknown
	}
}

// isSTUN tells whether a packet has the header of a STUN message that fills it (RFC 8489 section 5).
func isSTUN(packet []byte) bool {
	return len(packet) >= stunHeaderSize && binary.BigEndian.Uint32(packet[4:]) == stunCookie &&
		packet[3]&3 == 0 && int(binary.BigEndian.Uint16(packet[2:])) == len(packet)-stunHeaderSize
}

// classifySTUN tells a connectivity check from somebody's plain question. Everything but a plain binding request is ICE's to judge.
func classifySTUN(packet []byte) PacketKind {
	if binary.BigEndian.Uint16(packet) != stunBindingRequest {
		return PacketICE
	}
	for rest := packet[stunHeaderSize:]; len(rest) >= 4; {
		if binary.BigEndian.Uint16(rest) == stunUsername {
			return PacketICE
		}
		size := 4 + (int(binary.BigEndian.Uint16(rest[2:]))+3)&^3
		if size > len(rest) {
			return PacketUnknown
		}
		rest = rest[size:]
	}
	return PacketSTUN
}
