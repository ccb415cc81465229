package store

import (
	"context"
	"math"
	"time"

	"guildhall/store/id"
)

// Invite is a code that lets people into a guild.
type Invite struct {
	// Code is unique, 2 to 32 characters of [A-Za-z0-9-].
	Code      string
	GuildID   id.ID
	ChannelID id.ID
	// InviterID is zero for invites made by the command line.
	InviterID id.ID
	CreatedAt time.Time
	// MaxAge is how long it works, in seconds; 0 for ever.
	MaxAge int
	// MaxUses is how often it works; 0 for any number.
	MaxUses int
	Uses    int
	// Temporary memberships end when the person goes offline without having been given a role.
	Temporary bool
}

// longestAge is the longest that an invite is taken to work, 292 years: what a time.Duration holds.
const longestAge = int64(math.MaxInt64 / time.Second)

// ExpiresAt is when the invite stops working; the zero time when it never does.
func (i Invite) ExpiresAt() time.Time {
	if i.MaxAge == 0 {
		return time.Time{}
	}
	return i.CreatedAt.Add(time.Duration(max(-longestAge, min(int64(i.MaxAge), longestAge))) * time.Second)
}

// Usable tells whether the invite still works at a moment.
func (i Invite) Usable(now time.Time) bool {
	expires := i.ExpiresAt()
	return (expires.IsZero() || now.Before(expires)) && (i.MaxUses == 0 || i.Uses < i.MaxUses)
}

// Invites keeps invites.
type Invites interface {
	// CreateInvite stores an invite. ErrNotFound when its guild or channel does not exist; a *ConflictError ("code") when the code is taken.
	CreateInvite(ctx context.Context, invite Invite) error
	// Invite reads one, usable or not.
	Invite(ctx context.Context, code string) (Invite, error)
	// GuildInvites gives a guild's invites, newest first, unusable ones included until they are pruned.
	GuildInvites(ctx context.Context, guildID id.ID) ([]Invite, error)
	// RedeemInvite checks that the invite is usable at now, counts the use and adds the member (its GuildID and Temporary are set from the invite), in one step; of several
	// concurrent redemptions no more succeed than uses are left. ErrNotFound, ErrSpent, a *ConflictError ("member") or ErrBanned, the first of them that holds (nobody is a member and banned); none counts as a use.
	RedeemInvite(ctx context.Context, code string, member Member, now time.Time) (Invite, error)
	DeleteInvite(ctx context.Context, code string) error
	// PruneInvites deletes the invites that are not usable any more at a moment and tells how many they were.
	PruneInvites(ctx context.Context, now time.Time) (int, error)
}
