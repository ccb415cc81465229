package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

const emojiQuery = `SELECT id, server_id, creator_id, name, picture, (SELECT array_agg(role_id ORDER BY role_id) FROM emoji_roles WHERE emoji_id = emojis.id) FROM emojis `

func scanEmoji(row pgx.CollectableRow) (store.GuildEmoji, error) {
	var emoji store.GuildEmoji
	var emojiID, guildID, creatorID int64
	var roles []int64
	err := row.Scan(&emojiID, &guildID, &creatorID, &emoji.Name, &emoji.Picture, &roles)
	emoji.ID, emoji.GuildID, emoji.CreatorID, emoji.RoleIDs = id.ID(emojiID), id.ID(guildID), id.ID(creatorID), idsOf(roles)
	return emoji, err
}

func insertEmojiRoles(ctx context.Context, tx pgx.Tx, emoji store.GuildEmoji) error {
	roles := slices.Clone(emoji.RoleIDs)
	slices.Sort(roles)
	return execute(ctx, tx, "INSERT INTO emoji_roles (server_id, emoji_id, role_id) SELECT $1, $2, unnest($3::bigint[])", int64(emoji.GuildID), int64(emoji.ID), integers(slices.Compact(roles)))
}

// CreateEmoji implements store.Emojis.
func (s *Store) CreateEmoji(ctx context.Context, emoji store.GuildEmoji, most int) (stored store.GuildEmoji, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if err := lockGuild(ctx, tx, emoji.GuildID); err != nil {
			return err
		}
		var count int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM emojis WHERE server_id = $1 AND coalesce((picture->>'Animated')::boolean, false) = $2", int64(emoji.GuildID), emoji.Animated()).Scan(&count); err != nil {
			return err
		}
		if count >= most {
			return &store.LimitError{What: "emoji", Max: most}
		}
		if err := hang(ctx, tx, emoji.ID, 0, shown{"emoji": {nil, &emoji.Picture}}); err != nil {
			return err
		}
		if err := execute(ctx, tx, "INSERT INTO emojis (id, server_id, creator_id, name, picture) VALUES ($1, $2, $3, $4, $5)",
			int64(emoji.ID), int64(emoji.GuildID), int64(emoji.CreatorID), emoji.Name, emoji.Picture); err != nil {
			return err
		}
		if err := insertEmojiRoles(ctx, tx, emoji); err != nil {
			return err
		}
		stored, err = locked(ctx, tx, emojiQuery+"WHERE id = $1", []any{int64(emoji.ID)}, scanEmoji)
		return err
	})
	if err != nil {
		return store.GuildEmoji{}, err
	}
	return stored, nil
}

// Emoji implements store.Emojis.
func (s *Store) Emoji(ctx context.Context, emojiID id.ID) (store.GuildEmoji, error) {
	return one(ctx, s, emojiQuery+"WHERE id = $1", []any{int64(emojiID)}, scanEmoji)
}

// GuildEmojis implements store.Emojis.
func (s *Store) GuildEmojis(ctx context.Context, guildID id.ID) ([]store.GuildEmoji, error) {
	return rows(ctx, s, emojiQuery+"WHERE server_id = $1 ORDER BY id", []any{int64(guildID)}, scanEmoji)
}

// lockEmoji reads an emoji that nobody else changes until the transaction ends.
func lockEmoji(ctx context.Context, tx pgx.Tx, guildID, emojiID id.ID) (store.GuildEmoji, error) {
	place := []any{int64(guildID), int64(emojiID)}
	// First locked, then read: what a statement reads beside the row that it waited for is from before the wait.
	if err := holdGuild(ctx, tx, guildID); err != nil {
		return store.GuildEmoji{}, err
	}
	if _, err := locked(ctx, tx, "SELECT id FROM emojis WHERE server_id = $1 AND id = $2 FOR UPDATE", place, scanID); err != nil {
		return store.GuildEmoji{}, err
	}
	return locked(ctx, tx, emojiQuery+"WHERE server_id = $1 AND id = $2", place, scanEmoji)
}

// UpdateEmoji implements store.Emojis.
func (s *Store) UpdateEmoji(ctx context.Context, guildID, emojiID id.ID, change func(*store.GuildEmoji) error) (emoji store.GuildEmoji, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		place := []any{int64(guildID), int64(emojiID)}
		if emoji, err = lockEmoji(ctx, tx, guildID, emojiID); err != nil {
			return err
		}
		draft := emoji
		draft.RoleIDs = slices.Clone(emoji.RoleIDs)
		if err := change(&draft); err != nil {
			return err
		}
		draft.ID, draft.GuildID = emojiID, guildID
		if err := execute(ctx, tx, "UPDATE emojis SET name = $3 WHERE server_id = $1 AND id = $2", append(place, draft.Name)...); err != nil {
			return err
		}
		if !slices.Equal(emoji.RoleIDs, draft.RoleIDs) {
			if err := execute(ctx, tx, "DELETE FROM emoji_roles WHERE emoji_id = $1", int64(emojiID)); err != nil {
				return err
			}
			if err := insertEmojiRoles(ctx, tx, draft); err != nil {
				return err
			}
		}
		emoji, err = locked(ctx, tx, emojiQuery+"WHERE server_id = $1 AND id = $2", place, scanEmoji)
		return err
	})
	if err != nil {
		return store.GuildEmoji{}, err
	}
	return emoji, nil
}

// DeleteEmoji implements store.Emojis.
func (s *Store) DeleteEmoji(ctx context.Context, guildID, emojiID id.ID) (emoji store.GuildEmoji, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if emoji, err = lockEmoji(ctx, tx, guildID, emojiID); err != nil {
			return err
		}
		return execute(ctx, tx, "DELETE FROM emojis WHERE id = $1", int64(emojiID))
	})
	if err != nil {
		return store.GuildEmoji{}, err
	}
	return emoji, nil
}
