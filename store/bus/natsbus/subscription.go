package natsbus

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/nats-io/nats.go"

	"guildhall/store/event"
)

// subscription is one subscriber with its goroutine.
type subscription struct {
	bus     *Bus
	nats    *nats.Subscription
	receive func(event.Event)
	onLag   func()
	ended   atomic.Bool
}

// run hands events to the receiver until the subscription or the bus ends.
func (s *subscription) run() {
	for {
		message, err := s.nats.NextMsgWithContext(context.Background())
		switch {
		case s.ended.Load():
			return
		case errors.Is(err, nats.ErrSlowConsumer):
			if s.onLag != nil {
				s.onLag()
			}
			continue
		case err != nil:
			return // the bus was closed
		}
		e, err := s.bus.open(message)
		if err != nil {
			s.bus.log.Error("message bus: an event was passed over", "subject", message.Subject, "error", err)
			continue
		}
		s.receive(e)
	}
}

// Unsubscribe implements bus.Subscription.
func (s *subscription) Unsubscribe() error {
	if s.ended.Swap(true) {
		return nil
	}
	if err := s.nats.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) && !errors.Is(err, nats.ErrBadSubscription) {
		return fmt.Errorf("unsubscribe: %w", err)
	}
	return nil
}
