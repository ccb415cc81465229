package chat

import (
	"strings"
	"testing"
)

func TestNamesThatPeopleCanRecognise(t *testing.T) {
	for _, test := range []struct {
		input, want string
		wrong       bool
	}{
		{input: "Hall", want: "Hall"},
		{input: "  Hall \u3000", want: "Hall"},
		{input: "Größe 日本 👩", want: "Größe 日本 👩"},
		{input: "👩\u200d👩\u200d👧", want: "👩\u200d👩\u200d👧"},
		{input: "हिन्दी", want: "हिन्दी"},
		{input: strings.Repeat("日", 10), want: strings.Repeat("日", 10)},
		{input: strings.Repeat("日", 11), wrong: true},
		{input: "x", wrong: true},
		{input: "", wrong: true},
		{input: "\u200b\u200b\u200b", wrong: true},
		{input: "\u3164\u3164", wrong: true},
		{input: "ad\u202enimda", wrong: true},
		{input: "a\x00b", wrong: true},
		{input: "a\nb", wrong: true},
		{input: "a\u2028b", wrong: true},
		{input: "ab\xff", wrong: true},
		{input: "a" + strings.Repeat("\u0301", 9), wrong: true},
	} {
		var wrong fieldErrors
		got := wrong.name("name", test.input, 2, 10)
		if (wrong.err() != nil) != test.wrong {
			t.Errorf("%q: %v", test.input, wrong)
		} else if !test.wrong && got != test.want {
			t.Errorf("%q became %q, want %q", test.input, got, test.want)
		}
	}
}

func TestTextsOfSeveralLines(t *testing.T) {
	for _, test := range []struct {
		input, want string
		wrong       bool
	}{
		{input: " a\r\nb\rc\n ", want: "a\nb\nc"},
		{input: "\x1b[31mred\x1b[0m", want: "\x1b[31mred\x1b[0m"},
		{input: "\u200b", want: "\u200b"},
		{input: strings.Repeat("👍", 20), want: strings.Repeat("👍", 20)},
		{input: strings.Repeat("👍", 21), wrong: true},
		{input: " " + strings.Repeat("a", 20) + "\n", want: strings.Repeat("a", 20)},
		{input: "a\x00b", wrong: true},
		{input: "\xc3\x28", wrong: true},
	} {
		var wrong fieldErrors
		got := wrong.text("content", test.input, 20)
		if (wrong.err() != nil) != test.wrong {
			t.Errorf("%q: %v", test.input, wrong)
		} else if !test.wrong && got != test.want {
			t.Errorf("%q became %q, want %q", test.input, got, test.want)
		}
	}
}

func TestNamesOfTextChannels(t *testing.T) {
	for input, want := range map[string]string{
		"general": "general", "General Chat": "general-chat", "  A  b ": "a-b", "a - b": "a-b", "ÄRGER": "ärger", "a\nb": "a\nb", "日本": "日本",
	} {
		if got := textChannelName(input); got != want {
			t.Errorf("%q became %q, want %q", input, got, want)
		}
	}
}

func TestLanguageTags(t *testing.T) {
	for input, want := range map[string]bool{
		"en-US": true, "de": true, "zh-Hant-TW": true, "es-419": true, "": false, "e": false, "en_US": false, "en-": false, "en--US": false, "12": false,
		"en-" + strings.Repeat("abcdefgh-", 4): false,
	} {
		if isLanguageTag(input) != want {
			t.Errorf("%q: want %v", input, want)
		}
	}
}
