package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// Registration says who may make an account.
type Registration string

// The registration policies.
const (
	RegistrationInvite Registration = "invite" // only who holds an invite
	RegistrationOpen   Registration = "open"   // everybody who reaches the page
)

// BotCreation says who may make bots over the API. The command line of the machine's own administrator always may.
type BotCreation string

// The policies about bots.
const (
	BotCreationEveryone BotCreation = "everyone"
	BotCreationOwner    BotCreation = "owner"  // the hall's owner alone
	BotCreationNobody   BotCreation = "nobody" // but the command line
)

// Hall is the installation itself: what is true of all its guilds together.
type Hall struct {
	// Name is what the sign-in page shows, 1 to 100 characters.
	Name         string
	Registration Registration
	BotCreation  BotCreation
	// OwnerID is the person who claimed the hall; zero until then.
	OwnerID id.ID
	// SetupHash is the SHA-256 of the current one-time set-up token, nil when there is none.
	SetupHash []byte
	// SetupExpires is when the set-up token stops working.
	SetupExpires time.Time
	// Guests tells whether invites let people in who have no account and want none yet.
	Guests bool
}

// Halls keeps the one Hall.
type Halls interface {
	// Hall reads it; a new store answers Hall{Name: "Guildhall", Registration: RegistrationInvite, BotCreation: BotCreationEveryone}.
	Hall(ctx context.Context) (Hall, error)
	// UpdateHall applies change to the current value and stores the result, atomically against other updates. An error from change
	// is returned as it is and nothing is stored. change may be called more than once, and must not call the store.
	UpdateHall(ctx context.Context, change func(*Hall) error) (Hall, error)
	// ClaimHall creates owner (as CreateUser would) and makes them the hall's owner, if the hall has no owner yet and setupHash is the current,
	// unexpired (at now) set-up hash; the token is used up by it. A nil setupHash claims without a token (the command line's way).
	// ErrSpent when there is an owner already, or the token is not the current one. Of several concurrent claims exactly one succeeds.
	ClaimHall(ctx context.Context, owner User, setupHash []byte, now time.Time) error
}
