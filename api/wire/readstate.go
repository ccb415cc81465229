package wire

import (
	"guildhall/api/chat"
	"guildhall/store/event"
	"guildhall/store/id"
)

// ReadStates is how far a person has read, in READY.
type ReadStates struct {
	Entries []ReadState `json:"entries"`
	Version int         `json:"version"`
	Partial bool        `json:"partial"`
}

// ReadState is how far a person has read in a channel, whose id it has.
type ReadState struct {
	ID            id.ID `json:"id"`
	LastMessageID id.ID `json:"last_message_id"`
	// MentionCount is how many messages since then mention the person; 100 stands for more.
	MentionCount int `json:"mention_count"`
	// LastPinTimestamp is when the newest pin was set that the person has seen.
	LastPinTimestamp *string `json:"last_pin_timestamp"`
	Flags            int     `json:"flags"`
	LastViewed       *int    `json:"last_viewed"`
}

// NewReadStates shows all of a person's.
func NewReadStates(states []chat.ReadState) ReadStates {
	shown := ReadStates{Entries: make([]ReadState, len(states))}
	for i, state := range states {
		shown.Entries[i] = ReadState{ID: state.ChannelID, LastMessageID: state.LastMessageID, MentionCount: state.Mentions, LastPinTimestamp: TimestampOrNull(state.LastPinAt)}
	}
	return shown
}

// Ack is the body of POST /channels/{channel}/messages/{message}/ack. The hall counts mentions itself.
type Ack struct {
	Manual bool `json:"manual"`
}

// AckAnswer answers it.
type AckAnswer struct {
	Token *string `json:"token"`
}

// AckBulk is the body of POST /read-states/ack-bulk.
type AckBulk struct {
	ReadStates []AckEntry `json:"read_states"`
}

// AckEntry marks one channel as read. The one type there is is 0, a channel.
type AckEntry struct {
	ChannelID     id.ID `json:"channel_id"`
	MessageID     id.ID `json:"message_id"`
	ReadStateType int   `json:"read_state_type"`
}

// MessageAck is the payload of MESSAGE_ACK.
type MessageAck struct {
	ChannelID id.ID `json:"channel_id"`
	MessageID id.ID `json:"message_id"`
	Version   int   `json:"version"`
	// Manual and MentionCount are there when the mark was set by hand.
	Manual       bool `json:"manual,omitempty"`
	MentionCount *int `json:"mention_count,omitempty"`
}

// NewMessageAck tells of a mark.
func NewMessageAck(e event.MessageAcked) MessageAck {
	shown := MessageAck{ChannelID: e.ChannelID, MessageID: e.MessageID, Manual: e.Manual}
	if e.Manual {
		shown.MentionCount = &e.Mentions
	}
	return shown
}

// ChannelPinsAck is the payload of CHANNEL_PINS_ACK. Timestamp is when the newest pin was set that the person has seen.
type ChannelPinsAck struct {
	ChannelID id.ID  `json:"channel_id"`
	Timestamp string `json:"timestamp"`
	Version   int    `json:"version"`
}
