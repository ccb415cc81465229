// Package ephemeral is the port for what may be forgotten: rate limits, short-lived values, and who is here right now.
package ephemeral

import (
	"context"
	"errors"
	"time"
)

// ErrNotFound says that there is no value under a key, or that its time is over.
var ErrNotFound = errors.New("no such value")

// Store is everything that an adapter keeps. It is safe for concurrent use, and shared by all nodes.
type Store interface {
	Limiter
	Cache
	Roster
	// Close lets go of the store; what the adapter can keep over a planned restart (the Cache's durable values) it writes now.
	Close() error
}

// Limit is a rate limit: at most Burst requests within any window that began with the first of them and lasts Per.
type Limit struct {
	Burst int
	Per   time.Duration
}

// Allowance is a rate limit's answer.
type Allowance struct {
	// OK tells whether the request may go on.
	OK bool
	// Remaining is how many more may follow in this window.
	Remaining int
	// ResetAfter is how long until the window ends and Remaining is Burst again; when OK is false it is how long to wait.
	ResetAfter time.Duration
}

// Limiter counts requests.
type Limiter interface {
	// Allow counts one request under a key. The first request of a window fixes its limit.
	Allow(ctx context.Context, key string, limit Limit) (Allowance, error)
	// Look tells how a key stands without counting anything: OK that a request would be allowed, Remaining how many would be, ResetAfter how long the window lasts, which where there is none would begin now.
	Look(ctx context.Context, key string, limit Limit) (Allowance, error)
}

// Cache keeps values for a time.
type Cache interface {
	// Put stores a value for a time (greater than zero). A durable value survives a planned restart of the process, none survives a crash for certain.
	Put(ctx context.Context, key string, value []byte, ttl time.Duration, durable bool) error
	// Get reads a value. ErrNotFound when there is none.
	Get(ctx context.Context, key string) ([]byte, error)
	// Take reads a value and deletes it in one step: of several concurrent takers exactly one gets it.
	Take(ctx context.Context, key string) ([]byte, error)
	Delete(ctx context.Context, key string) error
}

// Roster keeps sets of named values, such as what the sessions of a user come to on each node, or the people in a guild's voice channels. An entry lives until it is removed or its time
// is over without it having been set again (a node that died stops setting its entries).
type Roster interface {
	// Set stores one entry of a set for a time.
	Set(ctx context.Context, set, name string, value []byte, ttl time.Duration) error
	// Remove deletes one entry and tells whether it was there.
	Remove(ctx context.Context, set, name string) (bool, error)
	// Entries gives a set's entries by name; empty when there are none.
	Entries(ctx context.Context, set string) (map[string][]byte, error)
}
