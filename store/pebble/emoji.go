package pebble

import (
	"cmp"
	"context"
	"slices"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type guildEmojiRecord struct {
	CreatorID id.ID          `cbor:"1,keyasint,omitempty"`
	Name      string         `cbor:"2,keyasint,omitempty"`
	RoleIDs   []id.ID        `cbor:"3,keyasint,omitempty"` // ascending
	Picture   *pictureRecord `cbor:"4,keyasint,omitempty"`
}

func newGuildEmojiRecord(emoji store.GuildEmoji) guildEmojiRecord {
	return guildEmojiRecord{CreatorID: emoji.CreatorID, Name: emoji.Name, RoleIDs: distinct(emoji.RoleIDs), Picture: newPictureRecord(emoji.Picture)}
}

func (r guildEmojiRecord) emoji(guildID, emojiID id.ID) store.GuildEmoji {
	return store.GuildEmoji{ID: emojiID, GuildID: guildID, CreatorID: r.CreatorID, Name: r.Name, RoleIDs: r.RoleIDs, Picture: r.Picture.picture()}
}

func guildEmojis(r pebble.Reader, guildID id.ID) ([]store.GuildEmoji, error) {
	return list(r, kindEmoji.key(guildID), func(emojiID id.ID, record guildEmojiRecord) store.GuildEmoji { return record.emoji(guildID, emojiID) })
}

// CreateEmoji stores an emoji.
func (s *Store) CreateEmoji(ctx context.Context, emoji store.GuildEmoji, most int) (store.GuildEmoji, error) {
	var record guildEmojiRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindGuild.key(emoji.GuildID)); err != nil {
			return err
		}
		if err := free(tx.db, kindEmojiGuild.key(emoji.ID), "id"); err != nil {
			return err
		}
		there, err := guildEmojis(tx.db, emoji.GuildID)
		if err != nil {
			return err
		}
		if len(slices.DeleteFunc(there, func(other store.GuildEmoji) bool { return other.Animated() != emoji.Animated() })) >= most {
			return &store.LimitError{What: "emoji", Max: most}
		}
		if err := cmp.Or(tx.needRoles(emoji.GuildID, emoji.RoleIDs), tx.hang(nil, &emoji.Picture)); err != nil {
			return err
		}
		record = newGuildEmojiRecord(emoji)
		tx.made(emoji.ID)
		tx.set(kindEmojiGuild.key(emoji.ID), idValue(emoji.GuildID))
		return tx.put(kindEmoji.key(emoji.GuildID, emoji.ID), record)
	})
	if err != nil {
		return store.GuildEmoji{}, err
	}
	return record.emoji(emoji.GuildID, emoji.ID), nil
}

// Emoji reads an emoji.
func (s *Store) Emoji(ctx context.Context, emojiID id.ID) (store.GuildEmoji, error) {
	if err := s.enter(ctx); err != nil {
		return store.GuildEmoji{}, err
	}
	defer s.leave()
	guildID, err := getID(s.db, kindEmojiGuild.key(emojiID))
	if err != nil {
		return store.GuildEmoji{}, err
	}
	record, err := get[guildEmojiRecord](s.db, kindEmoji.key(guildID, emojiID))
	if err != nil {
		return store.GuildEmoji{}, err
	}
	return record.emoji(guildID, emojiID), nil
}

// GuildEmojis gives a guild's emoji.
func (s *Store) GuildEmojis(ctx context.Context, guildID id.ID) ([]store.GuildEmoji, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return guildEmojis(s.db, guildID)
}

// UpdateEmoji applies change to an emoji.
func (s *Store) UpdateEmoji(ctx context.Context, guildID, emojiID id.ID, change func(*store.GuildEmoji) error) (store.GuildEmoji, error) {
	var record guildEmojiRecord
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		key := kindEmoji.key(guildID, emojiID)
		if record, err = get[guildEmojiRecord](tx.db, key); err != nil {
			return err
		}
		emoji := record.emoji(guildID, emojiID)
		emoji.RoleIDs = slices.Clone(emoji.RoleIDs)
		if err := change(&emoji); err != nil {
			return err
		}
		changed := newGuildEmojiRecord(emoji)
		record.Name, record.RoleIDs = changed.Name, changed.RoleIDs
		if err := tx.needRoles(guildID, record.RoleIDs); err != nil {
			return err
		}
		return tx.put(key, record)
	})
	if err != nil {
		return store.GuildEmoji{}, err
	}
	return record.emoji(guildID, emojiID), nil
}

// DeleteEmoji deletes an emoji.
func (s *Store) DeleteEmoji(ctx context.Context, guildID, emojiID id.ID) (store.GuildEmoji, error) {
	var record guildEmojiRecord
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		if record, err = get[guildEmojiRecord](tx.db, kindEmoji.key(guildID, emojiID)); err != nil {
			return err
		}
		tx.unhang(record.Picture)
		tx.delete(kindEmoji.key(guildID, emojiID))
		tx.delete(kindEmojiGuild.key(emojiID))
		return nil
	})
	if err != nil {
		return store.GuildEmoji{}, err
	}
	return record.emoji(guildID, emojiID), nil
}

// takeEmojis takes away what stands beside the records of a guild's emoji.
func (t *tx) takeEmojis(guildID id.ID) error {
	prefix := kindEmoji.key(guildID)
	return scan(t.db, prefix, after(prefix), func(key, value []byte) (bool, error) {
		emoji, err := decode[guildEmojiRecord](key, value)
		if err == nil {
			err = checkKey(key, 2)
		}
		if err != nil {
			return false, err
		}
		t.unhang(emoji.Picture)
		t.delete(kindEmojiGuild.key(idAt(key, 1)))
		return true, nil
	})
}

// takeRolesFromEmojis takes roles out of the lists of a guild's emoji. It may be called once in a write for each guild.
func (t *tx) takeRolesFromEmojis(guildID id.ID, roleIDs ...id.ID) error {
	emojis, err := guildEmojis(t.db, guildID)
	if err != nil {
		return err
	}
	for _, emoji := range emojis {
		listed := len(emoji.RoleIDs)
		emoji.RoleIDs = slices.DeleteFunc(emoji.RoleIDs, func(roleID id.ID) bool { return slices.Contains(roleIDs, roleID) })
		if len(emoji.RoleIDs) == listed {
			continue
		}
		if err := t.put(kindEmoji.key(guildID, emoji.ID), newGuildEmojiRecord(emoji)); err != nil {
			return err
		}
	}
	return nil
}
