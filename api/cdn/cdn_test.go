package cdn_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"guildhall/api/cdn"
	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
)

// Whoever starts a goroutine stops it and waits for it: after all tests nothing runs any more.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestItServesFilesAndNothingElse(t *testing.T) {
	for path, want := range map[string]bool{
		"/attachments/1/2/a.png": true, "/cdn/attachments/1/2/a.png": true, "/cdn/": true, "/attachments": false, "/cdn": false, "/": false, "/api/v10/attachments/refresh-urls": false, "/channels/1": false,
	} {
		if got := cdn.Serves(path); got != want {
			t.Errorf("%s: %t", path, got)
		}
	}
}

// serve answers a request for a file that alice has posted; change may change it.
func serve(t *testing.T, name, content string, change func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	uploadID, err := hall.Files.Receive(t.Context(), guild.Owner, guild.General, name, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	posted, err := hall.Messages.Create(t.Context(), guild.Owner, guild.General, chat.MessageDraft{Attachments: []chat.AttachmentDraft{{ID: uploadID}}})
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodGet, hall.Files.Link(guild.General, uploadID, posted.Message.Attachments[0].Filename), http.NoBody)
	change(request)
	recorder := httptest.NewRecorder()
	cdn.New(cdn.Options{Files: hall.Files, Log: hall.Log}).ServeHTTP(recorder, request)
	return recorder
}

func TestAFileComesWithWhatKeepsItFromDoingHarm(t *testing.T) {
	got := serve(t, "größe.pdf", "%PDF-1.7", func(*http.Request) {})
	for name, want := range map[string]string{
		"Content-Type": "application/pdf", "X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment; filename*=utf-8''gr%C3%B6%C3%9Fe.pdf", "Cache-Control": "private, no-cache",
		"Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "cross-origin", "Accept-Ranges": "bytes", "Content-Length": "8",
		"Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
	} {
		if value := got.Header().Get(name); value != want {
			t.Errorf("%s is %q, want %q", name, value, want)
		}
	}
	if got.Code != http.StatusOK || got.Body.String() != "%PDF-1.7" {
		t.Errorf("it is answered %d %q", got.Code, got.Body)
	}
}

func TestPartsOfAFile(t *testing.T) {
	for name, test := range map[string]struct {
		header map[string]string
		method string
		status int
		body   string
	}{
		"the beginning":                    {map[string]string{"Range": "bytes=0-3"}, http.MethodGet, http.StatusPartialContent, "0123"},
		"the end":                          {map[string]string{"Range": "bytes=-2"}, http.MethodGet, http.StatusPartialContent, "89"},
		"from somewhere on":                {map[string]string{"Range": "bytes=7-"}, http.MethodGet, http.StatusPartialContent, "789"},
		"beyond the end":                   {map[string]string{"Range": "bytes=10-"}, http.MethodGet, http.StatusRequestedRangeNotSatisfiable, ""},
		"of a file that is another by now": {map[string]string{"Range": "bytes=0-3", "If-Range": `"other"`}, http.MethodGet, http.StatusOK, "0123456789"},
		"only what is known of it":         {nil, http.MethodHead, http.StatusOK, ""},
		"writing":                          {nil, http.MethodPut, http.StatusNotFound, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := serve(t, "digits.txt", "0123456789", func(r *http.Request) {
				r.Method = test.method
				for name, value := range test.header {
					r.Header.Set(name, value)
				}
			})
			if got.Code != test.status || test.body != "" && got.Body.String() != test.body {
				t.Errorf("it is answered %d %q", got.Code, got.Body)
			}
		})
	}
}
