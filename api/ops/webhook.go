package ops

import (
	"context"

	"guildhall/api/chat"
	"guildhall/store/id"
)

// The inputs and outputs of the commands about webhooks.
type (
	// WebhookList names the guild whose webhooks are asked for.
	WebhookList struct {
		Guild id.ID `json:"guild"`
	}
	// WebhookCreate asks for a webhook of a channel.
	WebhookCreate struct {
		Channel id.ID  `json:"channel"`
		Name    string `json:"name"`
		Reason  string `json:"reason,omitempty"`
	}
	// WebhookTest asks for a message through a webhook.
	WebhookTest struct {
		Webhook id.ID  `json:"webhook"`
		Text    string `json:"text"`
	}
	// WebhookDelete names a webhook that is to go.
	WebhookDelete struct {
		Webhook id.ID  `json:"webhook"`
		Reason  string `json:"reason,omitempty"`
	}
	// Webhook is a webhook as the command line shows it. URL is where messages are posted to, Here the same from this machine, where no certificate stands between; By is empty for those that the command line made.
	Webhook struct {
		ID      id.ID  `json:"id"`
		Name    string `json:"name"`
		Channel id.ID  `json:"channel"`
		URL     string `json:"url"`
		Here    string `json:"here"`
		By      string `json:"by"`
	}
	// WebhookPosted is the message that a test posted.
	WebhookPosted struct {
		Message id.ID `json:"message"`
		Channel id.ID `json:"channel"`
	}
)

// The names of the commands about webhooks.
const (
	CommandWebhookList   = "webhook.list"
	CommandWebhookCreate = "webhook.create"
	CommandWebhookTest   = "webhook.test"
	CommandWebhookDelete = "webhook.delete"
)

func (h *hallCommands) registerWebhooks(commands *Commands) {
	Register(commands, CommandWebhookList, h.webhookList)
	Register(commands, CommandWebhookCreate, h.webhookCreate)
	Register(commands, CommandWebhookTest, h.webhookTest)
	Register(commands, CommandWebhookDelete, h.webhookDelete)
}

func (h *hallCommands) describeWebhook(webhook chat.Webhook) Webhook {
	shown := Webhook{ID: webhook.ID, Name: webhook.Name, Channel: webhook.ChannelID}
	if webhook.Token != "" {
		addresses, path := h.addresses(), "/api/webhooks/"+webhook.ID.String()+"/"+webhook.Token
		shown.URL, shown.Here = addresses.Guests+path, addresses.Here+path
	}
	if webhook.Creator != nil {
		shown.By = webhook.Creator.Username
	}
	return shown
}

func (h *hallCommands) webhookList(ctx context.Context, input WebhookList) ([]Webhook, error) {
	webhooks, err := h.Webhooks.ListGuild(ctx, console, input.Guild)
	if err != nil {
		return nil, err
	}
	shown := make([]Webhook, len(webhooks))
	for i, webhook := range webhooks {
		shown[i] = h.describeWebhook(webhook)
	}
	return shown, nil
}

func (h *hallCommands) webhookCreate(ctx context.Context, input WebhookCreate) (Webhook, error) {
	caller, err := consoleFor(input.Reason)
	if err != nil {
		return Webhook{}, err
	}
	webhook, err := h.Webhooks.Create(ctx, caller, input.Channel, chat.WebhookEdit{Name: &input.Name})
	if err != nil {
		return Webhook{}, err
	}
	return h.describeWebhook(webhook), nil
}

func (h *hallCommands) webhookTest(ctx context.Context, input WebhookTest) (WebhookPosted, error) {
	webhook, err := h.Webhooks.Get(ctx, console, input.Webhook)
	if err != nil {
		return WebhookPosted{}, err
	}
	caller, channelID, err := h.Webhooks.Enter(ctx, webhook.ID, webhook.Token, 0)
	if err != nil {
		return WebhookPosted{}, err
	}
	posted, err := h.Webhooks.Post(ctx, caller, channelID, chat.WebhookMessage{MessageDraft: chat.MessageDraft{Content: input.Text}})
	if err != nil {
		return WebhookPosted{}, err
	}
	return WebhookPosted{Message: posted.Message.ID, Channel: posted.Message.ChannelID}, nil
}

func (h *hallCommands) webhookDelete(ctx context.Context, input WebhookDelete) (Webhook, error) {
	caller, err := consoleFor(input.Reason)
	if err != nil {
		return Webhook{}, err
	}
	webhook, err := h.Webhooks.Get(ctx, caller, input.Webhook)
	if err != nil {
		return Webhook{}, err
	}
	return h.describeWebhook(webhook), h.Webhooks.Delete(ctx, caller, input.Webhook)
}
