package sfu

import (
	"time"

	"github.com/pion/rtcp"
)

// reception counts how the packets of a track arrive (RFC 3550 appendix A.1, A.3 and A.8).
type reception struct {
	ssrc uint32
	// clock is the stream's RTP clock in Hz.
	clock          int
	packets, bytes uint64

	begun bool
	// base and highest are sequence numbers, extended by how often they wrapped around; arrived counts packets of the track.
	base, highest uint32
	arrived       uint32
	// The same at the last report, to tell the loss since.
	reportedExpected, reportedArrived uint32
	// transit is the difference of the last packet's arrival and timestamp, jitter its smoothed change times 16, in samples.
	transit int64
	jitter  uint64
	start   time.Time

	// The middle of the time in the last sender report, and when it came.
	senderReport   uint32
	senderReportAt time.Time
}

// ticks is a time in the units of an RTP clock of so many Hz.
func ticks(passed time.Duration, clock int) int64 {
	return passed.Microseconds() * int64(clock) / 1e6
}

// count takes in a packet.
func (r *reception) count(sequence uint16, timestamp uint32, size int, now time.Time) {
	r.packets++
	r.bytes += uint64(size)
	r.arrived++
	if !r.begun {
		r.begun, r.base, r.highest, r.start = true, uint32(sequence), uint32(sequence), now
	} else if ahead := sequence - uint16(r.highest); ahead < 1<<15 {
		r.highest += uint32(ahead)
	}
	arrival := ticks(now.Sub(r.start), r.clock)
	transit := arrival - int64(timestamp)
	if r.arrived > 1 {
		change := int64(int32(uint32(transit - r.transit))) // timestamps wrap around
		r.jitter += uint64(max(change, -change)) - (r.jitter+8)>>4
	}
	r.transit = transit
}

// expected is how many packets of the track there should be.
func (r *reception) expected() uint32 {
	if !r.begun {
		return 0
	}
	return r.highest - r.base + 1
}

// lost is how many of them have not come; packets that came twice can make it less than it was.
func (r *reception) lost() int64 { return int64(r.expected()) - int64(r.arrived) }

// report makes the block that tells the sender how its packets arrive.
func (r *reception) report(now time.Time) rtcp.ReceptionReport {
	expected := r.expected()
	expectedSince, arrivedSince := expected-r.reportedExpected, r.arrived-r.reportedArrived
	r.reportedExpected, r.reportedArrived = expected, r.arrived
	block := rtcp.ReceptionReport{SSRC: r.ssrc, LastSequenceNumber: r.highest, Jitter: uint32(r.jitter >> 4), LastSenderReport: r.senderReport,
		TotalLost: uint32(min(max(r.lost(), 0), 1<<23-1))} // 24 bits, signed
	if lostSince := int64(expectedSince) - int64(arrivedSince); expectedSince > 0 && lostSince > 0 {
		block.FractionLost = uint8(min(lostSince<<8/int64(expectedSince), 255))
	}
	if !r.senderReportAt.IsZero() {
		block.Delay = uint32(now.Sub(r.senderReportAt) * (1 << 16) / time.Second)
	}
	return block
}

// noteSenderReport remembers when the client sent its last report.
func (in *incoming) noteSenderReport(report *rtcp.SenderReport, now time.Time) {
	in.publication.mu.Lock()
	defer in.publication.mu.Unlock()
	in.received.senderReport, in.received.senderReportAt = uint32(report.NTPTime>>16), now
}

// report makes the blocks that tell a transport how its packets arrive, if it is the one that they come from.
func (p *publication) report(to transport, now time.Time) (blocks []rtcp.ReceptionReport) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, in := range p.layers {
		if in.from == to && in.received.begun {
			blocks = append(blocks, in.received.report(now))
		}
	}
	return blocks
}

// maxReports is how many sender reports fit in one packet of the least size that every path carries, 1,200 bytes.
const maxReports = 40

// report tells the client how its packets arrive, and when those that it gets were sent.
func (c *connection) report(now time.Time) {
	c.peer.room.mu.Lock()
	published := c.peer.published()
	slots := append([]*slot(nil), c.slots...)
	c.peer.room.mu.Unlock()
	var packets []rtcp.Packet
	for _, publication := range published {
		if blocks := publication.report(c, now); len(blocks) > 0 {
			packets = append(packets, &rtcp.ReceiverReport{Reports: blocks})
		}
	}
	for _, slot := range slots {
		if report := slot.report(now); report != nil {
			packets = append(packets, report)
		}
	}
	for len(packets) > 0 {
		some := packets[:min(len(packets), maxReports)]
		packets = packets[len(some):]
		if err := c.feedback(some); err != nil {
			return // The connection is not up yet, or not any more.
		}
	}
}

// report makes the slot's sender report, if something was sent since the last.
func (s *slot) report(now time.Time) rtcp.Packet {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sent.packets == s.sent.reported {
		return nil
	}
	s.sent.reported = s.sent.packets
	at, timestamp := s.rewriter.at, s.rewriter.timestamp
	if s.view != nil {
		at, timestamp = s.view.feed.at, s.view.feed.timestamp
	}
	passed := uint32(ticks(now.Sub(at), s.kind.clock()))
	return &rtcp.SenderReport{SSRC: s.ssrc, NTPTime: ntp(now), RTPTime: timestamp + passed,
		PacketCount: uint32(s.sent.packets), OctetCount: uint32(s.sent.bytes)}
}

// ntpEpoch is the difference of NTP's epoch, 1900, from Unix's, in seconds (RFC 5905 section 6).
const ntpEpoch = 2208988800

// ntp gives a time as NTP does: seconds since 1900 in the upper half, their fraction in the lower.
func ntp(at time.Time) uint64 {
	return uint64(at.Unix()+ntpEpoch)<<32 | uint64(at.Nanosecond())<<32/uint64(time.Second)
}

// roundTripOf tells how long a sender report of ours and the answer to it were under way, without the time that the client took (RFC 3550 section 6.4.1).
func roundTripOf(report rtcp.ReceptionReport, now time.Time) (time.Duration, bool) {
	if report.LastSenderReport == 0 {
		return 0, false
	}
	passed := uint32(ntp(now)>>16) - report.LastSenderReport - report.Delay
	if passed >= 1<<31 {
		return 0, false // Clocks are read in steps; what comes out below zero is no time at all.
	}
	return time.Duration(passed) * time.Second >> 16, true
}
