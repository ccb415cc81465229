package cli

import (
	"crypto/tls"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"
)

func relayOnly(configuration *webrtc.Configuration) {
	configuration.ICETransportPolicy = webrtc.ICETransportPolicyRelay
}

// pathOf is how somebody's media comes.
func (h *voiceHall) pathOf(g *guest) string {
	for _, stats := range h.sfu.Stats() {
		if stats.UserID == g.userID {
			return stats.Path
		}
	}
	return ""
}

func TestTheRelayOfReadyCarriesMedia(t *testing.T) {
	h := openVoiceHall(t)
	alice := h.enter(t, "alice", relayOnly)
	bob := h.enter(t, "bob")
	alice.untilHearing()
	bob.untilHearing()
	if path := h.pathOf(alice); path != "turn-tcp" {
		t.Errorf("alice comes by %q", path)
	}
	// Bob has the same servers, and does not need them.
	if path := h.pathOf(bob); path != "udp" {
		t.Errorf("bob comes by %q", path)
	}
	if h.relay.Allocations() == 0 {
		t.Error("there are no allocations")
	}
}

func TestTheRelayIsWhereThePageWas(t *testing.T) {
	h := openVoiceHall(t)
	h.relayPort = 3478
	for name, test := range map[string]struct {
		host string
		tls  bool
		want []string
	}{
		"a name and a port": {"hall.example:6464", true, []string{"turns:hall.example:6464?transport=tcp", "turn:hall.example:6464?transport=tcp", "turn:hall.example:3478?transport=udp"}},
		"a name":            {"hall.example", true, []string{"turns:hall.example:443?transport=tcp"}},
		"a name, in clear":  {"hall.example", false, []string{"turn:hall.example:80?transport=tcp"}},
		"IPv6":              {"[2001:db8::1]:6464", true, []string{"turns:[2001:db8::1]:6464?transport=tcp"}},
		"bare IPv6":         {"[2001:db8::1]", true, []string{"turns:[2001:db8::1]:443?transport=tcp"}},
		"advertised":        {"hall.example", true, []string{"turn:127.0.0.1:"}},
	} {
		t.Run(name, func(t *testing.T) {
			request := &http.Request{Host: test.host}
			if test.tls {
				request.TLS = &tls.ConnectionState{}
			}
			servers, end := h.relayServers(request, nil)
			end()
			for _, url := range test.want {
				if !slices.ContainsFunc(servers[0].URLs, func(given string) bool { return strings.HasPrefix(given, url) }) {
					t.Errorf("%v instead of %s", servers[0].URLs, url)
				}
			}
		})
	}
}
