package chat

import (
	"cmp"
	"context"
	"time"

	"guildhall/store/ephemeral"
)

// startConcurrency is how many sessions a bot may start within five seconds. Upstream's bound is one for most bots, and libraries that start several shards, or try again at once when they are told to, would wait for it
// without need on a hall of one's own.
const startConcurrency = 16

// StartLimits are how often an account may start sessions at the gateway: each costs a snapshot of all of its servers. A zero limit takes its default.
type StartLimits struct {
	// Burst is for a bot's sessions in a short time, Day for all that it starts in a day; Person is for a person's.
	Burst, Day, Person ephemeral.Limit
}

// DefaultStartLimits are those that hold where nothing else is said. A thousand a day is upstream's.
var DefaultStartLimits = StartLimits{
	Burst: ephemeral.Limit{Burst: startConcurrency, Per: 5 * time.Second}, Day: ephemeral.Limit{Burst: 1000, Per: 24 * time.Hour}, Person: ephemeral.Limit{Burst: 60, Per: time.Minute},
}

func (l StartLimits) withDefaults() StartLimits {
	return StartLimits{Burst: cmp.Or(l.Burst, DefaultStartLimits.Burst), Day: cmp.Or(l.Day, DefaultStartLimits.Day), Person: cmp.Or(l.Person, DefaultStartLimits.Person)}
}

// Starts is about how often the gateway is entered.
type Starts struct {
	Deps
	limits StartLimits
}

// Start says whether a session may start.
type Start int

const (
	// StartNow is for those that may.
	StartNow Start = iota
	// StartSoon is for those that came too quickly and may come again in a few seconds.
	StartSoon
	// StartTomorrow is for bots that have used their day's sessions up.
	StartTomorrow
)

// Allow counts a session that is about to start. Where sessions cannot be counted, they start.
func (s *Starts) Allow(ctx context.Context, caller Caller) Start {
	if !caller.Bot {
		if !s.count(ctx, caller, "soon", s.limits.Person) {
			return StartSoon
		}
		return StartNow
	}
	if !s.count(ctx, caller, "soon", s.limits.Burst) {
		return StartSoon
	}
	if !s.count(ctx, caller, "day", s.limits.Day) {
		return StartTomorrow
	}
	return StartNow
}

// AllowSnapshots counts what costs as much as starting a session, for one that comes back.
func (s *Starts) AllowSnapshots(ctx context.Context, caller Caller) bool {
	if caller.Bot {
		return s.count(ctx, caller, "soon", s.limits.Burst)
	}
	return s.count(ctx, caller, "soon", s.limits.Person)
}

func startKey(caller Caller, window string) string {
	return "start/" + window + "/" + caller.UserID.String()
}

func (s *Starts) count(ctx context.Context, caller Caller, window string, limit ephemeral.Limit) bool {
	allowance, err := s.Ephemeral.Allow(ctx, startKey(caller, window), limit)
	if err != nil {
		s.Log.ErrorContext(ctx, "the sessions that an account starts cannot be counted", "error", err)
		return true
	}
	return allowance.OK
}

// StartsLeft is how many sessions a bot may start.
type StartsLeft struct {
	// Total is for a day, of which Remaining are left; ResetAfter is how long until it may start Total again.
	Total, Remaining int
	ResetAfter       time.Duration
	// Concurrency is how many may start within five seconds.
	Concurrency int
}

// Left tells how many sessions a bot may start.
func (s *Starts) Left(ctx context.Context, caller Caller) (StartsLeft, error) {
	if !caller.Bot {
		return StartsLeft{}, fail(PeopleBarred)
	}
	left, err := s.Ephemeral.Look(ctx, startKey(caller, "day"), s.limits.Day)
	if err != nil {
		return StartsLeft{}, internal("count the sessions that a bot started", err)
	}
	return StartsLeft{Total: s.limits.Day.Burst, Remaining: left.Remaining, ResetAfter: left.ResetAfter, Concurrency: s.limits.Burst.Burst}, nil
}
