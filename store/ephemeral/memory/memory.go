// Package memory keeps in this process's memory what may be forgotten.
package memory

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"guildhall/store/ephemeral"
)

// shardCount spreads keys over locks; a power of two.
const shardCount = 64

// sweepEvery is how many writes a shard takes between two searches for what has expired. Expired values are never shown; the search only gives their memory back.
const sweepEvery = 1024

// Options set the store up.
type Options struct {
	// Path is the file that durable values are kept in over a planned restart; empty for none.
	Path string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	Log *slog.Logger
}

// Store is an ephemeral.Store in memory. Its cost is that of maps: no timers, no goroutines.
type Store struct {
	path   string
	now    func() time.Time
	log    *slog.Logger
	shards [shardCount]shard

	closeOnce sync.Once
	closeErr  error
}

// shard holds the keys of one lock.
type shard struct {
	mu      sync.Mutex
	windows map[string]window
	values  map[string]value
	sets    map[string]map[string]value
	writes  int
}

// window is a rate limit's current window.
type window struct {
	ends      time.Time
	burst     int
	remaining int
}

// value is a cached value or a roster's entry.
type value struct {
	data    []byte
	expires time.Time
	durable bool
}

// Open makes a store and takes in what the last one left at Options.Path, which is then deleted. A file that cannot be read is reported to the log and passed over.
func Open(options Options) *Store {
	s := &Store{path: options.Path, now: options.Now, log: options.Log}
	if s.now == nil {
		s.now = time.Now
	}
	for i := range s.shards {
		s.shards[i] = shard{windows: make(map[string]window), values: make(map[string]value), sets: make(map[string]map[string]value)}
	}
	s.takeIn()
	return s
}

// shard finds the shard of a key (FNV-1a).
func (s *Store) shard(key string) *shard {
	hash := uint32(2166136261)
	for i := range len(key) {
		hash = (hash ^ uint32(key[i])) * 16777619
	}
	return &s.shards[hash%shardCount]
}

// wrote counts a write and sometimes gives back the memory of what has expired. The lock is held.
func (h *shard) wrote(now time.Time) {
	if h.writes++; h.writes < sweepEvery {
		return
	}
	h.writes = 0
	maps.DeleteFunc(h.windows, func(_ string, w window) bool { return !now.Before(w.ends) })
	maps.DeleteFunc(h.values, func(_ string, v value) bool { return !now.Before(v.expires) })
	maps.DeleteFunc(h.sets, func(_ string, set map[string]value) bool {
		maps.DeleteFunc(set, func(_ string, v value) bool { return !now.Before(v.expires) })
		return len(set) == 0
	})
}

// Allow implements ephemeral.Limiter.
func (s *Store) Allow(_ context.Context, key string, limit ephemeral.Limit) (ephemeral.Allowance, error) {
	if limit.Burst < 1 || limit.Per <= 0 {
		return ephemeral.Allowance{}, errors.New("a rate limit needs a positive burst and time")
	}
	now, h := s.now(), s.shard(key)
	h.mu.Lock()
	defer h.mu.Unlock()
	w, ok := h.windows[key]
	if !ok || !now.Before(w.ends) {
		w = window{ends: now.Add(limit.Per), burst: limit.Burst, remaining: limit.Burst}
		h.wrote(now)
	}
	allowance := ephemeral.Allowance{OK: w.remaining > 0, ResetAfter: w.ends.Sub(now)}
	if allowance.OK {
		w.remaining--
	}
	allowance.Remaining = w.remaining
	h.windows[key] = w
	return allowance, nil
}

// Look implements ephemeral.Limiter.
func (s *Store) Look(_ context.Context, key string, limit ephemeral.Limit) (ephemeral.Allowance, error) {
	if limit.Burst < 1 || limit.Per <= 0 {
		return ephemeral.Allowance{}, errors.New("a rate limit needs a positive burst and time")
	}
	now, h := s.now(), s.shard(key)
	h.mu.Lock()
	defer h.mu.Unlock()
	w, ok := h.windows[key]
	if !ok || !now.Before(w.ends) {
		return ephemeral.Allowance{OK: true, Remaining: limit.Burst, ResetAfter: limit.Per}, nil
	}
	return ephemeral.Allowance{OK: w.remaining > 0, Remaining: w.remaining, ResetAfter: w.ends.Sub(now)}, nil
}

// Put implements ephemeral.Cache.
func (s *Store) Put(_ context.Context, key string, data []byte, ttl time.Duration, durable bool) error {
	if ttl <= 0 {
		return errors.New("a cached value needs a time to live")
	}
	now, h := s.now(), s.shard(key)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.values[key] = value{slices.Clone(data), now.Add(ttl), durable}
	h.wrote(now)
	return nil
}

// Get implements ephemeral.Cache.
func (s *Store) Get(_ context.Context, key string) ([]byte, error) {
	h := s.shard(key)
	h.mu.Lock()
	defer h.mu.Unlock()
	v, ok := h.values[key]
	if !ok || !s.now().Before(v.expires) {
		return nil, ephemeral.ErrNotFound
	}
	return slices.Clone(v.data), nil
}

// Take implements ephemeral.Cache.
func (s *Store) Take(_ context.Context, key string) ([]byte, error) {
	h := s.shard(key)
	h.mu.Lock()
	defer h.mu.Unlock()
	v, ok := h.values[key]
	delete(h.values, key)
	if !ok || !s.now().Before(v.expires) {
		return nil, ephemeral.ErrNotFound
	}
	return v.data, nil
}

// Delete implements ephemeral.Cache.
func (s *Store) Delete(_ context.Context, key string) error {
	h := s.shard(key)
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.values, key)
	return nil
}

// Set implements ephemeral.Roster.
func (s *Store) Set(_ context.Context, set, name string, data []byte, ttl time.Duration) error {
	if ttl <= 0 {
		return errors.New("a roster's entry needs a time to live")
	}
	now, h := s.now(), s.shard(set)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sets[set] == nil {
		h.sets[set] = make(map[string]value, 1)
	}
	h.sets[set][name] = value{data: slices.Clone(data), expires: now.Add(ttl)}
	h.wrote(now)
	return nil
}

// Remove implements ephemeral.Roster.
func (s *Store) Remove(_ context.Context, set, name string) (bool, error) {
	h := s.shard(set)
	h.mu.Lock()
	defer h.mu.Unlock()
	v, ok := h.sets[set][name]
	delete(h.sets[set], name)
	if len(h.sets[set]) == 0 {
		delete(h.sets, set)
	}
	return ok && s.now().Before(v.expires), nil
}

// Entries implements ephemeral.Roster.
func (s *Store) Entries(_ context.Context, set string) (map[string][]byte, error) {
	h := s.shard(set)
	h.mu.Lock()
	defer h.mu.Unlock()
	now := s.now()
	entries := make(map[string][]byte, len(h.sets[set]))
	for name, v := range h.sets[set] {
		if now.Before(v.expires) {
			entries[name] = slices.Clone(v.data)
		}
	}
	return entries, nil
}

// Close writes the durable values to the file. Whatever is stored afterwards is lost.
func (s *Store) Close() error {
	s.closeOnce.Do(func() { s.closeErr = s.leave() })
	return s.closeErr
}
