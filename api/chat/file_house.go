package chat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildhall/store/blob"
)

const (
	// trashInterval is how often it is looked what can be deleted, without being woken: what hangs on deleted channels comes to the trash later.
	trashInterval = time.Minute
	// searchInterval is how often all blobs are looked through for those that nobody knows. That is also done at the start: only a crash leaves any.
	searchInterval = 12 * time.Hour
	// unknownAge is how old a blob is that nobody can be about to name any more.
	unknownAge = time.Hour
	// trashStep is how many blobs are looked at together.
	trashStep = 200
)

// wake has the trash emptied soon.
func (f *Files) wake() {
	select {
	case f.trash <- struct{}{}:
	default: // it will be
	}
}

// keepHouse deletes what is not needed any more, until the context ends.
func (f *Files) keepHouse(ctx context.Context) {
	trash, search := time.NewTicker(trashInterval), time.NewTicker(searchInterval)
	defer trash.Stop()
	defer search.Stop()
	f.report(ctx, errors.Join(f.Tidy(ctx), f.Search(ctx)))
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.trash:
			f.report(ctx, f.empty(ctx))
		case <-trash.C:
			f.report(ctx, f.Tidy(ctx))
		case <-search.C:
			f.report(ctx, f.Search(ctx))
		}
	}
}

func (f *Files) report(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		f.Log.Error("files that are not needed any more could not be deleted", "error", err)
	}
}

// Tidy lets go of files that no message took in time, and deletes the blobs that nothing names any more.
func (f *Files) Tidy(ctx context.Context) error {
	if _, err := f.Store.PruneUploads(ctx, f.Now()); err != nil {
		return internal("letting go of expired uploads", err)
	}
	return f.empty(ctx)
}

// empty deletes the blobs in the trash, and with files the pictures that were made of them.
func (f *Files) empty(ctx context.Context) error {
	for {
		keys, err := f.Store.ListTrash(ctx, trashStep)
		if err != nil {
			return internal("looking into the trash", err)
		}
		for _, key := range keys {
			if err := f.deleteBlob(ctx, key); err != nil {
				return internal("deleting a file", err)
			}
		}
		if len(keys) == 0 {
			return nil
		}
		if err := f.Store.DropTrash(ctx, keys); err != nil {
			return internal("emptying the trash", err)
		}
		if len(keys) < trashStep {
			return nil
		}
	}
}

func (f *Files) deleteBlob(ctx context.Context, key string) error {
	if strings.HasPrefix(key, fileBlobs) {
		for size := minSmall; size <= maxSmall; size *= 2 {
			if err := f.Blobs.Delete(ctx, smallBlob(key, size)); err != nil {
				return err
			}
		}
	}
	return f.Blobs.Delete(ctx, key)
}

// maxLeftOver is how many blobs that nobody knows a crash may leave. More than that, and more than are known, says that the files are another hall's, or the store is.
const maxLeftOver = 100

// Search looks through all blobs for those that nobody knows, as a crash between storing one and naming it leaves them, and deletes them. Where nearly nothing is known it deletes nothing.
func (f *Files) Search(ctx context.Context) error {
	var unknown []string
	known := 0
	for _, kind := range []string{fileBlobs, partBlobs, smallBlobs} {
		found, others, err := f.searchKind(ctx, kind)
		if err != nil {
			return internal("looking for files that nobody knows", err)
		}
		unknown, known = append(unknown, found...), known+others
	}
	if len(unknown) > maxLeftOver && len(unknown) > known {
		return &Error{Kind: Unavailable, Message: fmt.Sprintf("Of the files only %d are known, and %d are not: is this the right database? None is deleted.", known, len(unknown))}
	}
	for _, key := range unknown {
		f.Log.InfoContext(ctx, "a file that nobody knows is deleted", "blob", key)
		if err := f.Blobs.Delete(ctx, key); err != nil {
			return internal("deleting a file that nobody knows", err)
		}
	}
	return nil
}

// searchKind gives the old blobs of a kind that nobody knows, and counts the others.
func (f *Files) searchKind(ctx context.Context, kind string) (unknown []string, known int, err error) {
	var old []string
	check := func() error {
		found, err := f.unknownAmong(ctx, old)
		unknown, known, old = append(unknown, found...), known+len(old)-len(found), old[:0]
		return err
	}
	err = f.Blobs.List(ctx, kind, func(info blob.Info) error {
		if f.Now().Sub(info.ModifiedAt) < unknownAge {
			known++ // or is about to be
			return nil
		}
		if old = append(old, info.Key); len(old) < trashStep {
			return nil
		}
		return check()
	})
	if err == nil {
		err = check()
	}
	return unknown, known, err
}

// unknownAmong gives those among some blobs that nobody knows. A small picture is known as long as the one that it was made of is.
func (f *Files) unknownAmong(ctx context.Context, keys []string) (unknown []string, err error) {
	if len(keys) == 0 {
		return nil, nil
	}
	named := make([]string, len(keys))
	for i, key := range keys {
		named[i] = key
		if name, ok := strings.CutPrefix(key, smallBlobs); ok {
			name, _, _ = strings.Cut(name, "-")
			named[i] = fileBlobs + name
		}
	}
	known, err := f.Store.KnownBlobs(ctx, named)
	if err != nil {
		return nil, err
	}
	for i, key := range keys {
		if !slices.Contains(known, named[i]) {
			unknown = append(unknown, key)
		}
	}
	return unknown, nil
}
