package pebble

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// attachmentRecord is an attachment in a message's record.
type attachmentRecord struct {
	ID          id.ID      `cbor:"1,keyasint,omitempty"`
	File        fileRecord `cbor:"2,keyasint"`
	Filename    string     `cbor:"3,keyasint,omitempty"`
	Description string     `cbor:"4,keyasint,omitempty"`
	// DurationMillis is in milliseconds.
	DurationMillis int64  `cbor:"5,keyasint,omitempty"`
	Waveform       string `cbor:"6,keyasint,omitempty"`
}

type fileRecord struct {
	Hash        store.Hash `cbor:"1,keyasint"`
	Blob        string     `cbor:"2,keyasint,omitempty"`
	Size        int64      `cbor:"3,keyasint,omitempty"`
	ContentType string     `cbor:"4,keyasint,omitempty"`
	Width       int        `cbor:"5,keyasint,omitempty"`
	Height      int        `cbor:"6,keyasint,omitempty"`
}

// placeRecord is which message an attachment hangs on. Its bytes count for a user, or for nobody.
type placeRecord struct {
	MessageID id.ID      `cbor:"1,keyasint,omitempty"`
	UserID    id.ID      `cbor:"2,keyasint,omitempty"`
	Hash      store.Hash `cbor:"3,keyasint"`
	Size      int64      `cbor:"4,keyasint,omitempty"`
}

// bytesRecord is bytes that attachments and uploads name.
type bytesRecord struct {
	Blob string `cbor:"1,keyasint,omitempty"`
	// Names is how many there are.
	Names int64 `cbor:"2,keyasint,omitempty"`
}

type uploadRecord struct {
	UserID    id.ID        `cbor:"1,keyasint,omitempty"`
	ChannelID id.ID        `cbor:"2,keyasint,omitempty"`
	Filename  string       `cbor:"3,keyasint,omitempty"`
	Size      int64        `cbor:"4,keyasint,omitempty"`
	ExpiresAt moment       `cbor:"5,keyasint,omitempty"`
	Parts     []partRecord `cbor:"6,keyasint,omitempty"`
	File      *fileRecord  `cbor:"7,keyasint,omitempty"`
}

type partRecord struct {
	Blob string `cbor:"1,keyasint,omitempty"`
	Size int64  `cbor:"2,keyasint,omitempty"`
}

func newAttachmentRecords(attachments []store.Attachment) (records []attachmentRecord) {
	for _, one := range attachments {
		records = append(records, attachmentRecord{ID: one.ID, File: fileRecord(one.File), Filename: one.Filename, Description: one.Description,
			DurationMillis: one.Duration.Milliseconds(), Waveform: one.Waveform})
	}
	return records
}

func attachmentsOf(records []attachmentRecord) (attachments []store.Attachment) {
	for _, one := range records {
		attachments = append(attachments, store.Attachment{ID: one.ID, File: store.File(one.File), Filename: one.Filename, Description: one.Description,
			Duration: time.Duration(one.DurationMillis) * time.Millisecond, Waveform: one.Waveform})
	}
	return attachments
}

func newUploadRecord(upload *store.Upload) uploadRecord {
	record := uploadRecord{UserID: upload.UserID, ChannelID: upload.ChannelID, Filename: upload.Filename, Size: upload.Size, ExpiresAt: toMoment(upload.ExpiresAt)}
	for _, part := range upload.Parts {
		record.Parts = append(record.Parts, partRecord(part))
	}
	if upload.File != nil {
		record.File = new(fileRecord(*upload.File))
	}
	return record
}

func (r *uploadRecord) upload(uploadID id.ID) store.Upload {
	upload := store.Upload{ID: uploadID, UserID: r.UserID, ChannelID: r.ChannelID, Filename: r.Filename, Size: r.Size, ExpiresAt: r.ExpiresAt.time()}
	for _, part := range r.Parts {
		upload.Parts = append(upload.Parts, store.UploadPart(part))
	}
	if r.File != nil {
		upload.File = new(store.File(*r.File))
	}
	return upload
}

func bytesKey(hash store.Hash) []byte { return append(kindBytes.key(), hash[:]...) }

// fileChanges is what one write changes in the books. A write does not see what it wrote itself, and may name the same bytes several times: it is
// summed up here and written at the end.
type fileChanges struct {
	// names is by how much the number of names of bytes changes, born are the keys of bytes that were not there before.
	names map[store.Hash]int64
	born  map[store.Hash]string
	// used is by how much the bytes of users change.
	used map[id.ID]int64
	// taken are the uploads that became attachments.
	taken map[id.ID]struct{}
}

// name adds to the names of bytes, or takes away.
func (t *tx) name(hash store.Hash, by int64) {
	if t.files.names == nil {
		t.files.names = make(map[store.Hash]int64)
	}
	t.files.names[hash] += by
}

