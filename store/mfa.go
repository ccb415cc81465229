package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// TwoFactor is what an account can sign in with besides its password.
type TwoFactor struct {
	UserID id.ID
	// Secret is the shared secret of one-time codes (RFC 6238), sealed by those who use it; nil when there is none.
	Secret []byte
	// LastStep is the greatest time step whose code was used: no code of it, or of one before, is good any more.
	LastStep int64
	// RecoveryHashes are the SHA-256 sums of the recovery codes that were not used yet.
	RecoveryHashes [][]byte
	// Passkeys are the account's, in ascending order of id.
	Passkeys []Passkey
}

// On tells whether the account has a second factor. Recovery codes alone are none.
func (t *TwoFactor) On() bool { return t.Secret != nil || len(t.Passkeys) > 0 }

// Passkey is a WebAuthn credential of an account.
type Passkey struct {
	ID id.ID
	// Name is what the person calls it, 1 to 64 characters.
	Name string
	// RPID is the host name that the credential is bound to: no page of another host can use it.
	RPID string
	// CredentialID and PublicKey (a COSE key) are the authenticator's; at most 1023 and some 1000 bytes.
	CredentialID, PublicKey []byte
	// SignCount is what the authenticator counted at the last use; zero for those that do not count.
	SignCount uint32
	// Flags are those of the authenticator data at registration (WebAuthn Level 3, section 6.1); that for the backup state follows each use.
	Flags byte
	// AAGUID tells the model of the authenticator (16 bytes), zero when it does not say.
	AAGUID []byte
	// Transports are how the authenticator can be reached, as the browser said.
	Transports []string
	// UsedAt is when somebody signed in with it last; zero for never.
	CreatedAt, UsedAt time.Time
}

// TwoFactors keeps second factors.
type TwoFactors interface {
	// TwoFactor gives what an account has; nothing but its id when that is nothing, or when there is no such account.
	TwoFactor(ctx context.Context, userID id.ID) (TwoFactor, error)
	// UpdateTwoFactor applies change atomically against other updates of it (see UpdateUser for the rules of change), and sets User.MFA to what On says after; when that is false, nothing is kept. It gives both
	// as they are then. ErrNotFound when there is no such account, or it is a bot's.
	UpdateTwoFactor(ctx context.Context, userID id.ID, change func(*TwoFactor) error) (TwoFactor, User, error)
}
