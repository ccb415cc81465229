package sfu

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// slot is a place on a peer's connection where somebody else's audio or video is sent: a transceiver on which the client only receives. It keeps its SSRC,
// and goes on counting packets and time, whoever it is given to. It is a sink, and pion's track of that transceiver.
type slot struct {
	connection *connection
	kind       Kind
	mid        string
	// transceiver and ssrc are known before anybody else sees the slot.
	transceiver *webrtc.RTPTransceiver
	ssrc        uint32
	// view is what a slot of video has besides.
	view *view

	// publication is what is sent here, nil while the slot is free. The room's lock is held when it changes.
	publication atomic.Pointer[publication]

	mu          sync.Mutex
	writer      webrtc.TrackLocalWriter
	payloadType uint8
	rewriter    rewriter
	// header is that of the packet that goes out, here so that none needs memory of its own.
	header rtp.Header
	sent   sentCounters
	remote receptionReport
}

// sentCounters count what went out on a slot.
type sentCounters struct {
	packets, bytes uint64
	rate           meter
	// reported is how many packets had gone out when the last sender report was made.
	reported uint64
}

// receptionReport is what the client says of how a slot's packets arrive (RFC 3550 section 6.4.1).
type receptionReport struct {
	lost         uint32
	fractionLost float64
	jitter       time.Duration
	roundTrip    time.Duration
}

// give makes the slot send a publication, or nothing. The room's lock is held. No packet of the one before goes out after it returns.
func (s *slot) give(publication *publication) {
	if publication != nil {
		s.connection.peer.wants.forget(s.ssrc)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.publication.Store(publication)
	if s.view != nil {
		s.view.feed.stop()
	}
}

func (s *slot) receiver() *Peer { return s.connection.peer }

func (s *slot) number() uint32 { return s.ssrc }

// send forwards a packet of a publication, unless the slot has been given to another, or its owner hears nothing.
func (s *slot) send(from *publication, packet *packet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.publication.Load() != from {
		return
	}
	if s.view != nil {
		s.view.feed.take(packet)
		return
	}
	if s.writer == nil || s.connection.peer.has(deafBit) {
		s.rewriter.pause()
		return
	}
	numbers, ok := s.rewriter.rewrite(packet.part, packet.SequenceNumber, packet.Timestamp, packet.at)
	if !ok {
		return
	}
	s.header = rtp.Header{Version: 2, Marker: packet.Marker || numbers.begins, PayloadType: s.payloadType, SSRC: s.ssrc,
		SequenceNumber: numbers.sequence, Timestamp: numbers.timestamp}
	if err := s.write(&s.header, packet.Payload); err != nil {
		return // The connection does not stand yet, or is about to be closed.
	}
	s.sent.packets++
	s.sent.bytes += uint64(len(packet.Payload))
	s.sent.rate.add(len(packet.Payload), packet.at)
}

// ID names the track in the answer: a=msid:{user} {user}-audio or {user}-video, and another name while it is nobody's: browsers refuse to have one name twice.
func (s *slot) ID() string {
	if publication := s.publication.Load(); publication != nil {
		return publication.peer.userID.String() + "-" + s.kind.String()
	}
	return "free-" + s.mid
}

// StreamID names the stream that the track belongs to; "-" is none (RFC 8830 section 2).
func (s *slot) StreamID() string {
	if publication := s.publication.Load(); publication != nil {
		return publication.peer.userID.String()
	}
	return "-"
}

// RID is empty: what is sent has one encoding.
func (s *slot) RID() string { return "" }

// Kind is what is sent.
func (s *slot) Kind() webrtc.RTPCodecType { return s.kind.rtp() }

// Bind is called by pion when the slot can be sent on.
func (s *slot) Bind(context webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	if s.view != nil {
		return s.view.bind(context)
	}
	for _, codec := range context.CodecParameters() {
		if codec.MimeType != webrtc.MimeTypeOpus {
			continue
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.writer, s.payloadType = context.WriteStream(), uint8(codec.PayloadType)
		return codec, nil
	}
	return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
}

// Unbind is called by pion when the slot cannot be sent on any more.
func (s *slot) Unbind(webrtc.TrackLocalContext) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writer = nil
	return nil
}

// note remembers what the client says of the slot.
func (s *slot) note(report rtcp.ReceptionReport, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remote.lost = report.TotalLost
	s.remote.fractionLost = float64(report.FractionLost) / 256
	s.remote.jitter = time.Duration(report.Jitter) * time.Second / time.Duration(s.kind.clock())
	if roundTrip, ok := roundTripOf(report, now); ok {
		s.remote.roundTrip = roundTrip
	}
}
