package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// keptAttachments are attachments as they will be read: the caller's own, with their times as they are kept.
func keptAttachments(attachments []store.Attachment) []store.Attachment {
	kept := slices.Clone(attachments)
	for i := range kept {
		kept[i].Duration = kept[i].Duration.Truncate(time.Millisecond)
	}
	return kept
}

// attach hangs attachments on a message that was just stored.
func attach(ctx context.Context, tx pgx.Tx, message *store.Message, attachments []store.Attachment) error {
	for i := range attachments {
		var err error
		if message.SharesFiles() {
			err = attachShared(ctx, tx, message, &attachments[i])
		} else {
			err = attachUpload(ctx, tx, message, &attachments[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

const insertAttachment = "INSERT INTO attachments (id, channel_id, message_id, user_id, hash, size) VALUES ($1, $2, $3, $4, $5, $6)"

// attachUpload takes an upload over. The attachment names the bytes before the upload lets them go.
func attachUpload(ctx context.Context, tx pgx.Tx, message *store.Message, attachment *store.Attachment) error {
	var userID int64
	err := tx.QueryRow(ctx, "SELECT user_id FROM uploads WHERE id = $1 AND hash = $2 FOR UPDATE", int64(attachment.ID), attachment.Hash[:]).Scan(&userID)
	if errors.Is(err, pgx.ErrNoRows) {
		return store.ErrSpent
	}
	if err != nil {
		return err
	}
	if err := execute(ctx, tx, insertAttachment, int64(attachment.ID), int64(message.ChannelID), int64(message.ID), userID, attachment.Hash[:], attachment.Size); err != nil {
		return err
	}
	return execute(ctx, tx, "DELETE FROM uploads WHERE id = $1", int64(attachment.ID))
}

// attachShared names the bytes of what is forwarded or published, if they are still there.
func attachShared(ctx context.Context, tx pgx.Tx, message *store.Message, attachment *store.Attachment) error {
	var blob string
	err := tx.QueryRow(ctx, "SELECT blob FROM kept_bytes WHERE hash = $1 FOR KEY SHARE", attachment.Hash[:]).Scan(&blob)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && blob != attachment.Blob {
		return store.ErrSpent
	}
	if err != nil {
		return err
	}
	return execute(ctx, tx, insertAttachment, int64(attachment.ID), int64(message.ChannelID), int64(message.ID), 0, attachment.Hash[:], attachment.Size)
}

// reattach hangs on a message what an edit adds, and lets go of what it leaves out.
func reattach(ctx context.Context, tx pgx.Tx, before, after *store.Message) error {
	var left, added []store.Attachment
	old, now := before.AllAttachments(), after.AllAttachments()
	among := func(others []store.Attachment, attachmentID id.ID) bool {
		return slices.ContainsFunc(others, func(other store.Attachment) bool { return other.ID == attachmentID })
	}
	for _, one := range old {
		if !among(now, one.ID) {
			left = append(left, one)
		}
	}
	for _, one := range now {
		if !among(old, one.ID) {
			added = append(added, one)
		}
	}
	if len(left) > 0 {
		gone := make([]int64, len(left))
		for i := range left {
			gone[i] = int64(left[i].ID)
		}
		if err := execute(ctx, tx, "DELETE FROM attachments WHERE message_id = $1 AND id = ANY($2)", int64(before.ID), gone); err != nil {
			return err
		}
	}
	return attach(ctx, tx, after, added)
}

// AttachmentMessage implements store.Files.
func (s *Store) AttachmentMessage(ctx context.Context, channelID, attachmentID id.ID) (store.Message, error) {
	return one(ctx, s, "SELECT "+messageColumns+" FROM messages WHERE id = (SELECT message_id FROM attachments WHERE id = $2 AND channel_id = $1)",
		[]any{int64(channelID), int64(attachmentID)}, scanMessage)
}

const userBytes = `SELECT coalesce((SELECT sum(size) FROM attachments WHERE user_id = $1), 0)::bigint + coalesce((SELECT sum(size) FROM uploads WHERE user_id = $1), 0)::bigint`

// UserBytes implements store.Files.
func (s *Store) UserBytes(ctx context.Context, userID id.ID) (int64, error) {
	return one(ctx, s, userBytes, []any{int64(userID)}, pgx.RowTo[int64])
}

// ListTrash implements store.Files.
func (s *Store) ListTrash(ctx context.Context, limit int) ([]string, error) {
	return rows(ctx, s, "SELECT blob FROM lost_blobs ORDER BY blob LIMIT $1", []any{max(0, limit)}, pgx.RowTo[string])
}

// DropTrash implements store.Files.
func (s *Store) DropTrash(ctx context.Context, blobs []string) error {
	_, err := s.sweep(ctx, "DELETE FROM lost_blobs WHERE blob = ANY($1)", blobs)
	return err
}

// KnownBlobs implements store.Files.
func (s *Store) KnownBlobs(ctx context.Context, blobs []string) ([]string, error) {
	return rows(ctx, s, `SELECT wanted FROM unnest($1::text[]) AS wanted WHERE EXISTS (SELECT FROM kept_bytes WHERE blob = wanted)
		OR EXISTS (SELECT FROM upload_parts WHERE blob = wanted) OR EXISTS (SELECT FROM lost_blobs WHERE blob = wanted)`, []any{blobs}, pgx.RowTo[string])
}
