package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// RelationshipType is how one account stands to another, with the numbers of the wire contract.
type RelationshipType int

// The types of relationships; zero is none.
const (
	RelationshipFriend   RelationshipType = 1
	RelationshipBlocked  RelationshipType = 2
	RelationshipIncoming RelationshipType = 3
	RelationshipOutgoing RelationshipType = 4
)

// Relationship is how an account stands to another, as the first sees it. Each of the two has a view of its own: friends have both, who blocks may be the only one.
type Relationship struct {
	UserID  id.ID
	OtherID id.ID
	Type    RelationshipType
	// Nickname is what the first calls the other; at most 32 characters, may be empty.
	Nickname string
	// Since is the moment in which it came to this type.
	Since time.Time
}

// Relationships keeps who is friends with whom, who asked, and who blocked whom.
type Relationships interface {
	// ChangeRelationship applies change atomically to both views of two different accounts (see UpdateUser for the rules of change), and gives what they came to. A view of
	// type zero is none: that is what change is given where there is none, and what it leaves to take one away. ErrNotFound when an account does not exist.
	ChangeRelationship(ctx context.Context, userID, otherID id.ID, change func(own, their *Relationship) error) (own, their Relationship, err error)
	// Relationship gives how an account stands to another; ErrNotFound for none.
	Relationship(ctx context.Context, userID, otherID id.ID) (Relationship, error)
	// UserRelationships gives all of an account's, in ascending order of the other's id.
	UserRelationships(ctx context.Context, userID id.ID) ([]Relationship, error)
}

// Notes keeps what people write about others for themselves.
type Notes interface {
	// SetNote stores what an account notes about another; an empty text takes the note away. ErrNotFound when an account does not exist.
	SetNote(ctx context.Context, userID, aboutID id.ID, text string) error
	// UserNotes gives all notes of an account, by the account that they are about.
	UserNotes(ctx context.Context, userID id.ID) (map[id.ID]string, error)
}
