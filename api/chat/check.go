package chat

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"guildhall/store"
	"guildhall/store/blob"
)

// checkPage is how many blobs are asked for at a time.
const checkPage = 500

// Check looks through the whole store and all files for what does not agree, and changes nothing. It may run beside everything else; only the command line can.
func (f *Files) Check(ctx context.Context, caller Caller) ([]store.Problem, error) {
	if !caller.Console {
		return nil, fail(MissingPermission)
	}
	problems, err := f.Store.Check(ctx)
	if err != nil {
		return nil, internal("checking the store", err)
	}
	for _, kind := range []string{fileBlobs, partBlobs, smallBlobs} {
		unknown, _, err := f.searchKind(ctx, kind)
		if err != nil {
			return nil, internal("looking for files that nobody knows", err)
		}
		for _, key := range unknown {
			problems = append(problems, store.Problem(fmt.Sprintf("the file %s is kept, and nothing names it", key)))
		}
	}
	lost, err := f.lost(ctx)
	return append(problems, lost...), err
}

// Census is how much a hall keeps.
type Census struct {
	// Records are counted by kind, under the store's own names, Files by what they are for. Those that there are none of are there with 0.
	Records, Files map[string]int
}

// Census counts all that is kept. It may run beside everything else; only the command line can.
func (f *Files) Census(ctx context.Context, caller Caller) (Census, error) {
	if !caller.Console {
		return Census{}, fail(MissingPermission)
	}
	records, err := f.Store.Census(ctx)
	if err != nil {
		return Census{}, internal("counting what is stored", err)
	}
	census := Census{Records: records, Files: make(map[string]int)}
	for _, kind := range []string{fileBlobs, partBlobs, smallBlobs} {
		name := strings.TrimSuffix(kind, "/")
		census.Files[name] = 0
		err := f.Blobs.List(ctx, kind, func(blob.Info) error {
			census.Files[name]++
			return nil
		})
		if err != nil {
			return Census{}, internal("counting files", err)
		}
	}
	return census, nil
}

// lost looks for files that something names and that are not there.
func (f *Files) lost(ctx context.Context) (problems []store.Problem, err error) {
	for before := ""; ; {
		keys, err := f.Store.NamedBlobs(ctx, before, checkPage)
		if err != nil {
			return nil, internal("listing the files that are named", err)
		}
		for _, key := range keys {
			_, err := f.Blobs.Stat(ctx, key)
			if errors.Is(err, blob.ErrNotFound) {
				// It may have been let go since it was listed: then nothing names it any more.
				var again []string
				if again, err = f.Store.NamedBlobs(ctx, before, 1); err == nil && len(again) == 1 && again[0] == key {
					problems = append(problems, store.Problem(fmt.Sprintf("the file %s is named, and is not there", key)))
				}
			}
			if err != nil {
				return nil, internal("looking for a file", err)
			}
			before = key
		}
		if len(keys) < checkPage {
			return problems, nil
		}
	}
}
