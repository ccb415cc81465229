package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// SetPinned implements store.Messages. The channel is locked, so that pins are counted by one at a time.
func (s *Store) SetPinned(ctx context.Context, channelID, messageID id.ID, at time.Time, most int) (message store.Message, changed bool, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if _, err := locked(ctx, tx, "SELECT id FROM channels WHERE id = $1 FOR UPDATE", []any{int64(channelID)}, scanID); err != nil {
			return err
		}
		place := []any{int64(channelID), int64(messageID)}
		if message, err = locked(ctx, tx, "SELECT "+messageColumns+" FROM messages WHERE channel_id = $1 AND id = $2 FOR UPDATE", place, scanMessage); err != nil {
			return err
		}
		if changed = message.PinnedAt.IsZero() != at.IsZero(); !changed {
			return nil
		}
		if !at.IsZero() {
			var pinned int
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM messages WHERE channel_id = $1 AND pinned_at IS NOT NULL", int64(channelID)).Scan(&pinned); err != nil {
				return err
			}
			if pinned >= most {
				return &store.LimitError{What: "pins", Max: most}
			}
			if err := execute(ctx, tx, "UPDATE channels SET last_pin_at = $2 WHERE id = $1", int64(channelID), moment(at)); err != nil {
				return err
			}
		}
		message.PinnedAt = timeOf(moment(at))
		return execute(ctx, tx, "UPDATE messages SET pinned_at = $3 WHERE channel_id = $1 AND id = $2", append(place, moment(at))...)
	})
	if err != nil {
		return store.Message{}, false, err
	}
	return message, changed, nil
}

// ListPins implements store.Messages.
func (s *Store) ListPins(ctx context.Context, channelID id.ID, before time.Time, limit int) ([]store.Message, error) {
	return rows(ctx, s, "SELECT "+messageColumns+" FROM messages WHERE channel_id = $1 AND pinned_at IS NOT NULL AND ($2::timestamptz IS NULL OR pinned_at < $2) ORDER BY pinned_at DESC, id DESC LIMIT $3",
		[]any{int64(channelID), moment(before), max(0, limit)}, scanMessage)
}
