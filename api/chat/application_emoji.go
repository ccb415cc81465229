package chat

import (
	"context"
	"errors"

	"guildhall/store"
	"guildhall/store/id"
)

// maxApplicationEmoji is how many emoji an application can have, as upstream.
const maxApplicationEmoji = 2000

// ApplicationEmoji is an emoji of an application with who made it.
type ApplicationEmoji struct {
	store.ApplicationEmoji
	// Creator is nil when the account is gone.
	Creator *store.User
}

// Emojis gives an application's emoji in ascending order of id, to its owner, the command line and the bot itself.
func (b *Bots) Emojis(ctx context.Context, caller Caller, botID id.ID) ([]ApplicationEmoji, error) {
	if err := b.mayUse(ctx, caller, botID); err != nil {
		return nil, err
	}
	emojis, err := b.Store.ApplicationEmojis(ctx, botID)
	if err != nil {
		return nil, internal("listing an application's emoji", err)
	}
	var creators []id.ID
	for i := range emojis {
		creators = append(creators, emojis[i].CreatorID)
	}
	users, err := b.users.lookupAll(ctx, creators)
	if err != nil {
		return nil, internal("reading the makers of emoji", err)
	}
	shown := make([]ApplicationEmoji, len(emojis))
	for i := range emojis {
		shown[i].ApplicationEmoji = emojis[i]
		if user, known := users[emojis[i].CreatorID]; known {
			shown[i].Creator = &user
		}
	}
	return shown, nil
}

// mayUse asks whether the caller is the bot, or may change it.
func (b *Bots) mayUse(ctx context.Context, caller Caller, botID id.ID) error {
	if caller.Bot && caller.UserID == botID {
		return nil
	}
	return b.mayManage(ctx, caller, botID)
}

// Emoji gives one of an application's emoji.
func (b *Bots) Emoji(ctx context.Context, caller Caller, botID, emojiID id.ID) (ApplicationEmoji, error) {
	if err := b.mayUse(ctx, caller, botID); err != nil {
		return ApplicationEmoji{}, err
	}
	emoji, err := b.Store.ApplicationEmoji(ctx, emojiID)
	if err == nil && emoji.ApplicationID != botID {
		err = store.ErrNotFound
	}
	if err != nil {
		return ApplicationEmoji{}, applicationEmojiFailure("reading an emoji", err)
	}
	return b.withCreator(ctx, emoji), nil
}

func (b *Bots) withCreator(ctx context.Context, emoji store.ApplicationEmoji) ApplicationEmoji {
	shown := ApplicationEmoji{ApplicationEmoji: emoji}
	if user, err := b.users.lookup(ctx, emoji.CreatorID); err == nil {
		shown.Creator = &user
	}
	return shown
}

// CreateEmoji makes an emoji of an application's own; the picture is a data URI as for a guild's.
func (b *Bots) CreateEmoji(ctx context.Context, caller Caller, botID id.ID, name, image string) (made ApplicationEmoji, err error) {
	if err := b.mayUse(ctx, caller, botID); err != nil {
		return ApplicationEmoji{}, err
	}
	if err := checkEmojiName(name); err != nil {
		return ApplicationEmoji{}, err
	}
	if image == "" {
		return ApplicationEmoji{}, invalid("image", "BASE_TYPE_REQUIRED", "This field is required.")
	}
	taken, err := b.files.takePictures(ctx, map[string]PictureChange{"image": &image}, map[string]pictureBounds{"image": emojiPicture})
	if err != nil {
		return ApplicationEmoji{}, err
	}
	defer func() { taken.settle(ctx, err) }()
	emoji := store.ApplicationEmoji{ID: b.IDs.Next(), ApplicationID: botID, CreatorID: caller.UserID, Name: name}
	taken.set("image", &emoji.Picture)
	if emoji, err = b.Store.CreateApplicationEmoji(context.WithoutCancel(ctx), emoji, maxApplicationEmoji); err != nil {
		return ApplicationEmoji{}, applicationEmojiFailure("making an emoji", err)
	}
	return b.withCreator(ctx, emoji), nil
}

// RenameEmoji gives an emoji of an application another name.
func (b *Bots) RenameEmoji(ctx context.Context, caller Caller, botID, emojiID id.ID, name string) (ApplicationEmoji, error) {
	if err := b.mayUse(ctx, caller, botID); err != nil {
		return ApplicationEmoji{}, err
	}
	if err := checkEmojiName(name); err != nil {
		return ApplicationEmoji{}, err
	}
	emoji, err := b.Store.RenameApplicationEmoji(ctx, botID, emojiID, name)
	if err != nil {
		return ApplicationEmoji{}, applicationEmojiFailure("renaming an emoji", err)
	}
	return b.withCreator(ctx, emoji), nil
}

// DeleteEmoji deletes an emoji of an application. What was reacted with it stays.
func (b *Bots) DeleteEmoji(ctx context.Context, caller Caller, botID, emojiID id.ID) error {
	if err := b.mayUse(ctx, caller, botID); err != nil {
		return err
	}
	if _, err := b.Store.DeleteApplicationEmoji(ctx, botID, emojiID); err != nil {
		return applicationEmojiFailure("deleting an emoji", err)
	}
	b.files.wake()
	return nil
}

func applicationEmojiFailure(doing string, err error) error {
	if _, full := errors.AsType[*store.LimitError](err); full {
		return &Error{Kind: MaxEmoji, Message: "Maximum number of emojis reached (2000)"}
	}
	if _, taken := errors.AsType[*store.ConflictError](err); taken {
		return invalid("name", "APPLICATION_EMOJI_NAME_ALREADY_TAKEN", "The application has an emoji of this name.")
	}
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownEmoji)
	}
	return internal(doing, err)
}
