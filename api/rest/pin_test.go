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
		{name: "nor replied to", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"x","message_reference":{"message_id":"{note}"}}`, status: 400, code: 50035,
			fields: map[string]string{"message_reference": "REPLIES_CANNOT_REFERENCE_SYSTEM_MESSAGE"}},
		{name: "the channel says when", as: "ben", method: "GET", path: "/channels/{general}", status: 200, holds: []string{`"last_pin_timestamp":"2026-`}},
		{name: "a member does not unpin", as: "ben", method: "DELETE", path: path + "/{bens}", status: 403, code: 50013},
		{name: "unpinned", as: "ada", method: "DELETE", path: path + "/{bens}", status: 204},
		{name: "one left", as: "ben", method: "GET", path: "/channels/{general}/pins", status: 200, holds: []string{`"id":"{adas}"`}, lacks: []string{"{bens}"}},
		{name: "what is not there", as: "ada", method: "PUT", path: path + "/77", status: 404, code: 10008},
		{name: "in another channel", as: "ada", method: "POST", path: "/channels/{lounge}/messages", body: `{"content":"elsewhere"}`, status: 200, keep: map[string]string{"{elsewhere}": "id"}},
		{name: "is not pinned here", as: "ada", method: "PUT", path: path + "/{elsewhere}", status: 400, code: 50019},
		{name: "nor by the older route", as: "ada", method: "DELETE", path: "/channels/{general}/pins/{elsewhere}", status: 400, code: 50019},
		{name: "where one may not look", as: "ben", method: "GET", path: "/channels/{hidden}/messages/pins", status: 403, code: 50001},
		{name: "a stranger", as: "cleo", method: "GET", path: path, status: 404, code: 10003},
		{name: "a conversation", as: "ben", method: "POST", path: "/users/@me/channels", body: `{"recipient_id":"{ada}"}`, status: 200, keep: map[string]string{"{talk}": "id"}},
		{name: "with words", as: "ben", method: "POST", path: "/channels/{talk}/messages", body: `{"content":"remember this"}`, status: 200, keep: map[string]string{"{word}": "id"}},
		{name: "ada knows where it is", as: "ada", method: "PUT", path: path + "/{word}", status: 400, code: 50019},
		{name: "robin may pin", as: "ada", method: "PUT", path: "/channels/{general}/permissions/{robin}", body: `{"type":1,"allow":"2251799813685248"}`, status: 204},
		{name: "and is not told of what others say to each other", as: "robin", method: "PUT", path: path + "/{word}", status: 404, code: 10008},
		{name: "both pin there", as: "ada", method: "PUT", path: "/channels/{talk}/messages/pins/{word}", status: 204},
		{name: "and see it", as: "ben", method: "GET", path: "/channels/{talk}/messages/pins", status: 200, holds: []string{`"id":"{word}"`}},
	})
}
