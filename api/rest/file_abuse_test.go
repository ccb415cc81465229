package rest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// pngPromise is a PNG that promises a size and brings data that has nothing to do with it.
func pngPromise(width, height uint32, data string) string {
	chunk := func(name, content string) string {
		text := string(binary.BigEndian.AppendUint32(nil, uint32(len(content)))) + name + content
		return text + string(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(name+content))))
	}
	head := string(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)) + "\x08\x02\x00\x00\x00"
	return "\x89PNG\r\n\x1a\n" + chunk("IHDR", head) + chunk("IDAT", data) + chunk("IEND", "")
}

func TestWhatAFileIsItsBytesSayAndNobodyElse(t *testing.T) {
	w := newWorld(t)
	const page, drawing = "<!doctype html><script>alert(1)</script>", `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`
	for name, test := range map[string]struct {
		file, content, contentType string
		inline, picture            bool
	}{
		"a page that is called a picture":         {"cat.png", page, "text/plain; charset=utf-8", true, false},
		"a page":                                  {"index.html", page, "text/plain; charset=utf-8", true, false},
		"a drawing in SVG":                        {"logo.svg", drawing, "text/plain; charset=utf-8", true, false},
		"a page behind the head of a picture":     {"cat.gif", "GIF89a/*" + page + "*/=1", "application/octet-stream", false, false},
		"a picture that is called a page":         {"index.html", pngFile(t, 3, 3), "image/png", true, true},
		"a picture larger than any":               {"cat.png", pngPromise(1<<31-1, 1<<31-1, "x"), "application/octet-stream", false, false},
		"a picture of more pixels than it brings": {"cat.png", pngPromise(8000, 8000, "x"), "image/png", true, true},
		"a document":                              {"a.pdf", "%PDF-1.7 alert(1)", "application/pdf", false, false},
		"a program":                               {"a.exe", "MZ\x90\x00\x03", "application/octet-stream", false, false},
		"a script":                                {"a.js", "alert(1)", "text/plain; charset=utf-8", true, false},
		"an archive":                              {"a.zip", "PK\x03\x04\x14\x00", "application/zip", false, false},
		"sound":                                   {"a.ogg", "OggS\x00\x02", "audio/ogg", true, false},
		"a film":                                  {"a.mp4", "\x00\x00\x00\x0cftypisom", "video/mp4", true, false},
		"a film that is cut off":                  {"a.mp4", "\x00\x00\x00\x20ftypisom", "application/octet-stream", false, false},
		"a photograph of a phone":                 {"a.jpg", "\x00\x00\x00\x0cftypheic", "image/heic", false, false},
		"nothing":                                 {"a.txt", "", "text/plain; charset=utf-8", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.send(t, "ben", part(fmt.Sprintf(`name="files[0]"; filename=%q`+"\r\nContent-Type: text/html", test.file), test.content))
			if got.text("attachments.0.content_type") != test.contentType || (got.value("attachments.0.width") != nil) != test.picture {
				t.Errorf("the message has %s", got.body)
			}
			for _, query := range []string{"", "&size=16", "&width=100&height=100"} {
				file := w.fetch(t, "GET", got.text("attachments.0.url")+query, nil)
				disposition := "attachment"
				if test.inline {
					disposition = "inline"
				}
				if file.StatusCode != 200 || file.Header.Get("Content-Type") != test.contentType || !strings.HasPrefix(file.Header.Get("Content-Disposition"), disposition+";") || string(file.body) != test.content {
					t.Errorf("the file%s is answered %d with %v", query, file.StatusCode, file.Header)
				}
			}
		})
	}
}

func TestNamesOfFilesPlayNoTricks(t *testing.T) {
	w := newWorld(t)
	for given, want := range map[string]string{
		"../../etc/passwd": "passwd", `..\..\boot.ini`: "boot.ini", "/etc/shadow": "shadow", "...": "file", ".htaccess": "htaccess", "con.txt": "_con.txt", "COM1": "_COM1",
		"a\u202Egnp.exe": "agnp.exe", "a\u200B\u2066b.txt": "ab.txt", "zwei Wörter.txt": "zwei_Wörter.txt", "<script>.png": "_script_.png", "a?b#c%2F&d;e.txt": "a_b_c_2F_d_e.txt", "trailing. .": "trailing",
		strings.Repeat("long", 100) + ".png": strings.Repeat("long", 49) + ".png",
	} {
		got := w.send(t, "ben", payload(fmt.Sprintf(`{"attachments":[{"id":0,"filename":%q}]}`, given)), filePart(0, "a", "x"))
		if name := got.text("attachments.0.filename"); name != want {
			t.Errorf("%q became %q, want %q", given, name, want)
		}
		if file := w.fetch(t, "GET", got.text("attachments.0.url"), nil); file.StatusCode != http.StatusOK {
			t.Errorf("%q is answered %d", given, file.StatusCode)
		}
	}
	w.play(t, scenario{as: "ben", method: "POST", path: "/channels/{general}/messages", header: multipartForm, body: filePart(0, strings.Repeat("x", 1025), "x") + endOfForm, status: 400, code: 50035})
}

