package pebble

import (
	"context"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

func pinKey(channelID, messageID id.ID, at time.Time) []byte {
	return kindPin.key(channelID, id.ID(at.UnixMilli()), messageID)
}

// SetPinned pins a message, or takes the pin away.
func (s *Store) SetPinned(ctx context.Context, channelID, messageID id.ID, at time.Time, most int) (message store.Message, changed bool, err error) {
	err = s.update(ctx, synced, func(tx *tx) (err error) {
		if message, err = tx.message(channelID, messageID); err != nil {
			return err
		}
		if changed = message.PinnedAt.IsZero() != at.IsZero(); !changed {
			return nil
		}
		if at.IsZero() {
			tx.delete(pinKey(channelID, messageID, message.PinnedAt))
		} else if err := tx.pin(channelID, messageID, at, most); err != nil {
			return err
		}
		message.PinnedAt = at
		record := newMessageRecord(&message)
		message = record.message(channelID, messageID)
		return tx.put(kindMessage.key(channelID, messageID), &record)
	})
	if err != nil {
		return store.Message{}, false, err
	}
	return message, changed, nil
}

// pin adds a message to the pinned ones of a channel.
func (t *tx) pin(channelID, messageID id.ID, at time.Time, most int) error {
	pinned, err := pinsOf(t.db, kindPin.key(channelID), after(kindPin.key(channelID)))
	if err != nil {
		return err
	}
	if len(pinned) >= most {
		return &store.LimitError{What: "pins", Max: most}
	}
	t.set(pinKey(channelID, messageID, at), nil)
	channel, err := readChannel(t.db, channelID)
	if err != nil {
		return err
	}
	channel.LastPinAt = at
	return t.putChannel(channel)
}

// pinsOf gives the pinned messages of the keys from lower to before upper, those pinned first first.
func pinsOf(r pebble.Reader, lower, upper []byte) ([]id.ID, error) {
	ids := []id.ID{}
	err := scan(r, lower, upper, func(key, _ []byte) (bool, error) {
		if err := checkKey(key, 3); err != nil {
			return false, err
		}
		ids = append(ids, idAt(key, 2))
		return true, nil
	})
	return ids, err
}

// ListPins gives pinned messages, those pinned last first.
func (s *Store) ListPins(ctx context.Context, channelID id.ID, before time.Time, limit int) ([]store.Message, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	prefix := kindPin.key(channelID)
	end := after(prefix)
	if !before.IsZero() {
		end = kindPin.key(channelID, id.ID(before.UnixMilli()))
	}
	pinned, err := pinsOf(s.db, prefix, end)
	s.leave()
	if err != nil {
		return nil, err
	}
	slices.Reverse(pinned)
	pinned = pinned[:max(0, min(limit, len(pinned)))]
	messages, err := s.MessagesByID(ctx, channelID, pinned)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(messages, func(a, b store.Message) int { return slices.Index(pinned, a.ID) - slices.Index(pinned, b.ID) })
	return messages, nil
}
