package event

import (
	"time"

	"guildhall/store/id"
)

// PinsUpdated says that a message of a channel was pinned, or a pin was taken away.
type PinsUpdated struct {
	GuildID, ChannelID id.ID
	// LastPinAt is the moment of the last pin that was set; zero for none.
	LastPinAt time.Time
}

func (e PinsUpdated) Subject() string { return GuildSubject(e.GuildID) }

// Place tells in which channel.
func (e PinsUpdated) Place() (guildID, channelID id.ID) { return e.GuildID, e.ChannelID }
