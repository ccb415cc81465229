package sfu

import (
	"encoding/binary"
	"io"
	"sync"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"
	"github.com/pion/transport/v5/packetio"
)

// buffer makes what pion puts a stream's packets into: for control packets something that acts on them at once, so that no goroutine waits for them.
func (c *connection) buffer(kind packetio.BufferPacketType, ssrc uint32) io.ReadWriteCloser {
	if kind == packetio.RTCPBufferPacket {
		return &controls{connection: c, ssrc: ssrc, closed: make(chan struct{})}
	}
	buffered := &mediaBuffer{Buffer: packetio.NewBuffer(), connection: c, ssrc: ssrc}
	buffered.SetLimitSize(mediaBufferSize)
	if c.buffers.Add(1) > maxBuffers {
		buffered.SetLimitCount(1) // Whoever makes up streams does not fill the memory with them.
	}
	return buffered
}

const (
	// mediaBufferSize is how much may wait of one stream, in bytes.
	mediaBufferSize = 1 << 20
	// maxBuffers is how many streams of a connection have buffers of that size: a microphone, a camera in its layers, what is sent again of each, and as much again for
	// each time that a client begins anew.
	maxBuffers = 64
)

// controls takes the control packets about one SSRC. There is nothing to be read from it.
type controls struct {
	connection *connection
	ssrc       uint32
	once       sync.Once
	closed     chan struct{}
}

func (b *controls) Write(packet []byte) (int, error) {
	if packets, err := rtcp.Unmarshal(packet); err == nil {
		b.connection.control(b.ssrc, packets, time.Now())
	}
	return len(packet), nil
}

func (b *controls) Read([]byte) (int, error) {
	<-b.closed
	return 0, io.EOF
}

func (b *controls) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

// mediaBuffer keeps the packets of a stream until pion reads them, and notes when they came.
type mediaBuffer struct {
	*packetio.Buffer
	connection *connection
	ssrc       uint32
}

func (b *mediaBuffer) Write(packet []byte) (int, error) {
	if extension := b.connection.sequenceExtension.Load(); extension != 0 {
		if value := extensionOf(packet, uint8(extension)); len(value) == 2 {
			b.connection.arrivals.note(b.ssrc, binary.BigEndian.Uint16(value), time.Now())
		}
	}
	return b.Buffer.Write(packet, nil)
}

func (b *mediaBuffer) Read(into []byte) (int, error) {
	n, _, err := b.Buffer.Read(into, nil)
	return n, err
}

// extensionOf finds a header extension of one byte's head in an RTP packet (RFC 8285 section 4.2).
func extensionOf(packet []byte, extension uint8) []byte {
	if len(packet) < 12 || packet[0]&0x10 == 0 {
		return nil
	}
	at := 12 + 4*int(packet[0]&0x0F)
	if len(packet) < at+4 || packet[at] != 0xBE || packet[at+1] != 0xDE {
		return nil
	}
	end := at + 4 + 4*int(binary.BigEndian.Uint16(packet[at+2:]))
	for at += 4; at < end && at < len(packet); {
		one, size := packet[at]>>4, int(packet[at]&0x0F)+1
		at++
		if packet[at-1] == 0 {
			continue // padding
		}
		if at+size > len(packet) || at+size > end {
			return nil
		}
		if one == extension {
			return packet[at : at+size]
		}
		at += size
	}
	return nil
}

// arrivals note when packets came that are numbered across all of a connection's streams, to tell the client so: its own estimate of its bandwidth goes
// by that (draft-holmer-rmcat-transport-wide-cc-extensions-01).
type arrivals struct {
	mu       sync.Mutex
	recorder *twcc.Recorder
	began    time.Time
	some     bool
}

func (a *arrivals) note(ssrc uint32, sequence uint16, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.recorder == nil {
		a.recorder, a.began = twcc.NewRecorder(1), now
	}
	a.some = true
	a.recorder.Record(ssrc, sequence, now.Sub(a.began).Microseconds())
}

// feedback tells what came since it was asked last.
func (a *arrivals) feedback() []rtcp.Packet {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.some {
		return nil
	}
	a.some = false
	return a.recorder.BuildFeedbackPacket()
}

// control acts on control packets of the client about one SSRC, ours or its own.
func (c *connection) control(ssrc uint32, packets []rtcp.Packet, now time.Time) {
	c.mu.Lock()
	place, stream := c.places[ssrc], c.streams[ssrc]
	c.mu.Unlock()
	for _, packet := range packets {
		switch packet := packet.(type) {
		case *rtcp.SenderReport:
			if stream != nil && packet.SSRC == ssrc {
				stream.noteSenderReport(packet, now)
			}
			place.noteAll(packet.Reports, now)
		case *rtcp.ReceiverReport:
			place.noteAll(packet.Reports, now)
		case *rtcp.TransportLayerNack:
			if place != nil && place.view != nil && packet.MediaSSRC == ssrc {
				place.view.repeat(packet.Nacks, now)
			}
		case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
			if place != nil && place.view != nil {
				place.view.askForKeyFrame(now)
			}
		case *rtcp.TransportLayerCC:
			c.sending.feedback(packet, now)
		}
	}
}

// noteAll takes in what the client says of a slot, nil of none.
func (s *slot) noteAll(reports []rtcp.ReceptionReport, now time.Time) {
	for _, report := range reports {
		if s != nil && report.SSRC == s.ssrc {
			s.note(report, now)
		}
	}
}
