package chat

import (
	"context"
	"errors"
	"io"
	"net/url"
	"unicode/utf8"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// WebhookMessage is a message to be posted through a webhook.
type WebhookMessage struct {
	MessageDraft
	// Username and AvatarURL stand in place of the webhook's own name and picture; empty for those.
	Username, AvatarURL string
	// ThreadID is a thread of the webhook's channel to post in; zero for the channel itself.
	ThreadID id.ID
	// ThreadName begins a post in a forum, with AppliedTags.
	ThreadName  string
	AppliedTags []id.ID
}

// authenticated finds a webhook by its token. Who has the token of a webhook is told nothing about others: a wrong one is InvalidWebhookToken whether the webhook has another or, like a follower, none; of what does not exist
// it is UnknownWebhook.
func (w *Webhooks) authenticated(ctx context.Context, webhookID id.ID, token string) (store.Webhook, error) {
	webhook, err := w.read(ctx, webhookID)
	if err != nil {
		return store.Webhook{}, err
	}
	if len(token) > maxTokenLength || !sameHash(webhook.TokenHash, hashSecret(token)) {
		return store.Webhook{}, fail(InvalidWebhookToken)
	}
	return webhook, nil
}

// GetByToken gives a webhook to who has its token.
func (w *Webhooks) GetByToken(ctx context.Context, webhookID id.ID, token string) (Webhook, error) {
	webhook, err := w.authenticated(ctx, webhookID, token)
	if err != nil {
		return Webhook{}, err
	}
	return w.bare(ctx, webhook), nil
}

// UpdateByToken changes the name and the picture of a webhook for who has its token.
func (w *Webhooks) UpdateByToken(ctx context.Context, webhookID id.ID, token string, edit WebhookEdit) (Webhook, error) {
	edit.ChannelID = nil
	updated, err := w.update(ctx, Caller{}, webhookID, edit, func(ctx context.Context) error {
		_, err := w.authenticated(ctx, webhookID, token)
		return err
	})
	if err != nil {
		return Webhook{}, err
	}
	return w.bare(ctx, updated), nil
}

// DeleteByToken deletes a webhook for who has its token.
func (w *Webhooks) DeleteByToken(ctx context.Context, webhookID id.ID, token string) error {
	return w.delete(ctx, Caller{}, webhookID, func(ctx context.Context) error {
		_, err := w.authenticated(ctx, webhookID, token)
		return err
	})
}

// caller is a webhook as one who posts. Its files count for who made it, or for the owner of the guild when that account is gone or was the command line.
func (w *Webhooks) caller(ctx context.Context, webhook *store.Webhook) (Caller, error) {
	as := &hook{guildID: webhook.GuildID, channelID: webhook.ChannelID, applicationID: webhook.ApplicationID, payer: webhook.CreatorID, persona: store.Persona{Name: webhook.Name, Avatar: webhook.Avatar.Name()}}
	if as.payer != 0 {
		_, err := w.users.lookup(ctx, as.payer)
		if errors.Is(err, store.ErrNotFound) {
			as.payer = 0
		} else if err != nil {
			return Caller{}, internal("reading the maker of a webhook", err)
		}
	}
	if as.payer == 0 {
		view, err := w.views.Guild(ctx, webhook.GuildID)
		if err != nil {
			return Caller{}, err
		}
		as.payer = view.Guild.OwnerID
	}
	return Caller{UserID: webhook.ID, Bot: true, hook: as}, nil
}

// Enter finds who posts through a webhook, by its token, and where: in the thread, or, for zero, in the channel of the webhook.
func (w *Webhooks) Enter(ctx context.Context, webhookID id.ID, token string, threadID id.ID) (caller Caller, channelID id.ID, err error) {
	webhook, err := w.authenticated(ctx, webhookID, token)
	if err != nil {
		return Caller{}, 0, err
	}
	if caller, err = w.caller(ctx, &webhook); err != nil {
		return Caller{}, 0, err
	}
	if threadID == 0 || threadID == webhook.ChannelID {
		return caller, webhook.ChannelID, nil
	}
	_, channel, _, err := w.views.hookAccess(ctx, caller, threadID)
	if err == nil && channel.Thread == nil {
		err = fail(UnknownChannel)
	}
	return caller, threadID, err
}

// Receive takes in a file for a message that is to be posted through a webhook.
func (w *Webhooks) Receive(ctx context.Context, caller Caller, channelID id.ID, name string, content io.Reader) (id.ID, error) {
	uploadID, err := w.files.Receive(ctx, caller, channelID, name, content)
	if err == nil {
		caller.hook.brought = append(caller.hook.brought, uploadID)
	}
	return uploadID, err
}

// Post posts a message as a webhook that has entered. In forums it needs a thread, or begins a post.
func (w *Webhooks) Post(ctx context.Context, caller Caller, channelID id.ID, draft WebhookMessage) (event.MessageCreated, error) {
	persona, err := draft.persona(caller.hook.persona)
	if err != nil {
		return event.MessageCreated{}, err
	}
	as := *caller.hook
	as.persona = persona
	caller.hook = &as
	if draft.Reference != nil {
		return event.MessageCreated{}, invalid("message_reference", "BASE_TYPE_BAD_VALUE", "Webhooks do not reply.")
	}
	_, channel, _, err := w.views.hookAccess(ctx, caller, channelID)
	if err != nil {
		return event.MessageCreated{}, err
	}
	switch forum := channel.Type.IsForum(); {
	case forum && draft.ThreadName == "":
		return event.MessageCreated{}, fail(ForumNeedsThread)
	case !forum && draft.ThreadName != "" && channel.Thread != nil:
		return event.MessageCreated{}, fail(ThreadTwice)
	case !forum && draft.ThreadName != "":
		return event.MessageCreated{}, fail(ThreadsInForumsOnly)
	case forum:
		first := draft.MessageDraft
		_, posted, err := w.threads.Start(ctx, caller, channelID, ThreadDraft{Name: draft.ThreadName, AppliedTags: draft.AppliedTags, First: &first})
		if err != nil {
			return event.MessageCreated{}, err
		}
		return *posted, nil
	}
	return w.messages.Create(ctx, caller, channelID, draft.MessageDraft)
}

// persona is how a message is posted: as the webhook says, but for what the message says.
func (d *WebhookMessage) persona(own store.Persona) (store.Persona, error) {
	if d.Username != "" {
		name := cleanPersonaName(d.Username)
		if length := utf8.RuneCountInString(name); length < 1 || length > maxWebhookName || !utf8.ValidString(name) {
			return own, fieldErrors{*badLength("username", 1, maxWebhookName)}.err()
		}
		own.Name = name
	}
	if d.AvatarURL != "" {
		parsed, err := url.Parse(d.AvatarURL)
		if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" || len(d.AvatarURL) > maxEmbedURL {
			return own, invalid("avatar_url", "URL_TYPE_INVALID_URL", "Not a well formed URL.")
		}
		own.Avatar, own.AvatarURL = "", d.AvatarURL
	}
	return own, nil
}

