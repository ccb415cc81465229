package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"guildhall/api/chat"
	"guildhall/api/chat/command"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

func (a *api) interactionRoutes() []route.Route {
	body := a.Files.Limits().RequestBytes
	return []route.Route{
		{Method: "POST", Pattern: "/interactions", Access: route.PeopleOnly, Handle: a.useInteraction},
		{Method: "POST", Pattern: "/interactions/{interaction}/{token}/callback", Access: route.Public, Limit: a.limits.Interaction, Body: body, Handle: a.answerInteraction},
	}
}

// useInteraction takes what a person does with an application. What comes of it they are told by the gateway.
func (a *api) useInteraction(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.InteractionUse](r)
	if err != nil {
		return err
	}
	// Files were uploaded to the channel before.
	use, err := takeUse(&body, a.receiveInto(r, body.ChannelID))
	if err != nil {
		return err
	}
	if err := a.Interactions.Use(r.Context(), r.Caller, use); err != nil {
		return err
	}
	return route.NoContent(w)
}

// takeUse reads what a person does with an application.
func takeUse(body *wire.InteractionUse, files *received) (use chat.InteractionUse, err error) {
	use = chat.InteractionUse{Kind: body.Type, ApplicationID: body.ApplicationID, ChannelID: body.ChannelID, SessionID: body.SessionID}
	if body.GuildID != nil {
		use.GuildID = *body.GuildID
	}
	if body.MessageID != nil {
		use.MessageID = *body.MessageID
	}
	if body.Nonce != nil {
		use.Nonce = body.Nonce.Stored()
	}
	switch body.Type {
	case event.InteractionCommand, event.InteractionAutocomplete:
		data, err := route.DecodeAt[wire.CommandUse]("data", body.Data)
		if err != nil {
			return use, err
		}
		if err := takeUploads(&use, data.Attachments, files); err != nil {
			return use, err
		}
		use.Command = &chat.CommandUse{ID: data.ID, Options: givenOptions(data.Options, use.Uploads)}
		if data.TargetID != nil {
			use.Command.TargetID = *data.TargetID
		}
	case event.InteractionComponent:
		data, err := route.DecodeAt[wire.ComponentUse]("data", body.Data)
		if err != nil {
			return use, err
		}
		use.ComponentType, use.CustomID, use.Values = data.ComponentType, data.CustomID, data.Values
	case event.InteractionModal:
		data, err := route.DecodeAt[wire.ModalUse]("data", body.Data)
		if err != nil {
			return use, err
		}
		use.ModalID, use.CustomID, use.Components = data.ID, data.CustomID, data.Components
		return use, takeUploads(&use, data.Attachments, files)
	}
	return use, nil
}

// takeUploads reads the files that are given along.
func takeUploads(use *chat.InteractionUse, given []wire.AttachmentDraft, files *received) error {
	use.Uploads = make(map[string]id.ID, len(given))
	for at := range given {
		draft, err := files.draft(at, &given[at])
		if err != nil {
			return within("data", err)
		}
		use.Attachments = append(use.Attachments, draft)
		use.Uploads[string(given[at].ID)] = draft.ID
	}
	return nil
}

// givenOptions reads what is given along with a command; the numbers of files are those of uploads then.
func givenOptions(options []wire.GivenOption, uploads map[string]id.ID) []command.Given {
	given := make([]command.Given, len(options))
	for at, option := range options {
		given[at] = command.Given{Name: option.Name, Type: option.Type, Focused: option.Focused, Options: givenOptions(option.Options, uploads)}
		decoder := json.NewDecoder(bytes.NewReader(option.Value))
		decoder.UseNumber()
		var value any
		if decoder.Decode(&value) == nil {
			given[at].Value = value
		}
		if option.Type == store.OptionAttachment {
			number := strings.Trim(string(option.Value), `"`)
			given[at].Value = uploads[number].String()
		}
	}
	return given
}

