package rest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
)

// slot announces a file and gives the path of its address, and the name for the message.
func (w *world) slot(t testing.TB, as, name string, size int) (path, uploaded string) {
	t.Helper()
	got := w.call(t, scenario{as: as, method: "POST", path: "/channels/{general}/attachments", body: fmt.Sprintf(`{"files":[{"filename":%q,"file_size":%d,"id":"5","is_clip":false}]}`, name, size)})
	if got.StatusCode != http.StatusOK || got.value("attachments.0.id") != 5.0 {
		t.Fatalf("the slot is answered %d: %s", got.StatusCode, got.body)
	}
	address, err := url.Parse(got.text("attachments.0.upload_url"))
	if err != nil || "http://"+address.Host != w.server.URL {
		t.Fatalf("the slot's address is %q", got.text("attachments.0.upload_url"))
	}
	return address.Path, got.text("attachments.0.upload_filename")
}

// put sends a piece; span is its Content-Range, without "bytes".
func (w *world) put(t testing.TB, path, span, content string) reply {
	t.Helper()
	s := scenario{method: "PUT", path: path, body: content, header: map[string]string{"Content-Type": "application/octet-stream"}}
	if span != "" {
		s.header["Content-Range"] = "bytes " + span
	}
	return w.call(t, s)
}

func TestAFileIsSentInPiecesAndThenPosted(t *testing.T) {
	w := newWorld(t)
	path, uploaded := w.slot(t, "ben", "a film.webm", 10)
	for _, step := range []struct {
		span, content string
		status        int
		arrived       string
	}{
		{"*/10", "", 308, ""},
		{"0-3/10", "0123", 308, "bytes=0-3"},
		{"0-3/10", "0123", 308, "bytes=0-3"}, // once more, because the answer was lost
		{"*/10", "", 308, "bytes=0-3"},
		{"6-9/*", "6789", 308, "bytes=0-3"}, // not there yet
		{"4-9/10", "456789", 200, ""},
		{"*/10", "", 200, ""},
		{"4-9/10", "456789", 200, ""},
	} {
		if got := w.put(t, path, step.span, step.content); got.StatusCode != step.status || got.Header.Get("Range") != step.arrived {
			t.Fatalf("the piece %s is answered %d with %q: %s", step.span, got.StatusCode, got.Header.Get("Range"), got.body)
		}
	}
	body := fmt.Sprintf(`{"attachments":[{"id":"0","filename":"film.webm","uploaded_filename":%q,"description":"a film"}]}`, uploaded)
	w.play(t, scenario{as: "ada", method: "POST", path: "/channels/{general}/messages", body: body, status: 400, code: 50035, fields: map[string]string{"attachments.0.id": "ATTACHMENT_NOT_FOUND"}})
	w.play(t, scenario{as: "ben", method: "POST", path: "/channels/{lounge}/messages", body: body, status: 400, code: 50035, fields: map[string]string{"attachments.0.id": "ATTACHMENT_NOT_FOUND"}})
	w.play(t, scenario{as: "ben", method: "POST", path: "/channels/{general}/messages", body: body, status: 200, holds: []string{"film.webm", "a film", `"size":10`},
		then: func(t *testing.T, got reply) {
			if file := w.fetch(t, "GET", got.text("attachments.0.url"), nil); string(file.body) != "0123456789" {
				t.Errorf("the file is %q", file.body)
			}
		}})
	w.play(t, scenario{as: "ben", method: "POST", path: "/channels/{general}/messages", body: body, status: 400, code: 50035, fields: map[string]string{"attachments.0.id": "ATTACHMENT_NOT_FOUND"}})
	if got := w.put(t, path, "*/10", ""); got.StatusCode != http.StatusNotFound {
		t.Errorf("an upload that a message took is answered %d", got.StatusCode)
	}
}

func TestAFileIsSentAtOnceToItsSlot(t *testing.T) {
	w := newWorld(t)
	photo := pngFile(t, 30, 20)
	path, uploaded := w.slot(t, "ben", "p.png", len(photo))
	half, other := w.slot(t, "ben", "half.txt", 4)
	if got := w.put(t, path, "", photo); got.StatusCode != http.StatusOK || got.value("received") != float64(len(photo)) {
		t.Fatalf("the file is answered %d: %s", got.StatusCode, got.body)
	}
	w.put(t, half, "0-1/4", "xx")
	w.play(t, scenario{as: "ben", method: "POST", path: "/channels/{general}/messages", body: fmt.Sprintf(`{"attachments":[{"id":"0","uploaded_filename":%q},{"id":1,"uploaded_filename":%q}]}`, uploaded, other),
		status: 400, code: 50035, fields: map[string]string{"attachments.1.uploaded_filename": "ATTACHMENT_NOT_UPLOADED"}})
	w.play(t, scenario{as: "ben", method: "PATCH", path: "/channels/{general}/messages/{bens}", body: fmt.Sprintf(`{"attachments":[{"id":"0","uploaded_filename":%q}]}`, uploaded),
		status: 200, holds: []string{`"filename":"p.png"`, `"width":30`}})
}

