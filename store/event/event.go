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
