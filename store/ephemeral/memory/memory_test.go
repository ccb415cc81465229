package memory

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"guildhall/store/ephemeral"
	"guildhall/store/ephemeral/ephemeraltest"
)

// clock is a clock that tests move on.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestConformance(t *testing.T) {
	ephemeraltest.Run(t, func(*testing.T) ephemeraltest.Opened {
		clock := &clock{time.Unix(1_800_000_000, 0)}
		return ephemeraltest.Opened{Store: Open(Options{Now: clock.now}), Advance: func(d time.Duration) { clock.at = clock.at.Add(d) }}
	})
}

func TestDurableValuesSurviveAPlannedRestartOnce(t *testing.T) {
	clock := &clock{time.Unix(1_800_000_000, 0)}
	options := Options{Path: filepath.Join(t.TempDir(), "state"), Now: clock.now, Log: slog.New(slog.DiscardHandler)}
	first := Open(options)
	for key, durable := range map[string]bool{"kept": true, "short": true, "forgotten": false} {
		ttl := time.Hour
		if key == "short" {
			ttl = time.Second
		}
		if err := first.Put(t.Context(), key, []byte(key), ttl, durable); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(options.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	clock.at = clock.at.Add(time.Minute)

	second := Open(options)
	if got, err := second.Get(t.Context(), "kept"); err != nil || string(got) != "kept" {
		t.Errorf("kept: %q, %v", got, err)
	}
	for _, key := range []string{"short", "forgotten"} {
		if _, err := second.Get(t.Context(), key); !errors.Is(err, ephemeral.ErrNotFound) {
			t.Errorf("%s: %v", key, err)
		}
	}
	// second is not closed: it crashes.
	if _, err := Open(options).Get(t.Context(), "kept"); !errors.Is(err, ephemeral.ErrNotFound) {
		t.Errorf("after a crash: %v", err)
	}
}

func TestADamagedFileIsReportedAndPassedOver(t *testing.T) {
	var log bytes.Buffer
	path := filepath.Join(t.TempDir(), "state")
	for _, content := range []string{"", "nonsense", "\x19\x0c\x00\x16guildhall ephemeral 1\xff\xff\xff"} {
		log.Reset()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		s := Open(Options{Path: path, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if log.Len() == 0 {
			t.Errorf("%q: nothing was reported", content)
		}
		if err := s.Put(t.Context(), "k", nil, time.Second, false); err != nil {
			t.Error(err)
		}
	}
}

func TestMemoryOfWhatExpiredIsGivenBack(t *testing.T) {
	clock := &clock{time.Unix(1_800_000_000, 0)}
	s := Open(Options{Now: clock.now})
	for i := range 4 * sweepEvery * shardCount {
		key := fmt.Sprint(i)
		if _, err := s.Allow(t.Context(), key, ephemeral.Limit{Burst: 1, Per: time.Second}); err != nil {
			t.Fatal(err)
		}
		clock.at = clock.at.Add(time.Millisecond)
	}
	kept := 0
	for i := range s.shards {
		kept += len(s.shards[i].windows)
	}
	if kept > 2*sweepEvery*shardCount {
		t.Errorf("%d windows are kept", kept)
	}
}

func BenchmarkAllow(b *testing.B) {
	s := Open(Options{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Allow(b.Context(), "user/1/messages", ephemeral.Limit{Burst: 5, Per: 5 * time.Second}); err != nil {
			b.Fatal(err)
		}
	}
}
