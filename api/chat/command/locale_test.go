package command_test

import (
	"slices"
	"strings"
	"testing"

	"guildhall/api/chat/command"
)

func TestTheLocalesThatSomebodyReads(t *testing.T) {
	for _, one := range []struct {
		chosen, accepted string
		want             []string
	}{
		{"", "", nil},
		{"de", "fr", []string{"de"}},
		{"en-GB", "", []string{"en-GB", "en-US"}},
		{"es-419", "de", []string{"es-419", "es-ES"}},
		{"xx", "fr", []string{"fr"}},
		{"", "de-AT", []string{"de"}},
		{"", "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", []string{"fr", "en-US", "en-GB", "de"}},
		{"", "es-MX", []string{"es-419", "es-ES"}},
		{"", "zh-Hant-HK,nb", []string{"zh-TW", "no"}},
		{"", "no", []string{"no"}},
		{"", "sv", []string{"sv-SE"}},
		{"", "tlh", nil},
		{"", ";;q=x", nil},
		{"", strings.Repeat("de,", 1000), nil},
	} {
		if got := command.PreferredLocales(one.chosen, one.accepted); !slices.Equal(got, one.want) {
			t.Errorf("%q, %.60q: %q, want %q", one.chosen, one.accepted, got, one.want)
		}
	}
	if text := command.Translated(map[string]string{"de": "singe", "en-GB": "sing"}, []string{"fr", "en-GB", "de"}); text != "sing" {
		t.Error(text)
	}
}

func FuzzPreferredLocales(f *testing.F) {
	f.Add("de", "fr-CH, fr;q=0.9, en;q=0.8")
	f.Add("", "zh-Hant;q=1e9,-,x-y-z,*")
	f.Fuzz(func(t *testing.T, chosen, accepted string) {
		got := command.PreferredLocales(chosen, accepted)
		for i, locale := range got {
			if !slices.Contains(command.Locales, locale) || slices.Contains(got[:i], locale) {
				t.Errorf("%q, %q: %q", chosen, accepted, got)
			}
		}
	})
}
