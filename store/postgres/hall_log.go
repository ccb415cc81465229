package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const hallEntryColumns = "id, user_id, act, target_id, details, reason"

func scanHallEntry(row pgx.CollectableRow) (store.HallEntry, error) {
	var entry store.HallEntry
	var entryID, userID, targetID int64
	var details []byte
	if err := row.Scan(&entryID, &userID, &entry.Act, &targetID, &details, &entry.Reason); err != nil {
		return entry, err
	}
	entry.ID, entry.UserID, entry.TargetID = id.ID(entryID), id.ID(userID), id.ID(targetID)
	return entry, json.Unmarshal(details, &entry.Details)
}

// AddHallEntry implements store.HallLogs.
func (s *Store) AddHallEntry(ctx context.Context, entry store.HallEntry, most int) error {
	return s.write(ctx, func(tx pgx.Tx) error { return addHallEntry(ctx, tx, entry, most) })
}

// addHallEntry stores an entry and deletes the oldest. The hall is locked for it, so that of entries that come at once none is left over.
func addHallEntry(ctx context.Context, tx pgx.Tx, entry store.HallEntry, most int) error {
	details, err := plainJSON(entry.Details)
	if err != nil {
		return err
	}
	if _, err := locked(ctx, tx, "SELECT "+hallColumns+" FROM hall FOR UPDATE", nil, scanHall); err != nil {
		return err
	}
	if err := execute(ctx, tx, "INSERT INTO hall_entries ("+hallEntryColumns+") VALUES ($1, $2, $3, $4, $5, $6)", int64(entry.ID), int64(entry.UserID), entry.Act, int64(entry.TargetID), details,
		entry.Reason); err != nil {
		return err
	}
	return execute(ctx, tx, "DELETE FROM hall_entries WHERE id <= (SELECT id FROM hall_entries ORDER BY id DESC OFFSET $1 LIMIT 1)", max(1, most))
}

// HallEntries implements store.HallLogs.
func (s *Store) HallEntries(ctx context.Context, before id.ID, limit int) ([]store.HallEntry, error) {
	return rows(ctx, s, "SELECT "+hallEntryColumns+" FROM hall_entries WHERE $1::bigint = 0 OR id < $1 ORDER BY id DESC LIMIT $2", []any{int64(before), max(0, limit)}, scanHallEntry)
}

// TransferHall implements store.HallLogs. The account is locked first, as where accounts are deleted.
func (s *Store) TransferHall(ctx context.Context, from, to id.ID, entry store.HallEntry, most int) (hall store.Hall, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if _, err := locked(ctx, tx, "SELECT id FROM users WHERE id = $1 AND NOT bot FOR UPDATE", []any{int64(to)}, scanID); err != nil {
			return err
		}
		if hall, err = locked(ctx, tx, "SELECT "+hallColumns+" FROM hall FOR UPDATE", nil, scanHall); err != nil {
			return err
		}
		if hall.OwnerID != from {
			return store.ErrSpent
		}
		hall.OwnerID, hall.SetupHash, hall.SetupExpires = to, nil, time.Time{}
		if err := writeHall(ctx, tx, hall); err != nil {
			return err
		}
		return addHallEntry(ctx, tx, entry, most)
	})
	if err != nil {
		return store.Hall{}, err
	}
	return hall, nil
}
