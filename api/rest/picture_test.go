package rest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/store"
)

// dataURI writes a picture as it comes in a JSON body.
func dataURI(contentType, content string) string {
	return "data:" + contentType + ";base64," + base64.StdEncoding.EncodeToString([]byte(content))
}

// movingGIF makes a picture of several frames.
func movingGIF(t *testing.T, side, frames int) string {
	t.Helper()
	made := &gif.GIF{}
	for frame := range frames {
		drawn := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.Black, color.White})
		drawn.SetColorIndex(frame%side, 0, 1)
		made.Image, made.Delay = append(made.Image, drawn), append(made.Delay, 10)
	}
	var encoded bytes.Buffer
	if err := gif.EncodeAll(&encoded, made); err != nil {
		t.Fatal(err)
	}
	return encoded.String()
}

// photograph makes a JPEG with the place in it where it was taken.
func photograph(t *testing.T, width, height int) string {
	t.Helper()
	var encoded bytes.Buffer
	if err := jpeg.Encode(&encoded, image.NewRGBA(image.Rect(0, 0, width, height)), nil); err != nil {
		t.Fatal(err)
	}
	const exif = "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00 52.5200N 13.4050E"
	return encoded.String()[:2] + "\xff\xe1" + string([]byte{0, byte(len(exif) + 2)}) + exif + encoded.String()[2:]
}

