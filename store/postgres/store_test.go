package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"guildhall/store"
	"guildhall/store/postgres/postgrestest"
	"guildhall/store/storetest"
)

var server *postgrestest.Server

func TestMain(m *testing.M) {
	var err error
	if server, err = postgrestest.Start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func address(t *testing.T) string {
	t.Helper()
	database, err := server.Database(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return database
}

func open(t *testing.T, address string) *Store {
	t.Helper()
	s, err := Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, address(t)) })
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
	if _, err := Open(t.Context(), database); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("a newer database: %v", err)
	}
}

func TestErrorsNeverHoldThePassword(t *testing.T) {
	for _, bad := range []string{"postgres://u:hunter2@[bad", "postgres://u:hunter2@127.0.0.1:1/x?connect_timeout=1"} {
		if _, err := Open(t.Context(), bad); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v", err)
		}
	}
}

func TestOnlyOneHallWorksOnADatabase(t *testing.T) {
	database := address(t)
	first, second := open(t, database), open(t, database)
	defer first.Close()
	defer second.Close()
	release, err := first.Exclusive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Exclusive(t.Context()); !errors.Is(err, ErrInUse) {
		t.Errorf("the second: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	release, err = second.Exclusive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
}
