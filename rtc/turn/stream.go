package turn

import (
	"bufio"
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"time"

	"guildhall/rtc/mux"
)

const (
	// maxMessage is the largest message that is read: a packet of media in an indication.
	maxMessage = mux.MaxPacket + 100
	// readBuffer is how much of a stream is read at once.
	readBuffer = 8 << 10
	stunCookie = 0x2112A442
)

// streams gives pion the connections of clients.
type streams struct {
	net.Listener
	server *Server
}

// Accept waits for the next connection.
func (l *streams) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		conn, ok := accepted.(*mux.Conn)
		if !ok {
			_ = accepted.Close()
			continue
		}
		if s := newStream(l.server, conn); s != nil {
			return s, nil
		}
	}
}

// stream is a client's connection in the form in which pion gets it: each Read gives one message that pion has to look at.
type stream struct {
	*mux.Conn
	client *client
	sender *mux.Sender
	reader *bufio.Reader
	// used is how much of the reader's buffer the last message took.
	used    int
	renewed time.Time
	// finish is called by pion when it has done with the connection.
	finish func() error
}

// newStream takes a connection in; nil when the server is closed.
func newStream(s *Server, conn *mux.Conn) *stream {
	remote := conn.Remote()
	c := s.newClient(&net.TCPAddr{IP: remote.Addr().AsSlice(), Port: int(remote.Port()), Zone: nextName()}, remote, conn.Path)
	made := &stream{Conn: conn, client: c, reader: bufio.NewReaderSize(conn, readBuffer)}
	c.admit = conn.Admit
	c.end = func() { _ = conn.Close() }
	if !s.enter(c) {
		_ = conn.Close()
		return nil
	}
	made.sender = mux.NewSender(conn)
	c.reply = func(parts ...[]byte) { made.sender.Send(parts...) }
	made.finish = sync.OnceValue(func() error {
		defer s.work.Done()
		err := conn.Close()
		made.sender.Close()
		s.leave(c)
		if errors.Is(err, net.ErrClosed) {
			err = nil
		}
		return err
	})
	return made
}

// RemoteAddr is what pion knows the client by.
func (s *stream) RemoteAddr() net.Addr { return s.client.address }

// Close ends the connection.
func (s *stream) Close() error { return s.finish() }

// Write queues a message to the client.
func (s *stream) Write(message []byte) (int, error) {
	s.sender.Send(message)
	return len(message), nil
}

// Read waits for the next message that pion has to look at.
func (s *stream) Read(buffer []byte) (int, error) {
	for {
		// Setting a deadline costs as much as reading a packet. A stranger has the one that the Mux set.
		if now := time.Now(); s.client.relay.Load() != nil && now.Sub(s.renewed) > s.client.server.limits.silence/4 {
			s.renewed = now
			if err := s.SetReadDeadline(now.Add(s.client.server.limits.silence)); err != nil {
				return 0, err
			}
		}
		message, err := s.next()
		if err != nil {
			return 0, err
		}
		if message = s.client.take(message); message != nil && len(message) <= len(buffer) {
			return copy(buffer, message), nil
		}
	}
}

var errFrame = errors.New("this is no message of TURN")

// next reads one message. It is good until the next call.
func (s *stream) next() ([]byte, error) {
	_, _ = s.reader.Discard(s.used) // It is in the buffer.
	s.used = 0
	head, err := s.reader.Peek(channelHead)
	if err != nil {
		return nil, err
	}
	size := messageSize(head)
	if size > maxMessage {
		return nil, errFrame
	}
	message, err := s.reader.Peek(size)
	if err != nil {
		return nil, err
	}
	if message[0] < firstChannel>>8 && binary.BigEndian.Uint32(message[4:]) != stunCookie {
		return nil, errFrame
	}
	s.used = size
	return message, nil
}

// messageSize tells the size of a message on a stream from its first four bytes (RFC 8656 section 12.5; RFC 8489 section 5). What is no message is
// larger than any.
func messageSize(head []byte) int {
	length := int(binary.BigEndian.Uint16(head[2:]))
	switch number := binary.BigEndian.Uint16(head); {
	case number < firstChannel && length&3 == 0:
		return stunHead + length
	case number >= firstChannel && number <= lastChannel:
		return channelHead + (length+3)&^3
	}
	return maxMessage + 1
}
