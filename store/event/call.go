package event

import (
	"guildhall/store/id"
)

// Call is a call in a conversation.
type Call struct {
	ChannelID id.ID
	// MessageID is the message that tells of the call.
	MessageID id.ID
	// Ringing are those who are being rung, ascending.
	Ringing []id.ID
	// States are those who are in the call, by ascending user id.
	States []VoiceState
}

// CallBegun tells one person in a conversation of the call there.
type CallBegun struct {
	UserID id.ID
	Call   Call
}

// CallUpdated tells one person in a conversation that others are being rung now.
type CallUpdated CallBegun

// CallEnded tells one person in a conversation that the call there is over.
type CallEnded struct{ UserID, ChannelID id.ID }

func (e CallBegun) Subject() string   { return UserSubject(e.UserID) }
func (e CallUpdated) Subject() string { return UserSubject(e.UserID) }
func (e CallEnded) Subject() string   { return UserSubject(e.UserID) }
