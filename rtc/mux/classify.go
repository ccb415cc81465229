package mux

import "encoding/binary"

// Kind is what a connection or packet speaks.
type Kind int

// The kinds. STUN, DTLS and RTP (with RTCP) are packets; TLS, HTTP, FramedSTUN (ICE over TCP) and STUN are streams.
const (
	Unknown Kind = iota
	HTTP
	TLS
	STUN
	FramedSTUN
	DTLS
	RTP
)

const (
	// magicCookie marks STUN messages (RFC 8489, section 5).
	magicCookie = 0x2112A442
	// stunHeader is the length of a STUN message's header.
	stunHeader = 20
	// streamHead is how many bytes tell what a stream speaks.
	streamHead = 10
	// tlsHandshake is the first byte of a TLS connection (RFC 8446, section 5.1).
	tlsHandshake = 0x16
)

// ClassifyStream tells what a TCP connection speaks from its first bytes, and whether they suffice to be sure.
func ClassifyStream(head []byte) (kind Kind, sure bool) {
	switch {
	case len(head) == 0:
		return Unknown, false
	case head[0] == tlsHandshake:
		return TLS, true
	case head[0] >= 'A' && head[0] <= 'Z':
		// A method of HTTP. A framed STUN message that long (16 KiB and more) does not exist.
		return HTTP, true
	case len(head) < streamHead:
		return Unknown, false
	case binary.BigEndian.Uint32(head[6:]) == magicCookie && head[2]&0xC0 == 0:
		return FramedSTUN, true
	case binary.BigEndian.Uint32(head[4:]) == magicCookie && head[0]&0xC0 == 0:
		return STUN, true
	}
	return Unknown, true
}

// ClassifyPacket tells what a UDP packet speaks from its first byte (RFC 7983), and for STUN from its cookie.
func ClassifyPacket(packet []byte) Kind {
	switch {
	case len(packet) == 0:
		return Unknown
	case packet[0] < 4:
		if len(packet) >= stunHeader && binary.BigEndian.Uint32(packet[4:]) == magicCookie {
			return STUN
		}
		return Unknown
	case packet[0] >= 20 && packet[0] <= 63:
		return DTLS
	case packet[0] >= 128 && packet[0] <= 191:
		return RTP
	}
	return Unknown
}

// The STUN attributes and methods that are looked at (RFC 8489, sections 14 and 18).
const (
	bindingRequest    = 0x0001
	bindingResponse   = 0x0101
	attributeUsername = 0x0006
	attributeXORAddr  = 0x0020
)

// plainBinding tells whether a packet is a Binding request without a user name: somebody asks for their address, and nothing else.
func plainBinding(packet []byte) bool {
	if ClassifyPacket(packet) != STUN || binary.BigEndian.Uint16(packet) != bindingRequest {
		return false
	}
	length := int(binary.BigEndian.Uint16(packet[2:]))
	if length%4 != 0 || len(packet) != stunHeader+length {
		return false
	}
	for rest := packet[stunHeader:]; len(rest) >= 4; {
		kind, size := binary.BigEndian.Uint16(rest), int(binary.BigEndian.Uint16(rest[2:]))
		if kind == attributeUsername {
			return false
		}
		padded := 4 + (size+3)&^3
		if padded > len(rest) {
			return false
		}
		rest = rest[padded:]
	}
	return true
}
