// Package bus is the port for publish/subscribe: how what happened reaches every node.
package bus

import (
	"context"

	"guildhall/store/event"
)

// Bus carries events. It is safe for concurrent use.
type Bus interface {
	// Publish sends an event to everybody who has subscribed to its subject, on every node, this one included. Delivery is at most once. Events that one goroutine, or
	// goroutines that order themselves, publish on one subject arrive at each subscriber in that order. It returns when the event is handed over,
	// not when it was received. What the event points to must not be written afterwards: subscribers of this node may be given the very value.
	Publish(ctx context.Context, e event.Event) error
	// Subscribe calls receive for every event on a subject, one at a time, in order. A subject may end in ".*" to take every subject with that prefix and one
	// more token. receive must not keep the event's parts for writing: subscribers of one node share them. A subscriber that falls behind by more than the
	// adapter's bound, or whose node loses its connection for a while, loses events and is told by onLag (nil: not told), after which it must read anew what it needs;
	// onLag is never called while receive or onLag runs. receive and onLag may call the bus, except for Close.
	// When Subscribe returned, every event published afterwards is received.
	Subscribe(subject string, receive func(event.Event), onLag func()) (Subscription, error)
	// Close delivers nothing more and waits for the receivers that are running.
	Close() error
}

// Subscription is one subscriber's interest in a subject.
type Subscription interface {
	// Unsubscribe ends it, and may be called by the receiver itself: it does not wait for a receiver that is running, but none is begun after it returned.
	Unsubscribe() error
}
