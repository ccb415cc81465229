package rest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"guildhall/api/perm"
)

// openToAll makes robin public and gives it an address to lead back to.
func (w *world) openToAll(t *testing.T) {
	t.Helper()
	w.play(t, scenario{as: "ada", method: "PATCH", path: "/applications/{robin}", body: `{"bot_public":true,"redirect_uris":["https://example.org/back?a=1"]}`, status: 200})
}

func TestWhatSomebodyIsAskedToAgreeTo(t *testing.T) {
	w := newWorld(t)
	const path = "/oauth2/authorize?client_id={robin}"
	w.run(t, []scenario{
		{name: "a bot that is not public", as: "ben", method: "GET", path: path, status: 404, code: 10002},
		{name: "and is one's own", as: "ada", method: "GET", path: path + "&scope=bot&permissions=2056", status: 200,
			holds: []string{`"application":{"id":"{robin}","name":"robin"`, `"owner":{"id":"{ada}"`, `"approximate_guild_count":1`, `"user":{"id":"{ada}"`, `"scopes":["bot","applications.commands"],"permissions":"2056"`,
				`"guilds":[{"id":"{guild}","name":"`, `"installed":true`, `"redirect_uri":null`},
			lacks: []string{"token", "verify_key", "ada@example.org"}},
	})
	w.openToAll(t)
	w.run(t, []scenario{
		{name: "who may let it in nowhere", as: "ben", method: "GET", path: path, status: 200, holds: []string{`"guilds":[]`}},
		{name: "a stranger too", as: "cleo", method: "GET", path: path, status: 200, holds: []string{`"guilds":[]`}},
		{name: "only commands", as: "ben", method: "GET", path: path + "&scope=applications.commands&permissions=8", status: 200, holds: []string{`"scopes":["applications.commands"],"permissions":"0"`}},
		{name: "what its owner wants", as: "ada", method: "PATCH", path: "/applications/{robin}", body: `{"install_params":{"scopes":["bot"],"permissions":"8"}}`, status: 200},
		{name: "counts where the link says nothing", as: "ben", method: "GET", path: path, status: 200, holds: []string{`"permissions":"8"`}},
		{name: "but not where it does", as: "ben", method: "GET", path: path + "&permissions=0", status: 200, holds: []string{`"permissions":"0"`}},
		{name: "an address that is registered", as: "ben", method: "GET", path: path + "&redirect_uri=" + url.QueryEscape("https://example.org/back?a=1"), status: 200, holds: []string{`"redirect_uri":"https://example.org/back?a=1"`}},
		{name: "one that is not", as: "ben", method: "GET", path: path + "&redirect_uri=" + url.QueryEscape("https://evil.example/"), status: 400, code: 50035, fields: map[string]string{"redirect_uri": "REDIRECT_URI_INVALID"},
			holds: []string{`"error":"invalid_request"`}, lacks: []string{"evil.example"}},
		{name: "signing in with it", as: "ben", method: "GET", path: path + "&scope=identify", status: 400, code: 50035, fields: map[string]string{"scope": "SCOPE_INVALID"}, holds: []string{`"error":"invalid_scope"`}},
		{name: "for a code", as: "ben", method: "GET", path: path + "&response_type=code", status: 400, code: 50035, fields: map[string]string{"response_type": "RESPONSE_TYPE_UNSUPPORTED"}, holds: []string{`"error":"unsupported_response_type"`}},
		{name: "for oneself", as: "ben", method: "GET", path: path + "&integration_type=1", status: 400, code: 50035, fields: map[string]string{"integration_type": "INTEGRATION_TYPE_UNSUPPORTED"}, holds: []string{`"error":"invalid_request"`}},
		{name: "for oneself, agreed to", as: "ada", method: "POST", path: path + "&integration_type=1", body: `{"authorize":true,"guild_id":"{guild}","permissions":"0"}`, status: 400, code: 50035, fields: map[string]string{"integration_type": "INTEGRATION_TYPE_UNSUPPORTED"}},
		{name: "for a server", as: "ben", method: "GET", path: path + "&integration_type=0", status: 200},
		{name: "too long a state", as: "ben", method: "GET", path: path + "&state=" + strings.Repeat("a", 1025), status: 400, code: 50035, fields: map[string]string{"state": "STATE_INVALID"}},
		{name: "permissions that are no number", as: "ben", method: "GET", path: path + "&permissions=all", status: 400, code: 50035, fields: map[string]string{"permissions": "NUMBER_TYPE_COERCE"}},
		{name: "no application", as: "ben", method: "GET", path: "/oauth2/authorize", status: 400, code: 50035, fields: map[string]string{"client_id": "BASE_TYPE_REQUIRED"}},
		{name: "an application that is not there", as: "ben", method: "GET", path: "/oauth2/authorize?client_id=7", status: 404, code: 10002},
		{name: "a bot is not asked", as: "robin", method: "GET", path: path, status: 403, code: 20001},
		{name: "nobody is not asked", method: "GET", path: path, status: 401},
	})
}

