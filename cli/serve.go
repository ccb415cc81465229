package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"guildhall/api/cdn"
	"guildhall/api/gateway"
	"guildhall/api/ops"
	"guildhall/api/outside"
	"guildhall/api/page"
	"guildhall/api/rest"
	"guildhall/api/route"
	"guildhall/cli/authority"
	"guildhall/cli/config"
	"guildhall/rtc/mux"
	"guildhall/rtc/sfu"
	"guildhall/rtc/signal"
	"guildhall/rtc/turn"
	"guildhall/webui"
)

// shutdownPatience bounds how long stopping may take, and requestPatience how long requests that are under way may take of it.
const (
	shutdownPatience = 10 * time.Second
	requestPatience  = 3 * time.Second
)

// headerPatience bounds how long a request's head may take to arrive, and answerPatience how long may pass from then until the whole answer was taken: who reads more
// slowly holds no memory for ever. WebSockets have their own bounds, and what streams sets its own deadlines.
const (
	headerPatience = 10 * time.Second
	answerPatience = 2 * time.Minute
)

func serveCommand() *cli.Command {
	return leaf("serve", "run the hall (what guildhall does without a command)", serve, optionFlags()...)
}

func serve(c *cli.Context) error {
	settings, _, err := loadConfig(c)
	if err != nil {
		return err
	}
	log := newLogger(c, settings.Log)
	s, err := openServer(c.Context, settings, log)
	if err != nil {
		return err
	}
	if err := s.greet(c.Context, c.App.Writer); err != nil {
		return errors.Join(err, s.stop(log))
	}
	var failure error
	select {
	case <-c.Done():
		fmt.Fprintln(c.App.Writer, "\nStopping.")
	case failure = <-s.failed:
	case <-s.hall.notExclusive:
		failure = errors.New("the connection that keeps other halls off the database was lost, and another may be running by now")
	case <-s.hall.node.Lost():
		failure = errors.New("the lease of this hall's node number was lost")
	}
	return errors.Join(failure, s.stop(log))
}

func newLogger(c *cli.Context, settings config.Log) *slog.Logger {
	var level slog.Level
	// The configuration has checked it to be one of the four names.
	_ = level.UnmarshalText([]byte(settings.Level))
	options := &slog.HandlerOptions{Level: level}
	if settings.Format == "json" {
		return slog.New(slog.NewJSONHandler(c.App.ErrWriter, options))
	}
	return slog.New(slog.NewTextHandler(c.App.ErrWriter, options))
}

// server is a hall that listens.
type server struct {
	settings config.Config
	hall     *hall
	mux      *mux.Mux
	sfu      *sfu.SFU
	voice    *signal.Server
	// streaming is WHIP and WHEP.
	streaming http.Handler
	relay     *turn.Server
	// relayPort is the UDP port of the relay, zero for none.
	relayPort int
	gateway   *gateway.Gateway
	health    *ops.Health
	admin     *ops.AdminSocket
	authority *authority.Authority
	stopMDNS  func() error
	http      []*http.Server
	serving   sync.WaitGroup
	failed    chan error
}

// openServer opens the hall and everything that listens. What was opened is closed again when something fails.
func openServer(ctx context.Context, settings config.Config, log *slog.Logger) (opened *server, err error) {
	s := &server{settings: settings, failed: make(chan error, 4)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop(log))
		}
	}()
	if s.hall, err = openHall(ctx, settings, log); err != nil {
		return nil, err
	}
	if s.mux, err = mux.Listen(ctx, settings.Network.Listen, log); err != nil {
		return nil, &ops.CommandError{Outcome: ops.Failed, Message: fmt.Sprintf("cannot listen on %s: %v. Is another program using it? Choose another with --listen", settings.Network.Listen, err)}
	}
	if err := s.openRelay(ctx, log); err != nil {
		return nil, err
	}
	if err := s.openVoice(log); err != nil {
		return nil, err
	}
	s.gateway, err = gateway.New(ctx, gateway.Options{Chat: s.hall.chat, Bus: s.hall.bus, Ephemeral: s.hall.ephemeral, NoRateLimits: !settings.Security.RateLimits,
		PublicURL: settings.Network.PublicURL, Now: time.Now, Log: log,
		Compression: gateway.CompressionLimits{Zlib: settings.Gateway.ZlibConnections, Zstd: settings.Gateway.ZstdConnections}})
	if err != nil {
		return nil, err
	}
	handler, err := s.handler(log)
	if err != nil {
		return nil, err
	}
	if err := s.openHTTP(handler, log); err != nil {
		return nil, err
	}
	return s, s.openAdmin(log)
}

