// Package wire is the JSON that goes over the wire, and its conversion from store types.
//
// The shapes are those of the public HTTP v10 and Gateway v10 formats (https://discord.com/developers/docs/reference). Three rules hold everywhere, because real
// clients crash without them: ids and permissions are strings, an array is never null, and a time carries its offset.
package wire

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"guildhall/store/id"
)

// timeLayout is ISO 8601 with microseconds and an explicit offset.
const timeLayout = "2006-01-02T15:04:05.000000-07:00"

// Timestamp writes a moment as the wire does, in UTC.
func Timestamp(t time.Time) string { return t.UTC().Format(timeLayout) }

// TimestampOrNull writes a moment, or null for the zero time.
func TimestampOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := Timestamp(t)
	return &text
}

// IDOrNull gives null for no id.
func IDOrNull(value id.ID) *id.ID {
	if value == 0 {
		return nil
	}
	return &value
}

// TextOrNull gives null for an empty text.
func TextOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// list gives an array that is never null.
func list[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}

// NotYet is a field of a request that a later version brings. It is read so that it can be refused, not ignored. What asks for nothing (null, false, 0, "" or an
// empty list or object) is as good as left out: libraries write such values of their own accord.
type NotYet struct {
	// Asked tells whether the field asks for something.
	Asked bool
}

// UnmarshalJSON looks whether there is something in a value.
func (n *NotYet) UnmarshalJSON(data []byte) error {
	switch text := string(data); {
	case text == "null", text == "false", text == "0", text == `""`:
		n.Asked = false
	case len(text) > 1 && (text[0] == '[' || text[0] == '{'):
		n.Asked = strings.TrimSpace(text[1:len(text)-1]) != ""
	default:
		n.Asked = true
	}
	return nil
}

// Optional is a field of a request that may be left out, be null, or have a value.
type Optional[T any] struct {
	// Present tells whether the field was there at all, Null whether it was null.
	Present, Null bool
	Value         T
}

// UnmarshalJSON notes that the field was there.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	o.Present = true
	if bytes.Equal(data, []byte("null")) {
		o.Null = true
		return nil
	}
	return json.Unmarshal(data, &o.Value)
}

// Given tells whether the field has a value: it is there and not null.
func (o Optional[T]) Given() bool { return o.Present && !o.Null }

// Pointer gives the value for a change: nil when the field was left out, the zero value for null.
func (o Optional[T]) Pointer() *T {
	if !o.Present {
		return nil
	}
	return &o.Value
}
