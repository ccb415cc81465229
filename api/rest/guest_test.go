package rest

import (
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
)

func TestGuestsOverTheAPI(t *testing.T) {
	w := openWorld(t, chattest.Options{Chat: chat.Options{NoRateLimits: true}})
	w.run(t, []scenario{
		{name: "an invite", as: "ada", method: "POST", path: "/channels/{general}/invites", body: `{}`, status: 200, keep: map[string]string{"{code}": "code"}},
		{name: "no guests at first", method: "GET", path: "/hall", status: 200, holds: []string{`"guests":false`}},
		{name: "so none come in", method: "POST", path: "/auth/guest", body: `{"name":"Visitor","invite":"{code}"}`, status: 403, code: 50001},
		{name: "not everybody decides that", as: "ben", method: "PATCH", path: "/hall", body: `{"guests":true}`, status: 403, code: 50013},
		{name: "the owner does", as: "ada", method: "PATCH", path: "/hall", body: `{"guests":true}`, status: 200, holds: []string{`"guests":true`}},
		{name: "a name is needed", method: "POST", path: "/auth/guest", body: `{"invite":"{code}"}`, status: 400, code: 50035, fields: map[string]string{"name": "BASE_TYPE_BAD_LENGTH"}},
		{name: "an invite is needed", method: "POST", path: "/auth/guest", body: `{"name":"Visitor"}`, status: 404, code: 10006},
		{name: "into no cookie from another site", method: "POST", path: "/auth/guest", body: `{"name":"Visitor","invite":"{code}","cookie":true}`, header: map[string]string{"Origin": "https://evil.example"}, status: 401},
		{name: "a guest", method: "POST", path: "/auth/guest", body: `{"name":"Visitor","invite":"{code}"}`, status: 201, holds: []string{`"guest":true`, `"global_name":"Visitor"`}, keep: map[string]string{"{token}": "token", "{visitor}": "user_id"},
			then: func(_ *testing.T, got reply) { w.callers["visitor"] = "Bearer " + got.text("token") }},
		{name: "reads and writes", as: "visitor", method: "POST", path: "/channels/{general}/messages", body: `{"content":"hello"}`, status: 200, holds: []string{`"id":"{visitor}"`}, lacks: []string{`"guest":`}},
		{name: "makes no server", as: "visitor", method: "POST", path: "/guilds", body: `{"name":"Mine"}`, status: 403, code: 50013, holds: []string{"Guests cannot"}},
		{name: "becomes an account", as: "visitor", method: "POST", path: "/users/@me/claim", body: `{"username":"vera","password":"` + password + `"}`, status: 200, holds: []string{`"guest":false`, `"username":"vera"`, `"id":"{visitor}"`}},
		{name: "once", as: "visitor", method: "POST", path: "/users/@me/claim", body: `{"username":"vera","password":"` + password + `"}`, status: 403, code: 50013},
		{name: "and signs in", method: "POST", path: "/auth/login", body: `{"login":"vera","password":"` + password + `"}`, status: 200, holds: []string{`"user_id":"{visitor}"`}},
	})
}
