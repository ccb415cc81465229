package route

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"guildhall/api/wire"
)

// Guard refuses requests that must not reach the hall: those for a foreign host name (DNS rebinding needs one), and those over plain HTTP from another machine.
type Guard struct {
	names []string
}

// localSuffixes are names that never lead to the public internet.
var localSuffixes = []string{"localhost", "local", "lan", "home.arpa", "internal"}

// NewGuard makes a guard that knows, besides every IP literal and local name, the machine's own and configured names.
func NewGuard(names []string) *Guard {
	g := &Guard{}
	for _, name := range names {
		g.names = append(g.names, strings.ToLower(strings.TrimSuffix(name, ".")))
	}
	return g
}

// Allowed tells whether a Host header (host or host:port) names this hall.
func (g *Guard) Allowed(host string) bool {
	name := strings.ToLower(strings.TrimSuffix(HostName(host), "."))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return slices.Contains(g.names, name) || slices.ContainsFunc(localSuffixes, func(suffix string) bool {
		return name == suffix || strings.HasSuffix(name, "."+suffix)
	})
}

// HostName takes the port, and an IPv6 address's brackets, away.
func HostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

// Local tells whether a request comes from this very machine: from a loopback address, for a loopback host, and not through a proxy, which
// would lend its own address to strangers.
func Local(r *http.Request) bool {
	peer, err := netip.ParseAddr(PeerAddress(r))
	if err != nil || !peer.Unmap().IsLoopback() {
		return false
	}
	for _, header := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if r.Header.Get(header) != "" {
			return false
		}
	}
	name := strings.ToLower(HostName(r.Host))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	host, err := netip.ParseAddr(name)
	return err == nil && host.Unmap().IsLoopback()
}

// Wrap puts the guard before a handler.
func (g *Guard) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !g.Allowed(r.Host):
			refuse(w, http.StatusMisdirectedRequest, "This hall does not answer to that name. Its administrator can add it with --public-url.")
		case r.TLS == nil && !Local(r):
			secure := "https://" + r.Host
			if r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html") && !strings.HasPrefix(r.URL.Path, "/api/") {
				http.Redirect(w, r, secure+r.URL.RequestURI(), http.StatusTemporaryRedirect)
				return
			}
			refuse(w, http.StatusForbidden, "This hall talks to other machines over HTTPS only. Use "+secure)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func refuse(w http.ResponseWriter, status int, message string) {
	body, err := json.Marshal(wire.Error{Message: message})
	if err != nil {
		body = []byte("{}")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller that went away needs no answer
}

// BaseURL is the address by which the caller reached the hall, without a trailing slash, with the scheme for pages ("http") or sockets ("ws").
func BaseURL(r *http.Request, scheme string) string {
	if r.TLS != nil {
		scheme += "s"
	}
	return scheme + "://" + r.Host
}
