package wire

import "guildhall/store"

// ApplicationEmojis is the list of an application's emoji.
type ApplicationEmojis struct {
	Items []Emoji `json:"items"`
}

// NewApplicationEmoji shows an emoji of an application's own, with who made it; nil when the account is gone. Whoever has it can use it everywhere: it is for no roles.
func NewApplicationEmoji(emoji store.ApplicationEmoji, creator *store.User) Emoji {
	return NewEmoji(store.GuildEmoji{ID: emoji.ID, Name: emoji.Name, Picture: emoji.Picture}, creator)
}

// ApplicationEmojiDraft is the body of POST /applications/{application}/emojis. The image is a data URI.
type ApplicationEmojiDraft struct {
	Name  string `json:"name"`
	Image string `json:"image"`
}

// ApplicationEmojiPatch is the body of PATCH /applications/{application}/emojis/{emoji}.
type ApplicationEmojiPatch struct {
	Name string `json:"name"`
}
