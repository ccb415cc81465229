package event

import (
	"time"

	"guildhall/store/id"
)

// MessageAcked tells a user's own devices how far the user has read in a channel.
type MessageAcked struct {
	UserID, ChannelID, MessageID id.ID
	// Manual says that the user set the mark by hand, perhaps back; Mentions is how many mentions there are after it then.
	Manual   bool
	Mentions int
}

func (e MessageAcked) Subject() string { return UserSubject(e.UserID) }

// PinsAcked tells a user's own devices which pins of a channel the user has seen: those set up to a moment.
type PinsAcked struct {
	UserID, ChannelID id.ID
	At                time.Time
}

func (e PinsAcked) Subject() string { return UserSubject(e.UserID) }
