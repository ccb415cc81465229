package rest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/outside"
	"guildhall/api/outside/openid"
	"guildhall/api/outside/openid/openidtest"
	"guildhall/store"
)

// people are those whom the provider of the tests knows.
var people = []openidtest.Person{
	{Subject: "1001", Name: "Eve Adams", Username: "eve", Email: "eve@example.org", EmailVerified: true, Groups: []string{"staff", "gardeners"}},
	{Subject: "1002", Name: "Cleo", Username: "cleo", Email: "ada@example.org", EmailVerified: true},
	{Subject: "1003", Name: "Mallory", Email: "mallory@example.org"},
	{Subject: "1004", Username: "!!", Email: "x@evil.example", EmailVerified: true},
}

// providerWorld is a world whose people can sign in with a provider.
type providerWorld struct {
	*world
	provider *openidtest.Provider
}

func newProviderWorld(t *testing.T) *providerWorld {
	t.Helper()
	w := &providerWorld{}
	now := func() time.Time { return w.hall.Clock.Now() }
	w.provider = openidtest.New(now, people...)
	server := httptest.NewServer(w.provider)
	t.Cleanup(server.Close)
	w.provider.Issuer = server.URL
	w.world = openWorld(t, chattest.Options{Chat: chat.Options{OpenID: openid.New(outside.Allowed{}, now)}})
	w.add("house", server.URL, chat.ProviderEdit{})
	return w
}

// add sets a provider up that whoever is there may get an account of.
func (w *providerWorld) add(key, issuer string, edit chat.ProviderEdit) {
	w.t.Helper()
	name, client, secret, accounts := "House", openidtest.ClientID, openidtest.ClientSecret, store.OpenIDOpenAccounts
	edit.Name, edit.ClientID, edit.Secret = &name, &client, &secret
	if edit.Accounts == nil {
		edit.Accounts = &accounts
	}
	_, err := w.hall.Providers.Add(w.t.Context(), chattest.Console, key, issuer, edit)
	w.must(err)
}

func (w *providerWorld) edit(edit chat.ProviderEdit) {
	w.t.Helper()
	_, err := w.hall.Providers.Edit(w.t.Context(), chattest.Console, "house", edit)
	w.must(err)
}

// browser keeps cookies, whatever time it is, and goes where it is led.
type browser struct {
	w       *providerWorld
	cookies map[string]*http.Cookie
	token   string
}

func (w *providerWorld) browser() *browser {
	return &browser{w: w, cookies: make(map[string]*http.Cookie)}
}

// ask sends a request, and gives what came and where to it leads.
func (b *browser) ask(method, path, body string) (status int, answer map[string]any, leads string) {
	b.w.t.Helper()
	request, err := http.NewRequestWithContext(b.w.t.Context(), method, b.w.server.URL+path, strings.NewReader(body))
	b.w.must(err)
	if method != "GET" {
		request.Header.Set("Content-Type", "application/json")
	}
	if b.token != "" {
		request.Header.Set("Authorization", b.token)
	}
	for _, cookie := range b.cookies {
		request.AddCookie(cookie)
	}
	response, err := b.w.server.Client().Do(request)
	b.w.must(err)
	for _, cookie := range response.Cookies() {
		if b.cookies[cookie.Name] = cookie; cookie.MaxAge < 0 {
			delete(b.cookies, cookie.Name)
		}
	}
	text, err := io.ReadAll(response.Body)
	b.w.must(err)
	b.w.must(response.Body.Close())
	_ = json.Unmarshal(text, &answer) // pages have none
	return response.StatusCode, answer, response.Header.Get("Location")
}

// want demands a status.
func (b *browser) want(status int, method, path, body string) map[string]any {
	b.w.t.Helper()
	got, answer, _ := b.ask(method, path, body)
	if got != status {
		b.w.t.Fatalf("%s %s answers %d: %v", method, path, got, answer)
	}
	return answer
}

// begin goes to the provider, and gives the address that it leads to.
func (b *browser) begin(returnTo string) string {
	b.w.t.Helper()
	status, answer, leads := b.ask("GET", "/api/auth/oidc/house/start?"+url.Values{"return": {returnTo}}.Encode(), "")
	if status != http.StatusSeeOther || !strings.HasPrefix(leads, b.w.provider.Issuer+"/authorize?") {
		b.w.t.Fatalf("a sign-in begins with %d %v %s", status, answer, leads)
	}
	return leads
}

// visit signs in at the provider, and gives the path that it leads back to.
func (b *browser) visit(address, subject string) string {
	b.w.t.Helper()
	back, err := b.w.provider.Visit(address, subject)
	b.w.must(err)
	return strings.TrimPrefix(back, b.w.server.URL)
}

// signIn goes there and back, and gives the page that it ends at.
func (b *browser) signIn(subject string) string {
	b.w.t.Helper()
	_, _, leads := b.ask("GET", b.visit(b.begin("/channels/@me"), subject), "")
	return leads
}

