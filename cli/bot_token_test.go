package cli_test

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/cli/clitest"
)

// attack is somebody who tries bots' tokens, and writes down all that the hall answers.
type attack struct {
	t    *testing.T
	hall *clitest.Hall
	mu   sync.Mutex
	// answers are all bodies, headers and frames that came back.
	answers bytes.Buffer
}

func (a *attack) note(text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answers.WriteString(text + "\n")
}

// call sends a request, and gives the status.
func (a *attack) call(method, path, authorization, body string) int {
	a.t.Helper()
	request, err := http.NewRequestWithContext(a.t.Context(), method, a.hall.URL+"/api/v10"+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	request.Header.Set("Authorization", authorization)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	defer response.Body.Close()
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(response.Body); err != nil {
		a.t.Fatal(err)
	}
	a.note(answer.String())
	for _, values := range response.Header {
		a.note(strings.Join(values, " "))
	}
	return response.StatusCode
}

// dial connects to the gateway and sends one frame.
func (a *attack) dial(op int, data map[string]any) *websocket.Conn {
	a.t.Helper()
	socket, response, err := websocket.DefaultDialer.Dial(strings.Replace(a.hall.URL, "http", "ws", 1)+"/?v=10", nil)
	if err != nil {
		a.t.Fatal(err)
	}
	_ = response.Body.Close()
	a.t.Cleanup(func() { _ = socket.Close() })
	if err := socket.WriteJSON(map[string]any{"op": op, "d": data}); err != nil {
		a.t.Fatal(err)
	}
	return socket
}

func (a *attack) identify(token string) *websocket.Conn {
	a.t.Helper()
	return a.dial(2, map[string]any{"token": token, "properties": map[string]string{}})
}

// until reads until a text comes, and gives the close code if the connection ends before.
func (a *attack) until(socket *websocket.Conn, text string) (code int) {
	a.t.Helper()
	for {
		if err := socket.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			a.t.Fatal(err)
		}
		_, frame, err := socket.ReadMessage()
		if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
			a.note(closed.Text)
			return closed.Code
		}
		if err != nil {
			a.t.Fatal(err)
		}
		a.note(string(frame))
		if strings.Contains(string(frame), text) {
			return 0
		}
	}
}

// refused tells whether a token is good for nothing.
func (a *attack) refused(what, token string) {
	a.t.Helper()
	for _, authorization := range []string{"Bot " + token, "Bearer " + token, token} {
		if status := a.call(http.MethodGet, "/users/@me", authorization, ""); status != http.StatusUnauthorized {
			a.t.Errorf("%s is answered with status %d", what, status)
		}
	}
	if code := a.until(a.identify(token), `"t":"READY"`); code != 4004 {
		a.t.Errorf("the gateway takes %s with %d", what, code)
	}
}

// altered gives a token with one of its characters changed.
func altered(token string, at int) string {
	other := "A"
	if token[at] == 'A' {
		other = "B"
	}
	return token[:at] + other + token[at+1:]
}