func TestPeopleAndGuildsShowPictures(t *testing.T) {
	w := newWorld(t)
	still, wide, moving := dataURI("image/png", pngFile(t, 300, 200)), dataURI("image/png", pngFile(t, 400, 100)), dataURI("image/gif", movingGIF(t, 40, 3))
	dora := w.register("dora")
	w.guild.Join(dora)
	w.name("dora", dora.UserID)
	shown := map[string]string{}
	show := func(name, field string) func(*testing.T, reply) {
		return func(_ *testing.T, got reply) { shown[name] = got.text(field) }
	}
	w.run(t, []scenario{
		{name: "one's own face", as: "ben", method: "PATCH", path: "/users/@me", body: fmt.Sprintf(`{"avatar":%q,"banner":%q}`, still, moving), status: 200, holds: []string{`"banner":"a_`},
			then: func(t *testing.T, got reply) { show("avatar", "avatar")(t, got); show("banner", "banner")(t, got) }},
		{name: "others see it", as: "ada", method: "GET", path: "/users/{ben}", status: 200, then: func(t *testing.T, got reply) {
			if got.text("avatar") != shown["avatar"] || len(shown["avatar"]) != 32 {
				t.Errorf("%s", got.body)
			}
		}},
		{name: "what is not said stays", as: "ben", method: "PATCH", path: "/users/@me", body: `{"bio":"x"}`, status: 200, then: func(t *testing.T, got reply) {
			if got.text("avatar") != shown["avatar"] {
				t.Errorf("%s", got.body)
			}
		}},
		{name: "a bot's", as: "robin", method: "PATCH", path: "/users/@me", body: fmt.Sprintf(`{"avatar":%q}`, still), status: 200, then: show("bot", "avatar")},
		{name: "is that of its application", as: "robin", method: "GET", path: "/applications/@me", status: 200, then: show("application", "icon")},
		{name: "another face in a guild", as: "ben", method: "PATCH", path: "/guilds/{guild}/members/@me", body: fmt.Sprintf(`{"avatar":%q,"banner":%q,"bio":"Gardener"}`, moving, wide), status: 200,
			then: func(t *testing.T, got reply) {
				show("member", "avatar")(t, got)
				show("member banner", "banner")(t, got)
			}},
		{name: "in the profile too", as: "ada", method: "GET", path: "/users/{ben}/profile?guild_id={guild}", status: 200, holds: []string{`"bio":"Gardener"`, `"avatar":"a_`}},
		{name: "a guild's", as: "ada", method: "PATCH", path: "/guilds/{guild}", body: fmt.Sprintf(`{"icon":%q,"banner":%q,"splash":%q,"discovery_splash":%q}`, still, wide, wide, moving), status: 200,
			then: func(t *testing.T, got reply) {
				for _, field := range []string{"icon", "splash", "discovery_splash"} {
					show(field, field)(t, got)
				}
				show("guild banner", "banner")(t, got)
			}},
		{name: "not by members", as: "ben", method: "PATCH", path: "/guilds/{guild}", body: fmt.Sprintf(`{"icon":%q}`, moving), status: 403, code: 50013},
		{name: "in the log", as: "ada", method: "GET", path: "/guilds/{guild}/audit-logs?action_type=1", status: 200, holds: []string{`"key":"icon_hash"`, `"key":"splash_hash"`}},
		{name: "in the list of guilds", as: "ben", method: "GET", path: "/guilds", status: 200, then: func(t *testing.T, got reply) {
			if got.text("0.icon") != shown["icon"] || got.text("0.banner") != shown["guild banner"] {
				t.Errorf("%s", got.body)
			}
		}},
		{name: "a new guild has one", as: "cleo", method: "POST", path: "/guilds", body: fmt.Sprintf(`{"name":"Cleo's","icon":%q}`, still), status: 201, then: func(t *testing.T, got reply) {
			if got.text("icon") != shown["icon"] {
				t.Errorf("%s", got.body)
			}
		}},
		{name: "a role's", as: "ada", method: "PATCH", path: "/guilds/{guild}/roles/{role}", body: fmt.Sprintf(`{"icon":%q}`, still), status: 200, then: show("role", "icon")},
		{name: "the log says so", as: "ada", method: "GET", path: "/guilds/{guild}/audit-logs?action_type=31", status: 200, holds: []string{`"key":"icon_hash"`}},
		{name: "a group", as: "ben", method: "POST", path: "/users/@me/channels", body: `{"recipients":["{ada}","{dora}"]}`, status: 200, keep: map[string]string{"{group}": "id"}},
		{name: "a group's", as: "ada", method: "PATCH", path: "/channels/{group}", body: fmt.Sprintf(`{"icon":%q}`, still), status: 200, then: show("group", "icon")},
		{name: "the group is told", as: "ben", method: "GET", path: "/channels/{group}/messages?limit=1", status: 200, holds: []string{`"type":5`}},
		{name: "not of a guild's channel", as: "ada", method: "PATCH", path: "/channels/{general}", body: fmt.Sprintf(`{"icon":%q}`, still), status: 400, code: 50035, fields: map[string]string{"icon": "CHANNEL_ICON_GROUP_ONLY"}},
	})
	paths := map[string]string{
		"avatar": "/avatars/{ben}/", "banner": "/banners/{ben}/", "bot": "/avatars/{robin}/", "application": "/app-icons/{robin}/", "member": "/guilds/{guild}/users/{ben}/avatars/",
		"member banner": "/guilds/{guild}/users/{ben}/banners/", "icon": "/icons/{guild}/", "guild banner": "/banners/{guild}/", "splash": "/splashes/{guild}/",
		"discovery_splash": "/discovery-splashes/{guild}/", "role": "/role-icons/{role}/", "group": "/channel-icons/{group}/",
	}
	for name, path := range paths {
		for _, prefix := range []string{"", "/cdn"} {
			got := w.fetch(t, "GET", w.server.URL+prefix+w.fill(path)+shown[name]+".webp", nil)
			if _, _, err := image.DecodeConfig(bytes.NewReader(got.body)); got.StatusCode != http.StatusOK || err != nil || got.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" ||
				got.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(got.Header.Get("Content-Security-Policy"), "sandbox") {
				t.Errorf("%s is answered %d %v: %v", name, got.StatusCode, got.Header, err)
			}
		}
		for _, none := range []string{strings.Repeat("0", 32) + ".png", "a_" + strings.Repeat("0", 32) + ".gif", shown[name] + ".svg", ".png", ""} {
			if got := w.fetch(t, "GET", w.server.URL+"/cdn"+w.fill(path)+none, nil); got.StatusCode != http.StatusNotFound {
				t.Errorf("%s%s is answered %d", path, none, got.StatusCode)
			}
		}
	}
	if got := w.fetch(t, "GET", w.server.URL+"/cdn"+w.fill("/icons/{guild}/")+shown["avatar"]+".gif", nil); got.StatusCode == http.StatusOK {
		t.Errorf("a picture that does not move is given as one that does")
	}
}

