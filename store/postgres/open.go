package postgres

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// oldestVersion is the first version of PostgreSQL that is supported, as server_version_num has it.
const oldestVersion = 150000

// What Options have where nothing else is said.
const (
	// DefaultMaxConnections lets a transaction be under way for each of several cores and wait for the disk together with others, and leaves most of PostgreSQL's
	// customary 100 connections to others.
	DefaultMaxConnections = 16
	// DefaultConnectTimeout is beyond what a server that works takes, also on another continent.
	DefaultConnectTimeout = 5 * time.Second
)

// Options say how the database is used. The zero value is right for a hall.
type Options struct {
	// MaxConnections bounds the connections of the pool; zero is DefaultMaxConnections. pool_max_conns in the connection string goes before it. Migrations (in Open)
	// and Exclusive take one more each.
	MaxConnections int
	// ConnectTimeout bounds the making of one connection; zero is DefaultConnectTimeout. connect_timeout in the connection string (seconds) goes before it.
	ConnectTimeout time.Duration
	// AllowNoFsync accepts a server with fsync off, which loses or destroys data when its machine stops. It is for tests with a server of their own.
	AllowNoFsync bool
	// Log is told of what the server's administrator should know; nil discards it.
	Log *slog.Logger
}

// Open connects to a database and brings its tables up to date. Several may do so at once: the first migrates, the others wait for it. The connection string is what
// libpq takes (a URL or key=value pairs), with the pool_ parameters of pgxpool. Errors never hold it: it may hold a password.
//
// Every connection has synchronous_commit on, whatever the role or the database says, and a server with fsync off is refused: what is acknowledged is durable.
func Open(ctx context.Context, connection string, options Options) (*Store, error) {
	settings, err := poolSettings(connection, options)
	if err != nil {
		return nil, err
	}
	return openPool(ctx, settings, options)
}

// poolSettings puts the connection string and the options together.
func poolSettings(connection string, options Options) (*pgxpool.Config, error) {
	unreadable := errors.New("the address of the PostgreSQL database cannot be read")
	settings, err := pgxpool.ParseConfig(connection)
	if err != nil {
		return nil, unreadable
	}
	// pgxpool takes its own parameters away and puts defaults in their place; only here it can be seen whether they were given.
	given, err := pgconn.ParseConfig(connection)
	if err != nil {
		return nil, unreadable
	}
	if _, ok := given.RuntimeParams["pool_max_conns"]; !ok {
		settings.MaxConns = int32(min(cmp.Or(max(options.MaxConnections, 0), DefaultMaxConnections), math.MaxInt32))
	}
	settings.ConnConfig.ConnectTimeout = cmp.Or(settings.ConnConfig.ConnectTimeout, options.ConnectTimeout, DefaultConnectTimeout)
	settings.PingTimeout = cmp.Or(settings.PingTimeout, settings.ConnConfig.ConnectTimeout)
	parameters := settings.ConnConfig.RuntimeParams
	// What stands at the connection wins over what was set for the role and the database. remote_apply is the one value that promises more.
	if parameters["synchronous_commit"] != "remote_apply" {
		parameters["synchronous_commit"] = "on"
	}
	parameters["application_name"] = cmp.Or(parameters["application_name"], "guildhall")
	return settings, nil
}

func openPool(ctx context.Context, settings *pgxpool.Config, options Options) (*Store, error) {
	s := &Store{log: cmp.Or(options.Log, slog.New(slog.DiscardHandler))}
	settings.ShouldPing = s.shouldPing
	var err error
	if s.pool, err = pgxpool.NewWithConfig(ctx, settings); err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	if err := s.prepare(ctx, options); err != nil {
		s.pool.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) prepare(ctx context.Context, options Options) error {
	if err := s.checkServer(ctx, options); err != nil {
		return err
	}
	return s.migrate(ctx)
}

// checkServer makes sure that the server is one on which a hall can keep its promises.
func (s *Store) checkServer(ctx context.Context, options Options) error {
	var version int
	var fsync, pageWrites, commit string
	err := s.pool.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, current_setting('fsync'), current_setting('full_page_writes'),
		current_setting('synchronous_commit')`).Scan(&version, &fsync, &pageWrites, &commit)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	if version < oldestVersion {
		return fmt.Errorf("this is PostgreSQL %d; version 15 or later is needed", version/10000)
	}
	if fsync == "off" && !options.AllowNoFsync {
		return errors.New("this PostgreSQL server has fsync = off: it would lose or destroy what people wrote when the machine stops. Set fsync = on in its configuration")
	}
	// A connection pooler between the hall and the server may have dropped what poolSettings asked for.
	if commit == "off" {
		return errors.New("connections to this PostgreSQL server have synchronous_commit = off although the hall asks for on: " +
			"a pooler in between ignores it. Set synchronous_commit = on for the role or the database, or connect without the pooler")
	}
	if pageWrites == "off" {
		s.log.Warn("this PostgreSQL server has full_page_writes = off: unless its file system never tears pages, a power loss can destroy the database")
	}
	return nil
}

// migrate brings the tables up to date.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, stdlib.OpenDBFromPool(s.pool), files, goose.WithSessionLocker(migrationLock{}))
	if err != nil {
		return fmt.Errorf("prepare the tables: %w", err)
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
	if current == newest {
		return nil
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("prepare the tables: %w", err)
	}
	return nil
}

// migrationLock lets one connection migrate at a time. The others wait within PostgreSQL and go on as soon as it is done; goose's own locker asks every five seconds.
// (A migration with CREATE INDEX CONCURRENTLY, which waits for all transactions, also those that wait for the lock, would need that.)
type migrationLock struct{}

// migrationLockNumber is the number of the lock ("guildmig" in ASCII).
const migrationLockNumber = int64(0x6775696c646d6967)

func (migrationLock) SessionLock(ctx context.Context, connection *sql.Conn) error {
	_, err := connection.ExecContext(ctx, "SELECT pg_advisory_lock($1)", migrationLockNumber)
	return err
}

func (migrationLock) SessionUnlock(ctx context.Context, connection *sql.Conn) error {
	_, err := connection.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", migrationLockNumber)
	return err
}
