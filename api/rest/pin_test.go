package rest

import "testing"

func TestPins(t *testing.T) {
	w := newWorld(t)
	const path = "/channels/{general}/messages/pins"
	w.run(t, []scenario{
		{name: "none yet", as: "ben", method: "GET", path: path, status: 200, holds: []string{`{"items":[],"has_more":false}`}},
		{name: "a member does not pin", as: "ben", method: "PUT", path: path + "/{bens}", status: 403, code: 50013},
		{name: "pinned", as: "ada", method: "PUT", path: path + "/{bens}", status: 204},
		{name: "again changes nothing", as: "ada", method: "PUT", path: path + "/{bens}", status: 204},
		{name: "by the older route", as: "ada", method: "PUT", path: "/channels/{general}/pins/{adas}", status: 204},
		{name: "listed", as: "ben", method: "GET", path: path, status: 200, holds: []string{`"id":"{bens}"`, `"id":"{adas}"`, `"pinned":true`, `"pinned_at":"2026-`, `"has_more":false`}},
		{name: "in pages", as: "ben", method: "GET", path: path + "?limit=1", status: 200, holds: []string{`"has_more":true`}},
		{name: "before a moment", as: "ben", method: "GET", path: path + "?before=2020-01-01T00:00:00Z", status: 200, lacks: []string{`"id"`}},
		{name: "before what is none", as: "ben", method: "GET", path: path + "?before=yesterday", status: 400, code: 50035, fields: map[string]string{"before": "DATE_TIME_TYPE_PARSE"}},
		{name: "too large a page", as: "ben", method: "GET", path: path + "?limit=51", status: 400, code: 50035, fields: map[string]string{"limit": "NUMBER_TYPE_MAX"}},
		{name: "the hall said so, once each", as: "ben", method: "GET", path: "/channels/{general}/messages", status: 200,
			holds: []string{`"type":6,"flags":0,"message_reference":{"type":0,"message_id":"{bens}","channel_id":"{general}","guild_id":"{guild}"}}`}, keep: map[string]string{"{note}": "0.id"}},
		{name: "which is not pinned itself", as: "ada", method: "PUT", path: path + "/{note}", status: 403, code: 50021},
		{name: "the channel says when", as: "ben", method: "GET", path: "/channels/{general}", status: 200, holds: []string{`"last_pin_timestamp":"2026-`}},
		{name: "a member does not unpin", as: "ben", method: "DELETE", path: path + "/{bens}", status: 403, code: 50013},
		{name: "unpinned", as: "ada", method: "DELETE", path: path + "/{bens}", status: 204},
		{name: "one left", as: "ben", method: "GET", path: "/channels/{general}/pins", status: 200, holds: []string{`"id":"{adas}"`}, lacks: []string{"{bens}"}},
		{name: "what is not there", as: "ada", method: "PUT", path: path + "/77", status: 404, code: 10008},
		{name: "where one may not look", as: "ben", method: "GET", path: "/channels/{hidden}/messages/pins", status: 403, code: 50001},
		{name: "a stranger", as: "cleo", method: "GET", path: path, status: 404, code: 10003},
		{name: "a conversation", as: "ben", method: "POST", path: "/users/@me/channels", body: `{"recipient_id":"{ada}"}`, status: 200, keep: map[string]string{"{talk}": "id"}},
		{name: "with words", as: "ben", method: "POST", path: "/channels/{talk}/messages", body: `{"content":"remember this"}`, status: 200, keep: map[string]string{"{word}": "id"}},
		{name: "both pin there", as: "ada", method: "PUT", path: "/channels/{talk}/messages/pins/{word}", status: 204},
		{name: "and see it", as: "ben", method: "GET", path: "/channels/{talk}/messages/pins", status: 200, holds: []string{`"id":"{word}"`}},
	})
}
