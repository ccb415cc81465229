package rest

import (
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/store/ephemeral"
)

func TestPostingIsLimitedForEachChannel(t *testing.T) {
	w := newWorld(t, Limits{})
	post := scenario{as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"again"}`, status: 200}
	for range 5 {
		w.play(t, post)
	}
	tooMany := post
	tooMany.status, tooMany.code = 429, 0
	tooMany.then = func(t *testing.T, got reply) {
		if got.Header.Get("Via") == "" || got.Header.Get("Retry-After") != "5" || got.Header.Get("X-RateLimit-Remaining") != "0" || got.value("retry_after") != 5.0 || got.value("global") != false {
			t.Errorf("the answer is %s with %v", got.body, got.Header)
		}
	}
	w.play(t, tooMany)
	w.run(t, []scenario{
		{name: "others post on", as: "ada", method: "POST", path: "/channels/{general}/messages", body: `{"content":"me"}`, status: 200},
		{name: "elsewhere it goes on", as: "ben", method: "POST", path: "/channels/{lounge}/messages", body: `{"content":"here"}`, status: 200},
		{name: "and so does reading", as: "ben", method: "GET", path: "/channels/{general}/messages", status: 200},
	})
	w.hall.Clock.Advance(5 * time.Second)
	w.play(t, post)
}

func TestLimitsAreConfigured(t *testing.T) {
	w := newWorld(t, Limits{Post: ephemeral.Limit{Burst: 1, Per: time.Hour}, SignIn: ephemeral.Limit{Burst: 1, Per: time.Hour}, LookUp: ephemeral.Limit{Burst: 1, Per: time.Hour}})
	for _, s := range []scenario{
		{as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"x"}`, status: 200},
		{method: "POST", path: "/auth/login", body: `{"login":"ben","password":"wrong"}`, status: 400, code: 50035},
		{method: "GET", path: "/invites/guess", status: 404, code: 10006},
	} {
		w.play(t, s)
		s.status, s.code = 429, 0
		w.play(t, s)
	}
}

func TestAllRequestsOfACallerAreLimitedTogether(t *testing.T) {
	w := newWorld(t, Limits{Global: ephemeral.Limit{Burst: 3, Per: time.Second}})
	for _, path := range []string{"/users/@me", "/guilds", "/voice/regions"} {
		w.play(t, scenario{as: "robin", method: "GET", path: path, status: 200})
	}
	w.play(t, scenario{as: "robin", method: "GET", path: "/gateway/bot", status: 429, code: 0, holds: []string{`"global":true`}, then: func(t *testing.T, got reply) {
		if got.Header.Get("X-RateLimit-Global") != "true" || got.Header.Get("X-RateLimit-Scope") != "global" {
			t.Errorf("the headers are %v", got.Header)
		}
	}})
}

func TestWhoIsRefusedAgainAndAgainIsKeptOutForAWhile(t *testing.T) {
	many := ephemeral.Limit{Burst: 1000, Per: time.Minute}
	w := newWorld(t, Limits{Global: many, Default: many, Invalid: ephemeral.Limit{Burst: 4, Per: 10 * time.Minute}})
	refused := scenario{as: "ben", method: "PATCH", path: "/guilds/{guild}", body: `{"name":"mine"}`, status: 403, code: 50013}
	for range 4 {
		w.play(t, refused)
	}
	own := scenario{as: "ben", method: "GET", path: "/users/@me", status: 429, code: 0, then: func(t *testing.T, got reply) {
		if got.Header.Get("Retry-After") != "600" || got.Header.Get("Via") == "" || got.value("global") != true {
			t.Errorf("the answer is %s with %v", got.body, got.Header)
		}
	}}
	w.play(t, own)
	bad := scenario{as: "Bot guess", method: "GET", path: "/users/@me", status: 401, code: 50014}
	for range 4 {
		w.play(t, bad)
	}
	bad.status, bad.code = 429, 0
	w.play(t, bad)
	w.run(t, []scenario{
		{name: "others at the same address go on", as: "ada", method: "GET", path: "/users/@me", status: 200},
		{name: "bots too", as: "robin", method: "GET", path: "/users/@me", status: 200},
		{name: "and signing in", method: "POST", path: "/auth/login", body: `{"login":"cleo","password":"` + password + `"}`, status: 200},
	})
	w.hall.Clock.Advance(10 * time.Minute)
	own.status, own.then = 200, nil
	w.play(t, own)
}

func TestBotsAreToldHowManySessionsTheyMayStart(t *testing.T) {
	w := newWorld(t)
	robin := chat.Caller{UserID: w.ofName("robin"), Bot: true}
	for range 3 {
		if w.hall.Starts.Allow(t.Context(), robin) != chat.StartNow {
			t.Fatal("a session may not start")
		}
	}
	w.hall.Clock.Advance(time.Hour)
	w.play(t, scenario{as: "robin", method: "GET", path: "/gateway/bot", status: 200, holds: []string{`"remaining":997,"reset_after":82800000`}})
}

func TestWithoutALimiterNothingIsLimited(t *testing.T) {
	w := newWorld(t)
	for range 60 {
		w.play(t, scenario{as: "robin", method: "GET", path: "/gateway/bot", status: 200, then: func(t *testing.T, got reply) {
			for name := range got.Header {
				if strings.HasPrefix(name, "X-Ratelimit-") {
					t.Errorf("there is a header %s", name)
				}
			}
		}})
	}
}
