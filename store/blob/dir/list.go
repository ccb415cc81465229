package dir

import (
	"context"
	"errors"
	"slices"

	"guildhall/store/blob"
)

func visitSorted(ctx context.Context, s *Store, keys []string, visit func(blob.Info) error) error {
	slices.Sort(keys)
	for _, key := range keys {
		info, err := s.Stat(ctx, key)
		if errors.Is(err, blob.ErrNotFound) {
			continue // deleted meanwhile
		}
		if err != nil {
			return err
		}
		if err := visit(info); err != nil {
			return err
		}
	}
	return nil
}
