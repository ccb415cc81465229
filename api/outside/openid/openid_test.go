package openid_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"guildhall/api/chat"
	"guildhall/api/outside"
	"guildhall/api/outside/openid"
	"guildhall/api/outside/openid/openidtest"
)

// Whoever starts a goroutine stops it and waits for it: after all tests nothing runs any more.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve serves a provider on loopback, and gives the hall as it knows it.
func serve(t *testing.T) (*openidtest.Provider, chat.OpenIDClient) {
	t.Helper()
	provider := openidtest.New(time.Now, openidtest.Person{Subject: "1", Name: "Eve", Email: "eve@example.org", EmailVerified: true})
	server := httptest.NewServer(provider)
	t.Cleanup(server.Close)
	provider.Issuer = server.URL
	return provider, chat.OpenIDClient{Issuer: server.URL, ClientID: openidtest.ClientID, Secret: openidtest.ClientSecret, Scopes: []string{"profile", "email"}}
}

func TestAProviderThatDoesNotAnswerHoldsNobodyForEver(t *testing.T) {
	provider, hall := serve(t)
	wait := make(chan struct{})
	defer close(wait)
	provider.Misbehave(openidtest.Fault{Wait: wait})
	client := openid.New(outside.Allowed{}, time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan error, 1)
	go func() {
		_, err := client.Authorization(ctx, hall, chat.OpenIDRequest{})
		asked <- err
	}()
	for provider.Asked("/.well-known/openid-configuration") == 0 {
		select {
		case err := <-asked:
			t.Fatalf("it answered by itself: %v", err)
		default:
		}
	}
	cancel() // the person goes away; the hall's own patience ends in the same way
	if err := <-asked; !errors.Is(err, chat.ErrOpenIDAway) {
		t.Errorf("%v", err)
	}
}

func TestOnlyTheHostThatAnAdministratorNamedMayBePrivate(t *testing.T) {
	asked := false
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer inner.Close()
	innerHost := strings.Replace(inner.URL, "127.0.0.1", "localhost", 1)
	for name, configuration := range map[string]string{
		"tokens elsewhere on this machine": `{"issuer":"ISSUER","authorization_endpoint":"ISSUER/a","token_endpoint":"` + innerHost + `/t","jwks_uri":"ISSUER/k"}`,
		"keys in a private network":        `{"issuer":"ISSUER","authorization_endpoint":"ISSUER/a","token_endpoint":"ISSUER/t","jwks_uri":"http://10.0.0.1/k"}`,
		"tokens that are not encrypted":    `{"issuer":"ISSUER","authorization_endpoint":"ISSUER/a","token_endpoint":"http://example.org/t","jwks_uri":"ISSUER/k"}`,
		"a page that runs scripts":         `{"issuer":"ISSUER","authorization_endpoint":"javascript:alert(1)","token_endpoint":"ISSUER/t","jwks_uri":"ISSUER/k"}`,
		"credentials in an address":        `{"issuer":"ISSUER","authorization_endpoint":"https://a:b@example.org/","token_endpoint":"ISSUER/t","jwks_uri":"ISSUER/k"}`,
		"another issuer":                   `{"issuer":"https://other.example","authorization_endpoint":"ISSUER/a","token_endpoint":"ISSUER/t","jwks_uri":"ISSUER/k"}`,
		"no addresses":                     `{"issuer":"ISSUER"}`,
		"more than it may say":             `{"issuer":"ISSUER","x":"` + strings.Repeat("x", 2<<20) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(nil)
			server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(strings.ReplaceAll(configuration, "ISSUER", server.URL)))
			})
			server.Start()
			defer server.Close()
			client := openid.New(outside.Allowed{}, time.Now)
			if address, err := client.Authorization(t.Context(), chat.OpenIDClient{Issuer: server.URL, ClientID: "x"}, chat.OpenIDRequest{}); !errors.Is(err, chat.ErrOpenIDAway) {
				t.Errorf("it leads to %q, %v", address, err)
			}
		})
	}
	if asked {
		t.Error("another service of this machine was asked")
	}
}

func TestCodesAndSecretsGoNowhereElse(t *testing.T) {
	var elsewhere []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { elsewhere = append(elsewhere, r.URL.String()) }))
	defer other.Close()
	provider, hall := serve(t)
	// It sends whoever redeems a code to another address.
	redirecting := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
			return
		}
		provider.ServeHTTP(w, r)
	}))
	defer redirecting.Close()
	provider.Issuer, hall.Issuer = redirecting.URL, redirecting.URL
	client := openid.New(outside.Allowed{}, time.Now)
	_, err := client.Redeem(t.Context(), hall, chat.OpenIDAnswer{Code: "a code of somebody's", Issuer: redirecting.URL, Nonce: "n", Verifier: strings.Repeat("v", 43)})
	if err == nil || len(elsewhere) > 0 || strings.Contains(err.Error(), "a code of") || strings.Contains(err.Error(), "a secret of") {
		t.Errorf("%v; asked were %q", err, elsewhere)
	}
}

func TestAProviderIsTestedWithItsKeys(t *testing.T) {
	provider, hall := serve(t)
	client := openid.New(outside.Allowed{}, time.Now)
	said, err := client.Discover(t.Context(), hall)
	if err != nil || !said.PKCE || said.TokenEndpoint != provider.Issuer+"/token" {
		t.Errorf("%+v, %v", said, err)
	}
	provider.Misbehave(openidtest.Fault{KeysDown: true})
	if _, err := client.Discover(t.Context(), hall); !errors.Is(err, chat.ErrOpenIDAway) {
		t.Errorf("without keys: %v", err)
	}
}
