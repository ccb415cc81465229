package event

import (
	"guildhall/store"
	"guildhall/store/id"
)

// RelationshipChanged tells a user's own devices how they stand to another now.
type RelationshipChanged struct {
	Relationship store.Relationship
	// Before is the type before, zero for none.
	Before store.RelationshipType
	// Other is the account that the relationship is with.
	Other store.User
}

// NoteChanged tells a user's own devices what they note about another now; empty for nothing.
type NoteChanged struct {
	UserID, AboutID id.ID
	Note            string
}

// FriendPresence tells a user's own devices how reachable a friend is now.
type FriendPresence struct {
	UserID, FriendID id.ID
	Presence         Presence
}

func (e RelationshipChanged) Subject() string { return UserSubject(e.Relationship.UserID) }
func (e NoteChanged) Subject() string         { return UserSubject(e.UserID) }
func (e FriendPresence) Subject() string      { return UserSubject(e.UserID) }
