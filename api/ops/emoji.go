package ops

import (
	"context"
	"encoding/base64"

	"guildhall/api/chat"
	"guildhall/store/id"
)

// The inputs and outputs of the commands about the emoji of guilds.
type (
	// EmojiList names the guild whose emoji are asked for.
	EmojiList struct {
		Guild id.ID `json:"guild"`
	}
	// EmojiAdd asks for an emoji. Image are the bytes of its picture, in base64.
	EmojiAdd struct {
		Guild  id.ID  `json:"guild"`
		Name   string `json:"name"`
		Image  []byte `json:"image"`
		Reason string `json:"reason,omitempty"`
	}
	// EmojiRemove names an emoji that is to go.
	EmojiRemove struct {
		Guild  id.ID  `json:"guild"`
		Emoji  id.ID  `json:"emoji"`
		Reason string `json:"reason,omitempty"`
	}
	// Emoji is an emoji of a guild as the command line shows it. By is empty for those that the command line made.
	Emoji struct {
		ID       id.ID   `json:"id"`
		Name     string  `json:"name"`
		Animated bool    `json:"animated"`
		Roles    []id.ID `json:"roles"`
		By       string  `json:"by"`
	}
)

// The names of the commands about the emoji of guilds.
const (
	CommandEmojiList   = "guild.emoji.list"
	CommandEmojiAdd    = "guild.emoji.add"
	CommandEmojiRemove = "guild.emoji.remove"
)

func (h *hallCommands) registerEmojis(commands *Commands) {
	Register(commands, CommandEmojiList, h.emojiList)
	Register(commands, CommandEmojiAdd, h.emojiAdd)
	Register(commands, CommandEmojiRemove, h.emojiRemove)
}

func describeEmoji(emoji chat.GuildEmoji) Emoji {
	shown := Emoji{ID: emoji.ID, Name: emoji.Name, Animated: emoji.Animated(), Roles: append([]id.ID{}, emoji.RoleIDs...)}
	if emoji.Creator != nil {
		shown.By = emoji.Creator.Username
	}
	return shown
}

func (h *hallCommands) emojiList(ctx context.Context, input EmojiList) ([]Emoji, error) {
	emojis, err := h.Emojis.List(ctx, console, input.Guild)
	if err != nil {
		return nil, err
	}
	shown := make([]Emoji, len(emojis))
	for i, emoji := range emojis {
		shown[i] = describeEmoji(emoji)
	}
	return shown, nil
}

func (h *hallCommands) emojiAdd(ctx context.Context, input EmojiAdd) (Emoji, error) {
	caller, err := consoleFor(input.Reason)
	if err != nil {
		return Emoji{}, err
	}
	// What the picture is, is found out from its bytes.
	image := "data:image/png;base64," + base64.StdEncoding.EncodeToString(input.Image)
	emoji, err := h.Emojis.Create(ctx, caller, input.Guild, chat.EmojiDraft{Name: input.Name, Image: image})
	if err != nil {
		return Emoji{}, err
	}
	return describeEmoji(emoji), nil
}

func (h *hallCommands) emojiRemove(ctx context.Context, input EmojiRemove) (Emoji, error) {
	caller, err := consoleFor(input.Reason)
	if err != nil {
		return Emoji{}, err
	}
	emoji, err := h.Emojis.Get(ctx, caller, input.Guild, input.Emoji)
	if err != nil {
		return Emoji{}, err
	}
	return describeEmoji(emoji), h.Emojis.Delete(ctx, caller, input.Guild, input.Emoji)
}
