package event

import (
	"guildhall/store"
	"guildhall/store/id"
)

// VoiceState is who is in which voice channel, and how.
type VoiceState struct {
	GuildID id.ID
	// ChannelID is zero when the user has just left.
	ChannelID id.ID
	UserID    id.ID
	// SessionID is the gateway session that is in voice.
	SessionID string
	// Deaf and Mute are set by the server, SelfDeaf and SelfMute by the user, Suppress by missing SPEAK.
	Deaf, Mute, SelfDeaf, SelfMute, SelfVideo, Suppress bool
}

// VoiceStateUpdated says that somebody joined, left, moved or changed their voice state.
type VoiceStateUpdated struct {
	State  VoiceState
	Member store.Member
	User   store.User
}

// VoiceServerUpdated tells one gateway session where and with which one-time token to join the voice server. It is published to the guild, so that it arrives after the
// voice state that it belongs to.
type VoiceServerUpdated struct {
	GuildID   id.ID
	UserID    id.ID
	SessionID string
	Token     string
}

// VoiceStatusChanged says that the people in a voice channel do something else now.
type VoiceStatusChanged struct {
	GuildID, ChannelID id.ID
	// Status is empty for none.
	Status string
}

func (e VoiceStateUpdated) Subject() string  { return GuildSubject(e.State.GuildID) }
func (e VoiceServerUpdated) Subject() string { return GuildSubject(e.GuildID) }
func (e VoiceStatusChanged) Subject() string { return GuildSubject(e.GuildID) }
