package chattest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// Authenticator is a virtual authenticator with a passkey for each account: it does what browsers and security keys do together, by the letter of WebAuthn and not by what is tested.
type Authenticator struct {
	// Origin is the page that it is used on.
	Origin string
	// Count is what it counted; Step is added with each use. Unverified keeps it from making sure who its user is.
	Count, Step uint32
	Unverified  bool
	keys        []virtualKey
	tb          testing.TB
}

type virtualKey struct {
	id, handle []byte
	private    *ecdsa.PrivateKey
}

// NewAuthenticator gives one for a page such as "https://hall.example".
func NewAuthenticator(tb testing.TB, origin string) *Authenticator {
	return &Authenticator{Origin: origin, Step: 1, tb: tb}
}

// Flags of authenticator data (WebAuthn Level 3, section 6.1).
const (
	userPresent  = 1 << 0
	userVerified = 1 << 2
	attested     = 1 << 6
)

func (a *Authenticator) must(err error) {
	if err != nil {
		a.tb.Helper()
		a.tb.Fatal(err)
	}
}

func (a *Authenticator) data(rpID string, flags byte) []byte {
	flags |= userPresent
	if !a.Unverified {
		flags |= userVerified
	}
	a.Count += a.Step
	sum := sha256.Sum256([]byte(rpID))
	return binary.BigEndian.AppendUint32(append(sum[:], flags), a.Count)
}

func encoded(bytes []byte) string { return base64.RawURLEncoding.EncodeToString(bytes) }

func (a *Authenticator) clientData(kind, challenge string) []byte {
	data, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false})
	a.must(err)
	return data
}

func (a *Authenticator) answer(id []byte, response map[string]any) []byte {
	answer, err := json.Marshal(map[string]any{"id": encoded(id), "rawId": encoded(id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	a.must(err)
	return answer
}

// Create does what navigator.credentials.create does with these options, in JSON.
func (a *Authenticator) Create(options []byte) []byte {
	a.tb.Helper()
	var asked struct {
		Challenge string
		RP        struct{ ID string }
		User      struct{ ID string }
	}
	a.must(json.Unmarshal(options, &asked))
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a.must(err)
	handle, err := base64.RawURLEncoding.DecodeString(asked.User.ID)
	a.must(err)
	key := virtualKey{id: make([]byte, 24), handle: handle, private: private}
	_, _ = rand.Read(key.id)
	point, err := private.PublicKey.Bytes()
	a.must(err)
	public, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	a.must(err)
	data := append(a.data(asked.RP.ID, attested), make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(key.id))), key.id...)
	object, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": append(data, public...)})
	a.must(err)
	a.keys = append(a.keys, key)
	return a.answer(key.id, map[string]any{"clientDataJSON": encoded(a.clientData("webauthn.create", asked.Challenge)), "attestationObject": encoded(object), "transports": []string{"internal"}})
}

// Get does what navigator.credentials.get does with these options, with the passkey that was made last among those that are allowed.
func (a *Authenticator) Get(options []byte) []byte {
	a.tb.Helper()
	var asked struct {
		Challenge, RPID  string
		AllowCredentials []struct{ ID string }
	}
	a.must(json.Unmarshal(options, &asked))
	var key *virtualKey
	for i := range a.keys {
		allowed := len(asked.AllowCredentials) == 0
		for _, one := range asked.AllowCredentials {
			allowed = allowed || one.ID == encoded(a.keys[i].id)
		}
		if allowed {
			key = &a.keys[i]
		}
	}
	if key == nil {
		a.tb.Fatalf("none of the authenticator's passkeys is asked for: %s", options)
	}
	data, client := a.data(asked.RPID, 0), a.clientData("webauthn.get", asked.Challenge)
	sum := sha256.Sum256(client)
	digest := sha256.Sum256(append(data[:len(data):len(data)], sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, key.private, digest[:])
	a.must(err)
	return a.answer(key.id, map[string]any{"clientDataJSON": encoded(client), "authenticatorData": encoded(data), "signature": encoded(signature), "userHandle": encoded(key.handle)})
}
