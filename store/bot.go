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
	// Cover is a wide picture for where applications are listed; nil for none. The application's icon is the avatar of its account, its name the account's.
	Cover *Picture
	// Tags are at most 5 of at most 20 characters each.
	Tags []string
	// The addresses are empty for none: terms of service, privacy policy, the page that installs it, and where interactions go that are not for the gateway.
	TermsURL, PrivacyURL, CustomInstallURL, InteractionsURL string
	// RedirectURIs are where an authorisation may lead back to.
	RedirectURIs []string
	// Install is how its owner wants it installed; nil for nothing in particular.
	Install *InstallParams
	// VerifyKey is the Ed25519 public key that signs outgoing interactions, 32 bytes; PrivateKey is its seed, 32 bytes.
	VerifyKey  []byte
	PrivateKey []byte
}

// InstallParams are what an application asks for when it is installed.
type InstallParams struct {
	// Scopes are "bot" and "applications.commands", in this order, as far as they are asked for.
	Scopes      []string
	Permissions uint64
}

// Bots keeps applications.
type Bots interface {
	// CreateBot stores a bot with its account (user.ID = bot.UserID, user.Bot). ErrNotFound when the owner does not exist; conflicts as in CreateUser.
	// The pictures of both name their bytes (see Picture).
	CreateBot(ctx context.Context, bot Bot, user User) error
	Bot(ctx context.Context, botID id.ID) (Bot, error)
	// BotsByOwner gives a person's bots in ascending order of id; a zero owner gives all.
	BotsByOwner(ctx context.Context, ownerID id.ID) ([]Bot, error)
	// UpdateBot applies change atomically (see UpdateUser for the rules of change). ErrNotFound also when it comes to be of an owner who does not exist.
	UpdateBot(ctx context.Context, botID id.ID, change func(*Bot) error) (Bot, error)
}
