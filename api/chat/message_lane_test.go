package chat

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"guildhall/store/id"
)

// ledger is what a lane's commits wrote down.
type ledger struct {
	mu      sync.Mutex
	batches map[id.ID][][]string
	// pace is how long a commit takes, so that others come meanwhile.
	pace time.Duration
}

func (l *ledger) commit(_ context.Context, channelID id.ID, jobs []*laneJob) {
	time.Sleep(l.pace)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.batches == nil {
		l.batches = map[id.ID][][]string{}
	}
	var batch []string
	for _, job := range jobs {
		batch = append(batch, job.posted.Message.Content)
		job.err = nil
	}
	l.batches[channelID] = append(l.batches[channelID], batch)
}

func saying(text string) *laneJob {
	job := &laneJob{}
	job.posted.Message.Content = text
	return job
}

// start runs do in a goroutine once everybody before it waits or works.
func start(group *sync.WaitGroup, do func()) {
	group.Go(do)
	synctest.Wait()
}

func expectIdle(t *testing.T, l *lanes) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) != 0 {
		t.Errorf("%d lanes were left behind", len(l.waiting))
	}
}

func TestWhoComesWhileAChannelIsBusySharesTheNextCommitInTheOrderOfArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &ledger{pace: time.Second}
		l := newLanes(book.commit)
		var group sync.WaitGroup
		for i := range 5 {
			start(&group, func() {
				if err := l.do(t.Context(), 1, saying(strconv.Itoa(i))); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if got, want := book.batches[1], [][]string{{"0"}, {"1", "2", "3", "4"}}; !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("committed %v, want %v", got, want)
		}
		expectIdle(t, l)
	})
}

func TestChannelsDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &ledger{pace: time.Second}
		l := newLanes(book.commit)
		began := time.Now()
		var group sync.WaitGroup
		for channelID := range id.ID(8) {
			start(&group, func() { _ = l.do(t.Context(), channelID, saying("a")) })
		}
		group.Wait()
		if took := time.Since(began); took != time.Second {
			t.Errorf("took %v", took)
		}
		expectIdle(t, l)
	})
}

func TestEditsAndDeletionsKeepTheirPlaceBetweenPostings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &ledger{pace: time.Second}
		l := newLanes(book.commit)
		var group sync.WaitGroup
		for _, text := range []string{"a", "b", "c", "edit", "d", "e"} {
			job := saying(text)
			if text == "edit" {
				job.operation = func(ctx context.Context) error {
					book.commit(ctx, 1, []*laneJob{saying("edit")})
					return nil
				}
			}
			start(&group, func() {
				if err := l.do(t.Context(), 1, job); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if got, want := book.batches[1], [][]string{{"a"}, {"b", "c"}, {"edit"}, {"d", "e"}}; !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("committed %v, want %v", got, want)
		}
		expectIdle(t, l)
	})
}

func TestACommitTakesABoundedNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &ledger{pace: time.Second}
		l := newLanes(book.commit)
		var group sync.WaitGroup
		start(&group, func() { _ = l.do(t.Context(), 1, saying("first")) })
		for range maxBatch + 10 {
			group.Go(func() { _ = l.do(t.Context(), 1, saying("a")) })
		}
		group.Wait()
		var sizes []int
		for _, batch := range book.batches[1] {
			sizes = append(sizes, len(batch))
		}
		if want := []int{1, maxBatch, 10}; !slices.Equal(sizes, want) {
			t.Errorf("batches of %v, want %v", sizes, want)
		}
		expectIdle(t, l)
	})
}

func TestAChannelThatIsFullTurnsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &ledger{pace: time.Second}
		l := newLanes(book.commit)
		var group sync.WaitGroup
		start(&group, func() { _ = l.do(t.Context(), 1, saying("first")) })
		for range maxWaiting {
			group.Go(func() { _ = l.do(t.Context(), 1, saying("a")) })
		}
		synctest.Wait()
		err := l.do(t.Context(), 1, saying("one too many"))
		if refused, ok := errors.AsType[*Error](err); !ok || refused.Kind != RateLimited || refused.RetryAfter <= 0 {
			t.Errorf("got %v", err)
		}
		group.Wait()
		expectIdle(t, l)
	})
}

