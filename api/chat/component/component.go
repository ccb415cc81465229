// Package component reads, checks and writes the buttons, menus and layout that bots give to their messages (Discord's documentation, "Component Reference").
package component

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// The types of components.
const (
	ActionRow         = 1
	Button            = 2
	StringSelect      = 3
	UserSelect        = 5
	RoleSelect        = 6
	MentionableSelect = 7
	ChannelSelect     = 8
	Section           = 9
	TextDisplay       = 10
	Thumbnail         = 11
	MediaGallery      = 12
	File              = 13
	Separator         = 14
	Container         = 17
)

// linkButton is the style of buttons that open an address; premiumButton that of buttons that sell something, which nothing here does.
const (
	linkButton    = 5
	premiumButton = 6
)

// Bounds (the documentation, and the wire contract's limits).
const (
	maxRows        = 5
	maxButtons     = 5
	maxOptions     = 25
	maxTotal       = 40
	maxTexts       = 4000
	maxCustomID    = 100
	maxLabel       = 80
	maxPlaceholder = 150
	maxAddress     = 2048
	maxItems       = 10
	maxSectionText = 3
	maxDescription = 1024
)

// Problem is something that is wrong with a component.
type Problem struct {
	// Path names the field as the wire does; Code and Message say what is wrong.
	Path, Code, Message string
}

// Message is what components are read for.
type Message struct {
	// Layout tells that they are the whole message (components v2).
	Layout bool
	// Files are the names of the message's files, which components may show.
	Files []string
	// Emoji gives an emoji as it is to be kept, and false for one that cannot be shown. Nil keeps all as they are.
	Emoji func(Emoji) (Emoji, bool)
}

// Read checks components as a bot sends them, and gives them in the form in which they are kept: compact JSON, with the fields of each type alone and numbers for those that have none. Texts are what they
// say to readers, in order.
func Read(raw []byte, message Message) (kept []byte, texts []string, problems []Problem) {
	var given []input
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if err := decoder.Decode(&given); err != nil {
		return nil, nil, []Problem{{"components", "BASE_TYPE_BAD_TYPE", "Must be a list of components."}}
	}
	r := &reader{message: message, customIDs: make(map[string]bool), ids: make(map[int]bool)}
	r.claim(given)
	rows := make([]any, 0, len(given))
	for i := range given {
		path := fmt.Sprintf("components.%d", i)
		if !message.Layout && given[i].Type != ActionRow {
			r.wrong(path+".type", "BASE_TYPE_CHOICES", "Without the flag IS_COMPONENTS_V2 only action rows can stand here.")
			continue
		}
		rows = append(rows, r.top(path, &given[i], true))
	}
	switch {
	case !message.Layout && len(given) > maxRows:
		r.wrong("components", "BASE_TYPE_BAD_LENGTH", "Must be %d or fewer in length.", maxRows)
	case r.total > maxTotal:
		r.wrong("components", "BASE_TYPE_BAD_LENGTH", "No more than %d components in all.", maxTotal)
	case r.length > maxTexts:
		r.wrong("components", "BASE_TYPE_BAD_LENGTH", "No more than %d characters of text in all.", maxTexts)
	}
	if len(r.problems) > 0 {
		return nil, nil, r.problems
	}
	kept, problems = encode(rows)
	return kept, r.texts, problems
}

