package route

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"mime/multipart"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"guildhall/api/chat"
	"guildhall/api/wire"
)

// maxBody is the largest body in bytes: more than the largest message with all its embeds, escaped. Files will have a limit of their own.
const maxBody = 1 << 20

// bodyError is an error that has its answer already.
type bodyError struct {
	status int
	body   wire.Error
}

func (e *bodyError) Error() string { return e.body.Message }

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled keeps buffers of unusually large bodies out of the pool.
const maxPooled = 64 << 10

func release(buffer *bytes.Buffer) {
	if buffer.Cap() <= maxPooled {
		buffer.Reset()
		buffers.Put(buffer)
	}
}

// Decode reads a JSON body, or the payload_json of a multipart one, into a T. An empty body is an empty object. Fields that T does not have are ignored, as the
// contract asks; a field of the wrong type is an error that names it.
func Decode[T any](r *Request) (T, error) {
	var value T
	buffer := buffers.Get().(*bytes.Buffer)
	defer release(buffer)
	if err := readBody(r, buffer); err != nil {
		return value, err
	}
	text := bytes.TrimSpace(buffer.Bytes())
	if len(text) == 0 {
		return value, nil
	}
	if err := json.Unmarshal(text, &value); err != nil {
		return value, describe[T](text, err)
	}
	return value, nil
}

func readBody(r *Request, into *bytes.Buffer) error {
	contentType, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && r.Header.Get("Content-Type") != "" {
		return &bodyError{http.StatusBadRequest, wire.Error{Code: wire.CodeMalformedJSON, Message: "The Content-Type cannot be read."}}
	}
	switch contentType {
	case "multipart/form-data":
		return readMultipart(r, parameters["boundary"], into)
	case "application/x-www-form-urlencoded":
		return &bodyError{http.StatusBadRequest, wire.Error{Code: wire.CodeMalformedJSON, Message: "The body contains invalid JSON."}}
	}
	if _, err := into.ReadFrom(r.Body); err != nil {
		return tooLarge(err)
	}
	return nil
}

// readMultipart takes payload_json, or fields without it (as old webhook senders write them). Files are refused until they are built.
func readMultipart(r *Request, boundary string, into *bytes.Buffer) error {
	if boundary == "" {
		return &bodyError{http.StatusBadRequest, wire.Error{Code: wire.CodeMalformedJSON, Message: "The multipart body has no boundary."}}
	}
	fields := make(map[string]string)
	for reader := multipart.NewReader(r.Body, boundary); ; {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return malformed(err)
		}
		name := part.FormName()
		if part.FileName() != "" || strings.HasPrefix(name, "files[") {
			return &chat.Error{Kind: chat.NotSupported, Message: "This hall cannot take files yet.",
				Fields: []chat.FieldError{{Path: "files", Code: "FEATURE_NOT_BUILT", Message: "This hall cannot take files yet."}}}
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return malformed(err)
		}
		if name == "payload_json" {
			into.Write(content)
			return nil
		}
		fields[name] = string(content)
	}
	return json.NewEncoder(into).Encode(fields)
}

func malformed(err error) error {
	if large := tooLarge(err); large != err {
		return large
	}
	return &bodyError{http.StatusBadRequest, wire.Error{Code: wire.CodeMalformedJSON, Message: "The multipart body cannot be read."}}
}

func tooLarge(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &bodyError{http.StatusRequestEntityTooLarge, wire.Error{Code: wire.CodeBodyTooLarge, Message: "Request entity too large"}}
	}
	return err
}

// describe turns a decoding error into the contract's. The text is decoded field by field to find the one that is wrong.
func describe[T any](text []byte, err error) error {
	if !json.Valid(text) {
		return &bodyError{http.StatusBadRequest, wire.Error{Code: wire.CodeMalformedJSON, Message: "The request body contains invalid JSON."}}
	}
	path, inner := locate(reflect.TypeFor[T](), text, "")
	if inner == nil {
		inner = err
	}
	code, message := "BASE_TYPE_BAD_VALUE", "This value is not of the right form."
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](inner); ok {
		code, message = "BASE_TYPE_BAD_TYPE", "This value must not be a "+mismatch.Value+"."
	}
	return &bodyError{http.StatusBadRequest, wire.InvalidForm(path, code, message)}
}

// locate finds the first value that cannot be decoded, and its path.
func locate(kind reflect.Type, text []byte, path string) (string, error) {
	target := reflect.New(kind)
	err := json.Unmarshal(text, target.Interface())
	if err == nil {
		return "", nil
	}
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	if inner, ok := optionalOf(kind); ok {
		return locate(inner, text, path)
	}
	switch kind.Kind() {
	case reflect.Struct:
		var fields map[string]json.RawMessage
		if json.Unmarshal(text, &fields) != nil {
			return path, err
		}
		for i := range kind.NumField() {
			name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
			if raw, ok := fields[name]; ok && name != "" {
				if at, inner := locate(kind.Field(i).Type, raw, join(path, name)); inner != nil {
					return at, inner
				}
			}
		}
	case reflect.Slice:
		var elements []json.RawMessage
		if json.Unmarshal(text, &elements) != nil {
			return path, err
		}
		for i, raw := range elements {
			if at, inner := locate(kind.Elem(), raw, join(path, strconv.Itoa(i))); inner != nil {
				return at, inner
			}
		}
	}
	return path, err
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// optionalOf tells whether a type is a wire.Optional, and of what.
func optionalOf(kind reflect.Type) (reflect.Type, bool) {
	if kind.Kind() != reflect.Struct || !strings.HasPrefix(kind.Name(), "Optional[") {
		return nil, false
	}
	field, ok := kind.FieldByName("Value")
	return field.Type, ok
}

// JSON answers with a value.
func JSON(w http.ResponseWriter, status int, value any) error {
	buffer := buffers.Get().(*bytes.Buffer)
	defer release(buffer)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(buffer.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(buffer.Bytes()) // a caller that went away needs no answer
	return nil
}

// NoContent answers 204, without a content type: with one, discord.js tries to read the empty body.
func NoContent(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	_ = JSON(w, status, value) // the values given here always encode
}

// WriteError answers with an error.
func WriteError(w http.ResponseWriter, err error) {
	if ready, ok := errors.AsType[*bodyError](err); ok {
		writeJSON(w, ready.status, ready.body)
		return
	}
	status, body := wire.NewError(err)
	if status == http.StatusTooManyRequests {
		w.Header().Set("Via", "1.1 guildhall")
		w.Header().Set("X-RateLimit-Scope", "shared")
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(*body.RetryAfter))))
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	writeJSON(w, status, body)
}
