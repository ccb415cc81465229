package event

import "guildhall/store/id"

// HooksChanged says that the event hooks of a guild are others now, for the other nodes. Clients are not told.
type HooksChanged struct{ GuildID id.ID }

// Subject implements Event.
func (e HooksChanged) Subject() string { return GuildSubject(e.GuildID) }
