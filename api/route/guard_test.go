package route

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestOnlyNamesOfTheHallAreAnswered(t *testing.T) {
	guard := NewGuard([]string{"Chat.Example.org.", "nas"})
	for _, host := range []string{
		"localhost", "localhost:6464", "127.0.0.1:6464", "[::1]:6464", "[::1]", "::1", "192.168.1.5", "203.0.113.9:443", "[fe80::1%25eth0]:6464", "hall.local", "hall.lan:6464",
		"a.home.arpa", "x.internal", "chat.example.org", "CHAT.example.org:443", "chat.example.org.", "nas", "nas:6464", "guildhall.localhost",
	} {
		if !guard.Allowed(host) {
			t.Errorf("%s is refused", host)
		}
	}
	for _, host := range []string{"", "evil.example", "local.evil.example", "evillocal", "notlocalhost", "127.0.0.1.evil.example", "example.org", "x.chat.example.org", "1.2.3", "nas.evil.example", ":6464"} {
		if guard.Allowed(host) {
			t.Errorf("%s is answered", host)
		}
	}
}

func TestPlainHTTPIsForThisMachineOnly(t *testing.T) {
	passed := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	guarded := NewGuard(nil).Wrap(passed)
	for _, s := range []struct {
		name, peer, host, path string
		header                 map[string]string
		secure                 bool
		status                 int
	}{
		{name: "this machine", peer: "127.0.0.1:5", host: "localhost", path: "/api/gateway", status: 418},
		{name: "this machine over IPv6", peer: "[::1]:5", host: "[::1]:6464", path: "/api/gateway", status: 418},
		{name: "this machine, in the other notation", peer: "[::ffff:127.0.0.1]:5", host: "127.0.0.1", path: "/api/gateway", status: 418},
		{name: "a proxy on this machine", peer: "127.0.0.1:5", host: "localhost", path: "/api/gateway", header: map[string]string{"X-Forwarded-For": "203.0.113.1"}, status: 403},
		{name: "a proxy of the new kind", peer: "127.0.0.1:5", host: "localhost", path: "/api/gateway", header: map[string]string{"Forwarded": "for=203.0.113.1"}, status: 403},
		{name: "this machine by a name of the network", peer: "127.0.0.1:5", host: "hall.lan", path: "/api/gateway", status: 403},
		{name: "a guest", peer: "192.168.1.7:5", host: "192.168.1.5", path: "/api/gateway", status: 403},
		{name: "a guest who says localhost", peer: "192.168.1.7:5", host: "localhost", path: "/api/gateway", status: 403},
		{name: "a guest over HTTPS", peer: "192.168.1.7:5", host: "192.168.1.5", path: "/api/gateway", secure: true, status: 418},
		{name: "a guest's browser is sent on", peer: "192.168.1.7:5", host: "192.168.1.5:6464", path: "/invite/x?y=1", header: map[string]string{"Accept": "text/html,*/*"}, status: 307},
		{name: "but not from the API", peer: "192.168.1.7:5", host: "192.168.1.5", path: "/api/gateway", header: map[string]string{"Accept": "text/html"}, status: 403},
		{name: "a foreign name", peer: "127.0.0.1:5", host: "evil.example", path: "/", status: 421},
		{name: "a foreign name over HTTPS", peer: "192.168.1.7:5", host: "evil.example", path: "/", secure: true, status: 421},
	} {
		t.Run(s.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, s.path, http.NoBody)
			r.Host, r.RemoteAddr = s.host, s.peer
			for name, value := range s.header {
				r.Header.Set(name, value)
			}
			if s.secure {
				r.TLS = &tls.ConnectionState{}
			}
			recorder := httptest.NewRecorder()
			guarded.ServeHTTP(recorder, r)
			if recorder.Code != s.status {
				t.Fatalf("the answer is %d %s", recorder.Code, recorder.Body)
			}
			switch location := recorder.Header().Get("Location"); s.status {
			case http.StatusTemporaryRedirect:
				if location != "https://192.168.1.5:6464/invite/x?y=1" {
					t.Errorf("it goes to %s", location)
				}
			case http.StatusForbidden:
				if !strings.Contains(recorder.Body.String(), "https://"+s.host) {
					t.Errorf("the words are %s", recorder.Body)
				}
			}
		})
	}
}

func TestTheBaseAddressIsTheOneThatTheCallerUsed(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/api/gateway", http.NoBody)
	r.Host = "hall.lan:6464"
	if got := BaseURL(r, "ws"); got != "ws://hall.lan:6464" {
		t.Errorf("over HTTP it is %s", got)
	}
	r.TLS = &tls.ConnectionState{}
	if got := BaseURL(r, "http"); got != "https://hall.lan:6464" {
		t.Errorf("over HTTPS it is %s", got)
	}
}
