package store

import (
	"context"
	"slices"

	"guildhall/store/id"
)

// MaxDismissed is how many dismissed mentions are remembered of an account, those with the greatest ids.
const MaxDismissed = 1000

// MentionQuery chooses the newest messages that mention an account.
type MentionQuery struct {
	UserID id.ID
	// ChannelIDs are where to look.
	ChannelIDs []id.ID
	// Everyone adds messages that mention everybody, RoleIDs those that mention one of some roles.
	Everyone bool
	RoleIDs  []id.ID
	// Before is the id of a message, itself left out; zero for the newest.
	Before id.ID
	// Limit is how many at most; 0 gives none.
	Limit int
}

// Wants tells whether a message mentions the account in a way that is asked for.
func (q *MentionQuery) Wants(message *Message) bool {
	return slices.Contains(message.Mentions, q.UserID) || q.Everyone && message.MentionEveryone ||
		slices.ContainsFunc(message.MentionRoles, func(roleID id.ID) bool { return slices.Contains(q.RoleIDs, roleID) })
}

// Mentions finds who was mentioned where.
type Mentions interface {
	// RecentMentions gives messages that others wrote and that mention the account, newest first, without those dismissed.
	RecentMentions(ctx context.Context, query MentionQuery) ([]Message, error)
	// DismissMention leaves a message out from now on. ErrNotFound when the account does not exist; the message need not.
	DismissMention(ctx context.Context, userID, messageID id.ID) error
}
