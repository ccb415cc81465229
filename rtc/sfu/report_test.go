package sfu

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
)

func TestLossAndJitterAreCounted(t *testing.T) {
	r := reception{ssrc: 7, clock: opusClock}
	start := time.Unix(100, 0)
	sequence := uint16(65530)
	for i := range 100 {
		if i%10 == 9 {
			continue // one of ten is lost
		}
		late := time.Duration(i%2) * 10 * time.Millisecond
		r.count(sequence+uint16(i), uint32(i*frameSamples), 100, start.Add(time.Duration(i)*20*time.Millisecond+late))
	}
	if r.packets != 90 || r.bytes != 9000 || r.expected() != 99 || r.lost() != 9 {
		t.Errorf("%d packets, %d bytes, %d expected, %d lost", r.packets, r.bytes, r.expected(), r.lost())
	}
	block := r.report(start)
	if block.SSRC != 7 || block.TotalLost != 9 || block.FractionLost != 9*256/99 || block.LastSequenceNumber != 65530+98 {
		t.Errorf("got %+v", block)
	}
	// Every packet is 10 ms earlier or later than the one before: 480 samples, which the smoothing comes close to.
	if block.Jitter < 380 || block.Jitter > 480 {
		t.Errorf("the jitter is %d", block.Jitter)
	}
	r.count(sequence+99, 0, 100, start)
	if block = r.report(start); block.FractionLost != 0 {
		t.Errorf("the loss since the last report is %d", block.FractionLost)
	}
}

func TestPacketsThatComeTwiceAreNoNegativeLoss(t *testing.T) {
	r := reception{clock: opusClock}
	for range 5 {
		r.count(1, 960, 1, time.Unix(0, 0))
	}
	if block := r.report(time.Unix(0, 0)); block.TotalLost != 0 || block.FractionLost != 0 {
		t.Errorf("got %+v", block)
	}
}

func TestRoundTrips(t *testing.T) {
	sent := time.Unix(1_700_000_000, 900_000_000)
	middle := uint32(ntp(sent) >> 16)
	report := rtcp.ReceptionReport{LastSenderReport: middle, Delay: 1 << 16 * 2}
	got, ok := roundTripOf(report, sent.Add(2*time.Second+50*time.Millisecond))
	if !ok || got < 49*time.Millisecond || got > 51*time.Millisecond {
		t.Errorf("got %s, %t", got, ok)
	}
	if _, ok := roundTripOf(report, sent.Add(time.Second)); ok {
		t.Error("a negative time was taken")
	}
	if _, ok := roundTripOf(rtcp.ReceptionReport{}, sent); ok {
		t.Error("a report that refers to none of ours was taken")
	}
}

func TestReportsOfBothSidesBecomeStatistics(t *testing.T) {
	s := openSFU(t, nil)
	a, b := join(t, s, lounge, alice, 1), join(t, s, lounge, bob, 1)
	b.mic.speak(loud)
	a.untilHears(b)
	// A stranger's report about another stream changes nothing.
	a.peer.room.mu.Lock()
	place := a.peer.transport.(*connection).slots[0]
	a.peer.room.mu.Unlock()
	place.noteAll([]rtcp.ReceptionReport{{SSRC: place.ssrc + 1, TotalLost: 9}}, time.Now())
	a.eventually(t, "alice's client has reported", func() bool {
		stats := a.peer.Stats()
		return stats.RoundTrip > 0 && stats.Sent.Lost == 0
	})
	stats := a.peer.Stats()
	if stats.RoomID != lounge || stats.UserID != alice || stats.Connection != ConnectionConnected || stats.Path != "udp" || !stats.Remote.IsValid() ||
		stats.Hears != 1 || stats.Places != 1 || stats.Sent.Packets == 0 || stats.Sent.Bytes < stats.Sent.Packets {
		t.Errorf("got %+v", stats)
	}
	if received := b.peer.Stats().Received; received.Packets < stats.Sent.Packets || received.Lost != 0 || received.Bytes == 0 {
		t.Errorf("received %+v", received)
	}
	if all := s.Stats(); len(all) != 2 {
		t.Errorf("%d peers have statistics", len(all))
	}
}

func TestEveryTrackHasFigures(t *testing.T) {
	s := openSFU(t, nil)
	a, b := joinWithCamera(t, s, lounge, alice, 0, "q", "f"), joinToWatch(t, s, lounge, bob, 2)
	a.cam.film()
	a.mic.speak(loud)
	b.untilSees(a, 1)
	b.eventually(t, "bob's client has reported", func() bool {
		stats := b.peer.Stats()
		return stats.Bandwidth > 0 && stats.RoundTrip > 0 && len(stats.Subscribed) == 2 && stats.Subscribed[0].Bitrate > 0 && stats.Subscribed[1].Bitrate > 0
	})
	stats := b.peer.Stats()
	if stats.Hears != 1 || stats.Places != 1 || stats.Sees != 1 || stats.Views != 2 {
		t.Errorf("bob hears %d of %d and sees %d of %d", stats.Hears, stats.Places, stats.Sees, stats.Views)
	}
	if video := stats.Subscribed[1]; video.Kind != Video || video.Of != alice || video.Codec != VP8 || video.RID != "f" || video.Quality != 100 || video.Width != 640 || video.Height != 360 || video.Packets == 0 {
		t.Errorf("bob is given %+v", video)
	}
	b.eventually(t, "alice's layers are measured", func() bool {
		published := a.peer.Stats().Published
		return len(published) == 3 && published[1].Bitrate > 0 && published[2].Bitrate > published[1].Bitrate && published[2].FrameRate > 1
	})
	published := a.peer.Stats().Published
	if published[0].Kind != Audio || published[0].Bitrate == 0 || published[1].RID != "q" || published[1].Width != 320 || published[2].RID != "f" || published[2].KeyFrames == 0 || published[2].Of != alice {
		t.Errorf("alice publishes %+v", published)
	}
}
