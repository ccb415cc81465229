package mux

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// accept takes TCP connections until the port is closed.
func (m *Mux) accept() {
	const longestPause = time.Second
	var pause time.Duration
	for {
		conn, err := m.tcp.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			// Running out of file descriptors is the usual reason; it passes when others close theirs.
			pause = min(max(2*pause, 5*time.Millisecond), longestPause)
			m.log.Warn("a connection could not be accepted", "error", err, "pause", pause)
			select {
			case <-time.After(pause):
			case <-m.closing:
				return
			}
			continue
		}
		pause = 0
		silent := &silentConn{TCPConn: conn.(*net.TCPConn)}
		m.mu.Lock()
		if m.closed {
			m.mu.Unlock()
			_ = conn.Close()
			return
		}
		m.sniffing.add(silent, m.limits.sniffing)
		m.mu.Unlock()
		m.running.Go(func() { m.sniff(silent) })
	}
}

// sniff waits for the first bytes of a connection and hands it to whoever speaks its protocol.
func (m *Mux) sniff(conn *silentConn) {
	if conn.SetReadDeadline(time.Now().Add(m.limits.sniffTimeout)) != nil {
		m.discard(conn)
		return
	}
	head, kind := readHead(conn.TCPConn)
	sniffed := &sniffedConn{TCPConn: conn.TCPConn, head: head}
	switch kind {
	case StreamHTTP:
		if m.known(conn) {
			m.plain.deliver(sniffed)
		}
	case StreamTLS:
		m.sniffTLS(conn, sniffed)
	case StreamICE:
		_ = conn.SetWriteBuffer(streamBuffer)
		m.serveICE(newConn(m, sniffed, PathTCP, conn))
	case StreamTURN:
		m.deliverTURN(newConn(m, sniffed, PathTURNTCP, conn))
	default:
		m.discard(conn) // Silent for too long.
	}
}

// sniffTLS does the same inside of TLS. What a client says that it speaks (ALPN) is believed: browsers and most others do when they come for HTTP.
func (m *Mux) sniffTLS(conn *silentConn, sniffed *sniffedConn) {
	select {
	case <-m.secured:
	case <-m.closing:
		m.discard(conn)
		return
	}
	secure := tls.Server(sniffed, m.tls)
	ctx, cancel := context.WithTimeout(context.Background(), m.limits.sniffTimeout)
	defer cancel()
	if err := secure.HandshakeContext(ctx); err != nil {
		m.log.Debug("a TLS handshake failed", "remote", conn.RemoteAddr(), "error", err)
		m.discard(conn)
		return
	}
	var head []byte
	var kind StreamKind
	switch secure.ConnectionState().NegotiatedProtocol {
	case "":
		head, kind = readHead(secure)
	case alpnTURN:
		kind = StreamTURN
	default:
		kind = StreamHTTP
	}
	switch kind {
	case StreamHTTP:
		if !m.known(conn) {
			return
		}
		if head == nil {
			m.secure.deliver(secure)
		} else {
			m.secure.deliver(&sniffedTLS{Conn: secure, head: head})
		}
	case StreamTURN:
		m.deliverTURN(newConn(m, &sniffedTLS{Conn: secure, head: head}, PathTURNTLS, conn))
	default:
		m.discard(conn)
	}
}

// known takes a connection that has told its protocol out of those that have not, and lifts its deadline. It is false when it was closed to make
// room for others.
func (m *Mux) known(conn *silentConn) bool {
	m.mu.Lock()
	listed := m.sniffing.remove(conn)
	m.mu.Unlock()
	if !listed || conn.SetReadDeadline(time.Time{}) != nil {
		_ = conn.Close()
		return false
	}
	return true
}

// discard closes a connection that is nobody's.
func (m *Mux) discard(conn *silentConn) {
	m.mu.Lock()
	m.sniffing.remove(conn)
	m.mu.Unlock()
	_ = conn.Close()
}

// deliverTURN hands a connection to whoever speaks TURN; while nobody does, it is closed.
func (m *Mux) deliverTURN(c *Conn) {
	select {
	case <-m.relayed:
		_ = c.stranger.SetWriteBuffer(streamBuffer)
		m.turn.deliver(c)
	default:
		_ = c.Close()
	}
}

