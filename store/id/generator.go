package id

import (
	"fmt"
	"sync"
	"time"
)

// Generator mints ids that only ever grow, whatever the clock does. It is safe for concurrent use.
type Generator struct {
	mu      sync.Mutex
	now     func() time.Time
	node    ID
	millis  int64 // the moment of the last id, since the epoch
	counter ID
}

// NewGenerator makes a generator for one leased node number (0 to MaxNode). Every id it mints is greater than floor,
// which is the greatest id that the store holds: after a clock was set back, ids continue from there.
func NewGenerator(node int, floor ID, now func() time.Time) (*Generator, error) {
	if node < 0 || node > MaxNode {
		return nil, fmt.Errorf("node number %d is outside 0 to %d", node, MaxNode)
	}
	// The floor may come from another node within the same millisecond, so this millisecond is used up as a whole. Without a floor that is the epoch itself: machines without
	// a clock of their own begin before it.
	return &Generator{now: now, node: ID(node) << CounterBits, millis: int64(floor >> timeShift), counter: maxCounter}, nil
}

// Next mints an id. When a millisecond's 4096 ids are used up, or the clock stands behind the last id,
// it borrows from the milliseconds to come instead of waiting.
func (g *Generator) Next() ID {
	g.mu.Lock()
	defer g.mu.Unlock()
	if millis := g.now().UnixMilli() - EpochMillis; millis > g.millis {
		g.millis, g.counter = millis, 0
	} else if g.counter < maxCounter {
		g.counter++
	} else {
		g.millis, g.counter = g.millis+1, 0
	}
	return ID(g.millis)<<timeShift | g.node | g.counter
}

// Observe raises the floor: ids minted from now on are greater than seen. It is called for ids that come from other nodes.
func (g *Generator) Observe(seen ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if millis := int64(seen >> timeShift); millis > g.millis || (millis == g.millis && seen&(1<<timeShift-1) >= g.node|g.counter) {
		g.millis, g.counter = millis, maxCounter
	}
}
