package store

import (
	"context"

	"guildhall/store/id"
)

// ReadMark tells how far a person has read in a channel.
type ReadMark struct {
	UserID    id.ID
	ChannelID id.ID
	// MessageID is that of the newest message read; the message itself may be gone.
	MessageID id.ID
}

// MassMention is a message that mentions everybody, or whoever holds certain roles.
type MassMention struct {
	ChannelID id.ID
	MessageID id.ID
	AuthorID  id.ID
	Everyone  bool
	RoleIDs   []id.ID
}

// ReadStates keeps how far people have read, and finds what mentions them since. Read marks need no durability of their own: they may be lost in a crash.
type ReadStates interface {
	// SetReadMarks stores marks in place of earlier ones. Marks in channels, and of accounts, that do not exist are passed over.
	SetReadMarks(ctx context.Context, marks []ReadMark) error
	// DeleteReadMark forgets a mark; one that is not there is no error.
	DeleteReadMark(ctx context.Context, userID, channelID id.ID) error
	// ReadMark gives how far an account has read in a channel; ErrNotFound when there is no mark.
	ReadMark(ctx context.Context, userID, channelID id.ID) (ReadMark, error)
	// ReadMarks gives an account's marks in channels that exist, in ascending order of channel id.
	ReadMarks(ctx context.Context, userID id.ID) ([]ReadMark, error)

	// CountMentions tells for each mark whose channel has such how many messages after it name the account among their Mentions, at most most of each channel.
	CountMentions(ctx context.Context, marks []ReadMark, most int) (map[id.ID]int, error)
	// MassMentions gives the messages after each mark that mention everybody or roles, the newest of each channel first, at most most of each channel.
	MassMentions(ctx context.Context, marks []ReadMark, most int) ([]MassMention, error)
	// CountMessages tells for each mark whose channel has such how many messages after it others than the account have written, at most most of each channel.
	CountMessages(ctx context.Context, marks []ReadMark, most int) (map[id.ID]int, error)
}
