package pebble

import (
	"context"
	"maps"

	"guildhall/store"
	"guildhall/store/id"
)

type securityEventRecord struct {
	Kind      string            `cbor:"1,keyasint,omitempty"`
	SessionID id.ID             `cbor:"2,keyasint,omitempty"`
	Address   string            `cbor:"3,keyasint,omitempty"`
	UserAgent string            `cbor:"4,keyasint,omitempty"`
	Details   map[string]string `cbor:"5,keyasint,omitempty"`
}

func newSecurityEventRecord(event store.SecurityEvent) securityEventRecord {
	return securityEventRecord{Kind: string(event.Kind), SessionID: event.SessionID, Address: event.Address, UserAgent: event.UserAgent, Details: maps.Clone(event.Details)}
}

func (r securityEventRecord) event(userID, eventID id.ID) store.SecurityEvent {
	return store.SecurityEvent{ID: eventID, UserID: userID, Kind: store.SecurityEventKind(r.Kind), SessionID: r.SessionID, Address: r.Address, UserAgent: r.UserAgent, Details: r.Details}
}

// AddSecurityEvent stores an event, and deletes the oldest of the account.
func (s *Store) AddSecurityEvent(ctx context.Context, event store.SecurityEvent, most int) error {
	return s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindUser.key(event.UserID)); err != nil {
			return err
		}
		key, all := kindSecurityEvent.key(event.UserID, event.ID), kindSecurityEvent.key(event.UserID)
		if err := free(tx.db, key, "id"); err != nil {
			return err
		}
		kept := 1 // the new one
		if err := scanBack(tx.db, all, after(all), func(old []byte) (bool, error) {
			if kept++; kept <= most {
				return true, nil
			}
			return false, tx.batch.DeleteRange(all, after(old), nil)
		}); err != nil {
			return err
		}
		tx.made(event.ID)
		return tx.put(key, newSecurityEventRecord(event))
	})
}

// SecurityEvents gives an account's events, the newest first.
func (s *Store) SecurityEvents(ctx context.Context, userID, before id.ID, limit int) ([]store.SecurityEvent, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	all := kindSecurityEvent.key(userID)
	upper := after(all)
	if before != 0 {
		upper = kindSecurityEvent.key(userID, before)
	}
	events := []store.SecurityEvent{}
	if limit <= 0 {
		return events, nil
	}
	snapshot := s.db.NewSnapshot() // what is found must not be trimmed before it is read
	defer func() { _ = snapshot.Close() }()
	err := scanBack(snapshot, all, upper, func(key []byte) (bool, error) {
		if err := checkKey(key, 2); err != nil {
			return false, err
		}
		record, err := get[securityEventRecord](snapshot, key)
		if err != nil {
			return false, err
		}
		events = append(events, record.event(userID, idAt(key, 1)))
		return len(events) < limit, nil
	})
	if err != nil {
		return nil, err
	}
	return events, nil
}
