package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"guildhall/store"
	"guildhall/store/postgres/postgrestest"
	"guildhall/store/storetest"
)

var server *postgrestest.Server

// onTestServer is how stores are opened here.
var onTestServer = Options{AllowNoFsync: true}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	ctx := context.Background()
	complain := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	var err error
	if server, err = postgrestest.Start(ctx); err != nil {
		complain(err)
		return code
	}
	err = server.Prepare(ctx, func(ctx context.Context, address string) error {
		s, err := Open(ctx, address, onTestServer)
		if err != nil {
			return err
		}
		return s.Close()
	})
	complain(err)
	if err == nil {
		code = m.Run()
	}
	complain(server.Stop())
	if code == 0 {
		complain(goleak.Find())
	}
	return code
}

// address gives a database with its tables for the test alone.
func address(t *testing.T) string {
	t.Helper()
	database, err := server.Database(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return database
}

// empty gives a database without tables for the test alone.
func empty(t *testing.T) string {
	t.Helper()
	database, err := server.Empty(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return database
}

func open(t *testing.T, address string) *Store {
	t.Helper()
	s, err := Open(t.Context(), address, onTestServer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return checkedStore{open(t, address(t)), t} })
}

// checkedStore demands that a check finds nothing in what a test left, when it closes the store.
type checkedStore struct {
	*Store
	t *testing.T
}

func (s checkedStore) Close() error {
	problems, err := s.Check(context.Background())
	if !errors.Is(err, store.ErrClosed) && (err != nil || len(problems) > 0) {
		s.t.Errorf("the check finds %q (%v)", problems, err)
	}
	return s.Store.Close()
}

func TestADatabaseIsOpenedAgainAndANewerOneRefused(t *testing.T) {
	database := address(t)
	first := open(t, database)
	if err := first.CreateUser(t.Context(), store.User{ID: 5, Username: "alice"}); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t, database)
	if user, err := second.User(t.Context(), 5); err != nil || user.Username != "alice" {
		t.Errorf("%+v, %v", user, err)
	}
	if _, err := second.pool.Exec(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true)"); err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), database, onTestServer); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("a newer database: %v", err)
	}
}

func TestErrorsNeverHoldThePassword(t *testing.T) {
	for _, bad := range []string{"postgres://u:hunter2@[bad", "postgres://u:hunter2@127.0.0.1:1/x?connect_timeout=1"} {
		if _, err := Open(t.Context(), bad, onTestServer); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v", err)
		}
	}
}
