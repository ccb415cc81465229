package store

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"guildhall/store/id"
)

// Hash is the SHA-256 sum of a file's bytes.
type Hash [32]byte

// MarshalText writes the sum in hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads 64 hexadecimal digits.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(h)) {
		return errors.New("a hash has 64 hexadecimal digits")
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// File is bytes that somebody uploaded, as they are kept: equal bytes once, whoever uploaded them and however often they hang on messages.
type File struct {
	// Hash is the sum of the bytes, Blob their key in the store of blobs. A key is never given to other bytes, nor to the same once they were let go.
	Hash Hash
	Blob string
	// Size is in bytes.
	Size int64
	// ContentType is what the bytes were found to be, a media type.
	ContentType string
	// Width and Height are of pictures, in pixels; zero otherwise.
	Width, Height int
}

// Attachment is a file that hangs on a message.
type Attachment struct {
	// ID is that of the upload that it comes from.
	ID id.ID
	File
	// Filename is what readers see and what it is saved as; Description is for those who cannot see it.
	Filename    string
	Description string
	// Duration and Waveform (at most 256 bytes, in base64) are of voice messages.
	Duration time.Duration
	Waveform string
}

// AllAttachments gives what hangs on a message, and on the one that it forwards.
func (m *Message) AllAttachments() []Attachment {
	if !m.Forwards() || len(m.Reference.Snapshot.Attachments) == 0 {
		return m.Attachments
	}
	return append(m.Attachments[:len(m.Attachments):len(m.Attachments)], m.Reference.Snapshot.Attachments...)
}

// SharesFiles tells whether what hangs on a message is of the same bytes as what hangs on another: forwards and copies of published messages.
func (m *Message) SharesFiles() bool { return m.Forwards() || m.IsCopy() }

// Upload is a file that hangs on no message yet.
type Upload struct {
	// ID becomes that of the attachment.
	ID        id.ID
	UserID    id.ID
	ChannelID id.ID
	Filename  string
	// Size is in bytes: as announced, and as it is once the file is whole.
	Size int64
	// ExpiresAt is when it is let go if no message took it.
	ExpiresAt time.Time
	// Parts have arrived so far, in order.
	Parts []UploadPart
	// File is the whole; nil until then.
	File *File
}

// UploadPart is a run of bytes of an upload.
type UploadPart struct {
	Blob string
	Size int64
}

// Received is how many bytes have arrived.
func (u *Upload) Received() (bytes int64) {
	for _, part := range u.Parts {
		bytes += part.Size
	}
	return bytes
}

// UploadBounds are what one account may have.
type UploadBounds struct {
	// Uploads is how many may wait for their message at a time.
	Uploads int
	// Bytes is how many all files together may have, those that hang on messages and those that wait.
	Bytes int64
}

// Files keeps which bytes belong to what. The bytes themselves are elsewhere (store/blob); so that none of them are left over and none lost, this keeps book of their
// keys: a key is known from the write that names it, and in the trash from the write that takes the last name away until DropTrash.
//
// A message takes an upload over when it is stored or edited with an attachment of the upload's id; the bytes of what a forward or the copy of a published message carries (see
// SharesFiles) are shared with whatever else names them. Where the upload is not there, or not whole, or the bytes are gone, ErrSpent is returned and nothing is stored. Attachments that an edit leaves out, and those of
// messages that are deleted (or whose channel or guild is), are let go.
type Files interface {
	// CreateUpload stores an upload. With a File it is whole from the beginning. ErrNotFound when the user or the channel does not exist; a *LimitError ("uploads" or "bytes") when
	// the user would have more than the bounds. In the result the file has the key that its bytes are kept under: if that is another one, the key that was given is in the trash.
	CreateUpload(ctx context.Context, upload Upload, bounds UploadBounds) (Upload, error)
	Upload(ctx context.Context, uploadID id.ID) (Upload, error)
	// AddUploadPart notes that a part has arrived which begins at an offset. ErrSpent when that is not where the upload stands, or when it is whole.
	AddUploadPart(ctx context.Context, uploadID id.ID, offset int64, part UploadPart) (Upload, error)
	// CompleteUpload makes an upload whole: its parts go to the trash. For the result and the errors see CreateUpload; one that is whole already is ErrSpent.
	CompleteUpload(ctx context.Context, uploadID id.ID, file File, bytes int64) (Upload, error)
	// DeleteUploads lets uploads go; those that are not there are passed over.
	DeleteUploads(ctx context.Context, uploadIDs []id.ID) error
	// PruneUploads lets those go that expired before a moment, and tells how many.
	PruneUploads(ctx context.Context, before time.Time) (int, error)
	// AttachmentMessage gives the message that an attachment hangs on (see AllAttachments).
	AttachmentMessage(ctx context.Context, channelID, attachmentID id.ID) (Message, error)
	// UserBytes is how many bytes the files of an account have together.
	UserBytes(ctx context.Context, userID id.ID) (int64, error)
	// ListTrash gives keys of blobs that nothing names any more, at most limit. It is durable that nothing does: they can be deleted.
	ListTrash(ctx context.Context, limit int) ([]string, error)
	// DropTrash forgets keys whose blobs are deleted. It needs no durability of its own.
	DropTrash(ctx context.Context, blobs []string) error
	// KnownBlobs gives those among some keys that are named by something, or in the trash.
	KnownBlobs(ctx context.Context, blobs []string) ([]string, error)
}
