package store

import (
	"context"

	"guildhall/store/id"
)

// SecurityEventKind says what happened to the safety of an account.
type SecurityEventKind string

// What is noted.
const (
	SecuritySignIn           SecurityEventKind = "sign_in"
	SecurityAttemptsBlocked  SecurityEventKind = "attempts_blocked"   // somebody guessed passwords until they were stopped
	SecurityWrongSecondStep  SecurityEventKind = "second_step_failed" // somebody had the password, and not the second factor
	SecurityPasswordChanged  SecurityEventKind = "password_changed"
	SecurityPasswordReset    SecurityEventKind = "password_reset" // with a link, or by whoever runs the hall
	SecurityTOTPEnabled      SecurityEventKind = "totp_enabled"
	SecurityTOTPDisabled     SecurityEventKind = "totp_disabled"
	SecurityRecoveryMade     SecurityEventKind = "recovery_codes_made"
	SecurityRecoveryUsed     SecurityEventKind = "recovery_code_used"
	SecurityPasskeyAdded     SecurityEventKind = "passkey_added"
	SecurityPasskeyRemoved   SecurityEventKind = "passkey_removed"
	SecurityPasskeyRefused   SecurityEventKind = "passkey_refused" // its counter did not grow: there may be a copy
	SecurityTwoFactorRemoved SecurityEventKind = "mfa_reset"       // by whoever runs the hall
	SecuritySessionsEnded    SecurityEventKind = "sessions_ended"
	SecurityClaimed          SecurityEventKind = "claimed" // a guest took an account
	SecurityIdentityLinked   SecurityEventKind = "provider_linked"
	SecurityIdentityUnlinked SecurityEventKind = "provider_unlinked"
)

// SecurityEvent is something that happened to the safety of an account, for its holder.
type SecurityEvent struct {
	ID     id.ID
	UserID id.ID
	Kind   SecurityEventKind
	// SessionID is the login that came of it, or from which it was done; zero for none.
	SessionID id.ID
	// Address and UserAgent are the device's, as LoginSession has them; empty when it was done by whoever runs the hall.
	Address, UserAgent string
	// Details are what it was about, by name, such as the name of a passkey; never a secret.
	Details map[string]string
}

// SecurityEvents keeps what happened to the safety of accounts; of each account the newest.
type SecurityEvents interface {
	// AddSecurityEvent stores an event, and deletes the account's oldest so that no more than most are left. ErrNotFound when there is no such account, a *ConflictError ("id") when it is there already.
	AddSecurityEvent(ctx context.Context, event SecurityEvent, most int) error
	// SecurityEvents gives an account's events, the newest first, before a given one (zero: from the newest), at most limit.
	SecurityEvents(ctx context.Context, userID, before id.ID, limit int) ([]SecurityEvent, error)
}
