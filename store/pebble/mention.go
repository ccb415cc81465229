package pebble

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type dismissedRecord struct {
	MessageIDs []id.ID `cbor:"1,keyasint,omitempty"` // ascending
}

// RecentMentions gives messages that mention an account.
func (s *Store) RecentMentions(ctx context.Context, query store.MentionQuery) (found []store.Message, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	found = []store.Message{}
	dismissed, err := get[dismissedRecord](s.db, kindDismissed.key(query.UserID))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	cursor, err := s.db.NewIter(nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, cursor.Error(), cursor.Close()) }()
	for _, channelID := range query.ChannelIDs {
		if err := s.needChannel(channelID); errors.Is(err, store.ErrNotFound) || query.Limit <= 0 {
			continue
		} else if err != nil {
			return nil, err
		}
		prefixes := [][]byte{kindMention.key(channelID, query.UserID)}
		if query.Everyone || len(query.RoleIDs) > 0 {
			prefixes = append(prefixes, kindMassMention.key(channelID))
		}
		for _, prefix := range prefixes {
			if found, err = s.mentionsIn(cursor, prefix, channelID, query, dismissed.MessageIDs, found); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(found, func(a, b store.Message) int { return cmp.Compare(b.ID, a.ID) })
	found = slices.CompactFunc(found, func(a, b store.Message) bool { return a.ID == b.ID })
	return found[:min(len(found), max(0, query.Limit))], nil
}

// mentionsIn adds the newest messages whose ids end the keys with a prefix and that the query wants, as many as the query wants in all.
func (s *Store) mentionsIn(cursor *pebble.Iterator, prefix []byte, channelID id.ID, query store.MentionQuery, dismissed []id.ID, found []store.Message) ([]store.Message, error) {
	upper := after(prefix)
	if query.Before != 0 {
		upper = append(slices.Clone(prefix), idValue(query.Before)...)
	}
	cursor.SetBounds(prefix, upper)
	taken := 0
	for there := cursor.Last(); there && taken < query.Limit; there = cursor.Prev() {
		if len(cursor.Key()) != len(prefix)+idBytes {
			return nil, corrupt(cursor.Key(), errors.New("the key does not end in one id"))
		}
		messageID := idAt(cursor.Key()[len(cursor.Key())-1-idBytes:], 0)
		if _, gone := slices.BinarySearch(dismissed, messageID); gone {
			continue
		}
		message, err := readMessage(s.db, channelID, messageID)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted since
		}
		if err != nil {
			return nil, err
		}
		if message.AuthorID == query.UserID || !query.Wants(&message) {
			continue
		}
		taken++
		found = append(found, message)
	}
	return found, nil
}

// DismissMention leaves a message out of an account's mentions.
func (s *Store) DismissMention(ctx context.Context, userID, messageID id.ID) error {
	return s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindUser.key(userID)); err != nil {
			return err
		}
		key := kindDismissed.key(userID)
		record, err := get[dismissedRecord](tx.db, key)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		record.MessageIDs = distinct(append(record.MessageIDs, messageID))
		record.MessageIDs = record.MessageIDs[max(0, len(record.MessageIDs)-store.MaxDismissed):]
		return tx.put(key, record)
	})
}
