package mux

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// Conn is a connection of somebody who wants media through TCP: ICE or TURN. Until it is admitted it counts among those that have not told their
// protocol: it is closed when it is older than their time, or the oldest when there are too many. All of that is so that strangers cannot take
// what others need.
type Conn struct {
	net.Conn
	// Path is how the connection came.
	Path Path

	mux      *Mux
	stranger *silentConn
	from     netip.Prefix
	admitted bool
	close    func() error
}

func newConn(m *Mux, conn net.Conn, path Path, stranger *silentConn) *Conn {
	c := &Conn{Conn: conn, Path: path, mux: m, stranger: stranger, from: prefixOf(stranger.RemoteAddr())}
	c.close = sync.OnceValue(func() error {
		m.mu.Lock()
		c.leave()
		m.mu.Unlock()
		// Beneath TLS, whose goodbye would wait for a client that takes nothing any more.
		return stranger.TCPConn.Close()
	})
	return c
}

// prefixOf is whose a connection is, as far as an address can tell: an IPv4 address, or an IPv6 network of 64 bits.
func prefixOf(address net.Addr) netip.Prefix {
	ip := address.(*net.TCPAddr).AddrPort().Addr().Unmap()
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	prefix, _ := ip.WithZone("").Prefix(bits) // no error: the bits fit the address
	return prefix
}

// Admit notes that the client has proved that it belongs here. It is false when there are too many connections, in all or from its address, or when
// this one was closed to make room for others. An admitted connection has no read deadline from the Mux any more.
func (c *Conn) Admit() bool {
	m := c.mux
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case c.admitted:
		return true
	case m.closed || !c.stranger.listed || len(m.admitted) >= m.limits.media || m.admittedFrom[c.from] >= m.limits.mediaPerAddress:
		return false
	}
	m.sniffing.remove(c.stranger)
	c.admitted = true
	m.admitted[c] = struct{}{}
	m.admittedFrom[c.from]++
	return c.stranger.SetReadDeadline(time.Time{}) == nil
}

// Remote is the client's address.
func (c *Conn) Remote() netip.AddrPort {
	address := c.stranger.RemoteAddr().(*net.TCPAddr).AddrPort()
	return netip.AddrPortFrom(address.Addr().Unmap(), address.Port())
}

// Close closes the connection and takes it out of the books.
func (c *Conn) Close() error { return c.close() }

// leave takes the connection out of the books. The Mux's lock is held.
func (c *Conn) leave() {
	m := c.mux
	m.sniffing.remove(c.stranger)
	if !c.admitted {
		return
	}
	c.admitted = false
	delete(m.admitted, c)
	if m.admittedFrom[c.from]--; m.admittedFrom[c.from] == 0 {
		delete(m.admittedFrom, c.from)
	}
}
