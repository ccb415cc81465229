package wire

import (
	"guildhall/store"
	"guildhall/store/id"
)

// Relationship is how the reader stands to somebody: 1 friend, 2 blocked, 3 asked by them, 4 asked them.
type Relationship struct {
	// ID is the other's.
	ID       id.ID                  `json:"id"`
	Type     store.RelationshipType `json:"type"`
	Nickname *string                `json:"nickname"`
	User     User                   `json:"user"`
	Since    *string                `json:"since"`
}

// NewRelationship shows a relationship to the one whose view it is.
func NewRelationship(relationship store.Relationship, other store.User) Relationship {
	return Relationship{ID: other.ID, Type: relationship.Type, Nickname: TextOrNull(relationship.Nickname), User: NewUser(other), Since: TimestampOrNull(relationship.Since)}
}

// RelationshipRemove is the payload of RELATIONSHIP_REMOVE; Type is what there was.
type RelationshipRemove struct {
	ID   id.ID                  `json:"id"`
	Type store.RelationshipType `json:"type"`
}

// FriendRequest is the body of POST /users/@me/relationships. Names have no discriminators here, so that only null and "0" fit.
type FriendRequest struct {
	Username      string           `json:"username"`
	Discriminator Optional[string] `json:"discriminator"`
}

// RelationshipPut is the body of PUT /users/@me/relationships/{user}: 2 blocks, anything else asks or accepts.
type RelationshipPut struct {
	Type Optional[store.RelationshipType] `json:"type"`
}

// RelationshipPatch is the body of PATCH /users/@me/relationships/{user}.
type RelationshipPatch struct {
	Nickname Optional[string] `json:"nickname"`
}

// UserNote is what the reader notes about somebody.
type UserNote struct {
	UserID     id.ID  `json:"user_id"`
	NoteUserID id.ID  `json:"note_user_id"`
	Note       string `json:"note"`
}

// UserNotePut is the body of PUT /users/@me/notes/{user}.
type UserNotePut struct {
	Note Optional[string] `json:"note"`
}

// UserNoteUpdate is the payload of USER_NOTE_UPDATE.
type UserNoteUpdate struct {
	ID   id.ID  `json:"id"`
	Note string `json:"note"`
}
