package chattest

import (
	"context"
	"sync"
	"testing"

	"guildhall/store"
	"guildhall/store/postgres"
	"guildhall/store/postgres/postgrestest"
)

// postgresServer is started when the first test needs it.
var postgresServer struct {
	once   sync.Once
	server *postgrestest.Server
	err    error
}

var forTests = postgres.Options{AllowNoFsync: true}

// OpenPostgres opens a store in a database of its own on a real server, for Options.Store. TestMain calls StopPostgres.
func OpenPostgres(tb testing.TB) store.Store {
	tb.Helper()
	ctx := context.Background()
	s := &postgresServer
	s.once.Do(func() {
		if s.server, s.err = postgrestest.Start(ctx); s.err != nil {
			return
		}
		s.err = s.server.Prepare(ctx, func(ctx context.Context, address string) error {
			opened, err := postgres.Open(ctx, address, forTests)
			if err != nil {
				return err
			}
			return opened.Close()
		})
	})
	if s.err != nil {
		tb.Fatal(s.err)
	}
	address, err := s.server.Database(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	opened, err := postgres.Open(ctx, address, forTests)
	if err != nil {
		tb.Fatal(err)
	}
	return opened
}

// StopPostgres stops the server that OpenPostgres started, if it did.
func StopPostgres() error {
	if postgresServer.server == nil {
		return nil
	}
	return postgresServer.server.Stop()
}
