package pebble

import (
	"context"
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"guildhall/store"
	"guildhall/store/id"
)

// setNonce remembers the nonce of a new message.
func (t *tx) setNonce(message *store.Message) {
	if message.Nonce == "" {
		return
	}
	key := kindNonce.text(message.Nonce, message.ChannelID, message.AuthorID)
	t.set(key, idValue(message.ID))
	t.set(kindNonceAge.key(message.ID), key)
}

// postedBefore finds the message that a draft's nonce names: among those that come before it in the same call, with their results, or in the store.
func (t *tx) postedBefore(draft *newMessage, before []newMessage, results []store.Message) (store.Message, bool, error) {
	if draft.nonceSince == 0 || draft.Nonce == "" {
		return store.Message{}, false, nil
	}
	for i := range before {
		if results[i].Nonce == draft.Nonce && results[i].AuthorID == draft.AuthorID && results[i].ID >= draft.nonceSince {
			return results[i], true, nil
		}
	}
	messageID, err := named(t.db, draft.ChannelID, draft.AuthorID, draft.Nonce, draft.nonceSince)
	var message store.Message
	if err == nil {
		message, err = t.message(draft.ChannelID, messageID) // it may have been deleted since
	}
	if errors.Is(err, store.ErrNotFound) {
		return store.Message{}, false, nil
	}
	return message, err == nil, err
}

// named gives the id that a nonce names, if it is since or greater.
func named(r pebble.Reader, channelID, authorID id.ID, nonce string, since id.ID) (id.ID, error) {
	messageID, err := getID(r, kindNonce.text(nonce, channelID, authorID))
	if err == nil && messageID < since {
		err = store.ErrNotFound
	}
	return messageID, err
}

// PostedBefore gives the newest message that an author has posted with a nonce in a channel.
func (s *Store) PostedBefore(ctx context.Context, channelID, authorID id.ID, nonce string, since id.ID) (store.Message, error) {
	if err := s.enter(ctx); err != nil {
		return store.Message{}, err
	}
	messageID, err := named(s.db, channelID, authorID, nonce, since)
	s.leave()
	if err != nil {
		return store.Message{}, err
	}
	return s.Message(ctx, channelID, messageID)
}

// PruneNonces forgets the nonces of messages with ids below before.
func (s *Store) PruneNonces(ctx context.Context, before id.ID) error {
	for {
		pruned := 0
		if err := s.update(ctx, unsynced, func(tx *tx) (err error) {
			pruned, err = tx.pruneNonces(before)
			return err
		}); err != nil || pruned < sweepStep {
			return err
		}
	}
}

// pruneNonces forgets some nonces and tells how many.
func (t *tx) pruneNonces(before id.ID) (pruned int, err error) {
	var last []byte
	err = scan(t.db, kindNonceAge.key(), kindNonceAge.key(before), func(age, key []byte) (bool, error) {
		messageID, err := getID(t.db, key)
		if err == nil && messageID < before { // otherwise the nonce was used again, by a newer message
			t.delete(key)
		} else if err != nil && !errors.Is(err, store.ErrNotFound) {
			return false, err
		}
		last = append(last[:0], age...)
		pruned++
		return pruned < sweepStep, nil
	})
	if err == nil && pruned > 0 {
		err = t.batch.DeleteRange(kindNonceAge.key(), after(last), nil)
	}
	return pruned, err
}
