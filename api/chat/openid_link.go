package chat

import (
	"context"
	"errors"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// maxIdentities is how many accounts elsewhere an account can be linked to.
const maxIdentities = 10

// freshLogin is for how long a sign-in stands for a password where an account has none.
const freshLogin = 10 * time.Minute

// proveFresh asks for a login that has just begun.
func (a *Accounts) proveFresh(ctx context.Context, caller Caller) error {
	stale := &Error{Kind: Invalid, Message: "This needs a sign-in of the last ten minutes. Sign out, sign in again, and do it then.",
		Fields: []FieldError{{Path: "password", Code: "SIGN_IN_AGAIN", Message: "Sign out, sign in again, and do this within ten minutes."}}}
	if caller.LoginSessionID == 0 {
		return stale
	}
	session, err := a.Store.LoginSession(ctx, caller.LoginSessionID)
	if errors.Is(err, store.ErrNotFound) {
		return fail(InvalidToken)
	}
	if err != nil {
		return internal("read a login", err)
	}
	if session.UserID != caller.UserID || a.Now().Sub(session.CreatedAt) > freshLogin {
		return stale
	}
	return nil
}

// LinkedIdentity is an account elsewhere as its holder sees it.
type LinkedIdentity struct {
	// ID names it among those of the account.
	ID string
	// Key and Name are the provider's; Key is empty, and Name the issuer, when the hall does not know the provider any more.
	Key, Name, Label string
	LinkedAt, UsedAt time.Time
}

// identityID names an identity to its holder.
func identityID(identity *store.Identity) string {
	return encodeSecret(hashSecret(identity.Issuer + "\x00" + identity.Subject))[:22]
}

func (p *Providers) describe(identity store.Identity, providers map[string]store.OpenIDProvider) LinkedIdentity {
	linked := LinkedIdentity{ID: identityID(&identity), Name: identity.Issuer, Label: identity.Label, LinkedAt: identity.LinkedAt, UsedAt: identity.UsedAt}
	if provider, known := providers[identity.Issuer]; known {
		linked.Key, linked.Name = provider.Key, provider.Name
	}
	return linked
}

// byIssuer gives the providers by their issuers.
func (p *Providers) byIssuer(ctx context.Context) (map[string]store.OpenIDProvider, error) {
	all, err := p.Store.OpenIDProviders(ctx)
	if err != nil {
		return nil, internal("list providers", err)
	}
	found := make(map[string]store.OpenIDProvider, len(all))
	for _, one := range all {
		found[one.Issuer] = one
	}
	return found, nil
}

// LinkedIdentities are what an account is linked to.
type LinkedIdentities struct {
	Identities []LinkedIdentity
	// HasPassword tells whether the account has a password; without one, a sign-in of the last ten minutes stands for it.
	HasPassword bool
}

// Linked gives what the caller's account is linked to.
func (p *Providers) Linked(ctx context.Context, caller Caller) (LinkedIdentities, error) {
	if caller.Bot {
		return LinkedIdentities{}, fail(BotsBarred)
	}
	user, err := p.Store.User(ctx, caller.UserID)
	if err != nil {
		return LinkedIdentities{}, unknownUser(err)
	}
	identities, err := p.Store.Identities(ctx, caller.UserID)
	if err != nil {
		return LinkedIdentities{}, internal("list identities", err)
	}
	providers, err := p.byIssuer(ctx)
	if err != nil {
		return LinkedIdentities{}, err
	}
	links := LinkedIdentities{HasPassword: user.PasswordHash != ""}
	for _, one := range identities {
		links.Identities = append(links.Identities, p.describe(one, providers))
	}
	return links, nil
}

// link links somebody at a provider to an account. What was linked to it before stays so.
func (p *Providers) link(ctx context.Context, provider *store.OpenIDProvider, userID, session id.ID, claims *OpenIDClaims) (store.Identity, ProviderProblem, error) {
	user, err := p.Store.User(ctx, userID)
	if err != nil {
		return store.Identity{}, ProviderFailed, unknownUser(err)
	}
	if user.Guest {
		return store.Identity{}, ProviderFailed, errGuest("This needs an account of your own.")
	}
	if user.Disabled {
		return store.Identity{}, ProviderDisabled, errDisabled()
	}
	now := p.Now().UTC().Truncate(time.Millisecond)
	identity := store.Identity{Issuer: provider.Issuer, Subject: claims.Subject, UserID: userID, Label: label(claims), LinkedAt: now, UsedAt: now}
	err = p.Store.LinkIdentity(ctx, identity, maxIdentities)
	if conflict, ok := errors.AsType[*store.ConflictError](err); ok && conflict.Field == "identity" {
		linked, readErr := p.Store.Identity(ctx, provider.Issuer, claims.Subject)
		if readErr == nil && linked.UserID == userID {
			return linked, "", nil
		}
		return store.Identity{}, ProviderTaken, err
	}
	if _, ok := errors.AsType[*store.LimitError](err); ok {
		return store.Identity{}, ProviderLimit, err
	}
	if err != nil {
		return store.Identity{}, ProviderFailed, internal("link an identity", err)
	}
	p.accounts.note(ctx, store.SecurityEvent{UserID: userID, Kind: store.SecurityIdentityLinked, SessionID: session, Details: map[string]string{"provider": provider.Name}})
	p.followGroups(ctx, provider, userID, claims)
	return identity, "", nil
}

// arriveLinking links somebody who came back to the account that they wanted to link, if the login that they asked with is still good.
func (p *Providers) arriveLinking(ctx context.Context, provider *store.OpenIDProvider, begun flow, claims OpenIDClaims, known store.Identity, isKnown bool) (Arrival, error) {
	session, err := p.Store.LoginSession(ctx, begun.LinkSession)
	if errors.Is(err, store.ErrNotFound) || err == nil && (session.UserID != begun.LinkUser || !p.Now().Before(session.ExpiresAt)) {
		return Arrival{Problem: ProviderExpired}, errFlow
	}
	if err != nil {
		return Arrival{}, internal("read a login", err)
	}
	if isKnown && known.UserID != begun.LinkUser {
		return Arrival{Problem: ProviderTaken}, errors.New("it is linked to another account")
	}
	if _, problem, err := p.link(ctx, provider, begun.LinkUser, begun.LinkSession, &claims); err != nil {
		return Arrival{Problem: problem}, err
	}
	return Arrival{Linked: true, Return: begun.Return}, nil
}

// Unlink takes an account elsewhere from the caller's, unless that is their last way in.
func (p *Providers) Unlink(ctx context.Context, caller Caller, proof Proof, identity string) error {
	if err := p.accounts.prove(ctx, caller, proof); err != nil {
		return err
	}
	all, err := p.Store.Identities(ctx, caller.UserID)
	if err != nil {
		return internal("list identities", err)
	}
	unknown := invalid("id", "NOT_LINKED", "Your account is not linked to this.")
	at := slices.IndexFunc(all, func(one store.Identity) bool { return identityID(&one) == identity })
	if at < 0 {
		return unknown
	}
	providers, err := p.byIssuer(ctx)
	if err != nil {
		return err
	}
	err = p.Store.UnlinkIdentity(ctx, caller.UserID, all[at].Issuer, all[at].Subject, func(user store.User, left []store.Identity) error {
		if user.PasswordHash != "" || slices.ContainsFunc(left, func(one store.Identity) bool { _, known := providers[one.Issuer]; return known }) {
			return nil
		}
		return invalid("id", "LAST_WAY_IN", "This is the last way into your account. Set a password first.")
	})
	if errors.Is(err, store.ErrNotFound) {
		return unknown
	}
	if ours, ok := errors.AsType[*Error](err); ok {
		return ours
	}
	if err != nil {
		return internal("unlink an identity", err)
	}
	p.accounts.note(ctx, store.SecurityEvent{UserID: caller.UserID, Kind: store.SecurityIdentityUnlinked, SessionID: caller.LoginSessionID,
		Details: map[string]string{"provider": p.describe(all[at], providers).Name}})
	return nil
}
