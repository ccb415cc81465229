package chat

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"guildhall/store"
)

// Bounds of embeds, in characters (wire contract, limits).
const (
	maxEmbeds           = 10
	maxEmbedCharacters  = 6000 // of all texts of all embeds of a message
	maxEmbedTitle       = 256
	maxEmbedDescription = 4096
	maxEmbedFields      = 25
	maxEmbedFieldName   = 256
	maxEmbedFieldValue  = 1024
	maxEmbedFooter      = 2048
	maxEmbedAuthor      = 256
	maxEmbedURL         = 2048
)

// checkEmbeds cleans embeds and checks their bounds. The result shares nothing with the input.
func checkEmbeds(embeds []store.Embed) ([]store.Embed, error) {
	if len(embeds) == 0 {
		return nil, nil
	}
	check := embedCheck{}
	if len(embeds) > maxEmbeds {
		check.length("embeds", 0, maxEmbeds)
		return nil, check.err()
	}
	cleaned := make([]store.Embed, len(embeds))
	for i := range embeds {
		cleaned[i] = check.embed("embeds."+strconv.Itoa(i), embeds[i])
	}
	if check.characters > maxEmbedCharacters {
		check.add("embeds", "MAX_EMBED_SIZE_EXCEEDED", "All embeds of a message can have no more than %d characters together.", maxEmbedCharacters)
	}
	return cleaned, check.err()
}

// embedCheck collects what is wrong with embeds, and how many characters they have.
type embedCheck struct {
	fieldErrors
	characters int
}

func (c *embedCheck) embed(path string, embed store.Embed) store.Embed {
	embed.Title = c.counted(path+".title", embed.Title, maxEmbedTitle)
	embed.Description = c.counted(path+".description", embed.Description, maxEmbedDescription)
	embed.URL = c.address(path+".url", embed.URL)
	embed.Image = c.image(path+".image.url", embed.Image)
	embed.Thumbnail = c.image(path+".thumbnail.url", embed.Thumbnail)
	embed.Footer.Text = c.counted(path+".footer.text", embed.Footer.Text, maxEmbedFooter)
	embed.Footer.IconURL = c.image(path+".footer.icon_url", embed.Footer.IconURL)
	embed.Author.Name = c.counted(path+".author.name", embed.Author.Name, maxEmbedAuthor)
	embed.Author.URL = c.address(path+".author.url", embed.Author.URL)
	embed.Author.IconURL = c.image(path+".author.icon_url", embed.Author.IconURL)
	if embed.HasColor {
		c.number(path+".color", embed.Color, 0, 0xFFFFFF)
	}
	if !embed.Timestamp.IsZero() {
		embed.Timestamp = embed.Timestamp.UTC()
		if year := embed.Timestamp.Year(); year < 0 || year > 9999 {
			c.add(path+".timestamp", "DATE_TIME_TYPE_PARSE", "Must be within the years 0 to 9999.")
		}
	}
	if len(embed.Fields) > maxEmbedFields {
		c.length(path+".fields", 0, maxEmbedFields)
		return embed
	}
	fields := make([]store.EmbedField, len(embed.Fields))
	for i, field := range embed.Fields {
		at := path + ".fields." + strconv.Itoa(i)
		fields[i] = store.EmbedField{
			Name:   c.required(at+".name", field.Name, maxEmbedFieldName),
			Value:  c.required(at+".value", field.Value, maxEmbedFieldValue),
			Inline: field.Inline,
		}
	}
	embed.Fields = fields
	if embed.Title == "" && embed.Description == "" && embed.Image == "" && embed.Thumbnail == "" && embed.Footer.Text == "" && embed.Author.Name == "" && len(fields) == 0 {
		c.add(path+".description", "BASE_TYPE_REQUIRED", "This field is required.")
	}
	return embed
}

// counted cleans a text that counts for the sum.
func (c *embedCheck) counted(path, value string, longest int) string {
	if value == "" {
		return ""
	}
	value = c.text(path, value, longest)
	c.characters += utf8.RuneCountInString(value)
	return value
}

func (c *embedCheck) required(path, value string, longest int) string {
	value = c.counted(path, value, longest)
	if value == "" {
		c.add(path, "BASE_TYPE_REQUIRED", "This field is required.")
	}
	return value
}

// address checks a web address: absolute, http or https.
func (c *embedCheck) address(path, value string) string {
	if value == "" {
		return ""
	}
	if len(value) > maxEmbedURL {
		c.length(path, 0, maxEmbedURL)
		return ""
	}
	parsed, err := url.Parse(strings.TrimSpace(value))
	if err != nil || parsed.Host == "" || !strings.EqualFold(parsed.Scheme, "http") && !strings.EqualFold(parsed.Scheme, "https") || !utf8.ValidString(value) {
		c.add(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
		return ""
	}
	return parsed.String()
}

// ownFile begins the address of a picture that hangs on the message itself: attachment://picture.png.
const ownFile = "attachment://"

// image checks the address of a picture: a web address, or the name of a file of the message.
func (c *embedCheck) image(path, value string) string {
	if name, ok := strings.CutPrefix(value, ownFile); ok {
		if name, err := checkFilename(path, name); err == nil {
			return ownFile + name
		}
	}
	return c.address(path, value)
}
