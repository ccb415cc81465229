package event

import "guildhall/store/id"

// WebhooksUpdated says that the webhooks of a channel are others now.
type WebhooksUpdated struct{ GuildID, ChannelID id.ID }

func (e WebhooksUpdated) Subject() string { return GuildSubject(e.GuildID) }
