package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const relationshipColumns = "user_id, other_id, type, nickname, since"

func scanRelationship(row pgx.CollectableRow) (store.Relationship, error) {
	var relationship store.Relationship
	var userID, otherID int64
	var since *time.Time
	err := row.Scan(&userID, &otherID, &relationship.Type, &relationship.Nickname, &since)
	relationship.UserID, relationship.OtherID, relationship.Since = id.ID(userID), id.ID(otherID), timeOf(since)
	return relationship, err
}

// ChangeRelationship implements store.Relationships. Both accounts are locked, the lower id first: there may be no row of the relationship to lock.
func (s *Store) ChangeRelationship(ctx context.Context, userID, otherID id.ID, change func(own, their *store.Relationship) error) (own, their store.Relationship, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		for _, one := range []id.ID{min(userID, otherID), max(userID, otherID)} {
			if _, err := locked(ctx, tx, "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE", []any{int64(one)}, scanID); err != nil {
				return err
			}
		}
		own, their = store.Relationship{UserID: userID, OtherID: otherID}, store.Relationship{UserID: otherID, OtherID: userID}
		found, err := tx.Query(ctx, "SELECT "+relationshipColumns+" FROM friendships WHERE user_id = $1 AND other_id = $2 OR user_id = $2 AND other_id = $1", int64(userID), int64(otherID))
		if err != nil {
			return err
		}
		views, err := pgx.CollectRows(found, scanRelationship)
		if err != nil {
			return err
		}
		for _, view := range views {
			if view.UserID == userID {
				own = view
			} else {
				their = view
			}
		}
		if err := change(&own, &their); err != nil {
			return err
		}
		if own, err = setRelationship(ctx, tx, userID, otherID, own); err != nil {
			return err
		}
		their, err = setRelationship(ctx, tx, otherID, userID, their)
		return err
	})
	if err != nil {
		return store.Relationship{}, store.Relationship{}, err
	}
	return own, their, nil
}

// setRelationship writes one view of a relationship, and gives it as it will be read.
func setRelationship(ctx context.Context, tx pgx.Tx, userID, otherID id.ID, relationship store.Relationship) (store.Relationship, error) {
	if relationship.Type == 0 {
		return store.Relationship{UserID: userID, OtherID: otherID}, execute(ctx, tx, "DELETE FROM friendships WHERE user_id = $1 AND other_id = $2", int64(userID), int64(otherID))
	}
	relationship.UserID, relationship.OtherID, relationship.Since = userID, otherID, timeOf(moment(relationship.Since))
	return relationship, execute(ctx, tx, "INSERT INTO friendships ("+relationshipColumns+`) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (user_id, other_id) DO UPDATE SET type = $3, nickname = $4, since = $5`,
		int64(userID), int64(otherID), relationship.Type, relationship.Nickname, moment(relationship.Since))
}

// Relationship implements store.Relationships.
func (s *Store) Relationship(ctx context.Context, userID, otherID id.ID) (store.Relationship, error) {
	return one(ctx, s, "SELECT "+relationshipColumns+" FROM friendships WHERE user_id = $1 AND other_id = $2", []any{int64(userID), int64(otherID)}, scanRelationship)
}

// UserRelationships implements store.Relationships.
func (s *Store) UserRelationships(ctx context.Context, userID id.ID) ([]store.Relationship, error) {
	return rows(ctx, s, "SELECT "+relationshipColumns+" FROM friendships WHERE user_id = $1 ORDER BY other_id", []any{int64(userID)}, scanRelationship)
}

// SetNote implements store.Notes.
func (s *Store) SetNote(ctx context.Context, userID, aboutID id.ID, text string) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		for _, one := range []id.ID{userID, aboutID} {
			if _, err := locked(ctx, tx, "SELECT id FROM users WHERE id = $1 FOR KEY SHARE", []any{int64(one)}, scanID); err != nil {
				return err
			}
		}
		if text == "" {
			return execute(ctx, tx, "DELETE FROM notes WHERE user_id = $1 AND about_id = $2", int64(userID), int64(aboutID))
		}
		return execute(ctx, tx, "INSERT INTO notes (user_id, about_id, note) VALUES ($1, $2, $3) ON CONFLICT (user_id, about_id) DO UPDATE SET note = $3",
			int64(userID), int64(aboutID), text)
	})
}

// UserNotes implements store.Notes.
func (s *Store) UserNotes(ctx context.Context, userID id.ID) (map[id.ID]string, error) {
	type note struct {
		about int64
		text  string
	}
	found, err := rows(ctx, s, "SELECT about_id, note FROM notes WHERE user_id = $1", []any{int64(userID)},
		func(row pgx.CollectableRow) (n note, err error) { return n, row.Scan(&n.about, &n.text) })
	if err != nil {
		return nil, err
	}
	notes := make(map[id.ID]string, len(found))
	for _, one := range found {
		notes[id.ID(one.about)] = one.text
	}
	return notes, nil
}
