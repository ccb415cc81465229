package sender

import (
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"guildhall/store"
)

// Errors of Slack's form, in the words that its senders know.
var (
	// ErrInvalidPayload says that a body is no JSON object of Slack's form.
	ErrInvalidPayload = errors.New("invalid_payload")
	// ErrNoText says that there is nothing to show.
	ErrNoText = errors.New("no_text")
)

type slackMessage struct {
	Text        string            `json:"text"`
	Username    string            `json:"username"`
	IconURL     string            `json:"icon_url"`
	Attachments []slackAttachment `json:"attachments"`
}

type slackAttachment struct {
	Fallback   string       `json:"fallback"`
	Color      string       `json:"color"`
	Pretext    string       `json:"pretext"`
	AuthorName string       `json:"author_name"`
	AuthorLink string       `json:"author_link"`
	AuthorIcon string       `json:"author_icon"`
	Title      string       `json:"title"`
	TitleLink  string       `json:"title_link"`
	Text       string       `json:"text"`
	Fields     []slackField `json:"fields"`
	ImageURL   string       `json:"image_url"`
	ThumbURL   string       `json:"thumb_url"`
	Footer     string       `json:"footer"`
	FooterIcon string       `json:"footer_icon"`
	TS         slackMoment  `json:"ts"`
}

type slackField struct {
	Title string    `json:"title"`
	Value slackText `json:"value"`
	Short bool      `json:"short"`
}

// slackText is a text that some senders write as a number or a truth.
type slackText string

// UnmarshalJSON takes any simple value.
func (t *slackText) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*t = slackText(text)
		return nil
	}
	if len(data) > 0 && (data[0] == '{' || data[0] == '[') {
		return ErrInvalidPayload
	}
	*t = slackText(data)
	return nil
}

// slackMoment is in Unix seconds, as a number or a text, with or without a fraction; zero for none.
type slackMoment float64

// UnmarshalJSON takes a number, also in quotes; whatever else is no moment.
func (m *slackMoment) UnmarshalJSON(data []byte) error {
	seconds, err := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	if err == nil && seconds > 0 && seconds < 1e11 {
		*m = slackMoment(seconds)
	}
	return nil
}

// slackColors are the words for colours that Slack knows.
var slackColors = map[string]int{"good": 0x2EB67D, "warning": 0xECB22E, "danger": 0xE01E5A}

// Slack reads a message in Slack's form for incoming webhooks (attachments; https://api.slack.com/reference/messaging/payload). What it does not know it leaves out.
func Slack(body []byte) (Message, error) {
	var sent slackMessage
	if err := json.Unmarshal(body, &sent); err != nil {
		return Message{}, ErrInvalidPayload
	}
	message := Message{Content: cut(mrkdwn(sent.Text), maxContent), Username: cut(sent.Username, maxUsername), AvatarURL: address(sent.IconURL)}
	var embeds []store.Embed
	for _, attachment := range sent.Attachments[:min(len(sent.Attachments), maxEmbeds)] {
		embeds = append(embeds, attachment.embed())
	}
	message.Embeds = fit(embeds)
	if message.Content == "" && len(message.Embeds) == 0 {
		return Message{}, ErrNoText
	}
	return message, nil
}

func (a *slackAttachment) embed() store.Embed {
	embed := store.Embed{
		Title: plain(a.Title), URL: a.TitleLink, Image: a.ImageURL, Thumbnail: a.ThumbURL, Author: store.EmbedAuthor{Name: plain(a.AuthorName), URL: a.AuthorLink, IconURL: a.AuthorIcon},
		Footer: store.EmbedFooter{Text: plain(a.Footer), IconURL: a.FooterIcon},
	}
	embed.Description = strings.TrimSpace(mrkdwn(a.Pretext) + "\n" + mrkdwn(a.Text))
	for _, field := range a.Fields {
		embed.Fields = append(embed.Fields, store.EmbedField{Name: plain(field.Title), Value: mrkdwn(string(field.Value)), Inline: field.Short})
	}
	if embed.Title == "" && embed.Description == "" && len(embed.Fields) == 0 {
		embed.Description = plain(a.Fallback)
	}
	if color, known := slackColors[a.Color]; known {
		embed.Color, embed.HasColor = color, true
	} else if color, err := strconv.ParseUint(strings.TrimPrefix(a.Color, "#"), 16, 24); err == nil && len(strings.TrimPrefix(a.Color, "#")) == 6 {
		embed.Color, embed.HasColor = int(color), true
	}
	if a.TS > 0 {
		embed.Timestamp = time.UnixMilli(int64(float64(a.TS) * 1000)).UTC()
	}
	return embed
}

var (
	slackReference = regexp.MustCompile(`<([^<>|\n]+)(?:\|([^<>\n]*))?>`)
	slackBold      = regexp.MustCompile(`(^|[\s(>])\*([^*\s](?:[^*\n]*[^*\s])?)\*($|[\s).,:;!?])`)
	slackStruck    = regexp.MustCompile(`(^|[\s(>])~([^~\s](?:[^~\n]*[^~\s])?)~($|[\s).,:;!?])`)
	slackEntities  = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// mrkdwn turns Slack's markup into ours. What stands between backticks is left as it is, but for its entities.
func mrkdwn(text string) string {
	var out strings.Builder
	for i, part := range strings.Split(text, "`") {
		if i > 0 {
			out.WriteByte('`')
		}
		if i%2 == 0 {
			// Neighbours share the space between them, so that it takes two rounds to find all.
			for range 2 {
				part = slackBold.ReplaceAllString(part, "$1**$2**$3")
				part = slackStruck.ReplaceAllString(part, "$1~~$2~~$3")
			}
			part = slackReference.ReplaceAllStringFunc(part, func(found string) string { return reference(found, true) })
		}
		out.WriteString(slackEntities.Replace(part))
	}
	return out.String()
}

// plain is a text without markup, for titles and names.
func plain(text string) string {
	return slackEntities.Replace(slackReference.ReplaceAllStringFunc(text, func(found string) string { return reference(found, false) }))
}

// reference shows what stands between angle brackets: a link, a person, a channel, or a word to everybody.
func reference(found string, links bool) string {
	parts := slackReference.FindStringSubmatch(found)
	target, label := parts[1], parts[2]
	switch target[0] {
	case '@', '#':
		if label == "" {
			return target
		}
		return target[:1] + strings.TrimLeft(label, "@#")
	case '!':
		switch word, _, _ := strings.Cut(target[1:], "^"); word {
		case "channel", "everyone":
			return "@everyone"
		case "here":
			return "@here"
		}
		return label
	}
	link := address(slackEntities.Replace(strings.TrimSuffix(target, "\\")))
	switch {
	case link == "":
		if label != "" {
			return label
		}
		return target
	case label == "":
		return link
	case !links:
		return label
	}
	return "[" + strings.NewReplacer("[", "\\[", "]", "\\]").Replace(label) + "](" + link + ")"
}
