package rest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"guildhall/api/wire"
)

func TestPeopleAreGivenWhatIsKeptOfThem(t *testing.T) {
	w := newWorld(t)
	const path = "/users/@me/data"
	var files map[string]string
	w.run(t, []scenario{
		{name: "something said", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"first\nline"}`, status: 200},
		{name: "by somebody else", as: "ada", method: "POST", path: "/channels/{general}/messages", body: `{"content":"a secret of ada"}`, status: 200},
		{name: "and again", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"second"}`, status: 200},
		{name: "a conversation", as: "ben", method: "POST", path: "/users/@me/channels", body: `{"recipient_id":"{ada}"}`, status: 200, keep: map[string]string{"{direct}": "id"}},
		{name: "said in it", as: "ben", method: "POST", path: "/channels/{direct}/messages", body: `{"content":"between us"}`, status: 200},
		{name: "a note", as: "ben", method: "PUT", path: "/users/@me/notes/{ada}", body: `{"note":"plays the lute"}`, status: 204},
		{name: "a face", as: "ben", method: "PATCH", path: "/users/@me", body: fmt.Sprintf(`{"avatar":%q,"banner":%q}`, dataURI("image/png", pngFile(t, 9, 9)), dataURI("image/gif", movingGIF(t, 8, 2))), status: 200},
		{name: "another in a guild", as: "ben", method: "PATCH", path: "/guilds/{guild}/members/@me", body: fmt.Sprintf(`{"avatar":%q,"bio":"Only here"}`, dataURI("image/png", pngFile(t, 7, 7))), status: 200},
		{name: "the password is needed", as: "ben", method: "POST", path: path, body: `{}`, status: 400, code: 50035, fields: map[string]string{"password": "BASE_TYPE_REQUIRED"}},
		{name: "the right one", as: "ben", method: "POST", path: path, body: `{"password":"wrong horse"}`, status: 400, code: 50035, fields: map[string]string{"password": "PASSWORD_DOES_NOT_MATCH"}},
		{name: "nobody", method: "POST", path: path, body: `{"password":"x"}`, status: 401},
		{name: "not for bots", as: "robin", method: "POST", path: path, body: `{"password":"x"}`, status: 403, code: 20001},
		{name: "then it comes", as: "ben", method: "POST", path: path, body: `{"password":"` + password + `"}`, status: 200, then: func(t *testing.T, got reply) {
			if kind := got.Header.Get("Content-Type"); kind != "application/zip" {
				t.Errorf("it is %s", kind)
			}
			files = unzip(t, got.body)
		}},
	})
	for name, texts := range map[string][]string{
		"account.json":        {`"username": "ben"`, `"created_at"`},
		"settings.json":       {`"theme"`, `"guilds": []`},
		"sessions.json":       {`"user_agent"`},
		"security.json":       {`"kind": "sign_in"`, `"has_password": true`, `"totp": false`},
		"notes.json":          {`plays the lute`},
		"servers.json":        {w.fill(`"id": "{guild}"`), `"joined_at"`, `"bio": "Only here"`},
		"conversations.json":  {w.fill(`"id": "{direct}"`)},
		"relationships.json":  {"[]"},
		"pictures/avatar.png": {"PNG"},
		"pictures/banner.gif": {"GIF89a"},
		w.fill("pictures/servers/{guild}/avatar.png"): {"PNG"},
		"bots.json":                        {"["},
		"files.jsonl":                      {""},
		w.fill("messages/{general}.jsonl"): {`"content":"first\nline"`, `"content":"second"`},
		w.fill("messages/{direct}.jsonl"):  {`"content":"between us"`},
	} {
		content, there := files[name]
		if !there {
			t.Errorf("there is no %s", name)
		}
		for _, text := range texts {
			if !strings.Contains(content, text) {
				t.Errorf("%s lacks %s:\n%s", name, text, content)
			}
		}
	}
	for name, content := range files {
		for _, secret := range []string{"a secret of ada", "ada@example.org", "argon2", "password_hash"} {
			if strings.Contains(content, secret) {
				t.Errorf("%s tells %q", name, secret)
			}
		}
	}
	var message wire.DataMessage
	lines := strings.Split(strings.TrimSpace(files[w.fill("messages/{general}.jsonl")]), "\n")
	if err := json.Unmarshal([]byte(lines[1]), &message); len(lines) != 3 || err != nil || message.Content != "first\nline" || message.GuildID == nil {
		t.Errorf("the lines are %q: %+v, %v", lines, message, err)
	}
	w.run(t, []scenario{
		{name: "a second time", as: "ben", method: "POST", path: path, body: `{"password":"` + password + `"}`, status: 200},
		{name: "a third time", as: "ben", method: "POST", path: path, body: `{"password":"` + password + `"}`, status: 200},
		{name: "and then not for a while", as: "ben", method: "POST", path: path, body: `{"password":"` + password + `"}`, status: 429},
	})
}

func unzip(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	reader, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	for _, file := range reader.File {
		opened, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(opened)
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := files[file.Name]; twice {
			t.Errorf("%s is there twice", file.Name)
		}
		files[file.Name] = string(content)
	}
	return files
}
