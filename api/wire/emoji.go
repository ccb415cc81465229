package wire

import (
	"guildhall/store"
	"guildhall/store/id"
)

// Emoji is an emoji of a guild's own. Nothing else than this hall manages one, and all can be used by who may.
type Emoji struct {
	ID            id.ID   `json:"id"`
	Name          string  `json:"name"`
	Roles         []id.ID `json:"roles"`
	User          *User   `json:"user,omitempty"`
	RequireColons bool    `json:"require_colons"`
	Managed       bool    `json:"managed"`
	Animated      bool    `json:"animated"`
	Available     bool    `json:"available"`
}

// NewEmoji shows an emoji, with who made it for those who may know; nil for others.
func NewEmoji(emoji store.GuildEmoji, creator *store.User) Emoji {
	shown := Emoji{ID: emoji.ID, Name: emoji.Name, Roles: list(emoji.RoleIDs), RequireColons: true, Animated: emoji.Animated(), Available: true}
	if creator != nil {
		shown.User = new(NewUser(*creator))
	}
	return shown
}

// NewEmojis shows the emoji of a guild, without who made them.
func NewEmojis(emojis []store.GuildEmoji) []Emoji {
	shown := make([]Emoji, len(emojis))
	for i := range emojis {
		shown[i] = NewEmoji(emojis[i], nil)
	}
	return shown
}

// GuildEmojis is the payload of GUILD_EMOJIS_UPDATE: all that the guild has now.
type GuildEmojis struct {
	GuildID id.ID   `json:"guild_id"`
	Emojis  []Emoji `json:"emojis"`
}

// EmojiDraft is the body of POST /guilds/{guild}/emojis. The image is a data URI.
type EmojiDraft struct {
	Name  string            `json:"name"`
	Image string            `json:"image"`
	Roles Optional[[]id.ID] `json:"roles"`
}

// EmojiPatch is the body of PATCH /guilds/{guild}/emojis/{emoji}.
type EmojiPatch struct {
	Name  Optional[string]  `json:"name"`
	Roles Optional[[]id.ID] `json:"roles"`
}
