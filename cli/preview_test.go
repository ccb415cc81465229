package cli_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/cli/clitest"
)

// listen opens a gateway session, and gives what waits for an event and decodes it.
func listen(t *testing.T, hall *clitest.Hall, token string) (wait func(name string, into any)) {
	t.Helper()
	socket, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(hall.URL, "http")+"/?v=10", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	wait = func(name string, into any) {
		t.Helper()
		if err := socket.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		for {
			var frame struct {
				Op int             `json:"op"`
				T  string          `json:"t"`
				D  json.RawMessage `json:"d"`
			}
			if err := socket.ReadJSON(&frame); err != nil {
				t.Fatalf("waiting for %s: %v", name, err)
			}
			if frame.T == name {
				if err := json.Unmarshal(frame.D, into); err != nil {
					t.Fatal(err)
				}
				return
			}
		}
	}
	identify := map[string]any{"op": 2, "d": map[string]any{"token": strings.TrimPrefix(token, "Bearer "), "properties": map[string]string{}}}
	if err := socket.WriteJSON(identify); err != nil {
		t.Fatal(err)
	}
	var ready struct{}
	wait("READY", &ready)
	return wait
}

func TestLinksArePreviewedWhereTheAdministratorSaysSo(t *testing.T) {
	asked := atomic.Int32{}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<title>Wiki</title>"))
	}))
	defer site.Close()
	type message struct {
		ID     string
		Embeds []struct{ Title string }
	}
	for name, test := range map[string]struct {
		options []string
		asked   bool
	}{
		"not at all":                {nil, false},
		"of the internet alone":     {[]string{"--link-previews", "on"}, false},
		"of services of one's own":  {[]string{"--link-previews", "on", "--outside-allow", "127.0.0.0/8"}, true},
		"allowed, but not switched": {[]string{"--outside-allow", "127.0.0.0/8"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			asked.Store(0)
			hall := clitest.Start(t, test.options...)
			community := hall.NewCommunity()
			alice := hall.Login("alice", clitest.OwnerPassword)
			wait := listen(t, hall, alice)
			var posted message
			if status, err := hall.Call(http.MethodPost, "/channels/"+community.TextChannelID+"/messages", alice, map[string]any{"content": site.URL}, &posted); status != http.StatusOK {
				t.Fatalf("posting is answered %d, %v", status, err)
			}
			if test.asked {
				var updated message
				if wait("MESSAGE_UPDATE", &updated); updated.ID != posted.ID || len(updated.Embeds) != 1 || updated.Embeds[0].Title != "Wiki" {
					t.Errorf("%+v", updated)
				}
			}
			hall.Stop()
			if (asked.Load() > 0) != test.asked {
				t.Errorf("the site was asked %d times", asked.Load())
			}
		})
	}
}
