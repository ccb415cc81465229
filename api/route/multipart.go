package route

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"guildhall/api/chat"
	"guildhall/api/wire"
)

// maxParts is how many parts a multipart body may have: ten files, and the fields of old webhook senders.
const maxParts = 64

// unreadableForm is what is said of a multipart body that is none.
const unreadableForm = "The multipart body cannot be read."

// FilePart is a file in a multipart body, as it arrives. It can be read until the next one comes.
type FilePart struct {
	// Number is n of a part that is called files[n]; -1 for others, such as file.
	Number int
	// Filename is what the client calls it, without folders.
	Filename string
	Content  io.Reader
}

// DecodeForm is Decode for routes that take files (see Route.Body): each is handed to take as it arrives, before or after what the T is made of. The first error ends it; what is
// left of the body is read all the same, as long as it is not too much, because a client that is still writing does not hear an answer.
func DecodeForm[T any](r *Request, take func(FilePart) error) (T, error) {
	buffer := buffers.Get().(*bytes.Buffer)
	defer release(buffer)
	if err := readBody(r, buffer, take); err != nil {
		_, _ = io.Copy(io.Discard, r.Body) // the error that counts is there already
		var none T
		return none, err
	}
	return decode[T](buffer.Bytes())
}

// readMultipart takes payload_json, or, where there is none, the form's fields as an object of texts (as old webhook senders write them). Files may stand before or after; with
// nobody to take them they are refused.
func readMultipart(body io.Reader, boundary string, into *bytes.Buffer, take func(FilePart) error) error {
	if boundary == "" {
		return malformed("The multipart body has no boundary.")
	}
	fields := make(map[string]string)
	left := int64(maxBody)
	reader := multipart.NewReader(body, boundary)
	for range maxParts {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return takeFields(fields, into)
		}
		if err != nil {
			return unreadable(err, unreadableForm)
		}
		name := part.FormName()
		if name != payloadField && (part.FileName() != "" || name == "file" || strings.HasPrefix(name, "files[")) {
			if err := takeFile(part, name, take); err != nil {
				return err
			}
			continue
		}
		content, err := io.ReadAll(http.MaxBytesReader(nil, part, left))
		if err != nil {
			return unreadable(err, unreadableForm)
		}
		left -= int64(len(content))
		if _, twice := fields[name]; twice {
			return malformed("The multipart body has a field twice.")
		}
		fields[name] = string(content)
	}
	return malformed("The multipart body has too many parts.")
}

// payloadField is the part that is JSON.
const payloadField = "payload_json"

// takeFile hands a file on.
func takeFile(part *multipart.Part, name string, take func(FilePart) error) error {
	if take == nil {
		return errNoFiles
	}
	file := FilePart{Number: -1, Filename: cmp.Or(part.FileName(), "file"), Content: fileContent{part}}
	if inner, ok := strings.CutPrefix(name, "files["); ok {
		number, err := strconv.ParseUint(strings.TrimSuffix(inner, "]"), 10, 16)
		if err != nil || !strings.HasSuffix(inner, "]") {
			form := wire.InvalidForm()
			form.Add("files", "BASE_TYPE_BAD_VALUE", fmt.Sprintf("%.40q is not the name of a file: write files[n].", name))
			return &bodyError{http.StatusBadRequest, form}
		}
		file.Number = int(number)
	}
	return take(file)
}

// fileContent reads a file and gives the errors that clients are told.
type fileContent struct{ part *multipart.Part }

func (c fileContent) Read(into []byte) (int, error) {
	n, err := c.part.Read(into)
	if err != nil && !errors.Is(err, io.EOF) {
		err = unreadable(err, unreadableForm)
	}
	return n, err
}

var errNoFiles = &chat.Error{Kind: chat.NotSupported, Message: "This cannot be sent with files.",
	Fields: []chat.FieldError{{Path: "files", Code: "BASE_TYPE_BAD_VALUE", Message: "This cannot be sent with files."}}}

func takeFields(fields map[string]string, into *bytes.Buffer) error {
	if payload, ok := fields[payloadField]; ok {
		into.WriteString(payload)
		return nil
	}
	form := make(map[string]any, len(fields))
	for name, text := range fields {
		form[name] = text
	}
	if aloud, err := strconv.ParseBool(fields["tts"]); err == nil {
		form["tts"] = aloud // the one field of such senders that is no text
	}
	return json.NewEncoder(into).Encode(form)
}
