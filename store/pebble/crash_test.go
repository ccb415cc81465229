package pebble

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// A crash test runs writers that record what was acknowledged, takes clones of the file system as a crash would leave it (all that was synced, and
// a random part of what was not), opens each clone, and demands every acknowledged fact and that no write is there by half.

const (
	crashWriters = 16
	// GUILDHALL_SOAK makes the test long.
	crashRounds, crashRoundsSoak = 3, 300
	crashClones                  = 6
)

func TestACrashLosesNothingThatWasAcknowledgedAndLeavesNothingByHalf(t *testing.T) {
	rounds := crashRounds
	if os.Getenv("GUILDHALL_SOAK") != "" {
		rounds = crashRoundsSoak
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	var (
		disk  = vfs.NewCrashableMem()
		facts []fact // those that must hold on disk
	)
	for round := range rounds {
		w := newCrashWorld(t, disk, facts, round, random.Uint64())
		clones := w.run(random)
		for i, clone := range clones {
			w.verify(fmt.Sprintf("round %d, clone %d", round, i), clone)
		}
		if t.Failed() {
			return
		}
		// The next round goes on from one of the crashes; every fourth begins anew, so that the rounds do not grow.
		next := clones[random.IntN(len(clones))]
		if round%4 == 3 {
			next = clone{disk: vfs.NewCrashableMem()}
		}
		disk, facts = next.disk, next.facts
	}
}

// fact is something that was acknowledged: it gives an error unless it is there.
type fact func(ctx context.Context, s *Store) error

// clone is a file system after a crash, with the facts that were acknowledged before.
type clone struct {
	disk  *vfs.MemFS
	facts []fact
}

// crashWorld is one life of a store, from opening to crash.
type crashWorld struct {
	t     *testing.T
	disk  *vfs.MemFS
	store *Store
	round int
	seed  uint64
	ids   atomic.Uint64
	owner id.ID
	guild id.ID
	code  string

	mu    sync.Mutex
	facts []fact
}

// The tables are small, so that flushes and compactions run into the crashes.
var crashOptions = Options{MemTableBytes: 64 << 10, CacheBytes: 1 << 20}

// slowSync lets the syncs of the log take their time, as those of a disk do: what is between applied and synced meets the crashes.
type slowSync struct{}

func (slowSync) String() string { return "slow sync" }

func (slowSync) MaybeError(op errorfs.Op) error {
	if (op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData) && strings.HasSuffix(op.Path, ".log") {
		time.Sleep(200 * time.Microsecond)
	}
	return nil
}

// stepwiseReuse renames and opens one after the other. The file system in memory does both under one lock, which it takes twice for reading:
// a clone that is asked for in between would wait for ever, and everybody with it.
type stepwiseReuse struct{ *vfs.MemFS }

func (d stepwiseReuse) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := d.Rename(oldname, newname); err != nil {
		return nil, err
	}
	return d.OpenReadWrite(newname, category)
}

func newCrashWorld(t *testing.T, disk *vfs.MemFS, facts []fact, round int, seed uint64) *crashWorld {
	t.Helper()
	options := crashOptions
	options.FS = errorfs.Wrap(stepwiseReuse{disk}, slowSync{})
	s, err := Open("hall", options)
	if err != nil {
		t.Fatal(err)
	}
	w := &crashWorld{t: t, disk: disk, store: s, round: round, seed: seed, facts: slices.Clone(facts)}
	greatest, err := s.GreatestID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.ids.Store(max(uint64(greatest), 1<<40))
	w.owner, w.guild, w.code = w.id(), w.id(), fmt.Sprint("code-", round)
	general := w.id()
	for _, err := range []error{
		s.CreateUser(t.Context(), store.User{ID: w.owner, Username: fmt.Sprint("owner-", round)}),
		s.CreateGuild(t.Context(), store.Guild{ID: w.guild, OwnerID: w.owner}, nil, []store.Channel{{ID: general}}, nil),
		s.CreateInvite(t.Context(), store.Invite{Code: w.code, GuildID: w.guild, ChannelID: general}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *crashWorld) id() id.ID { return id.ID(w.ids.Add(1)) }

// acknowledged records what a writer may rely on from now on.
func (w *crashWorld) acknowledged(f fact) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.facts = append(w.facts, f)
}

// run lets writers write, crashes at random moments, and gives the clones.
func (w *crashWorld) run(random *rand.Rand) []clone {
	ctx, stop := context.WithCancel(context.Background())
	var writers sync.WaitGroup
	for i := range crashWriters {
		writers.Go(func() {
			writer := &crashWriter{crashWorld: w, random: rand.New(rand.NewPCG(w.seed, uint64(i))), name: fmt.Sprintf("%d-%d", w.round, i)}
			for ctx.Err() == nil {
				if err := writer.step(); err != nil {
					w.t.Errorf("writer %s: %v", writer.name, err)
					return
				}
			}
		})
	}
	var clones []clone
	for range crashClones {
		// A crash after some more facts, and a moment that falls anywhere into what is under way.
		w.waitForFacts(20 + random.IntN(200))
		time.Sleep(time.Duration(random.IntN(1000)) * time.Microsecond)
		w.mu.Lock()
		acknowledged := w.facts[:len(w.facts):len(w.facts)]
		w.mu.Unlock()
		disk := w.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: random.IntN(3) * 50, RNG: random})
		clones = append(clones, clone{disk: disk, facts: acknowledged})
	}
	stop()
	writers.Wait()
	if err := w.store.Close(); err != nil {
		w.t.Errorf("close: %v", err)
	}
	return clones
}

