package pebble

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"guildhall/store"
	"guildhall/store/id"
)

type workerRecord struct {
	Holder string `cbor:"1,keyasint,omitempty"`
	Until  int64  `cbor:"2,keyasint,omitempty"` // Unix milliseconds
}

// AcquireWorker leases the lowest free node number.
func (s *Store) AcquireWorker(ctx context.Context, holder string, now, until int64) (int, error) {
	lowest := 0
	err := s.update(ctx, synced, func(tx *tx) error {
		lowest = 0
		if err := scan(tx.db, kindWorker.key(), kindWorker.end(), func(key, value []byte) (bool, error) {
			if len(key) != 3 {
				return false, corrupt(key, fmt.Errorf("%d bytes instead of 3", len(key)))
			}
			record, err := decode[workerRecord](key, value)
			if err != nil {
				return false, err
			}
			if node := int(binary.BigEndian.Uint16(key[1:])); node > lowest || record.Until < now {
				return false, nil
			}
			lowest++
			return true, nil
		}); err != nil {
			return err
		}
		if lowest > id.MaxNode {
			return &store.LimitError{What: "workers", Max: id.MaxNode + 1}
		}
		return tx.put(workerKey(lowest), workerRecord{Holder: holder, Until: until})
	})
	return lowest, err
}

// RenewWorker prolongs a lease.
func (s *Store) RenewWorker(ctx context.Context, node int, holder string, until int64) error {
	return s.update(ctx, synced, func(tx *tx) error {
		record, err := get[workerRecord](tx.db, workerKey(node))
		if errors.Is(err, store.ErrNotFound) || err == nil && record.Holder != holder {
			return store.ErrSpent
		} else if err != nil {
			return err
		}
		return tx.put(workerKey(node), workerRecord{Holder: holder, Until: until})
	})
}

// ReleaseWorker gives a number back.
func (s *Store) ReleaseWorker(ctx context.Context, node int, holder string) error {
	return s.update(ctx, synced, func(tx *tx) error {
		record, err := get[workerRecord](tx.db, workerKey(node))
		if errors.Is(err, store.ErrNotFound) || err == nil && record.Holder != holder {
			return nil
		} else if err != nil {
			return err
		}
		tx.delete(workerKey(node))
		return nil
	})
}
