package chat

import (
	"context"
	"time"
)

// UseUpAttempts does what an attack on an account from very many addresses does to its limit.
func UseUpAttempts(ctx context.Context, a *Accounts, login string) {
	for range attemptsPerAccount.Burst {
		_ = a.attempt(ctx, "login/account/"+loginKey(login), attemptsPerAccount)
	}
}

// SetTimer replaces the timers that wait out the graces of sessions.
func SetTimer(p *Presence, start func(after time.Duration, do func()) (stop func() bool)) {
	p.startTimer = start
}

// Refresh does what the house does every minute.
func Refresh(ctx context.Context, p *Presence) { p.refresh(ctx) }

// EndPolls does what the house does every minute.
func EndPolls(ctx context.Context, m *Messages) error { return m.endPolls(ctx) }

// PruneGuests does what the house does every hour.
func PruneGuests(ctx context.Context, u *Users) error { return u.pruneGuests(ctx) }

// MoveAway does what the house does every minute.
func MoveAway(ctx context.Context, v *Voice) { v.moveAway(ctx) }

// SetRingTimer replaces the timers that end the ringing of those who do not answer.
func SetRingTimer(v *Voice, start func(after time.Duration, do func()) (stop func() bool)) {
	v.startTimer = start
}
