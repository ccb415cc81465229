package mux

import (
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
		m.sniffing.add(silent, m.limits.sniffing)
		m.mu.Unlock()
		m.running.Go(func() { m.sniff(silent) })
	}
}

// sniff waits for the first bytes of a connection and hands it to the listener of its protocol.
func (m *Mux) sniff(conn *silentConn) {
	head, kind := readHead(conn.TCPConn, m.limits.sniffTimeout)
	m.mu.Lock()
	evicted := !m.sniffing.remove(conn)
	m.mu.Unlock()
	if evicted || conn.SetReadDeadline(time.Time{}) != nil {
		kind = StreamUndecided
	}
	sniffed := &sniffedConn{TCPConn: conn.TCPConn, head: head}
	switch kind {
	case StreamHTTP:
		m.plain.deliver(sniffed)
	case StreamTLS:
		m.secure.deliver(sniffed)
	default:
		// Silent for too long, or a protocol that nobody here speaks.
		_ = conn.Close()
	}
}

// readHead reads until the protocol is told. It gives StreamUndecided when that does not happen in time.
func readHead(conn *net.TCPConn, timeout time.Duration) ([]byte, StreamKind) {
	if err := conn.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return nil, StreamUndecided
	}
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

// silentConn is a connection whose protocol is not known yet.
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
