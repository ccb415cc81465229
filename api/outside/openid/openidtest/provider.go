// Package openidtest is an OpenID provider for tests: it does what the specification asks for, and what it must not do when it is told to.
package openidtest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Person is somebody who has an account with the provider.
type Person struct {
	Subject       string   `json:"subject"`
	Name          string   `json:"name"`
	Username      string   `json:"username"`
	Email         string   `json:"email"`
	EmailVerified bool     `json:"email_verified"`
	Groups        []string `json:"groups"`
}

// The client that the provider knows.
const (
	ClientID     = "guildhall"
	ClientSecret = "a secret of the client's: %&+ é" // with what has to be encoded
)

// Fault is what a provider does that it should not. The zero value is a good provider.
type Fault struct {
	// Down answers everything with an error, Garbage with what is none of an answer, TokenDown only what codes are redeemed with, KeysDown only what its keys are asked for.
	Down, Garbage, TokenDown, KeysDown, UserInfoDown bool
	// Claims changes the claims of ID tokens, UserInfo what else it tells.
	Claims, UserInfo func(claims map[string]any)
	// Forge signs with a key that is not published, under the name of one that is; Unsigned takes "none".
	Forge, Unsigned bool
	// NoIDToken leaves the token out, NoPKCE does not look at verifiers.
	NoIDToken, NoPKCE bool
	// Wait holds every answer back until it is closed.
	Wait <-chan struct{}
}

// Provider is the provider. Its zero value is not of use, see New.
type Provider struct {
	// Issuer is where it is served.
	Issuer string
	now    func() time.Time
	// Redirects are the addresses that people may be sent back to; none takes any of this machine.
	Redirects []string

	mu     sync.Mutex
	fault  Fault
	people []Person
	keys   []key // the newest last: it signs
	codes  map[string]grant
	tokens map[string]Person
	asked  map[string]int
}

type key struct {
	id      string
	private *rsa.PrivateKey
}

// grant is what a code stands for.
type grant struct {
	person                        Person
	nonce, challenge, redirectURI string
	scopes                        []string
	expires                       time.Time
}

// New makes a provider that knows some people. Issuer is to be set before it is asked.
func New(now func() time.Time, people ...Person) *Provider {
	p := &Provider{now: now, people: people, codes: make(map[string]grant), tokens: make(map[string]Person), asked: make(map[string]int)}
	p.Rotate(false)
	return p
}

// Rotate signs with a new key from now on. The old ones are published further on, or not.
func (p *Provider) Rotate(keep bool) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // never fails (documented since Go 1.24)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !keep {
		p.keys = nil
	}
	p.keys = append(p.keys, key{rand.Text(), private})
}

// Misbehave does from now on what it should not.
func (p *Provider) Misbehave(fault Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = fault
}

// Know changes what it knows of people.
func (p *Provider) Know(people ...Person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.people = people
}

// Asked tells how often a path was asked for.
func (p *Provider) Asked(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[path]
}

// ServeHTTP implements http.Handler.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	fault := p.fault
	p.asked[r.URL.Path]++
	p.mu.Unlock()
	if fault.Wait != nil {
		select {
		case <-fault.Wait:
		case <-r.Context().Done():
			return
		}
	}
	switch {
	case fault.Down, fault.TokenDown && r.URL.Path == "/token", fault.KeysDown && r.URL.Path == "/keys", fault.UserInfoDown && r.URL.Path == "/userinfo":
		http.Error(w, "We are mending things.", http.StatusServiceUnavailable)
		return
	case fault.Garbage:
		_, _ = w.Write([]byte("<html>" + strings.Repeat("a captive portal ", 1000)))
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "GET /.well-known/openid-configuration":
		p.configuration(w)
	case "GET /keys":
		p.publish(w)
	case "GET /authorize":
		p.ask(w, r)
	case "POST /authorize":
		p.decide(w, r)
	case "POST /token":
		p.redeem(w, r, fault)
	case "GET /userinfo":
		p.tell(w, r, fault)
	default:
		http.NotFound(w, r)
	}
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func refuse(w http.ResponseWriter, status int, code string) {
	answer(w, status, map[string]string{"error": code})
}

func (p *Provider) configuration(w http.ResponseWriter) {
	answer(w, http.StatusOK, map[string]any{
		"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token", "userinfo_endpoint": p.Issuer + "/userinfo", "jwks_uri": p.Issuer + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256", "none"},
		"code_challenge_methods_supported": []string{"S256"}, "token_endpoint_auth_methods_supported": []string{"client_secret_basic"}, "scopes_supported": []string{"openid", "profile", "email", "groups"},
		"authorization_response_iss_parameter_supported": true,
	})
}

func (p *Provider) publish(w http.ResponseWriter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var published []map[string]string
	for _, one := range p.keys {
		public := one.private.PublicKey
		published = append(published, map[string]string{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": one.id,
			"n": base64.RawURLEncoding.EncodeToString(public.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes())})
	}
	answer(w, http.StatusOK, map[string]any{"keys": published})
}

