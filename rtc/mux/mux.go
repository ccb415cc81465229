// Package mux shares one TCP port and one UDP port among all protocols that a hall speaks.
package mux

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"
)

// limits bound what strangers can make the Mux hold.
type limits struct {
	// sniffTimeout is how long a TCP connection may take to send the bytes that tell its protocol.
	sniffTimeout time.Duration
	// sniffing is how many TCP connections may not have told their protocol yet. One more closes the one that has been silent for longest,
	// so that silent connections cannot keep others out.
	sniffing int
	// media is how many TCP connections for media may be admitted, and mediaPerAddress how many from one address: a browser opens a few for each
	// person, and a school may be behind one address.
	media, mediaPerAddress int
}

var usualLimits = limits{sniffTimeout: 10 * time.Second, sniffing: 4096, media: 4096, mediaPerAddress: 512}

// alpnTURN is what clients of TURN say that they speak, if they say it (RFC 7443).
const alpnTURN = "stun.turn"

const (
	// bothPortsAttempts is how often port 0 is tried until one number is free for TCP and UDP alike.
	bothPortsAttempts = 16
	// socketBuffer is what is asked of the kernel for each direction of the UDP port, in bytes: half a second of a hundred streams of
	// 1.5 Mbit/s. The kernel caps what it gives, and less is no error.
	socketBuffer = 8 << 20
)

// Mux listens on one TCP port and on the UDP port of the same number, and tells protocols apart by their first bytes.
type Mux struct {
	limits  limits
	log     *slog.Logger
	tcp     net.Listener
	udp     *net.UDPConn
	plain   *listener
	secure  *listener
	turn    *listener
	packets *Packets
	// secured is closed when tls is there, relayed when somebody speaks TURN.
	secured, relayed chan struct{}
	tls              *tls.Config
	relay            func()

	running sync.WaitGroup
	closing chan struct{}
	close   func() error

	mu       sync.Mutex
	closed   bool
	sniffing silentConns
	// admitted are the connections for media, and admittedFrom counts them by address.
	admitted     map[*Conn]struct{}
	admittedFrom map[netip.Prefix]int
}

// Listen opens both ports on an address, "host:port". Without a host it is every address of the machine, IPv4 and IPv6; port 0 picks
// a number that is free for TCP and UDP. The context bounds only the opening. The caller closes the Mux.
func Listen(ctx context.Context, address string, log *slog.Logger) (*Mux, error) {
	return listen(ctx, address, log, usualLimits)
}

func listen(ctx context.Context, address string, log *slog.Logger, limits limits) (*Mux, error) {
	tcp, udp, err := listenBoth(ctx, address)
	if err != nil {
		return nil, err
	}
	m := &Mux{limits: limits, log: log, tcp: tcp, udp: udp, packets: newPackets(udp, log), closing: make(chan struct{}),
		secured: make(chan struct{}), relayed: make(chan struct{}), admitted: make(map[*Conn]struct{}), admittedFrom: make(map[netip.Prefix]int)}
	m.plain, m.secure, m.turn = newListener(m), newListener(m), newListener(m)
	m.relay = sync.OnceFunc(func() { close(m.relayed) })
	m.close = sync.OnceValue(m.shutDown)
	m.running.Go(m.accept)
	return m, nil
}

// Port is the number of both ports.
func (m *Mux) Port() int { return m.tcp.Addr().(*net.TCPAddr).Port }

// Plain gives the connections that do not begin like any other known protocol, which is what HTTP in the clear does.
func (m *Mux) Plain() net.Listener { return m.plain }

// Secure gives the connections that speak HTTP inside of TLS; the Mux shakes hands with a configuration. It is called once. The connections have
// ConnectionState, but are not always *tls.Conn.
func (m *Mux) Secure(config *tls.Config) net.Listener {
	m.tls = config.Clone()
	m.tls.NextProtos = append(slices.Clone(config.NextProtos), alpnTURN)
	close(m.secured)
	return m.secure
}

// TURN gives the connections that begin like TURN, in the clear and inside of TLS. They are *Conn. Until it was called, they are closed.
func (m *Mux) TURN() net.Listener {
	m.relay()
	return m.turn
}

// Packets gives the UDP packets of WebRTC. They have to be read for as long as the Mux is open: who reads them answers plain STUN on the way.
func (m *Mux) Packets() *Packets { return m.packets }

// Close ends both ports, closes connections for media and those that have not been handed out, and waits for everything that the Mux started.
// Connections for HTTP that were handed out stay open.
func (m *Mux) Close() error { return m.close() }

func (m *Mux) shutDown() error {
	close(m.closing)
	err := errors.Join(m.tcp.Close(), m.packets.Close(), m.udp.Close())
	m.mu.Lock()
	m.closed = true
	m.sniffing.closeAll()
	media := slices.Collect(maps.Keys(m.admitted))
	m.mu.Unlock()
	for _, conn := range media {
		_ = conn.Close()
	}
	m.running.Wait()
	return err
}

// listenBoth opens TCP and UDP on one address and one port number.
func listenBoth(ctx context.Context, address string) (net.Listener, *net.UDPConn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, nil, fmt.Errorf("listen on %q: %w", address, err)
	}
	attempts := 1
	if port == "0" {
		attempts = bothPortsAttempts
	}
	for attempt := 1; ; attempt++ {
		tcp, udp, err := listenOnce(ctx, host, port)
		if err == nil {
			return tcp, udp, nil
		}
		// With port 0 the kernel chose a number that is free for TCP; it may be taken for UDP.
		if attempt >= attempts {
			return nil, nil, err
		}
	}
}

func listenOnce(ctx context.Context, host, port string) (net.Listener, *net.UDPConn, error) {
	var config net.ListenConfig
	tcp, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, nil, fmt.Errorf("the TCP port cannot be opened: %w", err)
	}
	udp, err := listenBeside(ctx, host, tcp)
	if err != nil {
		return nil, nil, errors.Join(err, tcp.Close())
	}
	return tcp, udp, nil
}

// listenBeside opens the UDP port of the same number as a TCP port that is open.
func listenBeside(ctx context.Context, host string, tcp net.Listener) (*net.UDPConn, error) {
	var config net.ListenConfig
	chosen := strconv.Itoa(tcp.Addr().(*net.TCPAddr).Port)
	udp, err := config.ListenPacket(ctx, "udp", net.JoinHostPort(host, chosen))
	if err != nil {
		return nil, fmt.Errorf("the UDP port cannot be opened, though TCP %s is free: %w", chosen, err)
	}
	conn := udp.(*net.UDPConn)
	_ = conn.SetReadBuffer(socketBuffer)
	_ = conn.SetWriteBuffer(socketBuffer)
	return conn, nil
}
