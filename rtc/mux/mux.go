// Package mux shares one TCP and one UDP port among everything that a hall speaks: HTTP, HTTPS and real-time media.
package mux

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"
)

const (
	// sniffPatience is how long a connection may take until it is clear what it speaks.
	sniffPatience = 10 * time.Second
	// maxSniffing bounds how many connections may be undecided at once; more wait in the kernel's queue.
	maxSniffing = 4096
	// portTries is how often a free port is looked for when none was given: the kernel chooses one for TCP, which may be taken for UDP.
	portTries = 16
)

// Mux is the one TCP and the one UDP port.
type Mux struct {
	tcp     net.Listener
	packets *Packets
	log     *slog.Logger

	plain, secure *listener
	sniffing      chan struct{}
	work          sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	pending map[net.Conn]struct{}
}

// Listen opens both ports on an address (host:port). With port 0 it finds one that is free for both.
func Listen(ctx context.Context, address string, log *slog.Logger) (*Mux, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	var tcp net.Listener
	var udp net.PacketConn
	for range portTries {
		tcp, udp, err = listenBoth(ctx, host, port)
		if err == nil || port != "0" {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	m := &Mux{tcp: tcp, log: log, sniffing: make(chan struct{}, maxSniffing), pending: make(map[net.Conn]struct{})}
	m.packets = newPackets(udp)
	m.plain, m.secure = newListener(tcp.Addr()), newListener(tcp.Addr())
	m.work.Go(m.accept)
	return m, nil
}

func listenBoth(ctx context.Context, host, port string) (net.Listener, net.PacketConn, error) {
	var config net.ListenConfig
	tcp, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, nil, fmt.Errorf("the TCP port cannot be opened: %w", err)
	}
	chosen := strconv.Itoa(tcp.Addr().(*net.TCPAddr).Port)
	udp, err := config.ListenPacket(ctx, "udp", net.JoinHostPort(host, chosen))
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("the UDP port cannot be opened, though TCP %s is free: %w", chosen, err), tcp.Close())
	}
	return tcp, udp, nil
}

// Port is the number of both ports.
func (m *Mux) Port() int { return m.tcp.Addr().(*net.TCPAddr).Port }

// Plain gives the connections that speak HTTP.
func (m *Mux) Plain() net.Listener { return m.plain }

// Secure gives the connections that begin with a TLS handshake.
func (m *Mux) Secure() net.Listener { return m.secure }

// Packets gives the UDP packets of real-time media.
func (m *Mux) Packets() *Packets { return m.packets }

func (m *Mux) accept() {
	var delay time.Duration
	for {
		m.sniffing <- struct{}{}
		conn, err := m.tcp.Accept()
		if err != nil {
			<-m.sniffing
			if m.isClosed() {
				return
			}
			// Out of file descriptors, most likely: wait for some to be given back, as net/http does.
			delay = min(max(2*delay, 5*time.Millisecond), time.Second)
			m.log.Warn("a connection could not be accepted", "error", err, "again in", delay)
			timer := time.NewTimer(delay)
			select {
			case <-timer.C:
			case <-m.plain.done:
				timer.Stop()
			}
			continue
		}
		delay = 0
		if !m.hold(conn) {
			<-m.sniffing
			_ = conn.Close()
			continue
		}
		m.work.Go(func() {
			defer func() { <-m.sniffing }()
			m.sort(conn)
		})
	}
}

// hold remembers a connection that is undecided, so that Close can end it.
func (m *Mux) hold(conn net.Conn) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.pending[conn] = struct{}{}
	}
	return !m.closed
}

func (m *Mux) isClosed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed
}

// sort finds out what a connection speaks and hands it on.
func (m *Mux) sort(conn net.Conn) {
	kind, head, err := sniff(conn)
	m.mu.Lock()
	delete(m.pending, conn)
	m.mu.Unlock()
	if err != nil {
		_ = conn.Close() // it went away, or said nothing
		return
	}
	target := map[Kind]*listener{HTTP: m.plain, TLS: m.secure}[kind]
	if target == nil || !target.hand(&sniffed{Conn: conn, head: head}) {
		_ = conn.Close() // a protocol that is not served on TCP
	}
}

func sniff(conn net.Conn) (Kind, []byte, error) {
	if err := conn.SetReadDeadline(time.Now().Add(sniffPatience)); err != nil {
		return Unknown, nil, err
	}
	head := make([]byte, 0, streamHead)
	for {
		n, err := conn.Read(head[len(head):cap(head)])
		head = head[:len(head)+n]
		if kind, sure := ClassifyStream(head); sure {
			return kind, head, conn.SetReadDeadline(time.Time{})
		}
		if err != nil {
			return Unknown, nil, err
		}
	}
}

// Close closes both ports and waits. Connections that were handed on are their receivers' to close.
func (m *Mux) Close() error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil
	}
	m.closed = true
	for conn := range m.pending {
		_ = conn.Close() // wakes the sniffer
	}
	m.mu.Unlock()
	m.plain.end()
	m.secure.end()
	err := errors.Join(m.tcp.Close(), m.packets.Close())
	// Let an accept loop that waits for a place see that it is over.
	select {
	case <-m.sniffing:
	default:
	}
	m.work.Wait()
	return err
}

// sniffed gives back what was read from a connection to find out what it speaks.
type sniffed struct {
	net.Conn
	head []byte
}

func (s *sniffed) Read(p []byte) (int, error) {
	if len(s.head) > 0 {
		n := copy(p, s.head)
		if s.head = s.head[n:]; len(s.head) == 0 {
			s.head = nil
		}
		return n, nil
	}
	return s.Conn.Read(p)
}

// listener hands connections of one kind to a server.
type listener struct {
	address net.Addr
	queue   chan net.Conn
	done    chan struct{}
	once    sync.Once
}

func newListener(address net.Addr) *listener {
	return &listener{address: address, queue: make(chan net.Conn), done: make(chan struct{})}
}

func (l *listener) hand(conn net.Conn) bool {
	select {
	case l.queue <- conn:
		return true
	case <-l.done:
		return false
	}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.queue:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *listener) end()           { l.once.Do(func() { close(l.done) }) }
func (l *listener) Close() error   { l.end(); return nil }
func (l *listener) Addr() net.Addr { return l.address }
