package rest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"guildhall/api/perm"
)

func TestPostingAMessage(t *testing.T) {
	w := newWorld(t)
	const path = "/channels/{general}/messages"
	long := strings.Repeat("ü", 2000)
	w.run(t, []scenario{
		{name: "answers with the whole message", as: "ben", method: "POST", path: path, body: `{"content":"hello","nonce":"n-1"}`, status: 200,
			holds: []string{`"content":"hello"`, `"id":"{ben}"`, `"channel_id":"{general}"`, `"nonce":"n-1"`, `"edited_timestamp":null`, `"embeds":[]`, `"components":[]`}},
		{name: "a number as nonce comes back as a number", as: "ben", method: "POST", path: path, body: `{"content":"x","nonce":9223372036854775807}`, status: 200,
			holds: []string{`"nonce":9223372036854775807`}},
		{name: "bots post too", as: "robin", method: "POST", path: path, body: `{"content":"beep"}`, status: 200, holds: []string{`"bot":true`}},
		{name: "unknown fields are passed over", as: "ben", method: "POST", path: path, body: `{"content":"x","shoe_size":43,"nested":{"deep":[1]}}`, status: 200},
		{name: "empty values of later fields ask for nothing", as: "ben", method: "POST", path: path,
			body: `{"content":"x","components":[ ],"attachments":[],"sticker_ids":null,"poll":null,"embeds":null,"message_reference":null,"allowed_mentions":null}`, status: 200},
		{name: "two thousand characters", as: "ben", method: "POST", path: path, body: `{"content":"` + long + `"}`, status: 200, holds: []string{long}},
		{name: "two thousand and one are too many", as: "ben", method: "POST", path: path, body: `{"content":"` + long + `ü"}`, status: 400, code: 50035,
			fields: map[string]string{"content": "BASE_TYPE_MAX_LENGTH"}},
		{name: "nothing at all", as: "ben", method: "POST", path: path, body: `{}`, status: 400, code: 50006},
		{name: "no body", as: "ben", method: "POST", path: path, status: 400, code: 50006},
		{name: "spaces only", as: "ben", method: "POST", path: path, body: `{"content":" \n "}`, status: 400, code: 50006},
		{name: "a nonce that is too long", as: "ben", method: "POST", path: path, body: `{"content":"x","nonce":"` + strings.Repeat("n", 26) + `"}`, status: 400, code: 50035,
			fields: map[string]string{"nonce": "BASE_TYPE_MAX_LENGTH"}},
		{name: "a broken number as nonce", as: "ben", method: "POST", path: path, body: `{"content":"x","nonce":1.5}`, status: 400, code: 50035,
			fields: map[string]string{"nonce": "BASE_TYPE_BAD_TYPE"}},
		{name: "a number as nonce that is too great", as: "ben", method: "POST", path: path, body: `{"content":"x","nonce":9223372036854775808}`, status: 400, code: 50035,
			fields: map[string]string{"nonce": "BASE_TYPE_BAD_TYPE"}},
		{name: "malformed JSON", as: "ben", method: "POST", path: path, body: `{"content":`, status: 400, code: 50109},
		{name: "a list in place of an object", as: "ben", method: "POST", path: path, body: `[]`, status: 400, code: 50035, fields: map[string]string{"": "DICT_TYPE_CONVERT"}},
		{name: "every wrong type is named", as: "ben", method: "POST", path: path,
			body:   `{"content":5,"tts":"yes","embeds":[{"title":"t"},{"title":[],"color":"red","fields":[{"name":{}}]}],"flags":-1,"allowed_mentions":{"users":["x"]}}`,
			status: 400, code: 50035, fields: map[string]string{"content": "STRING_TYPE_CONVERT", "tts": "BOOLEAN_TYPE_CONVERT", "embeds.1.title": "STRING_TYPE_CONVERT",
				"embeds.1.color": "NUMBER_TYPE_COERCE", "embeds.1.fields.0.name": "STRING_TYPE_CONVERT", "flags": "NUMBER_TYPE_COERCE", "allowed_mentions.users.0": "NUMBER_TYPE_COERCE"}},
		{name: "a form", as: "ben", method: "POST", path: path, body: `content=x`, header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, status: 400, code: 50109},
		{name: "a Content-Type that is none", as: "ben", method: "POST", path: path, body: `{"content":"x"}`, header: map[string]string{"Content-Type": "application/json; ="}, status: 400, code: 50109},
		{name: "a Content-Type with a character set", as: "ben", method: "POST", path: path, body: `{"content":"x"}`,
			header: map[string]string{"Content-Type": "application/json; charset=utf-8"}, status: 200},
		{name: "a megabyte and more", as: "ben", method: "POST", path: path, body: `{"content":"` + strings.Repeat("x", 1<<20) + `"}`, status: 413, code: 40005},
		{name: "nesting without end", as: "ben", method: "POST", path: path, body: `{"content":` + strings.Repeat(`[`, 200_000) + `}`, status: 400, code: 50109},
		{name: "nobody", method: "POST", path: path, body: `{"content":"x"}`, status: 401, code: 0},
		{name: "somebody who is not in the guild", as: "cleo", method: "POST", path: path, body: `{"content":"x"}`, status: 404, code: 10003},
		{name: "a channel that the caller may not see", as: "ben", method: "POST", path: "/channels/{hidden}/messages", body: `{"content":"x"}`, status: 403, code: 50001},
		{name: "a category", as: "ada", method: "POST", path: "/channels/{category}/messages", body: `{"content":"x"}`, status: 400, code: 50024},
		{name: "a channel that is not there", as: "ada", method: "POST", path: "/channels/1/messages", body: `{"content":"x"}`, status: 404, code: 10003},
		{name: "a channel whose id is none", as: "ada", method: "POST", path: "/channels/general/messages", body: `{"content":"x"}`, status: 404, code: 10003},
		{name: "an id that is longer than ids are", as: "ada", method: "POST", path: "/channels/" + strings.Repeat("9", 400) + "/messages", body: `{"content":"x"}`, status: 404, code: 10003},
	})
}

