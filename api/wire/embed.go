package wire

import (
	"cmp"
	"encoding/json"
	"time"

	"guildhall/store"
)

// Embed is a rich block below a message.
type Embed struct {
	Type        string         `json:"type"`
	Title       string         `json:"title,omitempty"`
	Description string         `json:"description,omitempty"`
	URL         string         `json:"url,omitempty"`
	Timestamp   *EmbedTime     `json:"timestamp,omitempty"`
	Color       *int           `json:"color,omitempty"`
	Footer      *EmbedFooter   `json:"footer,omitempty"`
	Image       *EmbedMedia    `json:"image,omitempty"`
	Thumbnail   *EmbedMedia    `json:"thumbnail,omitempty"`
	Author      *EmbedAuthor   `json:"author,omitempty"`
	Provider    *EmbedProvider `json:"provider,omitempty"`
	Fields      []EmbedField   `json:"fields,omitempty"`
}

// EmbedTime is a moment in an embed. It is written like every other moment, and read in any form of RFC 3339; as upstream also with a space before the time of day, without an offset (in UTC then), without
// seconds, and as a date alone: senders of alerts write all of these.
type EmbedTime struct{ time.Time }

// MarshalJSON writes the moment with its offset.
func (t EmbedTime) MarshalJSON() ([]byte, error) {
	return t.UTC().AppendFormat(nil, `"`+timeLayout+`"`), nil
}

// embedTimes are the forms in which an EmbedTime is read, with a T before the time of day. A fraction of a second may follow the seconds.
var embedTimes = []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", time.DateOnly}

// UnmarshalJSON reads a moment.
func (t *EmbedTime) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	if len(text) > len(time.DateOnly) && text[len(time.DateOnly)] == ' ' {
		text = text[:len(time.DateOnly)] + "T" + text[len(time.DateOnly)+1:]
	}
	var err error
	for _, form := range embedTimes {
		if t.Time, err = time.Parse(form, text); err == nil {
			return nil
		}
	}
	return err
}

// EmbedFooter is the line at an embed's foot.
type EmbedFooter struct {
	Text    string `json:"text"`
	IconURL string `json:"icon_url,omitempty"`
	// ProxyIconURL is where the picture is to be seen through the hall; see Links.
	ProxyIconURL string `json:"proxy_icon_url,omitempty"`
}

// EmbedMedia is a picture of an embed.
type EmbedMedia struct {
	URL string `json:"url"`
	// ProxyURL is where the picture is to be seen through the hall; see Links.
	ProxyURL string `json:"proxy_url,omitempty"`
}

// EmbedProvider is the site that a link leads to.
type EmbedProvider struct {
	Name string `json:"name"`
}

// EmbedAuthor is the line at an embed's head.
type EmbedAuthor struct {
	Name    string `json:"name"`
	URL     string `json:"url,omitempty"`
	IconURL string `json:"icon_url,omitempty"`
	// ProxyIconURL is where the picture is to be seen through the hall; see Links.
	ProxyIconURL string `json:"proxy_icon_url,omitempty"`
}

// EmbedField is a named value in an embed.
type EmbedField struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Inline bool   `json:"inline"`
}

// NewEmbeds shows a message's embeds.
func NewEmbeds(embeds []store.Embed) []Embed {
	shown := make([]Embed, len(embeds))
	for i, embed := range embeds {
		shown[i] = newEmbed(embed)
	}
	return shown
}

func newEmbed(embed store.Embed) Embed {
	shown := Embed{Type: cmp.Or(string(embed.Type), "rich"), Title: embed.Title, Description: embed.Description, URL: embed.URL}
	if !embed.Timestamp.IsZero() {
		shown.Timestamp = &EmbedTime{embed.Timestamp}
	}
	if embed.HasColor {
		shown.Color = &embed.Color
	}
	if embed.Footer.Text != "" {
		shown.Footer = &EmbedFooter{Text: embed.Footer.Text, IconURL: embed.Footer.IconURL}
	}
	if embed.Image != "" {
		shown.Image = &EmbedMedia{URL: embed.Image}
	}
	if embed.Thumbnail != "" {
		shown.Thumbnail = &EmbedMedia{URL: embed.Thumbnail}
	}
	if embed.Author.Name != "" {
		shown.Author = &EmbedAuthor{Name: embed.Author.Name, URL: embed.Author.URL, IconURL: embed.Author.IconURL}
	}
	if embed.Provider != "" {
		shown.Provider = &EmbedProvider{embed.Provider}
	}
	for _, field := range embed.Fields {
		shown.Fields = append(shown.Fields, EmbedField(field))
	}
	return shown
}

// Store gives an embed as the rules take it. It does not check anything.
func (e Embed) Store() store.Embed {
	taken := store.Embed{Title: e.Title, Description: e.Description, URL: e.URL}
	if e.Timestamp != nil {
		taken.Timestamp = e.Timestamp.UTC().Truncate(time.Millisecond)
	}
	if e.Color != nil {
		taken.Color, taken.HasColor = *e.Color, true
	}
	if e.Footer != nil {
		taken.Footer = store.EmbedFooter{Text: e.Footer.Text, IconURL: e.Footer.IconURL}
	}
	if e.Image != nil {
		taken.Image = e.Image.URL
	}
	if e.Thumbnail != nil {
		taken.Thumbnail = e.Thumbnail.URL
	}
	if e.Author != nil {
		taken.Author = store.EmbedAuthor{Name: e.Author.Name, URL: e.Author.URL, IconURL: e.Author.IconURL}
	}
	for _, field := range e.Fields {
		taken.Fields = append(taken.Fields, store.EmbedField(field))
	}
	return taken
}

// StoreEmbeds gives embeds as the rules take them.
func StoreEmbeds(embeds []Embed) []store.Embed {
	taken := make([]store.Embed, len(embeds))
	for i, embed := range embeds {
		taken[i] = embed.Store()
	}
	return taken
}

// pictures are the addresses of the pictures in an embed, nil where there is none.
func (e *Embed) pictures() (addresses [4]*string) {
	if e.Image != nil {
		addresses[0] = &e.Image.URL
	}
	if e.Thumbnail != nil {
		addresses[1] = &e.Thumbnail.URL
	}
	if e.Footer != nil {
		addresses[2] = &e.Footer.IconURL
	}
	if e.Author != nil {
		addresses[3] = &e.Author.IconURL
	}
	return addresses
}

// proxyPictures says where the pictures of other sites are to be seen through the hall.
func (e *Embed) proxyPictures(links Links) {
	if links == nil {
		return
	}
	for _, media := range []*EmbedMedia{e.Image, e.Thumbnail} {
		if media != nil {
			media.ProxyURL = links.Foreign(media.URL)
		}
	}
	if e.Footer != nil {
		e.Footer.ProxyIconURL = links.Foreign(e.Footer.IconURL)
	}
	if e.Author != nil {
		e.Author.ProxyIconURL = links.Foreign(e.Author.IconURL)
	}
}

// dropEmptyPictures leaves pictures out that have no address.
func (e *Embed) dropEmptyPictures() {
	if e.Image != nil && e.Image.URL == "" {
		e.Image = nil
	}
	if e.Thumbnail != nil && e.Thumbnail.URL == "" {
		e.Thumbnail = nil
	}
}
