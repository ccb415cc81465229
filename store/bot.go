package store

import (
	"context"

	"guildhall/store/id"
)

// Bot is an application with its bot account; both have the same id.
type Bot struct {
	UserID id.ID
	// OwnerID is the person who made it.
	OwnerID     id.ID
	Description string
	// TokenHash is the SHA-256 of the current token. The token itself is shown once and never stored.
	TokenHash []byte
	// Flags are the application flags of the wire contract (privileged intents, bits 12 to 15, 18, 19).
	Flags uint64
	// Public bots may be added to guilds by people other than their owner.
	Public bool
	// VerifyKey is the Ed25519 public key that signs outgoing interactions, 32 bytes; PrivateKey is its seed, 32 bytes.
	VerifyKey  []byte
	PrivateKey []byte
}

// Bots keeps applications.
type Bots interface {
	// CreateBot stores a bot with its account (user.ID = bot.UserID, user.Bot). ErrNotFound when the owner does not exist; conflicts as in CreateUser.
	CreateBot(ctx context.Context, bot Bot, user User) error
	Bot(ctx context.Context, botID id.ID) (Bot, error)
	// BotsByOwner gives a person's bots in ascending order of id; a zero owner gives all.
	BotsByOwner(ctx context.Context, ownerID id.ID) ([]Bot, error)
	// UpdateBot applies change atomically (see UpdateUser for the rules of change).
	UpdateBot(ctx context.Context, botID id.ID, change func(*Bot) error) (Bot, error)
}
