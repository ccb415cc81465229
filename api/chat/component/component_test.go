package component

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestComponentsAreKeptInOneForm(t *testing.T) {
	for _, c := range []struct {
		name, given string
		message     Message
		want        string
		texts       string
	}{
		{"buttons", `[{"type":1,"components":[{"type":2,"style":1,"label":"Go <b>","custom_id":"go","unknown":1},{"type":2,"style":5,"emoji":{"name":"👍"},"url":"https://example.org"}]}]`, Message{},
			`[{"type":1,"id":1,"components":[{"type":2,"id":2,"custom_id":"go","style":1,"label":"Go <b>"},{"type":2,"id":3,"style":5,"emoji":{"name":"👍"},"url":"https://example.org"}]}]`, ""},
		{"numbers of a bot's own", `[{"type":1,"components":[{"type":2,"id":1,"style":1,"label":"a","custom_id":"a"}]}]`, Message{}, `[{"type":1,"id":2,"components":[{"type":2,"id":1,"custom_id":"a","style":1,"label":"a"}]}]`, ""},
		{"a menu", `[{"type":1,"components":[{"type":3,"custom_id":"m","options":[{"label":"L","value":"v","default":true}],"max_values":1}]}]`, Message{},
			`[{"type":1,"id":1,"components":[{"type":3,"id":2,"custom_id":"m","min_values":1,"max_values":1,"options":[{"label":"L","value":"v","default":true}]}]}]`, ""},
		{"a layout", `[{"type":17,"accent_color":255,"components":[{"type":10,"content":"Hello <@5>"},{"type":14},{"type":9,"components":[{"type":10,"content":"beside"}],"accessory":{"type":11,"media":{"url":"attachment://a.png"}}},{"type":12,"items":[{"media":{"url":"https://example.org/b.png"}}]},{"type":13,"file":{"url":"attachment://a.png"}}]}]`,
			Message{Layout: true, Files: []string{"a.png"}},
			`[{"type":17,"id":1,"accent_color":255,"components":[{"type":10,"id":2,"content":"Hello <@5>"},{"type":14,"id":3,"spacing":1,"divider":true},{"type":9,"id":4,"components":[{"type":10,"id":5,"content":"beside"}],"accessory":{"type":11,"id":6,"media":{"url":"attachment://a.png"},"description":null,"spoiler":false}},{"type":12,"id":7,"items":[{"media":{"url":"https://example.org/b.png"},"description":null,"spoiler":false}]},{"type":13,"id":8,"file":{"url":"attachment://a.png"},"spoiler":false}],"spoiler":false}]`,
			"Hello <@5>|beside"},
		{"none", `[]`, Message{}, `[]`, ""},
	} {
		kept, texts, problems := Read([]byte(c.given), c.message)
		if string(kept) != c.want || strings.Join(texts, "|") != c.texts || problems != nil {
			t.Errorf("%s:\n got %s %v %v\nwant %s", c.name, kept, texts, problems, c.want)
		}
		if again, _, problems := Read(kept, c.message); string(again) != c.want || problems != nil {
			t.Errorf("%s: read again it is %s, %v", c.name, again, problems)
		}
	}
}

func TestComponentsThatAreRefused(t *testing.T) {
	const button = `{"type":2,"style":1,"label":"a","custom_id":"a"}`
	inRow := func(inner string) string { return `[{"type":1,"components":[` + inner + `]}]` }
	many := func(n int, what string) string { return strings.TrimSuffix(strings.Repeat(what+",", n), ",") }
	for given, path := range map[string]string{
		`{}`: "components", `[5]`: "components", `[{"type":99}]`: "components.0.type", `[{"type":10,"content":"x"}]`: "components.0.type", inRow(""): "components.0.components",
		inRow(button + "," + button): "components.0.components.1.custom_id", inRow(many(6, button)): "components.0.components", inRow(`{"type":2,"style":1,"label":"a"}`): "components.0.components.0.custom_id",
		inRow(`{"type":2,"style":1,"custom_id":"a"}`): "components.0.components.0.label", inRow(`{"type":2,"style":6,"label":"a"}`): "components.0.components.0.style",
		inRow(`{"type":2,"style":5,"label":"a","url":"javascript:alert(1)"}`): "components.0.components.0.url", inRow(`{"type":2,"style":5,"label":"a","url":"https://x.org","custom_id":"a"}`): "components.0.components.0.custom_id",
		inRow(`{"type":3,"custom_id":"m","options":[]}`): "components.0.components.0.options", inRow(`{"type":5,"custom_id":"m","max_values":26}`): "components.0.components.0.max_values",
		inRow(`{"type":3,"custom_id":"m","options":[{"label":"a","value":"v"},{"label":"b","value":"v"}]}`): "components.0.components.0.options.1.value",
		inRow(button + `,{"type":5,"custom_id":"m"}`):                                                       "components.0.components.1.type", inRow(`{"type":1}`): "components.0.components.0.type", "[" + many(6, `{"type":1,"components":[{"type":5,"custom_id":"x"}]}`) + "]": "components.1.components.0.custom_id",
	} {
		_, _, problems := Read([]byte(given), Message{})
		if len(problems) == 0 || problems[0].Path != path {
			t.Errorf("%s: %+v, want %s", given, problems, path)
		}
	}
	for given, path := range map[string]string{
		`[{"type":17,"components":[{"type":17,"components":[{"type":10,"content":"x"}]}]}]`: "components.0.components.0.type", `[{"type":9,"components":[{"type":10,"content":"x"}]}]`: "components.0.accessory",
		`[{"type":13,"file":{"url":"https://x.org/a"}}]`: "components.0.file.url", `[{"type":12,"items":[{"media":{"url":"attachment://none"}}]}]`: "components.0.items.0.media.url", `[{"type":14,"spacing":3}]`: "components.0.spacing",
		`[{"type":17,"accent_color":-1,"components":[{"type":10,"content":"x"}]}]`: "components.0.accent_color", "[" + many(41, `{"type":10,"content":"x"}`) + "]": "components",
		`[{"type":10,"content":"` + strings.Repeat("x", 2001) + `"},{"type":10,"content":"` + strings.Repeat("x", 2000) + `"}]`: "components", `[{"type":17,"components":[]}]`: "components.0.components",
	} {
		if _, _, problems := Read([]byte(given), Message{Layout: true}); len(problems) == 0 || problems[0].Path != path {
			t.Errorf("%s: %+v, want %s", given, problems, path)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`[{"type":1,"components":[{"type":2,"style":1,"label":"a","custom_id":"a"}]}]`), true)
	f.Add([]byte(strings.Repeat(`[{"type":17,"components":`, 50)), true)
	f.Fuzz(func(t *testing.T, given []byte, layout bool) {
		kept, _, problems := Read(given, Message{Layout: layout})
		if problems == nil && !json.Valid(kept) {
			t.Errorf("%q is kept as %q", given, kept)
		}
		if problems != nil {
			return
		}
		if again, _, problems := Read(kept, Message{Layout: layout}); string(again) != string(kept) || problems != nil {
			t.Errorf("%q is read again as %q, %v", kept, again, problems)
		}
	})
}
