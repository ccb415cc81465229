package rest

import "testing"

func TestSettings(t *testing.T) {
	w := newWorld(t)
	const path = "/users/@me/settings"
	w.run(t, []scenario{
		{name: "as for everybody", as: "ada", method: "GET", path: path, status: 200, holds: []string{`"theme":"system"`, `"status":"online"`, `"custom_status":null`, `"guild_folders":[]`, `"restricted_guilds":[]`, `"render_embeds":true`}},
		{name: "some", as: "ada", method: "PATCH", path: path, status: 200,
			body:  `{"theme":"dark","developer_mode":true,"locale":"de","status":"idle","custom_status":{"text":"hello","emoji_name":"👋","expires_at":null},"guild_folders":[{"id":null,"name":null,"color":null,"guild_ids":["{guild}"]}],"friend_source_flags":{"mutual_guilds":true},"unknown_setting":1}`,
			holds: []string{`"theme":"dark"`, `"developer_mode":true`, `"locale":"de"`, `"status":"idle"`, `"text":"hello"`, `"emoji_name":"👋"`, `"guild_ids":["{guild}"]`, `"all":false`, `"mutual_guilds":true`}},
		{name: "kept", as: "ada", method: "GET", path: path, status: 200, holds: []string{`"theme":"dark"`, `"text":"hello"`}},
		{name: "a custom status taken away", as: "ada", method: "PATCH", path: path, body: `{"custom_status":null}`, status: 200, holds: []string{`"custom_status":null`, `"theme":"dark"`}},
		{name: "what is none", as: "ada", method: "PATCH", path: path, body: `{"theme":"pink"}`, status: 400, code: 50035, fields: map[string]string{"theme": "BASE_TYPE_CHOICES"}},
		{name: "no language", as: "ada", method: "PATCH", path: path, body: `{"locale":"!"}`, status: 400, code: 50035, fields: map[string]string{"locale": "BASE_TYPE_CHOICES"}},
		{name: "of another type", as: "ada", method: "PATCH", path: path, body: `{"status":7}`, status: 400, code: 50035},
		{name: "not for bots", as: "robin", method: "GET", path: path, status: 403, code: 20001},
		{name: "about a guild", as: "ben", method: "PATCH", path: "/users/@me/guilds/{guild}/settings", status: 200,
			body:  `{"message_notifications":1,"muted":true,"mute_config":{"end_time":null,"selected_time_window":-1},"suppress_roles":true,"channel_overrides":{"{general}":{"muted":true,"mute_config":null}}}`,
			holds: []string{`"guild_id":"{guild}"`, `"message_notifications":1`, `"mute_config":{"end_time":null,"selected_time_window":-1}`, `"channel_id":"{general}"`, `"suppress_roles":true`}},
		{name: "unmuted", as: "ben", method: "PATCH", path: "/users/@me/guilds/{guild}/settings", body: `{"muted":false,"channel_overrides":{"{general}":{"muted":false}}}`, status: 200, holds: []string{`"mute_config":null`, `"channel_overrides":[]`}},
		{name: "about conversations", as: "ben", method: "PATCH", path: "/users/@me/guilds/@me/settings", body: `{"muted":true}`, status: 200, holds: []string{`"guild_id":null`, `"muted":true`}},
		{name: "about several", as: "ben", method: "PATCH", path: "/users/@me/guilds/settings", body: `{"guilds":{"@me":{"muted":false},"{guild}":{"message_notifications":2}}}`, status: 200, holds: []string{`"guild_id":null`, `"message_notifications":2`}},
		{name: "a stranger", as: "cleo", method: "PATCH", path: "/users/@me/guilds/{guild}/settings", body: `{}`, status: 404, code: 10004},
		{name: "what is no guild", as: "ben", method: "PATCH", path: "/users/@me/guilds/x/settings", body: `{}`, status: 404, code: 10004},
		{name: "a level that is none", as: "ben", method: "PATCH", path: "/users/@me/guilds/{guild}/settings", body: `{"message_notifications":9}`, status: 400, code: 50035, fields: map[string]string{"message_notifications": "NUMBER_TYPE_RANGE"}},
	})
}
