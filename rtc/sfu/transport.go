package sfu

import (
	"math"
	"net/netip"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// Kind is what a track carries. A peer publishes one track of each kind at most: a microphone and a camera, or a screen and its sound.
type Kind uint8

// The kinds of tracks.
const (
	Audio Kind = iota
	Video
	kinds = 2
)

func (k Kind) String() string {
	if k == Audio {
		return "audio"
	}
	return "video"
}

// rtp is what pion calls the kind.
func (k Kind) rtp() webrtc.RTPCodecType {
	if k == Audio {
		return webrtc.RTPCodecTypeAudio
	}
	return webrtc.RTPCodecTypeVideo
}

// clock is the RTP clock of the kind, in Hz.
func (k Kind) clock() int {
	if k == Audio {
		return opusClock
	}
	return videoClock
}

// Subscription is what somebody publishes, and under which SSRCs a peer gets it on its own connection. An SSRC of zero beside something that is published
// means that the peer has no free place for it.
type Subscription struct {
	Audio, Video         bool
	AudioSSRC, VideoSSRC uint32
	// RTXSSRC is that of packets of video that are sent again (RFC 4588), zero when they come under VideoSSRC.
	RTXSSRC uint32
	// Codec is that of the video, and Layers its simulcast layers, the worst first; one that is not simulcast has one, without a name.
	Codec  Codec
	Layers []Layer
}

// Layer is a simulcast layer of somebody's video.
type Layer struct {
	RID string
	// Quality is how good the layer is in relation to the others, from 1 to 100.
	Quality int
}

// transport is the way that a peer's media comes and goes: a WebRTC connection, or a line. Its methods are called with the room's lock held unless they
// say otherwise.
type transport interface {
	// place gives a sink for a publication: one that is free, or a new one; nil when there is none. It is the publication's when it has been given to it.
	place(of *publication) sink
	// sinks gives all places that there are, free ones too.
	sinks() []sink
	// condition is how the transport fares.
	condition() ConnectionState
	// feedback sends control packets to the peer, about what it publishes. It is called without the room's lock. Transports that have no use for them
	// pass over them.
	feedback(packets []rtcp.Packet) error
	// tick is called ten times a second without the room's lock; report tells that it is time for reports.
	tick(now time.Time, report bool)
	// path tells how media comes: "udp", "tcp" or the like, and from where; empty while there is no way. It is called without the room's lock.
	path() (string, netip.AddrPort)
	// close ends the transport and waits for all that it started. It is called once, without the room's lock, when its sinks have been taken away.
	close()
}

// sink is a place of a peer where somebody else's publication is received.
type sink interface {
	// receiver is whose place this is.
	receiver() *Peer
	// number is the SSRC under which the receiver gets what is sent here.
	number() uint32
	// give has the sink take the packets of a publication, or none. The room's lock is held. No packet of the one before goes out after it returns.
	give(*publication)
	// send takes a packet of a publication, and passes over it when the sink has been given to another. The publication's lock is held, so that no packet
	// overtakes another; neither the room's lock nor that of another publication may be taken. The packet and what it points to are only lent.
	send(from *publication, packet *packet)
	// addTo adds the sink's figures to its peer's. It is called without locks.
	addTo(*Stats)
}

// packet is a packet on its way from a publication to its sinks.
type packet struct {
	*rtp.Packet
	// part tells with which others its numbers go together.
	part streamPart
	at   time.Time
	// in is the stream that the packet came on, frame what is known of a packet of video.
	in    *incoming
	frame frame
}

// subscriptionTo is what the peer gets of another. The room's lock is held.
func (p *Peer) subscriptionTo(other *Peer) (s Subscription) {
	s.Audio, s.Video = other.publications[Audio] != nil, other.publications[Video] != nil
	s.AudioSSRC, s.VideoSSRC = p.ssrcOf(other, Audio), p.ssrcOf(other, Video)
	if video := other.publications[Video]; video != nil {
		s.Codec, s.Layers = video.codec, video.described
		if place, ok := p.receives[video].(interface{ rtxNumber() uint32 }); ok {
			s.RTXSSRC = place.rtxNumber()
		}
	}
	return s
}

// ssrcOf is the SSRC under which the peer gets a track of another, zero when it does not. The room's lock is held.
func (p *Peer) ssrcOf(other *Peer, kind Kind) uint32 {
	if publication := other.publications[kind]; publication != nil {
		if place := p.receives[publication]; place != nil {
			return place.number()
		}
	}
	return 0
}

// use makes a transport the peer's in place of the one that it has, which is given back, to be closed. The room's lock is held.
func (p *Peer) use(t transport) (before transport) {
	p.dropSinks()
	p.forgetWanted()
	before, p.transport = p.transport, t
	return before
}

// forgetWanted has the client be told again what of its video is wanted: it does not know any more. The room's lock is held.
func (p *Peer) forgetWanted() {
	if video := p.publications[Video]; video != nil {
		video.wanted = math.MaxInt
	}
}

// tellOf tells the peer what it gets of another. The room's lock is held.
func (p *Peer) tellOf(other *Peer) { p.events.Subscribed(other.userID, p.subscriptionTo(other)) }

// published gives what the peer publishes. The room's lock is held.
func (p *Peer) published() []*publication {
	all := make([]*publication, 0, kinds)
	for _, publication := range p.publications {
		if publication != nil {
			all = append(all, publication)
		}
	}
	return all
}

// has tells whether a bit of the peer's state is set.
func (p *Peer) has(bit uint32) bool { return p.state.Load()&bit != 0 }
