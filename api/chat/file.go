package chat

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"sync"
	"time"

	"guildhall/api/chat/container"
	"guildhall/api/chat/picture"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/blob"
	"guildhall/store/id"
)

// FileLimits bound what people upload. A zero takes its default.
type FileLimits struct {
	// FileBytes is the most that one file may have, RequestBytes the most of one request with files in it; 10 and 25 MiB by default (wire contract, limits).
	FileBytes, RequestBytes int64
	// UserBytes is the most that all files of one account may have together, 1 GiB by default.
	UserBytes int64
	// AtOnce is how many files the hall takes in at a time, 256 by default, UserAtOnce how many of one account, 10 by default: what is on its way counts for no quota yet, and takes a connection and a file.
	AtOnce, UserAtOnce int
}

func (l FileLimits) withDefaults() FileLimits {
	l.FileBytes = cmp.Or(l.FileBytes, 10<<20)
	l.RequestBytes = cmp.Or(l.RequestBytes, 25<<20)
	l.UserBytes = cmp.Or(l.UserBytes, 1<<30)
	l.AtOnce = cmp.Or(l.AtOnce, 256)
	l.UserAtOnce = cmp.Or(l.UserAtOnce, 10)
	return l
}

const (
	// MaxAttachments is how many files one message can have (wire contract, limits).
	MaxAttachments = 10
	// maxUploads is how many uploads of one account may wait for their messages at a time.
	maxUploads = 100
	// uploadLifetime is how long a file waits for its message.
	uploadLifetime = time.Hour
)

// Kinds of blobs: whole files, parts of files that are being uploaded, and pictures that were made smaller.
const (
	fileBlobs  = "file/"
	partBlobs  = "part/"
	smallBlobs = "small/"
)

// Files is about what people upload and hang on messages.
//
// Bytes go to the store of blobs as they come, under a key that was never used before; the store keeps book of the keys. Nothing is deleted but what the store says that nothing
// names any more, and what it has never heard of though it is old. So whatever is interrupted where, no file is lost and none is left over.
type Files struct {
	Deps
	views  *Views
	users  userDirectory
	limits FileLimits
	// foreign are pictures of other sites; nil when none are shown.
	foreign *foreign
	key     []byte
	// decoding has room for those who decode pictures.
	decoding chan struct{}
	// trash wakes the one who empties it.
	trash chan struct{}

	mu sync.Mutex
	// receiving is how many files each account is sending, all how many they are together.
	receiving map[id.ID]int
	all       int
}

func newFiles(deps Deps, views *Views, users userDirectory, limits FileLimits, secret []byte) *Files {
	return &Files{Deps: deps, views: views, users: users, limits: limits.withDefaults(), key: linkKey(secret), decoding: make(chan struct{}, maxDecoding), trash: make(chan struct{}, 1),
		receiving: make(map[id.ID]int)}
}

// Limits are the limits that hold.
func (f *Files) Limits() FileLimits { return f.limits }

// MayAttach asks whether the caller may send files to a channel. It is asked before a single byte is taken in.
func (f *Files) MayAttach(ctx context.Context, caller Caller, channelID id.ID) error {
	a, channel, held, err := f.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return err
	}
	if err := mayWrite(a, channel, held); err != nil {
		return err
	}
	return need(held, perm.AttachFiles)
}

// Receive takes in a file for a message in a channel; it needs the permission to post there and ATTACH_FILES. The content is read to its end and never held in memory as a
// whole. A message must take the file within an hour, or it is let go.
func (f *Files) Receive(ctx context.Context, caller Caller, channelID id.ID, name string, content io.Reader) (id.ID, error) {
	if err := f.MayAttach(ctx, caller, channelID); err != nil {
		return 0, err
	}
	name, err := checkFilename("filename", name)
	if err != nil {
		return 0, err
	}
	if err := f.begin(caller.payer()); err != nil {
		return 0, err
	}
	defer f.end(caller.payer())
	if used, err := f.Store.UserBytes(ctx, caller.payer()); err != nil {
		return 0, internal("reading how much somebody has uploaded", err)
	} else if used >= f.limits.UserBytes {
		return 0, f.overQuota()
	}
	file, err := f.keep(ctx, content)
	if err != nil {
		return 0, err
	}
	upload, err := f.Store.CreateUpload(ctx, store.Upload{ID: f.IDs.Next(), UserID: caller.payer(), ChannelID: channelID, Filename: name, ExpiresAt: f.Now().Add(uploadLifetime), File: &file},
		store.UploadBounds{Uploads: maxUploads, Bytes: f.limits.UserBytes})
	if err != nil {
		f.drop(ctx, file.Blob)
		return 0, f.uploadFailure(err)
	}
	return upload.ID, nil
}

