package store

import (
	"context"

	"guildhall/store/id"
)

// GuildEmoji is an emoji of a guild's own: what Emoji names where somebody uses it.
type GuildEmoji struct {
	ID      id.ID
	GuildID id.ID
	// CreatorID is who made it; zero for the command line. The account may be gone.
	CreatorID id.ID
	// Name has 2 to 32 letters, digits and underscores. Several may have the same.
	Name string
	// RoleIDs are the roles of which somebody must hold one to use the emoji, ascending; none: everybody may.
	RoleIDs []id.ID
	// Picture is what it looks like; it stays as it is.
	Picture *Picture
}

// Animated tells whether the picture moves.
func (e *GuildEmoji) Animated() bool { return e.Picture != nil && e.Picture.Animated }

// Emoji is how the emoji is named where it is used.
func (e *GuildEmoji) Emoji() Emoji { return Emoji{ID: e.ID, Name: e.Name, Animated: e.Animated()} }

// Emojis keeps the emoji of guilds. A deleted role leaves their lists of roles: the last one leaves the emoji to everybody. What people reacted with stays when the emoji is deleted.
type Emojis interface {
	// CreateEmoji stores an emoji and names the bytes of its picture (see Picture). ErrNotFound when its guild does not exist, or one of the roles is not the guild's; a *LimitError when the guild has most emoji that move,
	// or that do not, as this one does, already. In the result the picture has the key that its bytes are kept under.
	CreateEmoji(ctx context.Context, emoji GuildEmoji, most int) (GuildEmoji, error)
	Emoji(ctx context.Context, emojiID id.ID) (GuildEmoji, error)
	// GuildEmojis gives a guild's emoji in ascending order of id.
	GuildEmojis(ctx context.Context, guildID id.ID) ([]GuildEmoji, error)
	// UpdateEmoji applies change to the name and the roles of an emoji, atomically (see UpdateUser for the rules of change); the rest stays. ErrNotFound also when one of the roles is
	// not the guild's.
	UpdateEmoji(ctx context.Context, guildID, emojiID id.ID, change func(*GuildEmoji) error) (GuildEmoji, error)
	// DeleteEmoji deletes an emoji, lets go of its picture, and gives what it was.
	DeleteEmoji(ctx context.Context, guildID, emojiID id.ID) (GuildEmoji, error)
}
