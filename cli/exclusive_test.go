package cli

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"guildhall/store/postgres/postgrestest"
)

// announcement closes heard when a text was written, and keeps what was written.
type announcement struct {
	text  string
	heard chan struct{}

	mutex   sync.Mutex
	written bytes.Buffer
	once    sync.Once
}

func (a *announcement) Write(text []byte) (int, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.written.Write(text)
	if strings.Contains(a.written.String(), a.text) {
		a.once.Do(func() { close(a.heard) })
	}
	return len(text), nil
}

func TestAHallThatIsNotAloneOnItsDatabaseAnyMoreStops(t *testing.T) {
	server, err := postgrestest.Start(t.Context(), "fsync=on")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	}()
	database, err := server.Empty(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DATABASE_URL", database)
	open := &announcement{text: "The hall is open.", heard: make(chan struct{})}
	ended := make(chan error, 1)
	go func() {
		ended <- newApp(strings.NewReader(""), open, io.Discard).RunContext(t.Context(),
			[]string{"guildhall", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--advertise", "127.0.0.1", "--mdns", "off", "serve"})
	}()
	select {
	case <-open.heard:
	case err := <-ended:
		t.Fatalf("the hall did not open: %v", err)
	}
	settings, _, _ := strings.Cut(database, "&pool")
	administrator, err := pgx.Connect(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	defer administrator.Close(context.Background())
	if _, err := administrator.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "keeps other halls off the database") || exitCode(err) != exitFailed {
		t.Errorf("the hall ended with %v", err)
	}
}
