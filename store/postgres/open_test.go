package postgres

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"guildhall/store"
)

// plain connects without the adapter.
func plain(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), strings.Split(address, "&pool")[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close(context.Background()) })
	return connection
}

// show gives a setting as the server sees it.
func show(t *testing.T, s *Store, setting string) (value string) {
	t.Helper()
	if err := s.pool.QueryRow(t.Context(), "SELECT current_setting($1)", setting).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestCommitsWaitForTheDiskWhateverTheServerSaysOtherwise(t *testing.T) {
	database := address(t)
	administrator := plain(t, database)
	name := administrator.Config().Database
	for _, statement := range []string{
		"CREATE ROLE careless SUPERUSER LOGIN", "ALTER ROLE careless SET synchronous_commit = off", "ALTER DATABASE " + name + " SET synchronous_commit = local",
	} {
		if _, err := administrator.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	careless := strings.Replace(database, "user=guildhall", "user=careless", 1)
	var own string
	if err := plain(t, careless).QueryRow(t.Context(), "SHOW synchronous_commit").Scan(&own); err != nil || own != "off" {
		t.Fatalf("the role's own connections have %q, %v", own, err)
	}
	for parameters, want := range map[string]string{
		"": "on", "&synchronous_commit=off": "on", "&options=-c%20synchronous_commit%3Doff": "on", "&synchronous_commit=remote_apply": "remote_apply",
	} {
		s := open(t, careless+parameters)
		if got := show(t, s, "synchronous_commit"); got != want {
			t.Errorf("with %q synchronous_commit is %s", parameters, got)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAServerThatDoesNotWaitForTheDiskIsRefused(t *testing.T) {
	if _, err := Open(t.Context(), address(t), Options{}); err == nil || !strings.Contains(err.Error(), "fsync") {
		t.Errorf("%v", err)
	}
}

func TestManyWhoOpenANewDatabaseAtOnceMigrateItOnce(t *testing.T) {
	database := empty(t)
	// Until this lets go, all who open stand in line.
	gate := plain(t, database)
	if _, err := gate.Exec(t.Context(), "SELECT pg_advisory_lock($1)", migrationLockNumber); err != nil {
		t.Fatal(err)
	}
	const halls = 4
	opened := make(chan error, halls)
	for range halls {
		go func() {
			s, err := Open(t.Context(), database, onTestServer)
			if err == nil {
				err = s.Close()
			}
			opened <- err
		}()
	}
	// They wait within the server: nobody sleeps until it asks again.
	for waiting := 0; waiting < halls; {
		if err := gate.QueryRow(t.Context(), "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-opened:
			t.Fatalf("one did not stand in line: %v", err)
		default:
		}
	}
	if _, err := gate.Exec(t.Context(), "SELECT pg_advisory_unlock($1)", migrationLockNumber); err != nil {
		t.Fatal(err)
	}
	for range halls {
		if err := <-opened; err != nil {
			t.Error(err)
		}
	}
	var times int
	if err := gate.QueryRow(t.Context(), "SELECT max(n) FROM (SELECT count(*) AS n FROM goose_db_version GROUP BY version_id) AS versions").Scan(&times); err != nil || times != 1 {
		t.Errorf("a migration was done %d times, %v", times, err)
	}
}

func TestTheConnectionStringGoesBeforeTheOptionsAndTheyBeforeTheDefaults(t *testing.T) {
	t.Setenv("PGCONNECT_TIMEOUT", "")
	for _, test := range []struct {
		parameters string
		options    Options
		most       int32
		timeout    time.Duration
	}{
		{"", Options{}, DefaultMaxConnections, DefaultConnectTimeout},
		{"", Options{MaxConnections: 3, ConnectTimeout: time.Second}, 3, time.Second},
		{"pool_max_conns=7&connect_timeout=9", Options{MaxConnections: 3, ConnectTimeout: time.Second}, 7, 9 * time.Second},
		{"pool_max_conns=7", Options{}, 7, DefaultConnectTimeout},
		{"", Options{MaxConnections: -1}, DefaultMaxConnections, DefaultConnectTimeout},
	} {
		settings, err := poolSettings("postgres://127.0.0.1/x?"+test.parameters, test.options)
		if err != nil {
			t.Fatal(err)
		}
		if settings.MaxConns != test.most || settings.ConnConfig.ConnectTimeout != test.timeout || settings.PingTimeout != test.timeout {
			t.Errorf("%q, %+v: %d connections, %v to connect, %v to ping", test.parameters, test.options, settings.MaxConns, settings.ConnConfig.ConnectTimeout, settings.PingTimeout)
		}
	}
}

func TestAServerThatDoesNotAnswerIsGivenUp(t *testing.T) {
	listener := silence(t)
	_, err := Open(t.Context(), "postgres://"+listener+"/x?sslmode=disable", Options{ConnectTimeout: 10 * time.Millisecond})
	if !pgconn.Timeout(err) {
		t.Errorf("got %v, want a timeout", err)
	}
}

func TestADatabaseOfAnEarlierFormatKeepsWhatItHolds(t *testing.T) {
	database := empty(t)
	administrator := plain(t, database)
	first, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, stdlib.OpenDB(*administrator.Config()), first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := provider.Close(); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"INSERT INTO users VALUES (1, 'ada', '', '', '', false, false, 0, '', NULL)",
		"INSERT INTO servers VALUES (2, 1, 'Round Table', '', 1, 2, 3, 300, 0, 0, 5, 0, '')",
		"INSERT INTO channels VALUES (3, 2, 0, 'general', '', 2147483647, 0, false, 4, 5, 6)",
		"INSERT INTO messages VALUES (4, 3, 2, 1, 19, 'hello', NULL, false, 0, NULL, NULL, false, NULL, NULL, '')",
	} {
		if _, err := administrator.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, database)
	channel, err := s.UpdateChannel(t.Context(), 3, func(c *store.Channel) error { c.Position++; return nil })
	if err != nil || channel.Position != 1<<31 || channel.UserLimit != 6 {
		t.Errorf("%+v, %v", channel, err)
	}
	message, err := s.Message(t.Context(), 3, 4)
	if err != nil || message.Content != "hello" || message.Type != store.MessageReply {
		t.Errorf("%+v, %v", message, err)
	}
}
