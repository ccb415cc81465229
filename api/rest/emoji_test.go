package rest

import (
	"strings"
	"testing"

	"guildhall/api/perm"
)

// Pictures as they come with requests: a PNG of two by two pixels, and a GIF of two frames.
const (
	stillImage  = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADElEQVR4nGNg+A+EAAYAAf+T0eSJAAAAAElFTkSuQmCC"
	movingImage = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH/C05FVFNDQVBFMi4wAwEAAAAh+QQACgAAACwAAAAAAQABAAACAkQBACH5BAAKAAAALAAAAAABAAEAAAICRAEAOw=="
)

func TestEmoji(t *testing.T) {
	w := newWorld(t)
	const path = "/guilds/{guild}/emojis"
	draft := func(name, image, more string) string {
		return `{"name":"` + name + `","image":"` + image + `"` + more + `}`
	}
	w.run(t, []scenario{
		{name: "none yet", as: "ben", method: "GET", path: path, status: 200, lacks: []string{"id"}},
		{name: "made", as: "ada", method: "POST", path: path, body: draft("wave", stillImage, `,"roles":["{role}"]`), status: 201, keep: map[string]string{"{wave}": "id"},
			holds: []string{`"name":"wave","roles":["{role}"],"user":{"id":"{ada}"`, `"require_colons":true,"managed":false,"animated":false,"available":true`}},
		{name: "moving", as: "ada", method: "POST", path: path, body: draft("parrot", movingImage, `,"roles":null`), status: 201, keep: map[string]string{"{parrot}": "id"},
			holds: []string{`"roles":[]`, `"animated":true`}},
		{name: "a member sees them, and not who made them", as: "ben", method: "GET", path: path, status: 200, holds: []string{`"id":"{wave}","name":"wave"`, `"id":"{parrot}"`}, lacks: []string{`"user"`}},
		{name: "who may make some sees that too", as: "ada", method: "GET", path: path, status: 200, holds: []string{`"user":{"id":"{ada}"`}},
		{name: "one", as: "ben", method: "GET", path: path + "/{wave}", status: 200, holds: []string{`"name":"wave"`}, lacks: []string{`"user"`}},
		{name: "one that is not there", as: "ben", method: "GET", path: path + "/7", status: 404, code: 10014},
		{name: "an id that is none", as: "ben", method: "GET", path: path + "/wave", status: 404, code: 10014},
		{name: "a stranger sees none", as: "cleo", method: "GET", path: path, status: 404, code: 10004},
		{name: "nobody sees none", method: "GET", path: path, status: 401},
		{name: "with the guild", as: "ben", method: "GET", path: "/guilds/{guild}", status: 200, holds: []string{`"emojis":[{"id":"{wave}"`}},
		{name: "with its preview", as: "ben", method: "GET", path: "/guilds/{guild}/preview", status: 200, holds: []string{`"emojis":[{"id":"{wave}"`}},
		{name: "a member makes none", as: "ben", method: "POST", path: path, body: draft("wave", stillImage, ""), status: 403, code: 50013},
		{name: "too short a name", as: "ada", method: "POST", path: path, body: draft("w", stillImage, ""), status: 400, code: 50035, fields: map[string]string{"name": "BASE_TYPE_BAD_LENGTH"}},
		{name: "a name of other characters", as: "ada", method: "POST", path: path, body: draft("w-v", stillImage, ""), status: 400, code: 50035, fields: map[string]string{"name": "STRING_TYPE_REGEX"}},
		{name: "a role of elsewhere", as: "ada", method: "POST", path: path, body: draft("wave", stillImage, `,"roles":["7"]`), status: 400, code: 50035, fields: map[string]string{"roles": "BASE_TYPE_CHOICES"}},
		{name: "renamed", as: "ada", method: "PATCH", path: path + "/{wave}", body: `{"name":"bye"}`, status: 200, holds: []string{`"name":"bye","roles":["{role}"]`}},
		{name: "for everybody", as: "ada", method: "PATCH", path: path + "/{wave}", body: `{"roles":null}`, status: 200, holds: []string{`"name":"bye","roles":[]`}},
		{name: "a member changes none", as: "ben", method: "PATCH", path: path + "/{wave}", body: `{"name":"x"}`, status: 403, code: 50013},
		{name: "one that is not there is not changed", as: "ada", method: "PATCH", path: path + "/7", body: `{"name":"xx"}`, status: 404, code: 10014},

		{name: "reacted with", as: "ben", method: "PUT", path: "/channels/{general}/messages/{bens}/reactions/anything:{wave}/@me", status: 204},
		{name: "as those write it that move", as: "ben", method: "PUT", path: "/channels/{general}/messages/{bens}/reactions/a:parrot:{parrot}/@me", status: 204},
		{name: "shown with the message", as: "ada", method: "GET", path: "/channels/{general}/messages/{bens}", status: 200,
			holds: []string{`"emoji":{"id":"{wave}","name":"bye"},"count":1`, `"emoji":{"id":"{parrot}","name":"parrot","animated":true},"count":1`}},
		{name: "who did", as: "ada", method: "GET", path: "/channels/{general}/messages/{bens}/reactions/bye:{wave}", status: 200, holds: []string{`"id":"{ben}"`}},
		{name: "a poll", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"poll":{"question":{"text":"q"},"answers":[{"poll_media":{"text":"a","emoji":{"id":"{wave}"}}}]}}`, status: 200,
			holds: []string{`"emoji":{"id":"{wave}","name":"bye"}`}},
		{name: "a status", as: "ben", method: "PATCH", path: "/users/@me/settings", body: `{"custom_status":{"emoji_id":"{parrot}"}}`, status: 200, holds: []string{`"emoji_id":"{parrot}","emoji_name":"parrot"`}},
		{name: "a forum", as: "ada", method: "POST", path: "/guilds/{guild}/channels", body: `{"name":"ideas","type":15,"available_tags":[{"name":"t","emoji_id":"{wave}"}],"default_reaction_emoji":{"emoji_id":"{parrot}"}}`, status: 201,
			holds: []string{`"emoji_id":"{wave}","emoji_name":null`, `"default_reaction_emoji":{"emoji_id":"{parrot}","emoji_name":null}`}},
		{name: "content is left as it is", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"<:gone:7> <a:parrot:{parrot}>"}`, status: 200, holds: []string{`parrot:{parrot}`, `gone:7`}},

		{name: "a member deletes none", as: "ben", method: "DELETE", path: path + "/{wave}", status: 403, code: 50013},
		{name: "deleted", as: "ada", method: "DELETE", path: path + "/{wave}", status: 204},
		{name: "once", as: "ada", method: "DELETE", path: path + "/{wave}", status: 404, code: 10014},
		{name: "what was reacted with it stays", as: "ada", method: "GET", path: "/channels/{general}/messages/{bens}", status: 200, holds: []string{`"emoji":{"id":"{wave}","name":"bye"},"count":1`}},
		{name: "nobody begins with it any more", as: "ada", method: "PUT", path: "/channels/{general}/messages/{adas}/reactions/bye:{wave}/@me", status: 404, code: 10014},
		{name: "it is in the log", as: "ada", method: "GET", path: "/guilds/{guild}/audit-logs?action_type=62", status: 200, holds: []string{`"target_id":"{wave}"`, `"key":"name","old_value":"bye"`}},
	})
}

