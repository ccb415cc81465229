package pebble

import (
	"cmp"
	"errors"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

// view reads the value at a key; store.ErrNotFound when there is none. The value is only good inside see.
func view(r pebble.Reader, key []byte, see func(value []byte) error) error {
	value, closer, err := r.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return store.ErrNotFound
	} else if err != nil {
		return err
	}
	err = see(value)
	return cmp.Or(err, closer.Close())
}

// get reads the record at a key.
func get[R any](r pebble.Reader, key []byte) (record R, err error) {
	err = view(r, key, func(value []byte) error {
		record, err = decode[R](key, value)
		return err
	})
	return record, err
}

// getNumber reads the number at a key.
func getNumber(r pebble.Reader, key []byte) (number uint64, err error) {
	err = view(r, key, func(value []byte) error {
		number, err = decodeNumber(key, value)
		return err
	})
	return number, err
}

// getID reads the id at a key.
func getID(r pebble.Reader, key []byte) (id.ID, error) {
	number, err := getNumber(r, key)
	return id.ID(number), err
}

// has tells whether there is a key.
func has(r pebble.Reader, key []byte) (bool, error) {
	err := view(r, key, func([]byte) error { return nil })
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// free makes sure that nothing stands at a key: it is a conflict otherwise.
func free(r pebble.Reader, key []byte, field string) error {
	taken, err := has(r, key)
	if err == nil && taken {
		return &store.ConflictError{Field: field}
	}
	return err
}

// need makes sure that there is a key.
func need(r pebble.Reader, key []byte) error {
	there, err := has(r, key)
	if err == nil && !there {
		return store.ErrNotFound
	}
	return err
}

// scan visits the keys from lower to before upper, in order, as long as visit wants more. Key and value are only good inside visit.
// What it shows is of one moment.
func scan(r pebble.Reader, lower, upper []byte, visit func(key, value []byte) (more bool, err error)) (err error) {
	cursor, err := r.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, cursor.Close()) }()
	for there := cursor.First(); there; there = cursor.Next() {
		value, err := cursor.ValueAndErr()
		if err != nil {
			return err
		}
		if more, err := visit(cursor.Key(), value); err != nil || !more {
			return err
		}
	}
	return cursor.Error()
}

// scanBack visits the keys from before upper down to lower, as long as visit wants more. The key is only good inside visit.
func scanBack(r pebble.Reader, lower, upper []byte, visit func(key []byte) (more bool, err error)) (err error) {
	cursor, err := r.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, cursor.Close()) }()
	for there := cursor.Last(); there; there = cursor.Prev() {
		if more, err := visit(cursor.Key()); err != nil || !more {
			return err
		}
	}
	return cursor.Error()
}

// list gives the records whose keys begin with prefix, made into domain values; the last of a key's ids is that of the record.
func list[R, V any](r pebble.Reader, prefix []byte, make func(last id.ID, record R) V) ([]V, error) {
	return listFrom(r, prefix, after(prefix), -1, make)
}

// listFrom gives at most limit records (-1: all) from lower to before upper.
func listFrom[R, V any](r pebble.Reader, lower, upper []byte, limit int, make func(last id.ID, record R) V) ([]V, error) {
	values := []V{}
	if limit == 0 {
		return values, nil
	}
	err := scan(r, lower, upper, func(key, value []byte) (bool, error) {
		record, err := decode[R](key, value)
		if err == nil {
			err = checkKey(key, 1)
		}
		if err != nil {
			return false, err
		}
		values = append(values, make(idAt(key[len(key)-1-idBytes:], 0), record))
		return len(values) != limit, nil
	})
	if err != nil {
		return nil, err
	}
	return values, nil
}

// lastIDs gives the last id of each key that begins with prefix, ascending: the entries of an index.
func lastIDs(r pebble.Reader, prefix []byte) ([]id.ID, error) {
	ids := []id.ID{}
	err := scan(r, prefix, after(prefix), func(key, _ []byte) (bool, error) {
		if len(key) != len(prefix)+idBytes {
			return false, corrupt(key, errors.New("the key does not end in one id"))
		}
		ids = append(ids, idAt(key[len(key)-1-idBytes:], 0))
		return true, nil
	})
	return ids, err
}
