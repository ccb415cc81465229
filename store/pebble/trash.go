package pebble

import (
	"context"
	"errors"
	"sync"

	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

// sweepStep is how many messages or voice sessions are swept with one batch: small enough that nobody waits for it.
const sweepStep = 1000

// sweeper removes the history of deleted channels in the background. That a channel is gone is decided by the write that deleted it, which
// also left a key of kind trash; the sweeper only gives the space back. Its steps may be repeated and cut short anywhere.
type sweeper struct {
	work   chan struct{} // has room for one: there is something to do
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// start begins with what an earlier run left.
func (w *sweeper) start(s *Store) {
	var ctx context.Context
	ctx, w.cancel = context.WithCancel(context.Background())
	w.work = make(chan struct{}, 1)
	w.wake()
	w.done.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-w.work:
			}
			if err := s.emptyTrash(ctx); err != nil && !errors.Is(err, context.Canceled) {
				// The trash stays where it is until the next wake or start.
				s.logger.Error("the history of deleted channels could not be removed", "error", err)
			}
		}
	})
}

func (w *sweeper) wake() {
	select {
	case w.work <- struct{}{}:
	default: // it will look anyway
	}
}

func (w *sweeper) stop() {
	w.cancel()
	w.done.Wait()
}

// discard deletes what hangs on a channel's id alone, and leaves its history to the sweeper (and the ages of its nonces to PruneNonces).
func (t *tx) discard(channelID id.ID) {
	t.delete(kindChannelGuild.key(channelID))
	t.deleteAll(kindNonce.key(channelID))
	t.deleteAll(kindMention.key(channelID))
	t.deleteAll(kindMassMention.key(channelID))
	t.deleteAll(kindReactions.key(channelID))
	t.deleteAll(kindReactor.key(channelID))
	t.deleteAll(kindPin.key(channelID))
	t.deleteAll(kindVote.key(channelID))
	t.deleteAll(kindPollCounts.key(channelID))
	t.deleteAll(kindOpenPoll.key(channelID))
	t.deleteAll(kindOpenCall.key(channelID))
	t.deleteAll(kindAnnouncement.key(channelID))
	t.deleteAll(kindAnnouncementCopy.key(channelID))
	t.set(kindTrash.key(channelID), nil)
	t.discarded = append(t.discarded, channelID)
}

// emptyTrash removes the history of all deleted channels.
func (s *Store) emptyTrash(ctx context.Context) error {
	channels, err := lastIDs(s.db, kindTrash.key())
	if err != nil {
		return err
	}
	for _, channelID := range channels {
		// Nobody writes into a channel that is gone, so all this needs no lock.
		if err := s.sweepIndexed(ctx, kindMessage.key(channelID), kindMessagePlace); err != nil {
			return err
		}
		if err := s.sweepIndexed(ctx, kindVoice.key(channelID), kindVoicePlace, kindVoiceOpen); err != nil {
			return err
		}
		if err := s.sweepReadMarks(ctx, channelID); err != nil {
			return err
		}
		if err := s.sweepFiles(ctx, channelID); err != nil {
			return err
		}
		if err := s.commitSweep(func(batch *pebble.Batch) error { return batch.Delete(kindTrash.key(channelID), nil) }); err != nil {
			return err
		}
	}
	return nil
}

// sweepIndexed deletes the keys that begin with prefix, and before them the entries that indexes have by the last id of each.
func (s *Store) sweepIndexed(ctx context.Context, prefix []byte, indexes ...kind) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var swept []id.ID
		if err := scan(s.db, prefix, after(prefix), func(key, _ []byte) (bool, error) {
			if err := checkKey(key, 2); err != nil {
				return false, err
			}
			swept = append(swept, idAt(key, 1))
			return len(swept) < sweepStep, nil
		}); err != nil {
			return err
		}
		if len(swept) == 0 {
			return nil
		}
		if err := s.commitSweep(func(batch *pebble.Batch) error {
			for _, one := range swept {
				for _, index := range indexes {
					if err := batch.Delete(index.key(one), nil); err != nil {
						return err
					}
				}
			}
			last := append(append([]byte(nil), prefix...), idValue(swept[len(swept)-1])...)
			return batch.DeleteRange(prefix, after(last), nil)
		}); err != nil {
			return err
		}
	}
}

// commitSweep applies a batch without waiting for the disk: what is lost of it is done again.
func (s *Store) commitSweep(fill func(batch *pebble.Batch) error) error {
	batch := s.db.NewBatch()
	if err := fill(batch); err != nil {
		return errors.Join(err, batch.Close())
	}
	t := s.newTx(batch)
	if err := s.apply(t, unsynced, func(*tx) error { return nil }); err != nil {
		return err
	}
	return batch.Close()
}
