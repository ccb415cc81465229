package sfu

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// Codec is a video codec, by the name that session descriptions have for it.
type Codec string

// The codecs that are passed on. VP8 is what everybody has.
const (
	VP8  Codec = "VP8"
	H264 Codec = "H264"
	VP9  Codec = "VP9"
	AV1  Codec = "AV1"
)

// videoClock is the RTP clock of all video codecs, in Hz.
const videoClock = 90000

// videoFormats are the forms of the codecs that are agreed to, with the payload types that are ours when the client has no others. H.264 is taken in
// its baseline, constrained baseline, main and high profiles, in packetization mode 1 (RFC 6184 section 6.3).
var videoFormats = []struct {
	codec            Codec
	payloadType, rtx webrtc.PayloadType
	parameters       string
}{
	{VP8, 96, 97, ""},
	{H264, 102, 103, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f"},
	{H264, 106, 107, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"},
	{H264, 127, 125, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f"},
	{H264, 112, 113, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f"},
	{VP9, 98, 99, "profile-id=0"},
	{AV1, 45, 46, ""},
}

// registerVideo allows the video codecs with packets that are sent again, and the header extensions that are read and written.
func registerVideo(engine *webrtc.MediaEngine) (err error) {
	feedback := []webrtc.RTCPFeedback{{Type: webrtc.TypeRTCPFBTransportCC}, {Type: webrtc.TypeRTCPFBCCM, Parameter: "fir"}, {Type: webrtc.TypeRTCPFBNACK}, {Type: webrtc.TypeRTCPFBNACK, Parameter: "pli"}}
	for _, format := range videoFormats {
		err = errors.Join(err, engine.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: format.payloadType, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: "video/" + string(format.codec), ClockRate: videoClock, SDPFmtpLine: format.parameters, RTCPFeedback: feedback}}, webrtc.RTPCodecTypeVideo))
		err = errors.Join(err, engine.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: format.rtx, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeRTX, ClockRate: videoClock, SDPFmtpLine: fmt.Sprintf("apt=%d", format.payloadType)}}, webrtc.RTPCodecTypeVideo))
	}
	for _, uri := range []string{sdp.SDESMidURI, sdp.SDESRTPStreamIDURI, sdp.SDESRepairRTPStreamIDURI} {
		err = errors.Join(err, engine.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverDirectionRecvonly))
	}
	return errors.Join(err, engine.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.TransportCCURI}, webrtc.RTPCodecTypeVideo))
}

// codecOf gives the codec of a MIME type, "" for others, such as packets that are sent again.
func codecOf(mimeType string) Codec {
	for _, format := range videoFormats {
		if strings.EqualFold(mimeType, "video/"+string(format.codec)) {
			return format.codec
		}
	}
	return ""
}

// carries tells whether a form of the codec is passed on, by the parameters that a client has for it: H.264 is packetized in mode 1, of VP9 and AV1 there is the main profile.
func (c Codec) carries(parameters string) bool {
	values := make(map[string]string)
	for _, one := range strings.Split(parameters, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(one), "=")
		values[strings.ToLower(key)] = value
	}
	switch c {
	case H264:
		return values["packetization-mode"] == "1"
	case VP9:
		return values["profile-id"] == "" || values["profile-id"] == "0"
	case AV1:
		return values["profile"] == "" || values["profile"] == "0"
	}
	return true
}

// only gives the forms of one codec out of many, with the packets that are sent again of each.
func only(codec Codec, all []webrtc.RTPCodecParameters) (chosen []webrtc.RTPCodecParameters) {
	kept := make(map[string]bool)
	for _, one := range all {
		if codecOf(one.MimeType) == codec {
			chosen = append(chosen, one)
			kept[fmt.Sprintf("apt=%d", one.PayloadType)] = true
		}
	}
	for _, one := range all {
		if strings.EqualFold(one.MimeType, webrtc.MimeTypeRTX) && kept[one.SDPFmtpLine] {
			chosen = append(chosen, one)
		}
	}
	return chosen
}

// frame is what is read of a packet of video.
type frame struct {
	// key tells that the packet begins a frame that needs none before it. Width and height are that frame's where the codec tells them, or 0.
	key           bool
	width, height int
	vp8           vp8Descriptor
}

// readFrame reads a packet's payload. What cannot be read is passed on as it is.
func readFrame(codec Codec, payload []byte) (f frame) {
	if len(payload) == 0 {
		return f
	}
	switch codec {
	case VP8:
		if d, ok := readVP8(payload); ok {
			f.vp8, f.key, f.width, f.height = d, d.key, d.width, d.height
		}
	case H264:
		f.key = h264Key(payload)
	case VP9:
		// I, P, L, F, B, E, V, Z: a picture that is predicted from none, its beginning, and of layers the lowest (RFC 9628 section 4.2).
		f.key = payload[0]&0x48 == 0x08 && !vp9Upper(payload)
	case AV1:
		// N: the first packet of a coded video sequence (AV1 RTP payload specification section 4.4).
		f.key = payload[0]&0x88 == 0x08
	}
	return f
}

// The kinds of H.264 units that matter (RFC 6184 table 1).
const (
	h264IDR      = 5
	h264Sequence = 7
	h264STAPA    = 24
	h264FUA      = 28
)

// h264Key tells whether a packet begins a key frame: with its parameters, where senders repeat them, or with the frame itself.
func h264Key(payload []byte) bool {
	switch payload[0] & 0x1F {
	case h264Sequence, h264IDR:
		return true
	case h264STAPA:
		for rest := payload[1:]; len(rest) > 2; {
			size := int(rest[0])<<8 | int(rest[1])
			if kind := rest[2] & 0x1F; kind == h264Sequence || kind == h264IDR {
				return true
			}
			if size+2 > len(rest) {
				return false
			}
			rest = rest[2+size:]
		}
	case h264FUA:
		return len(payload) > 1 && payload[1]&0x80 != 0 && payload[1]&0x1F == h264IDR
	}
	return false
}

// vp9Upper tells whether a packet is of a spatial layer above the lowest.
func vp9Upper(payload []byte) bool {
	at := 1
	if payload[0]&0x80 != 0 && len(payload) > at {
		if payload[at]&0x80 != 0 {
			at++
		}
		at++
	}
	return payload[0]&0x20 != 0 && len(payload) > at && payload[at]>>1&7 != 0
}
