// Package event holds the typed domain events: what happened, one struct each, made of store types.
package event

import (
	"guildhall/store/id"
)

// Event is something that happened and that others may want to know.
type Event interface {
	// Subject says whom it concerns: GuildSubject, UserSubject or HallSubject.
	Subject() string
}

// GuildSubject is where the events of a guild are published.
func GuildSubject(guildID id.ID) string { return "guild." + guildID.String() }

// UserSubject is where the events for one account, on all of its devices, are published.
func UserSubject(userID id.ID) string { return "user." + userID.String() }

// HallSubject is where the events of the whole installation are published.
const HallSubject = "hall"

// Barrier says nothing by itself. It is published behind other events on a subject, so that whoever published it knows, when it arrives, that everything that was
// published on that subject before has arrived too.
type Barrier struct {
	// On is the subject.
	On string
	// From names the publisher, which numbers its barriers. Others pass them over.
	From   string
	Number uint64
}

func (e Barrier) Subject() string { return e.On }
