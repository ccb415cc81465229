// Package bustest is the conformance suite that every bus passes.
package bustest

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/store"
	"guildhall/store/bus"
	"guildhall/store/event"
	"guildhall/store/id"
)

// patience bounds every wait; reaching it means that the event will not come.
const patience = 20 * time.Second

// Run runs the suite against buses that open makes. The suite closes them.
func Run(t *testing.T, open func(t *testing.T) bus.Bus) {
	for name, test := range map[string]func(*testing.T, bus.Bus){
		"every subscriber gets every event of its subject once and in order": inOrder,
		"a subscriber gets nothing of other subjects":                        otherSubjects,
		"a wildcard takes every subject of its prefix":                       wildcard,
		"events arrive as they were published":                               unchanged,
		"nothing is received after the end of a subscription":                unsubscribe,
		"a receiver may end its own subscription":                            unsubscribeWithin,
		"many publishers lose nothing":                                       concurrent,
		"a bad subject is refused":                                           badSubject,
		"a closed bus refuses":                                               closed,
		"closing waits for who is receiving, and nothing is received after":  closeWaits,
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			test(t, b)
			if err := b.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
}

func publish(t *testing.T, b bus.Bus, e event.Event) {
	t.Helper()
	if err := b.Publish(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

// collect subscribes and gives a channel of what is received.
func collect(t *testing.T, b bus.Bus, subject string) (<-chan event.Event, bus.Subscription) {
	t.Helper()
	received := make(chan event.Event, 4096)
	subscription, err := b.Subscribe(subject, func(e event.Event) { received <- e }, nil)
	if err != nil {
		t.Fatal(err)
	}
	return received, subscription
}

func next(t *testing.T, received <-chan event.Event) event.Event {
	t.Helper()
	select {
	case e := <-received:
		return e
	case <-time.After(patience):
		t.Fatal("the event did not arrive")
		return nil
	}
}

func deleted(guild, message id.ID) event.MessageDeleted {
	return event.MessageDeleted{MessageID: message, ChannelID: 7, GuildID: guild}
}

func inOrder(t *testing.T, b bus.Bus) {
	first, _ := collect(t, b, event.GuildSubject(1))
	second, _ := collect(t, b, event.GuildSubject(1))
	for i := range 1000 {
		publish(t, b, deleted(1, id.ID(i)))
	}
	for _, received := range []<-chan event.Event{first, second} {
		for i := range 1000 {
			if got := next(t, received); got != event.Event(deleted(1, id.ID(i))) {
				t.Fatalf("event %d is %+v", i, got)
			}
		}
	}
}

func otherSubjects(t *testing.T, b bus.Bus) {
	received, _ := collect(t, b, event.GuildSubject(1))
	publish(t, b, deleted(11, 5))
	publish(t, b, event.GuildJoined{UserID: 1, GuildID: 1})
	publish(t, b, deleted(1, 6))
	if got := next(t, received); got != event.Event(deleted(1, 6)) {
		t.Errorf("got %+v", got)
	}
}

func wildcard(t *testing.T, b bus.Bus) {
	received, _ := collect(t, b, "guild.*")
	publish(t, b, event.GuildJoined{UserID: 1, GuildID: 1})
	publish(t, b, deleted(1, 5))
	publish(t, b, deleted(2, 6))
	for _, want := range []event.Event{deleted(1, 5), deleted(2, 6)} {
		if got := next(t, received); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func unchanged(t *testing.T, b bus.Bus) {
	received, _ := collect(t, b, event.GuildSubject(9))
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
	sent := event.MessageCreated{
		Message: store.Message{ID: 1<<63 - 1, ChannelID: 2, GuildID: 9, AuthorID: 4, Content: "grüße 🏰 \u202e", EditedAt: at, Mentions: []id.ID{4},
			Embeds: []store.Embed{{Title: "t", HasColor: true, Fields: []store.EmbedField{{Name: "a", Value: "b"}}}}},
		Author: store.User{ID: 4, Username: "alice", Flags: 1 << 63},
		Member: &store.Member{GuildID: 9, UserID: 4, JoinedAt: at, RoleIDs: []id.ID{5}},
	}
	publish(t, b, sent)
	if got := next(t, received); !reflect.DeepEqual(got, event.Event(sent)) {
		t.Errorf("got  %+v\nwant %+v", got, sent)
	}
}

func unsubscribe(t *testing.T, b bus.Bus) {
	received, subscription := collect(t, b, event.GuildSubject(1))
	publish(t, b, deleted(1, 1))
	next(t, received)
	if err := subscription.Unsubscribe(); err != nil {
		t.Fatal(err)
	}
	still, _ := collect(t, b, event.GuildSubject(1))
	publish(t, b, deleted(1, 2))
	next(t, still)
	if len(received) != 0 {
		t.Errorf("received %+v afterwards", <-received)
	}
	if err := subscription.Unsubscribe(); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

func unsubscribeWithin(t *testing.T, b bus.Bus) {
	var subscription bus.Subscription
	ready, ended := make(chan struct{}), make(chan error, 2)
	subscription, err := b.Subscribe(event.GuildSubject(1), func(event.Event) {
		<-ready
		ended <- subscription.Unsubscribe()
	}, nil)
	close(ready)
	if err != nil {
		t.Fatal(err)
	}
	publish(t, b, deleted(1, 1))
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("it waits for itself")
	}
}

func concurrent(t *testing.T, b bus.Bus) {
	const publishers, each = 8, 400
	received, _ := collect(t, b, "guild.*")
	var publishing sync.WaitGroup
	for p := range publishers {
		publishing.Go(func() {
			for i := range each {
				if err := b.Publish(context.Background(), deleted(id.ID(p+1), id.ID(i+1))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	last := make(map[id.ID]id.ID)
	for range publishers * each {
		got := next(t, received).(event.MessageDeleted)
		if got.MessageID != last[got.GuildID]+1 {
			t.Fatalf("guild %s: message %s after %s", got.GuildID, got.MessageID, last[got.GuildID])
		}
		last[got.GuildID] = got.MessageID
	}
	publishing.Wait()
}

func badSubject(t *testing.T, b bus.Bus) {
	for _, subject := range []string{"", ">", "guild.*.x", "a b", "*", ".*", "guild..1", "guild.", "guild.1\r\n"} {
		if _, err := b.Subscribe(subject, func(event.Event) {}, nil); err == nil {
			t.Errorf("%q was accepted", subject)
		}
	}
}

func closed(t *testing.T, b bus.Bus) {
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if b.Publish(t.Context(), deleted(1, 1)) == nil {
		t.Error("publishing succeeded")
	}
	if _, err := b.Subscribe(event.GuildSubject(1), func(event.Event) {}, nil); err == nil {
		t.Error("subscribing succeeded")
	}
}

func closeWaits(t *testing.T, b bus.Bus) {
	began, release := make(chan struct{}, 16), make(chan struct{})
	var ended atomic.Int64
	if _, err := b.Subscribe(event.GuildSubject(1), func(event.Event) {
		began <- struct{}{}
		<-release
		ended.Add(1)
	}, nil); err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		publish(t, b, deleted(1, id.ID(i+1)))
	}
	<-began
	closed := make(chan error, 1)
	go func() { closed <- b.Close() }()
	select {
	case err := <-closed:
		t.Fatal("it did not wait", err)
	case <-time.After(20 * time.Millisecond): // a bus that does not wait is through by then
	}
	close(release)
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if ended.Load() != 1 || len(began) != 0 {
		t.Errorf("%d were received, %d more begun", ended.Load(), len(began))
	}
}
