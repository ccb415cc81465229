package cipher

import "encoding/binary"

// Packet is an opened packet. Opus is valid until the next one is opened.
type Packet struct {
	Sequence  uint16
	Timestamp uint32
	Opus      []byte
}

// Opener opens a bot's packets, each one once. It is for one goroutine at a time.
type Opener struct {
	mode       Mode
	ssrc       uint32
	protection protection
	seen       replayGuard
	plaintext  [MaxPacket]byte
}

// NewOpener makes an Opener for the packets of one SSRC, or says ErrMode.
func NewOpener(mode Mode, key [KeySize]byte, ssrc uint32) (*Opener, error) {
	protection, err := newProtection(mode, key)
	if err != nil {
		return nil, err
	}
	return &Opener{mode: mode, ssrc: ssrc, protection: protection, seen: newReplayGuard(mode)}, nil
}

// SSRCOf reads the SSRC of what looks like a bot's media packet.
func SSRCOf(packet []byte) (ssrc uint32, ok bool) {
	if len(packet) < headerSize || packet[0]>>6 != 2 || packet[1]&0x7F != PayloadType {
		return 0, false
	}
	return binary.BigEndian.Uint32(packet[8:]), true
}

// Open opens a packet, which is left as it is. The errors are ErrPacket, ErrForged and ErrReplayed.
func (o *Opener) Open(packet []byte) (Packet, error) {
	ssrc, ok := SSRCOf(packet)
	if !ok || ssrc != o.ssrc || len(packet) > MaxPacket {
		return Packet{}, ErrPacket
	}
	head, ok := o.headSize(packet)
	tail := len(packet) - suffixOf(o.mode)
	if !ok || tail-head < tagSize {
		return Packet{}, ErrPacket
	}
	var nonce [secretboxNonceSize]byte
	if o.mode == XSalsa20Poly1305 {
		copy(nonce[:], packet[:headerSize])
	} else {
		copy(nonce[:], packet[tail:])
	}
	plaintext, ok := o.protection.open(o.plaintext[:0], nonce[:o.protection.nonceSize()], packet[head:tail], packet[:head])
	if !ok {
		return Packet{}, ErrForged
	}
	if !o.seen.fresh(packet, nonce) {
		return Packet{}, ErrReplayed
	}
	opus, ok := strip(packet, plaintext, headerIsApart(o.mode))
	if !ok {
		return Packet{}, ErrPacket
	}
	return Packet{Sequence: binary.BigEndian.Uint16(packet[2:]), Timestamp: binary.BigEndian.Uint32(packet[4:]), Opus: opus}, nil
}

// headSize is how many bytes of a packet are not encrypted: the fixed header, and where the mode says so the list of contributing sources and the beginning
// of an extension.
func (o *Opener) headSize(packet []byte) (int, bool) {
	size := headerSize
	if headerIsApart(o.mode) {
		size += sourcesSize(packet)
		if hasExtension(packet) {
			size += preambleSize
		}
	}
	return size, size <= len(packet)
}

func sourcesSize(packet []byte) int   { return 4 * int(packet[0]&0x0F) }
func hasExtension(packet []byte) bool { return packet[0]&0x10 != 0 }
func hasPadding(packet []byte) bool   { return packet[0]&0x20 != 0 }

// strip takes everything but Opus out of what was encrypted: with the beginning of the extension outside only its body is here, at the front; otherwise
// the list of sources and the whole extension are. Padding is at the end, and its last byte says how much there is.
func strip(packet, plaintext []byte, apart bool) ([]byte, bool) {
	words := 0
	if apart {
		if hasExtension(packet) {
			at := headerSize + sourcesSize(packet) + 2
			words = int(binary.BigEndian.Uint16(packet[at:]))
		}
	} else {
		sources := sourcesSize(packet)
		if sources > len(plaintext) {
			return nil, false
		}
		plaintext = plaintext[sources:]
		if hasExtension(packet) {
			if len(plaintext) < preambleSize {
				return nil, false
			}
			words = int(binary.BigEndian.Uint16(plaintext[2:]))
			plaintext = plaintext[preambleSize:]
		}
	}
	if 4*words > len(plaintext) {
		return nil, false
	}
	plaintext = plaintext[4*words:]
	if hasPadding(packet) {
		if len(plaintext) == 0 {
			return nil, false
		}
		padding := int(plaintext[len(plaintext)-1])
		if padding == 0 || padding > len(plaintext) {
			return nil, false
		}
		plaintext = plaintext[:len(plaintext)-padding]
	}
	return plaintext, true
}
