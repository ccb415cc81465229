package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// User is an account: a person's or a bot's.
type User struct {
	ID id.ID
	// Username is unique among all accounts of its kind (people, bots): 2 to 32 characters, already in its canonical lower-case form for people.
	Username string
	// GlobalName is what people see instead of the username; may be empty.
	GlobalName string
	// Email is optional, unique among accounts when set, already lower-case.
	Email string
	// PasswordHash is an Argon2id hash in PHC format; empty for bots.
	PasswordHash string
	Bot          bool
	// Disabled accounts cannot log in and their tokens are refused.
	Disabled bool
	// Guest marks a person who came in by an invite with nothing but a name: there is no password, and the account goes when it was not used for some time.
	Guest bool
	// MFA tells whether the account has a second factor. It follows UpdateTwoFactor; neither CreateUser nor UpdateUser sets it.
	MFA bool
	// Flags are the public flags of the wire contract.
	Flags uint64
	// Locale is a BCP 47 language tag, "en-US" by default.
	Locale string
	// PasswordChangedAt is the moment of the last password change; zero for bots.
	PasswordChangedAt time.Time
	// Avatar and Banner are nil for none.
	Avatar, Banner *Picture
	// AccentColor is 0xRRGGBB; nil for none.
	AccentColor *int
	// Bio has at most 190 characters, Pronouns at most 40.
	Bio, Pronouns string
	// ResetHash is the SHA-256 of the one-time token with which the person can set a new password until ResetExpires; nil when there is none.
	ResetHash    []byte
	ResetExpires time.Time
	// StreamKeyHash is the SHA-256 of the secret with which programs show a stream in the account's name; nil when there is none.
	StreamKeyHash []byte
}

// Users keeps accounts.
type Users interface {
	// CreateUser stores a new account. A *ConflictError names "username", "email" or "id".
	CreateUser(ctx context.Context, user User) error
	// RegisterUser stores a new account and redeems an invite for it (see RedeemInvite) in one step; nothing happens when either fails.
	RegisterUser(ctx context.Context, user User, code string, member Member, now time.Time) (Invite, error)
	User(ctx context.Context, userID id.ID) (User, error)
	// UsersByID gives the accounts that exist among userIDs, in no particular order, each once.
	UsersByID(ctx context.Context, userIDs []id.ID) ([]User, error)
	// PersonByLogin finds the person (never a bot) with this username or e-mail address, both in canonical form.
	PersonByLogin(ctx context.Context, login string) (User, error)
	// UpdateUser applies change to the stored account, atomically against other updates of it, and gives the result.
	// change may be called more than once and must not call the store; its error is returned as it is. The id, Bot and MFA cannot change.
	UpdateUser(ctx context.Context, userID id.ID, change func(*User) error) (User, error)
	// ListUsers gives accounts in ascending order of id, those after a given one (zero: from the start), at most limit.
	ListUsers(ctx context.Context, after id.ID, limit int) ([]User, error)
}
