// Package postgres keeps a hall in PostgreSQL, version 15 or later. One file per feature, as in the store's port; the tables are in migrations.
//
// Every write is one transaction. What is read to be changed is locked (SELECT … FOR UPDATE), and transactions that PostgreSQL ends because of each other are run again.
//
// What runs into a lost connection is run again on another, unless its commit was under way: then nobody can tell whether it was kept, and the error is ErrUncertain.
// Where there is no connection to be had the error is ErrUnavailable, at once.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"guildhall/store"
	"guildhall/store/id"
)

// Store is a store.Store in PostgreSQL.
type Store struct {
	pool   *pgxpool.Pool
	log    *slog.Logger
	closed atomic.Bool
	// fenced is set when the exclusive use of the database was lost: nothing is written any more.
	fenced atomic.Bool
	// lastLoss is when a connection was last found lost, in Unix nanoseconds.
	lastLoss atomic.Int64
}

var _ store.Store = (*Store)(nil)

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return s.fail(s.retry(ctx, func() error { return s.pool.Ping(ctx) }))
}

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
	"users_pkey": "id", "oidc_providers_pkey": "key", "oidc_providers_issuer_key": "issuer", "identities_pkey": "identity", "users_username": "username", "users_email": "email", "login_sessions_pkey": "id", "security_events_pkey": "id", "bots_pkey": "id", "servers_pkey": "id",
	"channels_pkey": "id", "roles_pkey": "id", "server_members_pkey": "member", "invites_pkey": "code", "bans_pkey": "ban", "audit_entries_pkey": "id", "automod_rules_pkey": "id", "reports_pkey": "id", "emojis_pkey": "id", "application_emojis_pkey": "id", "application_emojis_application_id_name_key": "name", "webhooks_pkey": "id", "announcement_copies_pkey": "copy", "event_hooks_pkey": "id", "event_deliveries_pkey": "id", "commands_pkey": "id", "commands_name": "name", "interactions_pkey": "id", "ephemeral_messages_pkey": "id", "hall_entries_pkey": "id", "reports_open": "report", "messages_pkey": "id", "voice_sessions_pkey": "id", "uploads_pkey": "id",
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
	if lost(err) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// attempts is how often a transaction is run that PostgreSQL ended because of another, or because its connection was lost.
const attempts = 20

// write runs a transaction, again when others got into its way or its connection was lost before it was to be committed.
func (s *Store) write(ctx context.Context, work func(pgx.Tx) error) error {
	err := s.retry(ctx, func() error {
		if s.fenced.Load() {
			return ErrNotExclusive
		}
		committing := false
		err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			err := work(tx)
			committing = err == nil
			return err
		})
		if committing && ctx.Err() == nil && lost(err) {
			// Not wrapped: it must not be taken for what may run again. Nor does pgconn.SafeToRetry tell: an answer that does not come may be reported as a connection
			// that was closed before.
			return fmt.Errorf("%w: %v", ErrUncertain, err) //nolint:errorlint // see above
		}
		return err
	})
	return s.fail(err)
}

// retry does something that leaves nothing behind when it fails, again when others got into its way or its connection was lost.
func (s *Store) retry(ctx context.Context, work func() error) error {
	var err error
	for attempt := range attempts {
		if s.closed.Load() {
			return store.ErrClosed
		}
		err = work()
		if s.again(ctx, err) {
			continue
		}
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
	return err
}

// sweep runs one statement that may as well run twice, and tells how many rows it changed.
func (s *Store) sweep(ctx context.Context, statement string, arguments ...any) (changed int, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, statement, arguments...)
		changed = int(done.RowsAffected())
		return err
	})
	return changed, err
}

// rows collects what a query gives. The query changes nothing.
func rows[T any](ctx context.Context, s *Store, query string, arguments []any, scan func(pgx.CollectableRow) (T, error)) (values []T, err error) {
	err = s.retry(ctx, func() error {
		found, err := s.pool.Query(ctx, query, arguments...)
		if err != nil {
			return err
		}
		values, err = pgx.CollectRows(found, scan)
		return err
	})
	return values, s.fail(err)
}

// one gives the only row of a query, which changes nothing.
func one[T any](ctx context.Context, s *Store, query string, arguments []any, scan func(pgx.CollectableRow) (T, error)) (value T, err error) {
	err = s.retry(ctx, func() error {
		found, err := s.pool.Query(ctx, query, arguments...)
		if err != nil {
			return err
		}
		value, err = pgx.CollectExactlyOneRow(found, scan)
		return err
	})
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
