package store

import (
	"context"

	"guildhall/store/id"
)

// HallAct says what was done to the hall, or to what is in it, by those who run it: what it is about and what became of that.
type HallAct string

// The acts that are recorded.
const (
	HallClaimed       HallAct = "hall.claim"
	HallChanged       HallAct = "hall.update"
	HallHandedOver    HallAct = "hall.owner"
	HallUserCreated   HallAct = "user.create"
	HallUserPassword  HallAct = "user.password"
	HallUserResetLink HallAct = "user.reset-link"
	HallUserMFAReset  HallAct = "user.mfa-reset"
	HallUserStreamKey HallAct = "user.stream-key"
	HallUserDisabled  HallAct = "user.disable"
	HallUserEnabled   HallAct = "user.enable"
	HallUserRevoked   HallAct = "user.revoke"
	HallUserDeleted   HallAct = "user.delete"
	HallBotCreated    HallAct = "bot.create"
	HallBotToken      HallAct = "bot.token"
	HallBotChanged    HallAct = "bot.update"
	HallBotHandedOver HallAct = "bot.transfer"
	HallBotDeleted    HallAct = "bot.delete"
	HallGuildCreated  HallAct = "guild.create"
	HallGuildDeleted  HallAct = "guild.delete"
	HallOpenIDAdded   HallAct = "oidc.add"
	HallOpenIDChanged HallAct = "oidc.edit"
	HallOpenIDRemoved HallAct = "oidc.remove"
)

// HallEntry is one act of those who run the hall. What they do within a guild is in its audit log.
type HallEntry struct {
	ID id.ID
	// UserID is who did it; zero for the command line of the machine's own administrator.
	UserID id.ID
	Act    HallAct
	// TargetID is the account, bot or guild that it was done to; zero for the hall itself. It may be gone since.
	TargetID id.ID
	// Details are what the act was about, by name, such as the name of an account that was deleted; never a secret.
	Details map[string]string
	// Reason is at most 512 characters; may be empty.
	Reason string
}

// HallLogs keeps what those who run the hall did. Entries are never changed; the oldest go when there are too many.
type HallLogs interface {
	// AddHallEntry stores an entry, and deletes the oldest so that no more than most are left. A *ConflictError ("id") when it is there already.
	AddHallEntry(ctx context.Context, entry HallEntry, most int) error
	// HallEntries gives entries, the newest first, before a given one (zero: from the newest), at most limit.
	HallEntries(ctx context.Context, before id.ID, limit int) ([]HallEntry, error)
	// TransferHall makes a person the hall's owner in place of from (zero when there is none), and stores an entry as AddHallEntry does, in one step; what a set-up token is left is used up.
	// ErrSpent when somebody else owns the hall by now; ErrNotFound when there is no such account, or it is a bot's.
	TransferHall(ctx context.Context, from, to id.ID, entry HallEntry, most int) (Hall, error)
}
