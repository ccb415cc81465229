package chat

import (
	"slices"
	"strings"
	"testing"
)

func TestLinksArePreviewedWherePeopleSeeThem(t *testing.T) {
	for content, want := range map[string][]string{
		"no link":                                                         nil,
		"https://a.example":                                               {"https://a.example"},
		"see https://a.example/b, then.":                                  {"https://a.example/b"},
		"(https://a.example/b)":                                           {"https://a.example/b"},
		"https://a.example/b_(c)":                                         {"https://a.example/b_(c)"},
		"[text](https://a.example/b)":                                     {"https://a.example/b"},
		"**HTTP://A.example/B**":                                          {"HTTP://A.example/B"},
		"<https://a.example> https://b.example":                           {"https://b.example"},
		"`https://a.example` https://b.example":                           {"https://b.example"},
		"```\nhttps://a.example\n``` https://b.example":                   {"https://b.example"},
		"||https://a.example|| https://b.example":                         {"https://b.example"},
		"|| https://b.example":                                            {"https://b.example"},
		"https://a.example https://a.example":                             {"https://a.example"},
		"https://":                                                        nil,
		"xhttps://a.example":                                              nil,
		"ftp://a.example javascript:alert(1) file:///etc/passwd":          nil,
		"https://a.example/?q=1&r=2#top!":                                 {"https://a.example/?q=1&r=2#top"},
		"https://é.example/ü":                                             {"https://é.example/ü"},
		strings.Repeat("https://a.example/x ", 3) + "https://a.example/y": {"https://a.example/x", "https://a.example/y"},
		"https://a.example/1 https://a.example/2 https://a.example/3 https://a.example/4 https://a.example/5 https://a.example/6": {"https://a.example/1", "https://a.example/2",
			"https://a.example/3", "https://a.example/4", "https://a.example/5"},
	} {
		if got := previewedLinks(content); !slices.Equal(got, want) {
			t.Errorf("%q has the links %q, want %q", content, got, want)
		}
	}
}

func FuzzLinksAreTakenFromTheContent(f *testing.F) {
	for _, seed := range []string{"https://a", "||https://a.b||", "<http://a", "`https://a`", "https://a.b/(c)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		links := previewedLinks(content)
		if len(links) > maxPreviews {
			t.Errorf("%d links", len(links))
		}
		for _, link := range links {
			if !isLink(link) || !strings.Contains(content, link) || strings.ContainsAny(link, " \n<>`") {
				t.Errorf("%q is taken from %q", link, content)
			}
		}
	})
}
