package route

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"strings"

	"guildhall/api/chat"
)

// maxParts is how many parts a multipart body may have: ten files, and the fields of old webhook senders.
const maxParts = 64

// unreadableForm is what is said of a multipart body that is none.
const unreadableForm = "The multipart body cannot be read."

// readMultipart takes payload_json, or, where there is none, the form's fields as an object of texts (as old webhook senders write them). It reads to the end:
// files may stand before or after, and are refused until they are built.
func readMultipart(body io.Reader, boundary string, into *bytes.Buffer) error {
	if boundary == "" {
		return malformed("The multipart body has no boundary.")
	}
	fields := make(map[string]string)
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
		if part.FileName() != "" || name == "file" || strings.HasPrefix(name, "files[") {
			return errNoFiles
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return unreadable(err, unreadableForm)
		}
		if _, twice := fields[name]; twice {
			return malformed("The multipart body has a field twice.")
		}
		fields[name] = string(content)
	}
	return malformed("The multipart body has too many parts.")
}

var errNoFiles = &chat.Error{Kind: chat.NotSupported, Message: "This hall cannot take files yet.",
	Fields: []chat.FieldError{{Path: "files", Code: "FEATURE_NOT_BUILT", Message: "This hall cannot take files yet."}}}

func takeFields(fields map[string]string, into *bytes.Buffer) error {
	if payload, ok := fields["payload_json"]; ok {
		into.WriteString(payload)
		return nil
	}
	return json.NewEncoder(into).Encode(fields)
}
