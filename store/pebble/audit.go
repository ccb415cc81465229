package pebble

import (
	"context"
	"errors"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type auditRecord struct {
	UserID   id.ID               `cbor:"1,keyasint,omitempty"`
	TargetID id.ID               `cbor:"2,keyasint,omitempty"`
	Action   int                 `cbor:"3,keyasint,omitempty"`
	Changes  []auditChangeRecord `cbor:"4,keyasint,omitempty"`
	Options  map[string]string   `cbor:"5,keyasint,omitempty"`
	Reason   string              `cbor:"6,keyasint,omitempty"`
}

type auditChangeRecord struct {
	Key string `cbor:"1,keyasint,omitempty"`
	Old []byte `cbor:"2,keyasint,omitempty"`
	New []byte `cbor:"3,keyasint,omitempty"`
}

func newAuditRecord(entry store.AuditEntry) auditRecord {
	record := auditRecord{UserID: entry.UserID, TargetID: entry.TargetID, Action: int(entry.Action), Options: entry.Options, Reason: entry.Reason}
	for _, change := range entry.Changes {
		record.Changes = append(record.Changes, auditChangeRecord(change))
	}
	return record
}

func (r auditRecord) entry(guildID, entryID id.ID) store.AuditEntry {
	entry := store.AuditEntry{ID: entryID, GuildID: guildID, UserID: r.UserID, TargetID: r.TargetID, Action: store.AuditAction(r.Action), Options: r.Options, Reason: r.Reason}
	for _, change := range r.Changes {
		entry.Changes = append(entry.Changes, store.AuditChange(change))
	}
	return entry
}

// AddAuditEntries stores entries of one guild.
func (s *Store) AddAuditEntries(ctx context.Context, entries []store.AuditEntry) error {
	return s.update(ctx, synced, func(tx *tx) error {
		for _, entry := range entries {
			if err := need(tx.db, kindGuild.key(entry.GuildID)); err != nil {
				return err
			}
			key := kindAudit.key(entry.GuildID, entry.ID)
			if err := free(tx.db, key, "id"); err != nil {
				return err
			}
			tx.made(entry.ID)
			if err := tx.put(key, newAuditRecord(entry)); err != nil {
				return err
			}
		}
		return nil
	})
}

// AuditEntries gives a page of a guild's entries.
func (s *Store) AuditEntries(ctx context.Context, guildID id.ID, query store.AuditQuery) ([]store.AuditEntry, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	lower, upper := kindAudit.key(guildID, query.After+1), after(kindAudit.key(guildID))
	if query.Before != 0 {
		upper = kindAudit.key(guildID, query.Before)
	}
	entries := []store.AuditEntry{}
	cursor, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, err
	}
	first, next := cursor.Last, cursor.Prev
	if query.Ascending() {
		first, next = cursor.First, cursor.Next
	}
	for there := first(); there && err == nil && len(entries) < query.Limit; there = next() {
		var entry store.AuditEntry
		if entry, err = auditEntry(guildID, cursor); err == nil && query.Chooses(&entry) {
			entries = append(entries, entry)
		}
	}
	if err := errors.Join(err, cursor.Error(), cursor.Close()); err != nil {
		return nil, err
	}
	return entries, nil
}

// auditEntry reads the entry where a cursor stands.
func auditEntry(guildID id.ID, cursor *pebble.Iterator) (store.AuditEntry, error) {
	value, err := cursor.ValueAndErr()
	if err == nil {
		err = checkKey(cursor.Key(), 2)
	}
	if err != nil {
		return store.AuditEntry{}, err
	}
	record, err := decode[auditRecord](cursor.Key(), value)
	return record.entry(guildID, idAt(cursor.Key(), 1)), err
}
