package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// Poll is a question that a message asks its readers.
type Poll struct {
	// Question has 1 to 300 characters.
	Question string
	// Answers are 1 to 10, with ids from 1 on.
	Answers     []PollAnswer
	ExpiresAt   time.Time
	Multiselect bool
	// Ended tells that no vote counts any more.
	Ended bool
}

// PollAnswer is one answer to choose.
type PollAnswer struct {
	ID int
	// Text has 1 to 55 characters.
	Text  string
	Emoji Emoji
}

// PollResult is how often an answer was chosen.
type PollResult struct {
	AnswerID int
	Count    int
	// Me tells that the reader chose it.
	Me bool
}

// PollPlace says where a poll is.
type PollPlace struct{ ChannelID, MessageID id.ID }

// Polls keeps what people choose in polls. The polls themselves are in messages, and do not change with them.
type Polls interface {
	// SetPollVotes makes answers those that an account chooses, in place of earlier ones, and tells which were added and which taken away, each ascending. ErrNotFound when the message with its poll, an
	// answer, or the account does not exist; ErrSpent when the poll has ended.
	SetPollVotes(ctx context.Context, channelID, messageID, userID id.ID, answers []int) (added, removed []int, err error)
	// PollVoters gives who chose an answer, in ascending order of user id, after a given one, at most limit.
	PollVoters(ctx context.Context, channelID, messageID id.ID, answer int, after id.ID, limit int) ([]id.ID, error)
	// PollResults gives, for each of some messages of a channel that has a poll, how often its answers were chosen, those that were not left out, in ascending order of answer.
	PollResults(ctx context.Context, channelID id.ID, messageIDs []id.ID, reader id.ID) (map[id.ID][]PollResult, error)
	// EndPoll ends a poll and gives its message; ended is false when it has ended before. ErrNotFound when there is no such poll.
	EndPoll(ctx context.Context, channelID, messageID id.ID) (message Message, ended bool, err error)
	// ExpiredPolls gives polls that have not ended although their time is over at a moment, at most limit, in no particular order.
	ExpiredPolls(ctx context.Context, now time.Time, limit int) ([]PollPlace, error)
}
