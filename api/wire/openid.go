package wire

import (
	"guildhall/api/chat"
)

// SignInProvider is one entry of GET /auth/oidc: a service that can be signed in with. The routes about those are ours.
type SignInProvider struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

// NewSignInProviders shows what can be signed in with.
func NewSignInProviders(buttons []chat.ProviderButton) []SignInProvider {
	shown := make([]SignInProvider, len(buttons))
	for i, one := range buttons {
		shown[i] = SignInProvider(one)
	}
	return shown
}

// PendingSignIn answers GET /auth/oidc/pending: what is left to do of a sign-in that a provider has vouched for.
type PendingSignIn struct {
	Provider SignInProvider `json:"provider"`
	// Label is what the provider calls the person; may be empty.
	Label string `json:"label"`
	// Step is the second step that the account asks for; null when it is still to be said which account it is.
	Step *MFARequired `json:"step"`
	// MayRegister tells whether a new account may be made, NeedsInvite whether that needs an invite.
	MayRegister bool `json:"may_register"`
	NeedsInvite bool `json:"needs_invite"`
	// Username and GlobalName are what a new account might be called; may be empty.
	Username   string `json:"username"`
	GlobalName string `json:"global_name"`
	// ReturnTo is the path to lead to afterwards.
	ReturnTo string `json:"return_to"`
}

// NewPendingSignIn shows what is left to do.
func NewPendingSignIn(waiting chat.PendingSignIn) PendingSignIn {
	shown := PendingSignIn{Provider: SignInProvider{waiting.Key, waiting.Name}, Label: waiting.Label, MayRegister: waiting.MayRegister, NeedsInvite: waiting.NeedsInvite,
		Username: waiting.Username, GlobalName: waiting.GlobalName, ReturnTo: waiting.Return}
	if waiting.Step != nil {
		step := NewMFARequired(*waiting.Step)
		shown.Step = &step
	}
	return shown
}

// ProviderRegister is the body of POST /auth/oidc/register. The refresh token of what comes of it is always in a cookie.
type ProviderRegister struct {
	Username   string           `json:"username"`
	GlobalName Optional[string] `json:"global_name"`
	Invite     Optional[string] `json:"invite"`
}

// ProviderLinkStart is the body of POST /users/@me/oidc/start: whom to sign in with to link that, where to lead to afterwards, and who asks.
type ProviderLinkStart struct {
	Provider   string `json:"provider"`
	ReturnTo   string `json:"return_to"`
	Password   string `json:"password"`
	Code       string `json:"code"`
	Ticket     string `json:"ticket"`
	Credential string `json:"credential"`
}

// Proof gives what was shown of who asks.
func (p *ProviderLinkStart) Proof() chat.Proof {
	return proof(p.Password, p.Code, p.Ticket, p.Credential)
}

// ProviderAddress answers that: the address to lead the browser to.
type ProviderAddress struct {
	URL string `json:"url"`
}

// ProviderUnlink is the body of POST /users/@me/oidc/unlink.
type ProviderUnlink struct {
	ID         string `json:"id"`
	Password   string `json:"password"`
	Code       string `json:"code"`
	Ticket     string `json:"ticket"`
	Credential string `json:"credential"`
}

// Proof gives what was shown of who asks.
func (p *ProviderUnlink) Proof() chat.Proof {
	return proof(p.Password, p.Code, p.Ticket, p.Credential)
}

// LinkedAccounts answers GET /users/@me/oidc.
type LinkedAccounts struct {
	Linked []LinkedAccount `json:"linked"`
	// HasPassword tells whether the account has a password; without one, a sign-in of the last ten minutes stands for it.
	HasPassword bool `json:"has_password"`
}

// LinkedAccount is an account elsewhere that one's own is linked to.
type LinkedAccount struct {
	ID string `json:"id"`
	// Provider is null when the hall does not know it any more; Name is then its address.
	Provider *string `json:"provider"`
	Name     string  `json:"name"`
	Label    string  `json:"label"`
	LinkedAt string  `json:"linked_at"`
	UsedAt   *string `json:"used_at"`
}

// NewLinkedAccount shows an account elsewhere to its holder.
func NewLinkedAccount(linked chat.LinkedIdentity) LinkedAccount {
	return LinkedAccount{ID: linked.ID, Provider: TextOrNull(linked.Key), Name: linked.Name, Label: linked.Label, LinkedAt: Timestamp(linked.LinkedAt), UsedAt: TimestampOrNull(linked.UsedAt)}
}

// NewLinkedAccounts shows what an account is linked to.
func NewLinkedAccounts(links chat.LinkedIdentities) LinkedAccounts {
	shown := LinkedAccounts{Linked: make([]LinkedAccount, len(links.Identities)), HasPassword: links.HasPassword}
	for i, one := range links.Identities {
		shown.Linked[i] = NewLinkedAccount(one)
	}
	return shown
}
