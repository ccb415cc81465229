// Package route takes HTTP requests of the API to their handlers: paths and versions, credentials, rate limits, bodies and errors.
package route

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"guildhall/api/chat"
	"guildhall/store/ephemeral"
	"guildhall/store/id"
)

// Access says who may call a route.
type Access int

// The kinds of access.
const (
	// Anyone who has an account: a person or a bot.
	Anyone Access = iota
	// Public routes need no credentials, and look at none.
	Public
	// PeopleOnly and BotsOnly refuse the others with the contract's codes.
	PeopleOnly
	BotsOnly
)

// Route is one line of a route table.
type Route struct {
	// Method and Pattern, such as "GET" and "/guilds/{guild}/members/@me". A literal segment wins over a parameter at the same place.
	Method, Pattern string
	Access          Access
	// Limit is how often one caller may call it, per channel or guild where the pattern has one; the zero value takes DefaultLimit.
	Limit  ephemeral.Limit
	Handle Handler
}

// Handler answers a request, or gives an error that is written in its place.
type Handler func(w http.ResponseWriter, r *Request) error

// Request is a request with what the router has found out.
type Request struct {
	*http.Request
	// Caller is who asks; the zero value on public routes.
	Caller chat.Caller
	params []param
}

type param struct {
	name, value string
}

// Param gives the text of a parameter of the pattern.
func (r *Request) Param(name string) string {
	for _, one := range r.params {
		if one.name == name {
			return one.value
		}
	}
	return ""
}

// ID reads a parameter that is an id. What is not one names an object that does not exist, so the error is of that kind.
func (r *Request) ID(name string, unknown chat.Kind) (id.ID, error) {
	value, err := id.Parse(r.Param(name))
	if err != nil {
		return 0, &chat.Error{Kind: unknown}
	}
	return value, nil
}

// Client tells which device asks.
func (r *Request) Client() chat.Client {
	return chat.Client{Address: PeerAddress(r.Request), UserAgent: r.UserAgent()}
}

// PeerAddress is the IP address at the other end of the connection.
func PeerAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// The limits that hold where a route names none, and over all routes together. A public route counts by address.
var (
	// DefaultLimit is for one route.
	DefaultLimit = ephemeral.Limit{Burst: 40, Per: 10 * time.Second}
	// GlobalLimit is for all requests of one caller (the contract suggests 50 a second for bots).
	GlobalLimit = ephemeral.Limit{Burst: 50, Per: time.Second}
)

// Options are what a Router works with.
type Options struct {
	// Authenticate finds out who sent an Authorization header.
	Authenticate func(ctx context.Context, authorization string) (chat.Caller, error)
	// Limiter counts requests; nil switches rate limits off.
	Limiter ephemeral.Limiter
	Log     *slog.Logger
}
