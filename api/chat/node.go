package chat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// How long a node number is leased, and how often the lease is prolonged.
const (
	nodeLease   = 60 * time.Second
	nodeRenewal = 20 * time.Second
)

// Node is this process among those that share a store: it holds a leased node number, and mints ids with it.
type Node struct {
	workers store.Workers
	holder  string
	number  int
	ids     *id.Generator
	now     func() time.Time
	log     *slog.Logger

	stop chan struct{}
	lost chan struct{}
	work sync.WaitGroup
}

// StartNode leases a node number for holder, a name that no other process has, and prolongs the lease until Close. Its ids are greater than every id in the store.
func StartNode(ctx context.Context, workers store.Workers, holder string, now func() time.Time, log *slog.Logger) (*Node, error) {
	moment := now()
	number, err := workers.AcquireWorker(ctx, holder, moment.UnixMilli(), moment.Add(nodeLease).UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("lease a node number: %w", err)
	}
	floor, err := workers.GreatestID(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("find the greatest id: %w", err), workers.ReleaseWorker(ctx, number, holder))
	}
	ids, err := id.NewGenerator(number, floor, now)
	if err != nil {
		return nil, errors.Join(err, workers.ReleaseWorker(ctx, number, holder))
	}
	n := &Node{workers: workers, holder: holder, number: number, ids: ids, now: now, log: log, stop: make(chan struct{}), lost: make(chan struct{})}
	n.work.Go(func() { n.renew(moment.Add(nodeLease)) })
	return n, nil
}

// IDs mints the ids of this node.
func (n *Node) IDs() *id.Generator { return n.ids }

// Number is the leased node number.
func (n *Node) Number() int { return n.number }

// Lost is closed when the lease could not be kept: another process may have the number by now, so this one must stop.
func (n *Node) Lost() <-chan struct{} { return n.lost }

// renew prolongs the lease, which ends at until if it does not succeed. It gives up one renewal before that: what is being written then is done before anybody
// else can have the number.
func (n *Node) renew(until time.Time) {
	ticker := time.NewTicker(nodeRenewal)
	defer ticker.Stop()
	for {
		select {
		case <-n.stop:
			return
		case <-ticker.C:
		}
		next := n.now().Add(nodeLease)
		ctx, cancel := context.WithTimeout(context.Background(), nodeRenewal)
		err := n.workers.RenewWorker(ctx, n.number, n.holder, next.UnixMilli())
		cancel()
		switch {
		case err == nil:
			until = next
		case errors.Is(err, store.ErrSpent), !n.now().Before(until.Add(-nodeRenewal)):
			n.log.Error("the lease of the node number is lost; the hall stops, so that no id is given twice", "node", n.number, "error", err)
			close(n.lost)
			return
		default:
			n.log.Warn("the lease of the node number could not be prolonged yet", "node", n.number, "error", err)
		}
	}
}

// Close ends the lease.
func (n *Node) Close() error {
	close(n.stop)
	n.work.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), nodeRenewal)
	defer cancel()
	return n.workers.ReleaseWorker(ctx, n.number, n.holder)
}
