package pebble

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"guildhall/store"
	"guildhall/store/id"
)

// openDisk opens a store on this machine's disk, with a channel.
func openDisk(b *testing.B, dir string) (*Store, id.ID) {
	b.Helper()
	s, err := Open(dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	ctx := context.Background()
	if _, err := s.Guild(ctx, 10); err == nil {
		return s, 11
	}
	if err := s.CreateUser(ctx, store.User{ID: 1, Username: "ada"}); err != nil {
		b.Fatal(err)
	}
	if err := s.CreateGuild(ctx, store.Guild{ID: 10, OwnerID: 1}, nil, []store.Channel{{ID: 11}}, nil); err != nil {
		b.Fatal(err)
	}
	return s, 11
}

var chatter = strings.Repeat("what people say ", 6)

func newDraft(messageID id.ID) store.NewMessage {
	return store.NewMessage{Message: store.Message{ID: messageID, GuildID: 10, AuthorID: 1, Content: chatter, Nonce: messageID.String()}}
}

// fill stores n messages.
func fill(b *testing.B, s *Store, channelID id.ID, n int) {
	b.Helper()
	const size = 1000
	first := id.ID(1 << 50)
	for done := 0; done < n; done += size {
		batch := make([]store.NewMessage, size)
		for i := range batch {
			batch[i] = newDraft(first + id.ID(done+i))
		}
		if _, err := s.CreateMessages(context.Background(), channelID, batch); err != nil {
			b.Fatal(err)
		}
	}
}

// Each post is one message in one durable write.
func BenchmarkCreateMessages(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint("writers=", writers), func(b *testing.B) {
			s, channelID := openDisk(b, b.TempDir())
			var left, ids atomic.Int64
			left.Store(int64(b.N))
			ids.Store(1 << 50)
			b.ReportAllocs()
			b.ResetTimer()
			var group sync.WaitGroup
			for range writers {
				group.Go(func() {
					for left.Add(-1) >= 0 {
						if _, err := s.CreateMessages(context.Background(), channelID, []store.NewMessage{newDraft(id.ID(ids.Add(1)))}); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			group.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
		})
	}
}

func BenchmarkListMessagesNewest50Of200000(b *testing.B) {
	s, channelID := openDisk(b, b.TempDir())
	fill(b, s, channelID, 200_000)
	b.ReportAllocs()
	for b.Loop() {
		messages, err := s.ListMessages(context.Background(), channelID, store.MessagePage{Limit: 50})
		if err != nil || len(messages) != 50 {
			b.Fatal(len(messages), err)
		}
	}
}

// Pages from anywhere in the history, so that most come from disk.
func BenchmarkListMessagesAnywhereIn200000(b *testing.B) {
	s, channelID := openDisk(b, b.TempDir())
	fill(b, s, channelID, 200_000)
	random := newRandom(1)
	b.ReportAllocs()
	for b.Loop() {
		around := id.ID(1<<50 + random.IntN(200_000))
		if messages, err := s.ListMessages(context.Background(), channelID, store.MessagePage{Around: around, Limit: 50}); err != nil || len(messages) < 25 {
			b.Fatal(len(messages), err)
		}
	}
}

func BenchmarkMessage(b *testing.B) {
	s, channelID := openDisk(b, b.TempDir())
	fill(b, s, channelID, 200_000)
	random := newRandom(1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Message(context.Background(), channelID, id.ID(1<<50+random.IntN(200_000))); err != nil {
			b.Fatal(err)
		}
	}
}

// Opening what an orderly stop left.
func BenchmarkOpenWith200000Messages(b *testing.B) {
	dir := b.TempDir()
	s, channelID := openDisk(b, dir)
	fill(b, s, channelID, 200_000)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := Open(dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// Posts with a nonce that must be unique: each looks up whether it was posted before.
func BenchmarkCreateMessagesOnce(b *testing.B) {
	s, channelID := openDisk(b, b.TempDir())
	fill(b, s, channelID, 200_000)
	var left, ids atomic.Int64
	left.Store(int64(b.N))
	ids.Store(1<<50 + 1<<30)
	b.ReportAllocs()
	b.ResetTimer()
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			for left.Add(-1) >= 0 {
				draft := newDraft(id.ID(ids.Add(1)))
				draft.NonceSince = 1 << 50
				if _, err := s.CreateMessages(context.Background(), channelID, []store.NewMessage{draft}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}
