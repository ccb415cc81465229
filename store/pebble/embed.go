package pebble

import "guildhall/store"

type embedRecord struct {
	Title         string             `cbor:"1,keyasint,omitempty"`
	Description   string             `cbor:"2,keyasint,omitempty"`
	URL           string             `cbor:"3,keyasint,omitempty"`
	Timestamp     moment             `cbor:"4,keyasint,omitempty"`
	Color         int                `cbor:"5,keyasint,omitempty"`
	HasColor      bool               `cbor:"6,keyasint,omitempty"`
	FooterText    string             `cbor:"7,keyasint,omitempty"`
	FooterIconURL string             `cbor:"8,keyasint,omitempty"`
	Image         string             `cbor:"9,keyasint,omitempty"`
	Thumbnail     string             `cbor:"10,keyasint,omitempty"`
	AuthorName    string             `cbor:"11,keyasint,omitempty"`
	AuthorURL     string             `cbor:"12,keyasint,omitempty"`
	AuthorIconURL string             `cbor:"13,keyasint,omitempty"`
	Fields        []embedFieldRecord `cbor:"14,keyasint,omitempty"`
	Type          string             `cbor:"15,keyasint,omitempty"`
	Provider      string             `cbor:"16,keyasint,omitempty"`
}

type embedFieldRecord struct {
	Name   string `cbor:"1,keyasint,omitempty"`
	Value  string `cbor:"2,keyasint,omitempty"`
	Inline bool   `cbor:"3,keyasint,omitempty"`
}

func newEmbedRecord(embed *store.Embed) embedRecord {
	record := embedRecord{
		Type: string(embed.Type), Provider: embed.Provider,
		Title: embed.Title, Description: embed.Description, URL: embed.URL, Timestamp: toMoment(embed.Timestamp), Color: embed.Color, HasColor: embed.HasColor,
		FooterText: embed.Footer.Text, FooterIconURL: embed.Footer.IconURL, Image: embed.Image, Thumbnail: embed.Thumbnail,
		AuthorName: embed.Author.Name, AuthorURL: embed.Author.URL, AuthorIconURL: embed.Author.IconURL,
	}
	for _, field := range embed.Fields {
		record.Fields = append(record.Fields, embedFieldRecord{Name: field.Name, Value: field.Value, Inline: field.Inline})
	}
	return record
}

func (r *embedRecord) embed() store.Embed {
	embed := store.Embed{
		Type: store.EmbedType(r.Type), Provider: r.Provider,
		Title: r.Title, Description: r.Description, URL: r.URL, Timestamp: r.Timestamp.time(), Color: r.Color, HasColor: r.HasColor,
		Footer: store.EmbedFooter{Text: r.FooterText, IconURL: r.FooterIconURL}, Image: r.Image, Thumbnail: r.Thumbnail,
		Author: store.EmbedAuthor{Name: r.AuthorName, URL: r.AuthorURL, IconURL: r.AuthorIconURL},
	}
	for _, field := range r.Fields {
		embed.Fields = append(embed.Fields, store.EmbedField{Name: field.Name, Value: field.Value, Inline: field.Inline})
	}
	return embed
}