func TestSomebodyAgrees(t *testing.T) {
	w := newWorld(t)
	w.openToAll(t)
	w.play(t, scenario{as: "ada", method: "DELETE", path: "/guilds/{guild}/integrations/{robin}", status: 204})
	back := "&state=s%26x&redirect_uri=" + url.QueryEscape("https://example.org/back?a=1")
	const path = "/oauth2/authorize?client_id={robin}&scope=bot&permissions=2054"
	agree := func(permissions string) string {
		return `{"authorize":true,"guild_id":"{guild}","permissions":"` + permissions + `"}`
	}
	mia := w.register("mia")
	w.guild.Join(mia)
	w.guild.Role("Doors", 1, perm.ManageGuild|perm.KickMembers, mia)
	w.run(t, []scenario{
		{name: "a stranger to the server", as: "cleo", method: "POST", path: path, body: agree("0"), status: 404, code: 10004},
		{name: "a member who looks after nothing", as: "ben", method: "POST", path: path, body: agree("0"), status: 403, code: 50013},
		{name: "one who gives what they do not have", as: "mia", method: "POST", path: path, body: agree("4"), status: 403, code: 50013},
		{name: "and what was not asked for", as: "mia", method: "POST", path: path, body: agree("32"), status: 400, code: 50035, fields: map[string]string{"permissions": "BASE_TYPE_CHOICES"}},
		{name: "to no server", as: "mia", method: "POST", path: path, body: `{"authorize":true}`, status: 400, code: 50035, fields: map[string]string{"guild_id": "BASE_TYPE_REQUIRED"}},
		{name: "for another address", as: "mia", method: "POST", path: path + "&redirect_uri=https%3A%2F%2Fevil.example", body: agree("0"), status: 400, code: 50035, lacks: []string{"location"}},
		{name: "a bot does not", as: "robin", method: "POST", path: path, body: agree("0"), status: 403, code: 20001},
		{name: "it is in no server", as: "robin", method: "GET", path: "/users/@me/guilds", status: 200, lacks: []string{"{guild}"}},
		{name: "somebody who does not agree", as: "mia", method: "POST", path: path + back, body: `{"authorize":false}`, status: 200, holds: []string{`"location":"https://example.org/back?a=1&error=access_denied`, `state=s%26x`}},
		{name: "nor is led anywhere", as: "mia", method: "POST", path: path, body: `{}`, status: 200, holds: []string{`{"location":null}`}},
		{name: "who does", as: "mia", method: "POST", path: path + back, body: agree("2"), status: 200, holds: []string{`"location":"https://example.org/back?a=1&guild_id={guild}&permissions=2&state=s%26x"`}},
		{name: "the bot is there", as: "robin", method: "GET", path: "/guilds/{guild}/members/{robin}", status: 200},
		{name: "with what it was given", as: "robin", method: "GET", path: "/guilds/{guild}/roles", status: 200, holds: []string{`"name":"robin"`, `"permissions":"2"`, `"tags":{"bot_id":"{robin}"`}},
		{name: "who gives less than others gave", as: "ada", method: "POST", path: path, body: agree("2048"), status: 200, holds: []string{`{"location":null}`}},
		{name: "changes the role", as: "robin", method: "GET", path: "/guilds/{guild}/roles", status: 200, holds: []string{`"permissions":"2048"`}},
	})
}

