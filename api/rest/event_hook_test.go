package rest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"guildhall/api/outside"
	"guildhall/api/wire"
)

// scripted is a script that event hooks tell of what happens.
type scripted struct {
	*httptest.Server
	// got are the requests, each with its body.
	got chan toldRequest
}

type toldRequest struct {
	header http.Header
	body   []byte
}

// script opens a script on this machine and has the hall of a world tell addresses of events, this machine's too.
func (w *world) script(answer int) *scripted {
	w.t.Helper()
	l := &scripted{got: make(chan toldRequest, 100)}
	l.Server = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.t.Error(err)
		}
		l.got <- toldRequest{r.Header, body}
		out.WriteHeader(answer)
	}))
	w.t.Cleanup(l.Close)
	allowed, err := outside.ParseAllowed("127.0.0.0/8")
	w.must(err)
	w.must(w.hall.EventHooks.Begin(outside.NewPoster(outside.Options{Allowed: allowed}), wire.NewEventBodies(w.hall.Files.LinksAt("https://hall.lan"))))
	w.names = append(w.names, "{listener}", l.URL)
	return l
}

func TestEventHooks(t *testing.T) {
	w := newWorld(t)
	script := w.script(http.StatusNoContent)
	const hooks, hook = "/guilds/{guild}/event-hooks", "/guilds/{guild}/event-hooks/{hook}"
	w.run(t, []scenario{
		{name: "none yet", as: "ada", method: "GET", path: hooks, status: 200, lacks: []string{"id"}},
		{name: "a member makes none", as: "ben", method: "POST", path: hooks, body: `{"name":"x","url":"{listener}","events":["MESSAGE_CREATE"]}`, status: 403, code: 50013},
		{name: "a stranger sees none", as: "cleo", method: "GET", path: hooks, status: 404, code: 10004},
		{name: "what is needed", as: "ada", method: "POST", path: hooks, body: `{}`, status: 400, code: 50035, fields: map[string]string{"name": "BASE_TYPE_REQUIRED", "url": "BASE_TYPE_REQUIRED", "events": "BASE_TYPE_REQUIRED"}},
		{name: "no such event", as: "ada", method: "POST", path: hooks, body: `{"name":"x","url":"{listener}","events":["TYPING_START"]}`, status: 400, code: 50035, fields: map[string]string{"events": "BASE_TYPE_CHOICES"}},
		{name: "no address of the web", as: "ada", method: "POST", path: hooks, body: `{"name":"x","url":"gopher://x","events":["MESSAGE_CREATE"]}`, status: 400, code: 50035, fields: map[string]string{"url": "URL_TYPE_INVALID_URL"}},
		{name: "made", as: "ada", method: "POST", path: hooks, body: `{"name":"Script","url":"{listener}/in?x=1","events":["MESSAGE_CREATE","GUILD_ROLE_CREATE"],"content":true}`, status: 201,
			keep: map[string]string{"{hook}": "id", "{secret}": "secret"}, holds: []string{`"maker_id":"{ada}"`, `"events":["GUILD_ROLE_CREATE","MESSAGE_CREATE"]`, `"channel_ids":[]`, `"suspended":null`, `"secret":"ghes_`}},
		{name: "its secret is not shown again", as: "ada", method: "GET", path: hook, status: 200, holds: []string{`"name":"Script"`}, lacks: []string{"secret"}},
		{name: "nor in the list", as: "ada", method: "GET", path: hooks, status: 200, holds: []string{`"id":"{hook}"`}, lacks: []string{"secret"}},
		{name: "nor in the log", as: "ada", method: "GET", path: "/guilds/{guild}/audit-logs?action_type=50", status: 200, holds: []string{`"target_id":"{hook}"`}, lacks: []string{"{secret}", "/in"}},
		{name: "tested", as: "ada", method: "POST", path: hook + "/test", status: 200, holds: []string{`{"status":204,"problem":null}`}},
		{name: "nothing waits", as: "ada", method: "GET", path: hook + "/deliveries", status: 200, lacks: []string{"id"}},
		{name: "a state that is none", as: "ada", method: "GET", path: hook + "/deliveries?state=lost", status: 400, code: 50035},
		{name: "what is not there is not replayed", as: "ada", method: "POST", path: hook + "/deliveries/7/replay", status: 404, code: 0},
		{name: "changed", as: "ada", method: "PATCH", path: hook, body: `{"name":"Renamed","channel_ids":["{general}"]}`, status: 200, holds: []string{`"name":"Renamed"`, `"channel_ids":["{general}"]`}},
	})
	if test := <-script.got; test.header.Get("X-Guildhall-Event") != "EVENT_HOOK_TEST" {
		t.Errorf("told was %v", test.header)
	}
	said := w.call(t, scenario{as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"hello <@{ada}>","embeds":[]}`})
	told := <-script.got
	header := told.header
	at, mark, _ := strings.Cut(strings.TrimPrefix(header.Get("X-Guildhall-Signature"), "t="), ",v1=")
	mac := hmac.New(sha256.New, []byte(w.fill("{secret}")))
	_, _ = mac.Write([]byte(at + "." + string(told.body)))
	if mark != hex.EncodeToString(mac.Sum(nil)) || header.Get("X-Guildhall-Event") != "MESSAGE_CREATE" || header.Get("X-Guildhall-Hook") != w.fill("{hook}") || header.Get("X-Guildhall-Delivery") == "" || header.Get("Content-Type") != "application/json" {
		t.Errorf("told was %v", header)
	}
	var dispatch struct {
		ID, Content string
		GuildID     string `json:"guild_id"`
		Author      struct{ Username string }
		Member      *struct{ Roles []string }
		Mentions    []struct{ ID string }
	}
	if err := json.Unmarshal(told.body, &dispatch); err != nil || dispatch.ID != said.text("id") || dispatch.Content != said.text("content") || dispatch.GuildID != w.fill("{guild}") || dispatch.Author.Username != "ben" ||
		dispatch.Member == nil || len(dispatch.Mentions) != 1 {
		t.Errorf("told was %s, %v", told.body, err)
	}
	w.run(t, []scenario{
		{name: "without what is said", as: "ada", method: "PATCH", path: hook, body: `{"content":false}`, status: 200, holds: []string{`"content":false`}},
		{name: "said", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"hidden"}`, status: 200},
		{name: "another secret", as: "ada", method: "POST", path: hook + "/secret", status: 200, holds: []string{`"secret":"ghes_`}},
		{name: "stopped", as: "ada", method: "PATCH", path: hook, body: `{"suspended":true}`, status: 200, holds: []string{`"suspended":"It was stopped by hand."`}},
		{name: "said to nobody", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"silence"}`, status: 200},
		{name: "goes on", as: "ada", method: "PATCH", path: hook, body: `{"suspended":false}`, status: 200, holds: []string{`"suspended":null`}},
		{name: "gone", as: "ada", method: "DELETE", path: hook, status: 204},
		{name: "once", as: "ada", method: "DELETE", path: hook, status: 404, code: 0},
	})
	if blank := <-script.got; strings.Contains(string(blank.body), "hidden") || !strings.Contains(string(blank.body), `"content":""`) {
		t.Errorf("told was %s", blank.body)
	}
}

func TestDeliveriesThatFailAreListed(t *testing.T) {
	w := newWorld(t)
	script := w.script(http.StatusInternalServerError)
	const hook = "/guilds/{guild}/event-hooks/{hook}"
	w.run(t, []scenario{
		{name: "made", as: "ada", method: "POST", path: "/guilds/{guild}/event-hooks", body: `{"name":"Script","url":"{listener}","events":["MESSAGE_CREATE"]}`, status: 201, keep: map[string]string{"{hook}": "id"}},
		{name: "said", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"hello"}`, status: 200},
	})
	<-script.got
	w.must(w.hall.EventHooks.Deliver(t.Context()))
	w.run(t, []scenario{
		{name: "it waits", as: "ada", method: "GET", path: hook + "/deliveries?state=pending", status: 200, keep: map[string]string{"{delivery}": "0.id"},
			holds: []string{`"state":"pending"`, `"attempts":1`, `"status":500`, `"problem":"The answer was 500."`, `"event":"MESSAGE_CREATE"`, `"channel_id":"{general}"`}, lacks: []string{"hello"}},
		{name: "none is dead", as: "ada", method: "GET", path: hook + "/deliveries?state=dead", status: 200, lacks: []string{"id"}},
		{name: "a member does not see it", as: "ben", method: "GET", path: hook + "/deliveries", status: 403, code: 50013},
		{name: "tried anew", as: "ada", method: "POST", path: hook + "/deliveries/{delivery}/replay", status: 200, holds: []string{`"id":"{delivery}"`}},
	})
}

func TestAHallTellsAddressesOfNothingUnlessThatIsSwitchedOn(t *testing.T) {
	w := newWorld(t)
	w.play(t, scenario{as: "ada", method: "POST", path: "/guilds/{guild}/event-hooks", body: `{"name":"x","url":"https://example.org","events":["MESSAGE_CREATE"]}`, status: 403, code: 50001})
}