// request is what an authorization request must be (OpenID Connect Core 1.0, section 3.1.2.1, RFC 7636, section 4.3).
func (p *Provider) request(query url.Values) error {
	redirect, err := url.Parse(query.Get("redirect_uri"))
	loopback := err == nil && slices.Contains([]string{"localhost", "127.0.0.1", "[::1]"}, redirect.Hostname())
	switch {
	case query.Get("client_id") != ClientID:
		return fmt.Errorf("no such client: %q", query.Get("client_id"))
	case err != nil || !slices.Contains(p.Redirects, redirect.String()) && (len(p.Redirects) > 0 || !loopback):
		return fmt.Errorf("this address is not registered: %q", query.Get("redirect_uri"))
	case query.Get("response_type") != "code", !slices.Contains(strings.Fields(query.Get("scope")), "openid"):
		return fmt.Errorf("not a request for a code: %v", query)
	case query.Get("code_challenge_method") != "S256", len(query.Get("code_challenge")) != 43:
		return fmt.Errorf("there is no challenge: %v", query)
	case len(query.Get("state")) < 40, len(query.Get("nonce")) < 40, query.Get("state") == query.Get("nonce"):
		return fmt.Errorf("state or nonce can be guessed: %v", query)
	}
	return nil
}

var page = template.Must(template.New("").Parse(`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Provider for tests</title><h1>Who are you?</h1>
<form method="post" action="/authorize?{{.Query}}">{{range .People}}<p><button name="subject" value="{{.Subject}}">{{.Name}}</button></p>{{end}}<p><button name="subject" value="">Cancel</button></p></form>`))

func (p *Provider) ask(w http.ResponseWriter, r *http.Request) {
	if err := p.request(r.URL.Query()); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	people := slices.Clone(p.people)
	p.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, map[string]any{"Query": template.URL(r.URL.RawQuery), "People": people}) //nolint:gosec // it is what was asked, for tests
}

func (p *Provider) decide(w http.ResponseWriter, r *http.Request) {
	back, err := p.Visit(p.Issuer+r.URL.RequestURI(), r.FormValue("subject"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// Visit is what somebody does who was sent to an address of the provider: they sign in, or say no when subject is empty. It gives the address that they are sent back to.
func (p *Provider) Visit(address, subject string) (back string, err error) {
	asked, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	query := asked.Query()
	if err := p.request(query); err != nil {
		return "", err
	}
	answered := url.Values{"state": {query.Get("state")}, "iss": {p.Issuer}}
	p.mu.Lock()
	defer p.mu.Unlock()
	if subject == "" {
		answered.Set("error", "access_denied")
		return query.Get("redirect_uri") + "?" + answered.Encode(), nil
	}
	at := slices.IndexFunc(p.people, func(one Person) bool { return one.Subject == subject })
	if at < 0 {
		return "", fmt.Errorf("nobody is %q", subject)
	}
	code := rand.Text()
	p.codes[code] = grant{p.people[at], query.Get("nonce"), query.Get("code_challenge"), query.Get("redirect_uri"), strings.Fields(query.Get("scope")), p.now().Add(time.Minute)}
	answered.Set("code", code)
	return query.Get("redirect_uri") + "?" + answered.Encode(), nil
}

func (p *Provider) redeem(w http.ResponseWriter, r *http.Request, fault Fault) {
	name, secret, basic := r.BasicAuth()
	name, nameErr := url.QueryUnescape(name) // RFC 6749, section 2.3.1
	secret, secretErr := url.QueryUnescape(secret)
	if !basic || nameErr != nil || secretErr != nil || name != ClientID || subtle.ConstantTimeCompare([]byte(secret), []byte(ClientSecret)) != 1 {
		refuse(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	code := r.FormValue("code")
	p.mu.Lock()
	given, known := p.codes[code]
	delete(p.codes, code)
	signer := p.keys[len(p.keys)-1]
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	if r.FormValue("grant_type") != "authorization_code" || !known || p.now().After(given.expires) || r.FormValue("redirect_uri") != given.redirectURI || !fault.NoPKCE && challenge != given.challenge {
		refuse(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	access := rand.Text()
	p.mu.Lock()
	p.tokens[access] = given.person
	p.mu.Unlock()
	answered := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 300}
	if !fault.NoIDToken {
		answered["id_token"] = p.idToken(given, access, signer, fault)
	}
	answer(w, http.StatusOK, answered)
}

func (p *Provider) idToken(given grant, access string, signer key, fault Fault) string {
	now := p.now()
	half := sha256.Sum256([]byte(access))
	claims := map[string]any{"iss": p.Issuer, "sub": given.person.Subject, "aud": ClientID, "exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix(), "nonce": given.nonce,
		"at_hash": base64.RawURLEncoding.EncodeToString(half[:16])}
	maps.Copy(claims, given.person.claims())
	delete(claims, "groups") // those are told elsewhere
	if fault.Claims != nil {
		fault.Claims(claims)
	}
	if fault.Unsigned {
		token, _ := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims(claims)).SignedString(jwt.UnsafeAllowNoneSignatureType)
		return token
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims(claims))
	token.Header["kid"] = signer.id
	private := signer.private
	if fault.Forge {
		private, _ = rsa.GenerateKey(rand.Reader, 2048)
	}
	signed, err := token.SignedString(private)
	if err != nil {
		panic(err) // a key of ours signs
	}
	return signed
}

func (p *Person) claims() map[string]any {
	claims := map[string]any{"sub": p.Subject}
	for name, text := range map[string]string{"name": p.Name, "preferred_username": p.Username, "email": p.Email} {
		if text != "" {
			claims[name] = text
		}
	}
	if p.Email != "" {
		claims["email_verified"] = p.EmailVerified
	}
	if p.Groups != nil {
		claims["groups"] = p.Groups
	}
	return claims
}

func (p *Provider) tell(w http.ResponseWriter, r *http.Request, fault Fault) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	p.mu.Lock()
	person, known := p.tokens[token]
	p.mu.Unlock()
	if !known {
		refuse(w, http.StatusUnauthorized, "invalid_token")
		return
	}
	claims := person.claims()
	if fault.UserInfo != nil {
		fault.UserInfo(claims)
	}
	answer(w, http.StatusOK, claims)
}
