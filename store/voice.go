package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// VoiceSession tells that a user was in a voice channel from one moment to another. It is a record for people who look after the hall; who is in voice
// right now is ephemeral and not read from here.
type VoiceSession struct {
	ID        id.ID
	GuildID   id.ID
	ChannelID id.ID
	UserID    id.ID
	StartedAt time.Time
	// EndedAt is zero while the session is open.
	EndedAt time.Time
}

// Voice keeps voice sessions. Its writes need no durability of their own: they may be lost in a crash.
type Voice interface {
	// StartVoiceSession stores an open session; ErrNotFound when the channel does not exist.
	StartVoiceSession(ctx context.Context, session VoiceSession) error
	// EndVoiceSession closes one; ErrNotFound when it does not exist, no error when it is closed already.
	EndVoiceSession(ctx context.Context, sessionID id.ID, endedAt time.Time) error
	// EndAllVoiceSessions closes those that are open (at start, after a crash) and tells how many they were.
	EndAllVoiceSessions(ctx context.Context, endedAt time.Time) (int, error)
	// VoiceSessions gives a channel's sessions, newest first, before a given one (zero: from the newest), at most limit.
	VoiceSessions(ctx context.Context, channelID, before id.ID, limit int) ([]VoiceSession, error)
}