func TestOnlyAGoodLinkOpensAFile(t *testing.T) {
	w := newWorld(t)
	got := w.send(t, "ben", filePart(0, "a.txt", "one"), filePart(1, "b.txt", "two"))
	one, err := url.Parse(got.text("attachments.0.url"))
	if err != nil {
		t.Fatal(err)
	}
	two, err := url.Parse(got.text("attachments.1.url"))
	if err != nil {
		t.Fatal(err)
	}
	hidden, general := w.fill("{hidden}"), w.fill("{general}")
	query := one.Query()
	later := query.Get("ex")[:len(query.Get("ex"))-1] + "f"
	for name, address := range map[string]string{
		"no signature": one.Path, "half a signature": one.Path + "?" + one.RawQuery[:len(one.RawQuery)-1], "another file's signature": one.Path + "?" + two.RawQuery,
		"another channel": strings.Replace(one.Path, general, hidden, 1) + "?" + one.RawQuery, "another name": strings.Replace(one.Path, "a.txt", "b.txt", 1) + "?" + one.RawQuery,
		"a later end": one.Path + "?" + strings.Replace(one.RawQuery, "ex="+query.Get("ex"), "ex="+later, 1), "another beginning": one.Path + "?" + strings.Replace(one.RawQuery, "is=", "is=1", 1),
		"no file": "/attachments/" + general + "/?" + one.RawQuery, "no number": "/attachments/x/y/a.txt?" + one.RawQuery, "a folder above": "/cdn/attachments/../../etc/passwd", "anything": "/cdn/", "an avatar": "/cdn/avatars/1/2.png",
	} {
		if file := w.fetch(t, "GET", address, nil); file.StatusCode != http.StatusNotFound || bytes.Contains(file.body, []byte("one")) || file.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s is answered %d: %s", name, file.StatusCode, file.body)
		}
	}
	if file := w.fetch(t, "POST", one.Path+"?"+one.RawQuery, nil); file.StatusCode == http.StatusOK {
		t.Errorf("POST is answered %d", file.StatusCode)
	}
	w.hall.Clock.Advance(23 * time.Hour)
	if file := w.fetch(t, "GET", one.String(), nil); file.StatusCode != http.StatusOK {
		t.Errorf("after most of a day the file is answered %d", file.StatusCode)
	}
	w.hall.Clock.Advance(8 * time.Hour)
	if file := w.fetch(t, "GET", one.String(), nil); file.StatusCode != http.StatusNotFound {
		t.Errorf("an expired address is answered %d", file.StatusCode)
	}
}

func TestLinksAreRenewedForThoseWhoMayReadTheMessage(t *testing.T) {
	w := newWorld(t)
	got := w.send(t, "ben", filePart(0, "a.txt", "one"))
	address := got.text("attachments.0.url")
	secret := w.call(t, scenario{as: "ada", method: "POST", path: "/channels/{hidden}/messages", header: multipartForm, body: filePart(0, "s.txt", "secret") + endOfForm}).text("attachments.0.url")
	ask := func(addresses ...string) string {
		return `{"attachment_urls":["` + strings.Join(addresses, `","`) + `"]}`
	}
	nothing := scenario{method: "POST", path: "/attachments/refresh-urls", status: 200, holds: []string{`"refreshed":null`}, lacks: []string{`"refreshed":"`}}
	for as, asked := range map[string]string{
		"ben": ask(secret, "https://example.org/a.png", "not an address", w.server.URL+"/attachments/1/2/x", strings.Replace(address, "a.txt", "b.txt", 1)), "cleo": ask(address, secret), "robin": ask(secret),
	} {
		refused := nothing
		refused.as, refused.body = as, asked
		w.play(t, refused)
	}
	w.guild.Everyone(perm.ViewChannel)
	blind := nothing
	blind.as, blind.body = "ben", ask(address)
	w.play(t, blind)
	for _, body := range []string{ask(make([]string, 51)...), `{}`, `{"attachment_urls":[]}`} {
		w.play(t, scenario{as: "ben", method: "POST", path: "/attachments/refresh-urls", body: body, status: 400, code: 50035, fields: map[string]string{"attachment_urls": "BASE_TYPE_BAD_LENGTH"}})
	}
	w.play(t, scenario{method: "POST", path: "/attachments/refresh-urls", body: ask(address), status: 401, code: 0})
	w.guild.Everyone(perm.ViewChannel | perm.ReadMessageHistory)
	w.hall.Clock.Advance(48 * time.Hour)
	w.play(t, scenario{as: "robin", method: "POST", path: "/attachments/refresh-urls", body: ask(address, "https://elsewhere.example/cdn"+strings.TrimPrefix(address, w.server.URL)), status: 200, lacks: []string{"null"},
		then: func(t *testing.T, got reply) {
			for _, i := range []string{"0", "1"} {
				if file := w.fetch(t, "GET", got.text("refreshed_urls."+i+".refreshed"), nil); string(file.body) != "one" {
					t.Errorf("the new address is answered %d", file.StatusCode)
				}
			}
			if got.text("refreshed_urls.0.original") != address {
				t.Errorf("the old address came back as %q", got.text("refreshed_urls.0.original"))
			}
		}})
}

