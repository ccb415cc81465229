package chat

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"
	"unicode"

	"guildhall/store"
	"guildhall/store/ephemeral"
	"guildhall/store/id"
)

// OpenID asks providers. Its errors are ErrOpenIDAway or ErrOpenIDRefused, with their causes, and never hold a secret, a code or a token. It is safe for concurrent use.
type OpenID interface {
	// Discover reads what a provider says of itself now, and whether its keys can be had.
	Discover(ctx context.Context, client OpenIDClient) (OpenIDMetadata, error)
	// Authorization gives the address at the provider that a browser is sent to, with the challenge of request.Verifier (PKCE, S256).
	Authorization(ctx context.Context, client OpenIDClient, request OpenIDRequest) (string, error)
	// Redeem asks who somebody is who came back with a code: it checks everything that the specification asks for (signature, issuer, audience, times, nonce).
	Redeem(ctx context.Context, client OpenIDClient, answer OpenIDAnswer) (OpenIDClaims, error)
}

// Errors of OpenID.
var (
	// ErrOpenIDAway says that a provider cannot be asked: it does not answer, or answers with what is no answer.
	ErrOpenIDAway = errors.New("the provider is away")
	// ErrOpenIDRefused says that what came from a provider is not to be trusted, or that it does not know what it was asked with.
	ErrOpenIDRefused = errors.New("the provider's answer was refused")
)

type (
	// OpenIDClient is the hall as a provider knows it.
	OpenIDClient struct {
		Issuer, ClientID, Secret string
		// Scopes are asked for beside "openid".
		Scopes []string
		// GroupsClaim is wanted, empty for none; NeedsEmail tells that without an e-mail address nothing comes of it.
		GroupsClaim string
		NeedsEmail  bool
	}
	// OpenIDRequest is what a sign-in begins with.
	OpenIDRequest struct{ State, Nonce, Verifier, RedirectURI string }
	// OpenIDAnswer is what somebody came back with, and what their sign-in began with. Issuer is what the answer itself says (RFC 9207), empty when it says nothing.
	OpenIDAnswer struct{ Code, Issuer, Nonce, Verifier, RedirectURI string }
	// OpenIDClaims are what a provider says of somebody.
	OpenIDClaims struct {
		Subject, Email, Name, Username string
		EmailVerified                  bool
		Groups                         []string
		// GroupsUnknown tells that the provider knows groups and does not tell them here, because there are too many.
		GroupsUnknown bool
	}
	// OpenIDMetadata is what a provider says of itself.
	OpenIDMetadata struct {
		AuthorizationEndpoint, TokenEndpoint, UserInfoEndpoint, KeysEndpoint string
		// PKCE tells whether it says that it takes S256 challenges. Many take them without saying so.
		PKCE   bool
		Scopes []string
	}
)

// Providers is about signing in with services elsewhere (OpenID Connect). An account is known by issuer and subject together, and by nothing else that a provider says.
type Providers struct {
	Deps
	openID   OpenID
	accounts *Accounts
	members  *Members
	views    *Views
	sealer   sealer
}

const (
	// flowLife is how long a sign-in elsewhere may take, and how long what came of it waits for the person to go on.
	flowLife = 10 * time.Minute
	// maxProviderText bounds what a browser brings back: codes and states of some providers are long.
	maxProviderText = 4096
	// maxReturn is the longest path that somebody is led back to.
	maxReturn = 2048
	// maxSubject is the longest name that a provider has for somebody (OpenID Connect Core 1.0, section 2).
	maxSubject = 255
	maxLabel   = 128
)

// flow is what is remembered while somebody is at a provider.
type flow struct {
	Provider    string `json:"provider"`
	Nonce       string `json:"nonce"`
	Verifier    string `json:"verifier"`
	RedirectURI string `json:"redirect"`
	Return      string `json:"return"`
	// Browser is the hash of the secret that the browser keeps with which the sign-in was begun.
	Browser []byte `json:"browser"`
	// LinkUser and LinkSession are who wants to link, and the login that they asked with; zero for a sign-in.
	LinkUser    id.ID `json:"user,omitempty"`
	LinkSession id.ID `json:"session,omitempty"`
}

func flowKey(state string) string { return "openid/flow/" + encodeSecret(hashSecret(state)) }

// Begun is a sign-in that was begun: the browser keeps a secret, and goes to an address.
type Begun struct{ Address, Browser string }

