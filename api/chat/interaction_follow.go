package chat

import (
	"context"
	"errors"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// OpenInteraction is an interaction that was answered and that its application can say more about: for a quarter of an hour, with its token.
type OpenInteraction struct {
	interactions *Interactions
	interaction  store.Interaction
	caller       Caller
}

// Open finds an interaction by its token. Nobody learns from it whether another application has one: a token that is not good, not good any more or another application's is InvalidWebhookToken; UnknownWebhook is for one that
// was not answered yet.
func (i *Interactions) Open(ctx context.Context, applicationID id.ID, token string) (*OpenInteraction, error) {
	interactionID, is := parseInteractionToken(token)
	if !is {
		return nil, fail(InvalidWebhookToken)
	}
	interaction, err := i.answered(ctx, interactionID, token)
	if err != nil {
		return nil, err
	}
	if interaction.ApplicationID != applicationID {
		return nil, fail(InvalidWebhookToken)
	}
	caller, err := i.caller(ctx, &interaction)
	if err != nil {
		return nil, err
	}
	origin := interaction.Origin
	origin.ResponseID = interaction.ResponseID
	caller.hook.answer, caller.hook.answerType = &origin, store.MessageDefault
	return &OpenInteraction{interactions: i, interaction: interaction, caller: caller}, nil
}

// Caller is who says more, ChannelID where.
func (o *OpenInteraction) Caller() Caller { return o.caller }

// ChannelID is where the interaction was.
func (o *OpenInteraction) ChannelID() id.ID { return o.interaction.ChannelID }

// place is where a message is: where the interaction was, or in a thread there.
func (o *OpenInteraction) place(threadID id.ID) id.ID {
	if threadID != 0 {
		return threadID
	}
	return o.interaction.ChannelID
}

// errFilled says that a promised answer was given by somebody else just now.
var errFilled = &Error{Kind: AlreadyAcknowledged, Message: "The promised answer was given already."}

// Post says one thing more. The first after a promise is the promised answer.
func (o *OpenInteraction) Post(ctx context.Context, threadID id.ID, draft MessageDraft, hidden bool) (event.MessageCreated, error) {
	if draft.Reference != nil {
		return event.MessageCreated{}, invalid("message_reference", "BASE_TYPE_BAD_VALUE", "Answers to interactions do not reply.")
	}
	if posted, filled, err := o.fill(ctx, &draft); filled || err != nil {
		return posted, err
	}
	i := o.interactions
	if hidden {
		return i.whisper(ctx, o.caller, &o.interaction, o.place(threadID), draft, false)
	}
	return i.messages.Create(ctx, o.caller, o.place(threadID), draft)
}

// fill makes a draft the promised answer, if one is waited for.
func (o *OpenInteraction) fill(ctx context.Context, draft *MessageDraft) (posted event.MessageCreated, filled bool, err error) {
	i, at := o.interactions, &o.interaction
	if at.ResponseID == 0 {
		return posted, false, nil
	}
	var flags store.MessageFlags
	if at.ResponseHidden {
		own, err := i.Store.EphemeralMessage(ctx, at.ResponseID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return posted, false, internal("reading an answer", err)
		}
		flags = own.Flags
	} else {
		message, err := i.messages.read(ctx, at.ChannelID, at.ResponseID)
		if err != nil && KindOf(err) != UnknownMessage {
			return posted, false, err
		}
		flags = message.Flags
	}
	if flags&store.MessageLoading == 0 {
		return posted, false, nil
	}
	if draft.Poll != nil {
		return posted, false, invalid("poll", "BASE_TYPE_BAD_VALUE", "What was promised cannot be a poll.")
	}
	edit := MessageEdit{Content: &draft.Content, Embeds: &draft.Embeds, Added: draft.Attachments, AllowedMentions: draft.AllowedMentions, fillsOnly: true}
	if draft.Components != nil {
		edit.Components = &draft.Components
	}
	if draft.Flags != 0 {
		wanted := draft.Flags | flags
		edit.Flags = &wanted
	}
	posted, err = i.edit(ctx, o.caller, at, at.ChannelID, at.ResponseID, at.ResponseHidden, edit)
	if errors.Is(err, errFilled) {
		return posted, false, nil
	}
	return posted, true, err
}

// find tells which of an interaction's answers is meant (zero: the first), and whether it is hidden.
func (o *OpenInteraction) find(ctx context.Context, threadID, messageID id.ID) (channelID, found id.ID, hidden bool, err error) {
	i, at := o.interactions, &o.interaction
	if messageID == 0 || messageID == at.ResponseID {
		if at.ResponseID == 0 {
			return 0, 0, false, fail(UnknownMessage)
		}
		return at.ChannelID, at.ResponseID, at.ResponseHidden, nil
	}
	own, err := i.Store.EphemeralMessage(ctx, messageID)
	if err == nil && own.InteractionID == at.ID {
		return own.ChannelID, messageID, true, nil
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return 0, 0, false, internal("reading an answer", err)
	}
	channelID = o.place(threadID)
	message, err := i.messages.read(ctx, channelID, messageID)
	if err == nil && (message.Interaction == nil || message.Interaction.ID != at.ID) {
		err = fail(UnknownMessage)
	}
	return channelID, messageID, false, err
}

// Get gives an answer; zero means the first.
func (o *OpenInteraction) Get(ctx context.Context, threadID, messageID id.ID) (event.MessageCreated, error) {
	channelID, found, hidden, err := o.find(ctx, threadID, messageID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	i := o.interactions
	if !hidden {
		return i.messages.Get(ctx, o.caller, channelID, found)
	}
	own, err := i.hidden(ctx, &o.interaction, found)
	if err != nil {
		return event.MessageCreated{}, err
	}
	_, channel, _, err := i.views.channelAccess(ctx, o.caller, channelID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	return i.messages.completeOne(ctx, channel, own.Message)
}

// Update edits an answer, or gives the promised one; zero means the first.
func (o *OpenInteraction) Update(ctx context.Context, threadID, messageID id.ID, edit MessageEdit) (event.MessageCreated, error) {
	channelID, found, hidden, err := o.find(ctx, threadID, messageID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	edit.fills = true
	return o.interactions.edit(ctx, o.caller, &o.interaction, channelID, found, hidden, edit)
}

// Delete deletes an answer; zero means the first.
func (o *OpenInteraction) Delete(ctx context.Context, threadID, messageID id.ID) error {
	channelID, found, hidden, err := o.find(ctx, threadID, messageID)
	if err != nil {
		return err
	}
	i := o.interactions
	if !hidden {
		as, err := i.author(ctx, o.caller, channelID, found)
		if err != nil {
			return err
		}
		return i.messages.Delete(ctx, as, channelID, found)
	}
	if _, err := i.hidden(ctx, &o.interaction, found); err != nil {
		return err
	}
	return i.unsay(ctx, &o.interaction, found)
}
