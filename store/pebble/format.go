package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"

	"guildhall/store"

	"github.com/cockroachdb/pebble/v2"
)

// currentFormat is the version of the key map and the records that this code reads and writes.
const currentFormat uint32 = 1

// migration brings a store from one version of the format to the next.
type migration struct {
	from uint32
	// run makes the change, in as many batches as it likes. A crash may cut it short at any point; it runs again from the start then, so it must
	// come to the same result over its own half-done work.
	run func(db *pebble.DB) error
}

// migrations has one step for each version before the current one.
var migrations []migration

// migrate brings a store to a format: a new one gets it, an older one goes through the steps, one version at a time. A newer one, and a database
// that is not ours, is refused.
func migrate(db *pebble.DB, format uint32, steps []migration) error {
	found, err := readFormat(db)
	if errors.Is(err, store.ErrNotFound) {
		if err := scan(db, nil, nil, func([]byte, []byte) (bool, error) {
			return false, errors.New("the folder has a database that is not a hall's")
		}); err != nil {
			return err
		}
		return writeFormat(db, format)
	} else if err != nil {
		return err
	}
	if found > format {
		return fmt.Errorf("the data has format %d, written by a newer version of Guildhall; this version knows formats up to %d", found, format)
	}
	for found < format {
		step, err := stepFrom(steps, found)
		if err != nil {
			return err
		}
		if err := step.run(db); err != nil {
			return fmt.Errorf("bring the data from format %d to %d: %w", found, found+1, err)
		}
		// This write comes after the step's own in the log, so whoever sees it sees the whole step.
		if err := writeFormat(db, found+1); err != nil {
			return err
		}
		found++
	}
	return nil
}

func stepFrom(steps []migration, from uint32) (migration, error) {
	for _, step := range steps {
		if step.from == from {
			return step, nil
		}
	}
	return migration{}, fmt.Errorf("the data has format %d, which this version of Guildhall cannot bring up to date any more", from)
}

func readFormat(db *pebble.DB) (format uint32, err error) {
	key := kindFormat.key()
	err = view(db, key, func(value []byte) error {
		if len(value) != 4 {
			return corrupt(key, fmt.Errorf("%d bytes instead of 4", len(value)))
		}
		format = binary.BigEndian.Uint32(value)
		return nil
	})
	return format, err
}

func writeFormat(db *pebble.DB, format uint32) error {
	if err := db.Set(kindFormat.key(), binary.BigEndian.AppendUint32(nil, format), pebble.Sync); err != nil {
		return fmt.Errorf("write the format: %w", err)
	}
	return nil
}