func TestWhoMakesEmojiChangesTheirOwn(t *testing.T) {
	w := newWorld(t)
	w.guild.Everyone(perm.ViewChannel | perm.CreateGuildExpressions)
	const path = "/guilds/{guild}/emojis"
	w.run(t, []scenario{
		{name: "made", as: "ben", method: "POST", path: path, body: `{"name":"wave","image":"` + stillImage + `"}`, status: 201, keep: map[string]string{"{bens_emoji}": "id"}},
		{name: "by a bot", as: "robin", method: "POST", path: path, body: `{"name":"beep","image":"` + stillImage + `"}`, status: 201, keep: map[string]string{"{robins_emoji}": "id"}},
		{name: "changed", as: "ben", method: "PATCH", path: path + "/{bens_emoji}", body: `{"name":"bye"}`, status: 200},
		{name: "others' are not", as: "ben", method: "PATCH", path: path + "/{robins_emoji}", body: `{"name":"bye"}`, status: 403, code: 50013},
		{name: "nor deleted", as: "robin", method: "DELETE", path: path + "/{bens_emoji}", status: 403, code: 50013},
		{name: "deleted", as: "ben", method: "DELETE", path: path + "/{bens_emoji}", status: 204},
	})
}

func TestPicturesThatAreNoEmoji(t *testing.T) {
	w := newWorld(t)
	for name, image := range map[string]string{
		"none": "", "words": "wave.png", "a page": "data:text/html;base64,PGh0bWw+", "a drawing": "data:image/svg+xml;base64,PHN2Zy8+", "a page that says it is a picture": "data:image/png;base64,PGh0bWw+",
		"half a picture": stillImage[:60], "too much": stillImage + strings.Repeat("A", 360<<10), "an address": "https://example.org/wave.png",
	} {
		got := w.call(t, scenario{as: "ada", method: "POST", path: "/guilds/{guild}/emojis", body: `{"name":"wave","image":"` + image + `"}`})
		if got.StatusCode != 400 && got.StatusCode != 413 {
			t.Errorf("%s is answered %d: %s", name, got.StatusCode, got.body)
		}
	}
	w.play(t, scenario{as: "ada", method: "GET", path: "/guilds/{guild}/emojis", status: 200, lacks: []string{"id"}})
}
