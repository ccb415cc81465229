package rest

import (
	"strings"
	"testing"
)

func TestMembersAreListedAndFound(t *testing.T) {
	w := newWorld(t)
	const path = "/guilds/{guild}/members"
	w.run(t, []scenario{
		{name: "one, if no limit is given", as: "ben", method: "GET", path: path, status: 200, then: func(t *testing.T, got reply) {
			if got.text("0.user.id") == "" || got.value("1") != nil {
				t.Errorf("the members are %s", got.body)
			}
		}},
		{name: "all", as: "robin", method: "GET", path: path + "?limit=1000", status: 200, holds: []string{`"id":"{ada}"`, `"id":"{ben}"`, `"id":"{robin}"`}},
		{name: "after one", as: "ben", method: "GET", path: path + "?limit=10&after={ada}", status: 200, holds: []string{`"id":"{ben}"`}, lacks: []string{`"id":"{ada}"`}},
		{name: "beyond the greatest page", as: "ben", method: "GET", path: path + "?limit=1001", status: 400, code: 50035, fields: map[string]string{"limit": "NUMBER_TYPE_MAX"}},
		{name: "a cursor that is no id", as: "ben", method: "GET", path: path + "?after=ada", status: 400, code: 50035, fields: map[string]string{"after": "NUMBER_TYPE_COERCE"}},
		{name: "not for strangers", as: "cleo", method: "GET", path: path, status: 404, code: 10004},
		{name: "not for nobody", method: "GET", path: path, status: 401, code: 0},
		{name: "searched", as: "ben", method: "GET", path: path + "/search?query=ad&limit=5", status: 200, holds: []string{`"id":"{ada}"`}, lacks: []string{`"id":"{ben}"`}},
		{name: "searched for nothing that is there", as: "ben", method: "GET", path: path + "/search?query=zz", status: 200, holds: []string{`[]`}},
		{name: "searched for a book", as: "ben", method: "GET", path: path + "/search?query=" + strings.Repeat("z", 401), status: 400, code: 50035, fields: map[string]string{"query": "BASE_TYPE_MAX_LENGTH"}},
		{name: "one", as: "ben", method: "GET", path: path + "/{ada}", status: 200, holds: []string{`"id":"{ada}"`, `"roles":[]`, `"nick":null`}},
		{name: "oneself", as: "ben", method: "GET", path: "/users/@me/guilds/{guild}/member", status: 200, holds: []string{`"id":"{ben}"`}},
		{name: "who is none", as: "ben", method: "GET", path: path + "/{cleo}", status: 404, code: 10007},
		{name: "an id that is none", as: "ben", method: "GET", path: path + "/ada", status: 404, code: 10007},
	})
}

func TestMembersAreChanged(t *testing.T) {
	w := newWorld(t)
	const path = "/guilds/{guild}/members"
	w.run(t, []scenario{
		{name: "a nick and roles", as: "ada", method: "PATCH", path: path + "/{ben}", body: `{"nick":"Benny","roles":["{role}"]}`, status: 200, holds: []string{`"nick":"Benny"`, `"roles":["{role}"]`}},
		{name: "roles as numbers", as: "ada", method: "PATCH", path: path + "/{ben}", body: `{"roles":[{role}]}`, status: 200, holds: []string{`"roles":["{role}"]`}},
		{name: "a time-out", as: "ada", method: "PATCH", path: path + "/{ben}", body: `{"communication_disabled_until":"2026-05-02T12:00:00+00:00"}`, status: 200,
			holds: []string{`"communication_disabled_until":"2026-05-02T12:00:00.000000+00:00"`}},
		{name: "which holds", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"x"}`, status: 403, code: 50013},
		{name: "and is lifted", as: "ada", method: "PATCH", path: path + "/{ben}", body: `{"communication_disabled_until":null}`, status: 200, holds: []string{`"communication_disabled_until":null`}},
		{name: "beyond four weeks", as: "ada", method: "PATCH", path: path + "/{ben}", body: `{"communication_disabled_until":"2026-07-02T12:00:00Z"}`, status: 400, code: 50035,
			fields: map[string]string{"communication_disabled_until": "DATE_TIME_TYPE_MAX"}},
		{name: "into a channel, without being in voice", as: "ada", method: "PATCH", path: path + "/{ben}", body: `{"channel_id":"{lounge}"}`, status: 400, code: 50035,
			fields: map[string]string{"channel_id": "TARGET_USER_NOT_CONNECTED"}},
		{name: "a role that is none", as: "ada", method: "PATCH", path: path + "/{ben}", body: `{"roles":["9"]}`, status: 404, code: 10011},
		{name: "flags", as: "ada", method: "PATCH", path: path + "/{ben}", body: `{"flags":4}`, status: 400, code: 50035, fields: map[string]string{"flags": "FEATURE_NOT_BUILT"}},
		{name: "wrong types", as: "ada", method: "PATCH", path: path + "/{ben}", body: `{"nick":1,"roles":"all","mute":"yes","communication_disabled_until":5}`, status: 400, code: 50035,
			fields: map[string]string{"nick": "STRING_TYPE_CONVERT", "roles": "LIST_TYPE_CONVERT", "mute": "BOOLEAN_TYPE_CONVERT", "communication_disabled_until": "DATE_TIME_TYPE_PARSE"}},
		{name: "who is none", as: "ada", method: "PATCH", path: path + "/{cleo}", body: `{"nick":"x"}`, status: 404, code: 10007},
		{name: "not by members", as: "ben", method: "PATCH", path: path + "/{robin}", body: `{"nick":"x"}`, status: 403, code: 50013},
		{name: "not by nobody", method: "PATCH", path: path + "/{ben}", body: `{}`, status: 401, code: 0},
		{name: "one's own nick", as: "ben", method: "PATCH", path: path + "/@me", body: `{"nick":"B"}`, status: 200, holds: []string{`"nick":"B"`}},
		{name: "goes", as: "ben", method: "PATCH", path: path + "/@me", body: `{"nick":null}`, status: 200, holds: []string{`"nick":null`}},
		{name: "one's own picture", as: "ben", method: "PATCH", path: path + "/@me", body: `{"avatar":"data:,","bio":"x"}`, status: 400, code: 50035, fields: map[string]string{"avatar": "IMAGE_INVALID"}},
		{name: "a role is given", as: "ada", method: "PUT", path: path + "/{robin}/roles/{role}", status: 204},
		{name: "and taken", as: "ada", method: "DELETE", path: path + "/{robin}/roles/{role}", status: 204},
		{name: "a role that is none is not given", as: "ada", method: "PUT", path: path + "/{robin}/roles/9", status: 404, code: 10011},
		{name: "nor by members", as: "ben", method: "PUT", path: path + "/{ben}/roles/{role}", status: 403, code: 50013},
		{name: "the owner is not kicked", as: "ben", method: "DELETE", path: path + "/{ada}", status: 403, code: 50013},
		{name: "a member is", as: "ada", method: "DELETE", path: path + "/{ben}", status: 204},
		{name: "once", as: "ada", method: "DELETE", path: path + "/{ben}", status: 404, code: 10007},
		{name: "and is out", as: "ben", method: "GET", path: "/guilds/{guild}", status: 404, code: 10004},
	})
}
