package chat

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/store"
)

func TestTheBoundsOfEmbeds(t *testing.T) {
	letters := func(count int) string { return strings.Repeat("é", count) }
	field := func(name, value int) store.EmbedField {
		return store.EmbedField{Name: letters(name), Value: letters(value)}
	}
	for _, test := range []struct {
		name   string
		embeds []store.Embed
		paths  []string
	}{
		{"everything at its greatest", []store.Embed{{
			Title: letters(256), Description: letters(3000), URL: "https://example.org/a?b=c#d", Color: 0xFFFFFF, HasColor: true,
			Footer: store.EmbedFooter{Text: letters(1000), IconURL: "http://192.168.1.2:8080/i.png"}, Author: store.EmbedAuthor{Name: letters(256), URL: "HTTPS://EXAMPLE.ORG"},
			Image: "https://example.org/i.png", Thumbnail: "https://example.org/t.png", Fields: []store.EmbedField{field(256, 1024), field(1, 207)}, Timestamp: time.Unix(0, 0),
		}}, nil},
		{"an image alone", []store.Embed{{Image: "https://example.org/i.png"}}, nil},
		{"a field that shows nothing but takes place", []store.Embed{{Fields: []store.EmbedField{{Name: "\u200b", Value: "\u200b"}}}}, nil},
		{"nothing at all", []store.Embed{{Title: "a"}, {}}, []string{"embeds.1.description"}},
		{"spaces alone", []store.Embed{{Title: " "}}, []string{"embeds.0.description"}},
		{"a title too long", []store.Embed{{Title: letters(257)}}, []string{"embeds.0.title"}},
		{"a description too long", []store.Embed{{Description: letters(4097)}}, []string{"embeds.0.description"}},
		{"a footer too long", []store.Embed{{Footer: store.EmbedFooter{Text: letters(2049)}}}, []string{"embeds.0.footer.text"}},
		{"an author too long", []store.Embed{{Author: store.EmbedAuthor{Name: letters(257)}}}, []string{"embeds.0.author.name"}},
		{"fields too long", []store.Embed{{Fields: []store.EmbedField{field(257, 1), field(1, 1025)}}}, []string{"embeds.0.fields.0.name", "embeds.0.fields.1.value"}},
		{"a field without a value", []store.Embed{{Fields: []store.EmbedField{{Name: "a"}}}}, []string{"embeds.0.fields.0.value"}},
		{"too many fields", []store.Embed{{Fields: slices.Repeat([]store.EmbedField{field(1, 1)}, 26)}}, []string{"embeds.0.fields"}},
		{"too many embeds", slices.Repeat([]store.Embed{{Title: "a"}}, 11), []string{"embeds"}},
		{"too much in all together", slices.Repeat([]store.Embed{{Description: letters(1001)}}, 6), []string{"embeds"}},
		{"a colour beyond white", []store.Embed{{Title: "a", HasColor: true, Color: 0x1000000}}, []string{"embeds.0.color"}},
		{"addresses that are none", []store.Embed{{Title: "a", URL: "javascript:alert(1)", Image: "file:///a.png", Thumbnail: "//example.org/a", Author: store.EmbedAuthor{Name: "a", URL: "https:"}}},
			[]string{"embeds.0.url", "embeds.0.image.url", "embeds.0.thumbnail.url", "embeds.0.author.url"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			cleaned, err := checkEmbeds(test.embeds)
			var paths []string
			if wrong, ok := errors.AsType[*Error](err); ok {
				for _, one := range wrong.Fields {
					paths = append(paths, one.Path)
				}
			}
			if !slices.Equal(paths, test.paths) {
				t.Errorf("wrong are %v, want %v", paths, test.paths)
			}
			if err == nil && len(cleaned) != len(test.embeds) {
				t.Errorf("%d embeds became %d", len(test.embeds), len(cleaned))
			}
		})
	}
}

func TestEmbedsThatWereCheckedShareNothingWithTheInput(t *testing.T) {
	input := []store.Embed{{Title: "a", Fields: []store.EmbedField{{Name: "b", Value: "c"}}}}
	cleaned, err := checkEmbeds(input)
	if err != nil {
		t.Fatal(err)
	}
	input[0].Title, input[0].Fields[0].Name = "x", "x"
	if cleaned[0].Title != "a" || cleaned[0].Fields[0].Name != "b" {
		t.Errorf("the embed became %+v", cleaned[0])
	}
}
