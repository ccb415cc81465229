package rest

import (
	"net/http"
	"strings"
	"testing"
)

// prefixes are all that the same API is served under; repeated slashes count as one, as discordgo sends them.
var prefixes = []string{"/api", "/api/v10", "/api/v9", "/api/v8", "//api//v9/"}

// TestEveryEndpointAnswersUnderEveryAlias walks one story through each way of writing its addresses.
func TestEveryEndpointAnswersUnderEveryAlias(t *testing.T) {
	for _, prefix := range prefixes {
		for _, guilds := range []string{"/guilds", "/servers"} {
			for _, message := range []string{"/channels/{channel}/messages/{message}", "/messages/{message}"} {
				t.Run(prefix+" "+guilds+" "+message[:strings.Index(message[1:], "/")+1], func(t *testing.T) {
					tellStory(t, newWorld(t), prefix, guilds, message)
				})
			}
		}
	}
}

// tellStory is the life of a server: a person registers, makes it, fills it, changes it and takes it down.
func tellStory(t *testing.T, w *world, prefix, guilds, message string) {
	remember := func(name, path string) func(*testing.T, reply) {
		return func(_ *testing.T, got reply) { w.names = append(w.names, "{"+name+"}", got.text(path)) }
	}
	scenarios := []scenario{
		{name: "register", method: "POST", path: "/auth/register", body: `{"username":"zoe","password":"correct horse"}`, status: 201, then: func(_ *testing.T, got reply) {
			w.names = append(w.names, "{zoe}", got.text("user.id"), "{refresh}", got.text("refresh_token"))
		}},
		{name: "refresh", method: "POST", path: "/auth/refresh", body: `{"refresh_token":"{refresh}"}`, status: 200, holds: []string{`"user_id":"{zoe}"`}},
		{name: "log in", method: "POST", path: "/auth/login", body: `{"login":"zoe","password":"correct horse"}`, status: 200, then: func(_ *testing.T, got reply) {
			w.callers["zoe"] = "Bearer " + got.text("access_token")
		}},
		{name: "who am I", as: "zoe", method: "GET", path: "/users/@me", status: 200, holds: []string{`"username":"zoe"`}},
		{name: "change my name", as: "zoe", method: "PATCH", path: "/users/@me", body: `{"global_name":"Zoe"}`, status: 200, holds: []string{`"global_name":"Zoe"`}},
		{name: "who is that", as: "zoe", method: "GET", path: "/users/{ada}", status: 200, holds: []string{`"username":"ada"`}},
		{name: "make a server", as: "zoe", method: "POST", path: guilds, body: `{"name":"Reef"}`, status: 201, then: remember("server", "id")},
		{name: "list mine", as: "zoe", method: "GET", path: guilds, status: 200, holds: []string{`"id":"{server}"`}},
		{name: "look at it", as: "zoe", method: "GET", path: guilds + "/{server}", status: 200, holds: []string{`"name":"Reef"`}},
		{name: "rename it", as: "zoe", method: "PATCH", path: guilds + "/{server}", body: `{"name":"Coral"}`, status: 200, holds: []string{`"name":"Coral"`}},
		{name: "make a channel", as: "zoe", method: "POST", path: guilds + "/{server}/channels", body: `{"name":"fish"}`, status: 201, then: remember("channel", "id")},
		{name: "look at the channel", as: "zoe", method: "GET", path: "/channels/{channel}", status: 200, holds: []string{`"name":"fish"`}},
		{name: "rename it", as: "zoe", method: "PATCH", path: "/channels/{channel}", body: `{"name":"whales"}`, status: 200, holds: []string{`"name":"whales"`}},
		{name: "post", as: "zoe", method: "POST", path: "/channels/{channel}/messages", body: `{"content":"blub"}`, status: 200, then: remember("message", "id")},
		{name: "read", as: "zoe", method: "GET", path: "/channels/{channel}/messages", status: 200, holds: []string{`"content":"blub"`}},
		{name: "edit", as: "zoe", method: "PATCH", path: message, body: `{"content":"BLUB"}`, status: 200, holds: []string{`"content":"BLUB"`}},
		{name: "delete", as: "zoe", method: "DELETE", path: message, status: 204},
		{name: "delete the channel", as: "zoe", method: "DELETE", path: "/channels/{channel}", status: 200},
		{name: "delete the server", as: "zoe", method: "DELETE", path: guilds + "/{server}", status: 204},
		{name: "nothing is left", as: "zoe", method: "GET", path: guilds + "/{server}", status: 404, code: 10004},
	}
	for _, s := range scenarios {
		s.path = prefix + s.path
		t.Run(s.name, func(t *testing.T) { w.play(t, s) })
	}
}

