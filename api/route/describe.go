package route

import (
	"encoding"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"guildhall/api/perm"
	"guildhall/api/wire"
	"guildhall/store/id"
)

// maxDescribed is how many wrong fields an answer names.
const maxDescribed = 20

// describe makes the error for a text that is no JSON, or that does not decode into a T: then every field that is wrong is named by its path, which begins with that of the text.
func describe[T any](text []byte, path string) error {
	if !json.Valid(text) {
		return malformed("The request body contains invalid JSON.")
	}
	body := wire.InvalidForm()
	d := description{body: &body, left: maxDescribed}
	d.value(reflect.TypeFor[T](), text, path)
	return &bodyError{http.StatusBadRequest, body}
}

// description collects the fields that cannot be decoded.
type description struct {
	body *wire.Error
	left int
}

// value decodes a text into a new value of a type. Where that fails it looks for the cause further inside, and names this place when there is none.
func (d *description) value(kind reflect.Type, text []byte, path string) {
	if d.left == 0 || json.Unmarshal(text, reflect.New(kind).Interface()) == nil {
		return
	}
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	before := d.left
	switch inner, isOptional := optionalOf(kind); {
	case isOptional:
		d.value(inner, text, path)
	case kind.Kind() == reflect.Struct:
		d.fields(kind, text, path)
	case kind.Kind() == reflect.Slice:
		d.elements(kind.Elem(), text, path)
	}
	if d.left == before {
		code, message := expectation(kind)
		d.body.Add(path, code, message)
		d.left--
	}
}

func (d *description) fields(kind reflect.Type, text []byte, path string) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) != nil {
		return
	}
	for i := range kind.NumField() {
		field := kind.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" && field.Anonymous && field.Type.Kind() == reflect.Struct {
			d.fields(field.Type, text, path) // its fields stand among the others
		} else if raw, ok := fields[name]; ok && name != "" {
			d.value(field.Type, raw, join(path, name))
		}
	}
}

func (d *description) elements(kind reflect.Type, text []byte, path string) {
	var elements []json.RawMessage
	if json.Unmarshal(text, &elements) != nil {
		return
	}
	for i, raw := range elements {
		d.value(kind, raw, join(path, strconv.Itoa(i)))
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// optionalOf tells whether a type is a wire.Optional, and of what.
func optionalOf(kind reflect.Type) (reflect.Type, bool) {
	if kind.Kind() != reflect.Struct || !strings.HasPrefix(kind.Name(), "Optional[") || kind.PkgPath() != wirePath {
		return nil, false
	}
	field, ok := kind.FieldByName("Value")
	return field.Type, ok
}

var (
	wirePath  = reflect.TypeFor[wire.Error]().PkgPath()
	idType    = reflect.TypeFor[id.ID]()
	permType  = reflect.TypeFor[perm.Set]()
	timeType  = reflect.TypeFor[time.Time]()
	embedTime = reflect.TypeFor[wire.EmbedTime]()
	nonceType = reflect.TypeFor[wire.Nonce]()
	textual   = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// expectation says what a value of a type must be. The codes are upstream's, for bots that look at them.
func expectation(kind reflect.Type) (code, message string) {
	switch kind {
	case idType:
		return "NUMBER_TYPE_COERCE", "This value must be an id."
	case permType:
		return "NUMBER_TYPE_COERCE", "This value must be a set of permissions as a decimal number."
	case timeType, embedTime:
		return "DATE_TIME_TYPE_PARSE", "This value must be a time as in ISO 8601."
	case nonceType:
		return "BASE_TYPE_BAD_TYPE", "This value must be a text without control characters, or a whole number."
	}
	if reflect.PointerTo(kind).Implements(textual) {
		return "BASE_TYPE_BAD_VALUE", "This value is not of the right form."
	}
	switch kind.Kind() {
	case reflect.String:
		return "STRING_TYPE_CONVERT", "This value must be a text."
	case reflect.Bool:
		return "BOOLEAN_TYPE_CONVERT", "This value must be true or false."
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "NUMBER_TYPE_COERCE", "This value must be a whole number within bounds."
	case reflect.Slice:
		return "LIST_TYPE_CONVERT", "This value must be a list."
	case reflect.Struct, reflect.Map:
		return "DICT_TYPE_CONVERT", "This value must be an object."
	}
	return "BASE_TYPE_BAD_TYPE", "This value is not of the right type."
}
