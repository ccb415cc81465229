package postgres

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
)

func exclusive(t *testing.T, s *Store) *Exclusivity {
	t.Helper()
	e, err := s.Exclusive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestOnlyOneHallWorksOnADatabase(t *testing.T) {
	database := address(t)
	first, second := open(t, database), open(t, database)
	held := exclusive(t, first)
	if _, err := second.Exclusive(t.Context()); !errors.Is(err, ErrInUse) {
		t.Errorf("the second: %v", err)
	}
	if err := held.Release(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-held.Lost():
		t.Error("what was released is told to be lost")
	default:
	}
	if err := exclusive(t, second).Release(); err != nil {
		t.Error(err)
	}
}

func TestAHallThatMayNotBeTheOnlyOneAnyMoreKnowsAndWritesNoMore(t *testing.T) {
	database := address(t)
	first, second := open(t, database), open(t, database)
	lock := exclusive(t, first)
	number, err := first.AcquireWorker(t.Context(), "first", 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if endConnections(t, plain(t, database)) == 0 {
		t.Fatal("there was no connection to end")
	}
	<-lock.Lost()
	other := exclusive(t, second)
	if err := first.CreateUser(t.Context(), store.User{ID: 1, Username: "ada"}); !errors.Is(err, ErrNotExclusive) {
		t.Errorf("a write beside the other hall: %v", err)
	}
	if _, err := first.Hall(t.Context()); err != nil {
		t.Errorf("a read: %v", err)
	}
	if err := first.ReleaseWorker(t.Context(), number, "first"); err != nil {
		t.Errorf("giving back what is its own: %v", err)
	}
	if err := second.CreateUser(t.Context(), store.User{ID: 1, Username: "ada"}); err != nil {
		t.Errorf("a write of the other hall: %v", err)
	}
	for _, e := range []*Exclusivity{lock, other} {
		if err := e.Release(); err != nil {
			t.Error(err)
		}
	}
}

// cable is a connection that can be cut as a network cable is: nothing comes any more, and nobody says so.
type cable struct {
	net.Conn
	cut <-chan struct{}
}

func (c *cable) Read(buffer []byte) (int, error) {
	n, err := c.Conn.Read(buffer)
	select {
	case <-c.cut:
		if err == nil {
			return c.Read(buffer) // what came is lost; a deadline or the end of the connection ends this
		}
	default:
	}
	return n, err
}

func TestAnExclusiveHallThatCannotReachItsDatabaseAnyMoreKnows(t *testing.T) {
	s := open(t, address(t))
	cut := make(chan struct{})
	settings := s.pool.Config()
	dial := settings.ConnConfig.DialFunc
	settings.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := dial(ctx, network, address)
		return &cable{Conn: connection, cut: cut}, err
	}
	far, err := openPool(t.Context(), settings, onTestServer)
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	lock, err := far.exclusive(t.Context(), time.Millisecond, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	close(cut)
	<-lock.Lost()
	if err := lock.Release(); err != nil {
		t.Log(err) // the server could not be told
	}
}

func TestTheLockIsSeenByItsName(t *testing.T) {
	database := address(t)
	lock := exclusive(t, open(t, database))
	name, err := pgx.CollectExactlyOneRow(must(plain(t, database).Query(t.Context(), "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE locktype = 'advisory'")),
		pgx.RowTo[string])
	if err != nil || name != "guildhall (exclusive)" {
		t.Errorf("%q, %v", name, err)
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
}

func must(rows pgx.Rows, err error) pgx.Rows {
	if err != nil {
		panic(err)
	}
	return rows
}
