package id

import (
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// clock is a clock that tests set.
type clock struct{ millis int64 }

func (c *clock) now() time.Time { return time.UnixMilli(EpochMillis + c.millis) }

func newGenerator(t interface{ Fatal(...any) }, node int, floor ID, now func() time.Time) *Generator {
	g, err := NewGenerator(node, floor, now)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestNodeNumbersOutsideTheirBitsAreRefused(t *testing.T) {
	for _, node := range []int{-1, MaxNode + 1, 1 << 20} {
		if _, err := NewGenerator(node, 0, time.Now); err == nil {
			t.Errorf("node %d was taken", node)
		}
	}
}

func TestAnIdHoldsTimeNodeAndCounter(t *testing.T) {
	c := &clock{millis: 1000}
	g := newGenerator(t, MaxNode, 0, c.now)
	for counter := range 3 {
		if got, want := g.Next(), ID(1000<<22|MaxNode<<12|counter); got != want {
			t.Errorf("id %d, want %d", got, want)
		}
	}
	c.millis++
	if got, want := g.Next(), ID(1001<<22|MaxNode<<12); got != want {
		t.Errorf("id %d, want %d", got, want)
	}
}

func TestAFullMillisecondBorrowsFromTheNext(t *testing.T) {
	c := &clock{millis: 1000}
	g := newGenerator(t, 5, 0, c.now)
	last := g.Next()
	for range 3 * (maxCounter + 1) {
		next := g.Next()
		if next <= last {
			t.Fatalf("%d after %d", next, last)
		}
		last = next
	}
	if got := last >> timeShift; got != 1003 {
		t.Errorf("the last id is of millisecond %d", got)
	}
}

func TestIdsGoOnAboveTheFloorWhateverTheClockSays(t *testing.T) {
	for _, floor := range []ID{1, 1<<22 - 1, 1 << 22, 5000<<22 | MaxNode<<12 | maxCounter, 1 << 62} {
		for _, millis := range []int64{-1000, 0, 1, 4999, 5000, 5001} {
			if next := newGenerator(t, 0, floor, (&clock{millis: millis}).now).Next(); next <= floor {
				t.Errorf("floor %d, clock %d: id %d", floor, millis, next)
			}
		}
	}
}

func TestAClockThatStandsBeforeTheEpochMintsSmallIds(t *testing.T) {
	// A machine without a battery for its clock, and without a network, begins in 1970.
	g := newGenerator(t, 3, 0, func() time.Time { return time.Unix(0, 0) })
	last := ID(0)
	for range 3 * (maxCounter + 1) {
		next := g.Next()
		if next <= last || next >= 1<<32 {
			t.Fatalf("%d after %d", next, last)
		}
		last = next
	}
}

func TestIdsOnlyGrowWhateverTheClockAndTheOtherNodesDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &clock{millis: rapid.Int64Range(0, 1<<40).Draw(t, "start")}
		floor := ID(rapid.Uint64Range(0, 1<<62).Draw(t, "floor"))
		node := rapid.IntRange(0, MaxNode).Draw(t, "node")
		g := newGenerator(t, node, floor, c.now)
		last := floor
		t.Repeat(map[string]func(*rapid.T){
			"next": func(t *rapid.T) {
				next := g.Next()
				if next <= last {
					t.Fatalf("%d after %d", next, last)
				}
				if got := int(next >> CounterBits & MaxNode); got != node {
					t.Fatalf("node %d instead of %d", got, node)
				}
				last = next
			},
			"clock": func(t *rapid.T) { c.millis += rapid.Int64Range(-10_000, 10_000).Draw(t, "by") },
			"observe": func(t *rapid.T) {
				seen := last + ID(rapid.Int64Range(-1<<24, 1<<24).Draw(t, "distance"))
				if int64(seen) < 0 {
					seen = 0
				}
				g.Observe(seen)
				last = max(last, seen)
			},
		})
	})
}

func TestConcurrentCallersGetDifferentIds(t *testing.T) {
	const callers, each = 16, 2000
	g := newGenerator(t, 1, 0, time.Now)
	ids := make([][]ID, callers)
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			for range each {
				ids[i] = append(ids[i], g.Next())
			}
		})
	}
	group.Wait()
	var all []ID
	for i, own := range ids {
		if !slices.IsSorted(own) {
			t.Errorf("the ids of caller %d do not ascend", i)
		}
		all = append(all, own...)
	}
	slices.Sort(all)
	if got := len(slices.Compact(all)); got != callers*each {
		t.Errorf("%d different ids, want %d", got, callers*each)
	}
}

func BenchmarkNext(b *testing.B) {
	g := newGenerator(b, 1, 0, time.Now)
	for b.Loop() {
		g.Next()
	}
}
