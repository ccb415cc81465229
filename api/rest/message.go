package rest

import (
	"fmt"
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

func (a *api) messageRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/channels/{channel}/messages", Handle: a.listMessages},
		{Method: "POST", Pattern: "/channels/{channel}/messages", Limit: a.limits.Post, Body: a.Files.Limits().RequestBytes, Handle: a.createMessage},
		{Method: "POST", Pattern: "/channels/{channel}/messages/bulk-delete", Limit: a.limits.Delete, Handle: a.bulkDelete},
		{Method: "GET", Pattern: "/channels/{channel}/messages/{message}", Handle: a.getMessage},
		{Method: "PATCH", Pattern: "/channels/{channel}/messages/{message}", Limit: a.limits.Edit, Body: a.Files.Limits().RequestBytes, Handle: a.updateMessage},
		{Method: "DELETE", Pattern: "/channels/{channel}/messages/{message}", Limit: a.limits.Delete, Handle: a.deleteMessage},
		{Method: "PATCH", Pattern: "/messages/{message}", Limit: a.limits.Edit, Body: a.Files.Limits().RequestBytes, Handle: a.updateMessage},
		{Method: "DELETE", Pattern: "/messages/{message}", Limit: a.limits.Delete, Handle: a.deleteMessage},
		{Method: "POST", Pattern: "/channels/{channel}/typing", Limit: a.limits.Typing, Handle: a.startTyping},
	}
}

// place reads the ids of a message's path. Our alias without the channel looks the message up.
func (a *api) place(r *route.Request) (channelID, messageID id.ID, err error) {
	messageID, err = r.ID("message", chat.UnknownMessage)
	if err != nil {
		return 0, 0, err
	}
	if r.Param("channel") == "" {
		channelID, err = a.Messages.Locate(r.Context(), r.Caller, messageID)
	} else {
		channelID, err = r.ID("channel", chat.UnknownChannel)
	}
	return channelID, messageID, err
}

// answerNew answers with a message that nobody can have reacted to or voted in yet.
func (a *api) answerNew(w http.ResponseWriter, r *route.Request, message event.MessageCreated, err error) error {
	if err != nil {
		return err
	}
	shown := []wire.Message{wire.NewMessage(message, a.links(r))}
	if shown[0].Poll != nil {
		shown[0].Poll.Results = wire.NewPollResults(message.Message.Poll, nil)
	}
	if err := a.holdBack(r, []event.MessageCreated{message}, shown); err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, shown[0])
}

func (a *api) answerMessage(w http.ResponseWriter, r *route.Request, message event.MessageCreated, err error) error {
	if err != nil {
		return err
	}
	shown, err := a.showMessages(r, message.Message.ChannelID, message)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, shown[0])
}

// showMessages shows messages of one channel with their reactions as the caller sees them.
func (a *api) showMessages(r *route.Request, channelID id.ID, messages ...event.MessageCreated) ([]wire.Message, error) {
	reactions, err := a.Messages.Reactions(r.Context(), r.Caller, channelID, messages...)
	if err != nil {
		return nil, err
	}
	polls, err := a.Messages.PollResults(r.Context(), r.Caller, channelID, messages...)
	if err != nil {
		return nil, err
	}
	shown := make([]wire.Message, len(messages))
	for i, message := range messages {
		shown[i] = wire.NewMessage(message, a.links(r))
		if found := reactions[message.Message.ID]; found != nil {
			shown[i].Reactions = wire.NewReactions(found)
		}
		if poll := message.Message.Poll; poll != nil {
			shown[i].Poll.Results = wire.NewPollResults(poll, polls[message.Message.ID])
		}
	}
	return shown, a.holdBack(r, messages, shown)
}

// holdBack blanks what a bot may not read without the message content intent.
func (a *api) holdBack(r *route.Request, messages []event.MessageCreated, shown []wire.Message) error {
	if may, err := a.Bots.Granted(r.Context(), r.Caller, chat.FlagsContent); err != nil || may {
		return err
	}
	for i := range messages {
		switch chat.ReadableBy(r.Caller.UserID, &messages[i]) {
		case chat.ReadableNot:
			shown[i] = shown[i].WithoutContent()
		case chat.ReadableOwn:
			shown[i] = shown[i].WithoutQuotes()
		}
	}
	return nil
}

// The bounds of a page of messages.
const (
	defaultMessagePage = 50
	maxMessagePage     = 100
)

func (a *api) listMessages(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	query := r.Query()
	page := store.MessagePage{Before: query.ID("before"), After: query.ID("after"), Around: query.ID("around"), Limit: query.Int("limit", defaultMessagePage, 1, maxMessagePage)}
	if err := query.Err(); err != nil {
		return err
	}
	messages, err := a.Messages.List(r.Context(), r.Caller, channelID, page)
	if err != nil {
		return err
	}
	body, err := a.showMessages(r, channelID, messages...)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, body)
}

func (a *api) createMessage(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	files := a.receiveInto(r, channelID)
	var message event.MessageCreated
	defer func() { files.discardAllBut(message.Message.Attachments) }()
	body, err := route.DecodeForm[wire.MessageCreate](r, files.take)
	if err != nil {
		return err
	}
	draft, err := takeMessage(body)
	if err != nil {
		return err
	}
	if draft.Attachments, err = files.drafts(body.Attachments); err != nil {
		return err
	}
	message, err = a.Messages.Create(r.Context(), r.Caller, channelID, draft)
	return a.answerNew(w, r, message, err)
}

