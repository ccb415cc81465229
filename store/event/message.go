package event

import (
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// MessageCreated says that a message was posted. It carries all that its viewers are shown, so that nobody has to look anything up per viewer.
type MessageCreated struct {
	Message store.Message
	// Author wrote it; Member is their place in the guild, nil when they left meanwhile.
	Author store.User
	Member *store.Member
	// Mentioned are the accounts in Message.Mentions.
	Mentioned []store.User
	// Referenced is the message replied to, nil for none or when it is deleted; ReferencedAuthor wrote it.
	Referenced       *store.Message
	ReferencedAuthor *store.User
	// SnapshotMentioned are the accounts that a forwarded message mentioned.
	SnapshotMentioned []store.User
	// PollResults are the results of the message's poll, when it has just ended.
	PollResults []store.PollResult
	// ChannelType is the channel's type, which clients need to place a message of a channel that they do not know.
	ChannelType store.ChannelType
	// Thread is the one that began with the message, nil for none.
	Thread *store.Channel
	// Interacted are the accounts that Message.Interaction names.
	Interacted []store.User
}

// HasFiles tells whether there are files among what viewers are shown.
func (e *MessageCreated) HasFiles() bool {
	return len(e.Message.AllAttachments()) > 0 || e.Referenced != nil && len(e.Referenced.AllAttachments()) > 0
}

// MessageUpdated says that a message was edited; its fields are as in MessageCreated.
type MessageUpdated MessageCreated

// MessageDeleted says that a message is gone.
type MessageDeleted struct{ MessageID, ChannelID, GuildID id.ID }

// MessagesDeleted says that several messages of a channel are gone at once.
type MessagesDeleted struct {
	GuildID, ChannelID id.ID
	// MessageIDs ascend.
	MessageIDs []id.ID
}

// TypingStarted says that somebody is typing; it is good for ten seconds.
type TypingStarted struct {
	GuildID, ChannelID id.ID
	// Member is their place in the guild; it means nothing between people.
	Member store.Member
	User   store.User
	At     time.Time
}

func (e MessageCreated) Subject() string  { return GuildSubject(e.Message.GuildID) }
func (e MessageUpdated) Subject() string  { return GuildSubject(e.Message.GuildID) }
func (e MessageDeleted) Subject() string  { return GuildSubject(e.GuildID) }
func (e MessagesDeleted) Subject() string { return GuildSubject(e.GuildID) }
func (e TypingStarted) Subject() string   { return GuildSubject(e.GuildID) }
