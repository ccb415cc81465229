package sfu

import (
	"slices"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

func (c *connection) condition() ConnectionState { return c.state }

func (c *connection) feedback(packets []rtcp.Packet) error { return c.pion.WriteRTCP(packets) }

// tick looks after the connection: it reports on what came and what went out, and chooses layers.
func (c *connection) tick(now time.Time, report bool) {
	if feedback := c.arrivals.feedback(); len(feedback) > 0 {
		_ = c.feedback(feedback) // It fails when the connection is not up, or not any more.
	}
	c.allocate(now)
	if report {
		c.report(now)
	}
}

// receive is called by pion for each track that the client begins to send.
func (c *connection) receive(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
	kind := Audio
	if track.Kind() == webrtc.RTPCodecTypeVideo {
		kind = Video
	}
	of := stream{ssrc: uint32(track.SSRC()), rid: track.RID(), quality: EverythingWanted}
	levelID := levelExtensionOf(receiver)
	of.levels = levelID != 0
	if kind == Video {
		of.codec = codecOf(track.Codec().MimeType)
	}
	c.read(func() { c.forward(kind, of, track, levelID) })
}

// attach makes a stream of the connection count for what its peer publishes of a kind; nil when it publishes nothing of it, or on another connection. It also gives
// the connections that video goes to.
func (c *connection) attach(kind Kind, of stream) (*incoming, []*connection) {
	room := c.peer.room
	room.mu.Lock()
	publication := c.peer.publications[kind]
	if publication == nil || c.peer.transport != c {
		room.mu.Unlock()
		return nil, nil
	}
	if kind == Video {
		of.quality = qualityOf(publication.described, of.rid)
		publication.codec = of.codec
	}
	made := publication.attach(c, of)
	receivers := make([]*connection, 0, len(publication.sinks))
	for _, sink := range publication.sinks {
		if slot, ok := sink.(*slot); ok && kind == Video {
			receivers = append(receivers, slot.connection)
		}
	}
	room.mu.Unlock()
	c.mu.Lock()
	c.streams[of.ssrc] = made
	c.mu.Unlock()
	return made, receivers
}

// qualityOf gives how good a simulcast layer is in relation to the others.
func qualityOf(layers []Layer, rid string) int {
	at := slices.IndexFunc(layers, func(l Layer) bool { return l.RID == rid })
	if at < 0 {
		return EverythingWanted
	}
	return layers[at].Quality
}

// levelExtensionOf gives the number that was agreed on for the audio level's header extension, zero when none was.
func levelExtensionOf(receiver *webrtc.RTPReceiver) uint8 {
	extensions := receiver.GetParameters().HeaderExtensions
	at := slices.IndexFunc(extensions, func(e webrtc.RTPHeaderExtensionParameter) bool { return e.URI == levelExtension })
	if at < 0 {
		return 0
	}
	return uint8(extensions[at].ID)
}

// forward passes packets on until the track ends.
func (c *connection) forward(kind Kind, of stream, track *webrtc.TrackRemote, levelID uint8) {
	buffer := make([]byte, receiveSize)
	var packet rtp.Packet
	var stream *incoming
	for {
		n, _, err := track.Read(buffer)
		if err != nil {
			return
		}
		if packet.Unmarshal(buffer[:n]) != nil {
			continue
		}
		if kind == Video {
			of.codec = codecOf(track.Codec().MimeType)
		}
		// What counts changes when the peer publishes anew.
		published, now := c.peer.publishing[kind].Load(), time.Now()
		if published == nil {
			continue
		}
		var receivers []*connection
		if stream == nil || stream.publication != published || stream.codec != of.codec {
			if stream, receivers = c.attach(kind, of); stream == nil {
				continue
			}
		}
		stream.take(&packet, levelOf(&packet, levelID), n, now)
		for _, receiver := range receivers {
			receiver.allocate(now)
		}
	}
}

// levelOf reads a packet's audio level. Without the extension every packet counts as loud: who does not tell levels sends only speech.
func levelOf(packet *rtp.Packet, levelID uint8) uint8 {
	if levelID == 0 {
		return levelUnknown
	}
	if level := packet.GetExtension(levelID); len(level) > 0 {
		return level[0] & 0x7F
	}
	return levelSilence
}
