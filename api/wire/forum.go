package wire

import (
	"guildhall/store"
	"guildhall/store/id"
)

// ForumSettings are what a forum or media channel has besides.
type ForumSettings struct {
	AvailableTags        []ForumTag        `json:"available_tags"`
	DefaultReactionEmoji *DefaultReaction  `json:"default_reaction_emoji"`
	DefaultSortOrder     *int              `json:"default_sort_order"`
	DefaultForumLayout   store.ForumLayout `json:"default_forum_layout"`
}

// ForumTag is a mark for posts. Of the two emoji fields one is set, or none.
type ForumTag struct {
	ID        id.ID   `json:"id"`
	Name      string  `json:"name"`
	Moderated bool    `json:"moderated"`
	EmojiID   *id.ID  `json:"emoji_id"`
	EmojiName *string `json:"emoji_name"`
}

// DefaultReaction is the emoji that is offered first at posts.
type DefaultReaction struct {
	EmojiID   *id.ID  `json:"emoji_id"`
	EmojiName *string `json:"emoji_name"`
}

// NewForumSettings shows what a forum says of its posts.
func NewForumSettings(forum *store.Forum) *ForumSettings {
	shown := &ForumSettings{AvailableTags: []ForumTag{}, DefaultForumLayout: forum.Layout}
	for _, tag := range forum.Tags {
		emojiID, emojiName := emojiFields(tag.Emoji)
		shown.AvailableTags = append(shown.AvailableTags, ForumTag{ID: tag.ID, Name: tag.Name, Moderated: tag.Moderated, EmojiID: emojiID, EmojiName: emojiName})
	}
	if forum.DefaultReaction != (store.Emoji{}) {
		emojiID, emojiName := emojiFields(forum.DefaultReaction)
		shown.DefaultReactionEmoji = &DefaultReaction{EmojiID: emojiID, EmojiName: emojiName}
	}
	if forum.SortOrder != store.SortUnset {
		order := int(forum.SortOrder - store.SortLatestActivity)
		shown.DefaultSortOrder = &order
	}
	return shown
}

// emojiFields shows an emoji by its id if it is a guild's own, by its characters otherwise.
func emojiFields(emoji store.Emoji) (*id.ID, *string) {
	if emoji.ID != 0 {
		return &emoji.ID, nil
	}
	return nil, TextOrNull(emoji.Name)
}

// ForumTagDraft is a tag as clients send it. One without an id is new.
type ForumTagDraft struct {
	ID        id.ID          `json:"id"`
	Name      string         `json:"name"`
	Moderated Optional[bool] `json:"moderated"`
	EmojiID   id.ID          `json:"emoji_id"`
	EmojiName *string        `json:"emoji_name"`
}

// Store gives the tag as the store knows it.
func (d ForumTagDraft) Store() store.ForumTag {
	return store.ForumTag{ID: d.ID, Name: d.Name, Moderated: d.Moderated.Value, Emoji: storeEmoji(d.EmojiID, d.EmojiName)}
}

// DefaultReactionDraft is a default reaction as clients send it.
type DefaultReactionDraft struct {
	EmojiID   id.ID   `json:"emoji_id"`
	EmojiName *string `json:"emoji_name"`
}

// Store gives the emoji as the store knows it.
func (d DefaultReactionDraft) Store() store.Emoji { return storeEmoji(d.EmojiID, d.EmojiName) }

func storeEmoji(emojiID id.ID, name *string) store.Emoji {
	emoji := store.Emoji{ID: emojiID}
	if name != nil {
		emoji.Name = *name
	}
	return emoji
}
