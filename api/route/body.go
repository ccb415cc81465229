package route

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"

	"guildhall/api/wire"
)

// maxBody is the largest body in bytes: more than the largest message with all its embeds, escaped. Routes that take files or pictures say how large theirs may be.
const maxBody = 1 << 20

// bodyError is an error that has its answer already.
type bodyError struct {
	status int
	body   wire.Error
}

func (e *bodyError) Error() string { return e.body.Message }

// malformed is the error for a body that cannot be read at all.
func malformed(message string) error {
	return &bodyError{http.StatusBadRequest, wire.Error{Code: wire.CodeMalformedJSON, Message: message}}
}

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
// contract asks; fields of the wrong type are an error that names them. How deep a body may nest is bounded by encoding/json.
func Decode[T any](r *Request) (T, error) {
	var value T
	buffer := buffers.Get().(*bytes.Buffer)
	defer release(buffer)
	if err := readBody(r, buffer, nil); err != nil {
		return value, err
	}
	return decode[T](buffer.Bytes())
}

// PayloadForm reads the body of a program that sends JSON, as it is or as the field payload of a form, the two ways in which webhooks are called elsewhere. An empty body is an empty object.
func PayloadForm(r *Request) ([]byte, error) {
	var body bytes.Buffer
	if err := readAll(http.MaxBytesReader(nil, r.Body, maxBody), &body); err != nil {
		return nil, err
	}
	text := body.Bytes()
	if contentType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && contentType == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(body.String())
		if err != nil {
			return nil, malformed("The form cannot be read.")
		}
		text = []byte(form.Get("payload"))
	}
	if len(bytes.Trim(text, jsonSpace)) == 0 {
		text = []byte("{}")
	}
	return text, nil
}

// PlainText answers with a text.
func PlainText(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	return write(w, status, []byte(text))
}

// jsonSpace is what JSON takes for space.
const jsonSpace = " \t\r\n"

// DecodeAt reads a part of a body that was kept as it came (json.RawMessage), and stands in the body at a path. What is wrong with it is said as of a body.
func DecodeAt[T any](path string, text []byte) (T, error) { return decodeAt[T](path, text) }

func decode[T any](text []byte) (T, error) { return decodeAt[T]("", text) }

func decodeAt[T any](path string, text []byte) (T, error) {
	var value T
	if len(bytes.Trim(text, jsonSpace)) == 0 {
		return value, nil
	}
	if err := json.Unmarshal(text, &value); err != nil {
		var none T
		return none, describe[T](text, path)
	}
	return value, nil
}

const jsonType = "application/json"

func readBody(r *Request, into *bytes.Buffer, take func(FilePart) error) error {
	header := r.Header.Get("Content-Type")
	text := http.MaxBytesReader(nil, r.Body, max(r.maxText, maxBody))
	if header == jsonType || header == "" {
		return readAll(text, into)
	}
	contentType, parameters, err := mime.ParseMediaType(header)
	if err != nil {
		return malformed("The Content-Type cannot be read.")
	}
	switch contentType {
	case "multipart/form-data":
		return readMultipart(r.Body, parameters["boundary"], into, take)
	case "application/x-www-form-urlencoded":
		return malformed("The body must be JSON, or a multipart form.")
	}
	return readAll(text, into)
}

func readAll(body io.Reader, into *bytes.Buffer) error {
	if _, err := into.ReadFrom(body); err != nil {
		return unreadable(err, "The body ended early.")
	}
	return nil
}

// unreadable is the error for a body that is too large or too slow, or that cannot be read for another reason.
func unreadable(err error, message string) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &bodyError{http.StatusRequestEntityTooLarge, wire.Error{Code: wire.CodeBodyTooLarge, Message: "Request entity too large"}}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &bodyError{http.StatusRequestTimeout, wire.Error{Message: "The body took too long to arrive."}}
	}
	return malformed(message)
}

// BodyError is the error for a body that broke off, for handlers that read it by themselves.
func BodyError(err error) error { return unreadable(err, "The body ended early.") }

// IsJSON tells whether the request says that its body is JSON. Pages of other sites cannot send that without asking first.
func (r *Request) IsJSON() bool {
	contentType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && contentType == jsonType
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
	return write(w, status, buffer.Bytes())
}

var jsonTypes = []string{jsonType}

func write(w http.ResponseWriter, status int, body []byte) error {
	header := w.Header()
	header["Content-Type"] = jsonTypes
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller that went away needs no answer
	return nil
}

// NoContent answers 204, without a content type: with one, discord.js tries to read the empty body.
func NoContent(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// WriteError answers with an error.
func WriteError(w http.ResponseWriter, err error) {
	status, body := wireError(err)
	if status == http.StatusTooManyRequests && body.RetryAfter != nil {
		writeWait(w.Header(), *body.RetryAfter, "shared")
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if err := JSON(w, status, body); err != nil {
		panic(err) // an error body is made of texts and numbers: it always encodes
	}
}

// wireError gives an error's status and body.
func wireError(err error) (status int, body wire.Error) {
	if ready, ok := errors.AsType[*bodyError](err); ok {
		return ready.status, ready.body
	}
	return wire.NewError(err)
}
