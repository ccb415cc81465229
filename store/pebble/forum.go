package pebble

import (
	"errors"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type forumRecord struct {
	Tags            []forumTagRecord `cbor:"1,keyasint,omitempty"`
	DefaultReaction emojiRecord      `cbor:"2,keyasint,omitempty"`
	SortOrder       int              `cbor:"3,keyasint,omitempty"`
	Layout          int              `cbor:"4,keyasint,omitempty"`
}

type forumTagRecord struct {
	ID        id.ID       `cbor:"1,keyasint,omitempty"`
	Name      string      `cbor:"2,keyasint,omitempty"`
	Moderated bool        `cbor:"3,keyasint,omitempty"`
	Emoji     emojiRecord `cbor:"4,keyasint,omitempty"`
}

type emojiRecord struct {
	ID       id.ID  `cbor:"1,keyasint,omitempty"`
	Name     string `cbor:"2,keyasint,omitempty"`
	Animated bool   `cbor:"3,keyasint,omitempty"`
}

func newForumRecord(forum *store.Forum) *forumRecord {
	if forum == nil {
		return nil
	}
	record := &forumRecord{DefaultReaction: emojiRecord(forum.DefaultReaction), SortOrder: int(forum.SortOrder), Layout: int(forum.Layout)}
	for _, tag := range forum.Tags {
		record.Tags = append(record.Tags, forumTagRecord{ID: tag.ID, Name: tag.Name, Moderated: tag.Moderated, Emoji: emojiRecord(tag.Emoji)})
	}
	return record
}

func (r *forumRecord) forum() *store.Forum {
	if r == nil {
		return nil
	}
	forum := &store.Forum{DefaultReaction: store.Emoji(r.DefaultReaction), SortOrder: store.ForumSortOrder(r.SortOrder), Layout: store.ForumLayout(r.Layout)}
	for _, tag := range r.Tags {
		forum.Tags = append(forum.Tags, store.ForumTag{ID: tag.ID, Name: tag.Name, Moderated: tag.Moderated, Emoji: store.Emoji(tag.Emoji)})
	}
	return forum
}

// newestPost gives the id of the newest post of a channel, zero when it has none or is no forum.
func newestPost(r pebble.Reader, channelID id.ID) (newest id.ID, err error) {
	prefix := kindParentThread.key(channelID)
	if err := scanBack(r, prefix, after(prefix), func(key []byte) (bool, error) {
		err := checkKey(key, 2)
		if err == nil {
			newest = idAt(key, 1)
		}
		return false, err
	}); err != nil || newest == 0 {
		return 0, err
	}
	channel, err := readChannel(r, channelID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !channel.Type.IsForum() {
		return 0, nil
	}
	return newest, err
}