func TestAPostIsRepeatedSafelyWithAnEnforcedNonce(t *testing.T) {
	w := newWorld(t)
	once := scenario{as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"once","nonce":"only","enforce_nonce":true}`}
	first, second := w.call(t, once), w.call(t, once)
	if first.text("id") == "" || first.text("id") != second.text("id") {
		t.Errorf("the repeated post is %s after %s", second.body, first.body)
	}
}

func TestEmbedsAreKeptAndChecked(t *testing.T) {
	w := newWorld(t)
	const path = "/channels/{general}/messages"
	w.run(t, []scenario{
		{name: "a whole embed", as: "ada", method: "POST", path: path, status: 200,
			body: `{"embeds":[{"title":"T","type":"rich","description":"D","url":"https://example.org/","timestamp":"2026-01-02T03:04:05.678Z","color":16711680,
				"footer":{"text":"F","icon_url":"https://example.org/f.png"},"image":{"url":"https://example.org/i.png"},"thumbnail":{"url":"https://example.org/t.png"},
				"author":{"name":"A","url":"https://example.org/a"},"fields":[{"name":"n","value":"v","inline":true}]}]}`,
			holds: []string{`"timestamp":"2026-01-02T03:04:05.678000+00:00","color":16711680`, `"fields":[{"name":"n","value":"v","inline":true}]`, `"footer":{"text":"F"`}},
		{name: "the single embed of old libraries", as: "ada", method: "POST", path: path, body: `{"embed":{"description":"old"}}`, status: 200, holds: []string{`"embeds":[{"type":"rich","description":"old"}]`}},
		{name: "an address that is none", as: "ada", method: "POST", path: path, body: `{"embeds":[{"title":"T","url":"javascript:alert(1)"}]}`, status: 400, code: 50035,
			fields: map[string]string{"embeds.0.url": "URL_TYPE_INVALID_URL"}},
		{name: "a title that is too long", as: "ada", method: "POST", path: path, body: `{"embeds":[{"title":"` + strings.Repeat("t", 257) + `"}]}`, status: 400, code: 50035,
			fields: map[string]string{"embeds.0.title": "BASE_TYPE_MAX_LENGTH"}},
		{name: "eleven embeds", as: "ada", method: "POST", path: path, body: `{"embeds":[` + strings.Repeat(`{"title":"t"},`, 10) + `{"title":"t"}]}`, status: 400, code: 50035,
			fields: map[string]string{"embeds": "BASE_TYPE_MAX_LENGTH"}},
		{name: "a time that is none", as: "ada", method: "POST", path: path, body: `{"embeds":[{"title":"t","timestamp":"tomorrow"}]}`, status: 400, code: 50035,
			fields: map[string]string{"embeds.0.timestamp": "DATE_TIME_TYPE_PARSE"}},
	})
}

func TestRepliesAndMentions(t *testing.T) {
	w := newWorld(t)
	const path = "/channels/{general}/messages"
	w.run(t, []scenario{
		{name: "a reply shows what it answers", as: "ben", method: "POST", path: path, body: `{"content":"hi","message_reference":{"message_id":"{adas}"}}`, status: 200,
			holds: []string{`"type":19`, `"message_reference":{"type":0,"message_id":"{adas}","channel_id":"{general}","guild_id":"{guild}"}`, `"content":"Good morning"`}},
		{name: "numbers in place of ids, as discord.py writes them", as: "ben", method: "POST", path: path,
			body: `{"content":"<@{ada}>","message_reference":{"message_id":{adas}},"allowed_mentions":{"users":[{ada}],"replied_user":false}}`, status: 200, holds: []string{`"mentions":[{"id":"{ada}"`}},
		{name: "an answer to nothing", as: "ben", method: "POST", path: path, body: `{"content":"hi","message_reference":{"message_id":"17"}}`, status: 400, code: 50035,
			fields: map[string]string{"message_reference": "MESSAGE_REFERENCE_UNKNOWN_MESSAGE"}},
		{name: "an answer to nothing that need not fail", as: "ben", method: "POST", path: path,
			body: `{"content":"hi","message_reference":{"message_id":"17","fail_if_not_exists":false}}`, status: 200, lacks: []string{"message_reference"}},
		{name: "a mention", as: "ben", method: "POST", path: path, body: `{"content":"<@{ada}>"}`, status: 200, holds: []string{`"mentions":[{"id":"{ada}"`}},
		{name: "a mention that is not to be one", as: "ben", method: "POST", path: path, body: `{"content":"<@{ada}>","allowed_mentions":{"parse":[]}}`, status: 200, holds: []string{`"mentions":[]`}},
		{name: "a kind of mention that is none", as: "ben", method: "POST", path: path, body: `{"content":"x","allowed_mentions":{"parse":["users","cats"]}}`, status: 400, code: 50035,
			fields: map[string]string{"allowed_mentions.parse.1": "BASE_TYPE_CHOICES"}},
	})
}

func TestWhatLaterVersionsBringIsRefusedInMessages(t *testing.T) {
	w := newWorld(t)
	for field, value := range map[string]string{
		"sticker_ids": `["1"]`,
		"activity":    `{"type":1}`, "shared_client_theme": `{"colors":["000000"]}`,
	} {
		w.play(t, scenario{as: "ben", method: "POST", path: "/channels/{general}/messages", body: fmt.Sprintf(`{"content":"x",%q:%s}`, field, value), status: 400, code: 50035,
			fields: map[string]string{field: "FEATURE_NOT_BUILT"}})
	}
	w.play(t, scenario{as: "ben", method: "GET", path: "/channels/{general}/messages?limit=1", status: 200, holds: []string{`"id":"{bens}"`, `"content":"Good evening"`}})
}

func TestAMultipartPostIsTaken(t *testing.T) {
	w := newWorld(t)
	const path = "/channels/{general}/messages"
	form := map[string]string{"Content-Type": `multipart/form-data; boundary=b`}
	part := func(disposition, content string) string {
		return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n"
	}
	payload := part(`name="payload_json"`, `{"content":"from a form"}`)
	file := part(`name="files[0]"; filename="cat.png"`, "\x89PNG")
	end := "--b--\r\n"
	w.run(t, []scenario{
		{name: "payload_json", as: "ben", method: "POST", path: path, header: form, body: payload + end, status: 200, holds: []string{"from a form"}},
		{name: "plain fields, as old senders write them", as: "ben", method: "POST", path: path, header: form, body: part(`name="content"`, "plain") + part(`name="tts"`, "false") + end, status: 200, holds: []string{`"content":"plain"`}},
		{name: "a file before", as: "ben", method: "POST", path: path, header: form, body: file + payload + end, status: 200, holds: []string{"from a form", "cat.png"}},
		{name: "a file behind", as: "ben", method: "POST", path: path, header: form, body: payload + file + end, status: 200, holds: []string{"from a form", "cat.png"}},
		{name: "a bare file", as: "ben", method: "POST", path: path, header: form, body: part(`name="file"`, "x") + end, status: 200, holds: []string{`"filename":"file"`, `"content":""`}},
		{name: "broken JSON inside", as: "ben", method: "POST", path: path, header: form, body: part(`name="payload_json"`, `{`) + end, status: 400, code: 50109},
		{name: "payload_json twice", as: "ben", method: "POST", path: path, header: form, body: payload + payload + end, status: 400, code: 50109},
		{name: "no end", as: "ben", method: "POST", path: path, header: form, body: payload, status: 400, code: 50109},
		{name: "no boundary", as: "ben", method: "POST", path: path, header: map[string]string{"Content-Type": "multipart/form-data"}, body: payload + end, status: 400, code: 50109},
		{name: "a hundred parts", as: "ben", method: "POST", path: path, header: form, body: manyParts(part) + end, status: 400, code: 50109},
		{name: "a part that is too large", as: "ben", method: "POST", path: path, header: form, body: part(`name="payload_json"`, strings.Repeat("x", 1<<20+1)) + end, status: 413, code: 40005},
	})
}

func manyParts(part func(disposition, content string) string) string {
	var body strings.Builder
	for i := range 100 {
		body.WriteString(part(fmt.Sprintf(`name="f%d"`, i), "x"))
	}
	return body.String()
}

func TestReadingMessages(t *testing.T) {
	w := newWorld(t)
	const path = "/channels/{general}/messages"
	w.run(t, []scenario{
		{name: "the newest first", as: "ben", method: "GET", path: path, status: 200, then: func(t *testing.T, got reply) {
			if got.text("0.content") != "Good evening" || got.text("1.content") != "Good morning" {
				t.Errorf("the page is %s", got.body)
			}
		}},
		{name: "before", as: "ben", method: "GET", path: path + "?before={bens}&limit=1", status: 200, holds: []string{"Good morning"}, lacks: []string{"Good evening"}},
		{name: "after", as: "ben", method: "GET", path: path + "?after={adas}&limit=100", status: 200, holds: []string{"Good evening"}, lacks: []string{"Good morning"}},
		{name: "around", as: "ben", method: "GET", path: path + "?around={adas}", status: 200, holds: []string{"Good evening", "Good morning"}},
		{name: "unknown parameters are passed over", as: "ben", method: "GET", path: path + "?colour=red&limit=1", status: 200},
		{name: "a limit of nothing", as: "ben", method: "GET", path: path + "?limit=0", status: 400, code: 50035, fields: map[string]string{"limit": "NUMBER_TYPE_MIN"}},
		{name: "a limit beyond the greatest", as: "ben", method: "GET", path: path + "?limit=101", status: 400, code: 50035, fields: map[string]string{"limit": "NUMBER_TYPE_MAX"}},
		{name: "a limit that is no number", as: "ben", method: "GET", path: path + "?limit=many", status: 400, code: 50035, fields: map[string]string{"limit": "NUMBER_TYPE_COERCE"}},
		{name: "a cursor that is no id", as: "ben", method: "GET", path: path + "?before=yesterday", status: 400, code: 50035, fields: map[string]string{"before": "NUMBER_TYPE_COERCE"}},
		{name: "a cursor below zero", as: "ben", method: "GET", path: path + "?after=-1", status: 400, code: 50035, fields: map[string]string{"after": "NUMBER_TYPE_COERCE"}},
		{name: "two cursors", as: "ben", method: "GET", path: path + "?before={bens}&after={adas}", status: 400, code: 50035, fields: map[string]string{"before": "MUTUALLY_EXCLUSIVE"}},
		{name: "one message", as: "ben", method: "GET", path: path + "/{adas}", status: 200, holds: []string{"Good morning"}},
		{name: "a message that is not there", as: "ben", method: "GET", path: path + "/99", status: 404, code: 10008},
		{name: "a message whose id is none", as: "ben", method: "GET", path: path + "/first", status: 404, code: 10008},
		{name: "a message of another channel", as: "ada", method: "GET", path: "/channels/{hidden}/messages/{adas}", status: 404, code: 10008},
		{name: "nobody", method: "GET", path: path, status: 401, code: 0},
		{name: "somebody from elsewhere", as: "cleo", method: "GET", path: path, status: 404, code: 10003},
		{name: "a hidden channel", as: "ben", method: "GET", path: "/channels/{hidden}/messages", status: 403, code: 50001},
	})
	w.guild.Everyone(perm.ViewChannel | perm.SendMessages)
	w.run(t, []scenario{
		{name: "without the history", as: "ben", method: "GET", path: path, status: 403, code: 50013},
		{name: "a reply without the history", as: "ben", method: "POST", path: path, body: `{"content":"x","message_reference":{"message_id":"{adas}"}}`, status: 400, code: 160002},
	})
}

func TestEditingAndDeletingMessagesByBothOfTheirPaths(t *testing.T) {
	for _, path := range []string{"/channels/{general}/messages/", "/messages/"} {
		t.Run(path, func(t *testing.T) {
			w := newWorld(t)
			w.run(t, []scenario{
				{name: "the author edits", as: "ben", method: "PATCH", path: path + "{bens}", body: `{"content":"Good night"}`, status: 200,
					holds: []string{`"content":"Good night"`, `"id":"{bens}"`}, lacks: []string{`"edited_timestamp":null`}},
				{name: "somebody else does not, whoever they are", as: "ada", method: "PATCH", path: path + "{bens}", body: `{"content":"x"}`, status: 403, code: 50005},
				{name: "the content goes, and nothing is left", as: "ben", method: "PATCH", path: path + "{bens}", body: `{"content":null}`, status: 400, code: 50006},
				{name: "malformed JSON", as: "ben", method: "PATCH", path: path + "{bens}", body: `nope`, status: 400, code: 50109},
				{name: "a wrong type", as: "ben", method: "PATCH", path: path + "{bens}", body: `{"content":{}}`, status: 400, code: 50035, fields: map[string]string{"content": "STRING_TYPE_CONVERT"}},
				{name: "too long", as: "ben", method: "PATCH", path: path + "{bens}", body: `{"content":"` + strings.Repeat("x", 2001) + `"}`, status: 400, code: 50035,
					fields: map[string]string{"content": "BASE_TYPE_MAX_LENGTH"}},
				{name: "an edit of nothing", as: "ben", method: "PATCH", path: path + "99", body: `{"content":"x"}`, status: 404, code: 10008},
				{name: "an edit of what has no id", as: "ben", method: "PATCH", path: path + "last", body: `{"content":"x"}`, status: 404, code: 10008},
				{name: "nobody edits", method: "PATCH", path: path + "{bens}", body: `{"content":"x"}`, status: 401, code: 0},
				{name: "a member does not delete what others wrote", as: "ben", method: "DELETE", path: path + "{adas}", status: 403, code: 50013},
				{name: "nobody deletes", method: "DELETE", path: path + "{bens}", status: 401, code: 0},
				{name: "the author deletes", as: "ben", method: "DELETE", path: path + "{bens}", status: 204},
				{name: "what is deleted is gone", as: "ben", method: "DELETE", path: path + "{bens}", status: 404, code: 10008},
			})
		})
	}
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "strangers do not learn that a message is there", as: "cleo", method: "PATCH", path: "/messages/{bens}", body: `{"content":"x"}`, status: 404, code: 10008},
		{name: "nor delete it", as: "cleo", method: "DELETE", path: "/messages/{bens}", status: 404, code: 10008},
		{name: "who manages messages deletes those of others", as: "ada", method: "DELETE", path: "/messages/{bens}", status: 204},
	})
}

func TestTyping(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "a member types", as: "ben", method: "POST", path: "/channels/{general}/typing", status: 204},
		{name: "an empty object changes nothing", as: "ben", method: "POST", path: "/channels/{general}/typing", body: `{}`, status: 204},
		{name: "not where they may not see", as: "ben", method: "POST", path: "/channels/{hidden}/typing", status: 403, code: 50001},
		{name: "not where they are not", as: "cleo", method: "POST", path: "/channels/{general}/typing", status: 404, code: 10003},
		{name: "nobody", method: http.MethodPost, path: "/channels/{general}/typing", status: 401, code: 0},
	})
}

func TestDeletingMessagesInBulk(t *testing.T) {
	w := newWorld(t)
	const path = "/channels/{general}/messages/bulk-delete"
	many := strings.TrimSuffix(strings.Repeat(`"{bens}",`, 101), ",")
	w.run(t, []scenario{
		{name: "one is no bulk", as: "ada", method: "POST", path: path, body: `{"messages":["{bens}"]}`, status: 400, code: 50016},
		{name: "too many", as: "ada", method: "POST", path: path, body: `{"messages":[` + many + `]}`, status: 400, code: 50016},
		{name: "too old", as: "ada", method: "POST", path: path, body: `{"messages":["{bens}","175928847299117063"]}`, status: 400, code: 50034},
		{name: "a member does not", as: "ben", method: "POST", path: path, body: `{"messages":["{bens}","{adas}"]}`, status: 403, code: 50013},
		{name: "a stranger does not", as: "cleo", method: "POST", path: path, body: `{"messages":["{bens}","{adas}"]}`, status: 404, code: 10003},
		{name: "no ids", as: "ada", method: "POST", path: path, body: `{"messages":["x","y"]}`, status: 400, code: 50035, fields: map[string]string{"messages.0": "NUMBER_TYPE_COERCE", "messages.1": "NUMBER_TYPE_COERCE"}},
		{name: "a conversation", as: "ada", method: "POST", path: "/users/@me/channels", body: `{"recipient_id":"{ben}"}`, status: 200, keep: map[string]string{"{talk}": "id"}},
		{name: "has no bulk", as: "ada", method: "POST", path: "/channels/{talk}/messages/bulk-delete", body: `{"messages":["{bens}","{adas}"]}`, status: 403, code: 50003},
		{name: "deleted", as: "ada", method: "POST", path: path, body: `{"messages":["{bens}","{adas}"]}`, status: 204},
		{name: "gone", as: "ada", method: "GET", path: "/channels/{general}/messages", status: 200, lacks: []string{"id"}},
		{name: "nothing left to delete", as: "ada", method: "POST", path: path, body: `{"messages":["{bens}","{adas}"]}`, status: 204},
	})
}
