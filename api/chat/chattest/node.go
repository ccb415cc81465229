package chattest

import (
	"bytes"
	"slices"
	"sync"
	"testing"

	"guildhall/api/chat"
	"guildhall/store/bus"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Node is another process of a hall: rules of its own, with caches of their own, on the same store and bus. It closes with its test.
type Node struct {
	*chat.Chat
	bus *followedBus
	tb  testing.TB
}

// Node starts another process of the hall, which signs access tokens with the same secret. Nobody may be in voice meanwhile: a process that starts ends all stays.
func (h *Hall) Node() *Node {
	h.tb.Helper()
	h.nodes++
	ids, err := id.NewGenerator(h.nodes, 0, h.Clock.Now)
	h.must("make ids", err)
	n := &Node{tb: h.tb, bus: &followedBus{Bus: h.Bus}}
	n.Chat, err = chat.New(chat.Deps{Store: h.Store, Bus: n.bus, Ephemeral: h.Ephemeral, Blobs: h.Blobs, IDs: ids, Now: h.Clock.Now, Log: h.Log}, h.options)
	h.must("start another node", err)
	h.tb.Cleanup(func() { h.must("close the other node", n.Close()) })
	return n
}

// secret signs the access tokens of halls that are not given another one.
var secret = bytes.Repeat([]byte("secret"), 8)

// TakenIn collects the events that this node has acted upon, from now on: when one is here, the node's caches are in step with it.
func (n *Node) TakenIn() *Watcher { return n.bus.follow(n.tb) }

// TakenIn collects the events that the hall's own rules have acted upon, from now on.
func (h *Hall) TakenIn() *Watcher { return h.bus.follow(h.tb) }

// Deafen keeps events from the node from now on, as when it falls behind the bus. Watchers of TakenIn still get them.
func (n *Node) Deafen() {
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	n.bus.deaf = true
}

// CatchUp lets events through again, and tells the node that it has missed some.
func (n *Node) CatchUp() {
	n.bus.mu.Lock()
	n.bus.deaf = false
	subscriptions := slices.Clone(n.bus.subscriptions)
	n.bus.mu.Unlock()
	for _, subscription := range subscriptions {
		subscription.lag()
	}
}

// followedBus tells when a subscriber has acted upon an event.
type followedBus struct {
	bus.Bus
	mu            sync.Mutex
	watchers      []*Watcher
	subscriptions []*followedSubscription
	deaf          bool
}

// followedSubscription keeps receive and onLag of one subscriber apart, as the bus promises.
type followedSubscription struct {
	mu      sync.Mutex
	receive func(event.Event)
	onLag   func()
}

func (s *followedSubscription) take(e event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receive(e)
}

func (s *followedSubscription) lag() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.onLag != nil {
		s.onLag()
	}
}

func (b *followedBus) follow(tb testing.TB) *Watcher {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := newWatcher(tb)
	b.watchers = append(b.watchers, w)
	return w
}

// Subscribe implements bus.Bus.
func (b *followedBus) Subscribe(subject string, receive func(event.Event), onLag func()) (bus.Subscription, error) {
	subscription := &followedSubscription{receive: receive, onLag: onLag}
	b.mu.Lock()
	b.subscriptions = append(b.subscriptions, subscription)
	b.mu.Unlock()
	return b.Bus.Subscribe(subject, func(e event.Event) {
		b.mu.Lock()
		deaf := b.deaf
		b.mu.Unlock()
		if !deaf {
			subscription.take(e)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, w := range b.watchers {
			w.events <- e
		}
	}, subscription.lag)
}
