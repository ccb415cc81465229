package rest

import (
	"bytes"
	"fmt"
	"image"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/outside"
	"guildhall/store/event"
)

func TestPicturesOfOtherSitesAreSeenThroughTheHall(t *testing.T) {
	fetched := 0
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cup.png":
			fetched++
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte(pngFile(t, 2000, 1000)))
		case "/drawing.svg":
			w.Header().Set("Content-Type", "image/svg+xml")
			_, _ = w.Write([]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`))
		case "/page.png":
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte(`<script>alert(1)</script>`))
		default:
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`<title>Tea</title><meta property="og:site_name" content="Kitchen"><meta property="og:image" content="/cup.png">`))
		}
	}))
	defer site.Close()
	allowed, err := outside.ParseAllowed("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	w := openWorld(t, chattest.Options{Chat: chat.Options{Links: outside.NewClient(outside.Options{Allowed: allowed})}})
	watch := w.hall.Watch(event.GuildSubject(w.guild.ID))
	w.play(t, scenario{as: "ben", method: "POST", path: "/channels/{general}/messages", body: fmt.Sprintf(`{"content":"%s/tea"}`, site.URL), status: 200, holds: []string{`"embeds":[]`}, keep: map[string]string{"{tea}": "id"}})
	chattest.Next[event.MessageUpdated](watch)
	var address string
	w.play(t, scenario{as: "ada", method: "GET", path: "/channels/{general}/messages/{tea}", status: 200,
		holds: []string{`"type":"link"`, `"title":"Tea"`, `"provider":{"name":"Kitchen"}`, `"thumbnail":{"url":"` + site.URL + `/cup.png"`, `"edited_timestamp":null`},
		then:  func(_ *testing.T, got reply) { address = got.text("embeds.0.thumbnail.proxy_url") }})
	for range 2 {
		got := w.fetch(t, "GET", address, nil)
		config, _, err := image.DecodeConfig(bytes.NewReader(got.body))
		if got.StatusCode != http.StatusOK || err != nil || config.Width != 1024 || config.Height != 512 || !strings.Contains(got.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%d %v: %+v, %v", got.StatusCode, got.Header, config, err)
		}
	}
	if fetched != 1 {
		t.Errorf("the picture was fetched %d times", fetched)
	}
	for name, wrong := range map[string]string{
		"another signature": strings.Replace(address, "/external/", "/external/0", 1), "no signature": strings.Replace(address, "/external/", "/cdn/external//", 1), "another address": address + "AA", "nothing": w.server.URL + "/cdn/external/",
	} {
		if got := w.fetch(t, "GET", wrong, nil); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s is answered %d", name, got.StatusCode)
		}
	}
	// What bots show in embeds is no different, and what is no picture is not passed on.
	for _, path := range []string{site.URL + "/drawing.svg", site.URL + "/page.png", site.URL + "/tea", "http://10.0.0.1/a.png", "http://169.254.169.254/a.png"} {
		var proxied string
		w.play(t, scenario{as: "robin", method: "POST", path: "/channels/{general}/messages", body: fmt.Sprintf(`{"embeds":[{"title":"t","image":{"url":%q},"author":{"name":"a","icon_url":%q}}]}`, path, path), status: 200,
			holds: []string{`"proxy_icon_url":"`}, then: func(_ *testing.T, got reply) { proxied = got.text("embeds.0.image.proxy_url") }})
		if got := w.fetch(t, "GET", proxied, nil); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s is answered %d", path, got.StatusCode)
		}
	}
}
