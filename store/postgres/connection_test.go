package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"guildhall/store"
	"guildhall/store/id"
)

// silence listens, takes connections, and says nothing.
func silence(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String() // the kernel completes the handshakes of those who wait in line
}

// stage stores the least that a message needs: ada, her guild 2 and its channel 3.
func stage(t testing.TB, s *Store) {
	t.Helper()
	if err := s.CreateUser(t.Context(), store.User{ID: 1, Username: "ada"}); err != nil {
		t.Fatal(err)
	}
	err := s.CreateGuild(t.Context(), store.Guild{ID: 2, OwnerID: 1, Name: "Round Table"}, nil, []store.Channel{{ID: 3, GuildID: 2, Name: "general"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
}

// endConnections ends all connections to a store's database but the one that does it, and gives their number.
func endConnections(t *testing.T, administrator *pgx.Conn) (ended int) {
	t.Helper()
	err := administrator.QueryRow(t.Context(),
		"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'").Scan(&ended)
	if err != nil {
		t.Fatal(err)
	}
	return ended
}

// writers post in many goroutines until they are told to stop, and keep count of what was acknowledged.
type writers struct {
	s            *Store
	ids          atomic.Uint64
	acknowledged atomic.Int64
	mutex        sync.Mutex
	kept         []id.ID
	strange      []error
	stop         context.CancelFunc
	work         sync.WaitGroup
}

func startWriters(t *testing.T, s *Store) *writers {
	ctx, stop := context.WithCancel(t.Context())
	w := &writers{s: s, stop: stop}
	w.ids.Store(1000)
	for range 8 {
		w.work.Go(func() {
			for ctx.Err() == nil {
				w.post()
			}
		})
	}
	return w
}

func (w *writers) post() {
	messageID := id.ID(w.ids.Add(1))
	_, err := w.s.CreateMessages(context.Background(), 3, []store.NewMessage{{Message: store.Message{ID: messageID, GuildID: 2, AuthorID: 1, Content: "x"}}})
	w.mutex.Lock()
	defer w.mutex.Unlock()
	switch {
	case err == nil:
		w.kept = append(w.kept, messageID)
		w.acknowledged.Add(1)
	case !errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrUncertain):
		w.strange = append(w.strange, err)
	}
}

// more waits until n further messages were acknowledged.
func (w *writers) more(n int64) {
	for want := w.acknowledged.Load() + n; w.acknowledged.Load() < want; {
		w.post()
	}
}

// finish stops the writers and demands that everything acknowledged is there, and that every error was one of the two.
func (w *writers) finish(t *testing.T) {
	t.Helper()
	w.stop()
	w.work.Wait()
	there, err := w.s.MessagesByID(t.Context(), 3, w.kept)
	if err != nil || len(there) != len(w.kept) {
		t.Errorf("%d of %d acknowledged messages are there, %v", len(there), len(w.kept), err)
	}
	for _, err := range w.strange {
		t.Errorf("a writer got %v", err)
	}
}

func TestIdleConnectionsThatTheServerEndedAreNotNoticed(t *testing.T) {
	database := address(t)
	s := open(t, database)
	stage(t, s)
	administrator := plain(t, database)
	calls := map[string]func() error{
		"a read":            func() error { _, err := s.User(t.Context(), 1); return err },
		"a list":            func() error { _, err := s.ListUsers(t.Context(), 0, 10); return err },
		"a ping":            func() error { return s.Ping(t.Context()) },
		"a write":           func() error { _, err := s.UpdateHall(t.Context(), func(*store.Hall) error { return nil }); return err },
		"a sweep":           func() error { return s.PruneNonces(t.Context(), 1) },
		"an end of a lease": func() error { return s.ReleaseWorker(t.Context(), 1, "x") },
	}
	for name, call := range calls {
		// Several connections, all used just now.
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() { _, _ = s.UpdateHall(t.Context(), func(*store.Hall) error { return nil }) })
		}
		group.Wait()
		if endConnections(t, administrator) == 0 {
			t.Fatal("there was no connection to end")
		}
		if err := call(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAConnectionThatIsLostInATransactionIsReplaced(t *testing.T) {
	database := address(t)
	s := open(t, database)
	stage(t, s)
	administrator := plain(t, database)
	runs := 0
	hall, err := s.UpdateHall(t.Context(), func(h *store.Hall) error {
		if runs++; runs == 1 {
			endConnections(t, administrator)
		}
		h.Name += "!"
		return nil
	})
	if err != nil || runs != 2 || hall.Name != "Guildhall!" {
		t.Errorf("after %d runs: %+v, %v", runs, hall, err)
	}
}

func TestNothingAcknowledgedIsLostWithTheConnections(t *testing.T) {
	database := address(t)
	s := open(t, database)
	stage(t, s)
	administrator := plain(t, database)
	w := startWriters(t, s)
	for range 5 {
		w.more(20)
		endConnections(t, administrator)
	}
	w.more(20)
	w.finish(t)
}

func TestNothingAcknowledgedIsLostWhenTheServerCrashesAndComesBack(t *testing.T) {
	s := open(t, address(t))
	stage(t, s)
	w := startWriters(t, s)
	w.more(50)
	if err := server.Crash(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.User(t.Context(), 1); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a read without a server: %v", err)
	}
	if err := s.CreateUser(t.Context(), store.User{ID: 9, Username: "bob"}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a write without a server: %v", err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a ping without a server: %v", err)
	}
	if err := server.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.more(50)
	w.finish(t)
}

// scissors is a connection that is cut when a commit has been sent on it, before its answer.
type scissors struct {
	net.Conn
	armed *atomic.Bool
	cut   bool
}

func (c *scissors) Write(data []byte) (int, error) {
	if bytes.Contains(data, []byte("commit")) && c.armed.CompareAndSwap(true, false) {
		c.cut = true
	}
	return c.Conn.Write(data)
}

func (c *scissors) Read(buffer []byte) (int, error) {
	if c.cut {
		return 0, io.ErrUnexpectedEOF
	}
	return c.Conn.Read(buffer)
}

func TestAWriteWhoseCommitIsNotAnsweredIsUncertainAndNotDoneTwice(t *testing.T) {
	settings, err := poolSettings(address(t), onTestServer)
	if err != nil {
		t.Fatal(err)
	}
	var armed atomic.Bool
	dial := settings.ConnConfig.DialFunc
	settings.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := dial(ctx, network, address)
		return &scissors{Conn: connection, armed: &armed}, err
	}
	s, err := openPool(t.Context(), settings, onTestServer)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	armed.Store(true)
	runs := 0
	_, err = s.UpdateHall(t.Context(), func(h *store.Hall) error {
		runs++
		h.Name += "!"
		return nil
	})
	if !errors.Is(err, ErrUncertain) || errors.Is(err, ErrUnavailable) || runs != 1 {
		t.Errorf("after %d runs: %v", runs, err)
	}
	if _, err := s.Hall(t.Context()); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

func TestWhatIsNoLossIsNotTakenForOne(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	s := open(t, address(t))
	for _, ctx := range []context.Context{ended, late} {
		if err := s.Ping(ctx); !errors.Is(err, ctx.Err()) || errors.Is(err, ErrUnavailable) {
			t.Errorf("%v", err)
		}
	}
	for _, err := range []error{nil, pgx.ErrNoRows, fmt.Errorf("wrapped: %w", context.DeadlineExceeded)} {
		if lost(err) {
			t.Errorf("%v is taken for a loss", err)
		}
	}
}

func TestAConnectionIsTriedOutWhenItWasIdleThroughALoss(t *testing.T) {
	s := open(t, address(t))
	if !s.again(t.Context(), net.ErrClosed) {
		t.Fatal("a closed connection is no loss")
	}
	loss := time.Unix(0, s.lastLoss.Load())
	for _, test := range []struct {
		idle  time.Duration
		tried bool
	}{{time.Since(loss) + time.Millisecond, true}, {2 * idleBeforePing, true}, {0, false}} {
		if tried := s.shouldPing(t.Context(), pgxpool.ShouldPingParams{IdleDuration: test.idle}); tried != test.tried {
			t.Errorf("idle for %v, tried out: %v", test.idle, tried)
		}
	}
}
