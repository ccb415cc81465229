package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// Guild is a community with its own channels, roles and members. The screen calls it a server.
type Guild struct {
	ID      id.ID
	OwnerID id.ID
	// Name has 2 to 100 characters.
	Name        string
	Description string
	// The levels below have the values of the wire contract's guild object.
	VerificationLevel           int
	DefaultMessageNotifications int
	ExplicitContentFilter       int
	// MFALevel is 1 when what moderators do takes a second factor, 0 when it does not.
	MFALevel int
	// AFKTimeout is in seconds.
	AFKTimeout         int
	AFKChannelID       id.ID
	SystemChannelID    id.ID
	SystemChannelFlags int
	RulesChannelID     id.ID
	// PreferredLocale is a BCP 47 language tag.
	PreferredLocale string
	// The pictures are nil for none. Splash stands behind an invitation, DiscoverySplash where guilds are listed.
	Icon, Banner, Splash, DiscoverySplash *Picture
	// InvitesPausedUntil is until when nobody can come in by an invite, DMsPausedUntil until when being in the guild together lets nobody write to another of their own accord; zero for
	// neither. They are the brakes against raids.
	InvitesPausedUntil, DMsPausedUntil time.Time
}

// Guilds keeps guilds.
type Guilds interface {
	// CreateGuild stores a guild with its first roles (the one whose id is the guild's is @everyone), channels and members in one step.
	// ErrNotFound when the owner's or a member's account does not exist.
	CreateGuild(ctx context.Context, guild Guild, roles []Role, channels []Channel, members []Member) error
	Guild(ctx context.Context, guildID id.ID) (Guild, error)
	// UpdateGuild applies change atomically (see UpdateUser for the rules of change).
	UpdateGuild(ctx context.Context, guildID id.ID, change func(*Guild) error) (Guild, error)
	// DeleteGuild deletes a guild and all that belongs to it: channels, overwrites, messages, roles, members, invites, bans, audit log, voice sessions.
	DeleteGuild(ctx context.Context, guildID id.ID) error
	// ListGuilds gives guilds in ascending order of id, after a given one, at most limit.
	ListGuilds(ctx context.Context, after id.ID, limit int) ([]Guild, error)
}
