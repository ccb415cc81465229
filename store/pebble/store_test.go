package pebble

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"guildhall/store"
	"guildhall/store/storetest"

	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if child() {
		return
	}
	goleak.VerifyTestMain(m)
}

var (
	background = context.Background()
	discard    = slog.New(slog.DiscardHandler)
)

func newRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// openMem opens a store on a file system in memory.
func openMem(t testing.TB, fs vfs.FS) *Store {
	t.Helper()
	s, err := Open("hall", Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestPassesTheSuiteOfAllStores(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return checkedStore{openMem(t, vfs.NewMem()), t} })
}

func TestPassesTheSuiteOnDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("the suite runs in memory; on disk it waits for the disk")
	}
	storetest.Run(t, func(t *testing.T) store.Store {
		s, err := Open(t.TempDir(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return checkedStore{s, t}
	})
}

// birthday is the moment at which the tests' things happen.
var birthday = time.Date(2026, time.February, 3, 4, 5, 6, 789_000_000, time.UTC)
