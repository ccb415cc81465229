package rest

import "testing"

func TestComponents(t *testing.T) {
	w := newWorld(t)
	const path = "/channels/{general}/messages"
	w.run(t, []scenario{
		{name: "buttons and a menu", as: "robin", method: "POST", path: path, status: 200, keep: map[string]string{"{made}": "id"},
			body:  `{"components":[{"type":1,"components":[{"type":2,"style":1,"label":"Go","custom_id":"go","emoji":{"name":"👍"}},{"type":2,"style":5,"label":"Look","url":"https://example.org"}]},{"type":1,"components":[{"type":3,"custom_id":"pick","options":[{"label":"A","value":"a"}]}]},{"type":1,"components":[{"type":5,"custom_id":"who"}]}]}`,
			holds: []string{`"custom_id":"go"`, `"min_values":1`, `"options":[{"label":"A","value":"a"}]`}},
		{name: "read again", as: "ben", method: "GET", path: path + "/{made}", status: 200, holds: []string{`"custom_id":"who"`}},
		{name: "a layout", as: "robin", method: "POST", path: path, status: 200,
			body:  `{"flags":32768,"components":[{"type":17,"accent_color":255,"components":[{"type":10,"content":"Hello"},{"type":14,"spacing":2},{"type":9,"components":[{"type":10,"content":"x"}],"accessory":{"type":11,"media":{"url":"https://example.org/a.png"}}},{"type":12,"items":[{"media":{"url":"https://example.org/b.png"}}]}]}]}`,
			holds: []string{`"flags":32768`, `"content":"Hello"`, `"proxy_url":"https://example.org/a.png"`}},
		{name: "of a person", as: "ben", method: "POST", path: path, body: `{"content":"x","components":[{"type":1,"components":[{"type":2,"style":1,"label":"Go","custom_id":"go"}]}]}`, status: 400, code: 50035},
		{name: "what is none", as: "robin", method: "POST", path: path, body: `{"content":"x","components":[{"type":1,"components":[{"type":2,"style":5,"label":"Go","url":"javascript:alert(1)"}]}]}`, status: 400, code: 50035,
			fields: map[string]string{"components.0.components.0.url": "URL_TYPE_INVALID_URL"}},
		{name: "taken away", as: "robin", method: "PATCH", path: path + "/{made}", body: `{"content":"gone","components":[]}`, status: 200, holds: []string{`"components":[]`}},
	})
}
