package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// LoginSession is one device's login: the family of refresh tokens that began with one password check.
type LoginSession struct {
	ID     id.ID
	UserID id.ID
	// Secret keys this family's refresh tokens (32 random bytes); it never leaves the server.
	Secret []byte
	// Generation counts rotations: only the refresh token of the current generation is good.
	Generation uint32
	// RetryHash is the SHA-256 of the retry key of the last rotation; nil when the caller gave none. It makes a repeated refresh, whose answer
	// was lost on the way, give the same answer instead of ending the family.
	RetryHash []byte
	CreatedAt time.Time
	// RotatedAt is the moment of the last rotation, and CreatedAt before the first.
	RotatedAt time.Time
	// ExpiresAt is when the family ends unless it is rotated before.
	ExpiresAt time.Time
	// UserAgent and Address tell a person which device this is; at most 256 and 64 bytes.
	UserAgent string
	Address   string
}

// Sessions keeps login sessions.
type Sessions interface {
	// CreateLoginSession stores a new session; ErrNotFound when its user does not exist.
	CreateLoginSession(ctx context.Context, session LoginSession) error
	LoginSession(ctx context.Context, sessionID id.ID) (LoginSession, error)
	// LoginSessions gives a person's sessions, newest first, expired ones included until they are pruned.
	LoginSessions(ctx context.Context, userID id.ID) ([]LoginSession, error)
	// UpdateLoginSession applies change atomically against other updates of the session (see UpdateUser for the rules of change).
	UpdateLoginSession(ctx context.Context, sessionID id.ID, change func(*LoginSession) error) (LoginSession, error)
	// DeleteLoginSessions ends sessions; those that are not there or not userID's are passed over. It gives the ids of those deleted.
	DeleteLoginSessions(ctx context.Context, userID id.ID, sessionIDs []id.ID) ([]id.ID, error)
	// PruneLoginSessions deletes the sessions that expired before a moment and tells how many they were.
	PruneLoginSessions(ctx context.Context, before time.Time) (int, error)
}
