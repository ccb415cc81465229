package chat

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

const (
	// slotLifetime is how long a file may take to arrive, with all its interruptions, and then to be taken by a message.
	slotLifetime = 6 * time.Hour
	// maxUploadParts is how often the upload of one file may be interrupted.
	maxUploadParts = 64
)

// SlotDraft announces a file.
type SlotDraft struct {
	Filename string
	// Size is in bytes, and exactly what is to come.
	Size int64
}

// Slot is where an announced file is sent to.
type Slot struct {
	UploadID id.ID
	Filename string
	// Token is what makes the address of the slot good: who has it may send.
	Token string
}

// UploadState tells how far an upload is.
type UploadState struct {
	// Received and Size are in bytes; Whole tells that the file is there.
	Received, Size int64
	Whole          bool
}

// Reserve makes room for files that are to be sent to a channel, one by one and each in as many pieces as it takes; it needs what Receive does. Their bytes count for the caller's quota
// from now on. What no message took within six hours is let go.
func (f *Files) Reserve(ctx context.Context, caller Caller, channelID id.ID, drafts []SlotDraft) (slots []Slot, err error) {
	if err := f.MayAttach(ctx, caller, channelID); err != nil {
		return nil, err
	}
	if len(drafts) == 0 || len(drafts) > MaxAttachments {
		return nil, invalid("files", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and %d in length.", MaxAttachments)
	}
	for i := range drafts {
		path := "files." + strconv.Itoa(i)
		if drafts[i].Filename, err = checkFilename(path+".filename", drafts[i].Filename); err != nil {
			return nil, err
		}
		if drafts[i].Size < 1 {
			return nil, invalid(path+".file_size", "NUMBER_TYPE_MIN", "Must be greater than or equal to 1.")
		}
		if drafts[i].Size > f.limits.FileBytes {
			return nil, fail(FileTooLarge)
		}
	}
	for _, draft := range drafts {
		upload := store.Upload{ID: f.IDs.Next(), UserID: caller.UserID, ChannelID: channelID, Filename: draft.Filename, Size: draft.Size, ExpiresAt: f.Now().Add(slotLifetime)}
		if _, err := f.Store.CreateUpload(ctx, upload, store.UploadBounds{Uploads: maxUploads, Bytes: f.limits.UserBytes}); err != nil {
			made := make([]id.ID, len(slots))
			for i := range slots {
				made[i] = slots[i].UploadID
			}
			f.Discard(ctx, made)
			return nil, f.uploadFailure(err)
		}
		slots = append(slots, Slot{UploadID: upload.ID, Filename: upload.Filename, Token: f.uploadToken(upload.ID)})
	}
	return slots, nil
}

func (f *Files) uploadToken(uploadID id.ID) string {
	mac := hmac.New(sha256.New, f.key)
	fmt.Fprintf(mac, "upload\n%d", uploadID)
	return hex.EncodeToString(mac.Sum(nil))
}

// slot finds an upload by the parts of its address.
func (f *Files) slot(ctx context.Context, uploadID id.ID, token string) (store.Upload, error) {
	if !hmac.Equal([]byte(token), []byte(f.uploadToken(uploadID))) {
		return store.Upload{}, fail(UnknownFile)
	}
	upload, err := f.Store.Upload(ctx, uploadID)
	if errors.Is(err, store.ErrNotFound) || err == nil && upload.ExpiresAt.Before(f.Now()) {
		return store.Upload{}, fail(UnknownFile)
	}
	if err != nil {
		return store.Upload{}, internal("reading an upload", err)
	}
	return upload, nil
}

func stateOf(upload *store.Upload) UploadState {
	if upload.File != nil {
		return UploadState{Received: upload.Size, Size: upload.Size, Whole: true}
	}
	return UploadState{Received: upload.Received(), Size: upload.Size}
}

// UploadState tells how far an upload is. UnknownFile when there is none, or the token is not its own.
func (f *Files) UploadState(ctx context.Context, uploadID id.ID, token string) (UploadState, error) {
	upload, err := f.slot(ctx, uploadID, token)
	if err != nil {
		return UploadState{}, err
	}
	return f.completed(ctx, &upload)
}

// ReceivePart takes in a piece of a file. It must begin where the upload stands; if it does not, nothing is read, and the state tells where that is. A piece that breaks off is kept as far as it
// came: the state tells how far, and broken why. With the last piece the file is whole.
func (f *Files) ReceivePart(ctx context.Context, uploadID id.ID, token string, offset int64, content io.Reader) (state UploadState, broken, err error) {
	upload, err := f.slot(ctx, uploadID, token)
	if err != nil {
		return UploadState{}, nil, err
	}
	if upload.File != nil || upload.Received() != offset || offset == upload.Size {
		state, err := f.completed(ctx, &upload)
		return state, nil, err
	}
	if len(upload.Parts) >= maxUploadParts {
		return UploadState{}, nil, &Error{Kind: Invalid, Message: "This upload was interrupted too often. Begin a new one."}
	}
	if err := f.begin(upload.UserID); err != nil {
		return UploadState{}, nil, err
	}
	defer f.end(upload.UserID)
	// What came is kept even when the one who sends it is gone.
	ctx = context.WithoutCancel(ctx)
	piece := &pieceReader{content: content, left: upload.Size - offset}
	part := store.UploadPart{Blob: newBlob(partBlobs)}
	info, err := f.Blobs.Put(ctx, part.Blob, piece)
	switch {
	case piece.tooMuch:
		return UploadState{}, nil, fail(FileTooLarge)
	case err != nil:
		return UploadState{}, nil, internal("storing a piece of a file", err)
	}
	if part.Size = info.Size; part.Size == 0 {
		f.drop(ctx, part.Blob)
		return stateOf(&upload), piece.broken, nil
	}
	added, err := f.Store.AddUploadPart(ctx, uploadID, offset, part)
	if err != nil {
		f.drop(ctx, part.Blob)
	}
	switch {
	case errors.Is(err, store.ErrSpent): // another piece came to the same place first
		state, err := f.UploadState(ctx, uploadID, token)
		return state, piece.broken, err
	case errors.Is(err, store.ErrNotFound):
		return UploadState{}, nil, fail(UnknownFile)
	case err != nil:
		return UploadState{}, nil, internal("noting a piece of a file", err)
	}
	state, err = f.completed(ctx, &added)
	return state, piece.broken, err
}

// Cancel lets a file of the caller's own go that no message has taken, whole or not. UnknownFile when there is none.
func (f *Files) Cancel(ctx context.Context, caller Caller, uploadID id.ID) error {
	upload, err := f.Store.Upload(ctx, uploadID)
	if errors.Is(err, store.ErrNotFound) || err == nil && upload.UserID != caller.UserID {
		return fail(UnknownFile)
	}
	if err != nil {
		return internal("reading an upload", err)
	}
	if err := f.Store.DeleteUploads(ctx, []id.ID{uploadID}); err != nil {
		return internal("letting an upload go", err)
	}
	f.wake()
	return nil
}

// pieceReader reads what comes in up to where it breaks off.
type pieceReader struct {
	content io.Reader
	left    int64
	tooMuch bool
	broken  error
}

func (p *pieceReader) Read(into []byte) (int, error) {
	// One byte more than may come tells that there is too much.
	n, err := p.content.Read(into[:min(int64(len(into)), p.left+1)])
	if p.left -= int64(n); p.left < 0 {
		p.tooMuch = true
		return 0, fail(FileTooLarge)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		p.broken, err = err, io.EOF
	}
	return n, err
}

// completed puts the pieces together when all of them are there. A crash may have come between: whoever asks next does it then.
func (f *Files) completed(ctx context.Context, upload *store.Upload) (UploadState, error) {
	if upload.File != nil || upload.Received() < upload.Size {
		return stateOf(upload), nil
	}
	pieces := &joinedParts{ctx: ctx, files: f, parts: upload.Parts}
	file, err := f.keep(ctx, pieces)
	pieces.close()
	if KindOf(err) == UnknownFile {
		return f.afterAnother(ctx, upload.ID) // whose pieces they were is done
	}
	if err != nil {
		return UploadState{}, err
	}
	whole, err := f.Store.CompleteUpload(ctx, upload.ID, file, f.limits.UserBytes)
	if err != nil {
		f.drop(ctx, file.Blob)
	}
	switch {
	case errors.Is(err, store.ErrSpent):
		return f.afterAnother(ctx, upload.ID)
	case errors.Is(err, store.ErrNotFound):
		return UploadState{}, fail(UnknownFile)
	case err != nil:
		return UploadState{}, f.uploadFailure(err)
	}
	f.wake()
	return stateOf(&whole), nil
}

// afterAnother tells how an upload stands that somebody else put together at the same time.
func (f *Files) afterAnother(ctx context.Context, uploadID id.ID) (UploadState, error) {
	upload, err := f.Store.Upload(ctx, uploadID)
	if errors.Is(err, store.ErrNotFound) {
		return UploadState{}, fail(UnknownFile)
	}
	if err != nil {
		return UploadState{}, internal("reading an upload", err)
	}
	return stateOf(&upload), nil
}

// joinedParts reads the pieces of a file one after the other.
type joinedParts struct {
	ctx   context.Context //nolint:containedctx // it lives as long as one call of keep
	files *Files
	parts []store.UploadPart
	open  io.ReadCloser
}

func (j *joinedParts) Read(into []byte) (int, error) {
	for {
		if j.open == nil {
			if len(j.parts) == 0 {
				return 0, io.EOF
			}
			opened, err := j.files.open(j.ctx, j.parts[0].Blob)
			if err != nil {
				return 0, err
			}
			j.open, j.parts = opened, j.parts[1:]
		}
		n, err := j.open.Read(into)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		j.close()
		if n > 0 {
			return n, nil
		}
	}
}

func (j *joinedParts) close() {
	if j.open != nil {
		_ = j.open.Close()
		j.open = nil
	}
}
