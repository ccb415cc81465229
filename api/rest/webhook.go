package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/api/wire/sender"
	"guildhall/store/event"
	"guildhall/store/id"
)

func (a *api) webhookRoutes() []route.Route {
	const hook, opened = "/webhooks/{hook}", "/webhooks/{hook}/{token}"
	const posted = opened + "/messages/{message}"
	body := a.Files.Limits().RequestBytes
	return []route.Route{
		{Method: "GET", Pattern: "/channels/{channel}/webhooks", Handle: a.listChannelWebhooks},
		{Method: "POST", Pattern: "/channels/{channel}/webhooks", Text: pictureText, Handle: a.createWebhook},
		{Method: "GET", Pattern: "/guilds/{guild}/webhooks", Handle: a.listGuildWebhooks},
		{Method: "GET", Pattern: hook, Handle: a.getWebhook},
		{Method: "PATCH", Pattern: hook, Text: pictureText, Handle: a.updateWebhook},
		{Method: "DELETE", Pattern: hook, Handle: a.deleteWebhook},
		{Method: "GET", Pattern: opened, Access: route.Public, Handle: a.getOpenedWebhook},
		{Method: "PATCH", Pattern: opened, Access: route.Public, Text: pictureText, Handle: a.updateOpenedWebhook},
		{Method: "DELETE", Pattern: opened, Access: route.Public, Handle: a.deleteOpenedWebhook},
		{Method: "POST", Pattern: opened, Access: route.Public, Limit: a.limits.Webhook, Body: body, Handle: a.postThroughWebhook},
		{Method: "POST", Pattern: opened + "/slack", Access: route.Public, Limit: a.limits.Webhook, Handle: a.postAsSlack},
		{Method: "POST", Pattern: opened + "/github", Access: route.Public, Limit: a.limits.Webhook, Handle: a.postAsGitHub},
		{Method: "GET", Pattern: posted, Access: route.Public, Handle: a.getWebhookMessage},
		{Method: "PATCH", Pattern: posted, Access: route.Public, Limit: a.limits.Webhook, Body: body, Handle: a.updateWebhookMessage},
		{Method: "DELETE", Pattern: posted, Access: route.Public, Limit: a.limits.Webhook, Handle: a.deleteWebhookMessage},
	}
}

func (a *api) showWebhook(r *route.Request, webhook chat.Webhook) wire.Webhook {
	return wire.NewWebhook(webhook.Webhook, webhook.Token, webhook.Creator, webhook.SourceGuild, webhook.SourceChannel, a.site(r))
}

func (a *api) answerWebhook(w http.ResponseWriter, r *route.Request, webhook chat.Webhook, err error) error {
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, a.showWebhook(r, webhook))
}

func (a *api) answerWebhooks(w http.ResponseWriter, r *route.Request, webhooks []chat.Webhook, err error) error {
	if err != nil {
		return err
	}
	shown := make([]wire.Webhook, len(webhooks))
	for i := range webhooks {
		shown[i] = a.showWebhook(r, webhooks[i])
	}
	return route.JSON(w, http.StatusOK, shown)
}

func (a *api) listChannelWebhooks(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	webhooks, err := a.Webhooks.ListChannel(r.Context(), r.Caller, channelID)
	return a.answerWebhooks(w, r, webhooks, err)
}

func (a *api) listGuildWebhooks(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	webhooks, err := a.Webhooks.ListGuild(r.Context(), r.Caller, guildID)
	return a.answerWebhooks(w, r, webhooks, err)
}

// takeWebhook reads what a webhook is to be.
func takeWebhook(r *route.Request) (chat.WebhookEdit, error) {
	body, err := route.Decode[wire.WebhookEdit](r)
	if err != nil {
		return chat.WebhookEdit{}, err
	}
	edit := chat.WebhookEdit{Name: body.Name.Pointer(), Avatar: body.Avatar.Pointer()}
	if body.ChannelID.Given() {
		edit.ChannelID = &body.ChannelID.Value
	}
	return edit, nil
}

func (a *api) createWebhook(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	draft, err := takeWebhook(r)
	if err != nil {
		return err
	}
	webhook, err := a.Webhooks.Create(r.Context(), r.Caller, channelID, draft)
	return a.answerWebhook(w, r, webhook, err)
}

