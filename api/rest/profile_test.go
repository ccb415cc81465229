package rest

import "testing"

func TestProfilesAndMentions(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "one's own words", as: "ben", method: "PATCH", path: "/users/@me", body: `{"bio":"I bake.","pronouns":"he/him","accent_color":255}`, status: 200, holds: []string{`"bio":"I bake."`, `"accent_color":255`}},
		{name: "a profile", as: "ada", method: "GET", path: "/users/{ben}/profile?guild_id={guild}", status: 200,
			holds: []string{`"user_profile":{"bio":"I bake.","pronouns":"he/him","accent_color":255,"banner":null}`, `"mutual_guilds":[{"id":"{guild}","nick":null}]`, `"mutual_friends":[]`, `"guild_member":{`}},
		{name: "one's own", as: "ben", method: "GET", path: "/users/@me/profile", status: 200, holds: []string{`"id":"{ben}"`}},
		{name: "a stranger's", as: "cleo", method: "GET", path: "/users/{ben}/profile", status: 404, code: 10013},
		{name: "not for bots", as: "robin", method: "GET", path: "/users/{ben}/profile", status: 403, code: 20001},
		{name: "too long a word", as: "ben", method: "PATCH", path: "/users/@me", body: `{"pronouns":"12345678901234567890123456789012345678901"}`, status: 400, code: 50035},
		{name: "a mention", as: "ada", method: "POST", path: "/channels/{general}/messages", body: `{"content":"<@{ben}>"}`, status: 200, keep: map[string]string{"{mention}": "id"}},
		{name: "is listed", as: "ben", method: "GET", path: "/users/@me/mentions", status: 200, holds: []string{`"id":"{mention}"`}},
		{name: "not under another guild", as: "ben", method: "GET", path: "/users/@me/mentions?guild_id=77", status: 404, code: 10004},
		{name: "dismissed", as: "ben", method: "DELETE", path: "/users/@me/mentions/{mention}", status: 204},
		{name: "it is gone", as: "ben", method: "GET", path: "/users/@me/mentions?roles=false&everyone=true", status: 200, holds: []string{`[]`}},
		{name: "a page that is too long", as: "ben", method: "GET", path: "/users/@me/mentions?limit=101", status: 400, code: 50035},
		{name: "a brake", as: "ada", method: "PUT", path: "/guilds/{guild}/incident-actions", body: `{"invites_disabled_until":"2026-05-01T13:00:00+00:00"}`, status: 200, holds: []string{`"dms_disabled_until":null`}},
		{name: "the guild says so", as: "ben", method: "GET", path: "/guilds/{guild}", status: 200, holds: []string{`"incidents_data":{"invites_disabled_until":"2026-05-01T13:00:00.000000+00:00"`}},
		{name: "not for members", as: "ben", method: "PUT", path: "/guilds/{guild}/incident-actions", body: `{}`, status: 403, code: 50013},
		{name: "too far ahead", as: "ada", method: "PUT", path: "/guilds/{guild}/incident-actions", body: `{"dms_disabled_until":"2026-05-03T13:00:00+00:00"}`, status: 400, code: 50035},
	})
}
