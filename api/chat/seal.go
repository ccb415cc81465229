package chat

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
)

// sealer keeps secrets that the hall must be able to read again: in the store they are sealed with AES-256-GCM, under a key derived (HKDF, RFC 5869) from the secret that signs access tokens. Who has the store alone
// cannot read them. What the hall only has to recognise is kept as a hash.
type sealer struct{ aead cipher.AEAD }

func newSealer(secret []byte) (sealer, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "guildhall sealed secrets", 32)
	if err != nil {
		return sealer{}, fmt.Errorf("derive the key for sealed secrets: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealer{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return sealer{aead}, err
}

// seal seals a secret for one place, such as "webhook 7": elsewhere it does not open.
func (s sealer) seal(place string, secret []byte) []byte {
	return s.aead.Seal(nil, nil, secret, []byte(place))
}

// open gives what was sealed for a place. It fails for what was changed, sealed for another place, or sealed under another secret of the hall.
func (s sealer) open(place string, sealed []byte) ([]byte, error) {
	return s.aead.Open(nil, nil, sealed, []byte(place))
}
