package wire

import (
	"guildhall/api/chat"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Poll is a question that a message asks its readers.
type Poll struct {
	Question         PollMedia    `json:"question"`
	Answers          []PollAnswer `json:"answers"`
	Expiry           string       `json:"expiry"`
	AllowMultiselect bool         `json:"allow_multiselect"`
	LayoutType       int          `json:"layout_type"`
	// Results are as the reader sees them; most dispatches, which readers share, leave them out.
	Results *PollResults `json:"results,omitempty"`
}

// PollMedia is a text with an emoji.
type PollMedia struct {
	Text  string         `json:"text"`
	Emoji *ReactionEmoji `json:"emoji,omitempty"`
}

// PollAnswer is one answer to choose.
type PollAnswer struct {
	AnswerID  int       `json:"answer_id"`
	PollMedia PollMedia `json:"poll_media"`
}

// PollResults tells how often answers were chosen; those that were not are left out.
type PollResults struct {
	IsFinalized  bool          `json:"is_finalized"`
	AnswerCounts []AnswerCount `json:"answer_counts"`
}

// AnswerCount is how often an answer was chosen.
type AnswerCount struct {
	ID      int  `json:"id"`
	Count   int  `json:"count"`
	MeVoted bool `json:"me_voted"`
}

func newPoll(poll *store.Poll) *Poll {
	if poll == nil {
		return nil
	}
	shown := &Poll{Question: PollMedia{Text: poll.Question}, Answers: make([]PollAnswer, len(poll.Answers)), Expiry: Timestamp(poll.ExpiresAt), AllowMultiselect: poll.Multiselect, LayoutType: 1}
	for i, answer := range poll.Answers {
		shown.Answers[i] = PollAnswer{AnswerID: answer.ID, PollMedia: PollMedia{Text: answer.Text}}
		if answer.Emoji != (store.Emoji{}) {
			emoji := NewReactionEmoji(answer.Emoji)
			shown.Answers[i].PollMedia.Emoji = &emoji
		}
	}
	return shown
}

// NewPollResults shows how often the answers of a poll were chosen.
func NewPollResults(poll *store.Poll, results []store.PollResult) *PollResults {
	shown := &PollResults{IsFinalized: poll.Ended, AnswerCounts: make([]AnswerCount, len(results))}
	for i, result := range results {
		shown.AnswerCounts[i] = AnswerCount{ID: result.AnswerID, Count: result.Count, MeVoted: result.Me}
	}
	return shown
}

// PollDraft is a poll in a new message.
type PollDraft struct {
	Question         PollMediaDraft    `json:"question"`
	Answers          []PollAnswerDraft `json:"answers"`
	Duration         Optional[int]     `json:"duration"`
	AllowMultiselect Optional[bool]    `json:"allow_multiselect"`
	LayoutType       Optional[int]     `json:"layout_type"`
}

// PollMediaDraft is a text with an emoji in a new poll.
type PollMediaDraft struct {
	Text  Optional[string]    `json:"text"`
	Emoji Optional[EmojiName] `json:"emoji"`
}

// PollAnswerDraft is one answer of a new poll.
type PollAnswerDraft struct {
	PollMedia PollMediaDraft `json:"poll_media"`
}

// EmojiName names an emoji: one of a guild's own by id and name, another by its characters.
type EmojiName struct {
	ID       Optional[id.ID]  `json:"id"`
	Name     Optional[string] `json:"name"`
	Animated Optional[bool]   `json:"animated"`
}

// Draft reads it.
func (p *PollDraft) Draft() *chat.PollDraft {
	draft := &chat.PollDraft{Question: p.Question.Text.Value, Hours: p.Duration.Value, Multiselect: p.AllowMultiselect.Value}
	if p.Duration.Present && !p.Duration.Null && p.Duration.Value == 0 {
		draft.Hours = -1 // asked for, and out of bounds
	}
	for _, answer := range p.Answers {
		emoji := answer.PollMedia.Emoji.Value
		draft.Answers = append(draft.Answers, store.PollAnswer{Text: answer.PollMedia.Text.Value, Emoji: store.Emoji{ID: emoji.ID.Value, Name: emoji.Name.Value, Animated: emoji.Animated.Value}})
	}
	return draft
}

// PollVote is the payload of MESSAGE_POLL_VOTE_ADD and MESSAGE_POLL_VOTE_REMOVE.
type PollVote struct {
	UserID    id.ID  `json:"user_id"`
	ChannelID id.ID  `json:"channel_id"`
	MessageID id.ID  `json:"message_id"`
	GuildID   *id.ID `json:"guild_id,omitempty"`
	AnswerID  int    `json:"answer_id"`
}

// NewPollVote tells of a vote, by the name of its dispatch.
func NewPollVote(e event.PollVoted) (name string, payload PollVote) {
	name = "MESSAGE_POLL_VOTE_REMOVE"
	if e.Added {
		name = "MESSAGE_POLL_VOTE_ADD"
	}
	return name, PollVote{UserID: e.UserID, ChannelID: e.ChannelID, MessageID: e.MessageID, GuildID: IDOrNull(e.GuildID), AnswerID: e.AnswerID}
}

// PollAnswers is the body of PUT of one's own answers.
type PollAnswers struct {
	AnswerIDs []int `json:"answer_ids"`
}

// PollVoters answers who chose an answer.
type PollVoters struct {
	Users []User `json:"users"`
}
