package signal

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"testing"
)

func TestMediaIsOfferedWhereThePageWasReached(t *testing.T) {
	for host, want := range map[string][]string{
		"203.0.113.7":        {"203.0.113.7:6464"},
		"203.0.113.7:6464":   {"203.0.113.7:6464"},
		"203.0.113.7:7000":   {"203.0.113.7:6464", "203.0.113.7:7000"},
		"[2001:db8::7]:6464": {"[2001:db8::7]:6464"},
		"[2001:db8::7]":      {"[2001:db8::7]:6464"},
		"hall.example:6464":  nil,
		"":                   nil,
	} {
		r := httptest.NewRequest(http.MethodGet, "/voice", nil)
		r.Host = host
		local := net.TCPAddrFromAddrPort(netip.MustParseAddrPort("[::ffff:192.0.2.1]:443"))
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(local)))
		var got []string
		for _, address := range ReachedBy(r, 6464) {
			got = append(got, address.String())
		}
		if want = append(want, "192.0.2.1:6464"); !slices.Equal(got, want) {
			t.Errorf("%q: %v instead of %v", host, got, want)
		}
	}
}
