package rest

import "testing"

func TestAnAccountDeletesItself(t *testing.T) {
	w := newWorld(t)
	const path = "/users/@me/delete"
	wrong := map[string]string{"password": "PASSWORD_DOES_NOT_MATCH"}
	w.run(t, []scenario{
		{name: "the password is needed", as: "ben", method: "POST", path: path, body: `{}`, status: 400, code: 50035, fields: map[string]string{"password": "BASE_TYPE_REQUIRED"}},
		{name: "the right one", as: "ben", method: "DELETE", path: "/users/@me", body: `{"password":"wrong horse"}`, status: 400, code: 50035, fields: wrong},
		{name: "bots belong to people", as: "robin", method: "POST", path: path, body: `{"password":"x"}`, status: 403, code: 20001},
		{name: "nobody", method: "POST", path: path, body: `{"password":"x"}`, status: 401, code: 0},
		{name: "the hall keeps its owner", as: "ada", method: "POST", path: path, body: `{"password":"` + password + `"}`, status: 403, code: 40011, holds: []string{"owns the hall"}},
		{name: "what was written before", as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"remember me"}`, status: 200, keep: map[string]string{"{last}": "id"}},
		{name: "a server of one's own", as: "ben", method: "POST", path: "/guilds", body: `{"name":"Ben's own"}`, status: 201, keep: map[string]string{"{own}": "id"}},
		{name: "is handed over first", as: "ben", method: "POST", path: path, body: `{"password":"` + password + `"}`, status: 403, code: 40011, holds: []string{"Ben's own"}},
		{name: "or deleted", as: "ben", method: "DELETE", path: "/guilds/{own}", status: 204},
		{name: "gone", as: "ben", method: "POST", path: path, body: `{"password":"` + password + `"}`, status: 204},
		{name: "the token is good for nothing", as: "ben", method: "GET", path: "/users/@me", status: 401, code: 50014},
		{name: "nor is the password", method: "POST", path: "/auth/login", body: `{"login":"ben","password":"` + password + `"}`, status: 400, code: 50035},
		{name: "nobody finds the account", as: "ada", method: "GET", path: "/users/{ben}", status: 404, code: 10013},
		{name: "nor the member", as: "ada", method: "GET", path: "/guilds/{guild}/members/{ben}", status: 404, code: 10007},
		{name: "what it wrote stays", as: "ada", method: "GET", path: "/channels/{general}/messages/{last}", status: 200,
			holds: []string{`"content":"remember me"`, `"id":"{ben}"`, `"username":"deleted_user_`, `"global_name":"Deleted User"`}, lacks: []string{`"username":"ben"`}},
		{name: "and the name is free", method: "POST", path: "/auth/register", body: `{"username":"ben","password":"correct horse"}`, status: 201},
	})
}