func unknownProvider() error {
	return &Error{Kind: UnknownOther, Message: "This hall knows no such sign-in provider."}
}

func (p *Providers) provider(ctx context.Context, key string) (store.OpenIDProvider, error) {
	if len(key) > maxProviderKey {
		return store.OpenIDProvider{}, unknownProvider()
	}
	provider, err := p.Store.OpenIDProvider(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return store.OpenIDProvider{}, unknownProvider()
	}
	if err != nil {
		return store.OpenIDProvider{}, internal("read a provider", err)
	}
	return provider, nil
}

// client is the hall as a provider knows it.
func (p *Providers) client(provider *store.OpenIDProvider) (OpenIDClient, error) {
	client := OpenIDClient{Issuer: provider.Issuer, ClientID: provider.ClientID, Scopes: provider.Scopes, GroupsClaim: provider.GroupsClaim, NeedsEmail: len(provider.EmailDomains) > 0}
	if provider.SealedSecret == nil {
		return client, nil
	}
	secret, err := p.sealer.open(providerPlace(provider.Key), provider.SealedSecret)
	if err != nil {
		return client, internal("open the secret of the provider "+provider.Key+", which was sealed with another jwt-secret: give it anew with guildhall oidc edit", err)
	}
	client.Secret = string(secret)
	return client, nil
}

func providerPlace(key string) string { return "openid provider " + key }

// Start begins a sign-in. redirectURI is the address that the provider sends people back to, returnTo the path of the hall that they are led to then.
func (p *Providers) Start(ctx context.Context, client Client, key, redirectURI, returnTo string) (Begun, error) {
	if err := p.accounts.attempt(ctx, "openid/"+addressKey(client.Address), attemptsPerAddress); err != nil {
		return Begun{}, err
	}
	return p.start(ctx, key, flow{RedirectURI: redirectURI, Return: LocalPath(returnTo)})
}

// StartLink begins a sign-in whose outcome is linked to the caller's account. It needs what all changes need of what protects an account.
func (p *Providers) StartLink(ctx context.Context, caller Caller, proof Proof, key, redirectURI, returnTo string) (Begun, error) {
	if err := p.accounts.prove(ctx, caller, proof); err != nil {
		return Begun{}, err
	}
	return p.start(ctx, key, flow{RedirectURI: redirectURI, Return: LocalPath(returnTo), LinkUser: caller.UserID, LinkSession: caller.LoginSessionID})
}

func (p *Providers) start(ctx context.Context, key string, begun flow) (Begun, error) {
	provider, err := p.provider(ctx, key)
	if err != nil {
		return Begun{}, err
	}
	hall, err := p.client(&provider)
	if err != nil {
		return Begun{}, err
	}
	// 32 random bytes have 43 characters, as RFC 7636 (section 4.1) recommends for verifiers.
	state, browser := encodeSecret(randomBytes(ticketBytes)), encodeSecret(randomBytes(ticketBytes))
	begun.Provider, begun.Nonce, begun.Verifier, begun.Browser = key, encodeSecret(randomBytes(ticketBytes)), encodeSecret(randomBytes(ticketBytes)), hashSecret(browser)
	address, err := p.openID.Authorization(ctx, hall, OpenIDRequest{State: state, Nonce: begun.Nonce, Verifier: begun.Verifier, RedirectURI: begun.RedirectURI})
	if err != nil {
		p.Log.WarnContext(ctx, "a provider cannot be asked", "provider", key, "error", err)
		return Begun{}, &Error{Kind: Unavailable, Message: provider.Name + " cannot be reached just now. Sign in with your password, or try again later.", Cause: err}
	}
	return Begun{Address: address, Browser: browser}, p.remember(ctx, flowKey(state), begun)
}

// remember keeps something for as long as a sign-in may take.
func (p *Providers) remember(ctx context.Context, key string, value any) error {
	text, err := json.Marshal(value)
	if err == nil {
		err = p.Ephemeral.Put(ctx, key, text, flowLife, false)
	}
	if err != nil {
		return internal("remember a sign-in", err)
	}
	return nil
}

