// Package outside is the hall's one way to other machines: whatever is asked for there goes through its guarded dialer, and only when an administrator switched it on.
package outside

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Errors of what is not asked for.
var (
	// ErrRefused says that an address is none that the hall may ask: those of the machine itself, of private networks, and what is no address of the web.
	ErrRefused = errors.New("the hall does not ask there")
	// ErrTooMuch says that an answer was larger, or took longer, than it may.
	ErrTooMuch = errors.New("the answer is too large")
)

func refused(format string, arguments ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, arguments...))
}

// closed are the addresses that are nobody's on the internet: of one machine, one network, one provider, for documentation, for groups, and kept for later (IANA's registries of special-purpose
// addresses, RFC 6890 and its updates, as of 2026). Of IPv6 only 2000::/3 is open at all.
var closed = parsePrefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
	"192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	// Teredo, ORCHID and the rest of what is kept for protocols; documentation; 6to4, whose addresses stand for those of IPv4.
	"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)

var (
	openIPv6 = netip.MustParsePrefix("2000::/3")
	// nat64 addresses stand for those of IPv4, which follow in the last four bytes (RFC 6052).
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
)

func parsePrefixes(texts ...string) []netip.Prefix {
	prefixes := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		prefixes[i] = netip.MustParsePrefix(text)
	}
	return prefixes
}

// Public tells whether an address is somebody's on the internet, whatever form it is written in.
func Public(address netip.Addr) bool {
	if !address.IsValid() || address.Zone() != "" {
		return false
	}
	address = address.Unmap()
	if nat64.Contains(address) {
		bytes := address.As16()
		return Public(netip.AddrFrom4([4]byte(bytes[12:])))
	}
	if address.Is6() && (!openIPv6.Contains(address) || isISATAP(address)) {
		return false
	}
	return !slices.ContainsFunc(closed, func(prefix netip.Prefix) bool { return prefix.Contains(address) })
}

// isISATAP tells whether the last half of an address stands for one of IPv4 (RFC 5214).
func isISATAP(address netip.Addr) bool {
	bytes := address.As16()
	return bytes[8]&^0x02 == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe
}

// Allowed are places that may be asked although they are not public: services in the same network as the hall. The zero value allows none.
type Allowed struct {
	hosts    []string
	prefixes []netip.Prefix
}

// ParseAllowed reads a list, separated by commas: names of hosts, addresses, and networks such as 192.168.7.0/24.
func ParseAllowed(text string) (Allowed, error) {
	var allowed Allowed
	for one := range strings.SplitSeq(text, ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		if prefix, err := netip.ParsePrefix(one); err == nil {
			allowed.prefixes = append(allowed.prefixes, prefix.Masked())
			continue
		}
		if address, err := netip.ParseAddr(one); err == nil {
			address = address.WithZone("").Unmap()
			allowed.prefixes = append(allowed.prefixes, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		if !isHostName(one) {
			return Allowed{}, fmt.Errorf("%q is neither a host's name nor an address nor a network", one)
		}
		allowed.hosts = append(allowed.hosts, canonicalHost(one))
	}
	return allowed, nil
}

func isHostName(text string) bool {
	if len(text) > 253 {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(text, "."), ".") {
		if label == "" || len(label) > 63 || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

func canonicalHost(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

func (a Allowed) host(host string) bool { return slices.Contains(a.hosts, canonicalHost(host)) }

func (a Allowed) address(address netip.Addr) bool {
	address = address.WithZone("").Unmap()
	return slices.ContainsFunc(a.prefixes, func(prefix netip.Prefix) bool { return prefix.Contains(address) })
}

// ports are where the web is. Elsewhere the hall asks only what is allowed by name.
var ports = []uint16{80, 443, 8080, 8443}

// guard decides about every connection, when the address that it goes to is known: names may stand for anything, and for something else every time.
type guard struct {
	allowed Allowed
	// own gives the addresses of this machine.
	own    func() ([]net.Addr, error)
	dialer net.Dialer
}

func newGuard(allowed Allowed) *guard {
	return &guard{allowed: allowed, own: net.InterfaceAddrs, dialer: net.Dialer{Timeout: 5 * time.Second, KeepAlive: -1}}
}

// dial connects to host:port over TCP.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, refused("%q is no address", address)
	}
	dialer := g.dialer
	byName := g.allowed.host(host)
	dialer.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error { return g.admit(address, byName) }
	return dialer.DialContext(ctx, network, address)
}

// admit decides about an address of which it is known what is dialled; byName tells that the host is allowed by its name.
func (g *guard) admit(address string, byName bool) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return refused("%q is no address", address)
	}
	if byName || g.allowed.address(at.Addr()) {
		return nil
	}
	if !Public(at.Addr()) {
		return refused("%s is not public", at.Addr())
	}
	if !slices.Contains(ports, at.Port()) {
		return refused("the web is not at port %s", strconv.Itoa(int(at.Port())))
	}
	own, err := g.own()
	if err != nil {
		return fmt.Errorf("find the addresses of this machine: %w", err)
	}
	for _, one := range own {
		if prefix, err := netip.ParsePrefix(one.String()); err == nil && prefix.Addr().Unmap() == at.Addr().Unmap() {
			return refused("%s is this machine", at.Addr())
		}
	}
	return nil
}
