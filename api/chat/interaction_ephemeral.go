package chat

import (
	"context"
	"errors"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// whisper answers for the person alone, or promises such an answer.
func (i *Interactions) whisper(ctx context.Context, caller Caller, interaction *store.Interaction, channelID id.ID, draft MessageDraft, promised bool) (event.MessageCreated, error) {
	a, channel, held, err := i.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	if draft.Poll != nil {
		return event.MessageCreated{}, invalid("poll", "BASE_TYPE_BAD_VALUE", "A poll is for everybody.")
	}
	var posted event.MessageCreated
	if promised {
		posted, err = i.messages.promised(ctx, caller, channel)
	} else {
		var job *laneJob
		if job, err = i.messages.compose(ctx, a, channel, held, draft); err == nil {
			posted = job.posted
		}
	}
	if err != nil {
		return event.MessageCreated{}, err
	}
	posted.Message.ID = i.IDs.Next()
	posted.Message.Flags |= store.MessageEphemeral
	if err := i.Store.CreateEphemeralMessage(ctx, store.EphemeralMessage{Message: posted.Message, UserID: interaction.UserID, InteractionID: interaction.ID}); err != nil {
		return event.MessageCreated{}, internal("keep an answer", err)
	}
	i.publish(context.WithoutCancel(ctx), event.EphemeralMessageChanged{UserID: interaction.UserID, Created: &posted})
	return posted, nil
}

// hidden finds an answer for one person that an interaction's application can change: the interaction's own, or the one whose component was used.
func (i *Interactions) hidden(ctx context.Context, interaction *store.Interaction, messageID id.ID) (store.EphemeralMessage, error) {
	own, err := i.Store.EphemeralMessage(ctx, messageID)
	if errors.Is(err, store.ErrNotFound) || err == nil && (own.UserID != interaction.UserID || own.ApplicationID != interaction.ApplicationID) {
		return store.EphemeralMessage{}, fail(UnknownMessage)
	}
	if err != nil {
		return store.EphemeralMessage{}, internal("reading an answer", err)
	}
	return own, nil
}

// author is an application as who wrote one of its messages: its bot, or a webhook of its own.
func (i *Interactions) author(ctx context.Context, caller Caller, channelID, messageID id.ID) (Caller, error) {
	message, err := i.messages.read(ctx, channelID, messageID)
	if err != nil {
		return Caller{}, err
	}
	if usedBy(&message) != caller.UserID {
		return Caller{}, fail(NotAuthor)
	}
	caller.UserID = message.AuthorID
	return caller, nil
}

// edit changes an answer, or the message whose component was used.
func (i *Interactions) edit(ctx context.Context, caller Caller, interaction *store.Interaction, channelID, messageID id.ID, hidden bool, edit MessageEdit) (event.MessageCreated, error) {
	if !hidden {
		as, err := i.author(ctx, caller, channelID, messageID)
		if err != nil {
			return event.MessageCreated{}, err
		}
		return i.messages.Update(ctx, as, channelID, messageID, edit)
	}
	own, err := i.hidden(ctx, interaction, messageID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	a, channel, held, err := i.views.channelAccess(ctx, caller, own.ChannelID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	made, err := i.messages.prepare(ctx, a, channel, held, own.Message, &edit)
	if err != nil {
		return event.MessageCreated{}, err
	}
	stored, err := i.Store.UpdateEphemeralMessage(ctx, messageID, func(current *store.EphemeralMessage) error {
		return edit.apply(&current.Message, &made.updated.Message, made.added, made.at)
	})
	if err := editFailure(err); err != nil {
		return event.MessageCreated{}, err
	}
	made.updated.Message = stored.Message
	if made.updated.Member, err = i.messages.authorMember(ctx, channel.GuildID, stored.AuthorID); err != nil {
		return event.MessageCreated{}, err
	}
	updated := event.MessageUpdated(made.updated)
	i.publish(context.WithoutCancel(ctx), event.EphemeralMessageChanged{UserID: stored.UserID, Updated: &updated})
	return made.updated, nil
}

// unsay deletes an answer that is for one person, with its files.
func (i *Interactions) unsay(ctx context.Context, interaction *store.Interaction, messageID id.ID) error {
	gone, err := i.Store.DeleteEphemeralMessage(ctx, messageID)
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownMessage)
	}
	if err != nil {
		return internal("deleting an answer", err)
	}
	ctx = context.WithoutCancel(ctx)
	i.publish(ctx, event.EphemeralMessageChanged{UserID: interaction.UserID, Deleted: &event.MessageDeleted{MessageID: messageID, ChannelID: gone.ChannelID, GuildID: gone.GuildID}})
	uploadIDs := make([]id.ID, len(gone.Attachments))
	for at := range gone.Attachments {
		uploadIDs[at] = gone.Attachments[at].ID
	}
	if len(uploadIDs) == 0 {
		return nil
	}
	if err := i.Store.DeleteUploads(ctx, uploadIDs); err != nil {
		return internal("letting files go", err)
	}
	i.files.wake()
	return nil
}
