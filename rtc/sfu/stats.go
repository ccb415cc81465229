package sfu

import (
	"net/netip"
	"time"

	"guildhall/store/id"
)

// Stats are the figures of one peer.
type Stats struct {
	RoomID, UserID id.ID
	State          State
	Connection     ConnectionState
	// Path is how media comes: "udp", "tcp" (ICE over TCP), "turn-udp", "turn-tcp" or "turn-tls", or empty while there is no way. Remote is the client's
	// address then.
	Path   string
	Remote netip.AddrPort
	// RoundTrip is the time of a report and its answer, zero while unknown.
	RoundTrip time.Duration
	// Bandwidth is what the way to the peer is estimated to carry, in bits per second; zero while it gets no video.
	Bandwidth int
	// Received is what came from the peer; Sent is what went to it, of everybody that it hears and sees.
	Received, Sent TrafficStats
	// Hears is how many others the peer gets sound from, Places how many it could; Sees and Views are the same of video.
	Hears, Places, Sees, Views int
	// Published are the streams that come from the peer, and Subscribed those that it is given.
	Published, Subscribed []TrackStats
}

// TrackStats are the figures of one stream of media: of a simulcast layer, when it comes from a peer.
type TrackStats struct {
	Kind Kind
	// Of is whose media this is.
	Of   id.ID
	SSRC uint32
	// Codec is that of video. RID and Quality are of the layer that comes, or that is given to the peer now; Quality is zero while video is held back.
	Codec   Codec
	RID     string
	Quality int
	// Width and Height are those of video, zero where the codec does not tell.
	Width, Height int
	// FrameRate is in frames per second, and tells only of what comes from a peer. Bitrate is in bits per second.
	FrameRate float64
	Bitrate   int
	// KeyFrames counts those that came, and KeyFramesAsked how often the peer was asked for one.
	KeyFrames, KeyFramesAsked uint64
	TrafficStats
}

// TrafficStats are the figures of media in one direction.
type TrafficStats struct {
	// Packets and Bytes count RTP packets since the connection began; bytes received with their headers, bytes sent without.
	Packets, Bytes uint64
	// Resent counts packets of video that were sent again, of those that were sent.
	Resent uint64
	// Lost counts packets that did not arrive, as far as known; LossRate is their share of late, 0 to 1. For what was sent both are what the client reports.
	Lost     uint64
	LossRate float64
	// Jitter is the smoothed change of the time that packets take (RFC 3550 section 6.4.1), the largest of all streams.
	Jitter time.Duration
}

// Stats gives the figures of everybody in every room.
func (s *SFU) Stats() []Stats {
	peers := s.peers()
	stats := make([]Stats, len(peers))
	for i, peer := range peers {
		stats[i] = peer.Stats()
	}
	return stats
}

// Stats gives the peer's figures.
func (p *Peer) Stats() Stats {
	stats := Stats{RoomID: p.room.id, UserID: p.userID, State: p.State()}
	p.room.mu.Lock()
	published, transport := p.published(), p.transport
	stats.Connection = ConnectionNone
	var sinks []sink
	if transport != nil {
		stats.Connection = transport.condition()
		sinks = transport.sinks()
	}
	p.room.mu.Unlock()
	for _, publication := range published {
		publication.addTo(&stats)
	}
	for _, sink := range sinks {
		if slot, ok := sink.(*slot); ok && slot.kind == Video {
			stats.Views++
		} else {
			stats.Places++
		}
		sink.addTo(&stats)
	}
	if transport != nil {
		stats.Path, stats.Remote = transport.path()
	}
	if c, ok := transport.(*connection); ok {
		stats.Bandwidth = c.sending.known()
	}
	return stats
}

// addTo adds the publication's figures to its peer's.
func (p *publication) addTo(stats *Stats) {
	p.mu.Lock()
	defer p.mu.Unlock()
	stats.Received.Packets += p.before.packets
	stats.Received.Bytes += p.before.bytes
	for _, in := range p.layers {
		track := TrackStats{Kind: p.kind, Of: p.peer.userID, SSRC: in.ssrc, Codec: in.codec, RID: in.rid, Quality: in.quality, Bitrate: in.rate.now()}
		in.received.addTo(&track.TrafficStats)
		if l := in.video; l != nil {
			track.Width, track.Height, track.FrameRate = l.width, l.height, float64(l.frames.now())/8
			track.KeyFrames, track.KeyFramesAsked = l.keyFrames, l.asked
		}
		stats.Published = append(stats.Published, track)
		stats.Received.add(track.TrafficStats)
	}
}

// add adds the figures of a stream.
func (s *TrafficStats) add(of TrafficStats) {
	s.Packets += of.Packets
	s.Bytes += of.Bytes
	s.Resent += of.Resent
	s.Lost += of.Lost
	s.LossRate = max(s.LossRate, of.LossRate)
	s.Jitter = max(s.Jitter, of.Jitter)
}

func (r *reception) addTo(stats *TrafficStats) {
	traffic := TrafficStats{Packets: r.packets, Bytes: r.bytes, Lost: uint64(max(r.lost(), 0)), Jitter: time.Duration(r.jitter>>4) * time.Second / time.Duration(r.clock)}
	if expected := r.expected() - r.reportedExpected; expected > 0 {
		traffic.LossRate = min(max(1-float64(r.arrived-r.reportedArrived)/float64(expected), 0), 1)
	}
	stats.add(traffic)
}

// addTo adds the slot's figures to its peer's.
func (s *slot) addTo(stats *Stats) {
	s.mu.Lock()
	defer s.mu.Unlock()
	track := TrackStats{Kind: s.kind, SSRC: s.ssrc, Bitrate: s.sent.rate.now(), TrafficStats: TrafficStats{Packets: s.sent.packets, Bytes: s.sent.bytes,
		Lost: uint64(s.remote.lost), LossRate: s.remote.fractionLost, Jitter: s.remote.jitter}}
	if s.view != nil {
		s.view.describe(&track)
	}
	stats.Sent.add(track.TrafficStats)
	stats.RoundTrip = max(stats.RoundTrip, s.remote.roundTrip)
	published := s.publication.Load()
	if published == nil {
		return
	}
	track.Of = published.peer.userID
	stats.Subscribed = append(stats.Subscribed, track)
	if s.kind == Audio {
		stats.Hears++
	} else {
		stats.Sees++
	}
}

// describe adds what is known of video to a slot's figures. The slot's lock is held.
func (v *view) describe(track *TrackStats) {
	track.Resent = v.resent
	if in := v.feed.source; in != nil {
		track.Codec, track.RID, track.Quality, track.Width, track.Height = in.codec, in.rid, v.feed.quality, v.feed.width, v.feed.height
	}
}

// path tells how media comes.
func (c *connection) path() (string, netip.AddrPort) {
	pair, err := c.pion.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil {
		return "", netip.AddrPort{}
	}
	address, err := netip.ParseAddr(pair.Remote.Address)
	if err != nil {
		return "", netip.AddrPort{}
	}
	from := netip.AddrPortFrom(address, pair.Remote.Port)
	if socket, ok := c.peer.sfu.options.Packets.(originator); ok {
		return socket.Origin(from)
	}
	return pair.Remote.Protocol.String(), from
}

// originator is a socket that more than UDP comes through: it tells how packets from an address come, and the client's real address.
type originator interface {
	Origin(from netip.AddrPort) (path string, remote netip.AddrPort)
}
