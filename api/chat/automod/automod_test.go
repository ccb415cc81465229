package automod

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWhatSetsARuleOff(t *testing.T) {
	for _, c := range []struct {
		name    string
		sources Sources
		text    string
		want    string // the keyword, empty for nothing
	}{
		{"a whole word", Sources{Keywords: []string{"cat"}}, "The CAT sat", "cat"},
		{"not a part of one", Sources{Keywords: []string{"cat"}}, "concatenate category", ""},
		{"a beginning", Sources{Keywords: []string{"cat*"}}, "my category", "cat*"},
		{"an end", Sources{Keywords: []string{"*cat"}}, "a tomcat!", "*cat"},
		{"anywhere", Sources{Keywords: []string{"*cat*"}}, "concatenate", "*cat*"},
		{"several words", Sources{Keywords: []string{"bad day"}}, "a Bad Day.", "bad day"},
		{"in other letters", Sources{Keywords: []string{"äpfel"}}, "zwei ÄPFEL", "äpfel"},
		{"hidden by what is not seen", Sources{Keywords: []string{"cat"}}, "c\u200ba\u200dt", "cat"},
		{"hidden by marks", Sources{Keywords: []string{"cat"}}, "c\u0336a\u0336t\u0336", "cat"},
		{"in full width", Sources{Keywords: []string{"cat"}}, "ｃａｔ", "cat"},
		{"allowed", Sources{Keywords: []string{"*ass*"}, AllowList: []string{"class", "assess*"}}, "first class assessment", ""},
		{"beside what is allowed", Sources{Keywords: []string{"*ass*"}, AllowList: []string{"class"}}, "class ass", "*ass*"},
		{"a pattern", Sources{Patterns: []string{`\d{4,}`}}, "call 123456", `\d{4,}`},
		{"an allowed pattern", Sources{Patterns: []string{`\d{4,}`}, AllowList: []string{"1234"}}, "1234", ""},
		{"a link", Sources{Links: true}, "see HTTPS://example.org/x", "links"},
		{"an allowed host", Sources{Links: true, AllowList: []string{"example.org"}}, "http://example.org https://www.example.org:8080/x.", ""},
		{"a host that ends alike", Sources{Links: true, AllowList: []string{"example.org"}}, "http://badexample.org", "links"},
		{"a host in front of an allowed name", Sources{Links: true, AllowList: []string{"example.org"}}, "http://example.org@evil.test", "links"},
		{"a preset", Sources{Presets: []int{PresetProfanity}}, "what the FUCK", "*fuck*"},
		{"a preset in a town", Sources{Presets: []int{PresetProfanity}}, "Scunthorpe, Penistone, Cockburn", ""},
		{"nothing", Sources{Keywords: []string{"*", "**", ""}}, "anything", ""},
	} {
		rule, err := Compile(c.sources)
		if err != nil {
			t.Fatal(err)
		}
		if found, is := rule.Find(c.text); is != (c.want != "") || found.Keyword != c.want {
			t.Errorf("%s: %+v, %v", c.name, found, is)
		}
	}
	if _, err := Compile(Sources{Patterns: []string{"("}}); err == nil || !strings.Contains(err.Error(), `"("`) {
		t.Errorf("a broken pattern: %v", err)
	}
	for _, preset := range []int{0, 4} {
		if Presets(preset) {
			t.Errorf("there is a preset %d", preset)
		}
	}
}

func TestAKeywordAmongSpacesIsAlwaysFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-zäöüß]{1,12}`).Draw(t, "word")
		before, behind := rapid.String().Draw(t, "before"), rapid.String().Draw(t, "behind")
		rule, err := Compile(Sources{Keywords: []string{word}})
		if err != nil {
			t.Fatal(err)
		}
		if _, found := rule.Find(before + " " + strings.ToUpper(word) + " " + behind); !found && plain(strings.ToUpper(word)) == word {
			t.Fatalf("%q is not found", word)
		}
	})
}

func FuzzFind(f *testing.F) {
	rule, err := Compile(Sources{Keywords: []string{"cat*", "*dog"}, Patterns: []string{`a+b`}, Links: true, Presets: []int{1, 2, 3}, AllowList: []string{"catalogue", "example.org"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("the cat and https://example.org\xff")
	f.Fuzz(func(t *testing.T, text string) {
		if found, is := rule.Find(text); is && found.Keyword == "" {
			t.Errorf("%q is set off by nothing", text)
		}
	})
}