func TestBotsTokensAreOfNoUseToOthersAndShownNowhere(t *testing.T) {
	hall := clitest.Start(t, "--log-level", "debug", "--rate-limits", "off")
	community := hall.NewCommunity()
	a := &attack{t: t, hall: hall}
	var other struct{ ID, Token string }
	hall.JSON(&other, "", "bot", "create", "--name", "other", "--owner", "alice")
	alice := hall.Login("alice", clitest.OwnerPassword)
	watcher := a.identify(strings.TrimPrefix(alice, "Bearer "))
	a.until(watcher, `"t":"READY"`)
	token := community.BotToken
	parts, otherParts := strings.Split(token, "."), strings.Split(other.Token, ".")

	// Guesses, of all that is near a good one.
	second, third := len(parts[0])+1, len(parts[0])+len(parts[1])+2
	for what, guess := range map[string]string{
		"a token with another time": altered(token, second), "one with another secret": altered(token, third), "one whose secret ends in another way": altered(token, len(token)-8),
		"half a token": token[:len(token)/2], "one that goes on": token + "A", "another bot's secret": parts[0] + "." + otherParts[1] + "." + otherParts[2],
		"another bot's name with this secret": otherParts[0] + "." + parts[1] + "." + parts[2], "a token of nobody": "MTIz." + parts[1] + "." + parts[2],
		"one in small letters": strings.ToLower(token), "two at once": token + "." + other.Token, "one with padding": parts[0] + "=." + parts[1] + "." + parts[2],
	} {
		a.refused(what, guess)
	}

	// A bot's token opens nothing of another's.
	for _, one := range []struct{ method, path, body string }{
		{"GET", "/applications/" + other.ID, ""}, {"PATCH", "/applications/" + other.ID, `{"description":"mine"}`}, {"DELETE", "/applications/" + other.ID, ""},
		{"POST", "/applications/" + other.ID + "/bot/reset", "{}"}, {"POST", "/applications/" + community.BotID + "/bot/reset", "{}"}, {"POST", "/applications", `{"name":"third"}`},
	} {
		if status := a.call(one.method, one.path, "Bot "+token, one.body); status != http.StatusForbidden && status != http.StatusNotFound {
			t.Errorf("%s %s is answered with status %d", one.method, one.path, status)
		}
	}
	if status := a.call("GET", "/guilds/"+community.GuildID, "Bot "+other.Token, ""); status != http.StatusForbidden && status != http.StatusNotFound {
		t.Errorf("another bot reads the server: status %d", status)
	}

	// The token in every place where it could be put by mistake; what comes of it does not matter.
	for _, one := range []struct{ method, path, authorization, body string }{
		{"GET", "/users/" + token, "Bot " + token, ""}, {"GET", "/invites/" + token, "", ""}, {"GET", "/users/@me?token=" + token, "Bot " + token, ""}, {"GET", "/" + token, "Bot " + token, ""},
		{"GET", "/webhooks/" + community.BotID + "/" + token, "", ""}, {"POST", "/auth/login", "", `{"login":"` + token + `","password":"` + token + `"}`},
		{"PATCH", "/channels/" + community.TextChannelID, "Bot " + token, `{"` + token + `":`}, {"PATCH", "/channels/" + token, "Basic " + token, "{}"},
		{"GET", "/gateway/bot", "Bot " + token, ""},
	} {
		a.call(one.method, one.path, one.authorization, one.body)
	}
	a.until(a.dial(6, map[string]any{"token": token, "session_id": token, "seq": 5}), `"op":9`)
	a.until(a.dial(2, map[string]any{"token": token, "properties": map[string]string{}, "shard": []int{5, 2}}), `"t":"READY"`)

	// A new token ends the old one, with all that it opened.
	open := a.identify(token)
	a.until(open, `"t":"READY"`)
	var reset struct{ Token string }
	hall.JSON(&reset, "", "bot", "token", "--bot", community.BotID)
	if code := a.until(open, "nothing like this"); code != 4004 {
		t.Errorf("what the old token opened is closed with %d", code)
	}
	a.refused("a token that was reset", token)
	if status := a.call("GET", "/users/@me", "Bot "+reset.Token, ""); status != http.StatusOK {
		t.Errorf("the new token is answered with status %d", status)
	}
	if status := a.call("POST", "/channels/"+community.TextChannelID+"/messages", "Bot "+reset.Token, `{"content":"the end of it"}`); status != http.StatusOK {
		t.Errorf("the bot says it: status %d", status)
	}
	a.until(watcher, "the end of it")

	a.note(hall.Command("", "hall", "log"))
	a.note(hall.Command("", "mod", "audit", "--guild", community.GuildID))
	if !strings.Contains(hall.Output(), `level=DEBUG`) {
		t.Error("the log says nothing of requests")
	}
	hall.Stop()
	a.note(hall.Output())
	a.note(everything(t, hall.Data))
	for _, secret := range []string{token, other.Token, reset.Token} {
		for _, part := range strings.Split(secret, ".")[2:] {
			if at := strings.Index(a.answers.String(), part); at >= 0 {
				t.Errorf("the secret of a token is in what the hall says or keeps: …%.300q", a.answers.String()[max(0, at-200):at])
			}
		}
	}
}

// everything is what all files of a folder hold.
func everything(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		all.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