func TestApplicationsOfAServer(t *testing.T) {
	w := newWorld(t)
	const path = "/guilds/{guild}/integrations"
	w.run(t, []scenario{
		{name: "those that are there", as: "ada", method: "GET", path: path, status: 200,
			holds: []string{`"id":"{robin}","type":"discord","name":"robin","enabled":true`, `"user":{"id":"{ada}"`, `"account":{"id":"{robin}","name":"robin"}`, `"bot":{"id":"{robin}"`, `"scopes":["bot","applications.commands"]`},
			lacks: []string{"token", "email"}},
		{name: "not for every member", as: "ben", method: "GET", path: path, status: 403, code: 50013},
		{name: "nor for strangers", as: "cleo", method: "GET", path: path, status: 404, code: 10004},
		{name: "one with commands alone", as: "ada", method: "POST", path: "/applications", body: `{"name":"Orders"}`, status: 201, keep: map[string]string{"{orders}": "id"}},
		{name: "let in", as: "ada", method: "POST", path: "/oauth2/authorize?client_id={orders}&scope=applications.commands", body: `{"authorize":true,"guild_id":"{guild}"}`, status: 200},
		{name: "has no bot", as: "ada", method: "GET", path: path, status: 200, holds: []string{`"name":"Orders"`, `"scopes":["applications.commands"]`}},
		{name: "taken out", as: "ada", method: "DELETE", path: path + "/{orders}", header: map[string]string{"X-Audit-Log-Reason": "enough"}, status: 204},
		{name: "once", as: "ada", method: "DELETE", path: path + "/{orders}", status: 404, code: 10005},
		{name: "members do not", as: "ben", method: "DELETE", path: path + "/{robin}", status: 403, code: 50013},
		{name: "an id that is none", as: "ada", method: "DELETE", path: path + "/robin", status: 404, code: 10005},
		{name: "with its bot", as: "ada", method: "DELETE", path: path + "/{robin}", status: 204},
		{name: "which is gone", as: "ada", method: "GET", path: "/guilds/{guild}/members/{robin}", status: 404, code: 10007},
		{name: "the log says so", as: "ada", method: "GET", path: "/guilds/{guild}/audit-logs?action_type=82", status: 200, holds: []string{`"target_id":"{orders}"`, `"target_id":"{robin}"`, `"reason":"enough"`}},
	})
}

func TestBrowsersAreLedToTheConsentPage(t *testing.T) {
	w := newWorld(t)
	client := *w.server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	ask := func(path string, header ...string) *http.Response {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+path, http.NoBody)
		w.must(err)
		for i := 0; i < len(header); i += 2 {
			request.Header.Set(header[i], header[i+1])
		}
		response, err := client.Do(request)
		w.must(err)
		w.must(response.Body.Close())
		return response
	}
	for _, path := range []string{"/api/oauth2/authorize", "/api/v9/oauth2/authorize", "/api/v10/oauth2/authorize"} {
		got := ask(path+"?client_id=7&scope=bot", "Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
		if got.StatusCode != http.StatusFound || got.Header.Get("Location") != "/oauth2/authorize?client_id=7&scope=bot" {
			t.Errorf("%s is answered %d, to %q", path, got.StatusCode, got.Header.Get("Location"))
		}
		for _, header := range [][]string{{"Accept", "application/json"}, {"Accept", "text/html", "Authorization", w.callers["ada"]}, nil} {
			if got := ask(path, header...); got.StatusCode != http.StatusUnauthorized && got.StatusCode != http.StatusBadRequest {
				t.Errorf("%s with %q is answered %d", path, header, got.StatusCode)
			}
		}
	}
	for _, path := range []string{"/api/oauth2/authorize/", "/api/v10/users/@me", "/api//oauth2/authorize"} {
		if got := ask(path, "Accept", "text/html"); got.StatusCode == http.StatusFound {
			t.Errorf("%s leads to %q", path, got.Header.Get("Location"))
		}
	}
}