// openVoice puts the media server on the UDP port.
func (s *server) openVoice(log *slog.Logger) (err error) {
	s.mux.Packets().Limit(mux.SendingNamed(s.settings.Network.UDPSending))
	s.sfu, err = sfu.New(sfu.Options{Packets: s.mux.Packets(), Port: s.mux.Port(), Addresses: s.mediaAddresses, Log: log})
	if err != nil {
		return err
	}
	bridge := &voiceBridge{voice: s.hall.chat.Voice}
	s.voice = signal.New(signal.Options{SFU: s.sfu, Authority: bridge, IP: s.botAddress, Port: s.mux.Port(), Bots: s.mux.Packets(), Relay: s.relayServers,
		Version: version, Log: log})
	bridge.server = s.voice
	s.streaming = s.voice.Streaming(bridge)
	s.hall.chat.Voice.SetMedia(bridge)
	return nil
}

// mediaAddresses are what clients are offered for voice: the advertised addresses, or every address that the hall listens on.
func (s *server) mediaAddresses() []netip.Addr {
	if len(s.settings.Network.Advertise) > 0 {
		return s.settings.Network.Advertise
	}
	host, _, _ := net.SplitHostPort(s.settings.Network.Listen) // the configuration has checked it
	if only, err := netip.ParseAddr(host); err == nil && !only.IsUnspecified() {
		return []netip.Addr{only}
	}
	addresses, err := localAddresses()
	if err != nil {
		return nil
	}
	return addresses
}

// botAddress is where the bot of a request finds the media port, in IPv4: libraries take nothing else.
func (s *server) botAddress(r *http.Request) string {
	return botAddress(signal.ReachedBy(r, s.mux.Port()), r.Host, s.mediaAddresses(), len(s.settings.Network.Advertise) > 0).String()
}

// botAddress chooses the address by which a bot came, unless others are advertised; otherwise the first of those that are offered. Loopback is chosen only when
// the bot named it itself: whoever came through a proxy on this machine is elsewhere.
func botAddress(reached []netip.AddrPort, host string, offered []netip.Addr, advertised bool) netip.Addr {
	for _, one := range reached {
		address := one.Addr().Unmap()
		named := host == address.String() || strings.HasPrefix(host, address.String()+":")
		if address.Is4() && !address.IsUnspecified() && (named || !address.IsLoopback()) && (!advertised || slices.Contains(offered, address)) {
			return address
		}
	}
	if first := slices.IndexFunc(offered, netip.Addr.Is4); first >= 0 {
		return offered[first]
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// handler puts the rooms that speak HTTP behind one door.
func (s *server) handler(log *slog.Logger) (http.Handler, error) {
	options := rest.Options{Chat: s.hall.chat, Log: log, Version: version, CookieName: s.hall.cookieName, URLs: s.guestURLs,
		PublicURL: s.settings.Network.PublicURL}
	allowed, err := outside.ParseAllowed(s.settings.Outside.Allow)
	if err != nil {
		return nil, fmt.Errorf("outside-allow: %w", err)
	}
	options.Outgoing = outside.NewExchanger(outsideOptions(s.settings, allowed))
	if s.settings.Security.RateLimits {
		options.Limiter = s.hall.ephemeral
	}
	api, err := rest.New(options)
	if err != nil {
		return nil, err
	}
	pages := page.Options{Client: webui.Files(), Manual: webui.Manual()}
	if s.settings.DevUI != nil {
		pages.Dev = httputil.NewSingleHostReverseProxy(s.settings.DevUI)
	}
	if err := s.openAuthority(); err != nil {
		return nil, err
	}
	if s.authority != nil {
		pages.Trust = &page.Trust{Name: s.authority.Name(), Fingerprint: s.authority.Fingerprint(), PEM: s.authority.CertificatePEM(), DER: s.authority.CertificateDER()}
	}
	shown, err := page.New(pages)
	if err != nil {
		return nil, err
	}
	s.health = ops.NewHealth(s.hall.store.Ping)
	files := cdn.New(cdn.Options{Files: s.hall.chat.Files, Log: log})
	doors := &doors{api: api, files: files, gateway: s.gateway, voice: s.voice, streaming: s.streaming, health: s.health.Handler(), pages: shown, dev: pages.Dev}
	names := machineNames()
	if public := s.settings.Network.PublicURL; public != nil {
		names = append(names, public.Hostname())
	}
	return route.NewGuard(names).Wrap(doors), nil
}

// doors sends each request to its room.
type doors struct {
	api, files, gateway, voice, streaming, health, pages, dev http.Handler
}

func (d *doors) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	switch {
	case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		d.socket(path, r).ServeHTTP(w, r)
	case path == "/api" || strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "//"):
		d.api.ServeHTTP(w, r)
	case cdn.Serves(path):
		d.files.ServeHTTP(w, r)
	case path == "/whip" || strings.HasPrefix(path, "/whip/") || strings.HasPrefix(path, "/whep/"):
		d.streaming.ServeHTTP(w, r)
	case path == "/healthz" || path == "/readyz":
		d.health.ServeHTTP(w, r)
	default:
		d.pages.ServeHTTP(w, r)
	}
}

