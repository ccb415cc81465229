package wire

import (
	"guildhall/store"
	"guildhall/store/id"
)

// Authenticator is a passkey as its holder sees it; Type is 1 (WebAuthn).
type Authenticator struct {
	ID   id.ID  `json:"id"`
	Type int    `json:"type"`
	Name string `json:"name"`
	// Host is the name of the pages that it works on.
	Host      string  `json:"host"`
	CreatedAt string  `json:"created_at"`
	LastUsed  *string `json:"last_used"`
}

// authenticatorWebAuthn is upstream's number of passkeys and security keys.
const authenticatorWebAuthn = 1

// NewAuthenticator shows a passkey.
func NewAuthenticator(passkey store.Passkey) Authenticator {
	return Authenticator{ID: passkey.ID, Type: authenticatorWebAuthn, Name: passkey.Name, Host: passkey.RPID, CreatedAt: Timestamp(passkey.CreatedAt), LastUsed: TimestampOrNull(passkey.UsedAt)}
}

// NewAuthenticators shows several.
func NewAuthenticators(passkeys []store.Passkey) []Authenticator {
	shown := make([]Authenticator, len(passkeys))
	for i, passkey := range passkeys {
		shown[i] = NewAuthenticator(passkey)
	}
	return shown
}
