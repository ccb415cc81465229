// Package automod decides whether a text sets off an automatic rule: it knows words, links and mentions, and nothing of guilds.
package automod

import (
	"embed"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Rule is a rule that is ready to be applied to texts. It is safe for concurrent use.
type Rule struct {
	keywords []keyword
	patterns []*regexp.Regexp
	allowed  []keyword
	hosts    []string
	links    bool
}

// Sources are what a rule is made of.
type Sources struct {
	// Keywords match whole words, whatever their case; a star at the beginning or the end lets the word go on there.
	Keywords []string
	// Patterns are regular expressions (RE2 syntax), which ignore case.
	Patterns []string
	// Links catches links to hosts that AllowList does not name; a host's own subdomains are named with it.
	Links bool
	// Presets add the words of lists of ours, see Presets.
	Presets []int
	// AllowList are keywords that set nothing off where they stand.
	AllowList []string
}

// Match is what set a rule off.
type Match struct {
	// Keyword is the keyword, pattern or host of the rule, Content what stands in the text.
	Keyword, Content string
}

// The presets.
const (
	PresetProfanity = 1
	PresetSexual    = 2
	PresetSlurs     = 3
)

//go:embed words
var lists embed.FS

// presets reads the lists once.
var presets = sync.OnceValue(func() map[int][]keyword {
	all := make(map[int][]keyword)
	for preset, name := range map[int]string{PresetProfanity: "profanity", PresetSexual: "sexual", PresetSlurs: "slurs"} {
		text, err := lists.ReadFile("words/" + name + ".txt")
		if err != nil {
			panic(err) // they are part of the executable
		}
		for word := range strings.FieldsFuncSeq(string(text), func(r rune) bool { return r == '\n' }) {
			if !strings.HasPrefix(word, "#") {
				all[preset] = append(all[preset], newKeyword(word))
			}
		}
	}
	return all
})

// Presets tells whether there is a preset of a number.
func Presets(preset int) bool { return preset >= PresetProfanity && preset <= PresetSlurs }

// keyword is a word to look for, in plain form.
type keyword struct {
	given, word  string
	before, more bool // it may go on before and behind
}

func newKeyword(given string) keyword {
	k := keyword{given: given, before: strings.HasPrefix(given, "*"), more: strings.HasSuffix(given, "*") && len(given) > 1}
	k.word = strings.TrimSpace(plain(strings.TrimSuffix(strings.TrimPrefix(given, "*"), "*")))
	return k
}

// Compile makes a rule. An error names the pattern that is none.
func Compile(sources Sources) (*Rule, error) {
	rule := &Rule{links: sources.Links}
	for _, given := range sources.Keywords {
		rule.keywords = append(rule.keywords, newKeyword(given))
	}
	for _, preset := range sources.Presets {
		rule.keywords = append(rule.keywords, presets()[preset]...)
	}
	for _, given := range sources.AllowList {
		rule.allowed = append(rule.allowed, newKeyword(given))
		rule.hosts = append(rule.hosts, strings.ToLower(strings.Trim(given, "* .")))
	}
	for _, given := range sources.Patterns {
		pattern, err := regexp.Compile("(?i)" + given)
		if err != nil {
			return nil, fmt.Errorf("%q is no regular expression: %w", given, err)
		}
		rule.patterns = append(rule.patterns, pattern)
	}
	return rule, nil
}

// Find gives what in a text sets the rule off.
func (r *Rule) Find(text string) (Match, bool) {
	if r.links {
		if found, is := r.findLink(text); is {
			return found, true
		}
	}
	words := plain(text)
	for _, one := range r.keywords {
		if at, end, is := one.find(words, r.allowed); is {
			return Match{Keyword: one.given, Content: words[at:end]}, true
		}
	}
	for _, pattern := range r.patterns {
		if found := pattern.FindString(text); found != "" && !r.allows(plain(found)) {
			return Match{Keyword: strings.TrimPrefix(pattern.String(), "(?i)"), Content: found}, true
		}
	}
	return Match{}, false
}

// find gives where a keyword stands in a plain text, unless an allowed one is around it.
func (k keyword) find(text string, allowed []keyword) (at, end int, found bool) {
	if k.word == "" {
		return 0, 0, false
	}
	for from := 0; ; {
		offset := strings.Index(text[from:], k.word)
		if offset < 0 {
			return 0, 0, false
		}
		at, end = from+offset, from+offset+len(k.word)
		if (k.before || boundary(text, at)) && (k.more || boundary(text, end)) && !slices.ContainsFunc(allowed, func(other keyword) bool { return other.covers(text, at, end) }) {
			return at, end, true
		}
		from = at + 1
	}
}

// covers tells whether the keyword stands in a plain text around a place.
func (k keyword) covers(text string, at, end int) bool {
	if k.word == "" || len(k.word) < end-at {
		return false
	}
	for from := max(0, end-len(k.word)); from <= at; from++ {
		if strings.HasPrefix(text[from:], k.word) && (k.before || boundary(text, from)) && (k.more || boundary(text, from+len(k.word))) {
			return true
		}
	}
	return false
}

// allows tells whether a plain text is what an allowed keyword is about.
func (r *Rule) allows(text string) bool {
	return slices.ContainsFunc(r.allowed, func(k keyword) bool { return k.word != "" && strings.Contains(text, k.word) })
}

// boundary tells whether a word may begin or end at a place: there are not letters or digits on both sides.
func boundary(text string, at int) bool {
	before, behind := false, false
	for _, r := range text[at:] {
		behind = unicode.IsLetter(r) || unicode.IsDigit(r)
		break
	}
	if at > 0 {
		runes := []rune(text[max(0, at-4):at]) // a character has at most four bytes
		last := runes[len(runes)-1]
		before = unicode.IsLetter(last) || unicode.IsDigit(last)
	}
	return !before || !behind
}

// link finds addresses of the web.
var link = regexp.MustCompile(`(?i)\bhttps?://[^\s<>]+`)

// Links gives the addresses of the web in a text.
func Links(text string) []string { return link.FindAllString(text, -1) }

func (r *Rule) findLink(text string) (Match, bool) {
	for _, found := range Links(text) {
		parsed, err := url.Parse(strings.TrimRight(found, ".,;:!?)]}'\""))
		if err != nil {
			return Match{Keyword: "links", Content: found}, true // what cannot be read is not known to be allowed
		}
		host := strings.ToLower(parsed.Hostname())
		if !slices.ContainsFunc(r.hosts, func(allowed string) bool {
			return allowed != "" && (host == allowed || strings.HasSuffix(host, "."+allowed))
		}) {
			return Match{Keyword: "links", Content: found}, true
		}
	}
	return Match{}, false
}

// plain takes away what hides a word: case, marks on letters, and characters that cannot be seen.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Mn, r), unicode.Is(unicode.Me, r):
			return -1
		case r >= 0xFF01 && r <= 0xFF5E: // full width forms of ASCII
			r -= 0xFEE0
		}
		return unicode.ToLower(r)
	}, text)
}
