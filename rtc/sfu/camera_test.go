package sfu

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"guildhall/store/id"
)

// camera sends video made up for tests: VP8 as far as the server looks at it, and then which frame of which layer this is.
type camera struct {
	client      *client
	transceiver *webrtc.RTPTransceiver
	layers      []*cameraLayer

	mu      sync.Mutex
	stopped chan struct{}
	work    sync.WaitGroup
}

// cameraLayer is one of its simulcast layers. The camera's lock guards it.
type cameraLayer struct {
	index   int
	rid     string
	track   *webrtc.TrackLocalStaticRTP
	size    int
	packets int
	off     bool

	sequence  uint16
	timestamp uint32
	picture   uint16
	level     uint8
	frame     uint32
	key       bool
	// asked counts requests for key frames, keys the key frames that were sent.
	asked, keys int
}

// Frames of video come quicker than in life too.
const videoInterval = 15 * time.Millisecond

// addCamera gives the client a camera with simulcast layers, the worst first, or with one that has no name.
func (c *client) addCamera(rids ...string) *camera {
	c.t.Helper()
	cam := &camera{client: c}
	if len(rids) == 0 {
		rids = []string{""}
	}
	for i, rid := range rids {
		var options []func(*webrtc.TrackLocalStaticRTP)
		if rid != "" {
			options = append(options, webrtc.WithRTPStreamID(rid))
		}
		track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: videoClock}, "cam", "client", options...)
		if err != nil {
			c.t.Fatal(err)
		}
		cam.layers = append(cam.layers, &cameraLayer{index: i, rid: rid, track: track, size: 600, packets: 2 + i, sequence: uint16(65400 + 1000*i), timestamp: uint32(i) << 28, picture: uint16(0x7FF0 - 1000*i), level: uint8(250 + i), key: true})
		if i == 0 {
			cam.transceiver, err = c.pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		} else {
			err = cam.transceiver.Sender().AddEncoding(track)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
	c.cam = cam
	return cam
}

func (c *client) addViews(views int) {
	c.t.Helper()
	for range views {
		if _, err := c.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
			c.t.Fatal(err)
		}
	}
}

// film sends frames until the camera is stopped, and key frames when they are asked for.
func (c *camera) film() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped != nil {
		return
	}
	c.stopped = make(chan struct{})
	stopped := c.stopped
	for _, layer := range c.layers {
		c.work.Go(func() { c.takeRequests(layer) })
	}
	c.work.Go(func() {
		ticker := time.NewTicker(videoInterval)
		defer ticker.Stop()
		for {
			c.send()
			select {
			case <-ticker.C:
			case <-stopped:
				return
			}
		}
	})
}

func (c *camera) stop() {
	c.mu.Lock()
	stopped := c.stopped
	c.stopped = nil
	c.mu.Unlock()
	if stopped != nil {
		close(stopped)
		_ = c.transceiver.Sender().Stop()
	}
	c.work.Wait()
}

// takeRequests makes key frames of requests for them.
func (c *camera) takeRequests(layer *cameraLayer) {
	for {
		var packets []rtcp.Packet
		var err error
		if layer.rid == "" {
			packets, _, err = c.transceiver.Sender().ReadRTCP()
		} else {
			packets, _, err = c.transceiver.Sender().ReadSimulcastRTCP(layer.rid)
		}
		if err != nil {
			return
		}
		for _, packet := range packets {
			if _, ok := packet.(*rtcp.PictureLossIndication); ok {
				c.client.change(func() {
					c.mu.Lock()
					defer c.mu.Unlock()
					layer.key = true
					layer.asked++
				})
			}
		}
	}
}

// send sends a frame of every layer.
func (c *camera) send() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, layer := range c.layers {
		if !layer.off {
			c.sendFrame(layer)
		}
	}
}

// requests counts the requests for key frames so far.
func (c *camera) requests() (count int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, layer := range c.layers {
		count += layer.asked
	}
	return count
}

func (c *camera) sendFrame(layer *cameraLayer) {
	key := layer.key
	layer.key = false
	if key {
		layer.keys++
	}
	layer.frame++
	layer.timestamp += videoClock / 30
	layer.picture = (layer.picture + 1) & 0x7FFF
	layer.level++
	for i := range layer.packets {
		packet := &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: layer.sequence, Timestamp: layer.timestamp, Marker: i == layer.packets-1},
			Payload: encodeVideo(layer, c.client.userID, key, i)}
		layer.sequence++
		for _, extension := range c.transceiver.Sender().GetParameters().HeaderExtensions {
			value := map[string]string{sdp.SDESMidURI: c.transceiver.Mid(), sdp.SDESRTPStreamIDURI: layer.rid}[extension.URI]
			if value != "" {
				if err := packet.SetExtension(uint8(extension.ID), []byte(value)); err != nil {
					c.client.t.Error(err)
				}
			}
		}
		if err := layer.track.WriteRTP(packet); err != nil {
			c.client.t.Errorf("%s could not send: %v", c.client.userID, err)
		}
	}
}

// pictureMark follows on the descriptor and the head of a key frame.
var pictureMark = []byte("picture")

// encodeVideo makes the payload of packet i of a layer's frame.
func encodeVideo(layer *cameraLayer, from id.ID, key bool, i int) []byte {
	begins := byte(0)
	if i == 0 {
		begins = 0x10
	}
	payload := []byte{0x80 | begins, 0xC0, 0x80 | byte(layer.picture>>8), byte(layer.picture), layer.level}
	inter := byte(1)
	if key {
		inter = 0
	}
	width, height := 320<<layer.index, 180<<layer.index
	payload = append(payload, inter, 0, 0, 0x9D, 0x01, 0x2A, byte(width), byte(width>>8), byte(height), byte(height>>8))
	payload = append(payload, pictureMark...)
	payload = binary.BigEndian.AppendUint64(payload, uint64(from))
	payload = binary.BigEndian.AppendUint32(payload, layer.frame)
	payload = append(payload, byte(layer.index), byte(i), byte(layer.packets))
	return append(payload, make([]byte, layer.size-len(payload))...)
}

