package pebble

import (
	"context"

	"guildhall/store"
	"guildhall/store/id"
)

// markGuest keeps what finds the accounts of guests.
func (t *tx) markGuest(userID id.ID, before, now bool) {
	switch {
	case now && !before:
		t.set(kindGuest.key(userID), nil)
	case before && !now:
		t.delete(kindGuest.key(userID))
	}
}

// Guests gives guests in ascending order of id.
func (s *Store) Guests(ctx context.Context, after id.ID, limit int) ([]store.User, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	users := []store.User{}
	if limit <= 0 {
		return users, nil
	}
	snapshot := s.db.NewSnapshot()
	defer func() { _ = snapshot.Close() }()
	err := scan(snapshot, kindGuest.key(after+1), kindGuest.end(), func(key, _ []byte) (bool, error) {
		if err := checkKey(key, 1); err != nil {
			return false, err
		}
		record, err := get[userRecord](snapshot, kindUser.key(idAt(key, 0)))
		if err != nil {
			return false, err
		}
		users = append(users, record.user(idAt(key, 0)))
		return len(users) < limit, nil
	})
	if err != nil {
		return nil, err
	}
	return users, nil
}