func TestWhoGivesUpWhileWaitingIsNotCommittedAndHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &ledger{pace: time.Second}
		l := newLanes(book.commit)
		var group sync.WaitGroup
		start(&group, func() { _ = l.do(t.Context(), 1, saying("a")) })
		ctx, cancel := context.WithCancel(t.Context())
		start(&group, func() {
			if err := l.do(ctx, 1, saying("gives up")); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
		start(&group, func() {
			if err := l.do(t.Context(), 1, saying("b")); err != nil {
				t.Error(err)
			}
		})
		cancel()
		group.Wait()
		if got, want := book.batches[1], [][]string{{"a"}, {"b"}}; !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("committed %v, want %v", got, want)
		}
		expectIdle(t, l)
	})
}

func TestALeaderWhoGivesUpStillCommitsForTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &ledger{pace: time.Second}
		l := newLanes(func(ctx context.Context, channelID id.ID, jobs []*laneJob) {
			book.commit(ctx, channelID, jobs)
			if ctx.Err() != nil {
				t.Error("the commit's context ended with a request")
			}
		})
		var group sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		start(&group, func() { _ = l.do(ctx, 1, saying("leader")) })
		start(&group, func() {
			if err := l.do(t.Context(), 1, saying("other")); err != nil {
				t.Error(err)
			}
		})
		cancel()
		group.Wait()
		if got, want := book.batches[1], [][]string{{"leader"}, {"other"}}; !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("committed %v, want %v", got, want)
		}
		expectIdle(t, l)
	})
}

func TestWhoHadGivenUpBeforeIsNotCommitted(t *testing.T) {
	book := &ledger{}
	l := newLanes(book.commit)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.do(ctx, 1, saying("late")); !errors.Is(err, context.Canceled) || len(book.batches) != 0 {
		t.Errorf("got %v, committed %v", err, book.batches)
	}
	expectIdle(t, l)
}

func TestWhoGivesUpAtTheMomentOfBeingAskedToLeadPassesItOn(t *testing.T) {
	l := newLanes((&ledger{}).commit)
	first, second := saying("first"), saying("second")
	first.turn, second.turn = make(chan turn, 1), make(chan turn, 1)
	l.waiting[1] = []*laneJob{first, second}
	l.handOn(1)
	l.withdraw(1, first)
	select {
	case now := <-second.turn:
		if now != turnLead {
			t.Errorf("was told %v", now)
		}
	default:
		t.Error("nobody leads")
	}
	l.handOn(1) // to the second, who has not taken itself out yet
	<-second.turn
	l.withdraw(1, second)
	if queue := l.waiting[1]; len(queue) != 0 {
		t.Errorf("%d still wait", len(queue))
	}
}

func TestACommitThatPanicsLeavesTheChannelUsable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &ledger{pace: time.Second}
		l := newLanes(func(ctx context.Context, channelID id.ID, jobs []*laneJob) {
			if jobs[0].posted.Message.Content == "bad" {
				panic("a defect")
			}
			book.commit(ctx, channelID, jobs)
		})
		var group sync.WaitGroup
		start(&group, func() { _ = l.do(t.Context(), 1, saying("a")) })
		start(&group, func() {
			defer func() { _ = recover() }()
			_ = l.do(t.Context(), 1, saying("bad"))
		})
		start(&group, func() {
			if err := l.do(t.Context(), 1, saying("beside it")); KindOf(err) != Internal || err == nil {
				t.Errorf("got %v", err)
			}
		})
		group.Wait()
		if err := l.do(t.Context(), 1, saying("b")); err != nil {
			t.Error(err)
		}
		expectIdle(t, l)
	})
}

func TestNothingIsLostOrDoubledWhenManyComeAndGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		book := &ledger{pace: 3 * time.Millisecond}
		l := newLanes(book.commit)
		var group sync.WaitGroup
		var mu sync.Mutex
		acknowledged := map[string]bool{}
		for i := range 3000 {
			text, patience, delay := strconv.Itoa(i), time.Duration(random.IntN(20))*time.Millisecond, time.Duration(random.IntN(200))*time.Millisecond
			group.Go(func() {
				time.Sleep(delay)
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				job := saying(text)
				if i%7 == 0 {
					job.operation = func(ctx context.Context) error {
						book.commit(ctx, 1, []*laneJob{saying(text)})
						return nil
					}
				}
				err := l.do(ctx, 1, job)
				mu.Lock()
				defer mu.Unlock()
				acknowledged[text] = err == nil
			})
		}
		group.Wait()
		seen := map[string]bool{}
		for _, batch := range book.batches[1] {
			for _, text := range batch {
				if seen[text] {
					t.Errorf("%s was committed twice", text)
				}
				seen[text] = true
			}
		}
		for text, yes := range acknowledged {
			if yes && !seen[text] {
				t.Errorf("%s was acknowledged and not committed", text)
			}
		}
		expectIdle(t, l)
	})
}
