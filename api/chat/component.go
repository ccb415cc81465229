package chat

import (
	"bytes"
	"strings"

	"guildhall/api/chat/component"
	"guildhall/store"
)

// hasComponents tells whether there is something in a list of components.
func hasComponents(raw []byte) bool {
	trimmed := bytes.TrimSpace(raw)
	return len(trimmed) > 0 && !bytes.Equal(trimmed, []byte("null")) && !(trimmed[0] == '[' && len(bytes.TrimSpace(trimmed[1:])) == 1)
}

// giveComponents checks the components that a message is to have in place of others, and gives them to it. Of guilds' own emoji they can show the given ones; nil asks after none. Only bots have some: what becomes of them is theirs to say.
func giveComponents(caller Caller, message *store.Message, raw []byte, emojis usedEmojis) error {
	layout := message.Flags&store.MessageIsLayout != 0
	if layout && (message.Content != "" || len(message.Embeds) > 0 || message.Poll != nil) {
		return invalid("flags", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "A message with IS_COMPONENTS_V2 has no content, embeds or poll.")
	}
	if !hasComponents(raw) {
		if layout {
			return fail(EmptyMessage)
		}
		message.Components = nil
		return nil
	}
	if !caller.Bot {
		return &Error{Kind: NotSupported, Message: "Only bots give components to messages."}
	}
	files := make([]string, len(message.Attachments))
	for i := range message.Attachments {
		files[i] = message.Attachments[i].Filename
	}
	shown := component.Message{Layout: layout, Files: files}
	if emojis != nil {
		shown.Emoji = emojis.use
	}
	kept, _, problems := component.Read(raw, shown)
	if problems == nil {
		message.Components = kept
		return nil
	}
	var wrong fieldErrors
	for _, problem := range problems {
		wrong.add(problem.Path, problem.Code, "%s", problem.Message)
	}
	return wrong.err()
}

// applyComponents gives an edited message the components that the edit says. What has a layout keeps it.
func (e *MessageEdit) applyComponents(current *store.Message) error {
	raw := current.Components
	switch {
	case e.Components != nil:
		raw = *e.Components
	case current.Flags&store.MessageIsLayout == 0:
		return nil
	}
	return giveComponents(Caller{Bot: e.bot || e.Components == nil}, current, raw, e.emojis)
}

// saidText is what a message says: its content, or the texts of its layout.
func saidText(message *store.Message) string {
	if message.Flags&store.MessageIsLayout == 0 {
		return message.Content
	}
	files := make([]string, len(message.Attachments))
	for i := range message.Attachments {
		files[i] = message.Attachments[i].Filename
	}
	_, texts, _ := component.Read(message.Components, component.Message{Layout: true, Files: files})
	return strings.Join(texts, "\n")
}
