package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// OpenDirectChannel implements store.DirectChannels. The unique pair decides between two who open at once: the later waits for the earlier's transaction.
func (s *Store) OpenDirectChannel(ctx context.Context, draft store.Channel, opener id.ID) (channel store.Channel, opened bool, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		values, err := channelValues(draft)
		if err != nil {
			return err
		}
		low, high := int64(slices.Min(draft.Recipients)), int64(slices.Max(draft.Recipients))
		made, err := tx.Exec(ctx, "INSERT INTO channels ("+channelColumns+`, pair_low, pair_high) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
			ON CONFLICT (pair_low, pair_high) WHERE pair_low IS NOT NULL DO NOTHING`, append(values, low, high)...)
		if err != nil {
			return err
		}
		if opened = made.RowsAffected() == 1; opened {
			draft.HiddenFrom = slices.DeleteFunc(slices.Clone(draft.Recipients), func(userID id.ID) bool { return userID == opener })
			if err := insertRecipients(ctx, tx, draft, nil); err != nil {
				return err
			}
		} else {
			shown, err := tx.Exec(ctx, `UPDATE direct_messages SET hidden = false FROM channels WHERE pair_low = $1 AND pair_high = $2 AND channel_id = channels.id AND user_id = $3 AND hidden`,
				low, high, int64(opener))
			if err != nil {
				return err
			}
			opened = shown.RowsAffected() == 1
		}
		channel, err = locked(ctx, tx, channelQuery+"WHERE pair_low = $1 AND pair_high = $2", []any{low, high}, scanChannel)
		return err
	})
	if err != nil {
		return store.Channel{}, false, err
	}
	return channel, opened, nil
}

// CreateGroupChannel implements store.DirectChannels.
func (s *Store) CreateGroupChannel(ctx context.Context, channel store.Channel) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		if err := insertChannel(ctx, tx, channel); err != nil {
			return err
		}
		return insertRecipients(ctx, tx, channel, nil)
	})
}

// insertRecipients stores who is in a conversation of which nobody is stored yet. The accounts of those who were in it before may be gone.
func insertRecipients(ctx context.Context, tx pgx.Tx, channel store.Channel, before []id.ID) error {
	for _, userID := range channel.Recipients {
		if !slices.Contains(before, userID) {
			if err := holdUsers(ctx, tx, userID); err != nil {
				return err
			}
		}
		if err := execute(ctx, tx, "INSERT INTO direct_messages (channel_id, user_id, hidden) VALUES ($1, $2, $3) ON CONFLICT (channel_id, user_id) DO NOTHING",
			int64(channel.ID), int64(userID), slices.Contains(channel.HiddenFrom, userID)); err != nil {
			return err
		}
	}
	return nil
}

// UserDirectChannels implements store.DirectChannels.
func (s *Store) UserDirectChannels(ctx context.Context, userID id.ID) ([]store.Channel, error) {
	return rows(ctx, s, channelQuery+"WHERE id IN (SELECT channel_id FROM direct_messages WHERE user_id = $1 AND NOT hidden) ORDER BY id", []any{int64(userID)}, scanChannel)
}

// UpdateDirectChannel implements store.DirectChannels.
func (s *Store) UpdateDirectChannel(ctx context.Context, channelID id.ID, change func(*store.Channel) error) (channel store.Channel, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		// First locked, then read: what a statement reads beside the row that it waited for is from before the wait.
		if _, err := locked(ctx, tx, "SELECT id FROM channels WHERE id = $1 AND server_id IS NULL FOR UPDATE", []any{int64(channelID)}, scanID); err != nil {
			return err
		}
		before, err := locked(ctx, tx, channelQuery+"WHERE id = $1", []any{int64(channelID)}, scanChannel)
		if err != nil {
			return err
		}
		// change gets a copy, which it may keep: the result is read anew.
		draft := before
		draft.Recipients, draft.HiddenFrom = slices.Clone(before.Recipients), slices.Clone(before.HiddenFrom)
		if err := change(&draft); err != nil {
			return err
		}
		draft.ID, draft.GuildID, draft.Type = channelID, 0, before.Type
		if draft.Type == store.ChannelDM {
			draft.Recipients = before.Recipients
		}
		if len(draft.Recipients) == 0 {
			draft.HiddenFrom, draft.Icon = nil, nil
			channel = draft
			return execute(ctx, tx, "DELETE FROM channels WHERE id = $1", int64(channelID))
		}
		if err := hang(ctx, tx, channelID, 0, shown{"icon": {before.Icon, &draft.Icon}}); err != nil {
			return err
		}
		if err := execute(ctx, tx, "UPDATE channels SET name = $2, owner_id = $3, icon = $4 WHERE id = $1", int64(channelID), draft.Name, int64(draft.OwnerID), draft.Icon); err != nil {
			return err
		}
		if err := execute(ctx, tx, "DELETE FROM direct_messages WHERE channel_id = $1", int64(channelID)); err != nil {
			return err
		}
		if err := insertRecipients(ctx, tx, draft, before.Recipients); err != nil {
			return err
		}
		channel, err = locked(ctx, tx, channelQuery+"WHERE id = $1", []any{int64(channelID)}, scanChannel)
		return err
	})
	if err != nil {
		return store.Channel{}, err
	}
	return channel, nil
}