// within says of the fields that are wrong that they stand in another.
func within(field string, err error) error {
	if err == nil {
		return nil
	}
	failure, ours := errors.AsType[*chat.Error](err)
	if !ours || len(failure.Fields) == 0 {
		return err
	}
	shown := *failure
	shown.Fields = make([]chat.FieldError, len(failure.Fields))
	for i, one := range failure.Fields {
		if one.Path != "type" && !strings.HasPrefix(one.Path, field+".") {
			one.Path = strings.TrimSuffix(field+"."+one.Path, ".")
		}
		shown.Fields[i] = one
	}
	return &shown
}

func (a *api) answerInteraction(w http.ResponseWriter, r *route.Request) error {
	interactionID, err := r.ID("interaction", chat.UnknownInteraction)
	if err != nil {
		return err
	}
	query := r.Query()
	wanted := query.Bool("with_response")
	if err := query.Err(); err != nil {
		return err
	}
	turn, err := a.Interactions.Enter(r.Context(), interactionID, r.Param("token"))
	if err != nil {
		return err
	}
	defer turn.Release(r.Context())
	files := a.receiveInto(r, turn.ChannelID())
	files.caller, files.receive = turn.Caller(), a.Interactions.Receive
	var kept []store.Attachment
	defer func() { files.discardAllBut(kept) }()
	body, err := route.DecodeForm[wire.InteractionCallback](r, files.take)
	if err != nil {
		return err
	}
	answer, err := takeAnswer(&body, files)
	if err != nil {
		return within("data", err)
	}
	done, err := turn.Answer(r.Context(), answer)
	if err != nil {
		return within("data", err)
	}
	if done.Message != nil {
		kept = done.Message.Message.Attachments
	}
	if !wanted {
		return route.NoContent(w)
	}
	return route.JSON(w, http.StatusOK, newCallbackResponse(&done, a.links(r)))
}

// takeAnswer reads what an application answers.
func takeAnswer(body *wire.InteractionCallback, files *received) (answer chat.InteractionAnswer, err error) {
	answer.Type = body.Type
	switch body.Type {
	case chat.AnswerMessage, chat.AnswerLater:
		data, err := route.DecodeAt[wire.MessageCreate]("data", body.Data)
		if err != nil {
			return answer, err
		}
		if answer.Hidden, answer.Message, err = takeAnswerMessage(data); err != nil {
			return answer, err
		}
		answer.Message.Attachments, err = files.drafts(data.Attachments)
		return answer, err
	case chat.AnswerEdit:
		data, err := route.DecodeAt[wire.MessageEdit]("data", body.Data)
		if err == nil {
			answer.Edit, err = takeAnswerEdit(data, files)
		}
		return answer, err
	case chat.AnswerChoices:
		data, err := route.DecodeAt[wire.CallbackChoices]("data", body.Data)
		answer.Choices = data.Choices
		return answer, err
	case chat.AnswerModal:
		data, err := route.DecodeAt[wire.CallbackModal]("data", body.Data)
		answer.Modal = event.Modal{CustomID: data.CustomID, Title: data.Title, Components: data.Components}
		return answer, err
	}
	return answer, nil
}

// takeAnswerMessage reads a message of an application that answers; hidden tells that it is for one person.
func takeAnswerMessage(body wire.MessageCreate) (hidden bool, draft chat.MessageDraft, err error) {
	draft, err = takeMessage(body)
	hidden = draft.Flags&store.MessageEphemeral != 0
	draft.Flags &^= store.MessageEphemeral
	return hidden, draft, err
}

// takeAnswerEdit reads what becomes of a message. Whether it is for one person cannot change, but some libraries say it again.
func takeAnswerEdit(body wire.MessageEdit, files *received) (chat.MessageEdit, error) {
	if body.Flags.Given() {
		body.Flags.Value &^= store.MessageEphemeral
	}
	return readEdit(body, files)
}

