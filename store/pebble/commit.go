package pebble

import (
	"context"
	"errors"
	"fmt"

	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

// Group commit: a write applies its batch while it holds Store.writing, which is a matter of microseconds, and waits for the disk afterwards. All the
// batches that were applied while the disk was busy with a sync share the next one. (Measured against merging the requests into one batch before they
// reach the log, and against one sync for all by a leader: no difference beyond the noise, from 1 to 64 writers; this is the simplest.)

// durability says what a write waits for.
type durability bool

const (
	synced   durability = true  // until it is on disk
	unsynced durability = false // for nothing: it may be lost in a crash, but only together with all that came after it
)

// ErrFailed says that the disk failed the store, which takes no more writes until it is opened again. Writes that were under way may turn out
// to have happened then; every write that was acknowledged has.
var ErrFailed = errors.New("the store failed and takes no more writes until it is opened again")

// tx is one write: it reads what is committed, and gathers what is to be written. It does not see its own writes.
type tx struct {
	db       *pebble.DB
	live     *liveChannels
	batch    *pebble.Batch
	greatest id.ID
	// discarded are the channels that this deletes, which is work for the sweeper.
	discarded []id.ID
	// files are what changes in the books of bytes.
	files fileChanges
	// copies are the keys of copies of published messages that this takes note of.
	copies map[string]struct{}
}

func (s *Store) newTx(batch *pebble.Batch) *tx { return &tx{db: s.db, live: &s.live, batch: batch} }

// update runs a read-modify-write: nobody else writes between what change reads and what it writes. An error from change is given back as it is,
// and nothing is written.
func (s *Store) update(ctx context.Context, durability durability, change func(tx *tx) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	t := s.newTx(s.db.NewBatch())
	if err := s.apply(t, durability, change); err != nil {
		return err // the batch is left to the garbage collector: after a failure the database may still hold it
	}
	if durability == synced {
		if err := t.batch.SyncWait(); err != nil {
			return s.fail(err)
		}
	}
	if len(t.discarded) > 0 {
		s.sweeper.wake()
	}
	return t.batch.Close()
}

// apply makes the change and shows it to all readers.
func (s *Store) apply(t *tx, durability durability, change func(tx *tx) error) (err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.failed(); err != nil {
		return err
	}
	if err := change(t); err != nil {
		_ = t.batch.Close() // it was never applied
		return err
	}
	if err := t.settleFiles(); err != nil {
		_ = t.batch.Close() // it was never applied
		return err
	}
	raised := uint64(t.greatest) > s.greatest.Load()
	if raised {
		t.set(kindGreatest.key(), idValue(t.greatest))
	}
	if t.batch.Empty() {
		if durability == unsynced {
			return nil
		}
		// What change read, and the caller takes as done, may still be on its way to the disk.
		if err := t.batch.LogData(nil, nil); err != nil {
			return err
		}
	}
	for _, accounts := range s.leaving {
		if err := accounts.noteBatch(t.batch); err != nil {
			return err
		}
	}
	s.live.forget(t.discarded)
	defer func() {
		// The database panics when its log cannot be written, with a lock of its own held.
		if problem := recover(); problem != nil {
			s.jammed.Store(true)
			err = s.fail(fmt.Errorf("%v", problem))
		}
	}()
	if durability == synced {
		err = s.db.ApplyNoSyncWait(t.batch, pebble.Sync)
	} else {
		err = s.db.Apply(t.batch, pebble.NoSync)
	}
	if err != nil {
		return s.fail(err)
	}
	if raised {
		s.greatest.Store(uint64(t.greatest))
	}
	return nil
}

// fail takes note of the first failure, and gives the error that callers get.
func (s *Store) fail(cause error) error {
	err := fmt.Errorf("%w: %w", ErrFailed, cause)
	if s.failure.CompareAndSwap(nil, &err) {
		s.logger.Error("the store failed", "error", cause)
	}
	return s.failed()
}

// failed gives the error of a store that failed, nil otherwise.
func (s *Store) failed() error {
	if failure := s.failure.Load(); failure != nil {
		return *failure
	}
	return nil
}

// Errors of a batch's own methods can only say that it was committed already, or is of another database: neither can happen here.

func (t *tx) set(key, value []byte) { _ = t.batch.Set(key, value, nil) }

func (t *tx) delete(key []byte) { _ = t.batch.Delete(key, nil) }

// deleteAll deletes the keys that begin with prefix.
func (t *tx) deleteAll(prefix []byte) { _ = t.batch.DeleteRange(prefix, after(prefix), nil) }

// put writes a record.
func (t *tx) put(key []byte, record any) error {
	value, err := encoding.Marshal(record)
	if err != nil {
		return fmt.Errorf("encode a %s: %w", kind(key[0]), err)
	}
	t.set(key, value)
	return nil
}

// made takes note of an id that is stored for the first time.
func (t *tx) made(one id.ID) { t.greatest = max(t.greatest, one) }
