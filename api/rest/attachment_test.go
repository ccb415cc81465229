package rest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
)

// part is a part of a multipart body with the boundary b.
func part(disposition, content string) string {
	return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n"
}

func filePart(number int, name, content string) string {
	return part(fmt.Sprintf(`name="files[%d]"; filename=%q`, number, name), content)
}

func payload(json string) string { return part(`name="payload_json"`, json) }

var multipartForm = map[string]string{"Content-Type": `multipart/form-data; boundary=b`}

const endOfForm = "--b--\r\n"

// pngFile is a picture with a comment in it.
func pngFile(t testing.TB, width, height int) string {
	t.Helper()
	made := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range made.Pix {
		made.Pix[i] = 0xFF
	}
	made.Set(0, 0, color.RGBA{1, 2, 3, 255})
	var file bytes.Buffer
	if err := png.Encode(&file, made); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

// fetch asks for a file by its address, or by the path of one.
func (w *world) fetch(t testing.TB, method, address string, header map[string]string) reply {
	t.Helper()
	if strings.HasPrefix(address, "/") {
		address = w.server.URL + address
	}
	request, err := http.NewRequestWithContext(t.Context(), method, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := w.server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := response.Header.Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("%s may be guessed to be something else: %q", address, got)
	}
	if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("%s has the policy %q", address, policy)
	}
	return reply{response, body}
}

// send posts files into the guild's channel and gives the message.
func (w *world) send(t testing.TB, as string, parts ...string) reply {
	t.Helper()
	got := w.call(t, scenario{as: as, method: "POST", path: "/channels/{general}/messages", header: multipartForm, body: strings.Join(parts, "") + endOfForm})
	if got.StatusCode != http.StatusOK {
		t.Fatalf("posting is answered %d: %s", got.StatusCode, got.body)
	}
	return got
}

func TestAFileIsPostedFetchedAndEndsWithItsMessage(t *testing.T) {
	w := newWorld(t)
	picture := pngFile(t, 100, 50)
	got := w.send(t, "ben", payload(`{"content":"look","attachments":[{"id":1,"description":"white"},{"id":"0"}]}`), filePart(0, "notes.txt", "read me"), filePart(1, "../../my cat.png", picture))
	for path, want := range map[string]any{
		"content": "look", "attachments.0.filename": "my_cat.png", "attachments.0.content_type": "image/png", "attachments.0.width": 100.0, "attachments.0.height": 50.0,
		"attachments.0.description": "white", "attachments.0.size": float64(len(picture)), "attachments.1.filename": "notes.txt", "attachments.1.content_type": "text/plain; charset=utf-8",
		"attachments.1.size": 7.0, "attachments.1.width": nil,
	} {
		if value := got.value(path); value != want {
			t.Errorf("%s is %v, want %v", path, value, want)
		}
	}
	address := got.text("attachments.0.url")
	if !strings.HasPrefix(address, w.server.URL+"/attachments/") || got.text("attachments.0.proxy_url") != address {
		t.Errorf("the address is %q", address)
	}
	file := w.fetch(t, "GET", address, nil)
	if file.StatusCode != 200 || string(file.body) != picture || file.Header.Get("Content-Type") != "image/png" || !strings.HasPrefix(file.Header.Get("Content-Disposition"), "inline") {
		t.Errorf("the file is answered %d with %v", file.StatusCode, file.Header)
	}
	if again := w.fetch(t, "GET", address, map[string]string{"If-None-Match": file.Header.Get("ETag")}); again.StatusCode != http.StatusNotModified {
		t.Errorf("what is there already is answered %d", again.StatusCode)
	}
	text := got.text("attachments.1.url")
	if piece := w.fetch(t, "GET", text, map[string]string{"Range": "bytes=5-6"}); piece.StatusCode != http.StatusPartialContent || string(piece.body) != "me" {
		t.Errorf("a part of the file is answered %d %q", piece.StatusCode, piece.body)
	}
	if head := w.fetch(t, "HEAD", "/cdn"+strings.TrimPrefix(text, w.server.URL), nil); head.StatusCode != 200 || head.ContentLength != 7 {
		t.Errorf("the head is answered %d with %d bytes", head.StatusCode, head.ContentLength)
	}
	read := w.call(t, scenario{as: "ada", method: "GET", path: "/channels/{general}/messages/" + got.text("id")})
	if read.text("attachments.0.url") != address {
		t.Errorf("another one is given %q", read.text("attachments.0.url"))
	}
	w.call(t, scenario{as: "ben", method: "DELETE", path: "/channels/{general}/messages/" + got.text("id")})
	for _, gone := range []string{address, text} {
		if file := w.fetch(t, "GET", gone, nil); file.StatusCode != http.StatusNotFound {
			t.Errorf("a file whose message is gone is answered %d", file.StatusCode)
		}
	}
}

