package rest

import (
	"strings"
	"testing"
)

func TestRoles(t *testing.T) {
	w := newWorld(t)
	const path = "/guilds/{guild}/roles"
	var made string
	w.run(t, []scenario{
		{name: "a member sees all", as: "ben", method: "GET", path: path, status: 200, holds: []string{`"id":"{guild}","name":"@everyone"`, `"name":"Gardeners"`}},
		{name: "and one", as: "ben", method: "GET", path: path + "/{role}", status: 200, holds: []string{`"name":"Gardeners"`, `"permissions":"1024"`}},
		{name: "one that is not there", as: "ben", method: "GET", path: path + "/4", status: 404, code: 10011},
		{name: "an id that is none", as: "ben", method: "GET", path: path + "/best", status: 404, code: 10011},
		{name: "a stranger sees none", as: "cleo", method: "GET", path: path, status: 404, code: 10004},
		{name: "nobody sees none", method: "GET", path: path, status: 401, code: 0},

		{name: "made", as: "ada", method: "POST", path: path, body: `{"name":"Cooks","permissions":"3072","color":255,"hoist":true,"mentionable":true}`, status: 200,
			holds: []string{`"name":"Cooks"`, `"permissions":"3072"`, `"color":255`, `"colors":{"primary_color":255,"secondary_color":null,"tertiary_color":null}`, `"hoist":true`},
			then:  func(_ *testing.T, got reply) { made = got.text("id") }},
		{name: "made of nothing", as: "ada", method: "POST", path: path, status: 200, holds: []string{`"name":"new role"`}},
		{name: "colours in their new form, permissions as a number", as: "ada", method: "POST", path: path, body: `{"name":"New","colors":{"primary_color":7},"permissions":1024,"icon":null}`, status: 200,
			holds: []string{`"color":7`, `"permissions":"1024"`}},
		{name: "several colours", as: "ada", method: "POST", path: path, body: `{"colors":{"primary_color":7,"secondary_color":8}}`, status: 400, code: 50035, fields: map[string]string{"colors": "FEATURE_NOT_BUILT"}},
		{name: "too long a name", as: "ada", method: "POST", path: path, body: `{"name":"` + strings.Repeat("r", 101) + `"}`, status: 400, code: 50035, fields: map[string]string{"name": "BASE_TYPE_BAD_LENGTH"}},
		{name: "a colour beyond white", as: "ada", method: "POST", path: path, body: `{"color":16777216}`, status: 400, code: 50035, fields: map[string]string{"color": "NUMBER_TYPE_RANGE"}},
		{name: "wrong types", as: "ada", method: "POST", path: path, body: `{"name":{},"permissions":-1,"hoist":1}`, status: 400, code: 50035,
			fields: map[string]string{"name": "STRING_TYPE_CONVERT", "permissions": "NUMBER_TYPE_COERCE", "hoist": "BOOLEAN_TYPE_CONVERT"}},
		{name: "a member does not", as: "ben", method: "POST", path: path, body: `{}`, status: 403, code: 50013},
		{name: "nobody does not", method: "POST", path: path, body: `{}`, status: 401, code: 0},

		{name: "changed", as: "ada", method: "PATCH", path: path + "/{role}", body: `{"name":"Farmers","color":0}`, status: 200, holds: []string{`"name":"Farmers"`}},
		{name: "the place of @everyone in the guild keeps its name", as: "ada", method: "PATCH", path: path + "/{guild}", body: `{"name":"all"}`, status: 400, code: 50035, fields: map[string]string{"name": "ROLE_NAME_FIXED"}},
		{name: "one that is not there", as: "ada", method: "PATCH", path: path + "/4", body: `{}`, status: 404, code: 10011},
		{name: "a member changes none", as: "ben", method: "PATCH", path: path + "/{role}", body: `{"name":"x"}`, status: 403, code: 50013},
		{name: "malformed JSON", as: "ada", method: "PATCH", path: path + "/{role}", body: `[`, status: 400, code: 50109},

		{name: "moved", as: "ada", method: "PATCH", path: path, body: `[{"id":"{role}","position":3}]`, status: 200, holds: []string{`"name":"Farmers"`}},
		{name: "an object in place of a list", as: "ada", method: "PATCH", path: path, body: `{}`, status: 400, code: 50035, fields: map[string]string{"": "LIST_TYPE_CONVERT"}},
		{name: "one of elsewhere", as: "ada", method: "PATCH", path: path, body: `[{"id":"5","position":1}]`, status: 404, code: 10011},
		{name: "a member moves none", as: "ben", method: "PATCH", path: path, body: `[{"id":"{role}","position":1}]`, status: 403, code: 50013},

		{name: "deleted", as: "ada", method: "DELETE", path: path + "/{role}", status: 204},
		{name: "once", as: "ada", method: "DELETE", path: path + "/{role}", status: 404, code: 10011},
		{name: "@everyone stays", as: "ada", method: "DELETE", path: path + "/{guild}", status: 400, code: 50035},
	})
	w.play(t, scenario{as: "ben", method: "DELETE", path: path + "/" + made, status: 403, code: 50013})
}
