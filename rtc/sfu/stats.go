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
	// Received is what came from the peer; Sent is what went to it, of everybody that it hears.
	Received, Sent TrafficStats
	// Hears is how many others the peer gets sound from; Places is how many it could.
	Hears, Places int
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
	audio, transport := p.publications[Audio], p.transport
	stats.Connection = ConnectionNone
	var sinks []sink
	if transport != nil {
		stats.Connection = transport.condition()
		sinks = transport.sinks()
	}
	p.room.mu.Unlock()
	if audio != nil {
		stats.Received = audio.stats()
	}
	stats.Places = len(sinks)
	for _, sink := range sinks {
		sink.addTo(&stats)
	}
	if transport != nil {
		stats.Path, stats.Remote = transport.path()
	}
	return stats
}

func (p *publication) stats() TrafficStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	stats := TrafficStats{Packets: p.before.packets, Bytes: p.before.bytes}
	for _, in := range p.layers {
		in.received.addTo(&stats)
	}
	return stats
}

func (r *reception) addTo(stats *TrafficStats) {
	stats.Packets += r.packets
	stats.Bytes += r.bytes
	stats.Lost += uint64(max(r.lost(), 0))
	stats.Jitter = max(stats.Jitter, time.Duration(r.jitter>>4)*time.Second/time.Duration(r.clock))
	if expected := r.expected() - r.reportedExpected; expected > 0 {
		stats.LossRate = max(stats.LossRate, min(max(1-float64(r.arrived-r.reportedArrived)/float64(expected), 0), 1))
	}
}

// addTo adds the slot's figures to its peer's.
func (s *slot) addTo(stats *Stats) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.publication.Load() != nil {
		stats.Hears++
	}
	stats.Sent.Packets += s.sent.packets
	stats.Sent.Bytes += s.sent.bytes
	if s.view != nil {
		stats.Sent.Resent += s.view.resent
	}
	stats.Sent.Lost += uint64(s.remote.lost)
	stats.Sent.LossRate = max(stats.Sent.LossRate, s.remote.fractionLost)
	stats.Sent.Jitter = max(stats.Sent.Jitter, s.remote.jitter)
	stats.RoundTrip = max(stats.RoundTrip, s.remote.roundTrip)
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
