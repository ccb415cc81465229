package chat

import (
	"cmp"
	"context"

	"guildhall/store"
	"guildhall/store/id"
)

// maxHallEntries is how many acts of those who run the hall are kept.
const maxHallEntries = 10_000

// Bounds of a page of the hall's log.
const (
	maxHallPage     = 100
	defaultHallPage = 50
)

// HallLogPage is a page of what those who run the hall did, with the accounts that its entries name.
type HallLogPage struct {
	// Entries are the newest first.
	Entries []store.HallEntry
	// Users are those who acted and those to whom it was done, as far as they exist, by id.
	Users map[id.ID]store.User
}

// Entries gives what those who run the hall did, before an entry (zero: the newest), to its owner and the command line. The limit is 1 to 100, zero means 50.
func (h *Hall) Entries(ctx context.Context, caller Caller, before id.ID, limit int) (HallLogPage, error) {
	if !caller.HallOwner && !caller.Console {
		return HallLogPage{}, fail(MissingPermission)
	}
	limit = cmp.Or(limit, defaultHallPage)
	if limit < 1 || limit > maxHallPage {
		return HallLogPage{}, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxHallPage)
	}
	entries, err := h.Store.HallEntries(ctx, before, limit)
	if err != nil {
		return HallLogPage{}, internal("reading the hall's log", err)
	}
	var named []id.ID
	for i := range entries {
		named = append(named, entries[i].UserID, entries[i].TargetID)
	}
	users, err := h.users.lookupAll(ctx, named)
	if err != nil {
		return HallLogPage{}, internal("reading the accounts of the hall's log", err)
	}
	return HallLogPage{Entries: entries, Users: users}, nil
}

// hallEntry is an act of a caller for the hall's log.
func (d Deps) hallEntry(caller Caller, act store.HallAct, target id.ID, details map[string]string) store.HallEntry {
	return store.HallEntry{ID: d.IDs.Next(), UserID: caller.UserID, Act: act, TargetID: target, Details: details, Reason: caller.Reason}
}

// recordHall keeps what a caller who runs the hall did. It was done by then: the error is that of the log.
func (d Deps) recordHall(ctx context.Context, caller Caller, act store.HallAct, target id.ID, details map[string]string) error {
	if err := d.Store.AddHallEntry(context.WithoutCancel(ctx), d.hallEntry(caller, act, target, details), maxHallEntries); err != nil {
		return internal("writing the hall's log", err)
	}
	return nil
}

// recordConsole is recordHall for what people may do with what is theirs, too: only the command line's acts are kept.
func (d Deps) recordConsole(ctx context.Context, caller Caller, act store.HallAct, target id.ID, details map[string]string) error {
	if !caller.Console {
		return nil
	}
	return d.recordHall(ctx, caller, act, target, details)
}
