package rest

import (
	"strings"
	"testing"
)

func TestConversationsOfTwo(t *testing.T) {
	w := newWorld(t)
	const path = "/users/@me/channels"
	w.run(t, []scenario{
		{name: "nobody has written yet", as: "ben", method: "GET", path: path, status: 200, lacks: []string{`"id"`}},
		{name: "opened", as: "ben", method: "POST", path: path, body: `{"recipient_id":"{ada}"}`, status: 200,
			holds: []string{`"type":1`, `"recipients":[{"id":"{ada}"`, `"last_message_id":null`}, lacks: []string{"owner_id", "guild_id"}, keep: map[string]string{"{talk}": "id"}},
		{name: "once more, as a list", as: "ben", method: "POST", path: path, body: `{"recipients":["{ada}"]}`, status: 200, holds: []string{`"id":"{talk}"`}},
		{name: "in one's own list", as: "ben", method: "GET", path: path, status: 200, holds: []string{`"id":"{talk}"`}},
		{name: "not in the other's before something is said", as: "ada", method: "GET", path: path, status: 200, lacks: []string{`"id"`}},
		{name: "both see it", as: "ada", method: "GET", path: "/channels/{talk}", status: 200, holds: []string{`"recipients":[{"id":"{ben}"`}},
		{name: "a stranger does not", as: "cleo", method: "GET", path: "/channels/{talk}", status: 404, code: 10003},
		{name: "nor reads in it", as: "cleo", method: "GET", path: "/channels/{talk}/messages", status: 404, code: 10003},
		{name: "nor writes", as: "cleo", method: "POST", path: "/channels/{talk}/messages", body: `{"content":"hi"}`, status: 404, code: 10003},
		{name: "nor types", as: "cleo", method: "POST", path: "/channels/{talk}/typing", status: 404, code: 10003},

		{name: "something is said", as: "ben", method: "POST", path: "/channels/{talk}/messages", body: `{"content":"psst <@{ada}>","nonce":"1"}`, status: 200,
			holds: []string{`"content":"psst <@{ada}>"`, `"mentions":[{"id":"{ada}"`}, lacks: []string{"guild_id"}, keep: map[string]string{"{word}": "id"}},
		{name: "now it is in the other's list", as: "ada", method: "GET", path: path, status: 200, holds: []string{`"id":"{talk}"`, `"last_message_id":"{word}"`}},
		{name: "and is read", as: "ada", method: "GET", path: "/channels/{talk}/messages", status: 200, holds: []string{`"id":"{word}"`}},
		{name: "and answered", as: "ada", method: "POST", path: "/channels/{talk}/messages", body: `{"content":"what?","message_reference":{"message_id":"{word}"}}`, status: 200,
			holds: []string{`"type":19`, `"referenced_message":{"id":"{word}"`}},
		{name: "typing", as: "ada", method: "POST", path: "/channels/{talk}/typing", status: 204},
		{name: "one's own words are changed", as: "ben", method: "PATCH", path: "/channels/{talk}/messages/{word}", body: `{"content":"never mind"}`, status: 200, holds: []string{`"content":"never mind"`}},
		{name: "not by the other", as: "ada", method: "PATCH", path: "/channels/{talk}/messages/{word}", body: `{"content":"ha"}`, status: 403, code: 50005},
		{name: "nor deleted by the other", as: "ada", method: "DELETE", path: "/channels/{talk}/messages/{word}", status: 403, code: 50013},
		{name: "located by its id alone", as: "ben", method: "PATCH", path: "/messages/{word}", body: `{"content":"forget it"}`, status: 200},
		{name: "not by a stranger", as: "cleo", method: "DELETE", path: "/messages/{word}", status: 404, code: 10008},
		{name: "deleted", as: "ben", method: "DELETE", path: "/channels/{talk}/messages/{word}", status: 204},

		{name: "it has no settings", as: "ben", method: "PATCH", path: "/channels/{talk}", body: `{"name":"x"}`, status: 400, code: 50024},
		{name: "nor overwrites", as: "ben", method: "PUT", path: "/channels/{talk}/permissions/{ada}", body: `{"type":1,"allow":"1"}`, status: 403, code: 50013},
		{name: "nor invites", as: "ben", method: "POST", path: "/channels/{talk}/invites", body: `{}`, status: 403, code: 50013},
		{name: "nobody else comes in", as: "ben", method: "PUT", path: "/channels/{talk}/recipients/{cleo}", status: 400, code: 50024},
		{name: "closed", as: "ben", method: "DELETE", path: "/channels/{talk}", status: 200, holds: []string{`"id":"{talk}"`}},
		{name: "out of one's own list", as: "ben", method: "GET", path: path, status: 200, lacks: []string{`"id"`}},
		{name: "the other keeps it", as: "ada", method: "GET", path: path, status: 200, holds: []string{`"id":"{talk}"`}},
		{name: "until something is said", as: "ada", method: "POST", path: "/channels/{talk}/messages", body: `{"content":"still there?"}`, status: 200},
		{name: "back in the list", as: "ben", method: "GET", path: path, status: 200, holds: []string{`"id":"{talk}"`}},

		{name: "not with oneself", as: "ben", method: "POST", path: path, body: `{"recipient_id":"{ben}"}`, status: 400, code: 50035},
		{name: "not with nobody", as: "ben", method: "POST", path: path, body: `{"recipient_id":"77"}`, status: 404, code: 10013},
		{name: "no recipient", as: "ben", method: "POST", path: path, body: `{}`, status: 400, code: 50035, fields: map[string]string{"recipient_id": "BASE_TYPE_REQUIRED"}},
		{name: "a wrong type", as: "ben", method: "POST", path: path, body: `{"recipient_id":true}`, status: 400, code: 50035, fields: map[string]string{"recipient_id": "NUMBER_TYPE_COERCE"}},
		{name: "malformed JSON", as: "ben", method: "POST", path: path, body: `{`, status: 400, code: 50109},
		{name: "nobody", method: "POST", path: path, body: `{"recipient_id":"{ada}"}`, status: 401},
		{name: "with a stranger it is opened", as: "cleo", method: "POST", path: path, body: `{"recipient_id":"{ada}"}`, status: 200, keep: map[string]string{"{far}": "id"}},
		{name: "but nothing can be said", as: "cleo", method: "POST", path: "/channels/{far}/messages", body: `{"content":"hi"}`, status: 403, code: 50007},
		{name: "a bot lists none", as: "robin", method: "GET", path: path, status: 403, code: 20001},
		{name: "a bot opens one", as: "robin", method: "POST", path: path, body: `{"recipient_id":"{ben}"}`, status: 200, keep: map[string]string{"{beep}": "id"}},
		{name: "and writes to people of its guilds", as: "robin", method: "POST", path: "/channels/{beep}/messages", body: `{"content":"beep"}`, status: 200},
	})
}

