package pebble

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"guildhall/store"
	"guildhall/store/id"
)

// reactionsRecord counts the reactions to a message, in the order in which each kind came first.
type reactionsRecord struct {
	Kinds []reactionRecord `cbor:"1,keyasint,omitempty"`
}

type reactionRecord struct {
	EmojiID  id.ID  `cbor:"1,keyasint,omitempty"`
	Name     string `cbor:"2,keyasint,omitempty"`
	Animated bool   `cbor:"3,keyasint,omitempty"`
	Count    int    `cbor:"4,keyasint,omitempty"`
}

// of tells whether the reactions are with an emoji: one of a guild's own is known by its id, another by its characters.
func (r reactionRecord) of(emoji store.Emoji) bool {
	return r.EmojiID == emoji.ID && (emoji.ID != 0 || r.Name == emoji.Name)
}

// reactorsPrefix begins the keys of those who reacted with an emoji. Names are at most 64 bytes long, so that their length is one byte.
func reactorsPrefix(channelID, messageID id.ID, emoji store.Emoji) []byte {
	key := kindReactor.key(channelID, messageID, emoji.ID)
	if emoji.ID != 0 {
		return append(key, 0)
	}
	return append(append(key, byte(len(emoji.Name))), emoji.Name...)
}

func reactorKey(channelID, messageID, userID id.ID, emoji store.Emoji) []byte {
	return append(reactorsPrefix(channelID, messageID, emoji), idValue(userID)...)
}

// reactions reads what counts the reactions to a message that is there.
func (t *tx) reactions(channelID, messageID id.ID) (record reactionsRecord, err error) {
	if err := t.needChannel(channelID); err != nil {
		return record, err
	}
	if err := need(t.db, kindMessage.key(channelID, messageID)); err != nil {
		return record, err
	}
	record, err = get[reactionsRecord](t.db, kindReactions.key(channelID, messageID))
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return record, err
}

func (t *tx) putReactions(channelID, messageID id.ID, record reactionsRecord) error {
	key := kindReactions.key(channelID, messageID)
	if len(record.Kinds) == 0 {
		t.delete(key)
		return nil
	}
	return t.put(key, record)
}

// deleteReactions takes all reactions of a message away.
func (t *tx) deleteReactions(channelID, messageID id.ID) {
	t.delete(kindReactions.key(channelID, messageID))
	t.deleteAll(kindReactor.key(channelID, messageID))
}

// AddReaction stores a reaction.
func (s *Store) AddReaction(ctx context.Context, channelID, messageID, userID id.ID, emoji store.Emoji, most int) (added bool, err error) {
	err = s.update(ctx, synced, func(tx *tx) error {
		added = false
		record, err := tx.reactions(channelID, messageID)
		if err != nil {
			return err
		}
		if err := need(tx.db, kindUser.key(userID)); err != nil {
			return err
		}
		key := reactorKey(channelID, messageID, userID, emoji)
		there, err := has(tx.db, key)
		if err != nil || there {
			return err
		}
		at := slices.IndexFunc(record.Kinds, func(kind reactionRecord) bool { return kind.of(emoji) })
		if at < 0 {
			if len(record.Kinds) >= most {
				return &store.LimitError{What: "reactions", Max: most}
			}
			at = len(record.Kinds)
			record.Kinds = append(record.Kinds, reactionRecord{EmojiID: emoji.ID, Name: emoji.Name, Animated: emoji.Animated})
		}
		record.Kinds[at].Count++
		added = true
		tx.set(key, nil)
		return tx.putReactions(channelID, messageID, record)
	})
	return added && err == nil, err
}

