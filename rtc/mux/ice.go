package mux

import (
	"bufio"
	"encoding/binary"
	"io"
	"sync/atomic"
	"time"
)

const (
	// frameHead is the length before each packet of ICE over TCP (RFC 4571 section 2).
	frameHead = 2
	// strangersPackets is how many packets are read of somebody whom ICE has not answered: a browser's checks are repeated a few times.
	strangersPackets = 64
	// iceSilence is how long an admitted client may send nothing: browsers renew their consent every 5 s at most (RFC 7675 section 5.1).
	iceSilence = 30 * time.Second
	// readBuffer is how much of a stream is read at once.
	readBuffer = 4 << 10
)

// serveICE passes the packets of ICE over TCP (RFC 6544, passive) into a tunnel and back. The client proves that it belongs here by being answered: ICE
// answers nobody who does not know the password of a session.
func (m *Mux) serveICE(c *Conn) {
	sender := NewSender(c)
	defer func() {
		_ = c.Close()
		sender.Close()
	}()
	var answered atomic.Bool
	tunnel, err := m.packets.OpenTunnel(c.Path, c.Remote(), func(packet []byte) {
		if !answered.Load() && !answered.Swap(true) && !(c.Admit() && c.SetReadDeadline(time.Now().Add(iceSilence)) == nil) {
			m.log.Debug("a connection for media was closed: there are too many", "remote", c.Remote())
			_ = c.Close()
			return
		}
		var head [frameHead]byte
		binary.BigEndian.PutUint16(head[:], uint16(len(packet)))
		sender.Send(head[:], packet)
	})
	if err != nil {
		m.log.Warn("a connection for media was refused", "error", err)
		return
	}
	defer tunnel.Close()
	reader := bufio.NewReaderSize(c, readBuffer)
	packet := make([]byte, MaxPacket)
	var renewed time.Time
	for count := 0; answered.Load() || count < strangersPackets; count++ {
		// Setting a deadline costs as much as reading a packet.
		if now := time.Now(); answered.Load() && now.Sub(renewed) > iceSilence/4 {
			renewed = now
			if c.SetReadDeadline(now.Add(iceSilence)) != nil {
				return
			}
		}
		n, err := readFrame(reader, packet)
		if err != nil {
			return
		}
		tunnel.Deliver(packet[:n])
	}
}

// readFrame reads one packet. One that is larger than the buffer is no packet of media: io.ErrShortBuffer.
func readFrame(reader io.Reader, buffer []byte) (int, error) {
	if _, err := io.ReadFull(reader, buffer[:frameHead]); err != nil {
		return 0, err
	}
	n := int(binary.BigEndian.Uint16(buffer))
	if n > len(buffer) {
		return 0, io.ErrShortBuffer
	}
	return io.ReadFull(reader, buffer[:n])
}
