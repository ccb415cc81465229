package postgres

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const securityEventColumns = "id, user_id, kind, session_id, address, user_agent, details"

func scanSecurityEvent(row pgx.CollectableRow) (store.SecurityEvent, error) {
	var event store.SecurityEvent
	var eventID, userID, sessionID int64
	var details []byte
	if err := row.Scan(&eventID, &userID, &event.Kind, &sessionID, &event.Address, &event.UserAgent, &details); err != nil {
		return event, err
	}
	event.ID, event.UserID, event.SessionID = id.ID(eventID), id.ID(userID), id.ID(sessionID)
	return event, json.Unmarshal(details, &event.Details)
}

// AddSecurityEvent implements store.SecurityEvents. The account is locked for it, so that of events that come at once none is left over.
func (s *Store) AddSecurityEvent(ctx context.Context, event store.SecurityEvent, most int) error {
	details, err := plainJSON(event.Details)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx pgx.Tx) error {
		if _, err := locked(ctx, tx, "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE", []any{int64(event.UserID)}, scanID); err != nil {
			return err
		}
		if err := execute(ctx, tx, "INSERT INTO security_events ("+securityEventColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7)", int64(event.ID), int64(event.UserID), event.Kind, int64(event.SessionID),
			event.Address, event.UserAgent, details); err != nil {
			return err
		}
		return execute(ctx, tx, "DELETE FROM security_events WHERE user_id = $1 AND id <= (SELECT id FROM security_events WHERE user_id = $1 ORDER BY id DESC OFFSET $2 LIMIT 1)", int64(event.UserID), max(1, most))
	})
}

// SecurityEvents implements store.SecurityEvents.
func (s *Store) SecurityEvents(ctx context.Context, userID, before id.ID, limit int) ([]store.SecurityEvent, error) {
	return rows(ctx, s, "SELECT "+securityEventColumns+" FROM security_events WHERE user_id = $1 AND ($2::bigint = 0 OR id < $2) ORDER BY id DESC LIMIT $3", []any{int64(userID), int64(before), max(0, limit)}, scanSecurityEvent)
}
