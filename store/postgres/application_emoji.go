package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const applicationEmojiColumns = "id, application_id, creator_id, name, picture"

func scanApplicationEmoji(row pgx.CollectableRow) (store.ApplicationEmoji, error) {
	var emoji store.ApplicationEmoji
	var emojiID, applicationID, creatorID int64
	err := row.Scan(&emojiID, &applicationID, &creatorID, &emoji.Name, &emoji.Picture)
	emoji.ID, emoji.ApplicationID, emoji.CreatorID = id.ID(emojiID), id.ID(applicationID), id.ID(creatorID)
	return emoji, err
}

// CreateApplicationEmoji implements store.ApplicationEmojis. The application is locked, so that emoji of it that are made at once are counted.
func (s *Store) CreateApplicationEmoji(ctx context.Context, emoji store.ApplicationEmoji, most int) (store.ApplicationEmoji, error) {
	err := s.write(ctx, func(tx pgx.Tx) error {
		if _, err := locked(ctx, tx, "SELECT user_id FROM bots WHERE user_id = $1 FOR UPDATE", []any{int64(emoji.ApplicationID)}, scanID); err != nil {
			return err
		}
		var count int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM application_emojis WHERE application_id = $1", int64(emoji.ApplicationID)).Scan(&count); err != nil {
			return err
		}
		if count >= most {
			return &store.LimitError{What: "emoji", Max: most}
		}
		if err := hang(ctx, tx, emoji.ID, 0, shown{"emoji": {nil, &emoji.Picture}}); err != nil {
			return err
		}
		return execute(ctx, tx, "INSERT INTO application_emojis ("+applicationEmojiColumns+") VALUES ($1, $2, $3, $4, $5)",
			int64(emoji.ID), int64(emoji.ApplicationID), int64(emoji.CreatorID), emoji.Name, emoji.Picture)
	})
	if err != nil {
		return store.ApplicationEmoji{}, err
	}
	return emoji, nil
}

// ApplicationEmoji implements store.ApplicationEmojis.
func (s *Store) ApplicationEmoji(ctx context.Context, emojiID id.ID) (store.ApplicationEmoji, error) {
	return one(ctx, s, "SELECT "+applicationEmojiColumns+" FROM application_emojis WHERE id = $1", []any{int64(emojiID)}, scanApplicationEmoji)
}

// ApplicationEmojis implements store.ApplicationEmojis.
func (s *Store) ApplicationEmojis(ctx context.Context, applicationID id.ID) ([]store.ApplicationEmoji, error) {
	return rows(ctx, s, "SELECT "+applicationEmojiColumns+" FROM application_emojis WHERE application_id = $1 ORDER BY id", []any{int64(applicationID)}, scanApplicationEmoji)
}

// RenameApplicationEmoji implements store.ApplicationEmojis.
func (s *Store) RenameApplicationEmoji(ctx context.Context, applicationID, emojiID id.ID, name string) (emoji store.ApplicationEmoji, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		emoji, err = locked(ctx, tx, "UPDATE application_emojis SET name = $3 WHERE application_id = $1 AND id = $2 RETURNING "+applicationEmojiColumns,
			[]any{int64(applicationID), int64(emojiID), name}, scanApplicationEmoji)
		return err
	})
	return emoji, err
}

// DeleteApplicationEmoji implements store.ApplicationEmojis.
func (s *Store) DeleteApplicationEmoji(ctx context.Context, applicationID, emojiID id.ID) (emoji store.ApplicationEmoji, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		emoji, err = locked(ctx, tx, "DELETE FROM application_emojis WHERE application_id = $1 AND id = $2 RETURNING "+applicationEmojiColumns, []any{int64(applicationID), int64(emojiID)}, scanApplicationEmoji)
		return err
	})
	return emoji, err
}
