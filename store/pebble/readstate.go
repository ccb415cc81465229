package pebble

import (
	"context"
	"errors"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

// setMentions remembers whom a new message mentions.
func (t *tx) setMentions(message *store.Message) {
	for _, userID := range message.Mentions {
		t.set(kindMention.key(message.ChannelID, userID, message.ID), nil)
	}
	if isMassMention(message) {
		t.set(kindMassMention.key(message.ChannelID, message.ID), nil)
	}
}

func (t *tx) deleteMentions(message *store.Message) {
	for _, userID := range message.Mentions {
		t.delete(kindMention.key(message.ChannelID, userID, message.ID))
	}
	if isMassMention(message) {
		t.delete(kindMassMention.key(message.ChannelID, message.ID))
	}
}

func isMassMention(message *store.Message) bool {
	return message.MentionEveryone || len(message.MentionRoles) > 0
}

// SetReadMarks stores how far people have read.
func (s *Store) SetReadMarks(ctx context.Context, marks []store.ReadMark) error {
	return s.update(ctx, unsynced, func(tx *tx) error {
		for _, mark := range marks {
			err := tx.needChannel(mark.ChannelID)
			if err == nil {
				err = need(tx.db, kindUser.key(mark.UserID))
			}
			if errors.Is(err, store.ErrNotFound) {
				continue
			} else if err != nil {
				return err
			}
			tx.set(kindReadMark.key(mark.UserID, mark.ChannelID), idValue(mark.MessageID))
			tx.set(kindChannelReader.key(mark.ChannelID, mark.UserID), nil)
		}
		return nil
	})
}

// DeleteReadMark forgets how far somebody has read.
func (s *Store) DeleteReadMark(ctx context.Context, userID, channelID id.ID) error {
	return s.update(ctx, unsynced, func(tx *tx) error {
		tx.delete(kindReadMark.key(userID, channelID))
		tx.delete(kindPinMark.key(userID, channelID))
		tx.delete(kindChannelReader.key(channelID, userID))
		return nil
	})
}

// AdvancePinMark stores which pins somebody has seen.
func (s *Store) AdvancePinMark(ctx context.Context, mark store.PinMark) (advanced bool, err error) {
	err = s.update(ctx, unsynced, func(tx *tx) error {
		if err := tx.needChannel(mark.ChannelID); err != nil {
			return err
		}
		if err := need(tx.db, kindUser.key(mark.UserID)); err != nil {
			return err
		}
		key := kindPinMark.key(mark.UserID, mark.ChannelID)
		before, err := getID(tx.db, key)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		at := id.ID(max(0, mark.At.UnixMilli()))
		if advanced = at > before; advanced {
			tx.set(key, idValue(at))
			tx.set(kindChannelReader.key(mark.ChannelID, mark.UserID), nil)
		}
		return nil
	})
	return advanced && err == nil, err
}

// PinMarks gives an account's marks about pins.
func (s *Store) PinMarks(ctx context.Context, userID id.ID) ([]store.PinMark, error) {
	return marksOf(ctx, s, kindPinMark, userID, func(channelID, value id.ID) store.PinMark {
		return store.PinMark{UserID: userID, ChannelID: channelID, At: time.UnixMilli(int64(value)).UTC()}
	})
}

// ReadMark gives how far somebody has read in a channel.
func (s *Store) ReadMark(ctx context.Context, userID, channelID id.ID) (store.ReadMark, error) {
	if err := s.enter(ctx); err != nil {
		return store.ReadMark{}, err
	}
	defer s.leave()
	messageID, err := getID(s.db, kindReadMark.key(userID, channelID))
	if err == nil {
		err = s.needChannel(channelID)
	}
	if err != nil {
		return store.ReadMark{}, err
	}
	return store.ReadMark{UserID: userID, ChannelID: channelID, MessageID: messageID}, nil
}

// ReadMarks gives an account's marks.
func (s *Store) ReadMarks(ctx context.Context, userID id.ID) ([]store.ReadMark, error) {
	return marksOf(ctx, s, kindReadMark, userID, func(channelID, value id.ID) store.ReadMark {
		return store.ReadMark{UserID: userID, ChannelID: channelID, MessageID: value}
	})
}

// marksOf gives an account's marks of a kind in channels that exist.
func marksOf[M any](ctx context.Context, s *Store, kind kind, userID id.ID, mark func(channelID, value id.ID) M) ([]M, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	marks := []M{}
	prefix := kind.key(userID)
	return marks, scan(s.db, prefix, after(prefix), func(key, value []byte) (bool, error) {
		if err := checkKey(key, 2); err != nil {
			return false, err
		}
		marked, err := decodeID(key, value)
		if err != nil {
			return false, err
		}
		channelID := idAt(key, 1)
		switch err := s.needChannel(channelID); {
		case errors.Is(err, store.ErrNotFound): // deleted, and not swept yet
		case err != nil:
			return false, err
		default:
			marks = append(marks, mark(channelID, marked))
		}
		return true, nil
	})
}

// CountMentions counts the messages after marks that name the account.
func (s *Store) CountMentions(ctx context.Context, marks []store.ReadMark, most int) (map[id.ID]int, error) {
	counts := make(map[id.ID]int)
	err := s.afterMarks(ctx, marks, most, func(mark store.ReadMark) []byte { return kindMention.key(mark.ChannelID, mark.UserID) }, func(mark store.ReadMark, _, _ []byte) (bool, error) {
		counts[mark.ChannelID]++
		return true, nil
	})
	return counts, err
}

// CountMessages counts the messages of others after marks.
func (s *Store) CountMessages(ctx context.Context, marks []store.ReadMark, most int) (map[id.ID]int, error) {
	counts := make(map[id.ID]int)
	err := s.afterMarks(ctx, marks, most, func(mark store.ReadMark) []byte { return kindMessage.key(mark.ChannelID) }, func(mark store.ReadMark, key, value []byte) (bool, error) {
		record, err := decode[messageRecord](key, value)
		if err == nil && record.AuthorID != mark.UserID {
			counts[mark.ChannelID]++
			return true, nil
		}
		return false, err
	})
	return counts, err
}

// MassMentions gives the messages after marks that mention everybody or roles.
func (s *Store) MassMentions(ctx context.Context, marks []store.ReadMark, most int) ([]store.MassMention, error) {
	found := []store.MassMention{}
	err := s.afterMarks(ctx, marks, most, func(mark store.ReadMark) []byte { return kindMassMention.key(mark.ChannelID) }, func(mark store.ReadMark, key, _ []byte) (bool, error) {
		messageID := idAt(key, 1)
		message, err := readMessage(s.db, mark.ChannelID, messageID)
		if errors.Is(err, store.ErrNotFound) {
			return false, nil // deleted since
		}
		found = append(found, store.MassMention{ChannelID: mark.ChannelID, MessageID: messageID, AuthorID: message.AuthorID, Everyone: message.MentionEveryone, RoleIDs: message.MentionRoles})
		return err == nil, err
	})
	return found, err
}

// afterMarks visits for each mark the keys that begin with its prefix and end in the id of a message after it, newest first, until take has taken most of them. What of it is in
// channels that are gone by then is visited as well: their keys go with the channel.
func (s *Store) afterMarks(ctx context.Context, marks []store.ReadMark, most int, prefix func(store.ReadMark) []byte,
	take func(mark store.ReadMark, key, value []byte) (bool, error)) (err error) {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	cursor, err := s.db.NewIter(nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cursor.Error(), cursor.Close()) }()
	for _, mark := range marks {
		if err := s.needChannel(mark.ChannelID); errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return err
		}
		if err := newerThan(cursor, prefix(mark), mark, most, take); err != nil {
			return err
		}
	}
	return nil
}

