package cdn_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"guildhall/api/cdn"
	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store/id"
)

func TestThePicturesOfEmoji(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	create := func(name, contentType string, content []byte) id.ID {
		made, err := hall.Emojis.Create(t.Context(), guild.Owner, guild.ID, chat.EmojiDraft{Name: name, Image: "data:" + contentType + ";base64," + base64.StdEncoding.EncodeToString(content)})
		if err != nil {
			t.Fatal(err)
		}
		return made.ID
	}
	var still, moving bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 48, 48), color.Palette{color.Black, color.White})
	if err := gif.EncodeAll(&moving, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(&still, image.NewGray(image.Rect(0, 0, 300, 200))); err != nil {
		t.Fatal(err)
	}
	wave, parrot := create("wave", "image/png", still.Bytes()), create("parrot", "image/gif", moving.Bytes())
	server := cdn.New(cdn.Options{Files: hall.Files, Log: hall.Log})
	fetch := func(path string) *httptest.ResponseRecorder {
		recorder := httptest.NewRecorder()
		server.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		return recorder
	}
	for _, c := range []struct {
		path, contentType string
		width             int
	}{
		{"/emojis/" + wave.String() + ".png", "image/png", 128}, {"/cdn/emojis/" + wave.String() + ".png", "image/png", 128}, {"/emojis/" + wave.String() + ".png?size=32", "", 32},
		{"/emojis/" + wave.String() + ".webp?size=4096", "image/png", 128}, {"/emojis/" + wave.String() + ".gif", "image/png", 128}, {"/emojis/" + parrot.String() + ".gif", "image/gif", 48},
		{"/emojis/" + parrot.String() + ".gif?size=16", "image/gif", 48}, {"/emojis/" + parrot.String() + ".webp?animated=true", "image/gif", 48}, {"/emojis/" + parrot.String() + ".png", "", 48},
		{"/emojis/" + parrot.String() + ".webp?size=16", "", 16},
	} {
		if !cdn.Serves(strings.Split(c.path, "?")[0]) {
			t.Errorf("%s is not served", c.path)
		}
		got := fetch(c.path)
		shown, format, err := image.Decode(got.Body)
		if err != nil || got.Code != http.StatusOK || got.Header().Get("Content-Type") != "image/"+format || c.contentType != "" && c.contentType != "image/"+format || c.contentType == "" && format == "gif" {
			t.Errorf("%s is answered %d as %s: %v", c.path, got.Code, got.Header().Get("Content-Type"), err)
		} else if shown.Bounds().Dx() != c.width {
			t.Errorf("%s is %v wide", c.path, shown.Bounds().Dx())
		}
		if kept := got.Header().Get("Cache-Control"); kept != "public, max-age=31536000, immutable" {
			t.Errorf("%s is kept %s", c.path, kept)
		}
	}
	for path, serves := range map[string]bool{"/emojis/7.png": true, "/emojis/" + wave.String(): false, "/emojis/" + wave.String() + ".svg": false, "/emojis/wave.png": false, "/emojis/" + wave.String() + "/x.png": false} {
		if cdn.Serves(path) != serves {
			t.Errorf("%s: served %t", path, !serves)
		}
		if got := fetch(path); got.Code != http.StatusNotFound {
			t.Errorf("%s is answered %d", path, got.Code)
		}
	}
	if err := hall.Emojis.Delete(t.Context(), guild.Owner, guild.ID, wave); err != nil {
		t.Fatal(err)
	}
	if got := fetch("/emojis/" + wave.String() + ".png"); got.Code != http.StatusNotFound || got.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("a deleted emoji is answered %d", got.Code)
	}
}
