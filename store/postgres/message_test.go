package postgres

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// counter counts what is sent to the server and waited for.
type counter struct{ trips atomic.Int64 }

func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.trips.Add(1)
	return ctx
}
func (c *counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
func (c *counter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	c.trips.Add(1)
	return ctx
}
func (c *counter) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (c *counter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

// batchOf makes n messages with nonces of their own.
func batchOf(n int, first id.ID) []store.NewMessage {
	batch := make([]store.NewMessage, n)
	for i := range batch {
		messageID := first + id.ID(i)
		batch[i] = store.NewMessage{Message: store.Message{ID: messageID, GuildID: 2, AuthorID: 1, Content: "x", Nonce: fmt.Sprint(messageID)}, NonceSince: 1}
	}
	return batch
}

func TestManyMessagesTakeAsManyRoundTripsAsOne(t *testing.T) {
	settings, err := poolSettings(address(t), onTestServer)
	if err != nil {
		t.Fatal(err)
	}
	count := new(counter)
	settings.ConnConfig.Tracer = count
	s, err := openPool(t.Context(), settings, onTestServer)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	stage(t, s)
	next := id.ID(100)
	post := func(n int) int64 {
		before := count.trips.Load()
		if _, err := s.CreateMessages(t.Context(), 3, batchOf(n, next)); err != nil {
			t.Fatal(err)
		}
		next += id.ID(n)
		return count.trips.Load() - before
	}
	if one, many := post(1), post(64); one != many {
		t.Errorf("one message takes %d round trips, 64 take %d", one, many)
	}
}

func BenchmarkCreateMessages(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			database, err := server.Database(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			s, err := Open(b.Context(), database, onTestServer)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			stage(b, s)
			next := id.ID(100)
			for b.Loop() {
				if _, err := s.CreateMessages(b.Context(), 3, batchOf(n, next)); err != nil {
					b.Fatal(err)
				}
				next += id.ID(n)
			}
		})
	}
}
