package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// ReadMark tells how far a person has read in a channel.
type ReadMark struct {
	UserID    id.ID
	ChannelID id.ID
	// MessageID is that of the newest message read; the message itself may be gone.
	MessageID id.ID
}

// PinMark tells which pins of a channel a person has seen.
type PinMark struct {
	UserID    id.ID
	ChannelID id.ID
	// At is when the newest pin was set that they have seen, in whole milliseconds.
	At time.Time
}

// MassMention is a message that mentions everybody, or whoever holds certain roles.
type MassMention struct {
	ChannelID id.ID
	MessageID id.ID
	AuthorID  id.ID
	Everyone  bool
	RoleIDs   []id.ID
}

// ReadStates keeps how far people have read, and finds what mentions them since. Marks need no durability of their own: they may be lost in a crash.
type ReadStates interface {
	// SetReadMarks stores marks in place of earlier ones. Marks in channels, and of accounts, that do not exist are passed over.
	SetReadMarks(ctx context.Context, marks []ReadMark) error
	// AdvancePinMark stores a mark unless there is one that is as late; advanced tells whether it did. ErrNotFound when the account or the channel does not exist.
	AdvancePinMark(ctx context.Context, mark PinMark) (advanced bool, err error)
	// PinMarks gives an account's marks about pins in channels that exist, in ascending order of channel id.
	PinMarks(ctx context.Context, userID id.ID) ([]PinMark, error)
	// DeleteReadMark forgets what an account has read in a channel, and which pins it has seen; a mark that is not there is no error.
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
