package pebble

import (
	"context"
	"errors"

	"guildhall/store"
	"guildhall/store/id"
)

type relationshipRecord struct {
	Type     int    `cbor:"1,keyasint,omitempty"`
	Nickname string `cbor:"2,keyasint,omitempty"`
	Since    moment `cbor:"3,keyasint,omitempty"`
}

func newRelationshipRecord(relationship store.Relationship) relationshipRecord {
	return relationshipRecord{Type: int(relationship.Type), Nickname: relationship.Nickname, Since: toMoment(relationship.Since)}
}

func (r relationshipRecord) relationship(userID, otherID id.ID) store.Relationship {
	return store.Relationship{UserID: userID, OtherID: otherID, Type: store.RelationshipType(r.Type), Nickname: r.Nickname, Since: r.Since.time()}
}

// relationship reads one view of a relationship, of type zero when there is none.
func (t *tx) relationship(userID, otherID id.ID) (store.Relationship, error) {
	record, err := get[relationshipRecord](t.db, kindRelationship.key(userID, otherID))
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return record.relationship(userID, otherID), err
}

// setRelationship writes one view of a relationship, and gives it as it will be read.
func (t *tx) setRelationship(userID, otherID id.ID, relationship store.Relationship) (store.Relationship, error) {
	key := kindRelationship.key(userID, otherID)
	if relationship.Type == 0 {
		t.delete(key)
		return store.Relationship{UserID: userID, OtherID: otherID}, nil
	}
	record := newRelationshipRecord(relationship)
	return record.relationship(userID, otherID), t.put(key, record)
}

// ChangeRelationship applies change to both views of a relationship.
func (s *Store) ChangeRelationship(ctx context.Context, userID, otherID id.ID, change func(own, their *store.Relationship) error) (own, their store.Relationship, err error) {
	err = s.update(ctx, synced, func(tx *tx) (err error) {
		for _, one := range []id.ID{userID, otherID} {
			if err := need(tx.db, kindUser.key(one)); err != nil {
				return err
			}
		}
		if own, err = tx.relationship(userID, otherID); err != nil {
			return err
		}
		if their, err = tx.relationship(otherID, userID); err != nil {
			return err
		}
		if err := change(&own, &their); err != nil {
			return err
		}
		if own, err = tx.setRelationship(userID, otherID, own); err != nil {
			return err
		}
		their, err = tx.setRelationship(otherID, userID, their)
		return err
	})
	if err != nil {
		return store.Relationship{}, store.Relationship{}, err
	}
	return own, their, nil
}

// Relationship reads how an account stands to another.
func (s *Store) Relationship(ctx context.Context, userID, otherID id.ID) (store.Relationship, error) {
	if err := s.enter(ctx); err != nil {
		return store.Relationship{}, err
	}
	defer s.leave()
	record, err := get[relationshipRecord](s.db, kindRelationship.key(userID, otherID))
	if err != nil {
		return store.Relationship{}, err
	}
	return record.relationship(userID, otherID), nil
}

// UserRelationships gives all relationships of an account.
func (s *Store) UserRelationships(ctx context.Context, userID id.ID) ([]store.Relationship, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return list(s.db, kindRelationship.key(userID), func(otherID id.ID, record relationshipRecord) store.Relationship {
		return record.relationship(userID, otherID)
	})
}

// SetNote stores what an account notes about another.
func (s *Store) SetNote(ctx context.Context, userID, aboutID id.ID, text string) error {
	return s.update(ctx, synced, func(tx *tx) error {
		for _, one := range []id.ID{userID, aboutID} {
			if err := need(tx.db, kindUser.key(one)); err != nil {
				return err
			}
		}
		key := kindNote.key(userID, aboutID)
		if text == "" {
			tx.delete(key)
		} else {
			tx.set(key, []byte(text))
		}
		return nil
	})
}

// UserNotes gives all notes of an account.
func (s *Store) UserNotes(ctx context.Context, userID id.ID) (map[id.ID]string, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	notes := make(map[id.ID]string)
	prefix := kindNote.key(userID)
	err := scan(s.db, prefix, after(prefix), func(key, value []byte) (bool, error) {
		if err := checkKey(key, 2); err != nil {
			return false, err
		}
		notes[idAt(key, 1)] = string(value)
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return notes, nil
}
