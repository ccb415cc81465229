package store

import (
	"context"

	"guildhall/store/id"
)

// WebhookType is the kind of a webhook, with the numbers of the wire contract.
type WebhookType int

// The types of webhooks.
const (
	// WebhookIncoming is posted through by whoever has its token.
	WebhookIncoming WebhookType = 1
	// WebhookFollower brings what is published in an announcement channel.
	WebhookFollower WebhookType = 2
)

// Webhook is an address that messages of one channel can be posted to without an account.
type Webhook struct {
	ID        id.ID
	Type      WebhookType
	GuildID   id.ID
	ChannelID id.ID
	// CreatorID is who made it; zero for the command line. The account may be gone.
	CreatorID id.ID
	// ApplicationID is the application whose bot made it; zero for none. The application may be gone.
	ApplicationID id.ID
	// Name has 1 to 80 characters.
	Name string
	// Avatar is nil for none.
	Avatar *Picture
	// TokenHash is the SHA-256 of the token; nil for webhooks that nobody posts through.
	TokenHash []byte
	// SealedToken is the token as the hall alone can read it, for those who may be shown the webhook's address again.
	SealedToken []byte
	// SourceGuildID and SourceChannelID are what a follower follows; zero for others. They may be gone.
	SourceGuildID, SourceChannelID id.ID
}

// Webhooks keeps webhooks. They go with their channel; what was posted through them stays.
type Webhooks interface {
	// CreateWebhook stores a webhook and names the bytes of its picture (see Picture). ErrNotFound when its guild does not have its channel, or its source is no channel; a *LimitError when its channel has most webhooks already. In the
	// result the picture has the key that its bytes are kept under.
	CreateWebhook(ctx context.Context, webhook Webhook, most int) (Webhook, error)
	Webhook(ctx context.Context, webhookID id.ID) (Webhook, error)
	// GuildWebhooks gives a guild's webhooks in ascending order of id.
	GuildWebhooks(ctx context.Context, guildID id.ID) ([]Webhook, error)
	// Followers gives the webhooks that follow a channel, in ascending order of id, those after a given one (zero: from the first), at most limit.
	Followers(ctx context.Context, channelID, after id.ID, limit int) ([]Webhook, error)
	// UpdateWebhook applies change to the channel, name, picture and token of a webhook, atomically (see UpdateUser for the rules of change); the rest stays. ErrNotFound also when its guild does not have the
	// channel; a *LimitError when a channel that it comes to has most webhooks already.
	UpdateWebhook(ctx context.Context, webhookID id.ID, most int, change func(*Webhook) error) (Webhook, error)
	// DeleteWebhook deletes a webhook, lets go of its picture, and gives what it was.
	DeleteWebhook(ctx context.Context, webhookID id.ID) (Webhook, error)
}