// Discard lets files go that no message will take.
func (f *Files) Discard(ctx context.Context, uploadIDs []id.ID) {
	if len(uploadIDs) == 0 {
		return
	}
	if err := f.Store.DeleteUploads(context.WithoutCancel(ctx), uploadIDs); err != nil {
		f.Log.WarnContext(ctx, "files that no message took wait until they expire", "error", err)
	}
	f.wake()
}

// begin counts a file that is being sent.
func (f *Files) begin(userID id.ID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.receiving[userID] >= f.limits.UserAtOnce {
		return &Error{Kind: RateLimited, Message: "You are sending too many files at once.", RetryAfter: time.Second}
	}
	if f.all >= f.limits.AtOnce {
		return &Error{Kind: RateLimited, Message: "Too many files are being sent to this hall at once. Try again in a moment.", RetryAfter: busyPatience}
	}
	f.receiving[userID]++
	f.all++
	return nil
}

// busyPatience is after how long somebody may try again whom others leave no room.
const busyPatience = 5 * time.Second

func (f *Files) end(userID id.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all--
	if f.receiving[userID]--; f.receiving[userID] == 0 {
		delete(f.receiving, userID)
	}
}

// uploadFailure says why a file was not taken in.
func (f *Files) uploadFailure(err error) error {
	if limit, ok := errors.AsType[*store.LimitError](err); ok {
		if limit.What == "uploads" {
			return &Error{Kind: RateLimited, Message: "Too many of your files wait for their messages.", RetryAfter: time.Minute}
		}
		return f.overQuota()
	}
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownChannel)
	}
	return internal("taking in a file", err)
}

func (f *Files) overQuota() error {
	return &Error{Kind: FileTooLarge, Message: fmt.Sprintf("With this file you would have more than %d MiB here. Delete messages with files that are not needed any more.", f.limits.UserBytes>>20)}
}

// newBlob makes a key. It is random, because a key must never be given twice, and so that files fall into many folders.
func newBlob(kind string) string { return kind + strings.ToLower(rand.Text()) }

// put stores a file's bytes and sums them up.
func (f *Files) put(ctx context.Context, content io.Reader) (store.File, []byte, error) {
	file := store.File{Blob: newBlob(fileBlobs)}
	taker := &taker{content: content, left: f.limits.FileBytes, sum: sha256.New()}
	info, err := f.Blobs.Put(ctx, file.Blob, taker)
	switch {
	case taker.err != nil:
		return store.File{}, nil, taker.err
	case err != nil:
		return store.File{}, nil, internal("storing a file", err)
	}
	taker.sum.Sum(file.Hash[:0])
	file.Size = info.Size
	return file, taker.head, nil
}

// taker reads what comes in: it sums it up, remembers its beginning and bounds its size.
type taker struct {
	content io.Reader
	left    int64
	sum     hash.Hash
	head    []byte
	// err is why the content could not be read, as the one who sends it is to be told.
	err error
}

func (t *taker) Read(into []byte) (int, error) {
	// One byte more than may come tells that there is too much.
	n, err := t.content.Read(into[:min(int64(len(into)), t.left+1)])
	if t.left -= int64(n); t.left < 0 {
		t.err = fail(FileTooLarge)
		return 0, t.err
	}
	t.sum.Write(into[:n])
	if missing := sniffBytes - len(t.head); missing > 0 {
		t.head = append(t.head, into[:min(n, missing)]...)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		t.err = err
	}
	return n, err
}