// RemoveReaction takes a reaction away.
func (s *Store) RemoveReaction(ctx context.Context, channelID, messageID, userID id.ID, emoji store.Emoji) (removed bool, err error) {
	err = s.update(ctx, synced, func(tx *tx) error {
		removed = false
		record, err := tx.reactions(channelID, messageID)
		if err != nil {
			return err
		}
		key := reactorKey(channelID, messageID, userID, emoji)
		if removed, err = has(tx.db, key); err != nil || !removed {
			return err
		}
		tx.delete(key)
		at := slices.IndexFunc(record.Kinds, func(kind reactionRecord) bool { return kind.of(emoji) })
		if at < 0 {
			return corrupt(key, errors.New("the reaction is not counted"))
		}
		if record.Kinds[at].Count--; record.Kinds[at].Count == 0 {
			record.Kinds = slices.Delete(record.Kinds, at, at+1)
		}
		return tx.putReactions(channelID, messageID, record)
	})
	return removed && err == nil, err
}

// ClearReactions takes reactions away.
func (s *Store) ClearReactions(ctx context.Context, channelID, messageID id.ID, emoji *store.Emoji) (cleared bool, err error) {
	err = s.update(ctx, synced, func(tx *tx) error {
		record, err := tx.reactions(channelID, messageID)
		if err != nil {
			return err
		}
		if emoji == nil {
			cleared = len(record.Kinds) > 0
			tx.deleteReactions(channelID, messageID)
			return nil
		}
		kept := slices.DeleteFunc(slices.Clone(record.Kinds), func(kind reactionRecord) bool { return kind.of(*emoji) })
		cleared = len(kept) < len(record.Kinds)
		tx.deleteAll(reactorsPrefix(channelID, messageID, *emoji))
		return tx.putReactions(channelID, messageID, reactionsRecord{kept})
	})
	return cleared && err == nil, err
}

// Reactors gives who reacted with an emoji.
func (s *Store) Reactors(ctx context.Context, channelID, messageID id.ID, emoji store.Emoji, afterID id.ID, limit int) ([]id.ID, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	found := []id.ID{}
	if limit <= 0 {
		return found, nil
	}
	prefix := reactorsPrefix(channelID, messageID, emoji)
	err := scan(s.db, append(bytes.Clone(prefix), idValue(afterID+1)...), after(prefix), func(key, _ []byte) (bool, error) {
		if len(key) != len(prefix)+idBytes {
			return false, corrupt(key, errors.New("the key does not end in one id"))
		}
		found = append(found, idAt(key[len(prefix)-1:], 0))
		return len(found) < limit, nil
	})
	if err == nil {
		err = s.needChannel(channelID)
	}
	if errors.Is(err, store.ErrNotFound) {
		return []id.ID{}, nil
	}
	return found, err
}

// Reactions gives the reactions to messages of a channel.
func (s *Store) Reactions(ctx context.Context, channelID id.ID, messageIDs []id.ID, reader id.ID) (map[id.ID][]store.Reaction, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	found := make(map[id.ID][]store.Reaction)
	if len(messageIDs) == 0 {
		return found, nil
	}
	if err := s.needChannel(channelID); errors.Is(err, store.ErrNotFound) {
		return found, nil
	} else if err != nil {
		return nil, err
	}
	// One scan over the stretch of history that the messages are from.
	wanted := distinct(messageIDs)
	lower, upper := kindReactions.key(channelID, wanted[0]), after(kindReactions.key(channelID, wanted[len(wanted)-1]))
	err := scan(s.db, lower, upper, func(key, value []byte) (bool, error) {
		if err := checkKey(key, 2); err != nil {
			return false, err
		}
		messageID := idAt(key, 1)
		if _, asked := slices.BinarySearch(wanted, messageID); !asked {
			return true, nil
		}
		record, err := decode[reactionsRecord](key, value)
		if err != nil {
			return false, err
		}
		for _, kind := range record.Kinds {
			emoji := store.Emoji{ID: kind.EmojiID, Name: kind.Name, Animated: kind.Animated}
			me, err := has(s.db, reactorKey(channelID, messageID, reader, emoji))
			if err != nil {
				return false, err
			}
			found[messageID] = append(found[messageID], store.Reaction{Emoji: emoji, Count: kind.Count, Me: me})
		}
		return true, nil
	})
	return found, err
}
