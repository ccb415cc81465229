package postgres

import (
	"context"
	"math/rand/v2"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// announce puts the published ones among some messages of a channel into the outbox. publishedAt is zero when they are changed; then what is left of their publication stays to be done.
func announce(ctx context.Context, tx pgx.Tx, channelID, publishedAt id.ID, messages ...store.Message) error {
	var published, versions []int64
	for i := range messages {
		if messages[i].Flags&store.MessageCrossposted != 0 {
			published, versions = append(published, int64(messages[i].ID)), append(versions, int64(rand.Uint64()))
		}
	}
	if len(published) == 0 {
		return nil
	}
	return execute(ctx, tx, `INSERT INTO announcements (channel_id, message_id, published_at, version) SELECT $1, message, $2, version FROM unnest($3::bigint[], $4::bigint[]) AS published (message, version)
		ON CONFLICT (channel_id, message_id) DO UPDATE SET version = excluded.version, published_at = greatest(announcements.published_at, excluded.published_at)`,
		int64(channelID), int64(publishedAt), published, versions)
}

// queueCopy adds the statement that takes note of where a published message arrived to a batch.
func queueCopy(batch *pgx.Batch, message *store.Message) {
	if message.IsCopy() {
		batch.Queue("INSERT INTO announcement_copies (channel_id, message_id, webhook_id, copy_channel_id, copy_message_id) VALUES ($1, $2, $3, $4, $5)",
			int64(message.Reference.ChannelID), int64(message.Reference.MessageID), int64(message.WebhookID), int64(message.ChannelID), int64(message.ID))
	}
}

// PublishMessage implements store.Announcements.
func (s *Store) PublishMessage(ctx context.Context, channelID, messageID, publishedAt id.ID) (message store.Message, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if message, err = locked(ctx, tx, "SELECT "+messageColumns+" FROM messages WHERE channel_id = $1 AND id = $2 FOR UPDATE", []any{int64(channelID), int64(messageID)}, scanMessage); err != nil {
			return err
		}
		if message.Flags&store.MessageCrossposted != 0 {
			return store.ErrSpent
		}
		message.Flags |= store.MessageCrossposted
		if err := execute(ctx, tx, "UPDATE messages SET flags = $2 WHERE id = $1", int64(messageID), int64(message.Flags)); err != nil {
			return err
		}
		return announce(ctx, tx, channelID, publishedAt, message)
	})
	if err != nil {
		return store.Message{}, err
	}
	return message, nil
}

// Announcements implements store.Announcements.
func (s *Store) Announcements(ctx context.Context, after store.MessagePlace, limit int) ([]store.Announcement, error) {
	return rows(ctx, s, "SELECT channel_id, message_id, published_at, version FROM announcements WHERE (channel_id, message_id) > ($1, $2) ORDER BY channel_id, message_id LIMIT $3",
		[]any{int64(after.ChannelID), int64(after.MessageID), max(0, limit)}, func(row pgx.CollectableRow) (store.Announcement, error) {
			var channelID, messageID, publishedAt, version int64
			err := row.Scan(&channelID, &messageID, &publishedAt, &version)
			return store.Announcement{MessagePlace: store.MessagePlace{ChannelID: id.ID(channelID), MessageID: id.ID(messageID)}, PublishedAt: id.ID(publishedAt), Version: uint64(version)}, err
		})
}

// AnnouncementCopies implements store.Announcements.
func (s *Store) AnnouncementCopies(ctx context.Context, source store.MessagePlace, after id.ID, limit int) ([]store.AnnouncementCopy, error) {
	return rows(ctx, s, `SELECT webhook_id, copy_channel_id, copy_message_id FROM announcement_copies WHERE channel_id = $1 AND message_id = $2 AND webhook_id > $3 ORDER BY webhook_id LIMIT $4`,
		[]any{int64(source.ChannelID), int64(source.MessageID), int64(after), max(0, limit)}, func(row pgx.CollectableRow) (store.AnnouncementCopy, error) {
			var webhookID, channelID, messageID int64
			err := row.Scan(&webhookID, &channelID, &messageID)
			return store.AnnouncementCopy{WebhookID: id.ID(webhookID), MessagePlace: store.MessagePlace{ChannelID: id.ID(channelID), MessageID: id.ID(messageID)}}, err
		})
}

// SettleAnnouncement implements store.Announcements.
func (s *Store) SettleAnnouncement(ctx context.Context, done store.Announcement) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		settled, err := tx.Exec(ctx, "DELETE FROM announcements WHERE channel_id = $1 AND message_id = $2 AND version = $3", int64(done.ChannelID), int64(done.MessageID), int64(done.Version))
		if err != nil || settled.RowsAffected() == 0 {
			return err
		}
		return execute(ctx, tx, "DELETE FROM announcement_copies WHERE channel_id = $1 AND message_id = $2 AND NOT EXISTS (SELECT FROM messages WHERE id = $2 AND channel_id = $1)",
			int64(done.ChannelID), int64(done.MessageID))
	})
}
