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
	// Limit is how often one caller may call it, per channel, guild or webhook where the pattern has one; the zero value takes Options.DefaultLimit.
	Limit ephemeral.Limit
	// Body is how many bytes a body with files in it may have; zero is for routes that take none. Such a body may take its time, as long as it keeps coming.
	Body int64
	// Text is how many bytes a JSON body may have that has pictures in it; zero is for routes that take none, and 1 MiB.
	Text   int64
	Handle Handler
}

// Handler answers a request, or gives an error that is written in its place.
type Handler func(w http.ResponseWriter, r *Request) error

// Request is a request with what the router has found out.
type Request struct {
	*http.Request
	// Caller is who asks; the zero value on public routes.
	Caller chat.Caller

	// requestID is the value of X-Request-Id, pattern that of the route, empty while none is found.
	requestID, pattern string
	params             []param
	// counts says by what refusals of the request are counted; empty for requests of nobody in particular.
	counts string
	// room is where params are while they are few, as in most patterns.
	room [4]param
	// maxText is how many bytes a JSON body may have.
	maxText int64
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

// defaultBodyTimeout is for the largest body over a bad line.
const defaultBodyTimeout = 30 * time.Second

// The limits that hold where Options name none.
var (
	// defaultLimit is for one route.
	defaultLimit = ephemeral.Limit{Burst: 40, Per: 10 * time.Second}
	// globalLimit is for all requests of one caller (the contract suggests 50 a second for bots).
	globalLimit = ephemeral.Limit{Burst: 50, Per: time.Second}
	// invalidLimit is for requests that are answered with 401, 403 or 429, as upstream.
	invalidLimit = ephemeral.Limit{Burst: 10_000, Per: 10 * time.Minute}
)

// Options are what a Router works with.
type Options struct {
	// Authenticate finds out who sent an Authorization header.
	Authenticate func(ctx context.Context, authorization string) (chat.Caller, error)
	// Limiter counts requests; nil switches rate limits off.
	Limiter ephemeral.Limiter
	// DefaultLimit holds for each route that names no limit of its own, GlobalLimit for all requests of one caller together. Callers of public routes are told
	// apart by their addresses. The zero values take 40 in ten seconds and 50 a second.
	DefaultLimit, GlobalLimit ephemeral.Limit
	// InvalidLimit is how many requests of one caller at one address may be answered with 401, 403 or 429; the zero value takes 10,000 in ten minutes.
	InvalidLimit ephemeral.Limit
	// BodyTimeout is how long a body may take to arrive; zero takes half a minute.
	BodyTimeout time.Duration
	Log         *slog.Logger
}
