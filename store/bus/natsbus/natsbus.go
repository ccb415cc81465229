// Package natsbus carries events over NATS: a server in this process that listens nowhere, or one that several processes share.
package natsbus

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
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
	// writeDeadline is how long the server in the process waits for this process to take what was published. It ends the connection afterwards, which makes every
	// subscriber lag, so that it is beyond any pause of a process that lives.
	writeDeadline = time.Minute
	// reconnectWait is how long a lost connection to the server in the process waits for the next attempt.
	reconnectWait = 10 * time.Millisecond
	// DefaultPending is how many events a subscriber may fall behind before it loses some. Only events that wait take room.
	DefaultPending = 65536
	// leastPending is the smallest such bound: the loss of an event is told when the next one is received, so that one must be waiting then.
	leastPending = 2
	// pendingBytes bounds the same in bytes.
	pendingBytes = 64 << 20
)

// ErrClosed says that the bus was closed.
var ErrClosed = errors.New("the message bus is closed")

// Options set the bus up.
type Options struct {
	// URL is the address of a NATS server that other processes use too, or several with commas between; empty for a server of this process alone.
	URL string
	// Pending is how many events a subscriber may fall behind, at least 2; zero means DefaultPending.
	Pending int
	Log     *slog.Logger
}

// Bus is a bus.Bus over NATS.
//
// Events of this very process are handed to its subscribers as the values that were published; their bytes are decoded only where they come from
// another process.
type Bus struct {
	codec   *codec
	process string
	local   localRing
	server  *server.Server // nil when it is not in this process
	conn    *nats.Conn
	log     *slog.Logger
	pending int

	mu            sync.Mutex
	closed        bool
	subscriptions map[*subscription]struct{}
	// work is what runs for the subscriptions: one goroutine of each, and those that tell of lost events.
	work sync.WaitGroup
}

var _ bus.Bus = (*Bus)(nil)

// Open connects to NATS, and starts it before when it is to be in this process. Errors never hold the address, which may hold a password.
func Open(options Options) (*Bus, error) {
	codec, err := newCodec()
	if err != nil {
		return nil, err
	}
	b := &Bus{codec: codec, process: rand.Text(), log: options.Log, pending: max(leastPending, cmp.Or(options.Pending, DefaultPending)), subscriptions: make(map[*subscription]struct{})}
	settings := []nats.Option{
		nats.Name("guildhall"), nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(), nats.ErrorHandler(b.report), nats.DisconnectErrHandler(b.disconnected), nats.ReconnectHandler(b.reconnected),
	}
	if options.URL == "" {
		if b.server, err = startServer(); err != nil {
			return nil, err
		}
		settings = append(settings, nats.InProcessServer(b.server), nats.ReconnectWait(reconnectWait), nats.ReconnectJitter(0, 0))
	}
	if b.conn, err = nats.Connect(options.URL, settings...); err != nil {
		b.stopServer()
		if _, ok := errors.AsType[*url.Error](err); ok {
			return nil, errors.New("connect to the message bus: the address of the NATS server cannot be read")
		}
		return nil, fmt.Errorf("connect to the message bus: %w", err)
	}
	return b, nil
}

// startServer starts a NATS server that nobody but this process can reach.
func startServer() (*server.Server, error) {
	embedded, err := server.NewServer(&server.Options{
		ServerName: "guildhall", DontListen: true, NoSigs: true, NoLog: true, MaxPayload: maxEventBytes, MaxPending: pendingBytes, WriteDeadline: writeDeadline,
		// With a single client there is nothing for a system account to tell.
		NoSystemAccount: true,
	})
	if err != nil {
		return nil, fmt.Errorf("start the message bus: %w", err)
	}
	embedded.Start()
	if !embedded.ReadyForConnections(startTimeout) {
		embedded.Shutdown()
		embedded.WaitForShutdown()
		return nil, errors.New("start the message bus: it did not become ready")
	}
	return embedded, nil
}

func (b *Bus) stopServer() {
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
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

func (b *Bus) disconnected(_ *nats.Conn, err error) {
	if err != nil { // nil: Close does it
		b.log.Warn("the connection to the message bus was lost", "error", err)
	}
}

// reconnected tells every subscriber that events may have passed by while there was no connection.
func (b *Bus) reconnected(*nats.Conn) {
	b.log.Info("the message bus is connected again")
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	for s := range b.subscriptions {
		b.work.Go(s.lag)
	}
}

// Publish implements bus.Bus.
func (b *Bus) Publish(ctx context.Context, e event.Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name, data, err := b.codec.marshal(e)
	if err != nil {
		return err
	}
	message := &nats.Msg{Subject: subjectPrefix + e.Subject(), Data: data, Header: nats.Header{kindHeader: {name}}}
	if len(data) <= localBytes {
		message.Header[processHeader] = []string{b.process}
		message.Header[localHeader] = []string{strconv.FormatUint(b.local.put(e), 36)}
	}
	if err := b.conn.PublishMsg(message); err != nil {
		return fmt.Errorf("publish %s: %w", name, closedError(err))
	}
	return nil
}

// closedError gives ErrClosed for NATS's word for the same.
func closedError(err error) error {
	if errors.Is(err, nats.ErrConnectionClosed) {
		return ErrClosed
	}
	return err
}

// Subscribe implements bus.Bus.
func (b *Bus) Subscribe(subject string, receive func(event.Event), onLag func()) (bus.Subscription, error) {
	prefix := strings.TrimSuffix(subject, ".*")
	if strings.ContainsAny(prefix, "*> \t\r\n") || strings.Contains("."+prefix+".", "..") {
		return nil, fmt.Errorf("%q is not a subject", subject)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, ErrClosed
	}
	s := &subscription{bus: b, receive: receive, onLag: onLag}
	if err := s.begin(subjectPrefix + subject); err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", subject, closedError(err))
	}
	b.subscriptions[s] = struct{}{}
	return s, nil
}

// Close implements bus.Bus.
func (b *Bus) Close() error {
	b.mu.Lock()
	b.closed = true
	for s := range b.subscriptions {
		s.ended.Store(true)
	}
	b.mu.Unlock()
	b.conn.Close()
	b.work.Wait()
	b.stopServer()
	return nil
}
