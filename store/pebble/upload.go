package pebble

import (
	"context"
	"errors"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// CreateUpload stores an upload.
func (s *Store) CreateUpload(ctx context.Context, upload store.Upload, bounds store.UploadBounds) (store.Upload, error) {
	record := newUploadRecord(&upload)
	upload = record.upload(upload.ID) // the caller's own stays so
	err := s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindUser.key(upload.UserID)); err != nil {
			return err
		}
		if err := tx.needChannel(upload.ChannelID); err != nil {
			return err
		}
		if err := free(tx.db, kindUpload.key(upload.ID), "id"); err != nil {
			return err
		}
		open, err := lastIDs(tx.db, kindUserUpload.key(upload.UserID))
		if err != nil {
			return err
		}
		if len(open) >= bounds.Uploads {
			return &store.LimitError{What: "uploads", Max: bounds.Uploads}
		}
		if upload.File != nil {
			upload.Size = upload.File.Size
			if err := tx.adopt(upload.File); err != nil {
				return err
			}
		}
		if err := tx.reserve(upload.UserID, upload.Size, bounds.Bytes); err != nil {
			return err
		}
		tx.made(upload.ID)
		for _, part := range upload.Parts {
			tx.set(kindBlob.text(part.Blob), nil)
		}
		tx.set(kindUserUpload.key(upload.UserID, upload.ID), nil)
		tx.set(kindChannelUpload.key(upload.ChannelID, upload.ID), nil)
		record = newUploadRecord(&upload)
		return tx.put(kindUpload.key(upload.ID), record)
	})
	if err != nil {
		return store.Upload{}, err
	}
	return upload, nil
}

// reserve adds to the bytes of a user, unless there would be more than most.
func (t *tx) reserve(userID id.ID, bytes, most int64) error {
	used, err := t.usedBy(userID)
	if err != nil {
		return err
	}
	if bytes > 0 && used+bytes > most {
		return &store.LimitError{What: "bytes", Max: int(most)}
	}
	t.use(userID, bytes)
	return nil
}

func (t *tx) upload(uploadID id.ID) (store.Upload, error) {
	record, err := get[uploadRecord](t.db, kindUpload.key(uploadID))
	if err != nil {
		return store.Upload{}, err
	}
	return record.upload(uploadID), nil
}

// Upload reads an upload.
func (s *Store) Upload(ctx context.Context, uploadID id.ID) (store.Upload, error) {
	if err := s.enter(ctx); err != nil {
		return store.Upload{}, err
	}
	defer s.leave()
	record, err := get[uploadRecord](s.db, kindUpload.key(uploadID))
	if err != nil {
		return store.Upload{}, err
	}
	return record.upload(uploadID), nil
}

// AddUploadPart notes that a part has arrived.
func (s *Store) AddUploadPart(ctx context.Context, uploadID id.ID, offset int64, part store.UploadPart) (store.Upload, error) {
	var upload store.Upload
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		if upload, err = tx.upload(uploadID); err != nil {
			return err
		}
		if upload.File != nil || upload.Received() != offset {
			return store.ErrSpent
		}
		upload.Parts = append(upload.Parts, part)
		tx.set(kindBlob.text(part.Blob), nil)
		return tx.put(kindUpload.key(uploadID), newUploadRecord(&upload))
	})
	if err != nil {
		return store.Upload{}, err
	}
	return upload, nil
}

// CompleteUpload makes an upload whole.
func (s *Store) CompleteUpload(ctx context.Context, uploadID id.ID, file store.File, bytes int64) (store.Upload, error) {
	var upload store.Upload
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		if upload, err = tx.upload(uploadID); err != nil {
			return err
		}
		if upload.File != nil {
			return store.ErrSpent
		}
		if err := tx.reserve(upload.UserID, file.Size-upload.Size, bytes); err != nil {
			return err
		}
		if err := tx.adopt(&file); err != nil {
			return err
		}
		for _, part := range upload.Parts {
			tx.loseBlob(part.Blob)
		}
		upload.File, upload.Size, upload.Parts = &file, file.Size, nil
		return tx.put(kindUpload.key(uploadID), newUploadRecord(&upload))
	})
	if err != nil {
		return store.Upload{}, err
	}
	return upload, nil
}

// forgetUpload deletes an upload's keys, and nothing of what it names.
func (t *tx) forgetUpload(upload *store.Upload) {
	t.delete(kindUpload.key(upload.ID))
	t.delete(kindUserUpload.key(upload.UserID, upload.ID))
	t.delete(kindChannelUpload.key(upload.ChannelID, upload.ID))
}

// deleteUpload lets an upload go.
func (t *tx) deleteUpload(upload *store.Upload) {
	t.forgetUpload(upload)
	for _, part := range upload.Parts {
		t.loseBlob(part.Blob)
	}
	if upload.File != nil {
		t.name(upload.File.Hash, -1)
	}
	t.use(upload.UserID, -upload.Size)
}

// deleteChannelUploads lets the uploads for a channel go.
func (t *tx) deleteChannelUploads(channelID id.ID) error {
	uploadIDs, err := lastIDs(t.db, kindChannelUpload.key(channelID))
	if err != nil {
		return err
	}
	return t.deleteUploads(uploadIDs)
}

func (t *tx) deleteUploads(uploadIDs []id.ID) error {
	for _, uploadID := range distinct(uploadIDs) {
		switch upload, err := t.upload(uploadID); {
		case err == nil:
			t.deleteUpload(&upload)
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
	}
	return nil
}

// DeleteUploads lets uploads go.
func (s *Store) DeleteUploads(ctx context.Context, uploadIDs []id.ID) error {
	return s.update(ctx, synced, func(tx *tx) error { return tx.deleteUploads(uploadIDs) })
}

// PruneUploads lets those go that expired. It is asked often, and writes nothing when there are none.
func (s *Store) PruneUploads(ctx context.Context, before time.Time) (pruned int, err error) {
	expired, err := s.expiredUploads(ctx, before)
	if err != nil || len(expired) == 0 {
		return 0, err
	}
	err = s.update(ctx, synced, func(tx *tx) error {
		for _, uploadID := range expired {
			switch upload, err := tx.upload(uploadID); {
			case err == nil:
				tx.deleteUpload(&upload)
				pruned++
			case !errors.Is(err, store.ErrNotFound): // a message took it meanwhile
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return pruned, nil
}

func (s *Store) expiredUploads(ctx context.Context, before time.Time) (expired []id.ID, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	err = scan(s.db, kindUpload.key(), kindUpload.end(), func(key, value []byte) (bool, error) {
		record, err := decode[uploadRecord](key, value)
		if err == nil {
			err = checkKey(key, 1)
		}
		if err == nil && record.ExpiresAt.time().Before(before) {
			expired = append(expired, idAt(key, 0))
		}
		return true, err
	})
	return expired, err
}
