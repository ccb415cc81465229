package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"unicode/utf8"

	"guildhall/api/chat/component"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// The types of answers to interactions, with the numbers of the wire contract.
const (
	AnswerMessage       = 4
	AnswerLater         = 5
	AnswerEditLater     = 6
	AnswerEdit          = 7
	AnswerChoices       = 8
	AnswerModal         = 9
	maxChoices          = 25
	maxChoiceText       = 100
	greatestWholeNumber = 1 << 53
	optionWholeNumber   = 4
	optionNumber        = 10
	optionText          = 3
)

// InteractionAnswer is what an application answers an interaction with first.
type InteractionAnswer struct {
	Type int
	// Message is for AnswerMessage, Edit for AnswerEdit. Hidden makes the answer, or the one that is promised, one for the person alone.
	Message MessageDraft
	Edit    MessageEdit
	Hidden  bool
	// Choices are what is offered to who fills in an option, as the wire's JSON list.
	Choices []byte
	// Modal is a form to be filled in; its components are as they were sent.
	Modal event.Modal
}

// AnsweredInteraction is what came of an answer.
type AnsweredInteraction struct {
	ID id.ID
	// Kind is the type of the interaction, Type that of the answer.
	Kind, Type int
	// Message is the one that answers, or that was changed; nil for none. Hidden and Loading tell that it is for one person, and promised only.
	Message         *event.MessageCreated
	Hidden, Loading bool
}

// answerKinds are the kinds of interactions that a type of answer is for.
var answerKinds = map[int][]int{
	AnswerMessage:   {event.InteractionCommand, event.InteractionComponent, event.InteractionModal},
	AnswerLater:     {event.InteractionCommand, event.InteractionComponent, event.InteractionModal},
	AnswerEditLater: {event.InteractionComponent, event.InteractionModal},
	AnswerEdit:      {event.InteractionComponent, event.InteractionModal},
	AnswerChoices:   {event.InteractionAutocomplete},
	AnswerModal:     {event.InteractionCommand, event.InteractionComponent},
}

// fits makes sure that an answer of a type can be given to an interaction.
func (t *Turn) fits(answerType int) error {
	editing := answerType == AnswerEditLater || answerType == AnswerEdit
	for _, kind := range answerKinds[answerType] {
		if kind == t.pending.Kind && (!editing || t.pending.MessageID != 0) {
			return nil
		}
	}
	return invalid("type", "BASE_TYPE_CHOICES", "This interaction cannot be answered so.")
}

// Answer gives an interaction its first answer. What is refused leaves the turn to who answers again in time.
func (t *Turn) Answer(ctx context.Context, answer InteractionAnswer) (AnsweredInteraction, error) {
	i := t.interactions
	done := AnsweredInteraction{ID: t.pending.ID, Kind: t.pending.Kind, Type: answer.Type}
	if t.used {
		return done, fail(AlreadyAcknowledged)
	}
	if err := t.fits(answer.Type); err != nil {
		return done, err
	}
	var err error
	stage := event.InteractionProgressed{Stage: event.InteractionSucceeded}
	switch answer.Type {
	case AnswerMessage, AnswerLater:
		err = t.say(ctx, &answer, &done)
	case AnswerEditLater:
		t.pending.ResponseID, t.pending.ResponseHidden = t.pending.MessageID, t.pending.MessageHidden
	case AnswerEdit:
		t.pending.ResponseID, t.pending.ResponseHidden = t.pending.MessageID, t.pending.MessageHidden
		var edited event.MessageCreated
		edited, err = i.edit(ctx, t.caller, &t.pending.Interaction, t.pending.ChannelID, t.pending.MessageID, t.pending.MessageHidden, answer.Edit)
		done.Message, done.Hidden = &edited, t.pending.MessageHidden
	case AnswerChoices:
		stage.Stage = event.InteractionChoices
		stage.Choices, err = readChoices(answer.Choices, t.pending.OptionType)
	case AnswerModal:
		stage.Stage = event.InteractionModalShown
		stage.Modal, err = t.show(ctx, answer.Modal)
	}
	if err != nil {
		return done, err
	}
	t.used = true
	ctx = context.WithoutCancel(ctx)
	i.stopWaiting(t.pending.ID)
	if t.pending.Kind != event.InteractionAutocomplete {
		if err := i.Store.CreateInteraction(ctx, t.pending.Interaction); err != nil {
			return done, internal("keep an interaction", err)
		}
	}
	i.progress(ctx, &t.pending, stage)
	return done, nil
}

// say answers with a message, or promises one.
func (t *Turn) say(ctx context.Context, answer *InteractionAnswer, done *AnsweredInteraction) error {
	i, draft := t.interactions, answer.Message
	draft.Reference = nil
	if t.pending.MessageID != 0 && !t.pending.MessageHidden && !answer.Hidden {
		draft.Reference = &ReferenceDraft{MessageID: t.pending.MessageID}
	}
	done.Loading, done.Hidden = answer.Type == AnswerLater, answer.Hidden
	var posted event.MessageCreated
	var err error
	switch {
	case answer.Hidden:
		posted, err = i.whisper(ctx, t.caller, &t.pending.Interaction, t.pending.ChannelID, draft, done.Loading)
	case done.Loading:
		posted, err = i.messages.promise(ctx, t.caller, t.pending.ChannelID, draft.Reference)
	default:
		posted, err = i.messages.Create(ctx, t.caller, t.pending.ChannelID, draft)
	}
	if err != nil {
		return err
	}
	done.Message = &posted
	t.pending.ResponseID, t.pending.ResponseHidden = posted.Message.ID, answer.Hidden
	return nil
}

