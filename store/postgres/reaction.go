package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// emojiText is the text by which an emoji is known: none for a guild's own.
func emojiText(emoji store.Emoji) string {
	if emoji.ID != 0 {
		return ""
	}
	return emoji.Name
}

// lockMessage keeps a message from being deleted, and its reactions from being changed by others, until the transaction ends.
func lockMessage(ctx context.Context, tx pgx.Tx, channelID, messageID id.ID) error {
	_, err := locked(ctx, tx, "SELECT id FROM messages WHERE channel_id = $1 AND id = $2 FOR NO KEY UPDATE", []any{int64(channelID), int64(messageID)}, scanID)
	return err
}

// AddReaction implements store.Reactions.
func (s *Store) AddReaction(ctx context.Context, channelID, messageID, userID id.ID, emoji store.Emoji, most int) (added bool, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		added = false
		if err := lockMessage(ctx, tx, channelID, messageID); err != nil {
			return err
		}
		var kinds int
		var known bool
		if err := tx.QueryRow(ctx, `SELECT count(*), coalesce(bool_or(emoji_id = $2 AND emoji = $3), false) FROM (SELECT DISTINCT emoji_id, emoji FROM reactions WHERE message_id = $1) AS kinds`,
			int64(messageID), int64(emoji.ID), emojiText(emoji)).Scan(&kinds, &known); err != nil {
			return err
		}
		if !known && kinds >= most {
			return &store.LimitError{What: "reactions", Max: most}
		}
		if err := holdUsers(ctx, tx, userID); err != nil {
			return err
		}
		inserted, err := tx.Exec(ctx, "INSERT INTO reactions (message_id, emoji_id, emoji, user_id, name, animated) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
			int64(messageID), int64(emoji.ID), emojiText(emoji), int64(userID), emoji.Name, emoji.Animated)
		added = err == nil && inserted.RowsAffected() == 1
		return err
	})
	return added && err == nil, err
}

// RemoveReaction implements store.Reactions.
func (s *Store) RemoveReaction(ctx context.Context, channelID, messageID, userID id.ID, emoji store.Emoji) (removed bool, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if err := lockMessage(ctx, tx, channelID, messageID); err != nil {
			return err
		}
		deleted, err := tx.Exec(ctx, "DELETE FROM reactions WHERE message_id = $1 AND emoji_id = $2 AND emoji = $3 AND user_id = $4", int64(messageID), int64(emoji.ID), emojiText(emoji), int64(userID))
		removed = err == nil && deleted.RowsAffected() == 1
		return err
	})
	return removed && err == nil, err
}

// ClearReactions implements store.Reactions.
func (s *Store) ClearReactions(ctx context.Context, channelID, messageID id.ID, emoji *store.Emoji) (cleared bool, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if err := lockMessage(ctx, tx, channelID, messageID); err != nil {
			return err
		}
		query, arguments := "DELETE FROM reactions WHERE message_id = $1", []any{int64(messageID)}
		if emoji != nil {
			query, arguments = query+" AND emoji_id = $2 AND emoji = $3", append(arguments, int64(emoji.ID), emojiText(*emoji))
		}
		deleted, err := tx.Exec(ctx, query, arguments...)
		cleared = err == nil && deleted.RowsAffected() > 0
		return err
	})
	return cleared && err == nil, err
}

// Reactors implements store.Reactions.
func (s *Store) Reactors(ctx context.Context, channelID, messageID id.ID, emoji store.Emoji, after id.ID, limit int) ([]id.ID, error) {
	return rows(ctx, s, `SELECT user_id FROM reactions JOIN messages ON messages.id = message_id WHERE channel_id = $1 AND message_id = $2 AND emoji_id = $3 AND emoji = $4 AND user_id > $5
		ORDER BY user_id LIMIT $6`, []any{int64(channelID), int64(messageID), int64(emoji.ID), emojiText(emoji), int64(after), max(0, limit)}, scanID)
}

// Reactions implements store.Reactions.
func (s *Store) Reactions(ctx context.Context, channelID id.ID, messageIDs []id.ID, reader id.ID) (map[id.ID][]store.Reaction, error) {
	type reaction struct {
		messageID, emojiID int64
		store.Reaction
	}
	counted, err := rows(ctx, s, `SELECT message_id, emoji_id, (array_agg(reactions.name ORDER BY place))[1], (array_agg(animated ORDER BY place))[1], count(*), bool_or(user_id = $3)
		FROM reactions JOIN messages ON messages.id = message_id WHERE channel_id = $1 AND message_id = ANY($2) GROUP BY message_id, emoji_id, emoji ORDER BY message_id, min(place)`,
		[]any{int64(channelID), integers(messageIDs), int64(reader)}, func(row pgx.CollectableRow) (r reaction, err error) {
			return r, row.Scan(&r.messageID, &r.emojiID, &r.Emoji.Name, &r.Emoji.Animated, &r.Count, &r.Me)
		})
	if err != nil {
		return nil, err
	}
	found := make(map[id.ID][]store.Reaction)
	for _, one := range counted {
		one.Emoji.ID = id.ID(one.emojiID)
		found[id.ID(one.messageID)] = append(found[id.ID(one.messageID)], one.Reaction)
	}
	return found, nil
}