func (a *api) getWebhook(w http.ResponseWriter, r *route.Request) error {
	webhookID, err := r.ID("hook", chat.UnknownWebhook)
	if err != nil {
		return err
	}
	webhook, err := a.Webhooks.Get(r.Context(), r.Caller, webhookID)
	return a.answerWebhook(w, r, webhook, err)
}

func (a *api) updateWebhook(w http.ResponseWriter, r *route.Request) error {
	webhookID, err := r.ID("hook", chat.UnknownWebhook)
	if err != nil {
		return err
	}
	edit, err := takeWebhook(r)
	if err != nil {
		return err
	}
	webhook, err := a.Webhooks.Update(r.Context(), r.Caller, webhookID, edit)
	return a.answerWebhook(w, r, webhook, err)
}

func (a *api) deleteWebhook(w http.ResponseWriter, r *route.Request) error {
	webhookID, err := r.ID("hook", chat.UnknownWebhook)
	if err != nil {
		return err
	}
	if err := a.Webhooks.Delete(r.Context(), r.Caller, webhookID); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) getOpenedWebhook(w http.ResponseWriter, r *route.Request) error {
	webhookID, err := r.ID("hook", chat.UnknownWebhook)
	if err != nil {
		return err
	}
	webhook, err := a.Webhooks.GetByToken(r.Context(), webhookID, r.Param("token"))
	return a.answerWebhook(w, r, webhook, err)
}

func (a *api) updateOpenedWebhook(w http.ResponseWriter, r *route.Request) error {
	webhookID, err := r.ID("hook", chat.UnknownWebhook)
	if err != nil {
		return err
	}
	edit, err := takeWebhook(r)
	if err != nil {
		return err
	}
	webhook, err := a.Webhooks.UpdateByToken(r.Context(), webhookID, r.Param("token"), edit)
	return a.answerWebhook(w, r, webhook, err)
}

func (a *api) deleteOpenedWebhook(w http.ResponseWriter, r *route.Request) error {
	webhookID, err := r.ID("hook", chat.UnknownWebhook)
	if err != nil {
		return err
	}
	if err := a.Webhooks.DeleteByToken(r.Context(), webhookID, r.Param("token")); err != nil {
		return err
	}
	return route.NoContent(w)
}

// opened is a webhook that a request has the token of, and where it posts.
type opened struct {
	caller    chat.Caller
	channelID id.ID
	// wait tells that the answer is the message, and not that there is nothing to say.
	wait bool
}

// enter finds the webhook of a request by its token.
func (a *api) enter(r *route.Request) (opened, error) {
	webhookID, err := r.ID("hook", chat.UnknownWebhook)
	if err != nil {
		return opened{}, err
	}
	query := r.Query()
	threadID, wait := query.ID("thread_id"), query.Bool("wait")
	if err := query.Err(); err != nil {
		return opened{}, err
	}
	caller, channelID, err := a.Webhooks.Enter(r.Context(), webhookID, r.Param("token"), threadID)
	return opened{caller, channelID, wait}, err
}

// receiveAs takes in files for a webhook.
func (a *api) receiveAs(r *route.Request, at opened) *received {
	files := a.receiveInto(r, at.channelID)
	files.caller, files.receive = at.caller, a.Webhooks.Receive
	return files
}

func (a *api) postThroughWebhook(w http.ResponseWriter, r *route.Request) error {
	if at, err := a.follow(r); at != nil || err != nil {
		if err != nil {
			return err
		}
		return a.followUp(w, r, at)
	}
	at, err := a.enter(r)
	if err != nil {
		return err
	}
	files := a.receiveAs(r, at)
	var message event.MessageCreated
	defer func() { files.discardAllBut(message.Message.Attachments) }()
	body, err := route.DecodeForm[wire.WebhookCreate](r, files.take)
	if err != nil {
		return err
	}
	draft := chat.WebhookMessage{AppliedTags: body.AppliedTags}
	if draft.MessageDraft, err = takeMessage(body.MessageCreate); err != nil {
		return err
	}
	if draft.Attachments, err = files.drafts(body.Attachments); err != nil {
		return err
	}
	for _, text := range []struct {
		from *string
		to   *string
	}{{body.Username, &draft.Username}, {body.AvatarURL, &draft.AvatarURL}, {body.ThreadName, &draft.ThreadName}} {
		if text.from != nil {
			*text.to = *text.from
		}
	}
	message, err = a.Webhooks.Post(r.Context(), at.caller, at.channelID, draft)
	return a.answerPosted(w, r, at, message, err)
}

