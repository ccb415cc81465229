package sfu

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// passing is a packet on its way through a rewriter.
type passing struct {
	part      streamPart
	sequence  uint16
	timestamp uint32
	at        time.Duration
}

func rewriteAll(t *testing.T, r *rewriter, packets []passing) (out []rewritten) {
	t.Helper()
	start := time.Unix(0, 0)
	for _, packet := range packets {
		numbers, ok := r.rewrite(packet.part, packet.sequence, packet.timestamp, start.Add(packet.at))
		if !ok {
			t.Fatalf("packet %d was refused", packet.sequence)
		}
		out = append(out, numbers)
	}
	return out
}

var firstPart = streamPart{clock: 1}

func TestLossStaysVisible(t *testing.T) {
	var r rewriter
	out := rewriteAll(t, &r, []passing{{firstPart, 10, 960, 0}, {firstPart, 11, 1920, 0}, {firstPart, 14, 4800, 0}})
	if out[2].sequence-out[1].sequence != 3 || out[2].timestamp-out[1].timestamp != 2880 || out[2].begins {
		t.Errorf("got %+v", out)
	}
}

func TestPacketsThatWereOvertakenKeepTheirPlace(t *testing.T) {
	var r rewriter
	out := rewriteAll(t, &r, []passing{{firstPart, 65535, 0, 0}, {firstPart, 2, 2880, 0}, {firstPart, 1, 1920, 0}, {firstPart, 3, 3840, 0}})
	if out[2].sequence != out[1].sequence-1 || out[3].sequence != out[1].sequence+1 {
		t.Errorf("got %+v", out)
	}
}

func TestWhatWasHeldBackDoesNotLookLost(t *testing.T) {
	var r rewriter
	before := rewriteAll(t, &r, []passing{{firstPart, 10, 960, 0}})
	r.pause()
	after := rewriteAll(t, &r, []passing{{firstPart, 500, 960 * 491, 10 * time.Second}})
	if after[0].sequence != before[0].sequence+1 || !after[0].begins {
		t.Errorf("got %+v after %+v", after, before)
	}
	if passed := after[0].timestamp - before[0].timestamp; passed != 960*490 {
		t.Errorf("%d samples passed", passed)
	}
	gap := rewriteAll(t, &r, []passing{{streamPart{clock: 1, gap: 1}, 600, 960 * 591, 12 * time.Second}})
	if gap[0].sequence != after[0].sequence+1 || gap[0].timestamp-after[0].timestamp != 960*100 {
		t.Errorf("got %+v after %+v", gap, after)
	}
}

func TestAPacketFromBeforeAPauseIsRefused(t *testing.T) {
	var r rewriter
	rewriteAll(t, &r, []passing{{firstPart, 10, 960, 0}})
	r.pause()
	rewriteAll(t, &r, []passing{{firstPart, 500, 480000, 0}, {firstPart, 502, 481920, 0}, {firstPart, 501, 480960, 0}})
	if _, ok := r.rewrite(firstPart, 499, 479040, time.Unix(0, 0)); ok {
		t.Error("the number of packet 500 was given twice")
	}
}

func TestAnotherSourceFollowsOnInTime(t *testing.T) {
	var r rewriter
	before := rewriteAll(t, &r, []passing{{firstPart, 10, 4_000_000_000, 0}})
	after := rewriteAll(t, &r, []passing{{streamPart{clock: 2}, 40000, 7, 3 * time.Second}, {streamPart{clock: 3}, 1, 1, 3 * time.Second}})
	if after[0].sequence != before[0].sequence+1 || after[0].timestamp-before[0].timestamp != 3*opusClock {
		t.Errorf("got %+v after %+v", after, before)
	}
	if after[1].sequence != after[0].sequence+1 || after[1].timestamp-after[0].timestamp != frameSamples {
		t.Errorf("at least a frame passes: %+v", after)
	}
}

// TestNoNumberIsGivenTwice sends parts of many sources, with loss, disorder, pauses and wrap-around, through a rewriter.
func TestNoNumberIsGivenTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r rewriter
		now := time.Unix(0, 0)
		given := make(map[uint16]bool)
		var highest uint16
		for clock := range uint64(rapid.IntRange(1, 6).Draw(t, "sources")) {
			sequence, timestamp := rapid.Uint16().Draw(t, "sequence"), rapid.Uint32().Draw(t, "timestamp")
			part := streamPart{clock: clock}
			sent := make(map[uint16]bool)
			for range rapid.IntRange(1, 40).Draw(t, "packets") {
				now = now.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "millis")) * time.Millisecond)
				step := rapid.SampledFrom([]int{1, 1, 1, 1, 2, 3, -1, -2, 7}).Draw(t, "step")
				sequence, timestamp = sequence+uint16(step), timestamp+uint32(step*frameSamples)
				if sent[sequence] {
					continue
				}
				sent[sequence] = true
				if rapid.IntRange(0, 9).Draw(t, "what") == 0 {
					r.pause()
					continue
				}
				numbers, ok := r.rewrite(part, sequence, timestamp, now)
				if !ok {
					continue
				}
				if given[numbers.sequence] {
					t.Fatalf("number %d was given twice", numbers.sequence)
				}
				if numbers.begins && len(given) > 0 && numbers.sequence != highest+1 {
					t.Fatalf("a part begins with %d after %d", numbers.sequence, highest)
				}
				given[numbers.sequence] = true
				if len(given) == 1 || int16(numbers.sequence-highest) > 0 {
					highest = numbers.sequence
				}
			}
		}
	})
}
