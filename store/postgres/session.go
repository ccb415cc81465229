package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const sessionColumns = "id, user_id, secret, generation, retry_hash, created_at, rotated_at, expires_at, user_agent, address"

func scanSession(row pgx.CollectableRow) (store.LoginSession, error) {
	var session store.LoginSession
	var sessionID, userID, generation int64
	var created, rotated, expires *time.Time
	err := row.Scan(&sessionID, &userID, &session.Secret, &generation, &session.RetryHash, &created, &rotated, &expires, &session.UserAgent, &session.Address)
	session.ID, session.UserID, session.Generation = id.ID(sessionID), id.ID(userID), uint32(generation)
	session.CreatedAt, session.RotatedAt, session.ExpiresAt = timeOf(created), timeOf(rotated), timeOf(expires)
	return session, err
}

// CreateLoginSession implements store.Sessions.
func (s *Store) CreateLoginSession(ctx context.Context, session store.LoginSession) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		return execute(ctx, tx, "INSERT INTO login_sessions ("+sessionColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", int64(session.ID), int64(session.UserID),
			session.Secret, int64(session.Generation), session.RetryHash, moment(session.CreatedAt), moment(session.RotatedAt), moment(session.ExpiresAt), session.UserAgent, session.Address)
	})
}

// LoginSession implements store.Sessions.
func (s *Store) LoginSession(ctx context.Context, sessionID id.ID) (store.LoginSession, error) {
	return one(ctx, s, "SELECT "+sessionColumns+" FROM login_sessions WHERE id = $1", []any{int64(sessionID)}, scanSession)
}

// LoginSessions implements store.Sessions.
func (s *Store) LoginSessions(ctx context.Context, userID id.ID) ([]store.LoginSession, error) {
	return rows(ctx, s, "SELECT "+sessionColumns+" FROM login_sessions WHERE user_id = $1 ORDER BY id DESC", []any{int64(userID)}, scanSession)
}

// UpdateLoginSession implements store.Sessions.
func (s *Store) UpdateLoginSession(ctx context.Context, sessionID id.ID, change func(*store.LoginSession) error) (session store.LoginSession, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if session, err = locked(ctx, tx, "SELECT "+sessionColumns+" FROM login_sessions WHERE id = $1 FOR UPDATE", []any{int64(sessionID)}, scanSession); err != nil {
			return err
		}
		userID := session.UserID
		if err := change(&session); err != nil {
			return err
		}
		session.ID, session.UserID = sessionID, userID
		session.CreatedAt, session.RotatedAt, session.ExpiresAt = timeOf(moment(session.CreatedAt)), timeOf(moment(session.RotatedAt)), timeOf(moment(session.ExpiresAt))
		return execute(ctx, tx, `UPDATE login_sessions SET secret = $2, generation = $3, retry_hash = $4, created_at = $5, rotated_at = $6, expires_at = $7, user_agent = $8, address = $9
			WHERE id = $1`, int64(sessionID), session.Secret, int64(session.Generation), session.RetryHash, moment(session.CreatedAt), moment(session.RotatedAt),
			moment(session.ExpiresAt), session.UserAgent, session.Address)
	})
	if err != nil {
		return store.LoginSession{}, err
	}
	return session, nil
}

// DeleteLoginSessions implements store.Sessions.
func (s *Store) DeleteLoginSessions(ctx context.Context, userID id.ID, sessionIDs []id.ID) (deleted []id.ID, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		found, err := tx.Query(ctx, "DELETE FROM login_sessions WHERE user_id = $1 AND id = ANY($2) RETURNING id", int64(userID), integers(sessionIDs))
		if err != nil {
			return err
		}
		deleted, err = pgx.CollectRows(found, scanID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return deleted, nil
}

// PruneLoginSessions implements store.Sessions.
func (s *Store) PruneLoginSessions(ctx context.Context, before time.Time) (int, error) {
	return s.sweep(ctx, "DELETE FROM login_sessions WHERE expires_at < $1", before.UTC())
}
