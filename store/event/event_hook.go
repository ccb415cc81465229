package event

import "guildhall/store/id"

// EventHooksChanged says that the event hooks of a guild are others now, for the other nodes. Clients are not told.
type EventHooksChanged struct{ GuildID id.ID }

// Subject implements Event.
func (e EventHooksChanged) Subject() string { return GuildSubject(e.GuildID) }
