package chat

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"guildhall/api/chat/picture"
	"guildhall/store"
	"guildhall/store/blob"
)

// OpenFile is a file that is being read. Whoever asked for it closes it.
type OpenFile struct {
	io.ReadSeekCloser
	// Filename is what it is saved as.
	Filename    string
	ContentType string
	// Inline tells whether a browser may show it; otherwise it is to be saved.
	Inline bool
	// Tag is the same as long as the bytes are: it can stand in an ETag.
	Tag string
	// StoredAt is when it came.
	StoredAt time.Time
}

// Open opens the file that a link names, or, of pictures, one that is small enough for size pixels (see Sizes); zero asks for the file itself. A link that is not good (any
// more), and one to a file that is gone, is UnknownFile.
func (f *Files) Open(ctx context.Context, link Link, size int) (*OpenFile, error) {
	if !f.good(&link) {
		return nil, fail(UnknownFile)
	}
	found, err := f.attachment(ctx, link.ChannelID, link.AttachmentID, link.Filename)
	if KindOf(err) == UnknownFile {
		found, err = f.waiting(ctx, &link)
	}
	if err != nil {
		return nil, err
	}
	if size > 0 && found.Width > 0 && max(found.Width, found.Height) > size {
		small, err := f.small(ctx, &found.File, size)
		if err != nil {
			return nil, err
		}
		if small != nil {
			return f.show(small, &found, "-"+strconv.Itoa(size))
		}
	}
	opened, err := f.open(ctx, found.Blob)
	if err != nil {
		return nil, err
	}
	return &OpenFile{ReadSeekCloser: opened, Filename: found.Filename, ContentType: found.ContentType, Inline: shownInline(found.ContentType), Tag: hex.EncodeToString(found.Hash[:]),
		StoredAt: found.ID.Time()}, nil
}

// waiting finds a file that hangs on no message: links lead to those that are shown to one person alone (see Interactions), for as long as they are there. Others are never given such a link.
func (f *Files) waiting(ctx context.Context, link *Link) (store.Attachment, error) {
	upload, err := f.Store.Upload(ctx, link.AttachmentID)
	if errors.Is(err, store.ErrNotFound) || err == nil && (upload.File == nil || upload.ChannelID != link.ChannelID || upload.ExpiresAt.Before(f.Now())) {
		return store.Attachment{}, fail(UnknownFile)
	}
	if err != nil {
		return store.Attachment{}, internal("looking a file up", err)
	}
	return store.Attachment{ID: upload.ID, File: *upload.File, Filename: link.Filename}, nil
}

// show describes a picture that was made smaller: it may be of another format.
func (f *Files) show(small blob.Blob, of *store.Attachment, tag string) (*OpenFile, error) {
	head, err := firstBytes(small)
	if err != nil {
		return nil, errors.Join(internal("reading a small picture", err), small.Close())
	}
	return &OpenFile{ReadSeekCloser: small, Filename: of.Filename, ContentType: contentType(head), Inline: true, Tag: hex.EncodeToString(of.Hash[:]) + tag, StoredAt: of.ID.Time()}, nil
}

// Bounds of the sizes in which pictures can be had (wire contract, CDN).
const (
	minSmall = 16
	maxSmall = 4096
)

// SmallSize gives the size in which a picture is made that is to be shown at some number of pixels: the next power of two from 16 to 4096. So of one picture there are nine at most.
func SmallSize(pixels int) int {
	size := minSmall
	for size < pixels && size < maxSmall {
		size *= 2
	}
	return size
}

// maxDecoding is how many pictures are decoded at a time: each may take a hundred megabytes (see picture.MaxDecodedBytes).
const maxDecoding = 2

// smallBlob is the key of a picture that was made smaller.
func smallBlob(of string, size int) string {
	return smallBlobs + strings.TrimPrefix(of, fileBlobs) + "-" + strconv.Itoa(size)
}

// small gives a picture made smaller; nil when it cannot be, because decoding it takes too much, or it does not hold what it promises.
func (f *Files) small(ctx context.Context, file *store.File, size int) (blob.Blob, error) {
	key := smallBlob(file.Blob, size)
	if made, err := f.Blobs.Open(ctx, key); err == nil {
		return made, nil
	} else if !errors.Is(err, blob.ErrNotFound) {
		return nil, internal("opening a small picture", err)
	}
	select {
	case f.decoding <- struct{}{}:
	case <-ctx.Done():
		return nil, internal("waiting to make a picture smaller", ctx.Err())
	}
	defer func() { <-f.decoding }()
	if made, err := f.Blobs.Open(ctx, key); err == nil {
		return made, nil // another one made it meanwhile
	}
	encoded, err := f.shrink(ctx, file, size)
	if err != nil || encoded == nil {
		return nil, err
	}
	if _, err := f.Blobs.Put(ctx, key, bytes.NewReader(encoded)); err != nil {
		return nil, internal("storing a small picture", err)
	}
	return f.open(ctx, key)
}

// shrink decodes a picture, makes it smaller and writes it.
func (f *Files) shrink(ctx context.Context, file *store.File, size int) ([]byte, error) {
	source, err := f.open(ctx, file.Blob)
	if err != nil {
		return nil, err
	}
	defer func() { _ = source.Close() }()
	examined, err := picture.Examine(source)
	if err != nil {
		return nil, internal("examining a picture", err)
	}
	scaled, err := examined.Scale(size, size, picture.Fit)
	if errors.Is(err, picture.ErrTooLarge) || errors.Is(err, picture.ErrBroken) {
		return nil, nil
	}
	if err != nil {
		return nil, internal("making a picture smaller", err)
	}
	var encoded bytes.Buffer
	if _, err := picture.Encode(&encoded, scaled); err != nil {
		return nil, internal("writing a small picture", err)
	}
	return encoded.Bytes(), nil
}
