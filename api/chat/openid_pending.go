package chat

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"guildhall/store"
	"guildhall/store/ephemeral"
)

// pending is what is remembered of somebody whom a provider vouches for, and who has something left to do: a second step, or to say which account is theirs.
type pending struct {
	Provider string       `json:"provider"`
	Return   string       `json:"return"`
	Step     *SecondStep  `json:"step,omitempty"`
	Claims   OpenIDClaims `json:"claims"`
}

func pendingKey(browser string) string { return "openid/pending/" + encodeSecret(hashSecret(browser)) }

// keep remembers what is to be gone on with.
func (p *Providers) keep(ctx context.Context, waiting pending) (Arrival, error) {
	browser := encodeSecret(randomBytes(ticketBytes))
	return Arrival{Pending: browser, Return: waiting.Return}, p.remember(ctx, pendingKey(browser), waiting)
}

// keepNew remembers somebody whose account there is linked to none here.
func (p *Providers) keepNew(ctx context.Context, provider *store.OpenIDProvider, returnTo string, claims OpenIDClaims) (Arrival, error) {
	return p.keep(ctx, pending{Provider: provider.Key, Return: returnTo, Claims: claims})
}

func errNothingPending() error {
	return invalid("provider", "SIGN_IN_EXPIRED", "This sign-in took too long, or was finished already. Start anew.")
}

func (p *Providers) readPending(ctx context.Context, browser string) (waiting pending, provider store.OpenIDProvider, err error) {
	if browser == "" || len(browser) > maxTokenLength {
		return pending{}, provider, errNothingPending()
	}
	value, err := p.Ephemeral.Get(ctx, pendingKey(browser))
	if errors.Is(err, ephemeral.ErrNotFound) {
		return pending{}, provider, errNothingPending()
	}
	if err == nil {
		err = json.Unmarshal(value, &waiting)
	}
	if err != nil {
		return pending{}, provider, internal("read a sign-in", err)
	}
	provider, err = p.provider(ctx, waiting.Provider)
	return waiting, provider, err
}

// PendingSignIn is what is left to do of a sign-in that a provider has vouched for.
type PendingSignIn struct {
	// Key and Name are the provider's, Label is what it calls the person.
	Key, Name, Label string
	// Step is the second step that the account asks for; nil when it is still to be said which account it is: a new one, or one that is there and is signed in to for that.
	Step *SecondStep
	// MayRegister tells whether a new account may be made, NeedsInvite whether that needs an invite.
	MayRegister, NeedsInvite bool
	// Username and GlobalName are what a new account might be called; may be empty.
	Username, GlobalName string
	// Return is the path to lead to afterwards.
	Return string
}

// Pending gives what is left to do of the sign-in that a browser keeps the secret of.
func (p *Providers) Pending(ctx context.Context, browser string) (PendingSignIn, error) {
	waiting, provider, err := p.readPending(ctx, browser)
	if err != nil {
		return PendingSignIn{}, err
	}
	shown := PendingSignIn{Key: provider.Key, Name: provider.Name, Label: label(&waiting.Claims), Step: waiting.Step, Return: waiting.Return}
	if waiting.Step != nil {
		return shown, nil
	}
	shown.MayRegister, shown.NeedsInvite = provider.Accounts != store.OpenIDNoAccounts, provider.Accounts == store.OpenIDInviteAccounts
	var wrong fieldErrors
	if shown.GlobalName = wrong.name("global_name", clip(printable(waiting.Claims.Name), 32), 0, 32); len(wrong) > 0 {
		shown.GlobalName = ""
	}
	shown.Username, err = p.freeUsername(ctx, &waiting.Claims)
	return shown, err
}

// freeUsername gives a name that a new account could have; empty when none comes to mind.
func (p *Providers) freeUsername(ctx context.Context, claims *OpenIDClaims) (string, error) {
	local, _, _ := strings.Cut(claims.Email, "@")
	for _, one := range []string{claims.Username, local, claims.Name} {
		one, _, _ = strings.Cut(one, "@")
		stem := usernameFrom(one)
		if stem == "" {
			continue
		}
		for n := 1; n < 10; n++ {
			name := stem
			if n > 1 {
				name = clip(stem, 31) + strconv.Itoa(n)
			}
			_, err := p.Store.PersonByLogin(ctx, name)
			if errors.Is(err, store.ErrNotFound) {
				return name, nil
			}
			if err != nil {
				return "", internal("find an account", err)
			}
		}
	}
	return "", nil
}

// usernameFrom makes a user name of a text; empty when nothing is left of it.
func usernameFrom(text string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_', r == '.':
			return r
		case r == ' ' || r == '-' || r == '+':
			return '_'
		}
		return -1
	}, strings.ToLower(text))
	for strings.Contains(name, "..") {
		name = strings.ReplaceAll(name, "..", ".")
	}
	var wrong fieldErrors
	if name = wrong.username("username", clip(name, 32)); len(wrong) > 0 {
		return ""
	}
	return name
}