func TestPicturesComeInTheSizeAskedFor(t *testing.T) {
	w := newWorld(t)
	avatar := w.call(t, scenario{as: "ben", method: "PATCH", path: "/users/@me", body: fmt.Sprintf(`{"avatar":%q,"banner":%q}`,
		dataURI("image/png", pngFile(t, 300, 200)), dataURI("image/gif", movingGIF(t, 40, 3)))})
	for path, want := range map[string]struct{ width, height, frames int }{
		"/avatars/{ben}/" + avatar.text("avatar") + ".png":                     {300, 200, 0},
		"/avatars/{ben}/" + avatar.text("avatar") + ".png?size=64":             {64, 43, 0},
		"/avatars/{ben}/" + avatar.text("avatar") + ".jpg?size=4096":           {300, 200, 0},
		"/avatars/{ben}/" + avatar.text("avatar") + ".webp?size=17":            {32, 21, 0},
		"/banners/{ben}/" + avatar.text("banner") + ".gif":                     {40, 40, 3},
		"/banners/{ben}/" + avatar.text("banner") + ".gif?size=16":             {40, 40, 3},
		"/banners/{ben}/" + avatar.text("banner") + ".webp?animated=true":      {40, 40, 3},
		"/banners/{ben}/" + avatar.text("banner") + ".png":                     {40, 40, 0},
		"/banners/{ben}/" + avatar.text("banner") + ".png?size=16&animated=no": {16, 16, 0},
		"/embed/avatars/0.png":     {256, 256, 0},
		"/cdn/embed/avatars/5.png": {256, 256, 0},
	} {
		got := w.fetch(t, "GET", w.server.URL+w.fill(path), nil)
		config, format, err := image.DecodeConfig(bytes.NewReader(got.body))
		if err != nil || config.Width != want.width || config.Height != want.height || got.Header.Get("Content-Type") != "image/"+format {
			t.Errorf("%s is %d × %d, %s (%v): %d", path, config.Width, config.Height, got.Header.Get("Content-Type"), err, got.StatusCode)
		}
		frames := 0
		if all, err := gif.DecodeAll(bytes.NewReader(got.body)); err == nil {
			frames = len(all.Image)
		}
		if frames != want.frames {
			t.Errorf("%s has %d frames", path, frames)
		}
		if again := w.fetch(t, "GET", w.server.URL+w.fill(path), map[string]string{"If-None-Match": got.Header.Get("ETag")}); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s is sent again: %d", path, again.StatusCode)
		}
	}
	for _, none := range []string{"/embed/avatars/6.png", "/embed/avatars/-1.png", "/embed/avatars/01.png", "/embed/avatars/1.gif"} {
		if got := w.fetch(t, "GET", w.server.URL+"/cdn"+none, nil); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s is answered %d", none, got.StatusCode)
		}
	}
}

func TestOfAPictureOnlyWhatIsToBeSeenIsKept(t *testing.T) {
	w := newWorld(t)
	got := w.call(t, scenario{as: "ben", method: "PATCH", path: "/users/@me", body: fmt.Sprintf(`{"avatar":%q}`, dataURI("text/html", photograph(t, 3000, 1500)))})
	file := w.fetch(t, "GET", w.server.URL+w.fill("/avatars/{ben}/")+got.text("avatar")+".png", nil)
	kept, err := jpeg.Decode(bytes.NewReader(file.body))
	if err != nil || kept.Bounds().Dx() != 1024 || kept.Bounds().Dy() != 512 {
		t.Errorf("%v, %v", kept.Bounds(), err)
	}
	if bytes.Contains(file.body, []byte("52.5200N")) {
		t.Error("the place where it was taken is still in it")
	}
	sharp := image.NewNRGBA(image.Rect(0, 0, 5, 5))
	sharp.Set(2, 2, color.NRGBA{255, 0, 0, 255})
	var encoded bytes.Buffer
	if err := png.Encode(&encoded, sharp); err != nil {
		t.Fatal(err)
	}
	got = w.call(t, scenario{as: "ben", method: "PATCH", path: "/users/@me", body: fmt.Sprintf(`{"avatar":%q}`, dataURI("image/png", encoded.String()+"<script>"))})
	file = w.fetch(t, "GET", w.server.URL+w.fill("/avatars/{ben}/")+got.text("avatar")+".png", nil)
	same, err := png.Decode(bytes.NewReader(file.body))
	if err != nil || same.At(2, 2) != sharp.At(2, 2) || bytes.Contains(file.body, []byte("script")) {
		t.Errorf("%v: %q", err, file.body)
	}
}