// LocalPath gives a path of this hall's pages to lead somebody to, and the hall's own beginning for everything else: nobody is led to another site, nor to what is no page.
func LocalPath(text string) string {
	const beginning = "/"
	if len(text) > maxReturn || !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }) {
		return beginning
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "" || parsed.Host != "" || parsed.User != nil || parsed.Opaque != "" {
		return beginning
	}
	// Browsers and servers may read what is encoded, and what has dots in it, in other ways than this.
	path := parsed.Path
	if strings.Contains(path, "//") || strings.Contains(path, "\\") || strings.Contains(path, "/.") || strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f }) ||
		path == "/api" || strings.HasPrefix(path, "/api/") {
		return beginning
	}
	return text
}

// ProviderAnswer is what a browser brings back from a provider, and what it kept meanwhile.
type ProviderAnswer struct{ Key, State, Code, Issuer, Error, Browser string }

// ProviderProblem says why nothing came of a sign-in, for those who show it.
type ProviderProblem string

// The problems.
const (
	ProviderAway     ProviderProblem = "away"     // the provider cannot be reached
	ProviderDenied   ProviderProblem = "denied"   // it, or the person there, said no
	ProviderExpired  ProviderProblem = "expired"  // it took too long, was finished already, or was begun elsewhere
	ProviderDistrust ProviderProblem = "invalid"  // what it answered is not to be trusted
	ProviderBarred   ProviderProblem = "barred"   // the account there is none of those that are let in
	ProviderTaken    ProviderProblem = "taken"    // the account there is linked to another one here
	ProviderLimit    ProviderProblem = "limit"    // the account here is linked to as many as may be
	ProviderDisabled ProviderProblem = "disabled" // the account here is
	ProviderUnknown  ProviderProblem = "unknown"  // there is no such provider any more
	ProviderBusy     ProviderProblem = "busy"     // there were too many attempts
	ProviderFailed   ProviderProblem = "failed"   // our own fault
)

// Arrival is what came of a sign-in: one of all but Return.
type Arrival struct {
	Problem ProviderProblem
	// Tokens let somebody in.
	Tokens *TokenSet
	// Pending is a secret for the browser to keep: there is something left to do, see Pending.
	Pending string
	// Linked tells that the account there was linked.
	Linked bool
	// Return is the path to lead to.
	Return string
}

// Finish takes what somebody came back with. What it fails with is in the Arrival: a browser that comes from elsewhere is to be led to a page.
func (p *Providers) Finish(ctx context.Context, client Client, answer ProviderAnswer) Arrival {
	arrival, err := p.finish(ctx, client, answer)
	if err == nil {
		return arrival
	}
	// What was found out stands, also when it could not be acted upon.
	if arrival.Problem == "" {
		arrival = Arrival{Problem: ProviderFailed}
	}
	level := p.Log.InfoContext
	if arrival.Problem == ProviderAway || arrival.Problem == ProviderDistrust || arrival.Problem == ProviderFailed {
		level = p.Log.WarnContext
	}
	level(ctx, "nothing came of a sign-in with a provider", "provider", clip(answer.Key, maxProviderKey), "problem", arrival.Problem, "error", err)
	return arrival
}

var errFlow = errors.New("there is no such sign-in under way, or in another browser")

func (p *Providers) finish(ctx context.Context, client Client, answer ProviderAnswer) (Arrival, error) {
	begun, err := p.takeFlow(ctx, answer)
	if errors.Is(err, errFlow) {
		return Arrival{Problem: ProviderExpired}, err
	}
	if err != nil {
		return Arrival{}, err
	}
	if answer.Error != "" {
		problem := ProviderDenied
		if answer.Error == "server_error" || answer.Error == "temporarily_unavailable" {
			problem = ProviderAway
		}
		return Arrival{Problem: problem}, errors.New("the provider says " + clip(answer.Error, 64))
	}
	if answer.Code == "" || len(answer.Code) > maxProviderText {
		return Arrival{Problem: ProviderDistrust}, errors.New("there is no code")
	}
	provider, err := p.provider(ctx, begun.Provider)
	if KindOf(err) == UnknownOther {
		return Arrival{Problem: ProviderUnknown}, err
	}
	if err != nil {
		return Arrival{}, err
	}
	hall, err := p.client(&provider)
	if err != nil {
		return Arrival{}, err
	}
	claims, err := p.openID.Redeem(ctx, hall, OpenIDAnswer{Code: answer.Code, Issuer: answer.Issuer, Nonce: begun.Nonce, Verifier: begun.Verifier, RedirectURI: begun.RedirectURI})
	switch {
	case errors.Is(err, ErrOpenIDRefused):
		return Arrival{Problem: ProviderDistrust}, err
	case err != nil:
		return Arrival{Problem: ProviderAway}, err
	}
	return p.arrive(ctx, client, &provider, begun, claims)
}

