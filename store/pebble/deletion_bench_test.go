package pebble

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// A hall in which much is to be looked through when an account is deleted: most of it has nothing to do with the account.
const (
	crowdPeople        = 3000
	crowdRelationships = 100 // of each
	crowdGuilds        = 300
	crowdChannels      = 30 // in each
	leaverGuilds       = 50
	leaverChannels     = 200
	leaverMessages     = 100_000
	leaverFriends      = 1000
)

// The ids of the crowd.
func crowdPerson(i int) id.ID     { return id.ID(1000 + i) }
func crowdGuild(i int) id.ID      { return id.ID(100_000 + i) }
func crowdChannel(g, c int) id.ID { return id.ID(1_000_000 + g*crowdChannels + c) }

// crowd fills a store. The relationships are made without their rules, which would sync each.
func crowd(b *testing.B, s *Store) {
	b.Helper()
	ctx := context.Background()
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	must(s.update(ctx, unsynced, func(tx *tx) error {
		for i := range crowdPeople {
			if err := tx.createUser(store.User{ID: crowdPerson(i), Username: fmt.Sprint("person", i), Locale: "en-US"}); err != nil {
				return err
			}
		}
		return nil
	}))
	must(s.update(ctx, unsynced, func(tx *tx) error {
		for i := range crowdPeople {
			for k := range crowdRelationships {
				other := crowdPerson((i + k + 1) % crowdPeople)
				if err := tx.put(kindRelationship.key(crowdPerson(i), other), newRelationshipRecord(store.Relationship{Type: store.RelationshipFriend})); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	for g := range crowdGuilds {
		var channels []store.Channel
		for c := range crowdChannels {
			channels = append(channels, store.Channel{ID: crowdChannel(g, c), GuildID: crowdGuild(g), Name: "channel",
				Overwrites: []store.PermissionOverwrite{{TargetID: crowdGuild(g), Deny: 1}, {TargetID: crowdPerson(g), Type: store.OverwriteMember, Allow: 1}}})
		}
		must(s.CreateGuild(ctx, store.Guild{ID: crowdGuild(g), OwnerID: crowdPerson(g)}, nil, channels, []store.Member{{GuildID: crowdGuild(g), UserID: crowdPerson(g)}}))
	}
}

// leaver makes an account that has much.
func leaver(b *testing.B, s *Store, userID id.ID, messages int) {
	b.Helper()
	ctx := context.Background()
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	must(s.CreateUser(ctx, store.User{ID: userID, Username: fmt.Sprint("leaver", userID), Locale: "en-US"}))
	for g := range leaverGuilds {
		must(s.AddMember(ctx, store.Member{GuildID: crowdGuild(g), UserID: userID}))
	}
	must(s.update(ctx, unsynced, func(tx *tx) error {
		for i := range leaverFriends {
			for _, pair := range [][2]id.ID{{userID, crowdPerson(i)}, {crowdPerson(i), userID}} {
				if err := tx.put(kindRelationship.key(pair[0], pair[1]), newRelationshipRecord(store.Relationship{Type: store.RelationshipFriend})); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	next := userID << 24
	for c := range leaverChannels {
		channelID := crowdChannel(c%leaverGuilds, c/leaverGuilds)
		must(s.SetReadMarks(ctx, []store.ReadMark{{UserID: userID, ChannelID: channelID, MessageID: 1}}))
		batch := make([]store.NewMessage, messages/leaverChannels)
		for i := range batch {
			next++
			batch[i] = store.NewMessage{Message: store.Message{ID: next, GuildID: crowdGuild(c % leaverGuilds), AuthorID: userID, Content: chatter}}
		}
		if len(batch) > 0 {
			_, err := s.CreateMessages(ctx, channelID, batch)
			must(err)
		}
	}
}

// What somebody else who writes meanwhile waits at most is reported as longest-wait-ms.
func BenchmarkDeleteUser(b *testing.B) {
	s, _ := openDisk(b, b.TempDir())
	crowd(b, s)
	ctx := context.Background()
	var longest time.Duration
	b.ResetTimer()
	for i := range b.N {
		b.StopTimer()
		userID, messages := id.ID(500_000+i), 0
		if i == 0 {
			messages = leaverMessages
		}
		leaver(b, s, userID, messages)
		done := make(chan struct{})
		var group sync.WaitGroup
		group.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				began := time.Now()
				if err := s.update(ctx, unsynced, func(tx *tx) error { return nil }); err != nil {
					b.Error(err)
				}
				longest = max(longest, time.Since(began))
				time.Sleep(time.Millisecond)
			}
		})
		b.StartTimer()
		if _, err := s.DeleteUser(ctx, userID); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		close(done)
		group.Wait()
		b.StartTimer()
	}
	b.ReportMetric(float64(longest)/float64(time.Millisecond), "longest-wait-ms")
}

func BenchmarkAuthoredMessages(b *testing.B) {
	s, _ := openDisk(b, b.TempDir())
	crowd(b, s)
	leaver(b, s, 500_000, leaverMessages)
	ctx := context.Background()
	for b.Loop() {
		count := 0
		for at := (store.MessagePlace{}); ; {
			page, err := s.AuthoredMessages(ctx, 500_000, at, 500)
			if err != nil {
				b.Fatal(err)
			}
			if count += len(page); len(page) < 500 {
				break
			}
			at = store.MessagePlace{ChannelID: page[len(page)-1].ChannelID, MessageID: page[len(page)-1].ID}
		}
		if count != leaverMessages {
			b.Fatal(count)
		}
	}
}
