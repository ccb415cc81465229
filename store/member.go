package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// Member is a user's place in a guild.
type Member struct {
	GuildID id.ID
	UserID  id.ID
	// Nick replaces the name in this guild; at most 32 characters, may be empty.
	Nick string
	// RoleIDs are the roles held, in ascending order, without @everyone.
	RoleIDs  []id.ID
	JoinedAt time.Time
	// Deaf and Mute are the server's voice deafening and muting.
	Deaf bool
	Mute bool
	// TimedOutUntil ends a time-out; zero for none.
	TimedOutUntil time.Time
	// Flags are a bit set of the wire contract, see MemberQuarantined.
	Flags uint64
	// Temporary memberships end when the person goes offline. Being given a role makes them permanent.
	Temporary bool
	// Avatar, Banner and Bio (at most 190 characters) stand for those of the account in this guild; nil and empty for none.
	Avatar, Banner *Picture
	Bio            string
}

// MemberQuarantined is the flag of members who may not take part until their names are in order (AUTOMOD_QUARANTINED_USERNAME; Discord's documentation, "Guild Member Flags").
const MemberQuarantined uint64 = 1 << 7

// Members keeps who is in which guild.
type Members interface {
	// AddMember stores a member. ErrNotFound when the guild, the user or a role does not exist; a *ConflictError ("member") when they are in already; ErrBanned.
	AddMember(ctx context.Context, member Member) error
	Member(ctx context.Context, guildID, userID id.ID) (Member, error)
	// GuildMembers gives members in ascending order of user id, after a given one (zero: from the start), at most limit.
	GuildMembers(ctx context.Context, guildID, after id.ID, limit int) ([]Member, error)
	// TemporaryMembers gives all members, of all guilds, whose membership is temporary. It may read all members for it.
	TemporaryMembers(ctx context.Context) ([]Member, error)
	// RoleHolders gives for each of some roles that at most most members hold who they are, in ascending order; roles that more hold, or nobody, are left out. It may read all members
	// of the guild once.
	RoleHolders(ctx context.Context, guildID id.ID, roleIDs []id.ID, most int) (map[id.ID][]id.ID, error)
	// CountMembers tells how many members a guild has.
	CountMembers(ctx context.Context, guildID id.ID) (int, error)
	// UserGuilds gives the ids of the guilds that a user is in, ascending.
	UserGuilds(ctx context.Context, userID id.ID) ([]id.ID, error)
	// UpdateMember applies change atomically (see UpdateUser for the rules of change). ErrNotFound also when RoleIDs come to name a role that the guild
	// does not have.
	UpdateMember(ctx context.Context, guildID, userID id.ID, change func(*Member) error) (Member, error)
	// RemoveMember takes a user out of a guild and of its threads; a bot with its managed role and its installation (see Installations). The overwrites that name them stay, as upstream.
	RemoveMember(ctx context.Context, guildID, userID id.ID) (Departure, error)
}
