package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// ErrInUse says that another hall works on the database.
var ErrInUse = errors.New("another hall is running on this database")

// exclusiveLock is the number of the lock that the one hall of a database holds ("guildhal" in ASCII).
const exclusiveLock = 0x6775696c6468616c

// Exclusive makes this the only hall on its database, until release is called or the process ends. ErrInUse says that there is another. A hall that keeps its caches and its
// message bus to itself needs it.
func (s *Store) Exclusive(ctx context.Context) (release func() error, err error) {
	// A connection of its own: the lock lives as long as that.
	connection, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig.Copy())
	if err != nil {
		return nil, err
	}
	var got bool
	if err := connection.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", int64(exclusiveLock)).Scan(&got); err != nil {
		return nil, errors.Join(err, connection.Close(ctx))
	}
	if !got {
		return nil, errors.Join(ErrInUse, connection.Close(ctx))
	}
	return func() error { return connection.Close(context.Background()) }, nil
}