// enter takes a new access token with what is in the cookie.
func (b *browser) enter() map[string]any {
	b.w.t.Helper()
	answer := b.want(http.StatusOK, "POST", "/api/auth/refresh", `{"cookie":true}`)
	b.token = "Bearer " + answer["token"].(string)
	return answer["user"].(map[string]any)
}

// settle registers somebody who is new.
func (b *browser) settle(subject, username string) {
	b.w.t.Helper()
	if leads := b.signIn(subject); leads != "/oidc/continue" {
		b.w.t.Fatalf("somebody new is led to %s", leads)
	}
	answer := b.want(http.StatusCreated, "POST", "/api/auth/oidc/register", `{"username":"`+username+`"}`)
	b.token = "Bearer " + answer["token"].(string)
}

// inside is the page that leads somebody to a path who is signed in.
func inside(path string) string { return "/oidc/in?" + url.Values{"return": {path}}.Encode() }

// problem demands that a sign-in ends at the page that says why.
func problem(t *testing.T, leads, why string) {
	t.Helper()
	page, err := url.Parse(leads)
	if err != nil || page.Path != "/oidc/problem" || page.Query().Get("why") != why {
		t.Errorf("it leads to %q, not to %q", leads, why)
	}
}

func TestSomebodyNewSignsInWithAProviderAndAgain(t *testing.T) {
	w := newProviderWorld(t)
	b := w.browser()
	w.run(t, []scenario{{name: "everybody sees what can be signed in with, and no more of it", method: "GET", path: "/auth/oidc", status: 200, holds: []string{`[{"key":"house","name":"House"}]`}, lacks: []string{w.provider.Issuer}}})
	if leads := b.signIn("1001"); leads != "/oidc/continue" {
		t.Fatalf("somebody new is led to %s", leads)
	}
	waiting := b.want(200, "GET", "/api/auth/oidc/pending", "")
	if waiting["username"] != "eve" || waiting["global_name"] != "Eve Adams" || waiting["label"] != "eve@example.org" || waiting["may_register"] != true || waiting["needs_invite"] != false || waiting["step"] != nil || waiting["return_to"] != "/channels/@me" {
		t.Errorf("what is left to do is %v", waiting)
	}
	w.browser().want(400, "GET", "/api/auth/oidc/pending", "") // it is this browser's
	b.want(400, "POST", "/api/auth/oidc/register", `{"username":"ada"}`)
	made := b.want(201, "POST", "/api/auth/oidc/register", `{"username":"eve","global_name":"Eve"}`)
	if _, there := made["refresh_token"]; there {
		t.Error("the refresh token is where scripts can read it")
	}
	b.want(400, "POST", "/api/auth/oidc/register", `{"username":"eve2"}`) // once
	user := b.enter()
	if user["username"] != "eve" || user["global_name"] != "Eve" || user["email"] != nil {
		t.Errorf("the account is %v", user)
	}
	linked := b.want(200, "GET", "/api/users/@me/oidc", "")
	if one := linked["linked"].([]any)[0].(map[string]any); linked["has_password"] != false || one["provider"] != "house" || one["name"] != "House" || one["label"] != "eve@example.org" {
		t.Errorf("it is linked to %v", linked)
	}

	again := w.browser()
	if leads := again.signIn("1001"); leads != inside("/channels/@me") {
		t.Errorf("somebody known is led to %s", leads)
	}
	if once := again.enter(); once["id"] != user["id"] {
		t.Errorf("they are %v", once)
	}
	w.run(t, []scenario{{name: "an account without a password is not signed in to with one", method: "POST", path: "/auth/login", body: `{"login":"eve","password":""}`, status: 400, code: 50035}})
	events := again.w.call(t, scenario{as: again.token, method: "GET", path: "/users/@me/security-events"})
	for _, want := range []string{`"method":"openid"`, `"provider_linked"`, `"provider":"House"`} {
		if !strings.Contains(string(events.body), want) {
			t.Errorf("%s is not among the security events %s", want, events.body)
		}
	}
}

func TestAnEmailAddressIsNobodysProof(t *testing.T) {
	w := newProviderWorld(t)
	b := w.browser()
	// Cleo's address there is Ada's here.
	b.settle("1002", "notada")
	if user := b.enter(); user["username"] != "notada" || user["email"] != nil {
		t.Errorf("who has Ada's address is %v", user)
	}
	if waiting := w.browser(); waiting.signIn("1004") != "/oidc/continue" {
		t.Error("somebody whose name says nothing is not asked for one")
	}
}

