package event

import (
	"guildhall/store"
	"guildhall/store/id"
)

// Placed is an event of one channel. In a channel between people, whose guild is zero, each of them is told by a Direct.
type Placed interface {
	Event
	Place() (guildID, channelID id.ID)
}

// Direct brings an event of a channel between people to one of them, on all of their devices.
type Direct struct {
	UserID id.ID
	Event  Placed
}

// DirectOpened shows a conversation to one of the people in it. It also tells of its new name or owner.
type DirectOpened struct {
	UserID  id.ID
	Channel store.Channel
	// LastMessageID is the id of the newest message, zero for none.
	LastMessageID id.ID
	// People are the others in it.
	People []store.User
	// Known tells that the conversation was shown before, and something about it changed.
	Known bool
}

// DirectClosed takes a conversation out of one person's list.
type DirectClosed struct {
	UserID  id.ID
	Channel store.Channel
}

// RecipientAdded tells one person in a group that somebody came into it.
type RecipientAdded struct {
	UserID, ChannelID id.ID
	Recipient         store.User
}

// RecipientRemoved tells one person in a group that somebody is no longer in it.
type RecipientRemoved RecipientAdded

func (e Direct) Subject() string           { return UserSubject(e.UserID) }
func (e DirectOpened) Subject() string     { return UserSubject(e.UserID) }
func (e DirectClosed) Subject() string     { return UserSubject(e.UserID) }
func (e RecipientAdded) Subject() string   { return UserSubject(e.UserID) }
func (e RecipientRemoved) Subject() string { return UserSubject(e.UserID) }

// Place tells where the message is.
func (e MessageCreated) Place() (guildID, channelID id.ID) {
	return e.Message.GuildID, e.Message.ChannelID
}

// Place tells where the message is.
func (e MessageUpdated) Place() (guildID, channelID id.ID) { return MessageCreated(e).Place() }

// Place tells where the message was.
func (e MessageDeleted) Place() (guildID, channelID id.ID) { return e.GuildID, e.ChannelID }

// Place tells where somebody is typing.
func (e TypingStarted) Place() (guildID, channelID id.ID) { return e.GuildID, e.ChannelID }
