// Package store says what Guildhall remembers: the domain types, and the port through which they are kept.
//
// The port is split by feature (Users, Sessions, Guilds, …); Store is their sum. Two adapters implement it, store/pebble and
// store/postgres, and both pass the conformance suite in store/storetest.
//
// Contract of every method, unless it says otherwise:
//
//   - A write that returned nil is durable: it survives kill -9 and power loss. A write that returned an error changed nothing,
//     unless the error says that this is not known: an adapter may lose its database while the database commits.
//   - Every write is atomic: no reader and no crash ever shows half of it.
//   - Reads see every write that was acknowledged before they began.
//   - Methods are safe for concurrent use. Context cancellation may end a wait with the context's error; the write may then
//     have happened or not.
//   - What is not there is ErrNotFound; what must be unique and is not is a *ConflictError. Lists are empty, never an error.
//   - Values handed in are not kept, values handed out are the caller's own.
//   - Times are kept to the millisecond, in UTC.
package store

import (
	"context"
	"errors"
	"fmt"

	"guildhall/store/id"
)

// Store is everything that an adapter keeps.
type Store interface {
	Halls
	HallLogs
	Users
	Deletions
	Sessions
	TwoFactors
	SecurityEvents
	OpenIDProviders
	Identities
	Guests
	Bots
	ApplicationEmojis
	Installations
	Commands
	Guilds
	Channels
	DirectChannels
	Threads
	Roles
	Emojis
	Webhooks
	Announcements
	Interactions
	EventHooks
	Members
	Bans
	AuditLogs
	AutoModRules
	Reports
	Invites
	Messages
	Reactions
	Polls
	Calls
	Files
	Voice
	Relationships
	Notes
	ReadStates
	Settings
	Mentions
	Workers
	Checks

	// Ping tells whether the store can answer.
	Ping(ctx context.Context) error
	// Close waits for what is under way and lets go of the store. Methods called afterwards return ErrClosed.
	Close() error
}

// Errors that every adapter returns, possibly wrapped.
var (
	// ErrNotFound says that the object, or the parent that a write needs, does not exist.
	ErrNotFound = errors.New("not found")
	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("the store is closed")
	// ErrThreadClosed says that a thread is archived, or locked, for what asks that it is not.
	ErrThreadClosed = errors.New("the thread is archived or locked")
	// ErrSpent says that a one-time or counted thing (set-up token, invite, refresh token) cannot be used any more.
	ErrSpent = errors.New("used up or expired")
)

// ConflictError says that a value that must be unique is taken.
type ConflictError struct {
	// Field names what collided: "username", "email", "code", "id", "member", …
	Field string
}

func (e *ConflictError) Error() string { return fmt.Sprintf("this %s is taken", e.Field) }

// LimitError says that a write would exceed a maximum that the store enforces atomically.
type LimitError struct {
	// What names the things counted: "channels", "roles", …
	What string
	// Max is the greatest number allowed.
	Max int
}

func (e *LimitError) Error() string { return fmt.Sprintf("no more than %d %s", e.Max, e.What) }

// Workers leases the node numbers that keep the ids of several processes apart.
type Workers interface {
	// AcquireWorker leases the lowest free node number (0 to id.MaxNode) to holder until a moment, in Unix milliseconds. A number is
	// free when it was never leased, was released, or its lease ended before now (Unix milliseconds). All taken is a *LimitError.
	AcquireWorker(ctx context.Context, holder string, now, until int64) (int, error)
	// RenewWorker prolongs a lease. ErrSpent says that another holder has it by now: the caller must stop minting ids at once.
	RenewWorker(ctx context.Context, node int, holder string, until int64) error
	// ReleaseWorker gives a number back. A number that is not the holder's is left alone, without an error.
	ReleaseWorker(ctx context.Context, node int, holder string) error
	// GreatestID is the greatest id ever stored, also when its object was deleted since; zero in an empty store.
	GreatestID(ctx context.Context) (id.ID, error)
}