// takeFlow gives what a sign-in began with, once, and to the browser that began it.
func (p *Providers) takeFlow(ctx context.Context, answer ProviderAnswer) (begun flow, err error) {
	if answer.State == "" || len(answer.State) > maxTokenLength || len(answer.Browser) > maxTokenLength {
		return flow{}, errFlow
	}
	value, err := p.Ephemeral.Take(ctx, flowKey(answer.State))
	if errors.Is(err, ephemeral.ErrNotFound) {
		return flow{}, errFlow
	}
	if err == nil {
		err = json.Unmarshal(value, &begun)
	}
	if err != nil {
		return flow{}, internal("read a sign-in", err)
	}
	if !sameHash(begun.Browser, hashSecret(answer.Browser)) || begun.Provider != answer.Key {
		return flow{}, errFlow
	}
	return begun, nil
}

// checkClaims says what keeps somebody out; empty for nothing.
func checkClaims(provider *store.OpenIDProvider, claims *OpenIDClaims) (ProviderProblem, error) {
	if claims.Subject == "" || len(claims.Subject) > maxSubject || strings.ContainsFunc(claims.Subject, func(r rune) bool { return r < ' ' || r > '~' }) {
		return ProviderDistrust, errors.New("the provider's name for somebody is none")
	}
	if len(provider.EmailDomains) == 0 {
		return "", nil
	}
	if !claims.EmailVerified {
		return ProviderBarred, errors.New("the provider has not confirmed the e-mail address")
	}
	_, domain, _ := strings.Cut(claims.Email, "@")
	for _, allowed := range provider.EmailDomains {
		if strings.EqualFold(domain, allowed) {
			return "", nil
		}
	}
	return ProviderBarred, errors.New("the e-mail address is of another domain")
}

// arrive lets somebody in, links, or keeps what is to be gone on with.
func (p *Providers) arrive(ctx context.Context, client Client, provider *store.OpenIDProvider, begun flow, claims OpenIDClaims) (Arrival, error) {
	if problem, err := checkClaims(provider, &claims); err != nil {
		return Arrival{Problem: problem}, err
	}
	identity, err := p.Store.Identity(ctx, provider.Issuer, claims.Subject)
	known := err == nil
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Arrival{}, internal("read an identity", err)
	}
	if begun.LinkUser != 0 {
		return p.arriveLinking(ctx, provider, begun, claims, identity, known)
	}
	if !known {
		return p.keepNew(ctx, provider, begun.Return, claims)
	}
	user, err := p.Store.User(ctx, identity.UserID)
	if errors.Is(err, store.ErrNotFound) { // deleted just now
		return Arrival{Problem: ProviderExpired}, err
	}
	if err != nil {
		return Arrival{}, internal("read an account", err)
	}
	if user.Disabled {
		return Arrival{Problem: ProviderDisabled}, errDisabled()
	}
	if err := p.Store.UseIdentity(ctx, provider.Issuer, claims.Subject, label(&claims), p.Now()); err != nil && !errors.Is(err, store.ErrNotFound) {
		return Arrival{}, internal("note a sign-in", err)
	}
	p.followGroups(ctx, provider, user.ID, &claims)
	set, err := p.accounts.enter(ctx, client, user, byOpenID)
	if err != nil {
		return Arrival{Problem: enterProblem(err)}, err
	}
	if set.Step == nil {
		return Arrival{Tokens: &set.TokenSet, Return: begun.Return}, nil
	}
	return p.keep(ctx, pending{Provider: provider.Key, Return: begun.Return, Step: set.Step})
}

func enterProblem(err error) ProviderProblem {
	switch KindOf(err) {
	case MissingPermission:
		return ProviderDisabled
	case Invalid: // what the first step showed is worth nothing any more
		return ProviderExpired
	}
	return ProviderFailed
}

// label is what a provider calls somebody.
func label(claims *OpenIDClaims) string {
	for _, one := range []string{claims.Email, claims.Username, claims.Name} {
		if one = strings.Join(strings.Fields(printable(one)), " "); one != "" {
			return clip(one, maxLabel)
		}
	}
	return ""
}

// printable takes out of a text what cannot be seen or turns the direction of what follows.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || isBidiControl(r) || isInvisible(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}
