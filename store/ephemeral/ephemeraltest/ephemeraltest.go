// Package ephemeraltest is the conformance suite that every ephemeral store passes.
package ephemeraltest

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/store/ephemeral"
)

// Opened is a store under test with its clock.
type Opened struct {
	ephemeral.Store
	// Advance moves the store's clock on. An adapter whose clock is not its own waits for that time.
	Advance func(time.Duration)
}

// Run runs the suite against stores that open makes. The suite closes them.
func Run(t *testing.T, open func(t *testing.T) Opened) {
	for name, test := range map[string]func(*testing.T, Opened){
		"a limit lets a burst through and then nothing until the window ends": limits,
		"limits of different keys are apart":                                  limitsApart,
		"looking at a limit changes nothing":                                  looks,
		"concurrent requests get exactly the burst":                           limitsConcurrent,
		"a wrong limit is refused":                                            limitsWrong,
		"a cached value is there until its time is over":                      cache,
		"a cached value can be taken once":                                    takeOnce,
		"values are not shared with callers":                                  notShared,
		"a roster shows its entries until they leave or their time is over":   roster,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			test(t, s)
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
}

func allow(t *testing.T, s Opened, key string, limit ephemeral.Limit) ephemeral.Allowance {
	t.Helper()
	allowance, err := s.Allow(t.Context(), key, limit)
	if err != nil {
		t.Fatal(err)
	}
	return allowance
}

func limits(t *testing.T, s Opened) {
	limit := ephemeral.Limit{Burst: 3, Per: 2 * time.Second}
	for i := range 3 {
		if got := allow(t, s, "k", limit); !got.OK || got.Remaining != 2-i || got.ResetAfter <= 0 || got.ResetAfter > 2*time.Second {
			t.Errorf("request %d: %+v", i, got)
		}
	}
	if got := allow(t, s, "k", limit); got.OK || got.Remaining != 0 || got.ResetAfter <= 0 {
		t.Errorf("beyond the burst: %+v", got)
	}
	s.Advance(2 * time.Second)
	if got := allow(t, s, "k", limit); !got.OK || got.Remaining != 2 {
		t.Errorf("in the next window: %+v", got)
	}
}

func looks(t *testing.T, s Opened) {
	limit := ephemeral.Limit{Burst: 2, Per: 2 * time.Second}
	look := func(want ephemeral.Allowance) {
		t.Helper()
		for range 3 { // looking changes nothing
			if got, err := s.Look(t.Context(), "k", limit); err != nil || got.OK != want.OK || got.Remaining != want.Remaining || got.ResetAfter <= 0 || got.ResetAfter > want.ResetAfter {
				t.Errorf("%+v, %v; want %+v", got, err, want)
			}
		}
	}
	look(ephemeral.Allowance{OK: true, Remaining: 2, ResetAfter: 2 * time.Second})
	allow(t, s, "k", limit)
	s.Advance(time.Second)
	look(ephemeral.Allowance{OK: true, Remaining: 1, ResetAfter: time.Second})
	allow(t, s, "k", limit)
	allow(t, s, "k", limit)
	look(ephemeral.Allowance{ResetAfter: time.Second})
	s.Advance(time.Second)
	look(ephemeral.Allowance{OK: true, Remaining: 2, ResetAfter: 2 * time.Second})
}

func limitsApart(t *testing.T, s Opened) {
	limit := ephemeral.Limit{Burst: 1, Per: time.Minute}
	if !allow(t, s, "a", limit).OK || !allow(t, s, "b", limit).OK || allow(t, s, "a", limit).OK {
		t.Error("they are not")
	}
}

func limitsConcurrent(t *testing.T, s Opened) {
	limit := ephemeral.Limit{Burst: 50, Per: time.Minute}
	var allowed atomic.Int64
	var asking sync.WaitGroup
	for range 16 {
		asking.Go(func() {
			for range 20 {
				got, err := s.Allow(t.Context(), "k", limit)
				if err != nil {
					t.Error(err)
				}
				if got.OK {
					allowed.Add(1)
				}
			}
		})
	}
	asking.Wait()
	if allowed.Load() != 50 {
		t.Errorf("%d were allowed", allowed.Load())
	}
}

func limitsWrong(t *testing.T, s Opened) {
	for _, limit := range []ephemeral.Limit{{}, {Burst: 1}, {Per: time.Second}, {Burst: -1, Per: time.Second}} {
		if _, err := s.Allow(t.Context(), "k", limit); err == nil {
			t.Errorf("%+v was accepted", limit)
		}
		if _, err := s.Look(t.Context(), "k", limit); err == nil {
			t.Errorf("%+v was looked at", limit)
		}
	}
}

func cache(t *testing.T, s Opened) {
	if _, err := s.Get(t.Context(), "k"); !errors.Is(err, ephemeral.ErrNotFound) {
		t.Errorf("before: %v", err)
	}
	put(t, s, "k", "one")
	put(t, s, "k", "two")
	if got, err := s.Get(t.Context(), "k"); err != nil || string(got) != "two" {
		t.Errorf("got %q, %v", got, err)
	}
	s.Advance(time.Second)
	if _, err := s.Get(t.Context(), "k"); !errors.Is(err, ephemeral.ErrNotFound) {
		t.Errorf("after its time: %v", err)
	}
	put(t, s, "k", "three")
	if err := s.Delete(t.Context(), "k"); err != nil {
		t.Error(err)
	}
	if err := s.Delete(t.Context(), "k"); err != nil {
		t.Errorf("deleting what is not there: %v", err)
	}
	if _, err := s.Get(t.Context(), "k"); !errors.Is(err, ephemeral.ErrNotFound) {
		t.Errorf("after deletion: %v", err)
	}
	if s.Put(t.Context(), "k", nil, 0, false) == nil {
		t.Error("a value without a time to live was accepted")
	}
}

func put(t *testing.T, s Opened, key, text string) {
	t.Helper()
	if err := s.Put(t.Context(), key, []byte(text), time.Second, false); err != nil {
		t.Fatal(err)
	}
}

func takeOnce(t *testing.T, s Opened) {
	put(t, s, "k", "token")
	var taken atomic.Int64
	var taking sync.WaitGroup
	for range 16 {
		taking.Go(func() {
			got, err := s.Take(t.Context(), "k")
			switch {
			case err == nil && string(got) == "token":
				taken.Add(1)
			case !errors.Is(err, ephemeral.ErrNotFound):
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	taking.Wait()
	if taken.Load() != 1 {
		t.Errorf("%d took it", taken.Load())
	}
	put(t, s, "late", "token")
	s.Advance(time.Second)
	if _, err := s.Take(t.Context(), "late"); !errors.Is(err, ephemeral.ErrNotFound) {
		t.Errorf("after its time: %v", err)
	}
}

func notShared(t *testing.T, s Opened) {
	data := []byte("one")
	if err := s.Put(t.Context(), "k", data, time.Minute, false); err != nil {
		t.Fatal(err)
	}
	data[0] = 'X'
	got, err := s.Get(t.Context(), "k")
	if err != nil || string(got) != "one" {
		t.Fatalf("got %q, %v", got, err)
	}
	got[0] = 'Y'
	if again, err := s.Get(t.Context(), "k"); err != nil || string(again) != "one" {
		t.Errorf("got %q, %v", again, err)
	}
}

func roster(t *testing.T, s Opened) {
	set := func(name, text string, ttl time.Duration) {
		t.Helper()
		if err := s.Set(t.Context(), "voice/1", name, []byte(text), ttl); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(when string, want ...string) {
		t.Helper()
		entries, err := s.Entries(t.Context(), "voice/1")
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Sorted(maps.Keys(entries)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	expect("empty")
	set("alice", "a", 10*time.Second)
	set("bob", "b", time.Second)
	set("carol", "c", time.Second)
	expect("all in", "alice", "bob", "carol")
	set("bob", "b2", 10*time.Second)
	s.Advance(time.Second)
	expect("one gone by time", "alice", "bob")
	if was, err := s.Remove(t.Context(), "voice/1", "alice"); err != nil || !was {
		t.Errorf("remove: %v, %v", was, err)
	}
	if was, err := s.Remove(t.Context(), "voice/1", "carol"); err != nil || was {
		t.Errorf("remove what was gone: %v, %v", was, err)
	}
	expect("one left", "bob")
	entries, err := s.Entries(t.Context(), "voice/1")
	if err != nil || string(entries["bob"]) != "b2" {
		t.Errorf("bob is %q, %v", entries["bob"], err)
	}
	if other, err := s.Entries(t.Context(), "voice/2"); err != nil || len(other) != 0 {
		t.Errorf("another set: %v, %v", other, err)
	}
}
