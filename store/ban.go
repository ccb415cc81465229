package store

import (
	"context"
	"errors"

	"guildhall/store/id"
)

// ErrBanned says that a user cannot become a member of a guild that has banned them.
var ErrBanned = errors.New("banned")

// Ban keeps a user out of a guild.
type Ban struct {
	GuildID id.ID
	UserID  id.ID
	// Reason is at most 512 characters; may be empty.
	Reason string
}

// Bans keeps who is banned from which guild.
type Bans interface {
	// AddBan stores a ban and takes the user out of the guild if they are a member, in one step, as RemoveMember does; wasMember tells whether they were. An application is not installed any more
	// also where its bot was no member. From then on no way into the guild
	// lets them in: AddMember, RedeemInvite, RegisterUser and Install return ErrBanned. ErrNotFound when the guild or the user does not exist; a *ConflictError ("ban") when there is a ban already.
	AddBan(ctx context.Context, ban Ban) (wasMember bool, left Departure, err error)
	Ban(ctx context.Context, guildID, userID id.ID) (Ban, error)
	// GuildBans gives bans after a given user (zero: from the start) in ascending order of user id, or, when before is not zero, those nearest before it, in ascending order too; at most limit.
	GuildBans(ctx context.Context, guildID, before, after id.ID, limit int) ([]Ban, error)
	RemoveBan(ctx context.Context, guildID, userID id.ID) error
}
