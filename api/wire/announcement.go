package wire

import "guildhall/store/id"

// ChannelFollow is the body of the route with which a channel begins to follow another.
type ChannelFollow struct {
	WebhookChannelID id.ID `json:"webhook_channel_id"`
}

// FollowedChannel tells which channel is followed, and the webhook that brings what is published there.
type FollowedChannel struct {
	ChannelID id.ID `json:"channel_id"`
	WebhookID id.ID `json:"webhook_id"`
}
