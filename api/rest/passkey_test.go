package rest

import (
	"encoding/json"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
)

// quoted is a text as it stands between the quotes of JSON.
func quoted(text []byte) string {
	value, err := json.Marshal(string(text))
	if err != nil {
		panic(err) // a string always has a form in JSON
	}
	return strings.Trim(string(value), `"`)
}

// here reaches the hall by a name, as passkeys need it.
var here = map[string]string{"Host": "localhost:6464"}

func TestPasskeysOverTheAPI(t *testing.T) {
	w := openWorld(t, chattest.Options{Chat: chat.Options{NoRateLimits: true}})
	const passkeys, challenge, finish = "/users/@me/mfa/webauthn/credentials", "/auth/passkeys/challenge", "/auth/passkeys/login"
	key := chattest.NewAuthenticator(t, "http://localhost:6464")
	create := func(t *testing.T, got reply) {
		w.names = append([]string{"{made}", quoted(key.Create([]byte(got.text("challenge"))))}, w.names...)
	}
	get := func(field string) func(*testing.T, reply) {
		return func(t *testing.T, got reply) {
			w.names = append([]string{"{answer}", quoted(key.Get([]byte(got.text(field))))}, w.names...)
		}
	}
	w.run(t, []scenario{
		{name: "on a bare address there are none", as: "ben", method: "GET", path: "/users/@me/mfa", status: 200, holds: []string{`"passkeys_here":false`}},
		{name: "nor a sign-in", method: "POST", path: challenge, body: `{}`, status: 400, code: 50035},
		{name: "on a name there are", as: "ben", method: "GET", path: "/users/@me/mfa", header: here, status: 200, holds: []string{`"passkeys_here":true`}},
		{name: "the password is needed", as: "ben", method: "POST", path: passkeys, header: here, body: `{}`, status: 400, code: 50035, fields: map[string]string{"password": "BASE_TYPE_REQUIRED"}},
		{name: "the first step", as: "ben", method: "POST", path: passkeys, header: here, body: `{"password":"` + password + `"}`, status: 200, holds: []string{"localhost", `residentKey`}, keep: map[string]string{"{ticket}": "ticket"}, then: create},
		{name: "not for others", as: "ada", method: "POST", path: passkeys, header: here, body: `{"name":"Key","ticket":"{ticket}","credential":"{made}"}`, status: 400, code: 50035, fields: map[string]string{"ticket": "TICKET_INVALID"}},
		{name: "the first step again", as: "ben", method: "POST", path: passkeys, header: here, body: `{"password":"` + password + `"}`, status: 200, keep: map[string]string{"{ticket2}": "ticket"}, then: create},
		{name: "the second", as: "ben", method: "POST", path: passkeys, header: here, body: `{"name":"Key","ticket":"{ticket2}","credential":"{made}"}`, status: 201,
			holds: []string{`"name":"Key"`, `"host":"localhost"`, `"type":1`, `"consumed":false`, `"last_used":null`}, lacks: []string{"public"}, keep: map[string]string{"{key}": "id", "{spare}": "backup_codes.0.code"}},
		{name: "it is listed", as: "ben", method: "GET", path: passkeys, status: 200, holds: []string{`"id":"{key}"`}, lacks: []string{"credential"}},
		{name: "another name", as: "ben", method: "PATCH", path: passkeys + "/{key}", body: `{"name":"Laptop"}`, status: 200, holds: []string{`"name":"Laptop"`}},
		{name: "not somebody else's", as: "ada", method: "PATCH", path: passkeys + "/{key}", body: `{"name":"Laptop"}`, status: 404},
		{name: "a sign-in begins", method: "POST", path: challenge, header: here, body: `{}`, status: 200, lacks: []string{"{ben}", "allowCredentials"}, keep: map[string]string{"{signin}": "ticket"}, then: get("challenge")},
		{name: "from another site it goes into no cookie", method: "POST", path: finish, header: map[string]string{"Host": "localhost:6464", "Origin": "https://evil.example"}, body: `{"ticket":"{signin}","credential":"{answer}","cookie":true}`, status: 401},
		{name: "and ends", method: "POST", path: finish, header: here, body: `{"ticket":"{signin}","credential":"{answer}"}`, status: 200, holds: []string{`"mfa_enabled":true`, `"user_id":"{ben}"`, "refresh_token"}},
		{name: "once", method: "POST", path: finish, header: here, body: `{"ticket":"{signin}","credential":"{answer}"}`, status: 400, code: 50035, fields: map[string]string{"ticket": "TICKET_INVALID"}},
		{name: "after the password", method: "POST", path: "/auth/login", header: here, body: `{"login":"ben","password":"` + password + `"}`, status: 200, holds: []string{`"totp":false`, `"backup":true`, "allowCredentials"}, keep: map[string]string{"{second}": "ticket"}, then: get("webauthn")},
		{name: "it is the second factor", method: "POST", path: "/auth/mfa/webauthn", header: here, body: `{"ticket":"{second}","credential":"{answer}"}`, status: 200, holds: []string{"refresh_token"}},
		{name: "on a bare address it is not asked for", method: "POST", path: "/auth/login", body: `{"login":"ben","password":"` + password + `"}`, status: 200, holds: []string{`"webauthn":null`, `"backup":true`}},
		{name: "it goes with a proof", as: "ben", method: "DELETE", path: passkeys + "/{key}", body: `{"password":"` + password + `"}`, status: 403, code: 60003},
		{name: "which is asked for", as: "ben", method: "POST", path: "/users/@me/mfa/webauthn/challenge", header: here, body: `{}`, status: 200, keep: map[string]string{"{proof}": "ticket"}, then: get("challenge")},
		{name: "of itself", as: "ben", method: "DELETE", path: passkeys + "/{key}", body: `{"password":"` + password + `","ticket":"{proof}","credential":"{answer}"}`, status: 204},
		{name: "a deleted one", method: "POST", path: challenge, header: here, body: `{}`, status: 200, keep: map[string]string{"{late}": "ticket"}, then: get("challenge")},
		{name: "is refused", method: "POST", path: finish, header: here, body: `{"ticket":"{late}","credential":"{answer}"}`, status: 400, code: 60008},
		{name: "what happened", as: "ben", method: "GET", path: "/users/@me/security-events", status: 200, holds: []string{`"kind":"passkey_added"`, `"kind":"passkey_removed"`, `"method":"passkey"`, `"method":"password_and_passkey"`}},
	})
}