// use adds to the bytes of a user, or takes away; for nobody it does nothing.
func (t *tx) use(userID id.ID, by int64) {
	if userID == 0 {
		return
	}
	if t.files.used == nil {
		t.files.used = make(map[id.ID]int64)
	}
	t.files.used[userID] += by
}

// keptAs gives the key under which bytes are kept: empty when they are not.
func (t *tx) keptAs(hash store.Hash) (blob string, names int64, err error) {
	if born, now := t.files.born[hash]; now {
		return born, 0, nil
	}
	record, err := get[bytesRecord](t.db, bytesKey(hash))
	if errors.Is(err, store.ErrNotFound) {
		return "", 0, nil
	}
	return record.Blob, record.Names, err
}

// adopt names a new file's bytes. If they are there already, the key that comes with them goes to the trash.
func (t *tx) adopt(file *store.File) error {
	blob, _, err := t.keptAs(file.Hash)
	if err != nil {
		return err
	}
	switch {
	case blob == "":
		if t.files.born == nil {
			t.files.born = make(map[store.Hash]string)
		}
		t.files.born[file.Hash] = file.Blob
		t.set(kindBlob.text(file.Blob), nil)
	case blob != file.Blob:
		t.set(kindLostBlob.text(file.Blob), nil)
		file.Blob = blob
	}
	t.name(file.Hash, 1)
	return nil
}

// loseBlob puts a key that nothing names any more into the trash.
func (t *tx) loseBlob(blob string) {
	t.delete(kindBlob.text(blob))
	t.set(kindLostBlob.text(blob), nil)
}

// settleFiles writes what has been summed up.
func (t *tx) settleFiles() error {
	for hash, by := range t.files.names {
		blob, names, err := t.keptAs(hash)
		if err != nil {
			return err
		}
		switch names += by; {
		case blob == "":
			return corrupt(bytesKey(hash), errors.New("bytes that are named are not in the books"))
		case names > 0:
			if err := t.put(bytesKey(hash), bytesRecord{Blob: blob, Names: names}); err != nil {
				return err
			}
		default:
			t.delete(bytesKey(hash))
			t.loseBlob(blob)
		}
	}
	for userID, by := range t.files.used {
		there, err := has(t.db, kindUser.key(userID))
		if err != nil {
			return err
		}
		used, err := t.usedBy(userID)
		if err != nil {
			return err
		}
		if used += by; used > 0 && there {
			t.set(kindUserBytes.key(userID), idValue(id.ID(used)))
		} else {
			t.delete(kindUserBytes.key(userID))
		}
	}
	t.files = fileChanges{}
	return nil
}

func (t *tx) usedBy(userID id.ID) (int64, error) {
	used, err := getNumber(t.db, kindUserBytes.key(userID))
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return int64(used), err
}

// attach hangs attachments on a message that is being stored.
func (t *tx) attach(message *store.Message, attachments []store.Attachment) error {
	for i := range attachments {
		if err := t.attachOne(message, &attachments[i]); err != nil {
			return err
		}
	}
	return nil
}

// attachOne takes an upload over, or names bytes that are there: those of what is forwarded or published.
func (t *tx) attachOne(message *store.Message, attachment *store.Attachment) error {
	place := placeRecord{MessageID: message.ID, Hash: attachment.Hash, Size: attachment.Size}
	if message.SharesFiles() {
		blob, _, err := t.keptAs(attachment.Hash)
		if err != nil {
			return err
		}
		if blob == "" || blob != attachment.Blob {
			return store.ErrSpent
		}
		t.name(attachment.Hash, 1)
		t.made(attachment.ID)
		return t.put(kindAttachment.key(message.ChannelID, attachment.ID), place)
	}
	upload, err := t.upload(attachment.ID)
	if _, taken := t.files.taken[attachment.ID]; taken || errors.Is(err, store.ErrNotFound) || err == nil && (upload.File == nil || upload.File.Hash != attachment.Hash) {
		return store.ErrSpent
	}
	if err != nil {
		return err
	}
	if t.files.taken == nil {
		t.files.taken = make(map[id.ID]struct{})
	}
	t.files.taken[attachment.ID] = struct{}{}
	t.forgetUpload(&upload)
	place.UserID = upload.UserID
	return t.put(kindAttachment.key(message.ChannelID, attachment.ID), place)
}

// detach lets go of attachments of a message.
func (t *tx) detach(message *store.Message, attachments []store.Attachment) error {
	for i := range attachments {
		key := kindAttachment.key(message.ChannelID, attachments[i].ID)
		place, err := get[placeRecord](t.db, key)
		if err != nil {
			return err
		}
		t.letGo(key, &place)
	}
	return nil
}