// input is a component of any type as it is sent.
type input struct {
	Type         int             `json:"type"`
	ID           int             `json:"id"`
	CustomID     *string         `json:"custom_id"`
	Style        int             `json:"style"`
	Label        string          `json:"label"`
	Emoji        *Emoji          `json:"emoji"`
	URL          string          `json:"url"`
	Disabled     bool            `json:"disabled"`
	Placeholder  string          `json:"placeholder"`
	MinValues    *int            `json:"min_values"`
	MaxValues    *int            `json:"max_values"`
	Options      []option        `json:"options"`
	ChannelTypes []int           `json:"channel_types"`
	Defaults     []defaultValue  `json:"default_values"`
	Components   []input         `json:"components"`
	Accessory    *input          `json:"accessory"`
	Content      string          `json:"content"`
	Media        *media          `json:"media"`
	File         *media          `json:"file"`
	Items        []item          `json:"items"`
	Description  *string         `json:"description"`
	Spoiler      bool            `json:"spoiler"`
	Divider      *bool           `json:"divider"`
	Spacing      *int            `json:"spacing"`
	AccentColor  *int            `json:"accent_color"`
	SKUID        json.RawMessage `json:"sku_id"`
	// The rest is of forms.
	Component *input     `json:"component"`
	MinLength *int       `json:"min_length"`
	MaxLength *int       `json:"max_length"`
	Required  *bool      `json:"required"`
	Default   bool       `json:"default"`
	Value     fieldValue `json:"value"`
	Values    []string   `json:"values"`
}

// Emoji is a picture on a button or an option: one of a guild's own by its id, or one of Unicode's by its characters.
type Emoji struct {
	ID       *string `json:"id,omitempty"`
	Name     string  `json:"name"`
	Animated bool    `json:"animated,omitempty"`
}

type option struct {
	Label       string `json:"label"`
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
	Emoji       *Emoji `json:"emoji,omitempty"`
	Default     bool   `json:"default,omitempty"`
}

type defaultValue struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

type media struct {
	URL string `json:"url"`
}

type item struct {
	Media       media   `json:"media"`
	Description *string `json:"description"`
	Spoiler     bool    `json:"spoiler"`
}

// reader gathers what is wrong while it goes through components.
type reader struct {
	message   Message
	problems  []Problem
	customIDs map[string]bool
	ids       map[int]bool
	next      int
	total     int
	length    int
	texts     []string
}

func (r *reader) wrong(path, code, format string, arguments ...any) {
	r.problems = append(r.problems, Problem{path, code, fmt.Sprintf(format, arguments...)})
}

// claim notes the numbers that bots gave, so that none is given twice.
func (r *reader) claim(components []input) {
	for i := range components {
		one := &components[i]
		if one.ID > 0 {
			r.ids[one.ID] = true
		}
		r.claim(one.Components)
		for _, beside := range []*input{one.Accessory, one.Component} {
			if beside != nil && beside.ID > 0 {
				r.ids[beside.ID] = true
			}
		}
	}
}

// id gives a component's number: its own, or the next that is free.
func (r *reader) id(one *input) int {
	r.total++
	if one.ID > 0 {
		return one.ID
	}
	for r.next++; r.ids[r.next]; r.next++ {
	}
	return r.next
}

// text checks the length of a text, in characters.
func (r *reader) text(path, text string, shortest, longest int) string {
	if length := utf8.RuneCountInString(text); length < shortest || length > longest || !utf8.ValidString(text) {
		r.wrong(path, "BASE_TYPE_BAD_LENGTH", "Must be between %d and %d in length.", shortest, longest)
	}
	return text
}

// address checks an address of the web.
func (r *reader) address(path, address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" || len(address) > maxAddress {
		r.wrong(path, "URL_TYPE_INVALID_URL", "Must be an address that begins with http:// or https://.")
	}
	return address
}

// OwnFile begins the address of a file of the message itself.
const OwnFile = "attachment://"

// media checks what is shown: a file of the message, or an address of the web unless only files may be.
func (r *reader) media(path string, given *media, filesOnly bool) media {
	if given == nil {
		r.wrong(path, "BASE_TYPE_REQUIRED", "This field is required.")
		return media{}
	}
	if name, own := strings.CutPrefix(given.URL, OwnFile); own || filesOnly {
		for _, file := range r.message.Files {
			if own && file == name {
				return *given
			}
		}
		r.wrong(path+".url", "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", "The message has no such file.")
		return *given
	}
	return media{URL: r.address(path+".url", given.URL)}
}