func newCallbackResponse(done *chat.AnsweredInteraction, links wire.Links) wire.CallbackResponse {
	shown := wire.CallbackResponse{Interaction: wire.CallbackInteraction{ID: done.ID, Type: done.Kind}}
	if done.Message == nil {
		return shown
	}
	message := wire.NewMessage(*done.Message, links)
	if !done.Loading { // what is only promised has no resource, as upstream
		shown.Resource = &wire.CallbackResource{Type: done.Type, Message: &message}
	}
	shown.Interaction.ResponseMessageID, shown.Interaction.ResponseMessageLoading, shown.Interaction.ResponseMessageEphemeral = &message.ID, &done.Loading, &done.Hidden
	shown.Interaction.ChannelID, shown.Interaction.GuildID = &message.ChannelID, wire.IDOrNull(done.Message.Message.GuildID)
	return shown
}

// followed is an interaction that a request has the token of, and where it is about.
type followed struct {
	*chat.OpenInteraction
	threadID id.ID
}

// follow finds the interaction of a request by its token; nil when it has the token of a webhook.
func (a *api) follow(r *route.Request) (*followed, error) {
	if !chat.IsInteractionToken(r.Param("token")) {
		return nil, nil
	}
	applicationID, err := r.ID("hook", chat.UnknownWebhook)
	if err != nil {
		return nil, err
	}
	query := r.Query()
	threadID := query.ID("thread_id")
	if err := query.Err(); err != nil {
		return nil, err
	}
	opened, err := a.Interactions.Open(r.Context(), applicationID, r.Param("token"))
	if err != nil {
		return nil, err
	}
	return &followed{opened, threadID}, nil
}

// receiveFor takes in files for an application that says more.
func (a *api) receiveFor(r *route.Request, at *followed) *received {
	channelID := at.ChannelID()
	if at.threadID != 0 {
		channelID = at.threadID
	}
	files := a.receiveInto(r, channelID)
	files.caller, files.receive = at.Caller(), a.Interactions.Receive
	return files
}

// original is how the first answer is called in paths.
const original = "@original"

// message gives the answer that a path names; zero for the first.
func (at *followed) message(r *route.Request) (id.ID, error) {
	if r.Param("message") == original {
		return 0, nil
	}
	return r.ID("message", chat.UnknownMessage)
}

func (a *api) followUp(w http.ResponseWriter, r *route.Request, at *followed) error {
	files := a.receiveFor(r, at)
	var message event.MessageCreated
	defer func() { files.discardAllBut(message.Message.Attachments) }()
	body, err := route.DecodeForm[wire.WebhookCreate](r, files.take)
	if err != nil {
		return err
	}
	hidden, draft, err := takeAnswerMessage(body.MessageCreate)
	if err != nil {
		return err
	}
	if draft.Attachments, err = files.drafts(body.Attachments); err != nil {
		return err
	}
	message, err = at.Post(r.Context(), at.threadID, draft, hidden)
	return a.answerNew(w, r, message, err) // libraries do not ask for the message here, and get it
}

func (a *api) getAnswer(w http.ResponseWriter, r *route.Request, at *followed) error {
	messageID, err := at.message(r)
	if err != nil {
		return err
	}
	message, err := at.Get(r.Context(), at.threadID, messageID)
	return a.answerMessage(w, r, message, err)
}

func (a *api) updateAnswer(w http.ResponseWriter, r *route.Request, at *followed) error {
	messageID, err := at.message(r)
	if err != nil {
		return err
	}
	files := a.receiveFor(r, at)
	var message event.MessageCreated
	defer func() { files.discardAllBut(message.Message.Attachments) }()
	body, err := route.DecodeForm[wire.MessageEdit](r, files.take)
	if err != nil {
		return err
	}
	edit, err := takeAnswerEdit(body, files)
	if err != nil {
		return err
	}
	message, err = at.Update(r.Context(), at.threadID, messageID, edit)
	return a.answerMessage(w, r, message, err)
}

func (a *api) deleteAnswer(w http.ResponseWriter, r *route.Request, at *followed) error {
	messageID, err := at.message(r)
	if err != nil {
		return err
	}
	if err := at.Delete(r.Context(), at.threadID, messageID); err != nil {
		return err
	}
	return route.NoContent(w)
}
