package pebble

import (
	"context"
	"maps"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

type hallEntryRecord struct {
	UserID   id.ID             `cbor:"1,keyasint,omitempty"`
	Act      string            `cbor:"2,keyasint,omitempty"`
	TargetID id.ID             `cbor:"3,keyasint,omitempty"`
	Details  map[string]string `cbor:"4,keyasint,omitempty"`
	Reason   string            `cbor:"5,keyasint,omitempty"`
}

func newHallEntryRecord(entry store.HallEntry) hallEntryRecord {
	return hallEntryRecord{UserID: entry.UserID, Act: string(entry.Act), TargetID: entry.TargetID, Details: maps.Clone(entry.Details), Reason: entry.Reason}
}

func (r hallEntryRecord) entry(entryID id.ID) store.HallEntry {
	return store.HallEntry{ID: entryID, UserID: r.UserID, Act: store.HallAct(r.Act), TargetID: r.TargetID, Details: r.Details, Reason: r.Reason}
}

// AddHallEntry stores an entry.
func (s *Store) AddHallEntry(ctx context.Context, entry store.HallEntry, most int) error {
	return s.update(ctx, synced, func(tx *tx) error { return tx.addHallEntry(entry, most) })
}

// addHallEntry stores an entry and deletes the oldest. What is to be kept is counted: such acts are rare, and there are few.
func (t *tx) addHallEntry(entry store.HallEntry, most int) error {
	key := kindHallEntry.key(entry.ID)
	if err := free(t.db, key, "id"); err != nil {
		return err
	}
	kept := 1 // the new one
	if err := scanBack(t.db, kindHallEntry.key(), kindHallEntry.end(), func(old []byte) (bool, error) {
		if kept++; kept <= most {
			return true, nil
		}
		return false, t.batch.DeleteRange(kindHallEntry.key(), after(old), nil)
	}); err != nil {
		return err
	}
	t.made(entry.ID)
	return t.put(key, newHallEntryRecord(entry))
}

// HallEntries gives entries, the newest first.
func (s *Store) HallEntries(ctx context.Context, before id.ID, limit int) ([]store.HallEntry, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	upper := kindHallEntry.end()
	if before != 0 {
		upper = kindHallEntry.key(before)
	}
	entries := []store.HallEntry{}
	if limit < 1 {
		return entries, nil
	}
	err := scanBack(s.db, kindHallEntry.key(), upper, func(key []byte) (bool, error) {
		if err := checkKey(key, 1); err != nil {
			return false, err
		}
		record, err := get[hallEntryRecord](s.db, key)
		entries = append(entries, record.entry(idAt(key, 0)))
		return len(entries) < limit, err
	})
	if err != nil {
		return nil, err
	}
	return entries, nil
}

// TransferHall makes a person the hall's owner.
func (s *Store) TransferHall(ctx context.Context, from, to id.ID, entry store.HallEntry, most int) (store.Hall, error) {
	var hall store.Hall
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		if hall, err = readHall(tx.db); err != nil {
			return err
		}
		if hall.OwnerID != from {
			return store.ErrSpent
		}
		user, err := get[userRecord](tx.db, kindUser.key(to))
		if err == nil && user.Bot {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		hall.OwnerID, hall.SetupHash, hall.SetupExpires = to, nil, time.Time{}
		if err := tx.addHallEntry(entry, most); err != nil {
			return err
		}
		return tx.put(kindHall.key(), newHallRecord(hall))
	})
	if err != nil {
		return store.Hall{}, err
	}
	return hall, nil
}
