package event

import "guildhall/store/id"

// PollVoted says that somebody chose an answer of a poll, or does not any more.
type PollVoted struct {
	GuildID, ChannelID, MessageID id.ID
	UserID                        id.ID
	AnswerID                      int
	Added                         bool
}

func (e PollVoted) Subject() string { return GuildSubject(e.GuildID) }

// Place tells where the poll is.
func (e PollVoted) Place() (guildID, channelID id.ID) { return e.GuildID, e.ChannelID }
