package rest

import "testing"

func TestAnAccountSeesAndChangesItself(t *testing.T) {
	w := newWorld(t)
	const path = "/users/@me"
	w.run(t, []scenario{
		{name: "with what only it may see", as: "ada", method: "GET", path: path, status: 200, holds: []string{`"id":"{ada}"`, `"email":"ada@example.org"`, `"hall_owner":true`, `"discriminator":"0"`}},
		{name: "a bot too", as: "robin", method: "GET", path: path, status: 200, holds: []string{`"id":"{robin}"`, `"bot":true`, `"email":null`}},
		{name: "nobody", method: "GET", path: path, status: 401, code: 0},
		{name: "the name that is shown", as: "ben", method: "PATCH", path: path, body: `{"global_name":"Benjamin"}`, status: 200, holds: []string{`"global_name":"Benjamin"`}},
		{name: "null takes it away", as: "ben", method: "PATCH", path: path, body: `{"global_name":null}`, status: 200, holds: []string{`"global_name":null`}},
		{name: "nothing", as: "ben", method: "PATCH", path: path, body: `{}`, status: 200},
		{name: "a new user name needs the password", as: "ben", method: "PATCH", path: path, body: `{"username":"benno"}`, status: 400, code: 50035, fields: map[string]string{"current_password": "BASE_TYPE_REQUIRED"}},
		{name: "the right one", as: "ben", method: "PATCH", path: path, body: `{"username":"benno","password":"wrong horse"}`, status: 400, code: 50035,
			fields: map[string]string{"current_password": "PASSWORD_DOES_NOT_MATCH"}},
		{name: "and then it is given", as: "ben", method: "PATCH", path: path, body: `{"username":"benno","password":"` + password + `"}`, status: 200, holds: []string{`"username":"benno"`}},
		{name: "a name that is taken", as: "ben", method: "PATCH", path: path, body: `{"username":"ada","current_password":"` + password + `"}`, status: 400, code: 50035,
			fields: map[string]string{"username": "USERNAME_ALREADY_TAKEN"}},
		{name: "an address", as: "ben", method: "PATCH", path: path, body: `{"email":"ben@example.org","password":"` + password + `"}`, status: 200, holds: []string{`"email":"ben@example.org"`}},
		{name: "a picture", as: "ben", method: "PATCH", path: path, body: `{"avatar":"data:image/png;base64,AAAA"}`, status: 400, code: 50035, fields: map[string]string{"avatar": "IMAGE_INVALID"}},
		{name: "no picture", as: "ben", method: "PATCH", path: path, body: `{"avatar":null,"banner":null}`, status: 200},
		{name: "a bot changes its name", as: "robin", method: "PATCH", path: path, body: `{"username":"Robin the second"}`, status: 200, holds: []string{`"username":"Robin the second"`}},
		{name: "a bot has no password", as: "robin", method: "PATCH", path: path, body: `{"password":"correct horse","current_password":"x"}`, status: 403, code: 20001},
		{name: "a wrong type", as: "ben", method: "PATCH", path: path, body: `{"username":7}`, status: 400, code: 50035, fields: map[string]string{"username": "STRING_TYPE_CONVERT"}},
		{name: "malformed JSON", as: "ben", method: "PATCH", path: path, body: `{`, status: 400, code: 50109},
		{name: "nobody changes nothing", method: "PATCH", path: path, body: `{}`, status: 401, code: 0},
	})
}

func TestANewPasswordIsTakenInBothWaysOfSayingIt(t *testing.T) {
	for name, body := range map[string]string{
		"as the contract says":           `{"password":"a new password","current_password":"` + password + `"}`,
		"as the upstream web client did": `{"new_password":"a new password","password":"` + password + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.run(t, []scenario{
				{name: "changed", as: "ben", method: "PATCH", path: "/users/@me", body: body, status: 200},
				{name: "the old one is no good", method: "POST", path: "/auth/login", body: `{"login":"ben","password":"` + password + `"}`, status: 400, code: 50035},
				{name: "the new one is", method: "POST", path: "/auth/login", body: `{"login":"ben","password":"a new password"}`, status: 200},
			})
		})
	}
}

func TestAccountsSeeEachOther(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "without what is private", as: "ben", method: "GET", path: "/users/{ada}", status: 200, holds: []string{`"username":"ada"`, `"global_name":"Ada"`}, lacks: []string{"email", "example.org", "hall_owner"}},
		{name: "bots see people", as: "robin", method: "GET", path: "/users/{ben}", status: 200},
		{name: "whoever is not there", as: "ben", method: "GET", path: "/users/12", status: 404, code: 10013},
		{name: "an id that is none", as: "ben", method: "GET", path: "/users/ada", status: 404, code: 10013},
		{name: "an id beyond 63 bits", as: "ben", method: "GET", path: "/users/9223372036854775808", status: 404, code: 10013},
		{name: "nobody looks", method: "GET", path: "/users/{ada}", status: 401, code: 0},
	})
}