// Receive takes in a file for an answer.
func (t *Turn) Receive(ctx context.Context, caller Caller, channelID id.ID, name string, content io.Reader) (id.ID, error) {
	return t.interactions.Receive(ctx, caller, channelID, name, content)
}

// Receive takes in a file for an answer of an application that has entered.
func (i *Interactions) Receive(ctx context.Context, caller Caller, channelID id.ID, name string, content io.Reader) (id.ID, error) {
	uploadID, err := i.files.Receive(ctx, caller, channelID, name, content)
	if err == nil {
		caller.hook.brought = append(caller.hook.brought, uploadID)
	}
	return uploadID, err
}

// promise posts a message that an application will fill later.
func (m *Messages) promise(ctx context.Context, caller Caller, channelID id.ID, reference *ReferenceDraft) (event.MessageCreated, error) {
	a, channel, held, err := m.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	if err := mayPost(a, channel, held); err != nil {
		return event.MessageCreated{}, err
	}
	if err := m.mayWriteTo(ctx, caller, channel); err != nil {
		return event.MessageCreated{}, err
	}
	posted, err := m.promised(ctx, caller, channel)
	if err != nil {
		return event.MessageCreated{}, err
	}
	if err := m.refer(ctx, caller, &posted, reference, held); err != nil {
		return event.MessageCreated{}, err
	}
	job := &laneJob{manages: true, held: held, posted: posted}
	if err := m.lanes.do(ctx, channel.ID, job); err != nil {
		return event.MessageCreated{}, err
	}
	return job.posted, nil
}

// promised is a message that an application will fill later.
func (m *Messages) promised(ctx context.Context, caller Caller, channel *store.Channel) (event.MessageCreated, error) {
	author, err := m.author(ctx, caller)
	if err != nil {
		return event.MessageCreated{}, err
	}
	posted := event.MessageCreated{
		Message: store.Message{ChannelID: channel.ID, GuildID: channel.GuildID, AuthorID: caller.UserID, Flags: store.MessageLoading}, Author: author, ChannelType: channel.Type,
	}
	return posted, m.postAs(ctx, caller.hook, caller.UserID, &posted)
}

// show opens a form for the person.
func (t *Turn) show(ctx context.Context, modal event.Modal) (*event.Modal, error) {
	i := t.interactions
	_, channel, held, err := i.views.channelAccess(ctx, t.caller, t.pending.ChannelID)
	if err != nil {
		return nil, err
	}
	var failure error
	kept, problems := component.ReadModal(modal.CustomID, modal.Title, modal.Components, func(emoji component.Emoji) (component.Emoji, bool) {
		if emoji.ID == nil {
			return emoji, true
		}
		emojiID, err := id.Parse(*emoji.ID)
		if err != nil {
			return emoji, false
		}
		used, err := i.views.useEmoji(ctx, t.caller, channel.GuildID, emojiID, held)
		if KindOf(err) == Internal && err != nil {
			failure = err
		}
		return component.Emoji{ID: emoji.ID, Name: used.Name, Animated: used.Animated}, err == nil
	})
	if failure != nil {
		return nil, failure
	}
	if problems != nil {
		return nil, componentProblems(problems)
	}
	modal.Components = kept
	form := shownModal{
		CustomID: modal.CustomID, Components: kept, UserID: t.pending.UserID, ApplicationID: t.pending.ApplicationID, ChannelID: t.pending.ChannelID, Trigger: t.pending.Origin.InteractionOrigin,
		MessageID: t.pending.MessageID,
	}
	return &modal, i.put(ctx, interactionModalKey(t.pending.ID), form, interactionMemory)
}

// readChoices checks what an application offers to who fills in an option of a type, and gives it as it is told.
func readChoices(raw []byte, optionType int) ([]byte, error) {
	var choices []struct {
		Name          string            `json:"name"`
		Localizations map[string]string `json:"name_localizations,omitempty"`
		Value         json.RawMessage   `json:"value"`
	}
	if err := json.Unmarshal(raw, &choices); err != nil {
		return nil, invalid("data.choices", "BASE_TYPE_BAD_TYPE", "Must be a list of choices.")
	}
	var wrong fieldErrors
	if len(choices) > maxChoices {
		wrong.length("data.choices", 0, maxChoices)
	}
	for at, choice := range choices {
		path := fmt.Sprintf("data.choices.%d.", at)
		if length := utf8.RuneCountInString(choice.Name); length < 1 || length > maxChoiceText || !utf8.ValidString(choice.Name) {
			wrong.length(path+"name", 1, maxChoiceText)
		}
		if !choiceFits(choice.Value, optionType) {
			wrong.add(path+"value", "BASE_TYPE_BAD_VALUE", "Must be a value that the option can have.")
		}
	}
	if err := wrong.err(); err != nil {
		return nil, err
	}
	if choices == nil {
		return []byte("[]"), nil
	}
	text, err := json.Marshal(choices)
	if err != nil {
		return nil, internal("write choices", err)
	}
	return text, nil
}

// choiceFits tells whether an option of a type can have a value.
func choiceFits(value json.RawMessage, optionType int) bool {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return optionType == optionText && utf8.RuneCountInString(text) <= maxChoiceText
	}
	var number float64
	if json.Unmarshal(value, &number) != nil || len(value) == 0 || value[0] == 'n' {
		return false
	}
	return optionType == optionNumber || optionType == optionWholeNumber && number == math.Trunc(number) && math.Abs(number) <= greatestWholeNumber
}