// voiceVersions are the versions that a voice socket on the root path names; those of the gateway begin at 9.
var voiceVersions = map[string]bool{"1": true, "2": true, "3": true, "4": true, "5": true, "6": true, "7": true, "8": true}

// socket chooses between the gateways. On the root path the version tells: discord.py 2.2 dials voice there.
func (d *doors) socket(path string, r *http.Request) http.Handler {
	switch {
	case d.dev != nil && strings.HasPrefix(r.Header.Get("Sec-WebSocket-Protocol"), "vite-"):
		return d.dev
	case strings.TrimSuffix(path, "/") == "/voice":
		return d.voice
	case path == "/" || strings.TrimSuffix(path, "/") == "/gateway":
		if voiceVersions[r.URL.Query().Get("v")] {
			return d.voice
		}
		return d.gateway
	}
	return http.NotFoundHandler()
}

// openAuthority makes or reads the hall's own authority, unless certificates were given.
func (s *server) openAuthority() (err error) {
	if s.settings.Network.TLSCert == "" {
		s.authority, err = authority.Open(dataFolder(s.settings.Data).authority(), machineNames(), time.Now)
	}
	return err
}

// openHTTP serves HTTP and HTTPS on the one port.
func (s *server) openHTTP(handler http.Handler, log *slog.Logger) error {
	secure, err := s.tlsConfig()
	if err != nil {
		return err
	}
	for _, listener := range []net.Listener{s.mux.Plain(), s.mux.Secure(secure)} {
		server := &http.Server{Handler: tellTLS(handler), ConnContext: connContext, ReadHeaderTimeout: headerPatience, WriteTimeout: answerPatience, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
			ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
		s.http = append(s.http, server)
		s.serving.Go(func() {
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
				s.failed <- err
			}
		})
	}
	return nil
}

// connKey is where the connection of a request is in its context.
type connKey struct{}

func connContext(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

// tellTLS has requests that came over TLS say so, also where the connection is not the standard library's own type because the port had to look at its
// first bytes.
func tellTLS(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if secure, ok := r.Context().Value(connKey{}).(interface{ ConnectionState() tls.ConnectionState }); ok && r.TLS == nil {
			state := secure.ConnectionState()
			r.TLS = &state
		}
		handler.ServeHTTP(w, r)
	})
}

// tlsConfig offers HTTP/1.1 only: the gateways' WebSockets are upgrades of it.
func (s *server) tlsConfig() (*tls.Config, error) {
	settings := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	if s.authority == nil {
		pair, err := tls.LoadX509KeyPair(s.settings.Network.TLSCert, s.settings.Network.TLSKey)
		if err != nil {
			return nil, fmt.Errorf("the certificate of --tls-cert cannot be used: %w", err)
		}
		settings.Certificates = []tls.Certificate{pair}
		return settings, nil
	}
	settings.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		addresses, err := localAddresses()
		if err != nil {
			return nil, err
		}
		return s.authority.Certificate(addresses)
	}
	return settings, nil
}

// openAdmin opens the socket of the command line.
func (s *server) openAdmin(log *slog.Logger) error {
	path, err := ops.SocketPath(s.settings.Data)
	if err != nil {
		return err
	}
	if s.admin, err = ops.ListenAdmin(path, ops.HallCommands(s.hall.chat, s.addresses)); err != nil {
		return err
	}
	if s.settings.Network.MDNS {
		if s.stopMDNS, err = answerMDNS(); err != nil {
			log.Info("guildhall.local is not answered for on the local network", "error", err)
		}
	}
	return nil
}

// stop ends everything in the order in which clients notice it least: new requests first, sockets with the wish to come back, then the hall.
func (s *server) stop(log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownPatience)
	defer cancel()
	var problems []error
	if s.health != nil {
		s.health.Drain()
	}
	if s.stopMDNS != nil {
		problems = append(problems, s.stopMDNS())
	}
	// Requests end before the gateway keeps its sessions: what is posted after that, those who come back would miss.
	requests, cancelRequests := context.WithTimeout(ctx, requestPatience)
	defer cancelRequests()
	for _, server := range s.http {
		if err := server.Shutdown(requests); err != nil {
			log.Warn("requests that were under way were cut off", "error", err)
			problems = append(problems, server.Close())
		}
	}
	if s.gateway != nil {
		problems = append(problems, s.gateway.Shutdown(ctx))
	}
	if s.voice != nil {
		problems = append(problems, s.voice.Close())
	}
	if s.relay != nil {
		problems = append(problems, s.relay.Close())
	}
	if s.sfu != nil {
		problems = append(problems, s.sfu.Close())
	}
	if s.admin != nil {
		problems = append(problems, s.admin.Close(ctx))
	}
	if s.mux != nil {
		problems = append(problems, s.mux.Close())
	}
	s.serving.Wait()
	if s.hall != nil {
		problems = append(problems, s.hall.close())
	}
	return errors.Join(problems...)
}
