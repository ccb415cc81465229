package pebble

import (
	"context"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type applicationEmojiRecord struct {
	CreatorID id.ID          `cbor:"1,keyasint,omitempty"`
	Name      string         `cbor:"2,keyasint,omitempty"`
	Picture   *pictureRecord `cbor:"3,keyasint,omitempty"`
}

func (r applicationEmojiRecord) emoji(applicationID, emojiID id.ID) store.ApplicationEmoji {
	return store.ApplicationEmoji{ID: emojiID, ApplicationID: applicationID, CreatorID: r.CreatorID, Name: r.Name, Picture: r.Picture.picture()}
}

func applicationEmojis(r pebble.Reader, applicationID id.ID) ([]store.ApplicationEmoji, error) {
	return list(r, kindApplicationEmoji.key(applicationID), func(emojiID id.ID, record applicationEmojiRecord) store.ApplicationEmoji {
		return record.emoji(applicationID, emojiID)
	})
}

// CreateApplicationEmoji stores an emoji.
func (s *Store) CreateApplicationEmoji(ctx context.Context, emoji store.ApplicationEmoji, most int) (store.ApplicationEmoji, error) {
	err := s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindBot.key(emoji.ApplicationID)); err != nil {
			return err
		}
		if err := free(tx.db, kindEmojiApplication.key(emoji.ID), "id"); err != nil {
			return err
		}
		there, err := applicationEmojis(tx.db, emoji.ApplicationID)
		if err != nil {
			return err
		}
		if len(there) >= most {
			return &store.LimitError{What: "emoji", Max: most}
		}
		if err := nameFree(there, emoji.ID, emoji.Name); err != nil {
			return err
		}
		if err := tx.hang(nil, &emoji.Picture); err != nil {
			return err
		}
		tx.made(emoji.ID)
		tx.set(kindEmojiApplication.key(emoji.ID), idValue(emoji.ApplicationID))
		return tx.put(kindApplicationEmoji.key(emoji.ApplicationID, emoji.ID), applicationEmojiRecord{CreatorID: emoji.CreatorID, Name: emoji.Name, Picture: newPictureRecord(emoji.Picture)})
	})
	if err != nil {
		return store.ApplicationEmoji{}, err
	}
	return emoji, nil
}

// nameFree demands that no other emoji has a name.
func nameFree(there []store.ApplicationEmoji, emojiID id.ID, name string) error {
	for i := range there {
		if there[i].Name == name && there[i].ID != emojiID {
			return &store.ConflictError{Field: "name"}
		}
	}
	return nil
}

// ApplicationEmoji reads an emoji.
func (s *Store) ApplicationEmoji(ctx context.Context, emojiID id.ID) (store.ApplicationEmoji, error) {
	if err := s.enter(ctx); err != nil {
		return store.ApplicationEmoji{}, err
	}
	defer s.leave()
	applicationID, err := getID(s.db, kindEmojiApplication.key(emojiID))
	if err != nil {
		return store.ApplicationEmoji{}, err
	}
	record, err := get[applicationEmojiRecord](s.db, kindApplicationEmoji.key(applicationID, emojiID))
	if err != nil {
		return store.ApplicationEmoji{}, err
	}
	return record.emoji(applicationID, emojiID), nil
}

// ApplicationEmojis gives an application's emoji.
func (s *Store) ApplicationEmojis(ctx context.Context, applicationID id.ID) ([]store.ApplicationEmoji, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return applicationEmojis(s.db, applicationID)
}

// RenameApplicationEmoji gives an emoji another name.
func (s *Store) RenameApplicationEmoji(ctx context.Context, applicationID, emojiID id.ID, name string) (store.ApplicationEmoji, error) {
	var record applicationEmojiRecord
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		key := kindApplicationEmoji.key(applicationID, emojiID)
		if record, err = get[applicationEmojiRecord](tx.db, key); err != nil {
			return err
		}
		there, err := applicationEmojis(tx.db, applicationID)
		if err != nil {
			return err
		}
		if err := nameFree(there, emojiID, name); err != nil {
			return err
		}
		record.Name = name
		return tx.put(key, record)
	})
	if err != nil {
		return store.ApplicationEmoji{}, err
	}
	return record.emoji(applicationID, emojiID), nil
}

// DeleteApplicationEmoji deletes an emoji.
func (s *Store) DeleteApplicationEmoji(ctx context.Context, applicationID, emojiID id.ID) (store.ApplicationEmoji, error) {
	var record applicationEmojiRecord
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		if record, err = get[applicationEmojiRecord](tx.db, kindApplicationEmoji.key(applicationID, emojiID)); err != nil {
			return err
		}
		tx.unhang(record.Picture)
		tx.delete(kindApplicationEmoji.key(applicationID, emojiID))
		tx.delete(kindEmojiApplication.key(emojiID))
		return nil
	})
	if err != nil {
		return store.ApplicationEmoji{}, err
	}
	return record.emoji(applicationID, emojiID), nil
}

// takeApplicationEmojis deletes the emoji of an application that goes.
func (t *tx) takeApplicationEmojis(applicationID id.ID) error {
	prefix := kindApplicationEmoji.key(applicationID)
	err := scan(t.db, prefix, after(prefix), func(key, value []byte) (bool, error) {
		emoji, err := decode[applicationEmojiRecord](key, value)
		if err == nil {
			err = checkKey(key, 2)
		}
		if err != nil {
			return false, err
		}
		t.unhang(emoji.Picture)
		t.delete(kindEmojiApplication.key(idAt(key, 1)))
		return true, nil
	})
	t.deleteAll(prefix)
	return err
}

func (c *checker) applicationEmojis() {
	for e := range c.each(kindApplicationEmoji) {
		record[applicationEmojiRecord](c, e)
		c.made(idAt(e.key, 1), e)
		c.value(kindBot.key(idAt(e.key, 0)), e)
		c.same(kindEmojiApplication.key(idAt(e.key, 1)), idValue(idAt(e.key, 0)), e)
	}
	if c.counts[kindEmojiApplication] != c.counts[kindApplicationEmoji] {
		c.fail("%d emoji are of %d applications", c.counts[kindApplicationEmoji], c.counts[kindEmojiApplication])
	}
}
