package rest

import "testing"

func TestBotsFindTheirApplicationAndTheGateway(t *testing.T) {
	w := newWorld(t)
	gateway := "ws" + w.server.URL[len("http"):]
	w.run(t, []scenario{
		{name: "discord.py asks here", as: "robin", method: "GET", path: "/oauth2/applications/@me", status: 200,
			holds: []string{`"id":"{robin}"`, `"owner":{"id":"{ada}"`, `"team":null`, `"verify_key":"`}, then: func(t *testing.T, got reply) {
				if len(got.text("verify_key")) != 64 {
					t.Errorf("the key is %q", got.text("verify_key"))
				}
			}},
		{name: "others here", as: "robin", method: "GET", path: "/applications/@me", status: 200, holds: []string{`"id":"{robin}"`}},
		{name: "people have none", as: "ada", method: "GET", path: "/applications/@me", status: 403, code: 20002},
		{name: "anybody may know the gateway", method: "GET", path: "/gateway", status: 200, holds: []string{`{"url":"` + gateway + `"}`}},
		{name: "bots learn more", as: "robin", method: "GET", path: "/gateway/bot", status: 200, holds: []string{`"url":"` + gateway + `","shards":1`, `"total":1000,"remaining":1000,"reset_after":86400000,"max_concurrency":16`}},
		{name: "people do not", as: "ada", method: "GET", path: "/gateway/bot", status: 403, code: 20002},
		{name: "nobody does not", method: "GET", path: "/gateway/bot", status: 401, code: 0},
	})
}
