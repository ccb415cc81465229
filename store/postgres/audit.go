package postgres

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const auditColumns = "id, server_id, user_id, target_id, action, changes, options, reason"

// auditChange is a change as it is kept. The values stand in it as they are.
type auditChange struct {
	Key string          `json:"key"`
	Old json.RawMessage `json:"old,omitempty"`
	New json.RawMessage `json:"new,omitempty"`
}

func scanAuditEntry(row pgx.CollectableRow) (store.AuditEntry, error) {
	var entry store.AuditEntry
	var entryID, guildID, userID, targetID int64
	var changes, options []byte
	if err := row.Scan(&entryID, &guildID, &userID, &targetID, &entry.Action, &changes, &options, &entry.Reason); err != nil {
		return entry, err
	}
	entry.ID, entry.GuildID, entry.UserID, entry.TargetID = id.ID(entryID), id.ID(guildID), id.ID(userID), id.ID(targetID)
	var kept []auditChange
	if err := json.Unmarshal(changes, &kept); err != nil {
		return entry, err
	}
	for _, change := range kept {
		entry.Changes = append(entry.Changes, store.AuditChange{Key: change.Key, Old: change.Old, New: change.New})
	}
	return entry, json.Unmarshal(options, &entry.Options)
}

// plainJSON is a value in JSON without escapes for HTML, so that values that are JSON already stay as they are.
func plainJSON(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return text.Bytes(), err
}

// AddAuditEntries implements store.AuditLogs.
func (s *Store) AddAuditEntries(ctx context.Context, entries []store.AuditEntry) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		for _, entry := range entries {
			kept := make([]auditChange, len(entry.Changes))
			for i, change := range entry.Changes {
				kept[i] = auditChange{Key: change.Key, Old: change.Old, New: change.New}
			}
			changes, err := plainJSON(kept)
			if err != nil {
				return err
			}
			options, err := plainJSON(entry.Options)
			if err != nil {
				return err
			}
			if err := execute(ctx, tx, "INSERT INTO audit_entries ("+auditColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", int64(entry.ID), int64(entry.GuildID), int64(entry.UserID),
				int64(entry.TargetID), entry.Action, changes, options, entry.Reason); err != nil {
				return err
			}
		}
		return nil
	})
}

// AuditEntries implements store.AuditLogs.
func (s *Store) AuditEntries(ctx context.Context, guildID id.ID, query store.AuditQuery) ([]store.AuditEntry, error) {
	order := "DESC"
	if query.Ascending() {
		order = "ASC"
	}
	return rows(ctx, s, "SELECT "+auditColumns+` FROM audit_entries WHERE server_id = $1 AND ($2::bigint = 0 OR user_id = $2) AND ($3::bigint = 0 OR target_id = $3) AND ($4::bigint = 0 OR action = $4)
		AND ($5::bigint = 0 OR id < $5) AND id > $6 ORDER BY id `+order+" LIMIT $7",
		[]any{int64(guildID), int64(query.UserID), int64(query.TargetID), int64(query.Action), int64(query.Before), int64(query.After), max(0, query.Limit)}, scanAuditEntry)
}
