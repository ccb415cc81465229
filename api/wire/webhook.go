package wire

import (
	"guildhall/store"
	"guildhall/store/id"
)

// Webhook is a webhook. Token and URL are left out of followers, and user for those who have nothing but the token.
type Webhook struct {
	ID            id.ID             `json:"id"`
	Type          store.WebhookType `json:"type"`
	GuildID       id.ID             `json:"guild_id"`
	ChannelID     id.ID             `json:"channel_id"`
	User          *User             `json:"user,omitempty"`
	Name          string            `json:"name"`
	Avatar        *string           `json:"avatar"`
	Token         string            `json:"token,omitempty"`
	ApplicationID *id.ID            `json:"application_id"`
	URL           string            `json:"url,omitempty"`
	SourceGuild   *WebhookGuild     `json:"source_guild,omitempty"`
	SourceChannel *WebhookChannel   `json:"source_channel,omitempty"`
}

// WebhookGuild and WebhookChannel are what a webhook follows.
type WebhookGuild struct {
	ID   id.ID   `json:"id"`
	Name string  `json:"name"`
	Icon *string `json:"icon"`
}

// WebhookChannel is the channel that a webhook follows.
type WebhookChannel struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name"`
}

// NewWebhook shows a webhook; what is nil or empty is left out. site is the address by which the caller reaches the hall, as in https://chat.example.org.
func NewWebhook(webhook store.Webhook, token string, creator *store.User, guild *store.Guild, channel *store.Channel, site string) Webhook {
	shown := Webhook{ID: webhook.ID, Type: webhook.Type, GuildID: webhook.GuildID, ChannelID: webhook.ChannelID, Name: webhook.Name, Avatar: TextOrNull(webhook.Avatar.Name()), Token: token,
		ApplicationID: IDOrNull(webhook.ApplicationID)}
	if token != "" {
		shown.URL = site + "/api/webhooks/" + webhook.ID.String() + "/" + token
	}
	if creator != nil {
		shown.User = new(NewUser(*creator))
	}
	if guild != nil {
		shown.SourceGuild = &WebhookGuild{ID: guild.ID, Name: guild.Name, Icon: TextOrNull(guild.Icon.Name())}
	}
	if channel != nil {
		shown.SourceChannel = &WebhookChannel{ID: channel.ID, Name: channel.Name}
	}
	return shown
}

// WebhookEdit is the body of the routes that make and change webhooks. The avatar is a data URI, null for none.
type WebhookEdit struct {
	Name      Optional[string] `json:"name"`
	Avatar    Optional[string] `json:"avatar"`
	ChannelID Optional[id.ID]  `json:"channel_id"`
}

// WebhookCreate is a message to be posted through a webhook.
type WebhookCreate struct {
	MessageCreate
	Username    *string `json:"username"`
	AvatarURL   *string `json:"avatar_url"`
	ThreadName  *string `json:"thread_name"`
	AppliedTags []id.ID `json:"applied_tags"`
}

// WebhooksUpdate is the payload of WEBHOOKS_UPDATE.
type WebhooksUpdate struct {
	GuildID   id.ID `json:"guild_id"`
	ChannelID id.ID `json:"channel_id"`
}

// newPersona shows a webhook as the author of a message. The links are for a picture of another site.
func newPersona(message *store.Message, links Links) User {
	persona := message.Persona
	shown := NewUser(store.User{ID: message.AuthorID, Username: persona.Name, Bot: true})
	shown.Discriminator, shown.Avatar = "0000", TextOrNull(persona.Avatar)
	if persona.AvatarURL != "" && links != nil {
		shown.AvatarURL = links.Foreign(persona.AvatarURL)
	}
	return shown
}
