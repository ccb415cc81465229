package route

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"guildhall/api/wire"
)

// wrongFields gives the paths that an error body names.
func wrongFields(errors map[string]any, path string) (paths []string) {
	for key, value := range errors {
		if key == "_errors" {
			paths = append(paths, path)
		} else if inner, ok := value.(map[string]any); ok {
			paths = append(paths, wrongFields(inner, join(path, key))...)
		}
	}
	return paths
}

func TestAnAnswerNamesOnlySoManyWrongFields(t *testing.T) {
	body := `{"embeds":[` + strings.Repeat(`{"title":1},`, 99) + `{"title":1}]}`
	_, err := decode[wire.MessageCreate]([]byte(body))
	_, answer := wireError(err)
	if got := len(wrongFields(answer.Errors, "")); got != maxDescribed {
		t.Errorf("%d fields are named", got)
	}
}

func TestABodyThatBreaksOffIsMalformed(t *testing.T) {
	for _, contentType := range []string{"application/json", "multipart/form-data; boundary=b"} {
		r := &Request{Request: httptest.NewRequest(http.MethodPost, "/", iotest.TimeoutReader(strings.NewReader(`{"content":"x`)))}
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"content":`), iotest.ErrReader(errors.New("connection reset"))))
		r.Header.Set("Content-Type", contentType)
		_, err := Decode[wire.MessageCreate](r)
		if status, body := wireError(err); status != 400 || body.Code != wire.CodeMalformedJSON {
			t.Errorf("%s: the error is %v", contentType, err)
		}
	}
}

func TestAValueThatDoesNotEncodeIsAnErrorAndNoHalfAnswer(t *testing.T) {
	recorder := httptest.NewRecorder()
	if err := JSON(recorder, 200, map[string]any{"x": func() {}}); err == nil || recorder.Body.Len() > 0 {
		t.Errorf("the error is %v, the body %s", err, recorder.Body)
	}
}

func FuzzDecodeMessageCreate(f *testing.F) {
	for _, seed := range []string{
		`{"content":"hi","nonce":"1","enforce_nonce":true,"tts":false}`, `{"content":null,"embeds":[{"title":"t","fields":[{"name":"n","value":"v"}],"timestamp":"2026-01-02T03:04:05Z"}]}`,
		`{"allowed_mentions":{"parse":["users"],"users":["1",2]},"message_reference":{"message_id":"3"}}`, `[]`, `null`, `{"nonce":1.5}`, `{"embeds":{}}`, `{"poll":{},"components":[1]}`, "{\"content\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		value, err := decode[wire.MessageCreate](text)
		if err == nil {
			if _, err := json.Marshal(value.Embeds); err != nil {
				t.Errorf("what was read does not encode: %v", err)
			}
			return
		}
		status, body := wireError(err)
		valid := json.Valid(text)
		if status != 400 || valid != (body.Code == wire.CodeInvalidForm) || valid != (len(wrongFields(body.Errors, "")) > 0) || len(wrongFields(body.Errors, "")) > maxDescribed {
			t.Errorf("the error of %q is %d %+v", text, status, body)
		}
	})
}

func FuzzMultipart(f *testing.F) {
	for _, seed := range []string{
		"--b\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{}\r\n--b--\r\n", "--b\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"x\"\r\n\r\nx\r\n--b--\r\n",
		"--b\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\nx\r\n--b--", "--b\r\n\r\n\r\n--b--", "--b", "", "--b--\r\n",
	} {
		f.Add([]byte(seed), "b")
	}
	f.Fuzz(func(t *testing.T, body []byte, boundary string) {
		var into bytes.Buffer
		err := readMultipart(bytes.NewReader(body), boundary, &into, func(part FilePart) error {
			_, err := io.Copy(io.Discard, part.Content)
			return err
		})
		if err != nil {
			if status, _ := wireError(err); status != 400 {
				t.Errorf("the error is %v", err)
			}
			return
		}
		if into.Len() > 8*len(body)+8 {
			t.Errorf("%d bytes became %d", len(body), into.Len())
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"before=1&limit=50", "limit=-1", "after=99999999999999999999", "limit=1&limit=2", "with_counts=yes", "%zz", "before=%00", "around=&limit="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.URL.RawQuery = text
		query := (&Request{Request: r}).Query()
		cursor, limit, flag := query.ID("before"), query.Int("limit", 50, 1, 100), query.Bool("with_counts")
		err := query.Err()
		if err == nil && (limit < 1 || limit > 100 || int64(cursor) < 0) {
			t.Errorf("%q is read as %d, %d, %v", text, cursor, limit, flag)
		}
		if err != nil {
			if status, body := wireError(err); status != 400 || body.Code != wire.CodeInvalidForm {
				t.Errorf("the error is %v", err)
			}
		}
	})
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/api/v10/guilds/1", "//api//v9//x/", "/api", "/api/v6/x", "/apix", "", "/api/servers", "/api/v", "/api/v9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got, kind := apiPath(path)
		if kind == pathServed && (got == "" || got[0] != '/' || strings.Contains(got, "//") || got != "/" && strings.HasSuffix(got, "/") || strings.HasPrefix(got, "/servers/")) {
			t.Errorf("%q becomes %q", path, got)
		}
	})
}