func (t *tx) letGo(key []byte, place *placeRecord) {
	t.delete(key)
	t.name(place.Hash, -1)
	t.use(place.UserID, -place.Size)
}

// reattach hangs on a message what an edit adds, and lets go of what it leaves out.
func (t *tx) reattach(before, after *store.Message) error {
	without := func(attachments, others []store.Attachment) (rest []store.Attachment) {
		for _, one := range attachments {
			if !slices.ContainsFunc(others, func(other store.Attachment) bool { return other.ID == one.ID }) {
				rest = append(rest, one)
			}
		}
		return rest
	}
	old, now := before.AllAttachments(), after.AllAttachments()
	return cmp.Or(t.detach(before, without(old, now)), t.attach(after, without(now, old)))
}

// AttachmentMessage gives the message that an attachment hangs on.
func (s *Store) AttachmentMessage(ctx context.Context, channelID, attachmentID id.ID) (store.Message, error) {
	if err := s.enter(ctx); err != nil {
		return store.Message{}, err
	}
	defer s.leave()
	place, err := get[placeRecord](s.db, kindAttachment.key(channelID, attachmentID))
	if err != nil {
		return store.Message{}, err
	}
	message, err := readMessage(s.db, channelID, place.MessageID)
	if err == nil {
		err = s.needChannel(channelID)
	}
	if err != nil {
		return store.Message{}, err
	}
	return message, nil
}

// UserBytes is how many bytes the files of an account have together.
func (s *Store) UserBytes(ctx context.Context, userID id.ID) (int64, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.leave()
	used, err := getNumber(s.db, kindUserBytes.key(userID))
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return int64(used), err
}

// ListTrash gives keys of blobs that nothing names any more. What is swept does not wait for the disk, so this does: once a blob is deleted, no crash may bring back what named it.
func (s *Store) ListTrash(ctx context.Context, limit int) ([]string, error) {
	blobs, err := s.lostBlobs(ctx, limit)
	if err != nil || len(blobs) == 0 {
		return blobs, err
	}
	// A write of nothing waits for all that came before it.
	if err := s.update(ctx, synced, func(*tx) error { return nil }); err != nil {
		return nil, err
	}
	return blobs, nil
}

func (s *Store) lostBlobs(ctx context.Context, limit int) ([]string, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	blobs := []string{}
	if limit <= 0 {
		return blobs, nil
	}
	err := scan(s.db, kindLostBlob.key(), kindLostBlob.end(), func(key, _ []byte) (bool, error) {
		blobs = append(blobs, string(key[1:]))
		return len(blobs) < limit, nil
	})
	if err != nil {
		return nil, err
	}
	return blobs, nil
}

// DropTrash forgets keys whose blobs are deleted. What a crash loses of that is done again.
func (s *Store) DropTrash(ctx context.Context, blobs []string) error {
	return s.update(ctx, unsynced, func(tx *tx) error {
		for _, blob := range blobs {
			tx.delete(kindLostBlob.text(blob))
		}
		return nil
	})
}

// KnownBlobs gives those among some keys that are named by something, or in the trash.
func (s *Store) KnownBlobs(ctx context.Context, blobs []string) ([]string, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	known := []string{}
	for _, blob := range blobs {
		named, err := has(s.db, kindBlob.text(blob))
		if err == nil && !named {
			named, err = has(s.db, kindLostBlob.text(blob))
		}
		if err != nil {
			return nil, err
		}
		if named {
			known = append(known, blob)
		}
	}
	return known, nil
}

// sweepStepFiles is how many attachments are let go with one batch.
const sweepStepFiles = 100

// sweepFiles lets go of the uploads and attachments of a channel that is gone.
func (s *Store) sweepFiles(ctx context.Context, channelID id.ID) error {
	uploads := s.db.NewBatch()
	if err := s.apply(s.newTx(uploads), unsynced, func(tx *tx) error { return tx.deleteChannelUploads(channelID) }); err != nil {
		return fmt.Errorf("let go of the uploads for a deleted channel: %w", err)
	}
	if err := uploads.Close(); err != nil {
		return err
	}
	prefix := kindAttachment.key(channelID)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		batch := s.db.NewBatch()
		swept := 0
		err := s.apply(s.newTx(batch), unsynced, func(tx *tx) error {
			return scan(tx.db, prefix, after(prefix), func(key, value []byte) (bool, error) {
				place, err := decode[placeRecord](key, value)
				if err != nil {
					return false, err
				}
				tx.letGo(slices.Clone(key), &place)
				swept++
				return swept < sweepStepFiles, nil
			})
		})
		if err != nil {
			return fmt.Errorf("let go of the files of a deleted channel: %w", err)
		}
		if err := batch.Close(); err != nil || swept < sweepStepFiles {
			return err
		}
	}
}
