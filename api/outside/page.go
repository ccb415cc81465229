package outside

import (
	"bytes"
	"context"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"guildhall/store"
)

// Bounds of what is said of a page, in characters, and of what is read of it, in bytes.
const (
	maxPageBytes   = 512 << 10
	maxTitle       = 256
	maxDescription = 350
	maxProvider    = 100
)

// Preview says in short what is at an address: of a page its title, description and picture, of a picture itself. It is false when there is nothing to say. Nothing of the page is
// taken but texts and addresses.
func (c *Client) Preview(ctx context.Context, address string) (store.Embed, bool, error) {
	answer, err := c.Get(ctx, address, "text/html,application/xhtml+xml,image/*;q=0.8", maxPageBytes, func(contentType string) bool {
		return isKind(contentType, "text/html", "application/xhtml+xml")
	})
	if err != nil {
		return store.Embed{}, false, err
	}
	if isKind(answer.ContentType, "image/png", "image/jpeg", "image/gif", "image/webp") {
		return store.Embed{Type: store.EmbedImage, URL: address, Thumbnail: answer.Address.String()}, true, nil
	}
	if answer.Body == nil {
		return store.Embed{}, false, nil
	}
	found := readPage(answer.Body, answer.ContentType)
	embed, ok := found.embed(address, answer.Address)
	return embed, ok, nil
}

// page is what a page says of itself.
type page struct {
	title string
	// meta has what <meta> elements say, by their property or name, the first of each.
	meta map[string]string
	// base is that of <base>.
	base string
}

// metaNames are what is looked for: the Open Graph protocol (ogp.me), what X calls cards, and HTML's own.
var metaNames = map[string]bool{
	"og:title": true, "og:description": true, "og:site_name": true, "og:image": true, "og:image:url": true, "og:image:secure_url": true, "og:type": true, "twitter:title": true,
	"twitter:description": true, "twitter:image": true, "twitter:image:src": true, "twitter:card": true, "description": true, "theme-color": true, "application-name": true,
}

// readPage reads the head of a page. It runs nothing, and asks for nothing.
func readPage(body []byte, contentType string) page {
	found := page{meta: make(map[string]string)}
	reader, err := charset.NewReader(bytes.NewReader(body), contentType)
	if err != nil {
		return found
	}
	tokens := html.NewTokenizer(reader)
	tokens.SetMaxBuf(maxPageBytes)
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return found
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := tokens.TagName()
			switch atom.Lookup(name) {
			case atom.Body:
				return found
			case atom.Title:
				if found.title == "" && tokens.Next() == html.TextToken {
					found.title = string(tokens.Text())
				}
			case atom.Meta:
				if more {
					found.takeMeta(attributes(tokens))
				}
			case atom.Base:
				if more && found.base == "" {
					found.base = attributes(tokens)["href"]
				}
			}
		}
	}
}

// attributes reads those of the element that the tokenizer stands at.
func attributes(tokens *html.Tokenizer) map[string]string {
	found := make(map[string]string)
	for more := true; more; {
		var key, value []byte
		key, value, more = tokens.TagAttr()
		if _, twice := found[string(key)]; !twice {
			found[string(key)] = string(value)
		}
	}
	return found
}

func (p *page) takeMeta(attributes map[string]string) {
	for _, name := range []string{attributes["property"], attributes["name"]} {
		name = strings.ToLower(strings.TrimSpace(name))
		if content := attributes["content"]; metaNames[name] && content != "" {
			if _, there := p.meta[name]; !there {
				p.meta[name] = content
			}
		}
	}
}

// first gives the first of some names that says something.
func (p *page) first(names ...string) string {
	for _, name := range names {
		if text := oneLine(p.meta[name]); text != "" {
			return text
		}
	}
	return ""
}

// embed says what a page says; false when that is nothing. asked is the address as it was written, at the one that the page came from.
func (p *page) embed(asked string, at *url.URL) (store.Embed, bool) {
	embed := store.Embed{Type: store.EmbedLink, URL: asked, Title: shorten(p.first("og:title", "twitter:title"), maxTitle),
		Description: shorten(p.first("og:description", "twitter:description", "description"), maxDescription),
		Provider:    shorten(p.first("og:site_name", "application-name"), maxProvider)}
	if embed.Title == "" {
		embed.Title = shorten(oneLine(p.title), maxTitle)
	}
	if embed.Title == "" && embed.Description == "" {
		return store.Embed{}, false
	}
	if color, ok := parseColor(p.meta["theme-color"]); ok {
		embed.Color, embed.HasColor = color, true
	}
	if picture := p.picture(at); picture != "" {
		if p.meta["twitter:card"] == "summary_large_image" {
			embed.Type, embed.Image = store.EmbedArticle, picture
		} else {
			embed.Thumbnail = picture
		}
	}
	if p.meta["og:type"] == "article" {
		embed.Type = store.EmbedArticle
	}
	return embed, true
}

// picture gives the address of the page's picture, absolute; empty for none.
func (p *page) picture(at *url.URL) string {
	text := p.first("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
	if text == "" {
		return ""
	}
	if base, err := at.Parse(p.base); err == nil && p.base != "" {
		at = base
	}
	picture, err := at.Parse(text)
	if err != nil || picture.Scheme != "http" && picture.Scheme != "https" || picture.Host == "" || picture.User != nil {
		return ""
	}
	if address := picture.String(); len(address) <= maxAddress {
		return address
	}
	return ""
}

// parseColor reads #rgb and #rrggbb.
func parseColor(text string) (int, bool) {
	digits, found := strings.CutPrefix(strings.TrimSpace(text), "#")
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	color, err := strconv.ParseUint(digits, 16, 24)
	return int(color), found && err == nil && len(digits) == 6
}

// oneLine makes one line of a text, without what cannot be seen or turns the direction of what follows.
func oneLine(text string) string {
	text = strings.ToValidUTF8(text, "")
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200d':
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// shorten cuts a text to so many characters, at a space where there is one near.
func shorten(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	cut := string([]rune(text)[:most-1])
	if space := strings.LastIndexByte(cut, ' '); space > len(cut)*3/4 {
		cut = cut[:space]
	}
	return strings.TrimRight(cut, " .,;:") + "…"
}

// Picture gives the bytes that are at an address, at most so many, if they are said to be a picture.
func (c *Client) Picture(ctx context.Context, address string, most int64) ([]byte, error) {
	answer, err := c.Get(ctx, address, "image/png,image/jpeg,image/gif,image/webp", most, func(contentType string) bool {
		return isKind(contentType, "image/", "application/octet-stream")
	})
	switch {
	case err != nil:
		return nil, err
	case answer.Body == nil:
		return nil, refused("there is no picture")
	case !answer.Whole:
		return nil, ErrTooMuch
	}
	return answer.Body, nil
}