// seenPacket is a packet of video as it came.
type seenPacket struct {
	sequence     uint16
	timestamp    uint32
	marker       bool
	from         id.ID
	frame        uint32
	layer        int
	index, count int
	key          bool
	picture      uint16
	level        uint8
}

func decodeVideo(packet *rtp.Packet) (seenPacket, error) {
	d, ok := readVP8(packet.Payload)
	at := bytes.Index(packet.Payload, pictureMark)
	if !ok || at < 0 {
		return seenPacket{}, fmt.Errorf("payload %x", packet.Payload)
	}
	rest := packet.Payload[at+len(pictureMark):]
	return seenPacket{sequence: packet.SequenceNumber, timestamp: packet.Timestamp, marker: packet.Marker, from: id.ID(binary.BigEndian.Uint64(rest)), frame: binary.BigEndian.Uint32(rest[8:]),
		layer: int(rest[12]), index: int(rest[13]), count: int(rest[14]), key: d.key, picture: d.picture, level: d.level}, nil
}

// eye is what came under one SSRC of video.
type eye struct {
	packets []seenPacket
	of      map[id.ID]int
}

// watch notes what comes on a track of video.
func (c *client) watch(track *webrtc.TrackRemote) {
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		if len(packet.Payload) == 0 {
			continue
		}
		seen, err := decodeVideo(packet)
		c.change(func() {
			if err != nil {
				c.note("a packet is not what was sent: %v", err)
				return
			}
			e := c.watched[packet.SSRC]
			if e == nil {
				e = &eye{of: make(map[id.ID]int)}
				c.watched[packet.SSRC] = e
			}
			e.packets = append(e.packets, seen)
			e.of[seen.from]++
		})
	}
}

// seeing counts the packets of somebody's video that came, of one layer or, with -1, of all. The lock is held.
func (c *client) seeing(from id.ID, layer int) (count int) {
	for _, e := range c.watched {
		for _, packet := range e.packets {
			if packet.from == from && (layer < 0 || packet.layer == layer) {
				count++
			}
		}
	}
	return count
}

// untilSees waits until some more packets of a layer of somebody's video come; -1 is any layer.
func (c *client) untilSees(from *client, layer int) {
	c.t.Helper()
	before := get(c.observer, func() int { return c.seeing(from.userID, layer) })
	c.until(c.t, fmt.Sprintf("%s sees layer %d of %s", c.userID, layer, from.userID), func() bool { return c.seeing(from.userID, layer) >= before+8 })
}

// joinWithCamera brings a client into a room who sends video, and has places for that of others.
func joinWithCamera(t testing.TB, s *SFU, roomID, userID id.ID, views int, rids ...string) *client {
	t.Helper()
	c := enter(t, s, roomID, userID, State{Video: true})
	c.dial(true, 1)
	c.addCamera(rids...)
	c.addViews(views)
	c.negotiate()
	c.untilConnected()
	return c
}

// joinToWatch brings a client into a room who sends no video.
func joinToWatch(t testing.TB, s *SFU, roomID, userID id.ID, views int) *client {
	t.Helper()
	c := enter(t, s, roomID, userID, State{Video: true})
	c.dial(true, 1)
	c.addViews(views)
	c.negotiate()
	c.untilConnected()
	return c
}

// checkPicture checks a stream of video: in the order of its numbers nothing is missing or there twice, each frame is whole, the first is a key frame, time and
// picture ids go on, and layers change where a key frame begins, which may cut the frame of before short: nothing refers to it any more. So may a pause.
func checkPicture(t *testing.T, c *client, ssrc uint32) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.watched[ssrc]
	if e == nil {
		t.Errorf("nothing came under %d", ssrc)
		return
	}
	packets := slices.Clone(e.packets)
	first := packets[0].sequence
	slices.SortStableFunc(packets, func(a, b seenPacket) int { return int(int16(a.sequence-first)) - int(int16(b.sequence-first)) })
	packets = slices.CompactFunc(packets, func(a, b seenPacket) bool { return a.sequence == b.sequence })
	if !packets[0].key || packets[0].index != 0 {
		t.Errorf("it begins with %+v", packets[0])
	}
	for i := 1; i < len(packets); i++ {
		before, after := packets[i-1], packets[i]
		begins := after.index == 0
		switch {
		case after.sequence != before.sequence+1:
			t.Errorf("packet %d follows on %d", after.sequence, before.sequence)
		case begins && before.index != before.count-1 && !after.key, !begins && (after.index != before.index+1 || after.frame != before.frame || after.layer != before.layer || after.from != before.from):
			t.Errorf("%+v follows on %+v", after, before)
		case begins && int32(after.timestamp-before.timestamp) <= 0, !begins && after.timestamp != before.timestamp:
			t.Errorf("time goes from %d to %d", before.timestamp, after.timestamp)
		case begins && (after.picture != (before.picture+1)&0x7FFF || after.level != before.level+1), !begins && (after.picture != before.picture || after.level != before.level):
			t.Errorf("picture %d/%d follows on %d/%d", after.picture, after.level, before.picture, before.level)
		case begins && (after.layer != before.layer || after.from != before.from || after.frame != before.frame+1) && !after.key:
			t.Errorf("%+v follows on %+v without being a key frame", after, before)
		}
	}
}
