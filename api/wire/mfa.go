package wire

import (
	"guildhall/api/chat"
	"guildhall/store/id"
)

// MFARequired answers a login with the right password when the account has a second factor: what would do, and the ticket to finish with.
type MFARequired struct {
	UserID id.ID  `json:"user_id"`
	MFA    bool   `json:"mfa"`
	SMS    bool   `json:"sms"`
	Ticket string `json:"ticket"`
	// TOTP and Backup tell whether codes of an app, or recovery codes, would do.
	TOTP   bool `json:"totp"`
	Backup bool `json:"backup"`
	// WebAuthn are the options for navigator.credentials.get as JSON in a string, as upstream has it; null when no passkey of the account can be used on the page that asks.
	WebAuthn *string `json:"webauthn"`
}

// NewMFARequired shows what a second step needs.
func NewMFARequired(step chat.SecondStep) MFARequired {
	return MFARequired{UserID: step.UserID, MFA: true, Ticket: step.Ticket, TOTP: step.TOTP, Backup: step.Recovery, WebAuthn: TextOrNull(string(step.Passkey))}
}

// MFAFinish is the body of POST /auth/mfa/totp and /backup.
type MFAFinish struct {
	Ticket string `json:"ticket"`
	Code   string `json:"code"`
	Cookie bool   `json:"cookie"`
}

// Factors answers GET /users/@me/mfa, which is ours.
type Factors struct {
	TOTP bool `json:"totp"`
	// BackupCodesLeft is how many recovery codes were not used yet.
	BackupCodesLeft int             `json:"backup_codes_left"`
	Authenticators  []Authenticator `json:"authenticators"`
	// PasskeysHere tells whether passkeys can be made and used on the page that asks: its address must be a name.
	PasskeysHere bool `json:"passkeys_here"`
}

// NewFactors shows what an account signs in with besides its password.
func NewFactors(factors chat.Factors, passkeysHere bool) Factors {
	return Factors{TOTP: factors.TOTP, BackupCodesLeft: factors.RecoveryLeft, Authenticators: NewAuthenticators(factors.Passkeys), PasskeysHere: passkeysHere}
}

// TOTPEnable is the body of POST /users/@me/mfa/totp/enable: Secret is in base 32, Code one of an app that has it. Where the account has a passkey already, the confirmation needs a recovery code or that,
// which SecondCode, Ticket and Credential are for.
type TOTPEnable struct {
	Password   string `json:"password"`
	Secret     string `json:"secret"`
	Code       string `json:"code"`
	SecondCode string `json:"second_code"`
	Ticket     string `json:"ticket"`
	Credential string `json:"credential"`
}

// Proof gives what was shown of who asks.
func (t *TOTPEnable) Proof() chat.Proof {
	return proof(t.Password, t.SecondCode, t.Ticket, t.Credential)
}

// BackupCodes answers what makes recovery codes: they are shown this once. There are none where the account had a second factor before.
type BackupCodes struct {
	BackupCodes []BackupCode `json:"backup_codes"`
}

// BackupCode is one recovery code.
type BackupCode struct {
	UserID   id.ID  `json:"user_id"`
	Code     string `json:"code"`
	Consumed bool   `json:"consumed"`
}

// NewBackupCodes shows recovery codes.
func NewBackupCodes(userID id.ID, codes []string) BackupCodes {
	shown := BackupCodes{BackupCodes: make([]BackupCode, len(codes))}
	for i, code := range codes {
		shown.BackupCodes[i] = BackupCode{UserID: userID, Code: code}
	}
	return shown
}

// Confirmation is the body of what is done only by somebody who shows again who they are: with the password, and, for what needs it where the account has a second factor, with a code (of an app or a
// recovery code), or with the answer of a passkey to what POST /users/@me/mfa/webauthn/challenge gave.
type Confirmation struct {
	Password   string `json:"password"`
	Code       string `json:"code"`
	Ticket     string `json:"ticket"`
	Credential string `json:"credential"`
}

// Proof gives what was shown of who asks.
func (c *Confirmation) Proof() chat.Proof {
	return proof(c.Password, c.Code, c.Ticket, c.Credential)
}

func proof(password, code, ticket, credential string) chat.Proof {
	shown := chat.Proof{Password: password, Code: code, Ticket: ticket}
	if credential != "" {
		shown.Credential = []byte(credential)
	}
	return shown
}
