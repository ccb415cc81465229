package rest

import (
	"net/http"
	"testing"

	"guildhall/api/perm"
)

func TestEmojiOfApplications(t *testing.T) {
	w := newWorld(t)
	w.guild.Everyone(perm.ViewChannel | perm.SendMessages | perm.ReadMessageHistory | perm.AddReactions)
	const path, written = "/applications/{robin}/emojis", "/channels/{general}/messages"
	draft := func(name, image string) string { return `{"name":"` + name + `","image":"` + image + `"}` }
	w.run(t, []scenario{
		{name: "none yet", as: "ada", method: "GET", path: path, status: 200, holds: []string{`{"items":[]}`}},
		{name: "made by the owner", as: "ada", method: "POST", path: path, body: draft("wave", stillImage), status: 201, keep: map[string]string{"{wave}": "id"},
			holds: []string{`"name":"wave","roles":[],"user":{"id":"{ada}"`, `"require_colons":true,"managed":false,"animated":false,"available":true`}},
		{name: "made by the bot", as: "robin", method: "POST", path: path, body: draft("parrot", movingImage), status: 201, keep: map[string]string{"{parrot}": "id"}, holds: []string{`"animated":true`, `"user":{"id":"{robin}"`}},
		{name: "listed", as: "robin", method: "GET", path: path, status: 200, holds: []string{`{"items":[{"id":"{wave}"`, `"id":"{parrot}"`}},
		{name: "one", as: "robin", method: "GET", path: path + "/{wave}", status: 200, holds: []string{`"name":"wave"`}},
		{name: "renamed", as: "robin", method: "PATCH", path: path + "/{wave}", body: `{"name":"hello"}`, status: 200, holds: []string{`"id":"{wave}","name":"hello"`}},
		{name: "two of a name", as: "ada", method: "POST", path: path, body: draft("hello", stillImage), status: 400, code: 50035, fields: map[string]string{"name": "APPLICATION_EMOJI_NAME_ALREADY_TAKEN"}},
		{name: "nor by another name", as: "ada", method: "PATCH", path: path + "/{parrot}", body: `{"name":"hello"}`, status: 400, code: 50035, fields: map[string]string{"name": "APPLICATION_EMOJI_NAME_ALREADY_TAKEN"}},
		{name: "without a picture", as: "ada", method: "POST", path: path, body: `{"name":"nothing"}`, status: 400, code: 50035, fields: map[string]string{"image": "BASE_TYPE_REQUIRED"}},
		{name: "with a picture that is none", as: "ada", method: "POST", path: path, body: draft("nothing", "data:image/png;base64,PGh0bWw+"), status: 400, code: 50035},
		{name: "too short a name", as: "ada", method: "POST", path: path, body: draft("w", stillImage), status: 400, code: 50035, fields: map[string]string{"name": "BASE_TYPE_BAD_LENGTH"}},
		{name: "an emoji that is not there", as: "ada", method: "GET", path: path + "/7", status: 404, code: 10014},
		{name: "an id that is none", as: "ada", method: "DELETE", path: path + "/wave", status: 404, code: 10014},

		{name: "the bot shows it", as: "robin", method: "POST", path: written, body: `{"content":"<:hello:{wave}>"}`, status: 200, holds: []string{"<:hello:{wave}>"}},
		{name: "and reacts with it", as: "robin", method: "PUT", path: written + "/{bens}/reactions/hello:{wave}/@me", status: 204},
		{name: "others join in", as: "ben", method: "PUT", path: written + "/{bens}/reactions/hello:{wave}/@me", status: 204},
		{name: "and begin none with it", as: "ben", method: "PUT", path: written + "/{adas}/reactions/hello:{wave}/@me", status: 404, code: 10014},
		{name: "nor does its owner", as: "ada", method: "PUT", path: written + "/{adas}/reactions/hello:{wave}/@me", status: 404, code: 10014},
		{name: "the guild has none of them", as: "ada", method: "GET", path: "/guilds/{guild}/emojis", status: 200, lacks: []string{"{wave}"}},

		{name: "deleted", as: "robin", method: "DELETE", path: path + "/{wave}", status: 204},
		{name: "once", as: "robin", method: "DELETE", path: path + "/{wave}", status: 404, code: 10014},
		{name: "what was reacted with it stays", as: "ada", method: "GET", path: written + "/{bens}", status: 200, holds: []string{`"emoji":{"id":"{wave}","name":"hello"},"count":2`}},
		{name: "and is begun with no more", as: "robin", method: "PUT", path: written + "/{adas}/reactions/hello:{wave}/@me", status: 404, code: 10014},
	})
	response, err := w.server.Client().Get(w.server.URL + w.fill("/emojis/{parrot}.gif"))
	w.must(err)
	w.must(response.Body.Close())
	if response.StatusCode != http.StatusOK {
		t.Errorf("its picture is answered %d", response.StatusCode)
	}
}

func TestEmojiOfAnotherApplicationDoNotExist(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "robin's", as: "ada", method: "POST", path: "/applications/{robin}/emojis", body: `{"name":"wave","image":"` + stillImage + `"}`, status: 201, keep: map[string]string{"{wave}": "id"}},
		{name: "wren's", as: "ben", method: "POST", path: "/applications", body: `{"name":"wren"}`, status: 201, keep: map[string]string{"{wren}": "id"},
			then: func(_ *testing.T, got reply) { w.callers["wren"] = "Bot " + got.text("token") }},
	})
	for _, as := range []string{"ben", "cleo", "wren"} {
		for _, s := range []scenario{
			{method: "GET", path: ""}, {method: "POST", path: "", body: `{"name":"mine","image":"` + stillImage + `"}`}, {method: "GET", path: "/{wave}"}, {method: "PATCH", path: "/{wave}", body: `{"name":"mine"}`}, {method: "DELETE", path: "/{wave}"},
		} {
			s.as, s.path, s.status, s.code = as, "/applications/{robin}/emojis"+s.path, 404, 10002
			w.play(t, s)
		}
	}
	// Nor through an application of one's own.
	for _, s := range []scenario{{method: "GET"}, {method: "PATCH", body: `{"name":"mine"}`}, {method: "DELETE"}} {
		s.as, s.path, s.status, s.code = "wren", "/applications/{wren}/emojis/{wave}", 404, 10014
		w.play(t, s)
	}
	w.play(t, scenario{as: "ada", method: "GET", path: "/applications/{robin}/emojis/{wave}", status: 200, holds: []string{`"name":"wave"`}})
}
