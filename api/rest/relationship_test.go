package rest

import (
	"strings"
	"testing"
)

func TestFriends(t *testing.T) {
	w := newWorld(t)
	const path = "/users/@me/relationships"
	w.run(t, []scenario{
		{name: "nobody yet", as: "cleo", method: "GET", path: path, status: 200, lacks: []string{"id"}},
		{name: "asked by name", as: "cleo", method: "POST", path: path, body: `{"username":" Ada ","discriminator":null}`, status: 204},
		{name: "it goes out", as: "cleo", method: "GET", path: path, status: 200, holds: []string{`"id":"{ada}","type":4`, `"username":"ada"`}},
		{name: "it comes in", as: "ada", method: "GET", path: path, status: 200, holds: []string{`"id":"{cleo}","type":3`}},
		{name: "asked again", as: "cleo", method: "PUT", path: path + "/{ada}", body: `{}`, status: 204},
		{name: "who only asked cannot write", as: "cleo", method: "POST", path: "/users/@me/channels", body: `{"recipient_id":"{ada}"}`, status: 200, keep: map[string]string{"{talk}": "id"}},
		{name: "so", as: "cleo", method: "POST", path: "/channels/{talk}/messages", body: `{"content":"hi"}`, status: 403, code: 50007},
		{name: "accepted", as: "ada", method: "PUT", path: path + "/{cleo}", body: `{"type":1}`, status: 204},
		{name: "friends", as: "cleo", method: "GET", path: path, status: 200, holds: []string{`"id":"{ada}","type":1,"nickname":null`, `"since":"2026-`}},
		{name: "friends write to each other without a guild", as: "cleo", method: "POST", path: "/channels/{talk}/messages", body: `{"content":"hi"}`, status: 200},
		{name: "and make groups", as: "ada", method: "POST", path: "/users/@me/channels", body: `{"recipients":["{ben}","{cleo}"]}`, status: 200},
		{name: "called otherwise", as: "cleo", method: "PATCH", path: path + "/{ada}", body: `{"nickname":"Countess"}`, status: 204},
		{name: "by oneself", as: "cleo", method: "GET", path: path, status: 200, holds: []string{`"nickname":"Countess"`}},
		{name: "alone", as: "ada", method: "GET", path: path, status: 200, holds: []string{`"nickname":null`}},
		{name: "too long a name", as: "cleo", method: "PATCH", path: path + "/{ada}", body: `{"nickname":"` + strings.Repeat("n", 33) + `"}`, status: 400, code: 50035, fields: map[string]string{"nickname": "BASE_TYPE_MAX_LENGTH"}},
		{name: "of a stranger", as: "cleo", method: "PATCH", path: path + "/{ben}", body: `{"nickname":"x"}`, status: 404, code: 10013},
		{name: "no more", as: "ada", method: "DELETE", path: path + "/{cleo}", status: 204},
		{name: "for both", as: "cleo", method: "GET", path: path, status: 200, lacks: []string{"ada"}},
		{name: "nothing to end", as: "ada", method: "DELETE", path: path + "/{cleo}", status: 204},

		{name: "nobody of that name", as: "cleo", method: "POST", path: path, body: `{"username":"nobody"}`, status: 400, code: 80004},
		{name: "an address is no name", as: "cleo", method: "POST", path: path, body: `{"username":"ada@example.org"}`, status: 400, code: 80004},
		{name: "with a discriminator", as: "cleo", method: "POST", path: path, body: `{"username":"ada","discriminator":"1234"}`, status: 400, code: 80004},
		{name: "oneself", as: "ada", method: "POST", path: path, body: `{"username":"ada"}`, status: 400, code: 80003},
		{name: "a bot", as: "ada", method: "PUT", path: path + "/{robin}", body: `{}`, status: 400, code: 80002},
		{name: "nobody", as: "ada", method: "PUT", path: path + "/77", body: `{}`, status: 404, code: 10013},
		{name: "another type", as: "ada", method: "PUT", path: path + "/{ben}", body: `{"type":5}`, status: 400, code: 50035, fields: map[string]string{"type": "BASE_TYPE_CHOICES"}},
		{name: "a wrong type", as: "ada", method: "PUT", path: path + "/{ben}", body: `{"type":"friend"}`, status: 400, code: 50035, fields: map[string]string{"type": "NUMBER_TYPE_COERCE"}},
		{name: "malformed", as: "ada", method: "POST", path: path, body: `{"username"`, status: 400, code: 50109},
		{name: "bots have none", as: "robin", method: "GET", path: path, status: 403, code: 20001},
		{name: "without credentials", method: "GET", path: path, status: 401},
	})
}

