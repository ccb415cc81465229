package event

import (
	"guildhall/store"
	"guildhall/store/id"
)

// EmojisUpdated says that the emoji of a guild's own are others now.
type EmojisUpdated struct {
	GuildID id.ID
	// Emojis are all that there are, in ascending order of id.
	Emojis []store.GuildEmoji
}

func (e EmojisUpdated) Subject() string { return GuildSubject(e.GuildID) }