func (a *api) bulkDelete(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.BulkDelete](r)
	if err != nil {
		return err
	}
	if err := a.Messages.DeleteMany(r.Context(), r.Caller, channelID, body.Messages); err != nil {
		return err
	}
	return route.NoContent(w)
}

// takeMessage reads a new message, and refuses what later versions bring.
func takeMessage(body wire.MessageCreate) (chat.MessageDraft, error) {
	err := refuseLater(later{"sticker_ids", body.StickerIDs, "stickers"}, later{"activity", body.Activity, "activities"}, later{"shared_client_theme", body.SharedClientTheme, "themes"})
	if err != nil {
		return chat.MessageDraft{}, err
	}
	draft := chat.MessageDraft{TTS: body.TTS, Embeds: wire.StoreEmbeds(body.Embeds), EnforceNonce: body.EnforceNonce, Components: body.Components}
	if body.Content != nil {
		draft.Content = *body.Content
	}
	if body.Embed != nil {
		draft.Embeds = append(draft.Embeds, body.Embed.Store())
	}
	if body.Poll != nil {
		draft.Poll = body.Poll.Draft()
	}
	if body.Flags != nil {
		draft.Flags = *body.Flags
	}
	if body.Nonce != nil {
		draft.Nonce = body.Nonce.Stored()
	}
	if reference := body.MessageReference; reference != nil && (reference.MessageID != 0 || reference.Type != 0) {
		forward, known := reference.Forward()
		if !known {
			return draft, &chat.Error{Kind: chat.Invalid, Fields: []chat.FieldError{{Path: "message_reference.type", Code: "BASE_TYPE_CHOICES", Message: "This value must be one of 0, 1."}}}
		}
		draft.Reference = &chat.ReferenceDraft{Forward: forward, MessageID: reference.MessageID, ChannelID: reference.ChannelID, GuildID: reference.GuildID,
			FailIfNotExists: reference.FailIfNotExists == nil || *reference.FailIfNotExists}
	}
	draft.AllowedMentions, err = takeAllowedMentions(body.AllowedMentions)
	return draft, err
}

// takeAllowedMentions reads what may notify. The rules refuse a list beside its kind in parse.
func takeAllowedMentions(body *wire.AllowedMentions) (*chat.AllowedMentions, error) {
	if body == nil {
		return nil, nil
	}
	allowed := &chat.AllowedMentions{UserIDs: body.Users, RoleIDs: body.Roles, RepliedUser: body.RepliedUser}
	for i, kind := range body.Parse {
		switch kind {
		case "users":
			allowed.ParseUsers = true
		case "roles":
			allowed.ParseRoles = true
		case "everyone":
			allowed.ParseEveryone = true
		default:
			return nil, &chat.Error{Kind: chat.Invalid, Fields: []chat.FieldError{{Path: fmt.Sprintf("allowed_mentions.parse.%d", i), Code: "BASE_TYPE_CHOICES",
				Message: "This value must be one of users, roles, everyone."}}}
		}
	}
	return allowed, nil
}

func (a *api) getMessage(w http.ResponseWriter, r *route.Request) error {
	channelID, messageID, err := a.place(r)
	if err != nil {
		return err
	}
	message, err := a.Messages.Get(r.Context(), r.Caller, channelID, messageID)
	return a.answerMessage(w, r, message, err)
}

func (a *api) updateMessage(w http.ResponseWriter, r *route.Request) error {
	channelID, messageID, err := a.place(r)
	if err != nil {
		return err
	}
	files := a.receiveInto(r, channelID)
	var message event.MessageCreated
	defer func() { files.discardAllBut(message.Message.Attachments) }()
	edit, err := takeEdit(r, files)
	if err != nil {
		return err
	}
	message, err = a.Messages.Update(r.Context(), r.Caller, channelID, messageID, edit)
	return a.answerMessage(w, r, message, err)
}

// takeEdit reads what is to become of a message, with the files that come for it.
func takeEdit(r *route.Request, files *received) (edit chat.MessageEdit, err error) {
	body, err := route.DecodeForm[wire.MessageEdit](r, files.take)
	if err != nil {
		return edit, err
	}
	return readEdit(body, files)
}

// readEdit reads what is to become of a message whose files have come.
func readEdit(body wire.MessageEdit, files *received) (edit chat.MessageEdit, err error) {
	err = refuseLater(later{"sticker_ids", body.StickerIDs, "stickers"})
	if err != nil {
		return edit, err
	}
	edit.Content = body.Content.Pointer()
	if body.Components.Present {
		components := []byte(body.Components.Value)
		edit.Components = &components
	}
	if body.Flags.Given() {
		edit.Flags = &body.Flags.Value
	}
	switch {
	case body.Embeds.Present:
		embeds := wire.StoreEmbeds(body.Embeds.Value)
		edit.Embeds = &embeds
	case body.Embed.Given():
		edit.Embeds = &[]store.Embed{body.Embed.Value.Store()}
	}
	if edit.AllowedMentions, err = takeAllowedMentions(body.AllowedMentions); err != nil {
		return edit, err
	}
	return edit, files.edit(body.Attachments, &edit)
}

func (a *api) deleteMessage(w http.ResponseWriter, r *route.Request) error {
	channelID, messageID, err := a.place(r)
	if err != nil {
		return err
	}
	if err := a.Messages.Delete(r.Context(), r.Caller, channelID, messageID); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) startTyping(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	if err := a.Messages.Type(r.Context(), r.Caller, channelID); err != nil {
		return err
	}
	return route.NoContent(w)
}
