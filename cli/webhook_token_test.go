package cli_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/cli/clitest"
)

// dispatched reads until an event comes, and keeps nothing of it: it may hold what its receiver alone is to know.
func dispatched(t *testing.T, socket *websocket.Conn, event string, into any) {
	t.Helper()
	for {
		if err := socket.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		var frame struct {
			T string
			D json.RawMessage
		}
		if err := socket.ReadJSON(&frame); err != nil {
			t.Fatalf("%s does not come: %v", event, err)
		}
		if frame.T == event {
			if err := json.Unmarshal(frame.D, into); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
}

// tokenCase is a token with the place that it opens, and those beside it.
type tokenCase struct {
	// own is what it is for; others are of the same kind.
	own, token, other, otherToken string
}

// guesses are paths below /webhooks that are near a good one.
func (c tokenCase) guesses() map[string]string {
	return map[string]string{
		"another's token": c.own + "/" + c.otherToken, "the token of one at another": c.other + "/" + c.token, "a changed beginning": c.own + "/" + altered(c.token, 0), "a changed end": c.own + "/" + altered(c.token, len(c.token)-2),
		"half of it": c.own + "/" + c.token[:len(c.token)/2], "more than it": c.own + "/" + c.token + "A", "none": c.own + "/null", "small letters": c.own + "/" + strings.ToLower(c.token), "no id": "0/" + c.token,
	}
}

// do does what is in order; its answer may hold tokens.
func (a *attack) do(method, path, authorization string, body, into any, want int) {
	a.t.Helper()
	if status, err := a.hall.Call(method, path, authorization, body, into); err != nil || status != want {
		a.t.Fatalf("%s is answered %d, %v", path, status, err)
	}
}

// opensNothing tells whether none of some paths below /webhooks opens anything, whatever is done with it.
func (a *attack) opensNothing(what string, paths map[string]string) {
	a.t.Helper()
	for name, path := range paths {
		for _, one := range []struct{ method, rest, body string }{
			{"GET", "", ""}, {"POST", "", `{"content":"guessed"}`}, {"POST", "/slack", `{"text":"guessed"}`}, {"POST", "/github", `{"zen":"guessed"}`}, {"PATCH", "", `{"name":"mine"}`}, {"DELETE", "", ""},
			{"GET", "/messages/@original", ""}, {"PATCH", "/messages/@original", `{"content":"guessed"}`}, {"DELETE", "/messages/@original", ""},
		} {
			if status := a.call(one.method, "/webhooks/"+path+one.rest, "", one.body); status != http.StatusUnauthorized && status != http.StatusNotFound {
				a.t.Errorf("%s, %s: %s %s is answered with status %d", what, name, one.method, one.rest, status)
			}
		}
	}
}

// expectNothingGuessed looks for messages that only a guess can have posted.
func (a *attack) expectNothingGuessed(channelID, authorization string) {
	a.t.Helper()
	var history []message
	a.do("GET", "/channels/"+channelID+"/messages?limit=100", authorization, nil, &history, http.StatusOK)
	for _, posted := range history {
		if strings.Contains(posted.Content, "guessed") {
			a.t.Errorf("a guess posted %q", posted.Content)
		}
	}
}

// sayGoodbye ends a session for good: one that goes on after a restart is kept with what it was told.
func (a *attack) sayGoodbye(session *websocket.Conn) {
	a.t.Helper()
	if err := session.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Minute)); err != nil {
		a.t.Fatal(err)
	}
	for {
		if _, _, err := session.ReadMessage(); err != nil {
			return
		}
	}
}

// expectNowhere looks for tokens in everything that was answered, told, logged and kept.
func (a *attack) expectNowhere(tokens []string) {
	a.t.Helper()
	for i, token := range tokens {
		if at := strings.Index(a.answers.String(), token[len(token)-20:]); at >= 0 {
			a.t.Errorf("token %d is in what the hall says or keeps: …%.300q", i, a.answers.String()[max(0, at-200):at])
		}
	}
}

