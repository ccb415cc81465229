package event

import (
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// VoiceState is who is in which voice channel, and how.
type VoiceState struct {
	// GuildID is zero in the call of a conversation.
	GuildID id.ID
	// ChannelID is zero when the user has just left.
	ChannelID id.ID
	UserID    id.ID
	// SessionID is the gateway session that is in voice.
	SessionID string
	// Deaf and Mute are set by the server, SelfDeaf and SelfMute by the user, Suppress by missing SPEAK.
	Deaf, Mute, SelfDeaf, SelfMute, SelfVideo, Suppress bool
	// RequestedToSpeakAt is when a listener on a stage raised their hand, or when who is no listener any more was invited to speak; zero for neither.
	RequestedToSpeakAt time.Time
	// SelfStream tells that the user shows something.
	SelfStream bool
}

// VoiceStateUpdated says that somebody joined, left, moved or changed their voice state. In a conversation it has no member, and is brought to everybody there by a Direct.
type VoiceStateUpdated struct {
	State  VoiceState
	Member store.Member
	User   store.User
}

// VoiceServerUpdated tells one gateway session where and with which one-time token to join the voice server. It is published to the guild, so that it arrives after the
// voice state that it belongs to.
type VoiceServerUpdated struct {
	// GuildID is zero in the call of a conversation: then it is brought by a Direct.
	GuildID   id.ID
	ChannelID id.ID
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

// Place tells where somebody is in voice; of who has left it is the guild alone.
func (e VoiceStateUpdated) Place() (guildID, channelID id.ID) {
	return e.State.GuildID, e.State.ChannelID
}

// Place tells what is to be joined.
func (e VoiceServerUpdated) Place() (guildID, channelID id.ID) { return e.GuildID, e.ChannelID }