func TestAFileIsASpoiler(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"a.png", "SPOILER_a.png"} {
		got := w.send(t, "ben", payload(`{"attachments":[{"id":0,"is_spoiler":true}]}`), filePart(0, name, "x"))
		if got.text("attachments.0.filename") != "SPOILER_a.png" {
			t.Errorf("%s is called %q", name, got.text("attachments.0.filename"))
		}
		if file := w.fetch(t, "GET", got.text("attachments.0.url"), nil); string(file.body) != "x" {
			t.Errorf("it is answered %d", file.StatusCode)
		}
	}
}

func TestWhoMaySendFiles(t *testing.T) {
	w := newWorld(t)
	file := filePart(0, "a.txt", "x") + endOfForm
	w.play(t, scenario{as: "cleo", method: "POST", path: "/channels/{general}/messages", header: multipartForm, body: file, status: 404, code: 10003})
	w.play(t, scenario{as: "ben", method: "POST", path: "/channels/{hidden}/messages", header: multipartForm, body: file, status: 403, code: 50001})
	w.guild.Everyone(perm.ViewChannel | perm.SendMessages | perm.ReadMessageHistory)
	w.play(t, scenario{as: "ben", method: "POST", path: "/channels/{general}/messages", header: multipartForm, body: file, status: 403, code: 50013})
	w.play(t, scenario{as: "ben", method: "PATCH", path: "/channels/{general}/messages/{bens}", header: multipartForm, body: file, status: 403, code: 50013})
	w.play(t, scenario{as: "ben", method: "POST", path: "/channels/{general}/messages", body: `{"content":"x"}`, status: 200})
	w.play(t, scenario{as: "ada", method: "POST", path: "/channels/{general}/messages", header: multipartForm, body: file, status: 200})
}

func TestFilesHaveBounds(t *testing.T) {
	w := openWorld(t, chattest.Options{Chat: chat.Options{Files: chat.FileLimits{FileBytes: 1000, RequestBytes: 2 << 20, UserBytes: 2500}}})
	const path = "/channels/{general}/messages"
	post := func(name, body string, status, code int) scenario {
		return scenario{name: name, as: "ben", method: "POST", path: path, header: multipartForm, body: body + endOfForm, status: status, code: code}
	}
	var eleven strings.Builder
	for i := range 11 {
		eleven.WriteString(filePart(i, "a.txt", "x"))
	}
	twice := post("one number twice", filePart(0, "a.txt", "x")+filePart(0, "b.txt", "y"), 400, 50035)
	twice.fields = map[string]string{"files.0": "BASE_TYPE_BAD_VALUE"}
	wild := post("a part of a wild name", part(`name="files[one]"; filename="a"`, "x"), 400, 50035)
	wild.fields = map[string]string{"files": "BASE_TYPE_BAD_VALUE"}
	unknown := post("a file that is not there", payload(`{"attachments":[{"id":3}]}`)+filePart(0, "a.txt", "x"), 400, 50035)
	unknown.fields = map[string]string{"attachments.0.id": "ATTACHMENT_NOT_FOUND"}
	named := post("a description too long", payload(`{"attachments":[{"id":0,"description":"`+strings.Repeat("x", 1025)+`"}]}`)+filePart(0, "a.txt", "x"), 400, 50035)
	named.fields = map[string]string{"attachments.0.description": "BASE_TYPE_MAX_LENGTH"}
	long := post("a name too long", payload(`{"attachments":[{"id":0,"filename":"`+strings.Repeat("x", 1025)+`"}]}`)+filePart(0, "a.txt", "x"), 400, 50035)
	long.fields = map[string]string{"attachments.0.filename": "BASE_TYPE_BAD_LENGTH"}
	w.run(t, []scenario{
		post("a file too large", filePart(0, "a.txt", strings.Repeat("x", 1001)), 413, 40005),
		post("a request too large", filePart(0, "a.txt", strings.Repeat("x", 3<<20)), 413, 40005),
		post("too many files", eleven.String(), 400, 30015),
		twice, wild, unknown, named, long,
		post("the largest file", filePart(0, "a.txt", strings.Repeat("x", 1000)), 200, 0),
		post("another one", filePart(0, "a.txt", strings.Repeat("y", 1000)), 200, 0),
		post("one more than the quota has room for", filePart(0, "a.txt", strings.Repeat("z", 501)), 413, 40005),
		post("one for which there is room", filePart(0, "a.txt", strings.Repeat("z", 500)), 200, 0),
		post("nothing after that", filePart(0, "a.txt", "z"), 413, 40005),
		{name: "somebody else has a quota of their own", as: "ada", method: "POST", path: path, header: multipartForm, body: filePart(0, "a.txt", "x") + endOfForm, status: 200},
	})
}

