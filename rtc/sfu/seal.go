package sfu

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"strings"
	"sync"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/prf"
	"github.com/pion/dtls/v3/pkg/protocol/extension"
	"github.com/pion/dtls/v3/pkg/protocol/handshake"
	"github.com/pion/rtp"
)

// errNoWay says that a client cannot be reached now.
var errNoWay = errors.New("there is no way to the client")

// handshakeKeys takes note of what a DTLS handshake agrees on, as far as the keys of media follow from it. It is pion's key log for one connection, which goes nowhere
// but here.
type handshakeKeys struct {
	mu           sync.Mutex
	serverRandom []byte
	suite        dtls.CipherSuiteID
	profile      dtls.SRTPProtectionProfile
	// material is what both sides' keys and salts are cut of (RFC 5764 section 4.2).
	material []byte
}

// hello notes what the server says in the handshake, and changes nothing.
func (k *handshakeKeys) hello(message handshake.MessageServerHello) handshake.Message {
	k.mu.Lock()
	defer k.mu.Unlock()
	random := message.Random.MarshalFixed()
	k.serverRandom, k.profile = random[:], 0
	if message.CipherSuiteID != nil {
		k.suite = dtls.CipherSuiteID(*message.CipherSuiteID)
	}
	for _, one := range message.Extensions {
		if agreed, ok := one.(*extension.UseSRTP); ok && len(agreed.ProtectionProfiles) == 1 {
			k.profile = agreed.ProtectionProfiles[0]
		}
	}
	return &message
}

// Sizes of the keys of media (RFC 7714 section 12).
const gcmSaltSize = 12

// keySize is the size of a profile's keys, zero for one that is not sealed here.
func keySize(profile dtls.SRTPProtectionProfile) int {
	switch profile {
	case dtls.SRTP_AEAD_AES_128_GCM:
		return 16
	case dtls.SRTP_AEAD_AES_256_GCM:
		return 32
	default:
		return 0
	}
}

// Write takes a line of the key log: "CLIENT_RANDOM", the client's random and the master secret.
func (k *handshakeKeys) Write(line []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	fields := strings.Fields(string(line))
	size := keySize(k.profile)
	if len(fields) != 3 || fields[0] != "CLIENT_RANDOM" || k.serverRandom == nil || size == 0 {
		return len(line), nil
	}
	clientRandom, err := hex.DecodeString(fields[1])
	if err != nil {
		return len(line), nil //nolint:nilerr // media goes pion's way then
	}
	secret, err := hex.DecodeString(fields[2])
	if err != nil {
		return len(line), nil //nolint:nilerr // media goes pion's way then
	}
	digest := func() hash.Hash { return sha256.New() }
	if k.suite == dtls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 || k.suite == dtls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 {
		digest = sha512.New384
	}
	seed := append(append([]byte("EXTRACTOR-dtls_srtp"), clientRandom...), k.serverRandom...)
	k.material, err = prf.PHash(secret, seed, 2*(size+gcmSaltSize), digest)
	if err != nil {
		k.material = nil
	}
	return len(line), nil
}

// sealer makes what seals packets from the server, nil when it is not known how. The keys are forgotten.
func (k *handshakeKeys) sealer() *sealer {
	k.mu.Lock()
	defer k.mu.Unlock()
	size, material := keySize(k.profile), k.material
	k.material = nil
	if size == 0 || len(material) != 2*(size+gcmSaltSize) {
		return nil
	}
	// The client's key, the server's key, the client's salt, the server's salt.
	key, salt := material[size:2*size], material[2*size+gcmSaltSize:]
	made, err := newSealer(key, salt)
	if err != nil {
		return nil
	}
	return made
}

// sealSize is by how much a packet grows.
const sealSize = 16

// sealer protects packets with AES-GCM (RFC 7714).
type sealer struct {
	aead cipher.AEAD
	salt [gcmSaltSize]byte
	// nonce is that of the packet that is being sealed, here so that none needs memory of its own.
	nonce   [gcmSaltSize]byte
	streams map[uint32]*sealedStream
}

// sealedStream counts the packets of an SSRC: how often its sequence numbers have wrapped around, and the highest.
type sealedStream struct {
	rollovers uint32
	highest   uint16
}

// Labels of the derivation of keys (RFC 3711 section 4.3.1).
const (
	labelEncryption = 0
	labelSalt       = 2
)

func newSealer(masterKey, masterSalt []byte) (*sealer, error) {
	key, err := deriveKey(masterKey, masterSalt, labelEncryption, len(masterKey))
	if err != nil {
		return nil, err
	}
	salt, err := deriveKey(masterKey, masterSalt, labelSalt, gcmSaltSize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	made := &sealer{salt: [gcmSaltSize]byte(salt), streams: make(map[uint32]*sealedStream)}
	made.aead, err = cipher.NewGCM(block)
	return made, err
}

// deriveKey derives a key of a session (RFC 3711 section 4.3.3, with a salt of 96 bits as RFC 7714 section 11 has it).
func deriveKey(masterKey, masterSalt []byte, label byte, size int) ([]byte, error) {
	block, err := aes.NewCipher(masterKey)
	if err != nil {
		return nil, err
	}
	var counter [aes.BlockSize]byte
	copy(counter[:], masterSalt)
	counter[7] ^= label
	derived := make([]byte, size)
	cipher.NewCTR(block, counter[:]).XORKeyStream(derived, derived)
	return derived, nil
}

// seal appends a packet to a space that has room for it. A packet that is too old to be counted is refused with nil.
func (s *sealer) seal(space []byte, header *rtp.Header, payload []byte) []byte {
	size := header.MarshalSize()
	if cap(space) < size+len(payload)+sealSize {
		return nil
	}
	packet := space[:size]
	if _, err := header.MarshalTo(packet); err != nil {
		return nil
	}
	rollovers, ok := s.rollovers(header.SSRC, header.SequenceNumber)
	if !ok {
		return nil
	}
	nonce := &s.nonce
	*nonce = s.salt
	xor := func(at int, value uint32) {
		binary.BigEndian.PutUint32(nonce[at:], binary.BigEndian.Uint32(nonce[at:])^value)
	}
	xor(2, header.SSRC)
	xor(6, rollovers)
	nonce[10] ^= byte(header.SequenceNumber >> 8)
	nonce[11] ^= byte(header.SequenceNumber)
	return s.aead.Seal(packet, nonce[:], payload, packet)
}

// rollovers tells how often the sequence numbers of a packet's stream had wrapped around when it was made (RFC 3711 section 3.3.1). Packets may come late by half of the
// numbers.
func (s *sealer) rollovers(ssrc uint32, sequence uint16) (uint32, bool) {
	stream := s.streams[ssrc]
	if stream == nil {
		s.streams[ssrc] = &sealedStream{highest: sequence}
		return 0, true
	}
	ahead := sequence - stream.highest
	if ahead < 1<<15 {
		if sequence < stream.highest {
			stream.rollovers++
		}
		stream.highest = sequence
		return stream.rollovers, true
	}
	if sequence > stream.highest {
		// It was made before the last wrap.
		return stream.rollovers - 1, stream.rollovers > 0
	}
	return stream.rollovers, true
}
