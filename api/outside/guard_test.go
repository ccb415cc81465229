package outside

import (
	"errors"
	"net/netip"
	"testing"
)

func TestOnlyAddressesOfTheInternetArePublic(t *testing.T) {
	for text, want := range map[string]bool{
		"1.1.1.1": true, "93.184.215.14": true, "172.15.255.255": true, "172.32.0.0": true, "100.63.255.255": true, "100.128.0.0": true, "198.17.255.255": true, "223.255.255.255": true,
		"2606:4700:4700::1111": true, "2a01:4f8::1": true, "2003::1": true, "64:ff9b::1.1.1.1": true, "::ffff:1.1.1.1": true,
		// This machine, and no machine.
		"127.0.0.1": false, "127.255.255.254": false, "0.0.0.0": false, "0.1.2.3": false, "::1": false, "::": false, "::ffff:127.0.0.1": false, "::ffff:0:127.0.0.1": false, "::127.0.0.1": false,
		// Networks of one's own, of a link, of a provider.
		"10.0.0.1": false, "10.255.255.255": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "100.127.255.255": false,
		"fc00::1": false, "fd12:3456::1": false, "fe80::1": false, "febf::1": false, "fec0::1": false, "fd00:ec2::254": false, "fe80::1%eth0": false, "2606:4700::1%eth0": false,
		// Addresses that stand for others.
		"::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "64:ff9b::10.0.0.1": false, "64:ff9b::127.0.0.1": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b:1::1.1.1.1": false,
		"2002:7f00:1::": false, "2002:a00:1::1": false, "2002:101:101::1": false, "2001::1": false, "2001:0:4136:e378:8000:63bf:3fff:fdd2": false,
		"2a01:4f8::5efe:10.0.0.1": false, "2a01:4f8::200:5efe:192.168.0.1": false,
		// Documentation, measuring, groups, and what is kept for later.
		"192.0.0.1": false, "192.0.2.1": false, "198.51.100.1": false, "203.0.113.1": false, "198.18.0.1": false, "198.19.255.255": false, "192.88.99.1": false, "224.0.0.1": false, "239.255.255.250": false,
		"240.0.0.1": false, "255.255.255.255": false, "2001:db8::1": false, "3fff::1": false, "ff02::1": false, "ff0e::1": false, "4000::1": false, "5f00::1": false, "100::1": false, "2001:10::1": false, "2001:20::1": false,
	} {
		if got := Public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s is public: %t", text, got)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestWhatIsAllowedIsRead(t *testing.T) {
	allowed, err := ParseAllowed(" wiki.lan, 10.0.0.0/24,192.168.7.9 ,fd00::/8, Printer., ")
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{"wiki.lan": true, "WIKI.LAN.": true, "printer": true, "a.wiki.lan": false, "": false} {
		if allowed.host(host) != want {
			t.Errorf("%q: %t", host, !want)
		}
	}
	for text, want := range map[string]bool{"10.0.0.200": true, "::ffff:10.0.0.1": true, "10.0.1.1": false, "192.168.7.9": true, "192.168.7.8": false, "fd12::1": true, "fc00::1": false, "127.0.0.1": false} {
		if allowed.address(netip.MustParseAddr(text)) != want {
			t.Errorf("%s: %t", text, !want)
		}
	}
	for _, wrong := range []string{"http://wiki.lan", "wiki.lan:80", "10.0.0.0/33", "a b", "wiki..lan", "*.lan", "wiki.lan/path"} {
		if _, err := ParseAllowed(wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
	if none, err := ParseAllowed(""); err != nil || none.host("") || none.address(netip.MustParseAddr("127.0.0.1")) {
		t.Errorf("%+v, %v", none, err)
	}
}

func TestTheAddressThatIsDialledDecides(t *testing.T) {
	allowed, err := ParseAllowed("10.0.0.0/24")
	if err != nil {
		t.Fatal(err)
	}
	guard := newGuard(allowed)
	for address, want := range map[string]struct{ byName, admitted bool }{
		"1.1.1.1:443": {false, true}, "1.1.1.1:80": {false, true}, "1.1.1.1:22": {false, false}, "1.1.1.1:25": {false, false}, "127.0.0.1:80": {false, false}, "127.0.0.1:9": {true, true},
		"10.0.0.7:631": {false, true}, "10.0.1.7:80": {false, false}, "[::1]:443": {false, false}, "[2606:4700::1]:443": {false, true}, "nonsense": {true, false},
	} {
		if err := guard.admit(address, want.byName); (err == nil) != want.admitted || err != nil && !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", address, err)
		}
	}
	own, err := guard.own()
	if err != nil {
		t.Fatal(err)
	}
	if len(own) == 0 {
		t.Error("this machine has no address")
	}
}

func FuzzWhatIsAllowedNeverPanics(f *testing.F) {
	for _, seed := range []string{"", "a,b", "10.0.0.0/8", "::1", "fe80::1%eth0", "1.2.3.4/0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		allowed, err := ParseAllowed(text)
		if err == nil && allowed.host("") {
			t.Errorf("%q allows no host at all", text)
		}
	})
}