// Register makes an account for somebody whom a provider vouches for. It has no password; account's Password and Email are not looked at.
func (p *Providers) Register(ctx context.Context, client Client, browser string, account NewAccount) (TokenSet, error) {
	if err := p.accounts.attempt(ctx, "register/"+addressKey(client.Address), attemptsPerAddress); err != nil {
		return TokenSet{}, err
	}
	waiting, provider, err := p.readPending(ctx, browser)
	if err != nil {
		return TokenSet{}, err
	}
	if waiting.Step != nil {
		return TokenSet{}, errNothingPending()
	}
	invite, err := p.mayRegister(ctx, &provider, account.Invite)
	if err != nil {
		return TokenSet{}, err
	}
	now := p.Now().UTC().Truncate(time.Millisecond)
	user := store.User{ID: p.IDs.Next(), Locale: defaultLocale, PasswordChangedAt: now}
	var wrong fieldErrors
	user.Username = wrong.username("username", account.Username)
	user.GlobalName = wrong.name("global_name", account.GlobalName, 0, 32)
	if err := wrong.err(); err != nil {
		return TokenSet{}, err
	}
	identity := store.Identity{Issuer: provider.Issuer, Subject: waiting.Claims.Subject, UserID: user.ID, Label: label(&waiting.Claims), LinkedAt: now, UsedAt: now}
	if err := p.store(ctx, user, identity, invite); err != nil {
		return TokenSet{}, err
	}
	p.forget(ctx, browser)
	p.accounts.note(ctx, store.SecurityEvent{UserID: user.ID, Kind: store.SecurityIdentityLinked, Address: client.Address, UserAgent: client.UserAgent, Details: map[string]string{"provider": provider.Name}})
	p.followGroups(ctx, &provider, user.ID, &waiting.Claims)
	return p.accounts.begin(ctx, client, user, byOpenID)
}

// mayRegister asks whether a provider's people may have accounts, and reads the invite that they come with, if any.
func (p *Providers) mayRegister(ctx context.Context, provider *store.OpenIDProvider, code string) (invite store.Invite, err error) {
	hall, err := p.Store.Hall(ctx)
	if err != nil {
		return invite, internal("read the hall", err)
	}
	switch {
	case hall.OwnerID == 0:
		return invite, &Error{Kind: InvitesOnly, Message: "This hall has no owner yet. Whoever runs it opens the set-up link first."}
	case provider.Accounts == store.OpenIDNoAccounts:
		return invite, &Error{Kind: InvitesOnly, Message: "Nobody gets a new account by signing in with " + provider.Name + "."}
	case code == "" && provider.Accounts != store.OpenIDOpenAccounts:
		return invite, fail(InvitesOnly)
	case code == "":
		return invite, nil
	}
	invite, err = p.Store.Invite(ctx, code)
	if errors.Is(err, store.ErrNotFound) || err == nil && !invite.Usable(p.Now()) {
		return invite, fail(UnknownInvite)
	}
	if err != nil {
		return invite, internal("read an invite", err)
	}
	return invite, nil
}

// store keeps a new account with who it is at a provider, and redeems the invite in the same step.
func (p *Providers) store(ctx context.Context, user store.User, identity store.Identity, invite store.Invite) error {
	register := func(ctx context.Context, member *store.Member) error {
		err := p.Store.RegisterIdentity(ctx, user, identity, invite.Code, *member, p.Now())
		if conflict, ok := errors.AsType[*store.ConflictError](err); ok && conflict.Field == "identity" {
			return errNothingPending() // in another tab
		}
		switch {
		case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrSpent):
			return fail(UnknownInvite)
		case err != nil:
			return taken(err, "register an account")
		}
		return nil
	}
	if invite.Code == "" {
		return register(ctx, &store.Member{})
	}
	_, err := p.members.admit(ctx, invite.GuildID, withoutEmail(user), register)
	return err
}

// forget ends what is pending. What comes of it twice is refused by the store.
func (p *Providers) forget(ctx context.Context, browser string) {
	if err := p.Ephemeral.Delete(context.WithoutCancel(ctx), pendingKey(browser)); err != nil {
		p.Log.WarnContext(ctx, "a sign-in that is done was not forgotten", "error", err)
	}
}

// LinkPending links who somebody is at a provider to the account that they have just signed in to.
func (p *Providers) LinkPending(ctx context.Context, caller Caller, browser string) (LinkedIdentity, error) {
	if caller.Bot {
		return LinkedIdentity{}, fail(BotsBarred)
	}
	waiting, provider, err := p.readPending(ctx, browser)
	if err != nil {
		return LinkedIdentity{}, err
	}
	if waiting.Step != nil {
		return LinkedIdentity{}, errNothingPending()
	}
	if err := p.accounts.proveFresh(ctx, caller); err != nil {
		return LinkedIdentity{}, err
	}
	identity, problem, err := p.link(ctx, &provider, caller.UserID, caller.LoginSessionID, &waiting.Claims)
	switch {
	case problem == ProviderTaken:
		return LinkedIdentity{}, invalid("provider", "ALREADY_LINKED", "Your account with %s is linked to another account here.", provider.Name)
	case problem == ProviderLimit:
		return LinkedIdentity{}, invalid("provider", "TOO_MANY", "This account is linked to %d others already. Unlink one first.", maxIdentities)
	case err != nil:
		return LinkedIdentity{}, err
	}
	p.forget(ctx, browser)
	return p.describe(identity, map[string]store.OpenIDProvider{provider.Issuer: provider}), nil
}
