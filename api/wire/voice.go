package wire

import (
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// VoiceState is who is in which voice channel, and how.
type VoiceState struct {
	// GuildID is null in the call of a conversation.
	GuildID                 *id.ID  `json:"guild_id"`
	ChannelID               *id.ID  `json:"channel_id"`
	UserID                  id.ID   `json:"user_id"`
	Member                  *Member `json:"member,omitempty"`
	SessionID               string  `json:"session_id"`
	Deaf                    bool    `json:"deaf"`
	Mute                    bool    `json:"mute"`
	SelfDeaf                bool    `json:"self_deaf"`
	SelfMute                bool    `json:"self_mute"`
	SelfStream              bool    `json:"self_stream"`
	SelfVideo               bool    `json:"self_video"`
	Suppress                bool    `json:"suppress"`
	RequestToSpeakTimestamp *string `json:"request_to_speak_timestamp"`
}

// NewVoiceState shows a voice state without the member, as in a guild's snapshot.
func NewVoiceState(state event.VoiceState) VoiceState {
	return VoiceState{GuildID: IDOrNull(state.GuildID), ChannelID: IDOrNull(state.ChannelID), UserID: state.UserID, SessionID: state.SessionID, Deaf: state.Deaf, Mute: state.Mute,
		SelfDeaf: state.SelfDeaf, SelfMute: state.SelfMute, SelfVideo: state.SelfVideo, SelfStream: state.SelfStream, RequestToSpeakTimestamp: TimestampOrNull(state.RequestedToSpeakAt), Suppress: state.Suppress}
}

// NewVoiceStateUpdate is the payload of VOICE_STATE_UPDATE. Clients recognise their own join by the member's user.
func NewVoiceStateUpdate(state event.VoiceState, member store.Member, user store.User) VoiceState {
	shown := NewVoiceState(state)
	place := NewMember(member, user)
	shown.Member = &place
	return shown
}

// VoiceServerUpdate is the payload of VOICE_SERVER_UPDATE: where to join the voice server, and with which one-time token.
type VoiceServerUpdate struct {
	Token string `json:"token"`
	// GuildID is null in the call of a conversation, which has ChannelID in its place.
	GuildID   *id.ID `json:"guild_id"`
	ChannelID id.ID  `json:"channel_id,omitempty"`
	// Endpoint is host:port/path without a scheme.
	Endpoint string `json:"endpoint"`
}

// VoiceStatus is the body of PUT /channels/{channel}/voice-status.
type VoiceStatus struct {
	Status Optional[string] `json:"status"`
}

// VoiceStatusUpdate is the payload of VOICE_CHANNEL_STATUS_UPDATE.
type VoiceStatusUpdate struct {
	ID      id.ID   `json:"id"`
	GuildID id.ID   `json:"guild_id"`
	Status  *string `json:"status"`
}

// VoiceStateRequest is the payload of op 4. A null channel leaves.
type VoiceStateRequest struct {
	GuildID   Optional[id.ID] `json:"guild_id"`
	ChannelID Optional[id.ID] `json:"channel_id"`
	SelfMute  bool            `json:"self_mute"`
	SelfDeaf  bool            `json:"self_deaf"`
	SelfVideo bool            `json:"self_video"`
}

// VoiceRegion is an element of GET /voice/regions.
type VoiceRegion struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Optimal    bool   `json:"optimal"`
	Deprecated bool   `json:"deprecated"`
	Custom     bool   `json:"custom"`
}
