package chat

import (
	"context"
	"slices"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
)

// forward makes a message the forward of another that its draft wishes. The caller must be able to read that one where it is; what it says is copied, so that readers
// need not be. Who forwards a forward passes on what was forwarded first.
func (m *Messages) forward(ctx context.Context, caller Caller, posted *event.MessageCreated, reference *ReferenceDraft, held perm.Set) error {
	if reference.ChannelID == 0 {
		return invalid("message_reference.channel_id", "BASE_TYPE_REQUIRED", "This field is required.")
	}
	channel, err := m.readable(ctx, caller, reference.ChannelID)
	if err != nil {
		return err
	}
	if reference.GuildID != 0 && reference.GuildID != channel.GuildID {
		return invalid("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message.")
	}
	original, err := m.read(ctx, reference.ChannelID, reference.MessageID)
	if KindOf(err) == UnknownMessage {
		return invalid("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message.")
	}
	if err != nil {
		return err
	}
	if original.Type != store.MessageDefault && original.Type != store.MessageReply {
		return fail(SystemMessage)
	}
	if original.Poll != nil {
		return &Error{Kind: PollFixed, Message: "A poll cannot be forwarded."}
	}
	snapshot := m.snapshotOf(&original)
	if len(snapshot.Attachments) > 0 {
		if err := need(held, perm.AttachFiles); err != nil {
			return err
		}
	}
	if len(snapshot.Embeds) > 0 {
		if err := need(held, perm.EmbedLinks); err != nil {
			return err
		}
	}
	message := &posted.Message
	message.Flags |= store.MessageHasSnapshot
	message.Reference = &store.MessageReference{MessageID: original.ID, ChannelID: original.ChannelID, GuildID: original.GuildID, Snapshot: snapshot}
	users, err := m.users.lookupAll(ctx, snapshot.Mentions)
	if err != nil {
		return internal("reading accounts mentioned in a forwarded message", err)
	}
	posted.SnapshotMentioned = usersAmong(users, snapshot.Mentions)
	return nil
}

// snapshotOf copies what a message says. Its files become the forward's own: they stay when the other message goes.
func (m *Messages) snapshotOf(message *store.Message) *store.MessageSnapshot {
	snapshot := store.MessageSnapshot{
		Type: message.Type, Content: message.Content, SentAt: message.ID.Time(), EditedAt: message.EditedAt, Flags: message.Flags & (store.MessageSuppressEmbeds | store.MessageIsVoice),
		Mentions: slices.Clone(message.Mentions), MentionRoles: slices.Clone(message.MentionRoles), Embeds: slices.Clone(message.Embeds), Attachments: message.Attachments,
	}
	if message.Forwards() {
		snapshot = *message.Reference.Snapshot
	}
	snapshot.Attachments = slices.Clone(snapshot.Attachments)
	for i := range snapshot.Attachments {
		snapshot.Attachments[i].ID = m.IDs.Next()
	}
	return &snapshot
}

// checkForward refuses words of the author's own beside a forwarded message: it goes as it is.
func (d *MessageDraft) checkForward() error {
	if d.Content != "" {
		return invalid("content", "BASE_TYPE_BAD_VALUE", "A forwarded message cannot have content of its own.")
	}
	if d.Poll != nil {
		return invalid("poll", "BASE_TYPE_BAD_VALUE", "A forwarded message cannot have a poll of its own.")
	}
	if len(d.Attachments) > 0 {
		return invalid("attachments", "BASE_TYPE_BAD_VALUE", "A forwarded message cannot have files of its own.")
	}
	if len(d.Embeds) > 0 {
		return invalid("embeds", "BASE_TYPE_BAD_VALUE", "A forwarded message cannot have embeds of its own.")
	}
	return nil
}
