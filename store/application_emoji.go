package store

import (
	"context"

	"guildhall/store/id"
)

// ApplicationEmoji is an emoji of an application's own, which its bot can use everywhere and nobody else can.
type ApplicationEmoji struct {
	ID, ApplicationID id.ID
	// CreatorID is who made it: the application's owner, or the bot itself. The account may be gone.
	CreatorID id.ID
	// Name has 2 to 32 letters, digits and underscores; an application has no two of one name.
	Name string
	// Picture is what it looks like; it stays as it is.
	Picture *Picture
}

// Animated tells whether the picture moves.
func (e *ApplicationEmoji) Animated() bool { return e.Picture != nil && e.Picture.Animated }

// Emoji is how the emoji is named where it is used.
func (e *ApplicationEmoji) Emoji() Emoji {
	return Emoji{ID: e.ID, Name: e.Name, Animated: e.Animated()}
}

// ApplicationEmojis keeps the emoji of applications. They go with their application.
type ApplicationEmojis interface {
	// CreateApplicationEmoji stores an emoji and names the bytes of its picture (see Picture). ErrNotFound when there is no such application; a *ConflictError ("name"); a *LimitError when the
	// application has most of them already. In the result the picture has the key that its bytes are kept under.
	CreateApplicationEmoji(ctx context.Context, emoji ApplicationEmoji, most int) (ApplicationEmoji, error)
	ApplicationEmoji(ctx context.Context, emojiID id.ID) (ApplicationEmoji, error)
	// ApplicationEmojis gives an application's emoji in ascending order of id.
	ApplicationEmojis(ctx context.Context, applicationID id.ID) ([]ApplicationEmoji, error)
	// RenameApplicationEmoji gives an emoji another name. A *ConflictError ("name").
	RenameApplicationEmoji(ctx context.Context, applicationID, emojiID id.ID, name string) (ApplicationEmoji, error)
	// DeleteApplicationEmoji deletes an emoji, lets go of its picture, and gives what it was.
	DeleteApplicationEmoji(ctx context.Context, applicationID, emojiID id.ID) (ApplicationEmoji, error)
}
