package pebble

import (
	"context"
	"errors"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

type sessionRecord struct {
	UserID     id.ID  `cbor:"1,keyasint,omitempty"`
	Secret     []byte `cbor:"2,keyasint,omitempty"`
	Generation uint32 `cbor:"3,keyasint,omitempty"`
	RetryHash  []byte `cbor:"4,keyasint,omitempty"`
	CreatedAt  moment `cbor:"5,keyasint,omitempty"`
	RotatedAt  moment `cbor:"6,keyasint,omitempty"`
	ExpiresAt  moment `cbor:"7,keyasint,omitempty"`
	UserAgent  string `cbor:"8,keyasint,omitempty"`
	Address    string `cbor:"9,keyasint,omitempty"`
}

func newSessionRecord(session store.LoginSession) sessionRecord {
	return sessionRecord{
		UserID: session.UserID, Secret: slices.Clone(session.Secret), Generation: session.Generation, RetryHash: slices.Clone(session.RetryHash),
		CreatedAt: toMoment(session.CreatedAt), RotatedAt: toMoment(session.RotatedAt), ExpiresAt: toMoment(session.ExpiresAt),
		UserAgent: session.UserAgent, Address: session.Address,
	}
}

func (r sessionRecord) session(sessionID id.ID) store.LoginSession {
	return store.LoginSession{
		ID: sessionID, UserID: r.UserID, Secret: r.Secret, Generation: r.Generation, RetryHash: r.RetryHash,
		CreatedAt: r.CreatedAt.time(), RotatedAt: r.RotatedAt.time(), ExpiresAt: r.ExpiresAt.time(),
		UserAgent: r.UserAgent, Address: r.Address,
	}
}

// CreateLoginSession stores a new session.
func (s *Store) CreateLoginSession(ctx context.Context, session store.LoginSession) error {
	return s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindUser.key(session.UserID)); err != nil {
			return err
		}
		if err := free(tx.db, kindSession.key(session.ID), "id"); err != nil {
			return err
		}
		tx.made(session.ID)
		tx.set(kindUserSession.key(session.UserID, session.ID), nil)
		return tx.put(kindSession.key(session.ID), newSessionRecord(session))
	})
}

// LoginSession reads a session.
func (s *Store) LoginSession(ctx context.Context, sessionID id.ID) (store.LoginSession, error) {
	if err := s.enter(ctx); err != nil {
		return store.LoginSession{}, err
	}
	defer s.leave()
	record, err := get[sessionRecord](s.db, kindSession.key(sessionID))
	return record.session(sessionID), err
}

// LoginSessions gives a person's sessions, newest first.
func (s *Store) LoginSessions(ctx context.Context, userID id.ID) ([]store.LoginSession, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	snapshot := s.db.NewSnapshot()
	defer func() { _ = snapshot.Close() }()
	sessionIDs, err := lastIDs(snapshot, kindUserSession.key(userID))
	if err != nil {
		return nil, err
	}
	sessions := make([]store.LoginSession, 0, len(sessionIDs))
	for _, sessionID := range slices.Backward(sessionIDs) {
		record, err := get[sessionRecord](snapshot, kindSession.key(sessionID))
		if err != nil {
			return nil, err
		}
		sessions = append(sessions, record.session(sessionID))
	}
	return sessions, nil
}

// UpdateLoginSession applies change to a session.
func (s *Store) UpdateLoginSession(ctx context.Context, sessionID id.ID, change func(*store.LoginSession) error) (store.LoginSession, error) {
	var record sessionRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		key := kindSession.key(sessionID)
		old, err := get[sessionRecord](tx.db, key)
		if err != nil {
			return err
		}
		session := old.session(sessionID)
		if err := change(&session); err != nil {
			return err
		}
		session.UserID = old.UserID
		record = newSessionRecord(session)
		return tx.put(key, record)
	})
	return record.session(sessionID), err
}

// DeleteLoginSessions ends sessions of a person.
func (s *Store) DeleteLoginSessions(ctx context.Context, userID id.ID, sessionIDs []id.ID) ([]id.ID, error) {
	deleted := []id.ID{}
	err := s.update(ctx, synced, func(tx *tx) error {
		for _, sessionID := range distinct(sessionIDs) {
			record, err := get[sessionRecord](tx.db, kindSession.key(sessionID))
			if errors.Is(err, store.ErrNotFound) || err == nil && record.UserID != userID {
				continue
			} else if err != nil {
				return err
			}
			tx.deleteSession(sessionID, userID)
			deleted = append(deleted, sessionID)
		}
		return nil
	})
	return deleted, err
}

func (t *tx) deleteSession(sessionID, userID id.ID) {
	t.delete(kindSession.key(sessionID))
	t.delete(kindUserSession.key(userID, sessionID))
}

// PruneLoginSessions deletes the sessions that expired before a moment.
func (s *Store) PruneLoginSessions(ctx context.Context, before time.Time) (int, error) {
	pruned := 0
	err := s.update(ctx, synced, func(tx *tx) error {
		return scan(tx.db, kindSession.key(), kindSession.end(), func(key, value []byte) (bool, error) {
			record, err := decode[sessionRecord](key, value)
			if err == nil {
				err = checkKey(key, 1)
			}
			if err != nil {
				return false, err
			}
			if record.ExpiresAt.time().Before(before) {
				tx.deleteSession(idAt(key, 0), record.UserID)
				pruned++
			}
			return true, nil
		})
	})
	return pruned, err
}
