package rest

import (
	"fmt"
	"strings"
	"testing"
)

func TestInvites(t *testing.T) {
	w := newWorld(t)
	const path = "/channels/{general}/invites"
	remember := func(name string) func(*testing.T, reply) {
		return func(_ *testing.T, got reply) { w.names = append(w.names, "{"+name+"}", got.text("code")) }
	}
	w.run(t, []scenario{
		{name: "made", as: "ada", method: "POST", path: path, body: `{"max_age":3600,"max_uses":1}`, status: 200, then: remember("once"),
			holds: []string{`"guild_id":"{guild}"`, `"max_uses":1`, `"max_age":3600`, `"uses":0`, `"inviter":{"id":"{ada}"`, `"expires_at":"2026-05-01T13:00:00.000000+00:00"`}},
		{name: "made for ever, of numbers that are zero", as: "ada", method: "POST", path: path, body: `{"max_age":0,"max_uses":0,"unique":true,"target_type":null}`, status: 200,
			holds: []string{`"expires_at":null`}, then: remember("ever")},
		{name: "made of no body at all", as: "ada", method: "POST", path: path, status: 200, holds: []string{`"max_age":86400`}},
		{name: "a week and a second", as: "ada", method: "POST", path: path, body: `{"max_age":604801}`, status: 400, code: 50035, fields: map[string]string{"max_age": "NUMBER_TYPE_RANGE"}},
		{name: "a wrong type", as: "ada", method: "POST", path: path, body: `{"max_age":"long"}`, status: 400, code: 50035, fields: map[string]string{"max_age": "NUMBER_TYPE_COERCE"}},
		{name: "to a hidden channel", as: "ben", method: "POST", path: "/channels/{hidden}/invites", body: `{}`, status: 403, code: 50001},
		{name: "by strangers", as: "cleo", method: "POST", path: path, body: `{}`, status: 404, code: 10003},
		{name: "by nobody", method: "POST", path: path, body: `{}`, status: 401, code: 0},
	})
	for field, value := range map[string]string{"target_type": `1`, "target_user_id": `"1"`, "target_application_id": `"1"`, "role_ids": `["1"]`} {
		w.play(t, scenario{as: "ada", method: "POST", path: path, body: fmt.Sprintf(`{%q:%s}`, field, value), status: 400, code: 50035, fields: map[string]string{field: "FEATURE_NOT_BUILT"}})
	}
	w.run(t, []scenario{
		{name: "anybody may look", method: "GET", path: "/invites/{once}", status: 200, holds: []string{`"guild":{"id":"{guild}"`, `"channel":{"id":"{general}"`}, lacks: []string{"approximate", "max_uses", "@example.org"}},
		{name: "and count", method: "GET", path: "/invites/{once}?with_counts=true", status: 200, holds: []string{`"approximate_member_count":3`}},
		{name: "at nothing", method: "GET", path: "/invites/none", status: 404, code: 10006},
		{name: "at a code as long as a book", method: "GET", path: "/invites/" + strings.Repeat("x", 3000), status: 404, code: 10006},
		{name: "bots do not use them", as: "robin", method: "POST", path: "/invites/{once}", body: `{}`, status: 403, code: 20001},
		{name: "nobody does not", method: "POST", path: "/invites/{once}", body: `{}`, status: 401, code: 0},
		{name: "a person joins", as: "cleo", method: "POST", path: "/invites/{once}", body: `{}`, status: 200, holds: []string{`"new_member":true`}},
		{name: "it is used up", method: "GET", path: "/invites/{once}", status: 404, code: 10006},
		{name: "a member joins again", as: "cleo", method: "POST", path: "/invites/{ever}", status: 200, holds: []string{`"new_member":false`}},
		{name: "those of the guild", as: "ada", method: "GET", path: "/guilds/{guild}/invites", status: 200, holds: []string{"{ever}", `"max_uses":0`}},
		{name: "are not for members", as: "ben", method: "GET", path: "/guilds/{guild}/invites", status: 403, code: 50013},
		{name: "those of the channel", as: "ada", method: "GET", path: path, status: 200, holds: []string{"{ever}"}},
		{name: "are not for members either", as: "ben", method: "GET", path: path, status: 403, code: 50013},
		{name: "members do not end them", as: "ben", method: "DELETE", path: "/invites/{ever}", status: 403, code: 50013},
		{name: "those who manage the channel do", as: "ada", method: "DELETE", path: "/invites/{ever}", status: 200, holds: []string{`"code":"{ever}"`}},
		{name: "once", as: "ada", method: "DELETE", path: "/invites/{ever}", status: 404, code: 10006},
	})
}
