package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/store"
	"guildhall/store/id"
)

// uploadColumns are those of an upload, with the key of its bytes and its parts.
const uploadColumns = `uploads.id, user_id, channel_id, filename, size, expires_at, uploads.hash, content_type, width, height, (SELECT blob FROM kept_bytes WHERE hash = uploads.hash),
	ARRAY(SELECT blob FROM upload_parts WHERE upload_id = uploads.id ORDER BY number), ARRAY(SELECT size FROM upload_parts WHERE upload_id = uploads.id ORDER BY number)`

func scanUpload(row pgx.CollectableRow) (store.Upload, error) {
	var upload store.Upload
	var uploadID, userID, channelID int64
	var expires *time.Time
	var hash []byte
	var file store.File
	var blob *string
	var parts []string
	var sizes []int64
	err := row.Scan(&uploadID, &userID, &channelID, &upload.Filename, &upload.Size, &expires, &hash, &file.ContentType, &file.Width, &file.Height, &blob, &parts, &sizes)
	if err != nil {
		return upload, err
	}
	upload.ID, upload.UserID, upload.ChannelID, upload.ExpiresAt = id.ID(uploadID), id.ID(userID), id.ID(channelID), timeOf(expires)
	for i := range parts {
		upload.Parts = append(upload.Parts, store.UploadPart{Blob: parts[i], Size: sizes[i]})
	}
	if blob != nil {
		copy(file.Hash[:], hash)
		file.Blob, file.Size = *blob, upload.Size
		upload.File = &file
	}
	return upload, nil
}

func lockUpload(ctx context.Context, tx pgx.Tx, uploadID id.ID) (store.Upload, error) {
	if _, err := locked(ctx, tx, "SELECT id FROM uploads WHERE id = $1 FOR UPDATE", []any{int64(uploadID)}, scanID); err != nil {
		return store.Upload{}, err
	}
	return locked(ctx, tx, "SELECT "+uploadColumns+" FROM uploads WHERE id = $1", []any{int64(uploadID)}, scanUpload)
}

// reserve makes sure that a user's files may have more bytes. The account's row is locked by then: uploads of one account take turns.
func reserve(ctx context.Context, tx pgx.Tx, userID id.ID, bytes, most int64) error {
	if bytes <= 0 {
		return nil
	}
	used, err := locked(ctx, tx, userBytes, []any{int64(userID)}, pgx.RowTo[int64])
	if err == nil && used+bytes > most {
		return &store.LimitError{What: "bytes", Max: int(most)}
	}
	return err
}

// lockUser locks an account.
func lockUser(ctx context.Context, tx pgx.Tx, userID id.ID) error {
	_, err := locked(ctx, tx, "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE", []any{int64(userID)}, scanID)
	return err
}

// adopt keeps a new file's bytes. If they are there already, the key that comes with them goes to the trash. The row stays locked, so that nobody lets the bytes go meanwhile.
func adopt(ctx context.Context, tx pgx.Tx, file *store.File) error {
	// The update changes nothing, and locks the row that is there.
	var blob string
	err := tx.QueryRow(ctx, "INSERT INTO kept_bytes (hash, blob) VALUES ($1, $2) ON CONFLICT (hash) DO UPDATE SET hash = excluded.hash RETURNING blob", file.Hash[:], file.Blob).Scan(&blob)
	if err != nil || blob == file.Blob {
		return err
	}
	err = execute(ctx, tx, "INSERT INTO lost_blobs VALUES ($1) ON CONFLICT DO NOTHING", file.Blob)
	file.Blob = blob
	return err
}

