package sfu

import (
	"sync"
	"sync/atomic"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"guildhall/store/id"
)

// slot is a place on a peer's connection where somebody else's audio is sent: a transceiver that the client only receives on. It keeps its SSRC, and goes on counting
// packets and time, whoever it is given to.
type slot struct {
	mid    string
	sender *webrtc.RTPSender

	// userID is whose audio it is, zero while it is free.
	userID id.ID

	mu     sync.Mutex
	writer webrtc.TrackLocalWriter
	// out is the header of packets as they go out; the sender chose SSRC and payload type.
	boundSSRC   webrtc.SSRC
	payloadType webrtc.PayloadType
	// source is the stream that was sent last, with the offsets from its numbers to ours.
	source          uint64
	sequenceOffset  uint16
	timestampOffset uint32
	lastSequence    uint16
	lastTimestamp   uint32
	begun           bool

	packets atomic.Uint64
}

func (s *slot) ssrc() uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return uint32(s.boundSSRC)
}

// slotTrack is what pion knows of a slot's content: whose it is.
type slotTrack struct {
	slot   *slot
	userID id.ID
}

// ID, StreamID and the others implement webrtc.TrackLocal. The names reach the client as a=msid:{user} {user}-audio.
func (t *slotTrack) ID() string                { return t.name() + "-audio" }
func (t *slotTrack) StreamID() string          { return t.name() }
func (t *slotTrack) RID() string               { return "" }
func (t *slotTrack) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeAudio }

func (t *slotTrack) name() string {
	if t.userID == 0 {
		return "free-" + t.slot.mid // browsers refuse a name twice
	}
	return t.userID.String()
}

// Bind is called by pion when the slot can be sent on.
func (t *slotTrack) Bind(context webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	for _, codec := range context.CodecParameters() {
		if codec.MimeType != webrtc.MimeTypeOpus {
			continue
		}
		t.slot.mu.Lock()
		t.slot.writer, t.slot.boundSSRC, t.slot.payloadType = context.WriteStream(), context.SSRC(), codec.PayloadType
		t.slot.mu.Unlock()
		return codec, nil
	}
	return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
}

// Unbind is called by pion when the slot cannot be sent on any more.
func (t *slotTrack) Unbind(webrtc.TrackLocalContext) error {
	t.slot.mu.Lock()
	defer t.slot.mu.Unlock()
	t.slot.writer = nil
	return nil
}

// frameSamples is how far the clock goes on, in samples, when another stream takes the slot: one Opus frame of 20 ms.
const frameSamples = opusClock / 50

// send forwards a packet of a stream. Streams are told apart by a number; each time a publisher speaks again after having been muted it is another, because
// packets are missing that must not look lost. It tells whether the packet went out.
func (s *slot) send(source uint64, packet *rtp.Packet) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writer == nil {
		return false
	}
	if source != s.source {
		s.sequenceOffset, s.timestampOffset = 0, 0
		if s.begun {
			s.sequenceOffset = s.lastSequence + 1 - packet.SequenceNumber
			s.timestampOffset = s.lastTimestamp + frameSamples - packet.Timestamp
		}
		s.source = source
	}
	header := rtp.Header{Version: 2, Marker: packet.Marker, PayloadType: uint8(s.payloadType), SSRC: uint32(s.boundSSRC),
		SequenceNumber: packet.SequenceNumber + s.sequenceOffset, Timestamp: packet.Timestamp + s.timestampOffset}
	// A packet that was overtaken on its way does not turn the counters back.
	if !s.begun || int16(header.SequenceNumber-s.lastSequence) > 0 {
		s.begun, s.lastSequence, s.lastTimestamp = true, header.SequenceNumber, header.Timestamp
	}
	if _, err := s.writer.WriteRTP(&header, packet.Payload); err != nil {
		return false // the connection is about to be closed
	}
	s.packets.Add(1)
	return true
}