func TestBlocks(t *testing.T) {
	w := newWorld(t)
	const path = "/users/@me/relationships"
	w.run(t, []scenario{
		{name: "a conversation", as: "ben", method: "POST", path: "/users/@me/channels", body: `{"recipient_id":"{ada}"}`, status: 200, keep: map[string]string{"{talk}": "id"}},
		{name: "with words", as: "ben", method: "POST", path: "/channels/{talk}/messages", body: `{"content":"hi"}`, status: 200},
		{name: "friends at first", as: "ben", method: "PUT", path: path + "/{ada}", body: `{}`, status: 204},
		{name: "both", as: "ada", method: "PUT", path: path + "/{ben}", body: `{}`, status: 204},
		{name: "blocked", as: "ada", method: "PUT", path: path + "/{ben}", body: `{"type":2}`, status: 204},
		{name: "which ends the friendship", as: "ben", method: "GET", path: path, status: 200, lacks: []string{"{ada}"}},
		{name: "and is one's own", as: "ada", method: "GET", path: path, status: 200, holds: []string{`"id":"{ben}","type":2`}},
		{name: "the blocked cannot write", as: "ben", method: "POST", path: "/channels/{talk}/messages", body: `{"content":"why"}`, status: 403, code: 50007},
		{name: "nor type", as: "ben", method: "POST", path: "/channels/{talk}/typing", status: 403, code: 50007},
		{name: "nor make a group", as: "ben", method: "POST", path: "/users/@me/channels", body: `{"recipients":["{ada}","{robin}"]}`, status: 403, code: 50007},
		{name: "nor ask to be friends", as: "ben", method: "PUT", path: path + "/{ada}", body: `{}`, status: 400, code: 80001},
		{name: "nor does who blocked", as: "ada", method: "POST", path: "/channels/{talk}/messages", body: `{"content":"because"}`, status: 403, code: 50007},
		{name: "the blocked cannot lift it", as: "ben", method: "DELETE", path: path + "/{ada}", status: 204},
		{name: "it stands", as: "ada", method: "GET", path: path, status: 200, holds: []string{`"id":"{ben}","type":2`}},
		{name: "both block", as: "ben", method: "PUT", path: path + "/{ada}", body: `{"type":2}`, status: 204},
		{name: "one lifts", as: "ada", method: "DELETE", path: path + "/{ben}", status: 204},
		{name: "the other's stands", as: "ada", method: "POST", path: "/channels/{talk}/messages", body: `{"content":"hello?"}`, status: 403, code: 50007},
		{name: "the other lifts by asking", as: "ben", method: "PUT", path: path + "/{ada}", body: `{}`, status: 204},
		{name: "as before", as: "ben", method: "POST", path: "/channels/{talk}/messages", body: `{"content":"sorry"}`, status: 200},
		{name: "oneself", as: "ada", method: "PUT", path: path + "/{ada}", body: `{"type":2}`, status: 400, code: 80003},
		{name: "a bot", as: "ada", method: "PUT", path: path + "/{robin}", body: `{"type":2}`, status: 204},
		{name: "its conversation", as: "robin", method: "POST", path: "/users/@me/channels", body: `{"recipient_id":"{ada}"}`, status: 200, keep: map[string]string{"{beep}": "id"}},
		{name: "is closed to it", as: "robin", method: "POST", path: "/channels/{beep}/messages", body: `{"content":"beep"}`, status: 403, code: 50007},
	})
}

func TestNotes(t *testing.T) {
	w := newWorld(t)
	const path = "/users/@me/notes/{ben}"
	w.run(t, []scenario{
		{name: "none yet", as: "ada", method: "GET", path: path, status: 404, code: 10013},
		{name: "kept", as: "ada", method: "PUT", path: path, body: `{"note":"likes <b>tea</b>"}`, status: 204},
		{name: "read", as: "ada", method: "GET", path: path, status: 200, holds: []string{`"note":"likes <b>tea</b>"`, `"note_user_id":"{ben}"`, `"user_id":"{ada}"`}},
		{name: "by nobody else", as: "ben", method: "GET", path: path, status: 404, code: 10013},
		{name: "too long", as: "ada", method: "PUT", path: path, body: `{"note":"` + strings.Repeat("n", 257) + `"}`, status: 400, code: 50035, fields: map[string]string{"note": "BASE_TYPE_MAX_LENGTH"}},
		{name: "about nobody", as: "ada", method: "PUT", path: "/users/@me/notes/77", body: `{"note":"x"}`, status: 404, code: 10013},
		{name: "taken away", as: "ada", method: "PUT", path: path, body: `{"note":null}`, status: 204},
		{name: "gone", as: "ada", method: "GET", path: path, status: 404, code: 10013},
		{name: "bots have none", as: "robin", method: "PUT", path: path, body: `{"note":"x"}`, status: 403, code: 20001},
	})
}
