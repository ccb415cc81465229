package chat_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
)

// BenchmarkPosting posts to a store on disk, acknowledged and so synced, with a number of senders at once.
func BenchmarkPosting(b *testing.B) {
	for _, channels := range []int{1, 8} {
		for _, senders := range []int{1, 16, 64} {
			b.Run(fmt.Sprintf("channels=%d/senders=%d", channels, senders), func(b *testing.B) {
				hall := chattest.Open(b, chattest.Options{Dir: b.TempDir()})
				guild := hall.Guild(hall.Person("alice"))
				var places []func() error
				for i := range channels {
					channelID := guild.Channel(fmt.Sprint("channel ", i), store.ChannelText)
					places = append(places, func() error {
						_, err := hall.Messages.Create(context.Background(), guild.Owner, channelID, chat.MessageDraft{Content: "hello there, how are you today?"})
						return err
					})
				}
				b.ReportAllocs()
				b.ResetTimer()
				var left atomic.Int64
				left.Store(int64(b.N))
				var group sync.WaitGroup
				for sender := range senders {
					group.Go(func() {
						for left.Add(-1) >= 0 {
							if err := places[sender%channels](); err != nil {
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
}

// BenchmarkNewestMessages reads the newest 50 of 20,000.
func BenchmarkNewestMessages(b *testing.B) {
	hall := chattest.Open(b, chattest.Options{Dir: b.TempDir()})
	guild := hall.Guild(hall.Person("alice"))
	for range 20000 / 200 {
		batch := make([]store.NewMessage, 200)
		for i := range batch {
			batch[i].Message = store.Message{ID: hall.IDs.Next(), ChannelID: guild.General, GuildID: guild.ID, AuthorID: guild.Owner.UserID, Content: "hello there, how are you today?"}
		}
		if _, err := hall.Store.CreateMessages(context.Background(), guild.General, batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if messages, err := hall.Messages.List(context.Background(), guild.Owner, guild.General, store.MessagePage{}); err != nil || len(messages) != 50 {
			b.Fatal(len(messages), err)
		}
	}
}

// BenchmarkSigningIn opens a session of a bot that has many, such as one of many shards.
func BenchmarkSigningIn(b *testing.B) {
	for _, sessions := range []int{1, 100, 5000} {
		b.Run(fmt.Sprintf("sessions=%d", sessions), func(b *testing.B) {
			hall := chattest.Open(b, chattest.Options{})
			guild := hall.Guild(hall.Person("alice"))
			bot := hall.Bot("bot", guild.Owner)
			guild.Join(bot)
			open := func(session int) {
				update := chat.PresenceUpdate{Activities: []byte(`[{"name":"chess","type":0}]`)}
				if err := hall.Presence.SessionOpened(context.Background(), bot, fmt.Sprint("session ", session), chat.DeviceDesktop, update); err != nil {
					b.Fatal(err)
				}
			}
			for session := range sessions {
				open(session)
			}
			b.ReportAllocs()
			for session := 0; b.Loop(); session++ {
				open(session % sessions)
			}
		})
	}
}
