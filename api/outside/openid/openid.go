// Package openid asks OpenID providers who somebody is: discovery, the address to send people to, and the redemption of what they come back with.
package openid

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"guildhall/api/chat"
	"guildhall/api/outside"
)

// Bounds of what is asked.
const (
	// patience is for all that one step of a sign-in asks, requestPatience for one request of it.
	patience        = 12 * time.Second
	requestPatience = 8 * time.Second
	maxRedirects    = 3
	// maxBody is how much of an answer is read. Sets of keys and tokens have a few KiB.
	maxBody = 1 << 20
	// atOnce is how many steps are under way at a time: one provider that does not answer must not hold more.
	atOnce = 16
	// discoveryLife is how long what a provider says of itself is believed. Its keys are read anew whenever a token names one that is not known.
	discoveryLife = time.Hour
	// drift is by how much the clocks of hall and provider may differ where a token has just ended, or is from the future.
	drift       = time.Minute
	futureDrift = 5 * time.Minute
)

// Client asks providers. It is safe for concurrent use.
type Client struct {
	allowed outside.Allowed
	now     func() time.Time
	slots   chan struct{}

	mu        sync.Mutex
	providers map[string]*provider
}

var _ chat.OpenID = (*Client)(nil)

// New makes a client. Providers may be wherever an administrator says that they are; allowed are places besides that are not public and that they may lead to.
func New(allowed outside.Allowed, now func() time.Time) *Client {
	return &Client{allowed: allowed, now: now, slots: make(chan struct{}, atOnce), providers: make(map[string]*provider)}
}

// provider is what is known of one.
type provider struct {
	*oidc.Provider
	metadata metadata
	keys     *keySet
	readAt   time.Time
}

// metadata is what a provider says of itself, as far as the library does not read it (OpenID Connect Discovery 1.0, section 3, and RFC 9207).
type metadata struct {
	TokenAuth    []string `json:"token_endpoint_auth_methods_supported"`
	Algorithms   []string `json:"id_token_signing_alg_values_supported"`
	Challenges   []string `json:"code_challenge_methods_supported"`
	NamesItself  bool     `json:"authorization_response_iss_parameter_supported"`
	Authorize    string   `json:"authorization_endpoint"`
	Token        string   `json:"token_endpoint"`
	Keys         string   `json:"jwks_uri"`
	UserInfo     string   `json:"userinfo_endpoint"`
	ScopesListed []string `json:"scopes_supported"`
}

// algorithms are the signatures that are taken, as far as a provider says that it makes them: those with a public key. OpenID Connect asks every provider for RS256.
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}

func away(doing string, err error) error {
	return fmt.Errorf("%w: %s: %w", chat.ErrOpenIDAway, doing, plain(err))
}

func refused(format string, arguments ...any) error {
	return fmt.Errorf("%w: %s", chat.ErrOpenIDRefused, fmt.Sprintf(format, arguments...))
}

// plain shortens an error: it may repeat the whole page that came in place of an answer.
func plain(err error) error {
	const most = 300
	if text := err.Error(); len(text) > most {
		return errors.New(strings.ToValidUTF8(text[:most], "") + "…")
	}
	return err
}

// enter bounds one step. The caller calls leave.
func (c *Client) enter(ctx context.Context, issuer string) (_ context.Context, leave func(), err error) {
	select {
	case c.slots <- struct{}{}:
	default:
		return nil, nil, away("asking", errors.New("too many are being signed in at once"))
	}
	client, err := c.http(issuer)
	if err != nil {
		<-c.slots
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, client), patience)
	return ctx, func() { cancel(); <-c.slots }, nil
}

// discover gives what a provider says of itself, as it was read within the last hour unless it is to be asked.
func (c *Client) discover(ctx context.Context, issuer string, ask bool) (*provider, error) {
	c.mu.Lock()
	known := c.providers[issuer]
	c.mu.Unlock()
	if known != nil && !ask && c.now().Sub(known.readAt) < discoveryLife {
		return known, nil
	}
	read, err := oidc.NewProvider(ctx, issuer)
	if mismatch, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
		return nil, away("reading its configuration", mismatch)
	}
	if err != nil {
		return nil, away("reading its configuration", err)
	}
	found := &provider{Provider: read, readAt: c.now()}
	if err := read.Claims(&found.metadata); err != nil {
		return nil, away("reading its configuration", err)
	}
	for name, endpoint := range map[string]string{"authorization_endpoint": found.metadata.Authorize, "token_endpoint": found.metadata.Token, "jwks_uri": found.metadata.Keys} {
		if err := checkEndpoint(issuer, endpoint); err != nil {
			return nil, away("reading its configuration", fmt.Errorf("%s: %w", name, err))
		}
	}
	found.keys = &keySet{RemoteKeySet: oidc.NewRemoteKeySet(ctx, found.metadata.Keys)}
	c.mu.Lock()
	c.providers[issuer] = found
	c.mu.Unlock()
	return found, nil
}

// keySet tells a provider whose keys cannot be had from a token that none of them has signed.
type keySet struct{ *oidc.RemoteKeySet }

// keysAway is noted in the context of a verification whose keys could not be had: the library's own error does not keep it.
type keysAway struct{ err error }

type keysAwayKey struct{}

func (k *keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := k.RemoteKeySet.VerifySignature(ctx, jwt)
	if noted, ok := ctx.Value(keysAwayKey{}).(*keysAway); ok && err != nil && strings.HasPrefix(err.Error(), "fetching keys") {
		noted.err = err
	}
	return payload, err
}

