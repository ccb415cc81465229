package turn

import (
	"net"
	"net/netip"

	"guildhall/rtc/mux"
)

// datagrams gives pion the messages of UDP clients.
type datagrams struct {
	net.PacketConn
	server *Server
}

// ReadFrom waits for the next message that pion has to look at.
func (d *datagrams) ReadFrom(buffer []byte) (int, net.Addr, error) {
	for {
		n, from, err := d.PacketConn.ReadFrom(buffer)
		if err != nil {
			return 0, nil, err
		}
		c := d.server.datagramClient(peerOf(from), d.PacketConn)
		if c == nil {
			continue
		}
		if message := c.take(buffer[:n]); message != nil {
			return copy(buffer, message), c.address, nil
		}
	}
}

// WriteTo sends a message of pion's to a client.
func (d *datagrams) WriteTo(message []byte, to net.Addr) (int, error) {
	if c := d.server.client(to); c != nil {
		c.reply(message)
	}
	return len(message), nil
}

// datagramClient finds the client of a UDP address, or makes one; nil when there is nothing to be said to strangers now.
func (s *Server) datagramClient(from netip.AddrPort, conn net.PacketConn) *client {
	if !from.IsValid() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.datagrams[from]; c != nil {
		return c
	}
	if s.closed || !s.answers.Allow() {
		return nil
	}
	if c, ok := s.strangers.Get(from); ok {
		return c
	}
	c := s.newClient(&net.UDPAddr{IP: from.Addr().AsSlice(), Port: int(from.Port()), Zone: nextName()}, from, mux.PathTURNUDP)
	to := net.UDPAddrFromAddrPort(from)
	c.admit = func() bool { return true } // The limits of allocations are enough.
	c.reply = func(parts ...[]byte) { writeDatagram(conn, to, parts) }
	c.end = func() {
		if r := c.relay.Load(); r != nil {
			_ = r.Close() // It cannot fail. pion notices, and ends the allocation.
		}
	}
	s.clients[addressName(c.address)] = c
	s.strangers.Add(from, c)
	return c
}

// writeDatagram sends parts as one packet. What cannot be sent is lost, as packets are.
func writeDatagram(conn net.PacketConn, to net.Addr, parts [][]byte) {
	if len(parts) == 1 {
		_, _ = conn.WriteTo(parts[0], to)
		return
	}
	packet := make([]byte, 0, maxMessage)
	for _, part := range parts {
		packet = append(packet, part...)
	}
	_, _ = conn.WriteTo(packet, to)
}

// strangerForgotten is called when a stranger is not remembered any more, with the lock held: there were too many, or it has an allocation now.
func (s *Server) strangerForgotten(c *client) {
	if s.datagrams[c.remote] != c {
		delete(s.clients, addressName(c.address))
	}
}
