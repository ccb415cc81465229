package signal

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"guildhall/rtc/sfu"
)

func TestARelayIsGivenForAStay(t *testing.T) {
	ended := make(chan string, 10)
	h := open(t, func(options *Options) {
		options.Relay = func(r *http.Request, reached []netip.AddrPort) ([]ICEServer, func()) {
			if len(reached) == 0 || r.Host == "" {
				t.Errorf("%s was reached at %v", r.Host, reached)
			}
			return []ICEServer{{URLs: []string{"turn:" + r.Host}, Username: "name", Credential: "secret"}}, func() { ended <- r.Host }
		}
	})
	v := h.dial(t, "8")
	ready := v.identify(h.book.admit(alice, lounge, sfu.State{}))
	if len(ready.ICEServers) != 1 || ready.ICEServers[0].Credential != "secret" || !strings.Contains(h.url, strings.TrimPrefix(ready.ICEServers[0].URLs[0], "turn:")) {
		t.Errorf("READY has %+v", ready.ICEServers)
	}
	if len(ended) != 0 {
		t.Error("it has ended")
	}
	h.Disconnect(guild, alice, CloseDisconnected)
	select {
	case <-ended:
	case <-time.After(patience):
		t.Error("it goes on after the stay")
	}
}