// Discover implements chat.OpenID.
func (c *Client) Discover(ctx context.Context, client chat.OpenIDClient) (chat.OpenIDMetadata, error) {
	ctx, leave, err := c.enter(ctx, client.Issuer)
	if err != nil {
		return chat.OpenIDMetadata{}, err
	}
	defer leave()
	found, err := c.discover(ctx, client.Issuer, true)
	if err != nil {
		return chat.OpenIDMetadata{}, err
	}
	// That the keys can be had is known from a token that none of them has signed.
	noted := &keysAway{}
	if _, err := found.keys.VerifySignature(context.WithValue(ctx, keysAwayKey{}, noted), unsigned); err == nil {
		return chat.OpenIDMetadata{}, refused("its keys take a signature that is none")
	}
	if noted.err != nil {
		return chat.OpenIDMetadata{}, away("reading its keys", noted.err)
	}
	return chat.OpenIDMetadata{
		AuthorizationEndpoint: found.metadata.Authorize, TokenEndpoint: found.metadata.Token, UserInfoEndpoint: found.metadata.UserInfo, KeysEndpoint: found.metadata.Keys,
		PKCE: slices.Contains(found.metadata.Challenges, "S256"), Scopes: found.metadata.ScopesListed,
	}, nil
}

// unsigned is a token with a signature that is none: {"alg":"RS256"}.{}.x
const unsigned = "eyJhbGciOiJSUzI1NiJ9.e30.eA"

func (p *provider) config(client chat.OpenIDClient, redirectURI string) *oauth2.Config {
	endpoint := p.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader // the default of OpenID Connect Discovery 1.0
	if client.Secret == "" || len(p.metadata.TokenAuth) > 0 && !slices.Contains(p.metadata.TokenAuth, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{ClientID: client.ClientID, ClientSecret: client.Secret, Endpoint: endpoint, RedirectURL: redirectURI, Scopes: append([]string{oidc.ScopeOpenID}, client.Scopes...)}
}

// Authorization implements chat.OpenID.
func (c *Client) Authorization(ctx context.Context, client chat.OpenIDClient, request chat.OpenIDRequest) (string, error) {
	ctx, leave, err := c.enter(ctx, client.Issuer)
	if err != nil {
		return "", err
	}
	defer leave()
	found, err := c.discover(ctx, client.Issuer, false)
	if err != nil {
		return "", err
	}
	return found.config(client, request.RedirectURI).AuthCodeURL(request.State, oidc.Nonce(request.Nonce), oauth2.S256ChallengeOption(request.Verifier)), nil
}

// Redeem implements chat.OpenID.
func (c *Client) Redeem(ctx context.Context, client chat.OpenIDClient, answer chat.OpenIDAnswer) (chat.OpenIDClaims, error) {
	ctx, leave, err := c.enter(ctx, client.Issuer)
	if err != nil {
		return chat.OpenIDClaims{}, err
	}
	defer leave()
	found, err := c.discover(ctx, client.Issuer, false)
	if err != nil {
		return chat.OpenIDClaims{}, err
	}
	if answer.Issuer == "" && found.metadata.NamesItself || answer.Issuer != "" && answer.Issuer != client.Issuer {
		return chat.OpenIDClaims{}, refused("the answer is of %.100q", answer.Issuer) // RFC 9207
	}
	token, err := found.config(client, answer.RedirectURI).Exchange(ctx, answer.Code, oauth2.VerifierOption(answer.Verifier))
	if err != nil {
		return chat.OpenIDClaims{}, exchangeError(err)
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return chat.OpenIDClaims{}, refused("there is no ID token")
	}
	if err := c.verify(ctx, found, client, raw, token.AccessToken, answer.Nonce); err != nil {
		return chat.OpenIDClaims{}, err
	}
	return found.claims(ctx, client, raw, token)
}

func exchangeError(err error) error {
	answered, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok || answered.Response != nil && answered.Response.StatusCode >= http.StatusInternalServerError {
		return away("redeeming a code", err)
	}
	return refused("the code was not taken: %.100s %.200s", answered.ErrorCode, answered.ErrorDescription)
}

// verify checks an ID token (OpenID Connect Core 1.0, section 3.1.3.7).
func (c *Client) verify(ctx context.Context, found *provider, client chat.OpenIDClient, raw, accessToken, nonce string) error {
	taken := slices.DeleteFunc(slices.Clone(algorithms), func(one string) bool { return !slices.Contains(found.metadata.Algorithms, one) })
	if len(taken) == 0 {
		taken = []string{oidc.RS256}
	}
	verifier := oidc.NewVerifier(client.Issuer, found.keys, &oidc.Config{ClientID: client.ClientID, SupportedSigningAlgs: taken, Now: func() time.Time { return c.now().Add(-drift) }})
	noted := &keysAway{}
	token, err := verifier.Verify(context.WithValue(ctx, keysAwayKey{}, noted), raw)
	if noted.err != nil {
		return away("reading its keys", noted.err)
	}
	if err != nil {
		return refused("%v", plain(err))
	}
	if len(nonce) == 0 || subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1 {
		return refused("the token was not made for this sign-in")
	}
	if token.IssuedAt.IsZero() || token.IssuedAt.After(c.now().Add(futureDrift)) {
		return refused("the token is of %v", token.IssuedAt)
	}
	var party struct {
		Authorized string `json:"azp"`
	}
	if err := token.Claims(&party); err != nil {
		return refused("%v", plain(err))
	}
	if party.Authorized != "" && party.Authorized != client.ClientID || party.Authorized == "" && len(token.Audience) > 1 {
		return refused("the token was made for %.100q", party.Authorized)
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(accessToken); err != nil {
			return refused("the access token is another one's")
		}
	}
	return nil
}
