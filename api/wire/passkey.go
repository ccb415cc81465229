package wire

import (
	"guildhall/api/chat"
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

// PasskeyChallenge is what is asked of an authenticator. Challenge are the options for navigator.credentials, as JSON in a string, as upstream has it; Ticket comes back with the answer.
type PasskeyChallenge struct {
	Ticket    string `json:"ticket"`
	Challenge string `json:"challenge"`
}

// NewPasskeyChallenge shows what is asked.
func NewPasskeyChallenge(made chat.PasskeyChallenge) PasskeyChallenge {
	return PasskeyChallenge{Ticket: made.Ticket, Challenge: string(made.Options)}
}

// PasskeyFinish is the body of POST /auth/passkeys/login, which is ours, and of POST /auth/mfa/webauthn. Credential is what the browser gave (PublicKeyCredential.toJSON), as JSON in a string.
type PasskeyFinish struct {
	Ticket     string `json:"ticket"`
	Credential string `json:"credential"`
	Cookie     bool   `json:"cookie"`
}

// PasskeyAdd is the body of POST /users/@me/mfa/webauthn/credentials. The first time it has a Confirmation and is answered with a challenge; the second time it has a name, the ticket of that, and in Credential what
// the browser gave.
type PasskeyAdd struct {
	Confirmation
	Name Optional[string] `json:"name"`
}

// PasskeyAdded answers it: the passkey, and recovery codes, which are shown this once, when the account had no second factor before.
type PasskeyAdded struct {
	Authenticator
	BackupCodes []BackupCode `json:"backup_codes"`
}

// NewPasskeyAdded shows a new passkey.
func NewPasskeyAdded(userID id.ID, added store.Passkey, codes []string) PasskeyAdded {
	return PasskeyAdded{Authenticator: NewAuthenticator(added), BackupCodes: NewBackupCodes(userID, codes).BackupCodes}
}

// PasskeyName is the body of PATCH /users/@me/mfa/webauthn/credentials/{passkey}.
type PasskeyName struct {
	Name string `json:"name"`
}