// waitForFacts waits until there are n more facts.
func (w *crashWorld) waitForFacts(n int) {
	count := func() int {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.facts)
	}
	for target := count() + n; count() < target && !w.t.Failed(); {
		time.Sleep(50 * time.Microsecond)
	}
}

// verify opens a clone and demands its facts.
func (w *crashWorld) verify(name string, crashed clone) {
	w.t.Helper()
	options := crashOptions
	options.FS = crashed.disk
	s, err := Open("hall", options)
	if err != nil {
		w.t.Errorf("%s: %v", name, err)
		return
	}
	for i, fact := range crashed.facts {
		if err := fact(context.Background(), s); err != nil {
			w.t.Errorf("%s: fact %d of %d is lost: %v", name, i, len(crashed.facts), err)
		}
	}
	if err := errors.Join(checkInvariants(s), wholeBatches(s), usesAreMembers(s)); err != nil {
		w.t.Errorf("%s: %v", name, err)
	}
	// What was deleted goes away for good after the restart.
	if err := s.emptyTrash(context.Background()); err != nil {
		w.t.Errorf("%s: %v", name, err)
	}
	all, err := dump(s.db)
	if err != nil || len(all[kindTrash]) != 0 {
		w.t.Errorf("%s: trash is left: %v, %v", name, all[kindTrash], err)
	}
	if err := errors.Join(checkInvariants(s), s.Close()); err != nil {
		w.t.Errorf("%s, after sweeping: %v", name, err)
	}
}

// wholeBatches demands that messages that were posted together, and say so, are all there.
func wholeBatches(s *Store) error {
	all, err := dump(s.db)
	if err != nil {
		return err
	}
	sizes, found := make(map[string]int), make(map[string]int)
	for _, e := range all[kindMessage] {
		message, err := decode[messageRecord](e.key, e.value)
		if err != nil {
			return err
		}
		batch, _, _ := strings.Cut(message.Content, " ")
		var size int
		if _, err := fmt.Sscanf(message.Content, batch+" of %d", &size); err != nil {
			return fmt.Errorf("content %q: %w", message.Content, err)
		}
		sizes[batch] = size
		found[batch]++
	}
	for batch, size := range sizes {
		if found[batch] != size {
			err = errors.Join(err, fmt.Errorf("batch %s: %d of %d messages are there", batch, found[batch], size))
		}
	}
	return err
}

// usesAreMembers demands that each invite was used as often as there are members who came with it.
func usesAreMembers(s *Store) error {
	all, err := dump(s.db)
	if err != nil {
		return err
	}
	came := make(map[string]int)
	for _, e := range all[kindMember] {
		member, err := decode[memberRecord](e.key, e.value)
		if err != nil {
			return err
		}
		came[member.Nick]++
	}
	for _, e := range all[kindInvite] {
		invite, err := decode[inviteRecord](e.key, e.value)
		if err != nil {
			return err
		}
		if code := string(e.key[1:]); came[code] != invite.Uses {
			return fmt.Errorf("%d people came by the invite %s, which was used %d times", came[code], code, invite.Uses)
		}
	}
	return nil
}
