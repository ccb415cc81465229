package store

import (
	"context"

	"guildhall/store/id"
)

// Emoji is what people react with: one of a guild's own, or one of Unicode's.
type Emoji struct {
	// ID is that of a guild's own emoji, zero for Unicode's.
	ID id.ID
	// Name is the name of a guild's own emoji, or the characters of one of Unicode's; at most 64 bytes.
	Name     string
	Animated bool
}

// Reaction is how often a message was reacted to with one emoji.
type Reaction struct {
	Emoji Emoji
	Count int
	// Me tells that the reader is among those who did.
	Me bool
}

// Reactions keeps what people react with to messages. Of two emoji with one id, or with one name and no id, the first that came counts as the emoji.
type Reactions interface {
	// AddReaction stores a reaction of an account; added is false when it is there already. ErrNotFound when the message or the account does not exist, a *LimitError when the
	// message has most kinds of reactions already and this would be another.
	AddReaction(ctx context.Context, channelID, messageID, userID id.ID, emoji Emoji, most int) (added bool, err error)
	// RemoveReaction takes one away; removed is false when it is not there. ErrNotFound when the message does not exist.
	RemoveReaction(ctx context.Context, channelID, messageID, userID id.ID, emoji Emoji) (removed bool, err error)
	// ClearReactions takes all away, or those with one emoji, and tells whether there were any. ErrNotFound when the message does not exist.
	ClearReactions(ctx context.Context, channelID, messageID id.ID, emoji *Emoji) (cleared bool, err error)
	// Reactors gives who reacted with an emoji, in ascending order of user id, after a given one, at most limit.
	Reactors(ctx context.Context, channelID, messageID id.ID, emoji Emoji, after id.ID, limit int) ([]id.ID, error)
	// Reactions gives the reactions to each of some messages of a channel that has any, as reader sees them, in the order in which each kind came first.
	Reactions(ctx context.Context, channelID id.ID, messageIDs []id.ID, reader id.ID) (map[id.ID][]Reaction, error)
}
