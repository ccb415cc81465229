package wire

import (
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Call is the payload of CALL_CREATE.
type Call struct {
	CallUpdate
	VoiceStates []VoiceState `json:"voice_states"`
}

// CallUpdate is the payload of CALL_UPDATE.
type CallUpdate struct {
	ChannelID id.ID  `json:"channel_id"`
	MessageID id.ID  `json:"message_id"`
	Region    string `json:"region"`
	// Ringing are those who are being rung.
	Ringing []id.ID `json:"ringing"`
}

// CallDelete is the payload of CALL_DELETE.
type CallDelete struct {
	ChannelID id.ID `json:"channel_id"`
}

// VoiceRegionID names the one place where a hall's voice is.
const VoiceRegionID = "hall"

// NewCall shows a call.
func NewCall(call event.Call) Call {
	shown := Call{CallUpdate: NewCallUpdate(call), VoiceStates: make([]VoiceState, len(call.States))}
	for i, state := range call.States {
		shown.VoiceStates[i] = NewVoiceState(state)
	}
	return shown
}

// NewCallUpdate shows who is being rung.
func NewCallUpdate(call event.Call) CallUpdate {
	return CallUpdate{ChannelID: call.ChannelID, MessageID: call.MessageID, Region: VoiceRegionID, Ringing: append([]id.ID{}, call.Ringing...)}
}

// MessageCall is what a message tells of a call.
type MessageCall struct {
	Participants   []id.ID `json:"participants"`
	EndedTimestamp *string `json:"ended_timestamp"`
}

func newMessageCall(call *store.Call) *MessageCall {
	if call == nil {
		return nil
	}
	return &MessageCall{Participants: append([]id.ID{}, call.Participants...), EndedTimestamp: TimestampOrNull(call.EndedAt)}
}

// CallConnect is the payload of op 13.
type CallConnect struct {
	ChannelID id.ID `json:"channel_id"`
}

// CallEligibility answers GET /channels/{channel}/call.
type CallEligibility struct {
	Ringable bool `json:"ringable"`
}

// CallRing is the body of POST /channels/{channel}/call/ring, where null stands for everybody, and of stop-ringing, where null stands for everybody and what is left out for the caller.
type CallRing struct {
	Recipients Optional[[]id.ID] `json:"recipients"`
}
