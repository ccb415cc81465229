package rest

import "testing"

func TestReadMarks(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "read", as: "ben", method: "POST", path: "/channels/{general}/messages/{bens}/ack", body: `{"token":null}`, status: 200, holds: []string{`{"token":null}`}},
		{name: "set back by hand", as: "ben", method: "POST", path: "/channels/{general}/messages/{adas}/ack", body: `{"manual":true,"mention_count":5}`, status: 200},
		{name: "several at once", as: "ben", method: "POST", path: "/read-states/ack-bulk", body: `{"read_states":[{"channel_id":"{general}","message_id":"{bens}","read_state_type":0},{"channel_id":"77","message_id":"1"}]}`, status: 204},
		{name: "of another kind", as: "ben", method: "POST", path: "/read-states/ack-bulk", body: `{"read_states":[{"channel_id":"{general}","message_id":"{bens}","read_state_type":2}]}`, status: 400, code: 50035},
		{name: "forgotten", as: "ben", method: "DELETE", path: "/channels/{general}/messages/ack", status: 204},
		{name: "pins seen, of which there are none", as: "ben", method: "POST", path: "/channels/{general}/pins/ack", status: 204},
		{name: "pins where one may not look", as: "ben", method: "POST", path: "/channels/{hidden}/pins/ack", status: 403, code: 50001},
		{name: "pins where one is not", as: "cleo", method: "POST", path: "/channels/{general}/pins/ack", status: 404, code: 10003},
		{name: "pins nowhere", as: "ben", method: "POST", path: "/channels/general/pins/ack", status: 404, code: 10003},
		{name: "bots see no pins", as: "robin", method: "POST", path: "/channels/{general}/pins/ack", status: 403, code: 20001},
		{name: "where one may not look", as: "ben", method: "POST", path: "/channels/{hidden}/messages/{bens}/ack", body: `{}`, status: 403, code: 50001},
		{name: "where one is not", as: "cleo", method: "POST", path: "/channels/{general}/messages/{bens}/ack", body: `{}`, status: 404, code: 10003},
		{name: "no id", as: "ben", method: "POST", path: "/channels/{general}/messages/last/ack", body: `{}`, status: 404, code: 10008},
		{name: "malformed", as: "ben", method: "POST", path: "/channels/{general}/messages/{bens}/ack", body: `{"manual"}`, status: 400, code: 50109},
		{name: "a wrong type", as: "ben", method: "POST", path: "/channels/{general}/messages/{bens}/ack", body: `{"manual":"yes"}`, status: 400, code: 50035, fields: map[string]string{"manual": "BOOLEAN_TYPE_CONVERT"}},
		{name: "bots have none", as: "robin", method: "POST", path: "/channels/{general}/messages/{bens}/ack", body: `{}`, status: 403, code: 20001},
		{name: "without credentials", method: "POST", path: "/read-states/ack-bulk", body: `{"read_states":[]}`, status: 401},
	})
}
