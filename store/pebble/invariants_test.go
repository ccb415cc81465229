package pebble

import (
	"errors"
	"slices"
	"testing"

	"guildhall/store"

	"github.com/cockroachdb/pebble/v2"
)

// dump gives all that is stored, by kind.
func dump(r pebble.Reader) (map[kind][]entry, error) {
	all := make(map[kind][]entry)
	err := scan(r, nil, nil, func(key, value []byte) (bool, error) {
		found := entry{slices.Clone(key), slices.Clone(value)}
		all[found.kind()] = append(all[found.kind()], found)
		return true, nil
	})
	return all, err
}

// checkInvariants gives what Check finds as an error.
func checkInvariants(s *Store) error {
	snapshot := s.db.NewSnapshot() // also of a store that failed
	defer func() { _ = snapshot.Close() }()
	problems, err := check(background, snapshot)
	for _, problem := range problems {
		err = errors.Join(err, errors.New(string(problem)))
	}
	return err
}

// checkedStore demands the invariants of all that a test left, when it closes the store.
type checkedStore struct {
	*Store
	t *testing.T
}

func (s checkedStore) Close() error {
	s.life.RLock()
	closed := s.closed
	if !closed {
		if err := checkInvariants(s.Store); err != nil {
			s.t.Error(err)
		}
	}
	s.life.RUnlock()
	return s.Store.Close()
}

var _ store.Store = checkedStore{}
