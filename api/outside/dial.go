package outside

import (
	"net/http"
	"time"
)

// NewTransport gives a transport for services that an administrator has named, such as where people sign in: its connections go through the guarded dialer like all others, and hosts, which are those that
// the administrator named, may be anywhere, the hall's own network and machine included. Whatever else such a service leads to must be public, or allowed besides. It keeps no connections, and takes no notice
// of proxies that the environment names.
func NewTransport(allowed Allowed, hosts ...string) *http.Transport {
	named := Allowed{prefixes: allowed.prefixes, hosts: append([]string(nil), allowed.hosts...)}
	for _, host := range hosts {
		named.hosts = append(named.hosts, canonicalHost(host))
	}
	return &http.Transport{
		Proxy: nil, DialContext: newGuard(named).dial, DisableKeepAlives: true, MaxConnsPerHost: maxPerHost, MaxResponseHeaderBytes: maxHeaderBytes,
		TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 5 * time.Second, ForceAttemptHTTP2: true,
	}
}
