package mux

import (
	"net"
	"sync"
	"time"
)

const (
	// maxUnsent is how much may wait for a stream that does not take more, in bytes: half a second of 4 Mbit/s. What comes then is dropped, as a
	// network would: media that is late is of no use.
	maxUnsent = 256 << 10
	// keptBuffer is the largest buffer that a Sender keeps while nothing is to be sent.
	keptBuffer = 16 << 10
	// streamBuffer is what the kernel is asked to hold of a stream, in bytes. More would only make media late.
	streamBuffer = 128 << 10
	// sendTimeout is how long a stream may take nothing until it is given up.
	sendTimeout = 10 * time.Second
)

// Sender writes packets to a stream and never makes its callers wait. All that came while the stream took the last goes out with one write.
type Sender struct {
	conn  net.Conn
	ended chan struct{}

	mu      sync.Mutex
	wake    sync.Cond
	unsent  []byte
	closed  bool
	dropped uint64
}

// NewSender makes a Sender for a connection. The caller closes it.
func NewSender(conn net.Conn) *Sender {
	s := &Sender{conn: conn, ended: make(chan struct{})}
	s.wake.L = &s.mu
	go s.run()
	return s
}

// Send queues the parts of a packet, one after the other. It tells whether there was room.
func (s *Sender) Send(parts ...[]byte) bool {
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.unsent)+size > maxUnsent {
		s.dropped++
		return false
	}
	if len(s.unsent) == 0 {
		s.wake.Signal()
	}
	for _, part := range parts {
		s.unsent = append(s.unsent, part...)
	}
	return true
}

// Close ends the Sender and waits. What was not sent is lost. The caller closes the connection first, or a write may take its time.
func (s *Sender) Close() {
	s.mu.Lock()
	s.closed = true
	s.wake.Signal()
	s.mu.Unlock()
	<-s.ended
}

func (s *Sender) run() {
	defer close(s.ended)
	var spare []byte
	for {
		s.mu.Lock()
		for len(s.unsent) == 0 && !s.closed {
			s.wake.Wait()
		}
		if s.closed {
			s.mu.Unlock()
			return
		}
		sending := s.unsent
		s.unsent = spare[:0]
		s.mu.Unlock()
		err := s.conn.SetWriteDeadline(time.Now().Add(sendTimeout))
		if err == nil {
			_, err = s.conn.Write(sending)
		}
		if err != nil {
			_ = s.conn.Close() // Whoever reads it notices, and closes the Sender.
			s.mu.Lock()
			s.closed = true
			s.mu.Unlock()
			return
		}
		if spare = sending; cap(spare) > keptBuffer {
			spare = nil
		}
	}
}
