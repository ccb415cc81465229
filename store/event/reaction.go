package event

import (
	"guildhall/store"
	"guildhall/store/id"
)

// ReactionAdded says that somebody reacted to a message.
type ReactionAdded struct {
	GuildID, ChannelID, MessageID id.ID
	// AuthorID wrote the message.
	AuthorID id.ID
	UserID   id.ID
	Emoji    store.Emoji
	// Member is the place in the guild of who reacted, User the account; between people Member is nil.
	Member *store.Member
	User   store.User
}

// ReactionRemoved says that a reaction was taken away, by its own author or another.
type ReactionRemoved struct {
	GuildID, ChannelID, MessageID id.ID
	UserID                        id.ID
	Emoji                         store.Emoji
}

// ReactionsCleared says that all reactions of a message were taken away, or those with one emoji.
type ReactionsCleared struct {
	GuildID, ChannelID, MessageID id.ID
	Emoji                         *store.Emoji
}

func (e ReactionAdded) Subject() string    { return GuildSubject(e.GuildID) }
func (e ReactionRemoved) Subject() string  { return GuildSubject(e.GuildID) }
func (e ReactionsCleared) Subject() string { return GuildSubject(e.GuildID) }

// Place tells where the message is.
func (e ReactionAdded) Place() (guildID, channelID id.ID) { return e.GuildID, e.ChannelID }

// Place tells where the message is.
func (e ReactionRemoved) Place() (guildID, channelID id.ID) { return e.GuildID, e.ChannelID }

// Place tells where the message is.
func (e ReactionsCleared) Place() (guildID, channelID id.ID) { return e.GuildID, e.ChannelID }