func TestSomebodyWithAnAccountLinksItBySigningInToIt(t *testing.T) {
	w := newProviderWorld(t)
	none := store.OpenIDNoAccounts
	w.edit(chat.ProviderEdit{Accounts: &none})
	b := w.browser()
	b.signIn("1002")
	if waiting := b.want(200, "GET", "/api/auth/oidc/pending", ""); waiting["may_register"] != false {
		t.Errorf("what is left to do is %v", waiting)
	}
	b.want(403, "POST", "/api/auth/oidc/register", `{"username":"cleo2"}`)
	stale := w.browser()
	stale.signIn("1002")
	stale.token = w.callers["cleo"]
	w.hall.Clock.Advance(9 * time.Minute)
	b.want(401, "POST", "/api/users/@me/oidc", `{}`)
	set := b.want(200, "POST", "/api/auth/login", `{"login":"cleo","password":"`+password+`","cookie":true}`)
	b.token = "Bearer " + set["token"].(string)
	if linked := b.want(200, "POST", "/api/users/@me/oidc", `{}`); linked["provider"] != "house" {
		t.Errorf("it is linked as %v", linked)
	}
	again := w.browser()
	if leads := again.signIn("1002"); leads != inside("/channels/@me") {
		t.Errorf("it leads to %s", leads)
	}
	if user := again.enter(); user["username"] != "cleo" {
		t.Errorf("they are %v", user)
	}
}

func TestALoginThatIsNotFreshLinksNothing(t *testing.T) {
	w := newProviderWorld(t)
	w.hall.Clock.Advance(8 * time.Minute)
	b := w.browser()
	b.signIn("1002")
	b.token = w.callers["cleo"]
	w.hall.Clock.Advance(3 * time.Minute) // of eleven
	if answer := b.want(400, "POST", "/api/users/@me/oidc", `{}`); !strings.Contains(answer["message"].(string)+jsonOf(answer), "ten minutes") {
		t.Errorf("it says %v", answer)
	}
}

func jsonOf(value any) string {
	text, _ := json.Marshal(value)
	return string(text)
}

func TestAProviderIsLinkedFromWithinAndUnlinked(t *testing.T) {
	w := newProviderWorld(t)
	b := w.browser()
	b.token = w.callers["ben"]
	b.want(400, "POST", "/api/users/@me/oidc/start", `{"provider":"house","password":"not it"}`)
	started := b.want(200, "POST", "/api/users/@me/oidc/start", `{"provider":"house","return_to":"/oidc/linked","password":"`+password+`"}`)
	back := b.visit(started["url"].(string), "1001")
	if _, _, leads := b.ask("GET", back, ""); leads != "/oidc/linked" {
		t.Errorf("it leads to %s", leads)
	}
	other := w.browser()
	if leads := other.signIn("1001"); leads != inside("/channels/@me") || other.enter()["username"] != "ben" {
		t.Errorf("it leads to %s", leads)
	}

	thief := w.browser()
	thief.token = w.callers["cleo"]
	started = thief.want(200, "POST", "/api/users/@me/oidc/start", `{"provider":"house","password":"`+password+`"}`)
	_, _, leads := thief.ask("GET", thief.visit(started["url"].(string), "1001"), "")
	problem(t, leads, "taken")

	one := b.want(200, "GET", "/api/users/@me/oidc", "")["linked"].([]any)[0].(map[string]any)["id"].(string)
	thief.want(400, "POST", "/api/users/@me/oidc/unlink", `{"id":"`+one+`","password":"`+password+`"}`)
	b.want(400, "POST", "/api/users/@me/oidc/unlink", `{"id":"`+one+`","password":"not it"}`)
	b.want(204, "POST", "/api/users/@me/oidc/unlink", `{"id":"`+one+`","password":"`+password+`"}`)
	if leads := w.browser().signIn("1001"); leads != "/oidc/continue" {
		t.Errorf("what is not linked any more leads to %s", leads)
	}
}

func TestTheLastWayInStaysUntilThereIsAPassword(t *testing.T) {
	w := newProviderWorld(t)
	b := w.browser()
	b.settle("1001", "eve")
	one := b.want(200, "GET", "/api/users/@me/oidc", "")["linked"].([]any)[0].(map[string]any)["id"].(string)
	if answer := b.want(400, "POST", "/api/users/@me/oidc/unlink", `{"id":"`+one+`"}`); !strings.Contains(jsonOf(answer), "LAST_WAY_IN") {
		t.Errorf("it says %v", answer)
	}
	w.hall.Clock.Advance(11 * time.Minute)
	if answer := b.want(400, "PATCH", "/api/users/@me", `{"new_password":"`+password+` new"}`); !strings.Contains(jsonOf(answer), "SIGN_IN_AGAIN") {
		t.Errorf("a login that is not fresh is answered %v", answer)
	}
	fresh := w.browser()
	fresh.signIn("1001")
	fresh.enter()
	fresh.want(200, "PATCH", "/api/users/@me", `{"new_password":"`+password+` new"}`)
	b.want(401, "GET", "/api/users/@me", "") // a new password ends the other logins
	fresh.want(400, "POST", "/api/users/@me/oidc/unlink", `{"id":"`+one+`"}`)
	fresh.want(204, "POST", "/api/users/@me/oidc/unlink", `{"id":"`+one+`","password":"`+password+` new"}`)
	w.run(t, []scenario{{name: "they sign in with it", method: "POST", path: "/auth/login", body: `{"login":"eve","password":"` + password + ` new"}`, status: 200}})
}