// own makes sure that a message was posted through the webhook.
func (w *Webhooks) own(ctx context.Context, caller Caller, channelID, messageID id.ID) error {
	message, err := w.messages.read(ctx, channelID, messageID)
	if err == nil && message.WebhookID != caller.UserID {
		err = fail(UnknownMessage)
	}
	return err
}

// GetMessage gives a message that was posted through the webhook.
func (w *Webhooks) GetMessage(ctx context.Context, caller Caller, channelID, messageID id.ID) (event.MessageCreated, error) {
	if err := w.own(ctx, caller, channelID, messageID); err != nil {
		return event.MessageCreated{}, err
	}
	return w.messages.Get(ctx, caller, channelID, messageID)
}

// UpdateMessage edits a message that was posted through the webhook.
func (w *Webhooks) UpdateMessage(ctx context.Context, caller Caller, channelID, messageID id.ID, edit MessageEdit) (event.MessageCreated, error) {
	if err := w.own(ctx, caller, channelID, messageID); err != nil {
		return event.MessageCreated{}, err
	}
	return w.messages.Update(ctx, caller, channelID, messageID, edit)
}

// DeleteMessage deletes a message that was posted through the webhook.
func (w *Webhooks) DeleteMessage(ctx context.Context, caller Caller, channelID, messageID id.ID) error {
	if err := w.own(ctx, caller, channelID, messageID); err != nil {
		return err
	}
	return w.messages.Delete(ctx, caller, channelID, messageID)
}
