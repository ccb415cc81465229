// Package sender turns what programs send that know other chats, in Slack's form or GitHub's, into messages.
package sender

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"guildhall/store"
)

// Message is what people are to see of a request.
type Message struct {
	// Content has at most 2000 characters; Username and AvatarURL are empty for the webhook's own.
	Content, Username, AvatarURL string
	// Embeds are within the bounds of embeds.
	Embeds []store.Embed
}

// The bounds of messages and embeds (wire contract, limits). What is longer is cut: an alert that is cut is worth more than one that is refused.
const (
	maxContent     = 2000
	maxEmbeds      = 10
	maxTitle       = 256
	maxDescription = 4096
	maxFields      = 25
	maxFieldName   = 256
	maxFieldValue  = 1024
	maxFooter      = 2048
	maxAuthor      = 256
	maxCharacters  = 6000
	maxUsername    = 80
	maxAddress     = 2048
)

// cut shortens a text to a number of characters, without the space at its ends.
func cut(text string, most int) string {
	text = strings.TrimSpace(strings.ToValidUTF8(text, "\ufffd"))
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:most-1])) + "…"
}

// address is an http or https address, or empty for whatever is none.
func address(text string) string {
	parsed, err := url.Parse(strings.TrimSpace(text))
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" || len(text) > maxAddress {
		return ""
	}
	return parsed.String()
}

// fit brings embeds within their bounds, and leaves those out that say nothing.
func fit(embeds []store.Embed) []store.Embed {
	var fitting []store.Embed
	left := maxCharacters
	take := func(text *string, most int) {
		*text = cut(*text, min(most, max(left, 1)))
		if left <= 0 {
			*text = ""
		}
		left -= utf8.RuneCountInString(*text)
	}
	for _, embed := range embeds {
		if len(fitting) == maxEmbeds || left <= 0 {
			break
		}
		take(&embed.Title, maxTitle)
		take(&embed.Author.Name, maxAuthor)
		take(&embed.Footer.Text, maxFooter)
		take(&embed.Description, maxDescription)
		embed.URL, embed.Image, embed.Thumbnail = address(embed.URL), address(embed.Image), address(embed.Thumbnail)
		embed.Author.URL, embed.Author.IconURL, embed.Footer.IconURL = address(embed.Author.URL), address(embed.Author.IconURL), address(embed.Footer.IconURL)
		fields := embed.Fields
		embed.Fields = nil
		for _, field := range fields[:min(len(fields), maxFields)] {
			take(&field.Name, maxFieldName)
			take(&field.Value, maxFieldValue)
			if field.Name == "" && field.Value == "" {
				continue
			}
			if field.Name == "" {
				field.Name = "\u200b" // a field has a name
			}
			if field.Value == "" {
				field.Value = "\u200b"
			}
			embed.Fields = append(embed.Fields, field)
		}
		if embed.Author.Name == "" {
			embed.Author = store.EmbedAuthor{}
		}
		if embed.Footer.Text == "" {
			embed.Footer = store.EmbedFooter{}
		}
		if embed.Title != "" || embed.Description != "" || embed.Author.Name != "" || embed.Footer.Text != "" || embed.Image != "" || embed.Thumbnail != "" || len(embed.Fields) > 0 {
			fitting = append(fitting, embed)
		}
	}
	return fitting
}
