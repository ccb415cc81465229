// Package chat holds the rules of the product: it is the only place that decides whether somebody may do something.
//
// Each feature is a service of its own (Accounts, Guilds, Messages, …) that is handed what it needs. Every method takes the Caller, checks, acts on the store,
// publishes what happened, and fails with an *Error.
package chat

import (
	"log/slog"
	"time"

	"guildhall/store"
	"guildhall/store/bus"
	"guildhall/store/ephemeral"
	"guildhall/store/id"
)

// Caller is who asks for something.
type Caller struct {
	UserID id.ID
	// Bot tells whether the account is a bot's.
	Bot bool
	// LoginSessionID is the login that a person's credentials belong to; zero for bots and the command line.
	LoginSessionID id.ID
	// HallOwner may change the hall itself.
	HallOwner bool
	// Console is the command line of the machine's own administrator: it may do everything. UserID may then be zero.
	Console bool
}

// Client is what is known of the device behind a request; it is kept with login sessions.
type Client struct {
	// Address is the peer's IP address; UserAgent what the device calls itself.
	Address   string
	UserAgent string
}

// Deps are what the services work with.
type Deps struct {
	Store     store.Store
	Bus       bus.Bus
	Ephemeral ephemeral.Store
	IDs       *id.Generator
	Now       func() time.Time
	Log       *slog.Logger
}
