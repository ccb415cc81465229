package chat

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"guildhall/store/id"
)

// cache keeps the most recently used of what was read from the store, up to a number of entries. A value that was read before an invalidation and arrives after
// it is not kept: fill takes the epoch that the reader saw before reading. It is safe for concurrent use.
type cache[K comparable, V any] struct {
	mu      sync.Mutex
	entries *simplelru.LRU[K, V]
	epoch   uint64
}

func newCache[K comparable, V any](size int) *cache[K, V] {
	entries, err := simplelru.NewLRU[K, V](size, nil)
	if err != nil {
		panic(err) // only for a size of zero or less, which is a mistake in this package
	}
	return &cache[K, V]{entries: entries}
}

// get gives the value under a key, and the epoch to hand to fill when there is none.
func (c *cache[K, V]) get(key K) (value V, found bool, epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	value, found = c.entries.Get(key)
	return value, found, c.epoch
}

// fill keeps a value that was read since epoch, unless something was invalidated meanwhile.
func (c *cache[K, V]) fill(key K, value V, epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.epoch == epoch {
		c.entries.Add(key, value)
	}
}

// put keeps a value that was just written, in place of what was read before.
func (c *cache[K, V]) put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	c.entries.Add(key, value)
}

// drop invalidates one key.
func (c *cache[K, V]) drop(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	c.entries.Remove(key)
}

// dropWhere invalidates every key whose value is chosen. It looks at all entries.
func (c *cache[K, V]) dropWhere(chosen func(K, V) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	for _, key := range c.entries.Keys() {
		if value, found := c.entries.Peek(key); found && chosen(key, value) {
			c.entries.Remove(key)
		}
	}
}

// clear invalidates everything.
func (c *cache[K, V]) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	c.entries.Purge()
}

// turns is a fixed number of locks shared out among ids, for what must happen one after the other to one thing, and may happen at once to others.
type turns [64]sync.Mutex

// of gives the lock of an id. Nobody may wait for a second one while holding it: two ids may share one.
func (t *turns) of(one id.ID) *sync.Mutex {
	// The counter of an id varies little, so the time decides too.
	return &t[(uint64(one)^uint64(one)>>22)%uint64(len(t))]
}