func TestEditsKeepAddAndTakeFilesAway(t *testing.T) {
	w := newWorld(t)
	posted := w.send(t, "ben", filePart(0, "one.txt", "1"), filePart(1, "two.txt", "2"))
	path, one, two := "/channels/{general}/messages/"+posted.text("id"), posted.text("attachments.0.id"), posted.text("attachments.1.url")
	w.run(t, []scenario{
		{name: "others may not", as: "ada", method: "PATCH", path: path, body: `{"attachments":[]}`, status: 403, code: 50005},
		{name: "the list is what stays, with what is new", as: "ben", method: "PATCH", path: path, header: multipartForm,
			body:   payload(`{"attachments":[{"id":"`+one+`","description":"the first"},{"id":7,"filename":"3.txt"}]}`) + filePart(7, "three.txt", "3") + endOfForm,
			status: 200, holds: []string{"one.txt", "the first", "3.txt"}, lacks: []string{"two.txt", `"edited_timestamp":null`}},
		{name: "without a list they are added", as: "ben", method: "PATCH", path: path, header: multipartForm, body: filePart(0, "four.txt", "4") + endOfForm, status: 200,
			holds: []string{"one.txt", "3.txt", "four.txt"}},
		{name: "without a word about files they stay", as: "ben", method: "PATCH", path: path, body: `{"content":"words"}`, status: 200, holds: []string{"one.txt", "3.txt", "four.txt"}},
		{name: "a file of another message", as: "ben", method: "PATCH", path: path, body: `{"attachments":[{"id":"17"}]}`, status: 400, code: 50035, fields: map[string]string{"attachments.0.id": "ATTACHMENT_NOT_FOUND"}},
		{name: "the same twice", as: "ben", method: "PATCH", path: path, body: `{"attachments":[{"id":"` + one + `"},{"id":"` + one + `"}]}`, status: 400, code: 50035,
			fields: map[string]string{"attachments.1.id": "ATTACHMENT_NOT_FOUND"}},
		{name: "none stay", as: "ben", method: "PATCH", path: path, body: `{"attachments":[]}`, status: 200, holds: []string{`"attachments":[]`}},
		{name: "and no message without anything", as: "ben", method: "PATCH", path: path, body: `{"content":""}`, status: 400, code: 50006},
	})
	if got := w.fetch(t, "GET", two, nil); got.StatusCode != http.StatusNotFound {
		t.Errorf("a file that was taken away is answered %d", got.StatusCode)
	}
}

func TestAnEmbedShowsAFileOfItsMessage(t *testing.T) {
	w := newWorld(t)
	got := w.send(t, "ben", payload(`{"embeds":[{"title":"T","image":{"url":"attachment://my cat.png"},"thumbnail":{"url":"attachment://gone.png"}}]}`), filePart(0, "my cat.png", pngFile(t, 10, 10)), filePart(1, "notes.txt", "x"))
	address := got.text("embeds.0.image.url")
	if got.text("attachments.0.filename") != "notes.txt" || got.value("attachments.1") != nil || got.value("embeds.0.thumbnail") != nil {
		t.Errorf("posted %s", got.body)
	}
	if file := w.fetch(t, "GET", address, nil); file.StatusCode != http.StatusOK || file.Header.Get("Content-Type") != "image/png" {
		t.Errorf("the picture at %q is answered %d", address, file.StatusCode)
	}
	w.play(t, scenario{as: "ben", method: "PATCH", path: "/messages/" + got.text("id"), body: `{"embeds":[{"title":"U","image":{"url":"` + address + `"}}]}`, status: 200, lacks: []string{`"filename":"my_cat.png"`},
		then: func(t *testing.T, got reply) {
			if got.text("embeds.0.image.url") != address {
				t.Errorf("sent again it is %q", got.text("embeds.0.image.url"))
			}
		}})
	w.play(t, scenario{as: "ben", method: "PATCH", path: "/messages/" + got.text("id"), body: `{"embeds":[]}`, status: 200, holds: []string{`"filename":"my_cat.png"`}})
}
