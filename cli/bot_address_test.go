package cli

import (
	"net/netip"
	"testing"
)

func TestBotsAreToldAnAddressThatTheyCanReach(t *testing.T) {
	lan, public, loopback := "192.168.1.5", "203.0.113.7", "127.0.0.1"
	for name, test := range map[string]struct {
		// host is what the bot asked for, local the address of this machine that took it.
		host, local string
		offered     []string
		advertised  bool
		want        string
	}{
		"a name, in the LAN":                       {"hall.lan:6464", lan, []string{lan, loopback}, false, lan},
		"the first of several":                     {"hall.lan", "10.0.0.2", []string{lan, "10.0.0.2", loopback}, false, "10.0.0.2"},
		"an address that a router maps":            {public + ":6464", lan, []string{lan, loopback}, false, public},
		"loopback":                                 {loopback + ":6464", loopback, []string{lan, loopback}, false, loopback},
		"localhost":                                {"localhost:6464", loopback, []string{lan, loopback}, false, lan},
		"a proxy on the same machine":              {"hall.example.org", loopback, []string{public, loopback}, false, public},
		"a proxy, with what is advertised":         {"198.51.100.1", lan, []string{public}, true, public},
		"what is advertised, and was asked for":    {"203.0.113.8", lan, []string{public, "203.0.113.8"}, true, "203.0.113.8"},
		"IPv6":                                     {"[2001:db8::5]:6464", "2001:db8::5", []string{"2001:db8::5", lan}, false, lan},
		"IPv4 that came to an IPv6 socket":         {"hall.lan", "::ffff:192.168.1.5", []string{"10.0.0.2", lan}, false, lan},
		"a machine that has nothing but IPv6":      {"[2001:db8::5]:6464", "2001:db8::5", []string{"2001:db8::5"}, false, loopback},
		"a name that begins like the own loopback": {"127.0.0.1.example.org", loopback, []string{lan}, false, lan},
	} {
		var reached []netip.AddrPort
		if host, err := netip.ParseAddrPort(test.host); err == nil {
			reached = append(reached, host)
		} else if address, err := netip.ParseAddr(test.host); err == nil {
			reached = append(reached, netip.AddrPortFrom(address, 6464))
		}
		reached = append(reached, netip.AddrPortFrom(netip.MustParseAddr(test.local), 6464))
		var offered []netip.Addr
		for _, address := range test.offered {
			offered = append(offered, netip.MustParseAddr(address))
		}
		if got := botAddress(reached, test.host, offered, test.advertised).String(); got != test.want {
			t.Errorf("%s: %s instead of %s", name, got, test.want)
		}
	}
}
