package cli

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"

	"guildhall/api/ops"
	"guildhall/rtc/signal"
	"guildhall/rtc/turn"
)

// openRelay puts the media relay on the TCP port, and on a UDP port of its own if that was asked for.
func (s *server) openRelay(ctx context.Context, log *slog.Logger) (err error) {
	options := turn.Options{Secret: s.hall.relaySecret, Port: s.mux.Port(), Addresses: s.mediaAddresses, Packets: s.mux.Packets(), Streams: s.mux.TURN(), Log: log}
	if at := s.settings.Network.RelayUDP; at != "" {
		var config net.ListenConfig
		if options.Datagrams, err = config.ListenPacket(ctx, "udp", at); err != nil {
			return &ops.CommandError{Outcome: ops.Failed, Message: fmt.Sprintf("cannot listen on UDP %s: %v. Is another program using it? Choose another with --turn-udp", at, err)}
		}
		s.relayPort = options.Datagrams.LocalAddr().(*net.UDPAddr).Port
	}
	s.relay, err = turn.New(options)
	return err
}

// relayServers are what a client is offered for when nothing else gets through: the relay where it reached the hall, in the clear, inside of TLS, and over UDP
// if that is on; and at the advertised addresses, because where the page was reached there may be a reverse proxy.
func (s *server) relayServers(r *http.Request, reached []netip.AddrPort) ([]signal.ICEServer, func()) {
	credential := s.relay.Issue(reached)
	host, port := hostOf(r)
	at := net.JoinHostPort(host, port)
	urls := []string{"turns:" + at + "?transport=tcp", "turn:" + at + "?transport=tcp"}
	for _, address := range s.settings.Network.Advertise {
		if address.String() != host || port != strconv.Itoa(s.mux.Port()) {
			urls = append(urls, "turn:"+net.JoinHostPort(address.String(), strconv.Itoa(s.mux.Port()))+"?transport=tcp")
			break // More would only make clients slower.
		}
	}
	if s.relayPort != 0 {
		urls = append(urls, "turn:"+net.JoinHostPort(host, strconv.Itoa(s.relayPort))+"?transport=udp")
	}
	return []signal.ICEServer{{URLs: urls, Username: credential.Username, Credential: credential.Password}}, credential.Revoke
}

// hostOf is the host and the port that a client asked for.
func hostOf(r *http.Request) (host, port string) {
	host, port, err := net.SplitHostPort(r.Host)
	if err == nil {
		return host, port
	}
	host = r.Host
	if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		host = host[1 : len(host)-1]
	}
	if r.TLS != nil {
		return host, "443"
	}
	return host, "80"
}