func TestUploadsHaveBounds(t *testing.T) {
	w := openWorld(t, chattest.Options{Chat: chat.Options{Files: chat.FileLimits{FileBytes: 100, RequestBytes: 1000, UserBytes: 250}}})
	const slots = "/channels/{general}/attachments"
	path, _ := w.slot(t, "ben", "a.txt", 100)
	for name, s := range map[string]struct {
		path, span, content string
		status              int
	}{
		"another size than was announced":  {path, "0-9/10", "0123456789", 400},
		"more than was announced":          {path, "", strings.Repeat("x", 101), 400},
		"a piece beyond the end":           {path, "0-100/*", strings.Repeat("x", 101), 413},
		"a piece of another length":        {path, "0-9/100", "x", 400},
		"a range that is none":             {path, "some/100", "x", 400},
		"a range that goes back":           {path, "9-0/100", "x", 400},
		"a token that is another's":        {path[:len(path)-2] + "00", "*/100", "", 404},
		"an upload that is not there":      {"/api/v10/uploads/17/" + path[strings.LastIndexByte(path, '/')+1:], "*/100", "", 404},
		"an upload whose number is no one": {"/api/v10/uploads/x/y", "*/100", "", 404},
	} {
		if got := w.put(t, s.path, s.span, s.content); got.StatusCode != s.status {
			t.Errorf("%s is answered %d: %s", name, got.StatusCode, got.body)
		}
	}
	w.run(t, []scenario{
		{name: "a file too large", as: "ben", method: "POST", path: slots, body: `{"files":[{"filename":"a","file_size":101}]}`, status: 413, code: 40005},
		{name: "a file of nothing", as: "ben", method: "POST", path: slots, body: `{"files":[{"filename":"a","file_size":0}]}`, status: 400, code: 50035, fields: map[string]string{"files.0.file_size": "NUMBER_TYPE_MIN"}},
		{name: "a file without a name", as: "ben", method: "POST", path: slots, body: `{"files":[{"filename":"","file_size":1}]}`, status: 400, code: 50035, fields: map[string]string{"files.0.filename": "BASE_TYPE_BAD_LENGTH"}},
		{name: "no file", as: "ben", method: "POST", path: slots, body: `{"files":[]}`, status: 400, code: 50035, fields: map[string]string{"files": "BASE_TYPE_BAD_LENGTH"}},
		{name: "more than the quota has room for, all or none", as: "ben", method: "POST", path: slots, body: `{"files":[{"filename":"a","file_size":100},{"filename":"b","file_size":100}]}`, status: 413, code: 40005},
		{name: "as much as it has room for", as: "ben", method: "POST", path: slots, body: `{"files":[{"filename":"a","file_size":100},{"filename":"b","file_size":50}]}`, status: 200},
		{name: "bots send theirs with the message", as: "robin", method: "POST", path: slots, body: `{"files":[{"filename":"a","file_size":1}]}`, status: 403, code: 20001},
		{name: "strangers", as: "cleo", method: "POST", path: slots, body: `{"files":[{"filename":"a","file_size":1}]}`, status: 404, code: 10003},
	})
	w.guild.Everyone(perm.ViewChannel | perm.SendMessages)
	w.play(t, scenario{as: "ben", method: "POST", path: slots, body: `{"files":[{"filename":"a","file_size":1}]}`, status: 403, code: 50013})
	w.hall.Clock.Advance(7 * time.Hour)
	if got := w.put(t, path, "*/100", ""); got.StatusCode != http.StatusNotFound {
		t.Errorf("an expired slot is answered %d", got.StatusCode)
	}
}

// brokenLine gives a few bytes and then nothing, until its line is cut.
type brokenLine struct {
	bytes io.Reader
	cut   context.CancelFunc
}

func (l *brokenLine) Read(into []byte) (int, error) {
	n, err := l.bytes.Read(into)
	if err == io.EOF {
		l.cut()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

func TestWhatCameBeforeALineBrokeIsKept(t *testing.T) {
	w := newWorld(t)
	path, _ := w.slot(t, "ben", "long.bin", 1<<20)
	ctx, cut := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, w.server.URL+path, &brokenLine{strings.NewReader(strings.Repeat("x", 300_000)), cut})
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = 1 << 20
	if response, err := w.server.Client().Do(request); err == nil {
		response.Body.Close()
		t.Fatal("the line did not break")
	}
	for { // the server notices in its own time
		got := w.put(t, path, fmt.Sprintf("*/%d", 1<<20), "")
		received, _ := got.value("received").(float64)
		if got.StatusCode != 308 || t.Context().Err() != nil {
			t.Fatalf("it is answered %d: %s", got.StatusCode, got.body)
		}
		if received == 0 {
			continue
		}
		rest := w.put(t, path, fmt.Sprintf("%d-%d/%d", int(received), 1<<20-1, 1<<20), strings.Repeat("y", 1<<20-int(received)))
		if rest.StatusCode != http.StatusOK {
			t.Errorf("the rest is answered %d: %s", rest.StatusCode, rest.body)
		}
		return
	}
}

func TestAnUploadIsCancelled(t *testing.T) {
	w := newWorld(t)
	path, uploaded := w.slot(t, "ben", "a.txt", 10)
	w.put(t, path, "0-3/10", "0123")
	w.run(t, []scenario{
		{name: "not by somebody else", as: "ada", method: "DELETE", path: "/attachments/" + uploaded, status: 404, code: 0},
		{name: "by whom it is", as: "ben", method: "DELETE", path: "/attachments/" + uploaded, status: 204},
		{name: "once", as: "ben", method: "DELETE", path: "/attachments/" + uploaded, status: 404, code: 0},
	})
	if got := w.put(t, path, "4-9/10", "456789"); got.StatusCode != http.StatusNotFound {
		t.Errorf("more of it is answered %d", got.StatusCode)
	}
}