func newerThan(cursor *pebble.Iterator, prefix []byte, mark store.ReadMark, most int, take func(mark store.ReadMark, key, value []byte) (bool, error)) error {
	cursor.SetBounds(append(slices.Clone(prefix), idValue(mark.MessageID+1)...), after(prefix))
	for there := most > 0 && cursor.Last(); there; there = most > 0 && cursor.Prev() {
		if len(cursor.Key()) != len(prefix)+idBytes {
			return corrupt(cursor.Key(), errors.New("the key does not end in one id"))
		}
		value, err := cursor.ValueAndErr()
		if err != nil {
			return err
		}
		taken, err := take(mark, cursor.Key(), value)
		if err != nil {
			return err
		}
		if taken {
			most--
		}
	}
	return nil
}

// sweepReadMarks removes the marks in a deleted channel.
func (s *Store) sweepReadMarks(ctx context.Context, channelID id.ID) error {
	readers, err := lastIDs(s.db, kindChannelReader.key(channelID))
	if err != nil {
		return err
	}
	for some := range slices.Chunk(readers, sweepStep) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.commitSweep(func(batch *pebble.Batch) error {
			for _, userID := range some {
				if err := errors.Join(batch.Delete(kindReadMark.key(userID, channelID), nil), batch.Delete(kindPinMark.key(userID, channelID), nil),
					batch.Delete(kindChannelReader.key(channelID, userID), nil)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
