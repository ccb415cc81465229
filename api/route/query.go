package route

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildhall/api/chat"
	"guildhall/store/id"
)

// Query reads parameters of a query string. The first one that cannot be read is remembered; Err gives it at the end.
type Query struct {
	values url.Values
	err    error
}

// Query gives the request's query parameters.
func (r *Request) Query() *Query { return &Query{values: r.URL.Query()} }

// Err is the first problem that was met.
func (q *Query) Err() error { return q.err }

func (q *Query) fail(name, code, message string) {
	if q.err == nil {
		q.err = &chat.Error{Kind: chat.Invalid, Fields: []chat.FieldError{{Path: name, Code: code, Message: message}}}
	}
}

// ID reads an id; zero when it is not there.
func (q *Query) ID(name string) id.ID {
	text := q.values.Get(name)
	if text == "" || text == "0" {
		return 0
	}
	value, err := id.Parse(text)
	if err != nil {
		q.fail(name, "NUMBER_TYPE_COERCE", "This value is not an id.")
	}
	return value
}

// IDs reads ids that stand between commas, or in several parameters of the same name.
func (q *Query) IDs(name string) []id.ID {
	var ids []id.ID
	for _, list := range q.values[name] {
		for text := range strings.SplitSeq(list, ",") {
			if text == "" {
				continue
			}
			value, err := id.Parse(text)
			if err != nil {
				q.fail(name, "NUMBER_TYPE_COERCE", "This value is not a list of ids.")
				return nil
			}
			ids = append(ids, value)
		}
	}
	return ids
}

// Int reads a whole number between bounds; fallback when it is not there.
func (q *Query) Int(name string, fallback, least, greatest int) int {
	text := q.values.Get(name)
	if text == "" {
		return fallback
	}
	value, err := strconv.Atoi(text)
	switch {
	case err != nil:
		q.fail(name, "NUMBER_TYPE_COERCE", "This value is not a whole number.")
	case value < least:
		q.fail(name, "NUMBER_TYPE_MIN", "This value must be at least "+strconv.Itoa(least)+".")
	case value > greatest:
		q.fail(name, "NUMBER_TYPE_MAX", "This value must be at most "+strconv.Itoa(greatest)+".")
	}
	return value
}

// Choice reads one of some words; the first of them when it is not there.
func (q *Query) Choice(name string, words ...string) string {
	text := cmp.Or(q.values.Get(name), words[0])
	if !slices.Contains(words, text) {
		q.fail(name, "BASE_TYPE_CHOICES", "This value must be one of "+strings.Join(words, ", ")+".")
	}
	return text
}

// Bool reads a switch: "true" or "1", in any case as libraries write it; false when it is not there.
func (q *Query) Bool(name string) bool {
	text := q.values.Get(name)
	if text == "" {
		return false
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		q.fail(name, "BOOLEAN_TYPE_CONVERT", "This value is neither true nor false.")
	}
	return value
}

// Time reads a moment in ISO 8601; the zero time when it is not there.
func (q *Query) Time(name string) time.Time {
	text := q.values.Get(name)
	if text == "" {
		return time.Time{}
	}
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		q.fail(name, "DATE_TIME_TYPE_PARSE", "This value must be a moment in ISO 8601.")
	}
	return moment
}

// Text reads a text; empty when it is not there.
func (q *Query) Text(name string) string { return q.values.Get(name) }
