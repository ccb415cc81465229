package postgres

import (
	"context"

	"guildhall/store"
	"guildhall/store/id"
)

// Guests implements store.Guests.
func (s *Store) Guests(ctx context.Context, after id.ID, limit int) ([]store.User, error) {
	return rows(ctx, s, "SELECT "+userColumns+" FROM users WHERE guest AND id > $1 ORDER BY id LIMIT $2", []any{int64(after), max(0, limit)}, scanUser)
}
