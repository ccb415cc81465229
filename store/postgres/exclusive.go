package postgres

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrInUse says that another hall works on the database.
var ErrInUse = errors.New("another hall is running on this database")

// ErrNotExclusive says that this hall was the only one on the database and may not be any more: it writes no more.
var ErrNotExclusive = errors.New("the connection that keeps other halls off the database was lost")

// exclusiveLock is the number of the lock that the one hall of a database holds ("guildhal" in ASCII).
const exclusiveLock = int64(0x6775696c6468616c)

// How the connection that holds the lock is watched. A server that ends it says so at once; one that cannot be reached any more is found out by not answering.
const (
	exclusivePing     = 5 * time.Second
	exclusivePatience = 10 * time.Second
)

// Exclusivity is the sole use of a database. PostgreSQL keeps it as long as one connection lives.
type Exclusivity struct {
	connection     *pgx.Conn
	ping, patience time.Duration
	lost           chan struct{}
	stop           context.CancelFunc
	work           sync.WaitGroup
	onLoss         func(cause error)
}

// Exclusive makes this the only hall on its database, until Release is called or Lost is closed. ErrInUse says that there is another. A hall that keeps its caches and
// its message bus to itself needs it. From the moment of the loss on, writes of this Store give ErrNotExclusive.
func (s *Store) Exclusive(ctx context.Context) (*Exclusivity, error) {
	return s.exclusive(ctx, exclusivePing, exclusivePatience)
}

func (s *Store) exclusive(ctx context.Context, ping, patience time.Duration) (*Exclusivity, error) {
	// A connection of its own: the lock lives as long as that.
	settings := s.pool.Config().ConnConfig
	settings.RuntimeParams["application_name"] += " (exclusive)"
	connection, err := pgx.ConnectConfig(ctx, settings)
	if err != nil {
		return nil, err
	}
	var got bool
	if err := connection.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", exclusiveLock).Scan(&got); err != nil {
		return nil, errors.Join(err, connection.Close(ctx))
	}
	if !got {
		return nil, errors.Join(ErrInUse, connection.Close(ctx))
	}
	watching, stop := context.WithCancel(context.Background())
	e := &Exclusivity{connection: connection, ping: ping, patience: patience, lost: make(chan struct{}), stop: stop, onLoss: func(cause error) {
		s.fenced.Store(true)
		s.log.Error("the connection that keeps other halls off the database was lost; the hall writes no more", "error", cause)
	}}
	e.work.Go(func() { e.watch(watching) })
	return e, nil
}

// Lost is closed when the connection was lost without Release: another hall may be running by now, so this one must stop.
func (e *Exclusivity) Lost() <-chan struct{} { return e.lost }

// Release lets another hall work on the database.
func (e *Exclusivity) Release() error {
	e.stop()
	e.work.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), e.patience)
	defer cancel()
	return e.connection.Close(ctx)
}

// watch waits for the end of the connection.
func (e *Exclusivity) watch(ctx context.Context) {
	for ctx.Err() == nil {
		if err := e.hear(ctx); err != nil && ctx.Err() == nil {
			e.onLoss(err)
			close(e.lost)
			return
		}
	}
}

// hear listens for a while and then asks whether the server is still there. Nobody sends notifications on this connection: what ends the wait early is its end.
func (e *Exclusivity) hear(ctx context.Context) error {
	listening, cancel := context.WithTimeout(ctx, e.ping)
	defer cancel()
	if _, err := e.connection.WaitForNotification(listening); listening.Err() == nil {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, e.patience)
	defer cancel()
	return e.connection.Ping(asking)
}
