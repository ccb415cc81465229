// Package natsbus carries events over NATS: a server in this process that listens nowhere.
package natsbus

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"guildhall/store/bus"
	"guildhall/store/event"
)

const (
	// subjectPrefix keeps our subjects apart from others on a shared NATS.
	subjectPrefix = "guildhall."
	// kindHeader names an event's type.
	kindHeader = "K"
	// maxEventBytes is far beyond the largest event: a message with all its embeds has some 60 KB.
	maxEventBytes = 4 << 20
	// startTimeout bounds the start of the server in the process, which takes milliseconds.
	startTimeout = 10 * time.Second
	// DefaultPending is how many events a subscriber may fall behind before it loses some. Room for as many pointers is held by every subscription.
	DefaultPending = 8192
	// pendingBytes bounds the same in bytes.
	pendingBytes = 64 << 20
)

// Options set the bus up.
type Options struct {
	// Pending is how many events a subscriber may fall behind; zero means DefaultPending.
	Pending int
	Log     *slog.Logger
}

// Bus is a bus.Bus over a NATS server in the process.
//
// Events of this very process are handed to its subscribers as the values that were published; their bytes are decoded only where they come from
// another process.
type Bus struct {
	codec   *codec
	process string
	local   localRing
	// asBytes decodes the events of this process too; tests of the journey between nodes set it.
	asBytes bool
	server  *server.Server
	conn    *nats.Conn
	log     *slog.Logger
	pending int

	mu     sync.Mutex
	closed bool
	// receivers are the subscriptions' goroutines.
	receivers sync.WaitGroup
}

// Open starts a NATS server in the process and connects to it.
func Open(options Options) (*Bus, error) {
	codec, err := newCodec()
	if err != nil {
		return nil, err
	}
	embedded, err := server.NewServer(&server.Options{
		ServerName: "guildhall", DontListen: true, NoSigs: true, NoLog: true, MaxPayload: maxEventBytes, MaxPending: pendingBytes,
		// Nobody but this process connects: no system account with its own chatter.
		NoSystemAccount: true,
	})
	if err != nil {
		return nil, fmt.Errorf("start the message bus: %w", err)
	}
	go embedded.Start()
	if !embedded.ReadyForConnections(startTimeout) {
		embedded.Shutdown()
		return nil, errors.New("start the message bus: it did not become ready")
	}
	b := &Bus{codec: codec, process: rand.Text(), server: embedded, log: options.Log, pending: options.Pending}
	if b.pending <= 0 {
		b.pending = DefaultPending
	}
	b.conn, err = nats.Connect("", nats.InProcessServer(embedded), nats.Name("guildhall"), nats.ErrorHandler(b.report), nats.NoReconnect(), nats.SyncQueueLen(b.pending))
	if err != nil {
		embedded.Shutdown()
		embedded.WaitForShutdown()
		return nil, fmt.Errorf("connect to the message bus: %w", err)
	}
	return b, nil
}

// report logs what goes wrong in the background. A slow subscriber is told by its own onLag.
func (b *Bus) report(_ *nats.Conn, subscription *nats.Subscription, err error) {
	if errors.Is(err, nats.ErrSlowConsumer) {
		return
	}
	subject := ""
	if subscription != nil {
		subject = subscription.Subject
	}
	b.log.Error("message bus", "subject", subject, "error", err)
}

// Publish implements bus.Bus.
func (b *Bus) Publish(ctx context.Context, e event.Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name, err := b.codec.name(e)
	if err != nil {
		return err
	}
	data, err := b.codec.encode.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	message := &nats.Msg{Subject: subjectPrefix + e.Subject(), Data: data, Header: nats.Header{
		kindHeader: {name}, processHeader: {b.process}, localHeader: {strconv.FormatUint(b.local.put(e), 36)},
	}}
	if err := b.conn.PublishMsg(message); err != nil {
		return fmt.Errorf("publish %s: %w", name, err)
	}
	return nil
}

// Subscribe implements bus.Bus.
func (b *Bus) Subscribe(subject string, receive func(event.Event), onLag func()) (bus.Subscription, error) {
	if subject == "" || strings.ContainsAny(strings.TrimSuffix(subject, ".*"), "*> \t\r\n") {
		return nil, fmt.Errorf("%q is not a subject", subject)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, nats.ErrConnectionClosed
	}
	s := &subscription{bus: b, receive: receive, onLag: onLag}
	natsSubscription, err := b.conn.SubscribeSync(subjectPrefix + subject)
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	s.nats = natsSubscription
	err = natsSubscription.SetPendingLimits(b.pending, pendingBytes)
	if err == nil {
		// Events published from now on must arrive: the server has to know of the subscription before this returns.
		err = b.conn.Flush()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("subscribe to %s: %w", subject, err), natsSubscription.Unsubscribe())
	}
	b.receivers.Go(s.run)
	return s, nil
}

// Close implements bus.Bus.
func (b *Bus) Close() error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.conn.Close()
	b.receivers.Wait()
	b.server.Shutdown()
	b.server.WaitForShutdown()
	return nil
}