func TestAPhotographDoesNotTellWhereItWasTaken(t *testing.T) {
	w := newWorld(t)
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 40, 20)), nil); err != nil {
		t.Fatal(err)
	}
	exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00 47.3769 N 8.5417 E"
	segment := "\xFF\xE1" + string(binary.BigEndian.AppendUint16(nil, uint16(2+len(exif)))) + exif
	got := w.send(t, "ben", filePart(0, "p.jpg", photo.String()[:2]+segment+photo.String()[2:]))
	if got.value("attachments.0.width") != 20.0 || got.value("attachments.0.height") != 40.0 {
		t.Errorf("a photograph that is to be turned is %v × %v", got.value("attachments.0.width"), got.value("attachments.0.height"))
	}
	file := w.fetch(t, "GET", got.text("attachments.0.url"), nil)
	if bytes.Contains(file.body, []byte("47.3769")) || float64(len(file.body)) != got.value("attachments.0.size") {
		t.Errorf("of %d bytes it says %q", len(file.body), file.body)
	}
	if decoded, err := jpeg.Decode(bytes.NewReader(file.body)); err != nil || decoded.Bounds().Dx() != 40 {
		t.Errorf("what is left is no picture: %v", err)
	}
}

func TestPicturesComeInSizes(t *testing.T) {
	w := newWorld(t)
	got := w.send(t, "ben", filePart(0, "p.png", pngFile(t, 300, 100)))
	address := got.text("attachments.0.url")
	for query, width := range map[string]int{"&size=16": 16, "&size=64": 64, "&size=65": 128, "&width=100&height=20": 128, "&size=256&format=webp": 256, "&size=512": 300, "&size=0": 300, "&size=x": 300, "&size=99999": 300} {
		file := w.fetch(t, "GET", address+query, nil)
		shown, format, err := image.DecodeConfig(bytes.NewReader(file.body))
		if err != nil || shown.Width != width || file.Header.Get("Content-Type") != "image/"+format {
			t.Errorf("%s has a width of %d as %s (%v)", query, shown.Width, file.Header.Get("Content-Type"), err)
		}
	}
	if first, second := w.fetch(t, "GET", address+"&size=64", nil), w.fetch(t, "GET", address+"&size=64", nil); !bytes.Equal(first.body, second.body) || first.Header.Get("ETag") == w.fetch(t, "GET", address, nil).Header.Get("ETag") {
		t.Error("a small picture is not the same twice, or is taken for the large one")
	}
	w.call(t, scenario{as: "ben", method: "DELETE", path: "/messages/" + got.text("id")})
	if file := w.fetch(t, "GET", address+"&size=64", nil); file.StatusCode != http.StatusNotFound {
		t.Errorf("a small picture outlives its message: %d", file.StatusCode)
	}
}

