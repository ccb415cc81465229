package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// OpenIDAccounts says whether people whom a provider vouches for may get an account by that.
type OpenIDAccounts string

// The answers.
const (
	OpenIDNoAccounts     OpenIDAccounts = "none"   // only accounts that are there are signed in to
	OpenIDInviteAccounts OpenIDAccounts = "invite" // with an invite to a guild
	OpenIDOpenAccounts   OpenIDAccounts = "open"   // whoever has one there gets one here
)

// OpenIDProvider is a service that people sign in with (OpenID Connect), as an administrator set it up.
type OpenIDProvider struct {
	// Key names the provider in addresses: 1 to 32 of a-z, 0-9 and -. It never changes.
	Key string
	// Name is what people see.
	Name string
	// Issuer is the provider's identifier, exactly as it says it itself. It never changes, and no two providers have the same.
	Issuer   string
	ClientID string
	// SealedSecret is the client's secret, sealed by those who use it; nil for a client that has none.
	SealedSecret []byte
	// Scopes are asked for beside "openid".
	Scopes []string
	// GroupsClaim is the claim that lists somebody's groups; empty for none.
	GroupsClaim string
	// GroupRoles are the roles that go with groups.
	GroupRoles []GroupRole
	Accounts   OpenIDAccounts
	// EmailDomains are those of which somebody must have a confirmed address, in lower case; none lets everybody in.
	EmailDomains []string
	CreatedAt    time.Time
}

// GroupRole gives members of a guild a role for as long as their provider says that they are in a group.
type GroupRole struct {
	Group           string
	GuildID, RoleID id.ID
}

// Identity is who somebody is at a provider, and whose account that is. Issuer and Subject together are unique.
type Identity struct {
	Issuer string
	// Subject is the provider's own name for them, which never changes and is never given to somebody else; at most 255 bytes.
	Subject string
	UserID  id.ID
	// Label is what the provider calls them, for themselves to see; it may change at every sign-in, and may be empty.
	Label string
	// LinkedAt is when it was linked to the account, UsedAt when somebody signed in with it last.
	LinkedAt, UsedAt time.Time
}

// OpenIDProviders keeps providers.
type OpenIDProviders interface {
	// CreateOpenIDProvider stores a new provider. A *ConflictError names "key" or "issuer", a *LimitError says that there are as many as may be.
	CreateOpenIDProvider(ctx context.Context, provider OpenIDProvider, most int) error
	OpenIDProvider(ctx context.Context, key string) (OpenIDProvider, error)
	// OpenIDProviders gives all in ascending order of their keys.
	OpenIDProviders(ctx context.Context) ([]OpenIDProvider, error)
	// UpdateOpenIDProvider applies change atomically against other updates of it (see UpdateUser for the rules of change). Key, Issuer and CreatedAt cannot change.
	UpdateOpenIDProvider(ctx context.Context, key string, change func(*OpenIDProvider) error) (OpenIDProvider, error)
	// DeleteOpenIDProvider deletes a provider. Identities of it stay.
	DeleteOpenIDProvider(ctx context.Context, key string) error
}

// Identities keeps who people are at providers.
type Identities interface {
	// LinkIdentity stores a new identity. ErrNotFound when there is no such account, or it is a bot's; a *ConflictError ("identity") when it is linked, to whomever; a *LimitError when the account has
	// as many as it may.
	LinkIdentity(ctx context.Context, identity Identity, most int) error
	// RegisterIdentity stores a new account with an identity of its own, and redeems an invite for it if code is not empty (see RegisterUser), in one step; nothing happens when one of them fails. The
	// identity's UserID is that of the account.
	RegisterIdentity(ctx context.Context, user User, identity Identity, code string, member Member, now time.Time) error
	Identity(ctx context.Context, issuer, subject string) (Identity, error)
	// Identities gives those of an account in the order in which they were linked; of the same moment, by issuer and subject.
	Identities(ctx context.Context, userID id.ID) ([]Identity, error)
	// UseIdentity notes that somebody signed in, and what the provider calls them now.
	UseIdentity(ctx context.Context, issuer, subject, label string, at time.Time) error
	// UnlinkIdentity deletes an identity of an account. may is called with the account and the identities that it will have left, and refuses by its error, which is returned as it is; nothing of the
	// account changes between that and the deletion. ErrNotFound when the account has no such identity.
	UnlinkIdentity(ctx context.Context, userID id.ID, issuer, subject string, may func(user User, left []Identity) error) error
}
