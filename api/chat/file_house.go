package chat

import (
	"context"
	"errors"
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

// Search looks through all blobs for those that nobody knows, as a crash between storing one and naming it leaves them, and deletes them.
func (f *Files) Search(ctx context.Context) error {
	for _, kind := range []string{fileBlobs, partBlobs, smallBlobs} {
		var old []string
		check := func() error {
			err := f.deleteUnknown(ctx, old)
			old = old[:0]
			return err
		}
		err := f.Blobs.List(ctx, kind, func(info blob.Info) error {
			if f.Now().Sub(info.ModifiedAt) < unknownAge {
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
		if err != nil {
			return internal("looking for files that nobody knows", err)
		}
	}
	return nil
}

// deleteUnknown deletes those among some blobs that nobody knows. A small picture is known as long as the one that it was made of is.
func (f *Files) deleteUnknown(ctx context.Context, keys []string) error {
	if len(keys) == 0 {
		return nil
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
		return err
	}
	for i, key := range keys {
		if slices.Contains(known, named[i]) {
			continue
		}
		f.Log.Info("a file that nobody knows is deleted", "blob", key)
		if err := f.Blobs.Delete(ctx, key); err != nil {
			return err
		}
	}
	return nil
}