func TestPathsThatAreNone(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "an unknown route", as: "ada", method: "GET", path: "/api/v10/nothing", status: 404, code: 0},
		{name: "for nobody too", method: "GET", path: "/api/v10/nothing/at/all", status: 404, code: 0},
		{name: "the bare API", method: "GET", path: "/api", status: 404, code: 0},
		{name: "the bare version", method: "GET", path: "/api/v10/", status: 404, code: 0},
		{name: "a version of old", method: "GET", path: "/api/v6/gateway", status: 400, code: 50041},
		{name: "a version to come", method: "GET", path: "/api/v11/gateway", status: 400, code: 50041},
		{name: "a version with more behind it", method: "GET", path: "/api/v10x/gateway", status: 400, code: 50041},
		{name: "a word that begins like a version", method: "GET", path: "/api/voice/regions", as: "ada", status: 200},
		{name: "a slash at the end", as: "ada", method: "GET", path: "/api/v9//voice/regions/", status: 200},
		{name: "a wrong method", as: "ada", method: "PUT", path: "/guilds/{guild}", status: 405, code: 0, then: func(t *testing.T, got reply) {
			if allow := got.Header.Get("Allow"); allow != "GET, PATCH, DELETE" {
				t.Errorf("allowed are %q", allow)
			}
		}},
		{name: "a method that is none", as: "ada", method: "BREW", path: "/guilds/{guild}", status: 405, code: 0},
		{name: "an alias of a part", as: "ada", method: "GET", path: "/serversx/{guild}", status: 404, code: 0},
		{name: "a path with dots", as: "ada", method: "GET", path: "/guilds/%2e%2e/users", status: 404, code: 0},
	})
}

func TestPagesOfOtherOriginsMayAsk(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "before", method: "OPTIONS", path: "/guilds/{guild}", header: map[string]string{"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "PATCH"}, status: 204,
			then: func(t *testing.T, got reply) {
				for name, part := range map[string]string{
					"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "PATCH", "Access-Control-Allow-Headers": "X-Audit-Log-Reason", "Access-Control-Max-Age": "86400",
				} {
					if !strings.Contains(got.Header.Get(name), part) {
						t.Errorf("%s is %q", name, got.Header.Get(name))
					}
				}
				if got.Header.Get("Access-Control-Allow-Credentials") != "" {
					t.Error("cookies are for the hall's own pages only")
				}
			}},
		{name: "and see the limits", as: "ada", method: "GET", path: "/guilds/{guild}", header: map[string]string{"Origin": "https://elsewhere.example"}, status: 200, then: func(t *testing.T, got reply) {
			if !strings.Contains(got.Header.Get("Access-Control-Expose-Headers"), "X-RateLimit-Reset-After") || got.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("the headers are %v", got.Header)
			}
		}},
	})
}

func TestAHeadRequestIsAGetWithoutItsBody(t *testing.T) {
	w := newWorld(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodHead, w.server.URL+"/api/gateway", http.NoBody)
	w.must(err)
	response, err := w.server.Client().Do(request)
	w.must(err)
	defer response.Body.Close()
	if response.StatusCode != 200 || response.ContentLength <= 0 || response.Header.Get("X-Request-Id") == "" {
		t.Errorf("HEAD is answered %d with %v", response.StatusCode, response.Header)
	}
}

func TestForeignNamesOfTheHallAreRefused(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "a name that somebody points here", method: "GET", path: "/gateway", header: map[string]string{"Host": "evil.example"}, status: 421, code: 0},
		{name: "another machine's plain HTTP", method: "GET", path: "/gateway", header: map[string]string{"X-Forwarded-For": "203.0.113.7"}, status: 403, code: 0, holds: []string{"https://"}},
	})
}
