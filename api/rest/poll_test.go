package rest

import "testing"

func TestPolls(t *testing.T) {
	w := newWorld(t)
	const body = `{"poll":{"question":{"text":"Which?"},"answers":[{"poll_media":{"text":"this"}},{"poll_media":{"text":"that","emoji":{"id":null,"name":"👍"}}}],"duration":2,"allow_multiselect":false,"layout_type":1}}`
	w.run(t, []scenario{
		{name: "asked", as: "ada", method: "POST", path: "/channels/{general}/messages", body: body, status: 200, keep: map[string]string{"{poll}": "id"},
			holds: []string{`"question":{"text":"Which?"}`, `{"answer_id":2,"poll_media":{"text":"that","emoji":{"id":null,"name":"👍"}}}`, `"expiry":"2026-05-01T14:00:00.000000+00:00"`, `"results":{"is_finalized":false,"answer_counts":[]}`}},
		{name: "voted", as: "ben", method: "PUT", path: "/channels/{general}/polls/{poll}/answers/@me", body: `{"answer_ids":[2]}`, status: 204},
		{name: "counted", as: "ben", method: "GET", path: "/channels/{general}/messages/{poll}", status: 200, holds: []string{`"answer_counts":[{"id":2,"count":1,"me_voted":true}]`}},
		{name: "for others too", as: "ada", method: "GET", path: "/channels/{general}/messages", status: 200, holds: []string{`"answer_counts":[{"id":2,"count":1,"me_voted":false}]`}},
		{name: "by whom", as: "robin", method: "GET", path: "/channels/{general}/polls/{poll}/answers/2?limit=5", status: 200, holds: []string{`{"users":[{"id":"{ben}"`}},
		{name: "by nobody", as: "robin", method: "GET", path: "/channels/{general}/polls/{poll}/answers/1?after=0", status: 200, holds: []string{`{"users":[]}`}},
		{name: "no such answer", as: "robin", method: "GET", path: "/channels/{general}/polls/{poll}/answers/7", status: 400, code: 520006},
		{name: "what is no answer", as: "robin", method: "GET", path: "/channels/{general}/polls/{poll}/answers/x", status: 400, code: 520006},
		{name: "two answers", as: "ben", method: "PUT", path: "/channels/{general}/polls/{poll}/answers/@me", body: `{"answer_ids":[1,2]}`, status: 400, code: 50035},
		{name: "bots do not vote", as: "robin", method: "PUT", path: "/channels/{general}/polls/{poll}/answers/@me", body: `{"answer_ids":[1]}`, status: 403, code: 20001},
		{name: "a stranger", as: "cleo", method: "PUT", path: "/channels/{general}/polls/{poll}/answers/@me", body: `{"answer_ids":[1]}`, status: 404, code: 10003},
		{name: "taken back", as: "ben", method: "PUT", path: "/channels/{general}/polls/{poll}/answers/@me", body: `{"answer_ids":[]}`, status: 204},
		{name: "not by another", as: "ben", method: "POST", path: "/channels/{general}/polls/{poll}/expire", status: 403, code: 50005},
		{name: "ended", as: "ada", method: "POST", path: "/channels/{general}/polls/{poll}/expire", status: 200, holds: []string{`"is_finalized":true`}},
		{name: "and told", as: "ben", method: "GET", path: "/channels/{general}/messages?limit=1", status: 200, holds: []string{`"type":46`, `"type":"poll_result"`, `"name":"total_votes","value":"0"`}},
		{name: "once", as: "ada", method: "POST", path: "/channels/{general}/polls/{poll}/expire", status: 400, code: 520001},
		{name: "no poll", as: "ada", method: "POST", path: "/channels/{general}/polls/{adas}/expire", status: 400, code: 520006},
		{name: "without a question", as: "ada", method: "POST", path: "/channels/{general}/messages", body: `{"poll":{"question":{},"answers":[{"poll_media":{"text":"this"}}]}}`, status: 400, code: 50035, fields: map[string]string{"poll.question.text": "BASE_TYPE_BAD_LENGTH"}},
		{name: "for no time", as: "ada", method: "POST", path: "/channels/{general}/messages", body: `{"poll":{"question":{"text":"q"},"answers":[{"poll_media":{"text":"this"}}],"duration":0}}`, status: 400, code: 50035, fields: map[string]string{"poll.duration": "NUMBER_TYPE_RANGE"}},
	})
}