func TestFilesEndWithTheirChannelAndTheirGuild(t *testing.T) {
	w := newWorld(t)
	inGuild := w.send(t, "ben", filePart(0, "a.txt", "x")).text("attachments.0.url")
	bulk := []reply{w.send(t, "ben", filePart(0, "a.txt", "x")), w.send(t, "ben", filePart(0, "a.txt", "x"))}
	side := w.guild.Channel("side", store.ChannelText)
	w.name("side", side)
	inChannel := w.call(t, scenario{as: "ben", method: "POST", path: "/channels/{side}/messages", header: multipartForm, body: filePart(0, "a.txt", "x") + endOfForm}).text("attachments.0.url")
	expect := func(address string, status int) {
		t.Helper()
		if file := w.fetch(t, "GET", address, nil); file.StatusCode != status {
			t.Errorf("the file is answered %d, want %d", file.StatusCode, status)
		}
	}
	expect(bulk[1].text("attachments.0.url"), 200)
	w.play(t, scenario{as: "ada", method: "POST", path: "/channels/{general}/messages/bulk-delete", body: fmt.Sprintf(`{"messages":[%q,%q]}`, bulk[0].text("id"), bulk[1].text("id")), status: 204})
	expect(bulk[0].text("attachments.0.url"), 404)
	expect(bulk[1].text("attachments.0.url"), 404)
	expect(inChannel, 200)
	w.play(t, scenario{as: "ada", method: "DELETE", path: "/channels/{side}", status: 200})
	expect(inChannel, 404)
	expect(inGuild, 200)
	w.play(t, scenario{as: "ada", method: "DELETE", path: "/guilds/{guild}", status: 204})
	expect(inGuild, 404)
}

func TestWhoLostSightOfAMessageGetsNoNewAddressOfItsFiles(t *testing.T) {
	w := newWorld(t)
	secret := w.guild.Channel("secret", store.ChannelText)
	w.name("secret", secret)
	for _, name := range []string{"{ben}", "{cleo}"} {
		friend, err := id.Parse(w.fill(name))
		w.must(err)
		w.must(w.hall.Relationships.Ask(t.Context(), w.guild.Owner, friend))
		w.must(w.hall.Relationships.Ask(t.Context(), chat.Caller{UserID: friend}, w.guild.Owner.UserID))
	}
	group := w.call(t, scenario{as: "ada", method: "POST", path: "/users/@me/channels", body: `{"recipients":["{ben}","{cleo}"]}`})
	aside := w.call(t, scenario{as: "ada", method: "POST", path: "/channels/{general}/threads", body: `{"name":"aside","type":12}`})
	w.names = append(w.names, "{group}", group.text("id"), "{aside}", aside.text("id"))
	w.play(t, scenario{as: "ada", method: "PUT", path: "/channels/{aside}/thread-members/{ben}", status: 204})
	refreshed := func(address string) string {
		got := w.call(t, scenario{as: "ben", method: "POST", path: "/attachments/refresh-urls", body: `{"attachment_urls":["` + address + `"]}`})
		return got.text("refreshed_urls.0.refreshed")
	}
	for _, way := range []struct {
		name, channel string
		lose          scenario
	}{
		{"it was hidden from them", "{secret}", scenario{as: "ada", method: "PUT", path: "/channels/{secret}/permissions/{ben}", body: `{"type":1,"deny":"1024"}`, status: 204}},
		{"they were taken out of the thread", "{aside}", scenario{as: "ada", method: "DELETE", path: "/channels/{aside}/thread-members/{ben}", status: 204}},
		{"they left the group", "{group}", scenario{as: "ben", method: "DELETE", path: "/channels/{group}", status: 200}},
		{"they were banned", "{general}", scenario{as: "ada", method: "PUT", path: "/guilds/{guild}/bans/{ben}", body: `{}`, status: 204}},
	} {
		posted := w.call(t, scenario{as: "ada", method: "POST", path: "/channels/" + way.channel + "/messages", header: multipartForm, body: filePart(0, "a.txt", "x") + endOfForm})
		address := posted.text("attachments.0.url")
		seen := refreshed(address)
		if seen == "" {
			t.Fatalf("before %s: no address", way.name)
		}
		w.play(t, way.lose)
		if again := refreshed(address); again != "" {
			t.Errorf("%s, and they got a new address: %s", way.name, again)
		}
		// Who has an address keeps what they could have kept anyway, for as long as it lasts and the message is there.
		if file := w.fetch(t, "HEAD", seen, nil); file.StatusCode != http.StatusOK {
			t.Errorf("%s, and the address that they had is answered %d", way.name, file.StatusCode)
		}
		w.play(t, scenario{as: "ada", method: "DELETE", path: "/messages/" + posted.text("id"), status: 204})
		for _, method := range []string{"GET", "HEAD"} {
			if file := w.fetch(t, method, seen, map[string]string{"Range": "bytes=0-0"}); file.StatusCode != http.StatusNotFound {
				t.Errorf("the message is gone, and its file is answered %d", file.StatusCode)
			}
		}
	}
}
