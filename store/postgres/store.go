// Package postgres keeps a hall in PostgreSQL, version 15 or later. One file per feature, as in the store's port; the tables are in migrations.
//
// Every write is one transaction. What is read to be changed is locked (SELECT … FOR UPDATE), and transactions that PostgreSQL ends because of each other are run again.
package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"guildhall/store"
	"guildhall/store/id"
)

//go:embed migrations/*.sql
var migrations embed.FS

// oldestVersion is the first version of PostgreSQL that is supported, as server_version_num has it.
const oldestVersion = 150000

// Store is a store.Store in PostgreSQL.
type Store struct {
	pool   *pgxpool.Pool
	closed atomic.Bool
}

var _ store.Store = (*Store)(nil)

// Open connects to a database and brings its tables up to date. Errors never hold the connection string, which may hold a password.
func Open(ctx context.Context, connection string) (*Store, error) {
	settings, err := pgxpool.ParseConfig(connection)
	if err != nil {
		return nil, errors.New("the address of the PostgreSQL database cannot be read")
	}
	pool, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	s := &Store{pool: pool}
	if err := s.prepare(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) prepare(ctx context.Context) error {
	var version int
	if err := s.pool.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	if version < oldestVersion {
		return fmt.Errorf("this is PostgreSQL %d; version 15 or later is needed", version/10000)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	database := stdlib.OpenDBFromPool(s.pool)
	provider, err := goose.NewProvider(goose.DialectPostgres, database, files, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("prepare the tables: %w", errors.Join(err, database.Close()))
	}
	defer provider.Close()
	sources := provider.ListSources()
	newest := sources[len(sources)-1].Version
	current, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("prepare the tables: %w", err)
	}
	if current > newest {
		return fmt.Errorf("the database was written by a newer version of Guildhall (its format is %d, this version knows %d)", current, newest)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("prepare the tables: %w", err)
	}
	return nil
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.fail(s.pool.Ping(ctx)) }

// Close waits for what is under way and closes the connections.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return store.ErrClosed
	}
	s.pool.Close()
	return nil
}

// The error codes of PostgreSQL that mean something here (appendix A of its manual).
const (
	codeForeignKey    = "23503"
	codeUnique        = "23505"
	codeSerialization = "40001"
	codeDeadlock      = "40P01"
)

// conflicts name the field that collides, by the constraint that says so.
var conflicts = map[string]string{
	"users_pkey": "id", "users_username": "username", "users_email": "email", "login_sessions_pkey": "id", "bots_pkey": "id", "servers_pkey": "id",
	"channels_pkey": "id", "roles_pkey": "id", "server_members_pkey": "member", "invites_pkey": "code", "messages_pkey": "id", "voice_sessions_pkey": "id",
}

// fail turns PostgreSQL's errors into the store's.
func (s *Store) fail(err error) error {
	if err == nil {
		return nil
	}
	if s.closed.Load() {
		return store.ErrClosed
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return store.ErrNotFound
	}
	if reported, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch reported.Code {
		case codeForeignKey:
			return store.ErrNotFound
		case codeUnique:
			if field, ok := conflicts[reported.ConstraintName]; ok {
				return &store.ConflictError{Field: field}
			}
		}
	}
	return err
}

// attempts is how often a transaction is run that PostgreSQL ended because of another.
const attempts = 20

// write runs a transaction, again when others got into its way.
func (s *Store) write(ctx context.Context, work func(pgx.Tx) error) error {
	var err error
	for attempt := range attempts {
		if s.closed.Load() {
			return store.ErrClosed
		}
		err = pgx.BeginFunc(ctx, s.pool, work)
		reported, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || reported.Code != codeSerialization && reported.Code != codeDeadlock {
			break
		}
		// Those who collided must not do so again in step.
		select {
		case <-time.After(time.Duration(rand.IntN(1+attempt*4)) * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return s.fail(err)
}

// rows collects what a query gives.
func rows[T any](ctx context.Context, s *Store, query string, arguments []any, scan func(pgx.CollectableRow) (T, error)) ([]T, error) {
	found, err := s.pool.Query(ctx, query, arguments...)
	if err != nil {
		return nil, s.fail(err)
	}
	values, err := pgx.CollectRows(found, scan)
	return values, s.fail(err)
}

// one gives the only row of a query.
func one[T any](ctx context.Context, s *Store, query string, arguments []any, scan func(pgx.CollectableRow) (T, error)) (T, error) {
	found, err := s.pool.Query(ctx, query, arguments...)
	if err != nil {
		var none T
		return none, s.fail(err)
	}
	value, err := pgx.CollectExactlyOneRow(found, scan)
	return value, s.fail(err)
}

// locked reads the only row of a query within a transaction.
func locked[T any](ctx context.Context, tx pgx.Tx, query string, arguments []any, scan func(pgx.CollectableRow) (T, error)) (T, error) {
	found, err := tx.Query(ctx, query, arguments...)
	if err != nil {
		var none T
		return none, err
	}
	return pgx.CollectExactlyOneRow(found, scan)
}

// execute runs statements one after the other.
func execute(ctx context.Context, tx pgx.Tx, query string, arguments ...any) error {
	_, err := tx.Exec(ctx, query, arguments...)
	return err
}

// moment is a time as it is kept: to the millisecond, NULL for none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	kept := t.UTC().Truncate(time.Millisecond)
	return &kept
}

// timeOf reads a moment.
func timeOf(kept *time.Time) time.Time {
	if kept == nil {
		return time.Time{}
	}
	return kept.UTC()
}

// integers gives ids as PostgreSQL takes them.
func integers(ids []id.ID) []int64 {
	values := make([]int64, len(ids))
	for i, value := range ids {
		values[i] = int64(value)
	}
	return values
}

// idsOf reads ids; nil for none.
func idsOf(values []int64) []id.ID {
	if len(values) == 0 {
		return nil
	}
	ids := make([]id.ID, len(values))
	for i, value := range values {
		ids[i] = id.ID(value)
	}
	return ids
}

func scanID(row pgx.CollectableRow) (id.ID, error) {
	var value int64
	err := row.Scan(&value)
	return id.ID(value), err
}