func TestTokensOfWebhooksAndInteractionsAreOfNoUseToOthersAndShownNowhere(t *testing.T) {
	a := &attack{t: t}
	script := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // what is told to others
		var body json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		a.note(string(body))
		for _, values := range r.Header {
			a.note(strings.Join(values, " "))
		}
	}))
	t.Cleanup(script.Close)
	hall := clitest.Start(t, "--log-level", "debug", "--rate-limits", "off", "--event-hooks", "on", "--outside-allow", "127.0.0.0/8")
	a.hall = hall
	community := hall.NewCommunity()
	alice, bot := hall.Login("alice", clitest.OwnerPassword), "Bot "+community.BotToken
	var other struct{ ID, Token string }
	hall.JSON(&other, "", "bot", "create", "--name", "other", "--owner", "alice", "--guild", community.GuildID)
	var hook struct{ ID, Secret string }
	hall.JSON(&hook, "", "event-hook", "create", "--guild", community.GuildID, "--name", "script", "--url", script.URL, "--content")
	watcher, neighbour := a.identify(strings.TrimPrefix(alice, "Bearer ")), a.identify(other.Token)
	a.until(watcher, `"t":"READY"`)
	a.until(neighbour, `"t":"READY"`)
	robin := a.identify(community.BotToken)
	var ready struct{}
	dispatched(t, robin, "READY", &ready)

	type webhook struct{ ID, Token, URL string }
	var first, second webhook
	hooks := "/channels/" + community.TextChannelID + "/webhooks"
	a.do("POST", hooks, alice, map[string]string{"name": "first"}, &first, http.StatusOK)
	a.do("POST", hooks, alice, map[string]string{"name": "second"}, &second, http.StatusOK)
	a.opensNothing("a webhook", tokenCase{first.ID, first.Token, second.ID, second.Token}.guesses())
	a.do("POST", "/webhooks/"+first.ID+"/"+first.Token, "", map[string]string{"content": "from the first"}, nil, http.StatusNoContent)
	a.do("DELETE", "/webhooks/"+second.ID+"/"+second.Token, "", nil, nil, http.StatusNoContent)
	a.opensNothing("a webhook that is gone", map[string]string{"its own": second.ID + "/" + second.Token})

	// Two interactions of one bot.
	var commands []struct{ ID string }
	a.do("PUT", "/applications/"+community.BotID+"/commands", bot, []map[string]string{{"name": "ask", "description": "Asks"}}, &commands, http.StatusOK)
	type interaction struct{ ID, Token string }
	var uses [2]interaction
	for i := range uses {
		use := map[string]any{"type": 2, "application_id": community.BotID, "guild_id": community.GuildID, "channel_id": community.TextChannelID, "data": map[string]any{"id": commands[0].ID, "name": "ask", "type": 1}}
		a.do("POST", "/interactions", alice, use, nil, http.StatusNoContent)
		dispatched(t, robin, "INTERACTION_CREATE", &uses[i])
		place := "/interactions/" + uses[i].ID + "/"
		for what, token := range map[string]string{"a changed token": altered(uses[i].Token, len(uses[i].Token)-2), "half a token": uses[i].Token[:len(uses[i].Token)/2], "a webhook's": first.Token, "another interaction's": uses[0].Token + map[bool]string{true: "A"}[i == 0]} {
			if status := a.call("POST", place+token+"/callback", "", `{"type":4,"data":{"content":"guessed"}}`); status != http.StatusNotFound && status != http.StatusUnauthorized {
				t.Errorf("answering with %s: status %d", what, status)
			}
		}
		if status := a.call("POST", "/interactions/"+community.BotID+"/"+uses[i].Token+"/callback", "", `{"type":5}`); status != http.StatusNotFound {
			t.Errorf("answering another interaction: status %d", status)
		}
		a.do("POST", place+uses[i].Token+"/callback", "", map[string]any{"type": 4, "data": map[string]string{"content": "answered"}}, nil, http.StatusNoContent)
		if status := a.call("POST", place+uses[i].Token+"/callback", "", `{"type":4,"data":{"content":"guessed"}}`); status != http.StatusBadRequest {
			t.Errorf("answering twice: status %d", status)
		}
	}
	a.opensNothing("an interaction", tokenCase{community.BotID, uses[0].Token, other.ID, first.Token}.guesses())
	a.opensNothing("an interaction at a webhook", map[string]string{"the first": first.ID + "/" + uses[0].Token})

	// The tokens in places where they could be put by mistake; what comes of it does not matter.
	tokens := []string{first.Token, second.Token, uses[0].Token, uses[1].Token, hook.Secret}
	for _, token := range tokens {
		for _, one := range []struct{ method, path, authorization, body string }{
			{"GET", "/users/@me", "Bot " + token, ""}, {"GET", "/users/@me", token, ""}, {"GET", "/users/" + token, bot, ""}, {"GET", "/webhooks/" + token, alice, ""}, {"GET", "/invites/" + token, "", ""},
			{"POST", "/webhooks/" + first.ID + "/" + first.Token + "?thread_id=" + token, "", `{"content":"x"}`}, {"PATCH", "/webhooks/" + first.ID + "/" + first.Token, "", `{"` + token + `":`},
			{"POST", "/auth/login", "", `{"login":"` + token + `","password":"` + token + `"}`}, {"GET", "/guilds/" + community.GuildID + "/event-hooks/" + token, alice, ""},
			{"GET", "/guilds/" + community.GuildID + "/event-hooks", alice, ""}, {"GET", "/guilds/" + community.GuildID + "/audit-logs", alice, ""},
		} {
			a.call(one.method, one.path, one.authorization, one.body)
		}
	}
	a.do("POST", "/channels/"+community.TextChannelID+"/messages", alice, map[string]string{"content": "the end of it"}, nil, http.StatusOK)
	a.until(watcher, "the end of it")
	a.until(neighbour, "MESSAGE_CREATE")
	for _, arguments := range []string{"hall log", "mod audit --guild " + community.GuildID, "event-hook list --guild " + community.GuildID, "event-hook deliveries --hook " + hook.ID, "bot show --bot " + community.BotID} {
		a.note(hall.Command("", strings.Fields(arguments)...))
	}
	a.expectNothingGuessed(community.TextChannelID, alice)
	if !strings.Contains(hall.Output(), `level=DEBUG`) {
		t.Error("the log says nothing of requests")
	}
	a.sayGoodbye(robin)
	hall.Stop()
	a.note(hall.Output())
	a.note(everything(t, hall.Data))
	a.expectNowhere(tokens)
}
