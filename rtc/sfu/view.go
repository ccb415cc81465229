package sfu

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// view is what a slot has to send video. The slot's lock guards it, but for what says otherwise.
type view struct {
	slot *slot
	feed feed
	// formats are the payload types of the codecs that the client takes.
	formats map[Codec]format
	// rtx is the SSRC of packets that are sent again; the lock of the connection's negotiation guards it.
	rtx         uint32
	rtxSequence uint16

	// header and again are those of packets as they go out, here so that none needs memory of its own. number is their number across all streams.
	header, again rtp.Header
	number        [2]byte
	numbered      bool
	buffer        []byte
	// repeated are the packets that were sent again of late.
	repeated []repetition
	resent   uint64
}

type format struct{ payloadType, rtx uint8 }

type repetition struct {
	sequence uint16
	count    uint8
	at       time.Time
}

const (
	repeatedSize = cacheSize
	// repeatAgain is how long at least a packet that was sent again is not sent once more: longer where the client is farther away.
	repeatAgain = 20 * time.Millisecond
	// repeatMost is how many packets are sent again for one request, and repeatAttempts how often one is.
	repeatMost     = 100
	repeatAttempts = 5
)

func newView(s *slot) *view {
	v := &view{slot: s, formats: make(map[Codec]format), header: rtp.Header{Version: 2}}
	v.feed.out = v.out
	return v
}

func (s *slot) rtxNumber() uint32 {
	if s.view == nil {
		return 0
	}
	return s.view.rtx
}

// bind notes which codecs the client takes, when the slot can be sent on.
func (v *view) bind(context webrtc.TrackLocalContext) (first webrtc.RTPCodecParameters, err error) {
	v.slot.mu.Lock()
	defer v.slot.mu.Unlock()
	codecs := context.CodecParameters()
	for _, codec := range codecs {
		name := codecOf(codec.MimeType)
		if _, known := v.formats[name]; name == "" || known {
			continue
		}
		agreed := format{payloadType: uint8(codec.PayloadType)}
		for _, other := range codecs {
			if strings.EqualFold(other.MimeType, webrtc.MimeTypeRTX) && other.SDPFmtpLine == fmt.Sprintf("apt=%d", codec.PayloadType) {
				agreed.rtx = uint8(other.PayloadType)
			}
		}
		if len(v.formats) == 0 {
			first = codec
		}
		v.formats[name] = agreed
	}
	if len(v.formats) == 0 {
		return first, webrtc.ErrUnsupportedCodec
	}
	for _, extension := range context.HeaderExtensions() {
		if extension.URI == sdp.TransportCCURI {
			if err := v.header.SetExtension(uint8(extension.ID), v.number[:]); err != nil {
				return first, err
			}
			v.numbered = true
		}
	}
	v.again = v.header.Clone()
	if v.numbered {
		v.again.Extensions = v.header.Extensions // They share the number.
	}
	v.slot.writer = context.WriteStream()
	return first, nil
}

// out sends a packet of the feed.
func (v *view) out(numbers rewritten, marker bool, payload []byte, now time.Time) {
	agreed, ok := v.formats[v.feed.source.codec]
	if !ok || v.slot.writer == nil {
		return
	}
	h := &v.header
	h.Marker, h.PayloadType, h.SSRC, h.SequenceNumber, h.Timestamp = marker, agreed.payloadType, v.slot.ssrc, numbers.sequence, numbers.timestamp
	v.write(h, payload, now)
}

// write sends a packet. It is numbered across all of the connection's streams, if the client reports on those.
func (v *view) write(h *rtp.Header, payload []byte, now time.Time) {
	if v.numbered {
		binary.BigEndian.PutUint16(v.number[:], v.slot.connection.sending.sent(len(payload)+rtpOverhead, now))
	}
	if err := v.slot.write(h, payload); err != nil {
		return // The connection does not stand yet, or is about to be closed.
	}
	v.slot.sent.rate.add(len(payload), now)
	if h.SSRC == v.slot.ssrc {
		v.slot.sent.packets++
		v.slot.sent.bytes += uint64(len(payload))
	}
}

// rtpOverhead is what a packet has besides its payload: header, extension, seal, UDP and IPv4.
const rtpOverhead = 12 + 8 + 16 + 8 + 20

// repeat sends packets again that the client has not got, out of what is kept of the stream.
func (v *view) repeat(pairs []rtcp.NackPair, now time.Time) {
	p := v.slot.publication.Load()
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	v.slot.mu.Lock()
	defer v.slot.mu.Unlock()
	if v.slot.publication.Load() != p || v.slot.writer == nil {
		return
	}
	left := repeatMost
	for _, pair := range pairs {
		pair.Range(func(sequence uint16) bool {
			left--
			v.repeatOne(p, sequence, now)
			return left > 0
		})
		if left <= 0 {
			return
		}
	}
}

// repeatOne sends one packet again: as a packet of its own stream where that was agreed on (RFC 4588), otherwise as it was. The locks of the publication and of
// the slot are held.
func (v *view) repeatOne(p *publication, sequence uint16, now time.Time) {
	if v.repeated == nil {
		v.repeated = make([]repetition, repeatedSize)
	}
	noted := &v.repeated[sequence%repeatedSize]
	if noted.sequence == sequence && (noted.count == repeatAttempts || now.Sub(noted.at) < max(repeatAgain, v.slot.remote.roundTrip)) {
		return
	}
	of, original := v.feed.sent(sequence)
	if of == nil || of.in.publication != p {
		return
	}
	kept := of.in.video.cache.get(original)
	agreed, ok := v.formats[of.in.codec]
	if kept == nil || !ok || len(kept.payload) == 0 {
		return
	}
	if !v.slot.connection.sending.allowRepeat(len(kept.payload)+rtpOverhead, now) {
		return
	}
	if noted.sequence != sequence {
		*noted = repetition{sequence: sequence}
	}
	noted.count, noted.at = noted.count+1, now
	payload := v.feed.shifted(of, kept.payload, readFrame(of.in.codec, kept.payload))
	h := &v.header
	h.Marker, h.PayloadType, h.SSRC, h.SequenceNumber, h.Timestamp = kept.marker, agreed.payloadType, v.slot.ssrc, sequence, kept.timestamp+of.timestampOffset
	v.resent++
	if agreed.rtx == 0 || v.rtx == 0 {
		v.write(h, payload, now)
		return
	}
	v.writeAgain(*h, agreed, payload, now)
}

// writeAgain sends a packet again on the stream that is for that.
func (v *view) writeAgain(original rtp.Header, agreed format, payload []byte, now time.Time) {
	v.buffer = append(binary.BigEndian.AppendUint16(v.buffer[:0], original.SequenceNumber), payload...)
	h := &v.again
	h.Marker, h.PayloadType, h.SSRC, h.SequenceNumber, h.Timestamp = original.Marker, agreed.rtx, v.rtx, v.rtxSequence, original.Timestamp
	v.rtxSequence++
	v.write(h, v.buffer, now)
}

// askForKeyFrame notes that the client needs a key frame of what it is sent.
func (v *view) askForKeyFrame(now time.Time) {
	p := v.slot.publication.Load()
	if p == nil {
		return
	}
	p.mu.Lock()
	v.slot.mu.Lock()
	in := v.feed.source
	v.slot.mu.Unlock()
	if in == nil || in.publication != p || !in.current {
		p.mu.Unlock()
		return
	}
	in.video.keyWanted = true
	feedback := p.feedback(now)
	p.mu.Unlock()
	in.ask(feedback)
}
