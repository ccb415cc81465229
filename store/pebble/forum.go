package pebble

import (
	"guildhall/store"
	"guildhall/store/id"
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
