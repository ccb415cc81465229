package cipher

import (
	"crypto/rand"
	"encoding/binary"
)

// Sealer makes packets for a bot. It is for one goroutine at a time.
type Sealer struct {
	mode       Mode
	protection protection
	nonce      [secretboxNonceSize]byte
	header     [headerSize]byte
	// count is how many packets were made.
	count uint32
}

// NewSealer makes a Sealer, or says ErrMode.
func NewSealer(mode Mode, key [KeySize]byte) (*Sealer, error) {
	protection, err := newProtection(mode, key)
	if err != nil {
		return nil, err
	}
	return &Sealer{mode: mode, protection: protection}, nil
}

// Seal appends a packet to dst: RTP without any extension, as all libraries read it. It says ErrExhausted when the key has done its work.
func (s *Sealer) Seal(dst []byte, sequence uint16, timestamp, ssrc uint32, opus []byte) ([]byte, error) {
	begin := len(dst)
	dst = append(dst, 0x80, PayloadType)
	dst = binary.BigEndian.AppendUint16(dst, sequence)
	dst = binary.BigEndian.AppendUint32(dst, timestamp)
	dst = binary.BigEndian.AppendUint32(dst, ssrc)
	copy(s.header[:], dst[begin:])
	if err := s.next(); err != nil {
		return nil, err
	}
	dst = s.protection.seal(dst, s.nonce[:s.protection.nonceSize()], opus, s.header[:])
	return append(dst, s.nonce[:suffixOf(s.mode)]...), nil
}

// maxCount is how many packets there are counters for: see next.
const maxCount = 1 << 30

// next sets the nonce of the next packet. The bot protects its packets with the same key, and begins to count where it likes: in practice at zero, in either
// byte order. No nonce may ever serve both directions, so the first and the last bit of what we count with are always set; a bot gets to numbers
// of that kind after 2^31 packets, which is more than a year of sound.
func (s *Sealer) next() error {
	switch s.mode {
	case XSalsa20Poly1305:
		copy(s.nonce[:], s.header[:]) // Our SSRCs are never the bot's, so neither are the nonces.
		return nil
	case XSalsa20Suffix:
		rand.Read(s.nonce[:]) // It never fails (crypto/rand).
		return nil
	}
	if s.count == maxCount {
		return ErrExhausted
	}
	s.nonce[0] = 0x80 | byte(s.count>>23)
	s.nonce[1], s.nonce[2] = byte(s.count>>15), byte(s.count>>7)
	s.nonce[3] = 0x80 | byte(s.count&0x7F)
	s.count++
	return nil
}
