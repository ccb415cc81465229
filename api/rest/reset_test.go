package rest

import (
	"testing"
	"time"

	"guildhall/api/chat/chattest"
	"guildhall/store/id"
)

func TestANewPasswordByALink(t *testing.T) {
	w := newWorld(t)
	const path = "/auth/reset"
	userID, err := id.Parse(w.fill("{ben}"))
	w.must(err)
	issue := func(name string) {
		token, _, err := w.hall.Accounts.IssueReset(t.Context(), chattest.Console, userID)
		w.must(err)
		w.names = append(w.names, name, token)
	}
	issue("{replaced}")
	issue("{reset}")
	w.run(t, []scenario{
		{name: "a link that was replaced", method: "POST", path: path, body: `{"token":"{replaced}","password":"a new password"}`, status: 403, code: 50013, holds: []string{"used or has expired"}},
		{name: "a guess", method: "POST", path: path, body: `{"token":"{ben}.guess","password":"a new password"}`, status: 403, code: 50013},
		{name: "nothing", method: "POST", path: path, body: `{}`, status: 403, code: 50013},
		{name: "for a cookie it must be the hall's own page", method: "POST", path: path, body: `{"token":"{reset}","password":"a new password","cookie":true}`, header: map[string]string{"Origin": "https://evil.example"}, status: 401},
		{name: "a password that is too short leaves the link good", method: "POST", path: path, body: `{"token":"{reset}","password":"short"}`, status: 400, code: 50035, fields: map[string]string{"password": "BASE_TYPE_BAD_LENGTH"}},
		{name: "a new password, and signed in", method: "POST", path: path, body: `{"token":"{reset}","password":"a new password"}`, status: 200, holds: []string{`"username":"ben"`, `"token_type":"Bearer"`}},
		{name: "the other devices are out", as: "ben", method: "GET", path: "/users/@me", status: 401, code: 50014},
		{name: "the new password is good", method: "POST", path: "/auth/login", body: `{"login":"ben","password":"a new password"}`, status: 200},
		{name: "the link works once", method: "POST", path: path, body: `{"token":"{reset}","password":"another password"}`, status: 403, code: 50013},
	})
	issue("{late}")
	w.hall.Clock.Advance(time.Hour)
	w.play(t, scenario{method: "POST", path: path, body: `{"token":"{late}","password":"another password"}`, status: 403, code: 50013})
}