// CreateUpload implements store.Files.
func (s *Store) CreateUpload(ctx context.Context, upload store.Upload, bounds store.UploadBounds) (stored store.Upload, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if err := lockUser(ctx, tx, upload.UserID); err != nil {
			return err
		}
		var open int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM uploads WHERE user_id = $1", int64(upload.UserID)).Scan(&open); err != nil {
			return err
		}
		if open >= bounds.Uploads {
			return &store.LimitError{What: "uploads", Max: bounds.Uploads}
		}
		size, hash, file := upload.Size, []byte(nil), store.File{}
		if upload.File != nil {
			file, size, hash = *upload.File, upload.File.Size, upload.File.Hash[:]
			if err := adopt(ctx, tx, &file); err != nil {
				return err
			}
		}
		if err := reserve(ctx, tx, upload.UserID, size, bounds.Bytes); err != nil {
			return err
		}
		if err := execute(ctx, tx, "INSERT INTO uploads (id, user_id, channel_id, filename, size, expires_at, hash, content_type, width, height) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
			int64(upload.ID), int64(upload.UserID), int64(upload.ChannelID), upload.Filename, size, moment(upload.ExpiresAt), hash, file.ContentType, file.Width, file.Height); err != nil {
			return err
		}
		for i, part := range upload.Parts {
			if err := addPart(ctx, tx, upload.ID, i, part); err != nil {
				return err
			}
		}
		stored, err = lockUpload(ctx, tx, upload.ID)
		return err
	})
	if err != nil {
		return store.Upload{}, err
	}
	return stored, nil
}

func addPart(ctx context.Context, tx pgx.Tx, uploadID id.ID, number int, part store.UploadPart) error {
	return execute(ctx, tx, "INSERT INTO upload_parts (upload_id, number, blob, size) VALUES ($1, $2, $3, $4)", int64(uploadID), number, part.Blob, part.Size)
}

// Upload implements store.Files.
func (s *Store) Upload(ctx context.Context, uploadID id.ID) (store.Upload, error) {
	return one(ctx, s, "SELECT "+uploadColumns+" FROM uploads WHERE id = $1", []any{int64(uploadID)}, scanUpload)
}

// AddUploadPart implements store.Files.
func (s *Store) AddUploadPart(ctx context.Context, uploadID id.ID, offset int64, part store.UploadPart) (upload store.Upload, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if upload, err = lockUpload(ctx, tx, uploadID); err != nil {
			return err
		}
		if upload.File != nil || upload.Received() != offset {
			return store.ErrSpent
		}
		if err := addPart(ctx, tx, uploadID, len(upload.Parts), part); err != nil {
			return err
		}
		upload.Parts = append(upload.Parts, part)
		return nil
	})
	if err != nil {
		return store.Upload{}, err
	}
	return upload, nil
}

// CompleteUpload implements store.Files.
func (s *Store) CompleteUpload(ctx context.Context, uploadID id.ID, file store.File, bytes int64) (upload store.Upload, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		// The account comes first, as everywhere.
		userID, err := locked(ctx, tx, "SELECT user_id FROM uploads WHERE id = $1", []any{int64(uploadID)}, scanID)
		if err != nil {
			return err
		}
		if err := lockUser(ctx, tx, userID); err != nil {
			return err
		}
		if upload, err = lockUpload(ctx, tx, uploadID); err != nil {
			return err
		}
		if upload.File != nil {
			return store.ErrSpent
		}
		if err := reserve(ctx, tx, userID, file.Size-upload.Size, bytes); err != nil {
			return err
		}
		kept := file
		if err := adopt(ctx, tx, &kept); err != nil {
			return err
		}
		if err := execute(ctx, tx, "DELETE FROM upload_parts WHERE upload_id = $1", int64(uploadID)); err != nil {
			return err
		}
		if err := execute(ctx, tx, "UPDATE uploads SET size = $2, hash = $3, content_type = $4, width = $5, height = $6 WHERE id = $1",
			int64(uploadID), file.Size, file.Hash[:], file.ContentType, file.Width, file.Height); err != nil {
			return err
		}
		upload.File, upload.Size, upload.Parts = &kept, file.Size, nil
		return nil
	})
	if err != nil {
		return store.Upload{}, err
	}
	return upload, nil
}

// DeleteUploads implements store.Files.
func (s *Store) DeleteUploads(ctx context.Context, uploadIDs []id.ID) error {
	_, err := s.sweep(ctx, "DELETE FROM uploads WHERE id = ANY($1)", integers(uploadIDs))
	return err
}

// PruneUploads implements store.Files.
func (s *Store) PruneUploads(ctx context.Context, before time.Time) (int, error) {
	return s.sweep(ctx, "DELETE FROM uploads WHERE coalesce(expires_at, '-infinity') < $1", before)
}
