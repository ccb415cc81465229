package event

import (
	"guildhall/store/id"
)

// Stream is the screen that somebody in voice shows to those in their channel who want to see it.
type Stream struct {
	// GuildID is zero in the call of a conversation.
	GuildID, ChannelID, OwnerID id.ID
	// ServerID names the stream at the media server, where it is a room of its own.
	ServerID id.ID
	// ViewerIDs are those who watch, ascending.
	ViewerIDs []id.ID
	Paused    bool
}

// StreamChange says what is told of a stream.
type StreamChange uint8

// What is told of streams.
const (
	// StreamShown comes first, to whoever begins a stream or comes to watch it; StreamSummons with the token to join the media server with comes after it.
	StreamShown StreamChange = iota
	StreamSummons
	StreamUpdated
	StreamEnded
)

// StreamChanged tells one session of a stream that it shows or watches. In a guild it is published to the guild, so that it is in order with voice states.
type StreamChanged struct {
	Change    StreamChange
	Stream    Stream
	UserID    id.ID
	SessionID string
	// Token is that of a summons, Reason that of an end (wire contract).
	Token, Reason string
}

func (e StreamChanged) Subject() string {
	if e.Stream.GuildID == 0 {
		return UserSubject(e.UserID)
	}
	return GuildSubject(e.Stream.GuildID)
}
