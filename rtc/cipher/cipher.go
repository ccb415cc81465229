// Package cipher protects the media packets of bots, in the modes of the voice gateway's protocol "udp".
//
// A packet is RTP with Opus in it, and one key serves both directions. What stands where is told by the mode
// (https://discord.com/developers/docs/topics/voice-connections#transport-encryption-and-sending-voice).
package cipher

import (
	"crypto/aes"
	stdcipher "crypto/cipher"
	"errors"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/nacl/secretbox"
)

// Mode is how packets are protected.
type Mode string

// The modes. Those with "rtpsize" authenticate the RTP header; of the older three the first does so too, because the header is its nonce.
const (
	AES256GCM         Mode = "aead_aes256_gcm_rtpsize"
	XChaCha20Poly1305 Mode = "aead_xchacha20_poly1305_rtpsize"
	XSalsa20Poly1305  Mode = "xsalsa20_poly1305"
	// XSalsa20Suffix carries its nonce at the end of the packet.
	XSalsa20Suffix Mode = "xsalsa20_poly1305_suffix"
	// XSalsa20Lite carries the first four bytes of its nonce there; the others are zero.
	XSalsa20Lite Mode = "xsalsa20_poly1305_lite"
)

// Modes are all modes, the best first, as READY offers them.
func Modes() []string {
	return []string{string(AES256GCM), string(XChaCha20Poly1305), string(XSalsa20Poly1305), string(XSalsa20Suffix), string(XSalsa20Lite)}
}

const (
	// KeySize is the size of a key in bytes, in every mode.
	KeySize = 32
	// PayloadType is what bots send Opus as, and expect.
	PayloadType = 120
	// Overhead is by how many bytes a packet is larger than what is in it, at most.
	Overhead = headerSize + tagSize + secretboxNonceSize
	// MaxPacket is the size of the largest packet that is opened: no path carries more.
	MaxPacket = 1500
)

const (
	headerSize = 12
	// preambleSize is the beginning of a header extension: what kind it is, and how many words follow (RFC 3550 section 5.3.1).
	preambleSize = 4
	tagSize      = 16
	// counterSize is how much of a nonce stands at the end of a packet where that is not all of it.
	counterSize        = 4
	gcmNonceSize       = 12
	secretboxNonceSize = 24
)

// Errors of packets. None says anything about the session: who is in the way can send anything.
var (
	// ErrMode says that there is no such mode.
	ErrMode = errors.New("there is no such encryption mode")
	// ErrPacket says that this is no packet of the stream: it is not RTP, or not with Opus, or has another SSRC.
	ErrPacket = errors.New("this is no media packet of the stream")
	// ErrForged says that the packet was not made with the key.
	ErrForged = errors.New("the packet is not authentic")
	// ErrReplayed says that the packet has been here before, or is so old that it might have been.
	ErrReplayed = errors.New("the packet is old")
	// ErrExhausted says that no nonce is left: the session must end, and another key be agreed on.
	ErrExhausted = errors.New("the key has protected as many packets as it may")
)

// protection seals and opens what is in packets. A nonce has the size that the mode wants. Both append to dst, which may be nil.
type protection interface {
	seal(dst, nonce, plaintext, header []byte) []byte
	open(dst, nonce, ciphertext, header []byte) ([]byte, bool)
	nonceSize() int
}

// newProtection gives the algorithm of a mode.
func newProtection(mode Mode, key [KeySize]byte) (protection, error) {
	switch mode {
	case AES256GCM:
		block, err := aes.NewCipher(key[:])
		if err != nil {
			return nil, err
		}
		gcm, err := stdcipher.NewGCM(block)
		return aead{gcm}, err
	case XChaCha20Poly1305:
		chacha, err := chacha20poly1305.NewX(key[:])
		return aead{chacha}, err
	case XSalsa20Poly1305, XSalsa20Suffix, XSalsa20Lite:
		return &box{key}, nil
	}
	return nil, ErrMode
}

// aead authenticates the header with the packet.
type aead struct{ stdcipher.AEAD }

func (a aead) seal(dst, nonce, plaintext, header []byte) []byte {
	return a.Seal(dst, nonce, plaintext, header)
}

func (a aead) open(dst, nonce, ciphertext, header []byte) ([]byte, bool) {
	opened, err := a.Open(dst, nonce, ciphertext, header)
	return opened, err == nil
}

func (a aead) nonceSize() int { return a.NonceSize() }

// box knows nothing of headers, unless they are the nonce.
type box struct{ key [KeySize]byte }

func (b *box) seal(dst, nonce, plaintext, _ []byte) []byte {
	return secretbox.Seal(dst, plaintext, (*[secretboxNonceSize]byte)(nonce), &b.key)
}

func (b *box) open(dst, nonce, ciphertext, _ []byte) ([]byte, bool) {
	return secretbox.Open(dst, ciphertext, (*[secretboxNonceSize]byte)(nonce), &b.key)
}

func (b *box) nonceSize() int { return secretboxNonceSize }

// suffixOf is how many bytes of the nonce stand at the end of a mode's packets.
func suffixOf(mode Mode) int {
	switch mode {
	case XSalsa20Poly1305:
		return 0
	case XSalsa20Suffix:
		return secretboxNonceSize
	default:
		return counterSize
	}
}

// headerIsApart tells whether what follows on the fixed header (the list of sources, and the beginning of an extension) is outside of what is encrypted.
func headerIsApart(mode Mode) bool { return mode == AES256GCM || mode == XChaCha20Poly1305 }