// ofSender is a message of a program that knows another chat.
func ofSender(sent sender.Message) chat.WebhookMessage {
	return chat.WebhookMessage{MessageDraft: chat.MessageDraft{Content: sent.Content, Embeds: sent.Embeds}, Username: sent.Username, AvatarURL: sent.AvatarURL}
}

// postAsSlack takes what senders to Slack send, and answers in words that they know.
func (a *api) postAsSlack(w http.ResponseWriter, r *route.Request) error {
	at, err := a.enter(r)
	if err != nil {
		return err
	}
	body, err := route.PayloadForm(r)
	if err != nil {
		return err
	}
	sent, err := sender.Slack(body)
	if err != nil {
		return route.PlainText(w, http.StatusBadRequest, err.Error())
	}
	message, err := a.Webhooks.Post(r.Context(), at.caller, at.channelID, ofSender(sent))
	if err != nil || at.wait {
		return a.answerNew(w, r, message, err)
	}
	return route.PlainText(w, http.StatusOK, "ok")
}

// postAsGitHub takes events of repositories. What nobody needs a message of is answered like all the rest.
func (a *api) postAsGitHub(w http.ResponseWriter, r *route.Request) error {
	at, err := a.enter(r)
	if err != nil {
		return err
	}
	body, err := route.PayloadForm(r)
	if err != nil {
		return err
	}
	sent, shown, err := sender.GitHub(r.Header.Get("X-GitHub-Event"), body)
	if err != nil {
		return &chat.Error{Kind: chat.Invalid, Message: "The body is no event in GitHub's form."}
	}
	if !shown {
		return route.NoContent(w)
	}
	message, err := a.Webhooks.Post(r.Context(), at.caller, at.channelID, ofSender(sent))
	return a.answerPosted(w, r, at, message, err)
}

// answerPosted answers with the message, if the sender waits for it.
func (a *api) answerPosted(w http.ResponseWriter, r *route.Request, at opened, message event.MessageCreated, err error) error {
	if err == nil && !at.wait {
		return route.NoContent(w)
	}
	return a.answerNew(w, r, message, err)
}

func (a *api) getWebhookMessage(w http.ResponseWriter, r *route.Request) error {
	if at, err := a.follow(r); at != nil || err != nil {
		if err != nil {
			return err
		}
		return a.getAnswer(w, r, at)
	}
	at, messageID, err := a.enterMessage(r)
	if err != nil {
		return err
	}
	message, err := a.Webhooks.GetMessage(r.Context(), at.caller, at.channelID, messageID)
	return a.answerMessage(w, r, message, err)
}

func (a *api) enterMessage(r *route.Request) (opened, id.ID, error) {
	at, err := a.enter(r)
	if err != nil {
		return opened{}, 0, err
	}
	messageID, err := r.ID("message", chat.UnknownMessage)
	return at, messageID, err
}

func (a *api) updateWebhookMessage(w http.ResponseWriter, r *route.Request) error {
	if at, err := a.follow(r); at != nil || err != nil {
		if err != nil {
			return err
		}
		return a.updateAnswer(w, r, at)
	}
	at, messageID, err := a.enterMessage(r)
	if err != nil {
		return err
	}
	files := a.receiveAs(r, at)
	var message event.MessageCreated
	defer func() { files.discardAllBut(message.Message.Attachments) }()
	edit, err := takeEdit(r, files)
	if err != nil {
		return err
	}
	message, err = a.Webhooks.UpdateMessage(r.Context(), at.caller, at.channelID, messageID, edit)
	return a.answerMessage(w, r, message, err)
}

func (a *api) deleteWebhookMessage(w http.ResponseWriter, r *route.Request) error {
	if at, err := a.follow(r); at != nil || err != nil {
		if err != nil {
			return err
		}
		return a.deleteAnswer(w, r, at)
	}
	at, messageID, err := a.enterMessage(r)
	if err != nil {
		return err
	}
	if err := a.Webhooks.DeleteMessage(r.Context(), at.caller, at.channelID, messageID); err != nil {
		return err
	}
	return route.NoContent(w)
}
