package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrUnavailable says that PostgreSQL cannot be reached, or was lost on the way. Nothing was changed; the call may be made again.
var ErrUnavailable = errors.New("the database cannot be reached")

// ErrUncertain says that the connection was lost between the wish to commit a write and the answer: it may have been kept or not.
var ErrUncertain = errors.New("the connection to the database was lost during a commit, which may have happened or not")

// idleBeforePing is how long a connection may have been idle before it is tried out before its use, as it is with pgxpool.
const idleBeforePing = time.Second

// shouldPing tells whether a connection is tried out before it is used: when it was idle for long, or was last used before another was lost (they are lost together,
// as a rule).
func (s *Store) shouldPing(_ context.Context, connection pgxpool.ShouldPingParams) bool {
	return connection.IdleDuration > idleBeforePing || time.Now().Add(-connection.IdleDuration).UnixNano() <= s.lastLoss.Load()
}

// again tells whether what ended with an error because its connection was lost may run again on another. It may not when there is no other to be had.
func (s *Store) again(ctx context.Context, err error) bool {
	if ctx.Err() != nil || !lost(err) {
		return false
	}
	s.lastLoss.Store(time.Now().UnixNano())
	return !unreachable(err)
}

// unreachable tells whether no connection could be made.
func unreachable(err error) bool {
	_, is := errors.AsType[*pgconn.ConnectError](err)
	return is
}

// lost tells whether an error means that there is no connection (any more).
func lost(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	if reported, ok := errors.AsType[*pgconn.PgError](err); ok && !unreachable(err) {
		// After these the server hangs up.
		return reported.SeverityUnlocalized == "FATAL" || reported.SeverityUnlocalized == "PANIC"
	}
	if unreachable(err) {
		return true
	}
	if errors.Is(err, context.DeadlineExceeded) { // which is a net.Error too
		return false
	}
	_, network := errors.AsType[net.Error](err)
	return network || pgconn.SafeToRetry(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
