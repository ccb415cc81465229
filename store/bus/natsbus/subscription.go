package natsbus

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go"

	"guildhall/store/event"
)

// subscription is one subscriber. NATS keeps what waits for it in a list and hands it over in a goroutine of the subscription.
type subscription struct {
	bus     *Bus
	nats    *nats.Subscription
	receive func(event.Event)
	onLag   func()
	ended   atomic.Bool

	// turn is held while receive or onLag runs: they are called one at a time.
	turn sync.Mutex
	// lost is how many events have passed this subscriber by, as far as it knows.
	lost int
}

// begin subscribes. Events published after it returned are received. The bus's lock is held.
func (s *subscription) begin(subject string) error {
	// What arrives before s.nats is set waits for it.
	s.turn.Lock()
	defer s.turn.Unlock()
	subscribed, err := s.bus.conn.Subscribe(subject, s.handle)
	if err != nil {
		return err
	}
	s.nats = subscribed
	s.bus.work.Add(1)
	finished := sync.OnceFunc(s.bus.work.Done)
	subscribed.SetClosedHandler(func(string) { finished() })
	if !subscribed.IsValid() {
		finished() // it ended before the handler was there
	}
	err = subscribed.SetPendingLimits(s.bus.pending, pendingBytes)
	if err == nil {
		// The server has to know of the subscription before anybody publishes.
		err = s.bus.conn.Flush()
	}
	if err != nil {
		s.ended.Store(true)
		return errors.Join(err, subscribed.Unsubscribe())
	}
	return nil
}

// handle takes a message. Before the first one that arrives after a loss, the subscriber is told of that: who loses events has others waiting.
func (s *subscription) handle(message *nats.Msg) {
	e, err := s.bus.open(message)
	if err != nil {
		s.bus.log.Error("message bus: an event was passed over", "subject", message.Subject, "error", err)
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	if dropped, counted := s.nats.Dropped(); counted == nil && dropped != s.lost {
		s.lost = dropped
		s.tellOfLag()
	}
	if err == nil && !s.ended.Load() {
		s.receive(e)
	}
}

// lag tells the subscriber of events that were lost on the way to this process.
func (s *subscription) lag() {
	s.turn.Lock()
	defer s.turn.Unlock()
	s.tellOfLag()
}

// tellOfLag calls onLag. The turn is held.
func (s *subscription) tellOfLag() {
	if s.onLag != nil && !s.ended.Load() {
		s.onLag()
	}
}

// Unsubscribe implements bus.Subscription.
func (s *subscription) Unsubscribe() error {
	if s.ended.Swap(true) {
		return nil
	}
	s.bus.mu.Lock()
	delete(s.bus.subscriptions, s)
	s.bus.mu.Unlock()
	if err := s.nats.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) && !errors.Is(err, nats.ErrBadSubscription) {
		return fmt.Errorf("unsubscribe: %w", err)
	}
	return nil
}
