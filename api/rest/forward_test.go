package rest

import "testing"

func TestForwards(t *testing.T) {
	w := newWorld(t)
	const path = "/channels/{general}/messages"
	forward := func(reference string) string { return `{"message_reference":{"type":1,` + reference + `}}` }
	w.run(t, []scenario{
		{name: "shows what the other message said", as: "ben", method: "POST", path: path, body: forward(`"message_id":"{adas}","channel_id":"{general}"`), status: 200,
			holds: []string{`"type":0`, `"content":""`, `"flags":16384`, `"message_reference":{"type":1,"message_id":"{adas}","channel_id":"{general}","guild_id":"{guild}"}`,
				`"message_snapshots":[{"message":{"type":0,"content":"Good morning","mentions":[],"mention_roles":[],"attachments":[],"embeds":[],`},
			lacks: []string{"referenced_message"}},
		{name: "in the history too", as: "ada", method: "GET", path: path + "?limit=1", status: 200, holds: []string{`"message_snapshots":[{"message":{"type":0,"content":"Good morning"`}},
		{name: "a message that is gone", as: "ben", method: "POST", path: path, body: forward(`"message_id":"17","channel_id":"{general}","fail_if_not_exists":false`), status: 400, code: 50035,
			fields: map[string]string{"message_reference": "MESSAGE_REFERENCE_UNKNOWN_MESSAGE"}},
		{name: "without its channel", as: "ben", method: "POST", path: path, body: forward(`"message_id":"{adas}"`), status: 400, code: 50035,
			fields: map[string]string{"message_reference.channel_id": "BASE_TYPE_REQUIRED"}},
		{name: "of a channel that the caller may not see", as: "ben", method: "POST", path: path, body: forward(`"message_id":"{adas}","channel_id":"{hidden}"`), status: 403, code: 50001},
		{name: "into one", as: "ben", method: "POST", path: "/channels/{hidden}/messages", body: forward(`"message_id":"{adas}","channel_id":"{general}"`), status: 403, code: 50001},
		{name: "of another guild", as: "ben", method: "POST", path: path, body: forward(`"message_id":"{adas}","channel_id":"{general}","guild_id":"17"`), status: 400, code: 50035,
			fields: map[string]string{"message_reference": "MESSAGE_REFERENCE_UNKNOWN_MESSAGE"}},
		{name: "with words of one's own", as: "ben", method: "POST", path: path, body: `{"content":"look","message_reference":{"type":1,"message_id":"{adas}","channel_id":"{general}"}}`, status: 400,
			code: 50035, fields: map[string]string{"content": "BASE_TYPE_BAD_VALUE"}},
		{name: "a reference of another type", as: "ben", method: "POST", path: path, body: `{"content":"x","message_reference":{"type":2,"message_id":"{adas}"}}`, status: 400, code: 50035,
			fields: map[string]string{"message_reference.type": "BASE_TYPE_CHOICES"}},
		{name: "by somebody who is not in the guild", as: "cleo", method: "POST", path: path, body: forward(`"message_id":"{adas}","channel_id":"{general}"`), status: 404, code: 10003},
	})
}