// readHead reads until the protocol is told. It gives StreamUndecided when that does not happen before the connection's deadline.
func readHead(conn io.Reader) ([]byte, StreamKind) {
	head := make([]byte, 0, sniffSize)
	for len(head) < sniffSize {
		n, err := conn.Read(head[len(head):sniffSize])
		head = head[:len(head)+n]
		if kind := ClassifyStream(head); kind != StreamUndecided {
			return head, kind
		}
		if err != nil {
			break
		}
	}
	return nil, StreamUndecided
}

// silentConn is a connection whose protocol is not known yet, or that has not shown that its client belongs here (Conn).
type silentConn struct {
	*net.TCPConn
	older, newer *silentConn
	listed       bool
}

// silentConns are the connections that have not told their protocol, in the order in which they came.
type silentConns struct {
	oldest, newest *silentConn
	count          int
}

// add takes a connection in. When there are more than limit, the oldest is closed.
func (s *silentConns) add(conn *silentConn, limit int) {
	if s.count >= limit {
		oldest := s.oldest
		s.remove(oldest)
		_ = oldest.Close()
	}
	conn.listed, conn.older = true, s.newest
	if s.newest != nil {
		s.newest.newer = conn
	} else {
		s.oldest = conn
	}
	s.newest = conn
	s.count++
}

// remove takes a connection out; it tells whether it was still in.
func (s *silentConns) remove(conn *silentConn) bool {
	if !conn.listed {
		return false
	}
	if conn.older != nil {
		conn.older.newer = conn.newer
	} else {
		s.oldest = conn.newer
	}
	if conn.newer != nil {
		conn.newer.older = conn.older
	} else {
		s.newest = conn.older
	}
	conn.older, conn.newer, conn.listed = nil, nil, false
	s.count--
	return true
}

func (s *silentConns) closeAll() {
	for s.oldest != nil {
		oldest := s.oldest
		s.remove(oldest)
		_ = oldest.Close()
	}
}

// sniffedConn gives back first what was read to tell the protocol. It embeds the TCP connection, so that sendfile and writev stay possible.
type sniffedConn struct {
	*net.TCPConn
	head []byte
}

// Read gives the first bytes, then what follows.
func (c *sniffedConn) Read(buffer []byte) (int, error) {
	if len(c.head) == 0 {
		return c.TCPConn.Read(buffer)
	}
	n := copy(buffer, c.head)
	c.head = c.head[n:]
	return n, nil
}

// WriteTo copies everything that is read to a writer.
func (c *sniffedConn) WriteTo(writer io.Writer) (int64, error) {
	n, err := writer.Write(c.head)
	c.head = c.head[n:]
	if err != nil {
		return int64(n), err
	}
	rest, err := c.TCPConn.WriteTo(writer)
	return int64(n) + rest, err
}

// sniffedTLS gives back first what was read inside of TLS to tell the protocol.
type sniffedTLS struct {
	*tls.Conn
	head []byte
}

// Read gives the first bytes, then what follows.
func (c *sniffedTLS) Read(buffer []byte) (int, error) {
	if len(c.head) == 0 {
		return c.Conn.Read(buffer)
	}
	n := copy(buffer, c.head)
	c.head = c.head[n:]
	return n, nil
}

// listener hands out the connections of one protocol.
type listener struct {
	mux   *Mux
	conns chan net.Conn
	// closed is closed by Close; connections that come after that are closed.
	closed chan struct{}
	close  func()
}

func newListener(m *Mux) *listener {
	l := &listener{mux: m, conns: make(chan net.Conn), closed: make(chan struct{})}
	l.close = sync.OnceFunc(func() { close(l.closed) })
	return l
}

// deliver waits until the connection is taken, or the listener or the Mux is closed.
func (l *listener) deliver(conn net.Conn) {
	select {
	case l.conns <- conn:
	case <-l.closed:
		_ = conn.Close()
	case <-l.mux.closing:
		_ = conn.Close()
	}
}

// Accept waits for a connection. It gives net.ErrClosed when the listener or the Mux is closed.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
	case <-l.mux.closing:
	}
	return nil, net.ErrClosed
}

// Close ends this listener alone; the ports stay open until the Mux is closed.
func (l *listener) Close() error {
	l.close()
	return nil
}

// Addr is where the Mux listens.
func (l *listener) Addr() net.Addr { return l.mux.tcp.Addr() }