// keep stores a file, finds out what it is, and takes the metadata out of pictures and films.
func (f *Files) keep(ctx context.Context, content io.Reader) (store.File, error) {
	file, head, err := f.put(ctx, content)
	if err != nil {
		return store.File{}, err
	}
	file.ContentType = contentType(head)
	clean := f.cleanPicture
	if _, ok := picture.Detect(head); !ok {
		if clean = f.cleanContainer; !container.Detect(head) {
			return file, nil
		}
	}
	cleaned, err := f.cleaned(ctx, file, clean)
	if err != nil {
		f.drop(ctx, file.Blob)
		return store.File{}, err
	}
	if cleaned.Blob != file.Blob {
		f.drop(ctx, file.Blob)
	}
	return cleaned, nil
}

// cleaned has a file cleaned. One that is broken, or too large to be shown, stays a file like any other, which is saved and not shown.
func (f *Files) cleaned(ctx context.Context, file store.File, clean func(context.Context, store.File, io.ReadSeeker) (store.File, error)) (store.File, error) {
	source, err := f.Blobs.Open(ctx, file.Blob)
	if err != nil {
		return store.File{}, internal("reading a file", err)
	}
	defer func() { _ = source.Close() }()
	cleaned, err := clean(ctx, file, source)
	if errors.Is(err, picture.ErrBroken) || errors.Is(err, picture.ErrTooLarge) || errors.Is(err, container.ErrBroken) {
		file.ContentType = unknownType
		return file, nil
	}
	return cleaned, err
}

// cleanPicture takes the metadata out of a picture, and finds out its size.
func (f *Files) cleanPicture(ctx context.Context, file store.File, source io.ReadSeeker) (store.File, error) {
	examined, err := picture.Examine(source)
	if err != nil {
		return store.File{}, internal("examining a picture", err)
	}
	if !examined.Clean() {
		if file, _, err = f.put(ctx, examined.Cleaned()); err != nil {
			return store.File{}, err
		}
	}
	file.ContentType, file.Width, file.Height = examined.Format.ContentType(), examined.Width, examined.Height
	return file, nil
}

// cleanContainer takes the metadata out of a film, sound, or a picture of the same family.
func (f *Files) cleanContainer(ctx context.Context, file store.File, source io.ReadSeeker) (store.File, error) {
	examined, err := container.Examine(source)
	if err != nil {
		return store.File{}, internal("examining a film", err)
	}
	if examined.Clean() {
		return file, nil
	}
	cleaned, _, err := f.put(ctx, examined.Cleaned())
	cleaned.ContentType = file.ContentType
	return cleaned, err
}

// drop deletes a blob that the books do not have. What fails is found by the next search for what is left over.
func (f *Files) drop(ctx context.Context, blobs ...string) {
	for _, key := range blobs {
		if err := f.Blobs.Delete(context.WithoutCancel(ctx), key); err != nil {
			f.Log.WarnContext(ctx, "a file that is not needed was not deleted yet", "error", err)
		}
	}
}

// open opens a blob that the books have. One that was deleted meanwhile is UnknownFile.
func (f *Files) open(ctx context.Context, key string) (blob.Blob, error) {
	opened, err := f.Blobs.Open(ctx, key)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, fail(UnknownFile)
	}
	if err != nil {
		return nil, internal("opening a file", err)
	}
	return opened, nil
}

// firstBytes reads the beginning of a blob and goes back.
func firstBytes(opened blob.Blob) ([]byte, error) {
	var head bytes.Buffer
	if _, err := io.CopyN(&head, opened, sniffBytes); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	_, err := opened.Seek(0, io.SeekStart)
	return head.Bytes(), err
}

// Used is how many bytes the files of the caller have together.
func (f *Files) Used(ctx context.Context, caller Caller) (int64, error) {
	used, err := f.Store.UserBytes(ctx, caller.UserID)
	if err != nil {
		return 0, internal("counting an account's bytes", err)
	}
	return used, nil
}