func TestGroups(t *testing.T) {
	w := newWorld(t)
	const path = "/users/@me/channels"
	w.run(t, []scenario{
		{name: "made", as: "ada", method: "POST", path: path, body: `{"recipients":["{ben}","{ada}"]}`, status: 200,
			holds: []string{`"type":3`, `"owner_id":"{ada}"`, `"name":null`, `"recipients":[{"id":"{ben}"`}, keep: map[string]string{"{group}": "id"}},
		{name: "in the other's list", as: "ben", method: "GET", path: path, status: 200, holds: []string{`"id":"{group}"`, `"recipients":[{"id":"{ada}"`}},
		{name: "named by anybody in it", as: "ben", method: "PATCH", path: "/channels/{group}", body: `{"name":" Knights "}`, status: 200, holds: []string{`"name":"Knights"`}},
		{name: "which is noted", as: "ada", method: "GET", path: "/channels/{group}/messages", status: 200, holds: []string{`"type":4`, `"content":"Knights"`}, keep: map[string]string{"{note}": "0.id"}},
		{name: "for good", as: "ben", method: "DELETE", path: "/channels/{group}/messages/{note}", status: 403, code: 50021},
		{name: "too long a name", as: "ben", method: "PATCH", path: "/channels/{group}", body: `{"name":"` + strings.Repeat("n", 101) + `"}`, status: 400, code: 50035, fields: map[string]string{"name": "BASE_TYPE_MAX_LENGTH"}},
		{name: "nothing else can be set", as: "ada", method: "PATCH", path: "/channels/{group}", body: `{"topic":"x"}`, status: 400, code: 50024},
		{name: "a stranger does not see it", as: "cleo", method: "PATCH", path: "/channels/{group}", body: `{"name":"x"}`, status: 404, code: 10003},
		{name: "somebody out of reach", as: "ada", method: "PUT", path: "/channels/{group}/recipients/{cleo}", status: 403, code: 50007},
		{name: "a bot", as: "ada", method: "PUT", path: "/channels/{group}/recipients/{robin}", status: 403, code: 50007},
		{name: "nobody", as: "ada", method: "PUT", path: "/channels/{group}/recipients/77", status: 404, code: 10013},
		{name: "not by a stranger", as: "cleo", method: "PUT", path: "/channels/{group}/recipients/{ada}", status: 404, code: 10003},
		{name: "only the owner takes others out", as: "ben", method: "DELETE", path: "/channels/{group}/recipients/{ada}", status: 403, code: 50013},
		{name: "who is not in it", as: "ada", method: "DELETE", path: "/channels/{group}/recipients/{cleo}", status: 404, code: 10013},
		{name: "taken out", as: "ada", method: "DELETE", path: "/channels/{group}/recipients/{ben}", status: 204},
		{name: "it is gone for them", as: "ben", method: "GET", path: "/channels/{group}/messages", status: 404, code: 10003},
		{name: "brought in", as: "ada", method: "PUT", path: "/channels/{group}/recipients/{ben}", status: 204},
		{name: "again changes nothing", as: "ada", method: "PUT", path: "/channels/{group}/recipients/{ben}", status: 204},
		{name: "the owner leaves", as: "ada", method: "DELETE", path: "/channels/{group}", status: 200, holds: []string{`"id":"{group}"`}},
		{name: "and has an heir", as: "ben", method: "GET", path: "/channels/{group}", status: 200, holds: []string{`"owner_id":"{ben}"`, `"recipients":[]`}},
		{name: "the last leaves", as: "ben", method: "DELETE", path: "/channels/{group}", status: 200},
		{name: "it is gone", as: "ben", method: "GET", path: "/channels/{group}", status: 404, code: 10003},
		{name: "of oneself alone", as: "ada", method: "POST", path: path, body: `{"recipients":[]}`, status: 200, holds: []string{`"recipients":[]`}},
		{name: "of too many", as: "ada", method: "POST", path: path, body: `{"recipients":["1","2","3","4","5","6","7","8","9","10"]}`, status: 400, code: 30004},
		{name: "of people out of reach", as: "ada", method: "POST", path: path, body: `{"recipients":["{ben}","{cleo}"]}`, status: 403, code: 50007},
		{name: "not by bots", as: "robin", method: "POST", path: path, body: `{"recipients":["{ben}","{ada}"]}`, status: 403, code: 20001},
		{name: "by applications", as: "ada", method: "POST", path: path, body: `{"access_tokens":["x"]}`, status: 400, code: 50035, fields: map[string]string{"access_tokens": "FEATURE_NOT_BUILT"}},
		{name: "the recipients of a guild's channel", as: "ada", method: "PUT", path: "/channels/{general}/recipients/{ben}", status: 400, code: 50024},
	})
}
