package rest

import (
	"testing"

	"guildhall/api/chat/chattest"
)

func TestTheHallTellsOfItself(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "to everybody", method: "GET", path: "/hall", status: 200,
			holds: []string{`"version":"1.2.3"`, `"claimed":true`, `"registration":"open"`, `"urls":["https://hall.lan:6464"]`}, lacks: []string{"setup", "hash"}},
		{name: "its owner changes it", as: "ada", method: "PATCH", path: "/hall", body: `{"name":"Club house","registration":"invite"}`, status: 200,
			holds: []string{`"name":"Club house"`, `"registration":"invite"`}},
		{name: "nobody else does", as: "ben", method: "PATCH", path: "/hall", body: `{"name":"Mine"}`, status: 403, code: 50013},
		{name: "bots least of all", as: "robin", method: "PATCH", path: "/hall", body: `{"name":"Mine"}`, status: 403, code: 20001},
		{name: "a way to register that is none", as: "ada", method: "PATCH", path: "/hall", body: `{"registration":"closed"}`, status: 400, code: 50035, fields: map[string]string{"registration": "BASE_TYPE_CHOICES"}},
		{name: "null is none either", as: "ada", method: "PATCH", path: "/hall", body: `{"registration":null}`, status: 400, code: 50035, fields: map[string]string{"registration": "BASE_TYPE_CHOICES"}},
		{name: "a wrong type", as: "ada", method: "PATCH", path: "/hall", body: `{"name":true}`, status: 400, code: 50035, fields: map[string]string{"name": "STRING_TYPE_CONVERT"}},
	})
}

func TestTheOwnerIsMadeByTheSetUpLinkOnce(t *testing.T) {
	w := &world{t: t, hall: chattest.Open(t, chattest.Options{}), callers: map[string]string{}, validated: map[string]bool{}}
	w.serve(nil)
	token, _, err := w.hall.Hall.IssueSetup(t.Context())
	w.must(err)
	setUp := func(token string) string {
		return `{"token":"` + token + `","username":"owner","password":"correct horse"}`
	}
	w.run(t, []scenario{
		{name: "the hall is unclaimed", method: "GET", path: "/hall", status: 200, holds: []string{`"claimed":false`}},
		{name: "nobody registers before there is an owner", method: "POST", path: "/auth/register", body: `{"username":"early","password":"correct horse"}`, status: 403, code: 50001},
		{name: "a guessed token", method: "POST", path: "/setup", body: setUp("guess"), status: 403, code: 50013, holds: []string{"setup-url"}},
		{name: "no token", method: "POST", path: "/setup", body: setUp(""), status: 403, code: 50013},
		{name: "a bad password does not use the link up", method: "POST", path: "/setup", body: `{"token":"` + token + `","username":"owner","password":"short"}`, status: 400, code: 50035,
			fields: map[string]string{"password": "BASE_TYPE_BAD_LENGTH"}},
		{name: "the link makes the owner", method: "POST", path: "/setup", body: setUp(token), status: 201, holds: []string{`"hall_owner":true`}},
		{name: "once", method: "POST", path: "/setup", body: setUp(token), status: 403, code: 50013},
		{name: "the hall is claimed", method: "GET", path: "/hall", status: 200, holds: []string{`"claimed":true`}},
	})
}

func TestTheHallIsHandedOverAndItsLogTells(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "by nobody but its owner", as: "ben", method: "PUT", path: "/hall/owner", body: `{"owner_id":"{ben}","password":"correct horse battery"}`, status: 403, code: 50013},
		{name: "with their password", as: "ada", method: "PUT", path: "/hall/owner", body: `{"owner_id":"{ben}","password":"wrong"}`, status: 400, code: 50035, fields: map[string]string{"password": "PASSWORD_DOES_NOT_MATCH"}},
		{name: "to somebody", as: "ada", method: "PUT", path: "/hall/owner", body: `{"owner_id":"404","password":"correct horse battery"}`, status: 404, code: 10013},
		{name: "the log is not for others", as: "ben", method: "GET", path: "/hall/log", status: 403, code: 50013},
		{name: "nor for bots", as: "robin", method: "GET", path: "/hall/log", status: 403, code: 20001},
		{name: "the log has its bounds", as: "ada", method: "GET", path: "/hall/log?limit=101", status: 400, code: 50035},
		{name: "handed over", as: "ada", method: "PUT", path: "/hall/owner", body: `{"owner_id":"{ben}","password":"correct horse battery"}`, status: 200, holds: []string{`"claimed":true`}},
		{name: "the old owner is one no more", as: "ada", method: "GET", path: "/users/@me", status: 200, holds: []string{`"hall_owner":false`}},
		{name: "and changes nothing any more", as: "ada", method: "PATCH", path: "/hall", body: `{"name":"Mine"}`, status: 403, code: 50013},
		{name: "the new one is", as: "ben", method: "GET", path: "/users/@me", status: 200, holds: []string{`"hall_owner":true`}},
		{name: "and reads who did it", as: "ben", method: "GET", path: "/hall/log?limit=1", status: 200,
			holds: []string{`"act":"hall.owner"`, `"user_id":"{ada}"`, `"target_id":"{ben}"`, `"old_owner_id":"{ada}"`, `"reason":null`, `"username":"ada"`}},
	})
}