func TestWhatIsNoPictureIsShownByNobody(t *testing.T) {
	w := newWorld(t)
	const drawing = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`
	long := dataURI("image/png", strings.Repeat("x", chat.MaxPicture+1000))
	for name, test := range map[string]struct{ picture, code string }{
		"a drawing in SVG":                    {dataURI("image/svg+xml", drawing), "IMAGE_INVALID"},
		"a drawing that says it is a picture": {dataURI("image/png", drawing), "IMAGE_INVALID"},
		"a page":                              {dataURI("image/png", "<!doctype html><script>alert(1)</script>"), "IMAGE_INVALID"},
		"a page behind the head of a picture": {dataURI("image/gif", "GIF89a/*<script>alert(1)</script>*/=1"), "IMAGE_INVALID"},
		"an address":                          {"https://example.org/a.png", "IMAGE_INVALID"},
		"the address of a file here":          {"file:///etc/passwd", "IMAGE_INVALID"},
		"no base64":                           {"data:image/png;base64,!!!!", "IMAGE_INVALID"},
		"text":                                {"data:image/png,hello", "IMAGE_INVALID"},
		"nothing":                             {"data:image/png;base64,", "IMAGE_INVALID"},
		"half a picture":                      {dataURI("image/png", pngFile(t, 50, 50)[:90]), "IMAGE_INVALID"},
		"a picture of more pixels than it brings": {dataURI("image/png", pngPromise(4000, 4000, "x")), "IMAGE_INVALID"},
		"a picture that would fill the memory":    {dataURI("image/png", pngPromise(16000, 6000, "x")), "IMAGE_DIMENSIONS_INVALID"},
		"a picture larger than any":               {dataURI("image/png", pngPromise(1<<31-1, 1<<31-1, "x")), "IMAGE_DIMENSIONS_INVALID"},
		"a moving one that is too large":          {dataURI("image/gif", movingGIF(t, 4097, 2)), "IMAGE_DIMENSIONS_INVALID"},
		"too many bytes":                          {long, "BINARY_TYPE_MAX_LENGTH"},
	} {
		t.Run(name, func(t *testing.T) {
			w.play(t, scenario{as: "ben", method: "PATCH", path: "/users/@me", body: fmt.Sprintf(`{"avatar":%q}`, test.picture), status: 400, code: 50035, fields: map[string]string{"avatar": test.code}})
		})
	}
	w.run(t, []scenario{
		{name: "a body beyond all bounds", as: "ben", method: "PATCH", path: "/users/@me", body: `{"avatar":"` + strings.Repeat("x", 16<<20) + `"}`, status: 413, code: 40005},
		{name: "where there are no pictures, bodies are small", as: "ben", method: "PATCH", path: "/users/@me/settings", body: `{"status":"` + strings.Repeat("x", 2<<20) + `"}`, status: 413, code: 40005},
		{name: "a type that is none", as: "ben", method: "PATCH", path: "/users/@me", body: `{"avatar":5}`, status: 400, code: 50035, fields: map[string]string{"avatar": "STRING_TYPE_CONVERT"}},
		{name: "a role's that is too large", as: "ada", method: "POST", path: "/guilds/{guild}/roles", body: fmt.Sprintf(`{"icon":%q}`, dataURI("image/png", strings.Repeat("x", 257<<10))), status: 400, code: 50035,
			fields: map[string]string{"icon": "BINARY_TYPE_MAX_LENGTH"}},
		{name: "two marks for one role", as: "ada", method: "POST", path: "/guilds/{guild}/roles", body: fmt.Sprintf(`{"icon":%q,"unicode_emoji":"🏰"}`, dataURI("image/png", pngFile(t, 5, 5))), status: 400, code: 50035,
			fields: map[string]string{"icon": "ROLE_ICON_AND_EMOJI"}},
		{name: "an emoji that is none", as: "ada", method: "POST", path: "/guilds/{guild}/roles", body: `{"unicode_emoji":"X"}`, status: 400, code: 50035, fields: map[string]string{"unicode_emoji": "EMOJI_INVALID"}},
		{name: "an emoji for a role", as: "ada", method: "PATCH", path: "/guilds/{guild}/roles/{role}", body: `{"unicode_emoji":"🏰"}`, status: 200, holds: []string{`"icon":null`, `"unicode_emoji":"🏰"`}},
		{name: "a picture takes its place", as: "ada", method: "PATCH", path: "/guilds/{guild}/roles/{role}", body: fmt.Sprintf(`{"icon":%q}`, dataURI("image/png", pngFile(t, 5, 5))), status: 200,
			holds: []string{`"unicode_emoji":null`}, lacks: []string{`"icon":null`}},
		{name: "and the other way round", as: "ada", method: "PATCH", path: "/guilds/{guild}/roles/{role}", body: `{"unicode_emoji":"🏰"}`, status: 200, holds: []string{`"icon":null`}},
	})
}

func TestAPictureEndsWithTheNextOne(t *testing.T) {
	w := newWorld(t)
	change := func(body string) string {
		return w.call(t, scenario{as: "ben", method: "PATCH", path: "/users/@me", body: body}).text("avatar")
	}
	first := change(fmt.Sprintf(`{"avatar":%q}`, dataURI("image/png", pngFile(t, 20, 20))))
	address := w.server.URL + w.fill("/avatars/{ben}/") + first + ".png?size=16"
	if got := w.fetch(t, "GET", address, nil); got.StatusCode != http.StatusOK {
		t.Fatalf("%d", got.StatusCode)
	}
	if change(`{"avatar":null}`) != "" {
		t.Error("the picture was not taken away")
	}
	if got := w.fetch(t, "GET", address, nil); got.StatusCode != http.StatusNotFound {
		t.Errorf("%d", got.StatusCode)
	}
	w.must(w.hall.Files.Tidy(t.Context()))
	named, err := w.hall.Store.NamedBlobs(t.Context(), "", 10)
	if err != nil || len(named) != 0 {
		t.Errorf("%q are kept, %v", named, err)
	}
	var problems []store.Problem
	if problems, err = w.hall.Store.Check(t.Context()); err != nil || len(problems) != 0 {
		t.Errorf("%q, %v", problems, err)
	}
}
