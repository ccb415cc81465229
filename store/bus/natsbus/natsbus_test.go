package natsbus

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"

	"guildhall/store/bus"
	"guildhall/store/bus/bustest"
	"guildhall/store/event"
	"guildhall/store/id"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB, options Options) *Bus {
	t.Helper()
	options.Log = slog.New(slog.DiscardHandler)
	b, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// listen starts a NATS server for several processes.
func listen(t testing.TB) (url string) {
	t.Helper()
	shared, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	shared.Start()
	t.Cleanup(func() {
		shared.Shutdown()
		shared.WaitForShutdown()
	})
	if !shared.ReadyForConnections(startTimeout) {
		t.Fatal("the server did not start")
	}
	return shared.ClientURL()
}

func TestConformance(t *testing.T) {
	bustest.Run(t, func(t *testing.T) bus.Bus { return open(t, Options{}) })
}

// twoNodes publishes on one node what is received on another.
type twoNodes struct{ here, there *Bus }

func (n twoNodes) Publish(ctx context.Context, e event.Event) error { return n.here.Publish(ctx, e) }

func (n twoNodes) Subscribe(subject string, receive func(event.Event), onLag func()) (bus.Subscription, error) {
	return n.there.Subscribe(subject, receive, onLag)
}

// Close closes the receiving node first: what was on the way then is not received.
func (n twoNodes) Close() error {
	if err := n.there.Close(); err != nil {
		return err
	}
	return n.here.Close()
}

func TestConformanceBetweenNodes(t *testing.T) {
	url := listen(t)
	bustest.Run(t, func(t *testing.T) bus.Bus { return twoNodes{open(t, Options{URL: url}), open(t, Options{URL: url})} })
}

func TestASlowSubscriberIsToldThatItLostEvents(t *testing.T) {
	const bound = 10
	b := open(t, Options{Pending: bound})
	defer b.Close()
	told := make(chan string, 3*bound)
	working, release := make(chan struct{}), make(chan struct{})
	receive := func(e event.Event) {
		if e.(event.MessageDeleted).MessageID == 1 {
			close(working)
			<-release
		}
		told <- "event"
	}
	if _, err := b.Subscribe(event.GuildSubject(1), receive, func() { told <- "lag" }); err != nil {
		t.Fatal(err)
	}
	publish := func(message int) {
		if err := b.Publish(t.Context(), event.MessageDeleted{GuildID: 1, MessageID: id.ID(message)}); err != nil {
			t.Fatal(err)
		}
	}
	publish(1)
	<-working
	for i := range 500 {
		publish(2 + i)
	}
	if err := b.conn.Flush(); err != nil {
		t.Fatal(err)
	}
	close(release)
	// The one at work, the news of the loss, and those that were waiting.
	want := append([]string{"event", "lag"}, slices.Repeat([]string{"event"}, bound-1)...)
	for i, kind := range want {
		if got := <-told; got != kind {
			t.Fatalf("number %d is %s, want %s", i, got, kind)
		}
	}
	// It is in step again.
	publish(1000)
	if got := <-told; got != "event" {
		t.Errorf("afterwards: %s", got)
	}
}

func TestSubscribersAreToldWhenTheConnectionWasLostAndGoOn(t *testing.T) {
	b := open(t, Options{})
	defer b.Close()
	lagged, received := make(chan struct{}, 10), make(chan event.Event, 10)
	if _, err := b.Subscribe(event.GuildSubject(1), func(e event.Event) { received <- e }, func() { lagged <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	client, err := b.conn.GetClientID()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.server.DisconnectClientByID(client); err != nil {
		t.Fatal(err)
	}
	<-lagged
	want := event.MessageDeleted{GuildID: 1, MessageID: 5}
	if err := b.Publish(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if got := <-received; got != event.Event(want) {
		t.Errorf("got %+v", got)
	}
}

func TestErrorsNeverHoldThePassword(t *testing.T) {
	for _, address := range []string{"nats://hall:hunter2@127.0.0.1:1", "nats://hall:hunter2@[bad", "nats://hall:hunter2@127.0.0.1:x"} {
		b, err := Open(Options{URL: address, Log: slog.New(slog.DiscardHandler)})
		if err == nil {
			t.Error("it was opened", b.Close())
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Error(err)
		}
	}
}

func TestLargeEventsAreNotKept(t *testing.T) {
	b := open(t, Options{})
	defer b.Close()
	received := make(chan event.Event, 1)
	if _, err := b.Subscribe("guild.*", func(e event.Event) { received <- e }, nil); err != nil {
		t.Fatal(err)
	}
	large := event.MessageCreated{}
	large.Message.GuildID, large.Message.Content = 1, strings.Repeat("x", localBytes)
	if err := b.Publish(t.Context(), large); err != nil {
		t.Fatal(err)
	}
	if got := (<-received).(event.MessageCreated); got.Message.Content != large.Message.Content {
		t.Error("another one was received")
	}
	for i := range b.local.slots {
		if b.local.slots[i].Load() != nil {
			t.Error("it is kept")
		}
	}
}

func BenchmarkPublishAndReceive(b *testing.B) {
	b.Run("same process", func(b *testing.B) {
		opened := open(b, Options{})
		defer opened.Close()
		publishAndReceive(b, opened)
	})
	b.Run("other process", func(b *testing.B) {
		url := listen(b)
		nodes := twoNodes{open(b, Options{URL: url}), open(b, Options{URL: url})}
		defer nodes.Close()
		publishAndReceive(b, nodes)
	})
}

func publishAndReceive(b *testing.B, opened bus.Bus) {
	received := make(chan struct{}, 1)
	if _, err := opened.Subscribe("guild.*", func(event.Event) { received <- struct{}{} }, nil); err != nil {
		b.Fatal(err)
	}
	message := event.MessageCreated{}
	message.Message.GuildID, message.Message.Content = 1, "a usual sentence that people write"
	b.ReportAllocs()
	for b.Loop() {
		if err := opened.Publish(b.Context(), message); err != nil {
			b.Fatal(err)
		}
		<-received
	}
}

// BenchmarkFanOut is one event to a hundred subscribers of this process.
func BenchmarkFanOut(b *testing.B) {
	const subscribers = 100
	opened := open(b, Options{})
	defer opened.Close()
	received := make(chan struct{}, subscribers)
	for range subscribers {
		if _, err := opened.Subscribe(event.GuildSubject(1), func(event.Event) { received <- struct{}{} }, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := opened.Publish(b.Context(), event.MessageDeleted{GuildID: 1, MessageID: 5}); err != nil {
			b.Fatal(err)
		}
		for range subscribers {
			<-received
		}
	}
}
