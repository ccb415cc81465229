package wire

import (
	"guildhall/store/event"
	"guildhall/store/id"
)

// GuildIntegration is the payload of INTEGRATION_CREATE and INTEGRATION_UPDATE.
type GuildIntegration struct {
	Integration
	GuildID id.ID `json:"guild_id"`
}

// GuildIntegrationsUpdate is the payload of GUILD_INTEGRATIONS_UPDATE.
type GuildIntegrationsUpdate struct {
	GuildID id.ID `json:"guild_id"`
}

// IntegrationDelete is the payload of INTEGRATION_DELETE.
type IntegrationDelete struct {
	ID            id.ID `json:"id"`
	GuildID       id.ID `json:"guild_id"`
	ApplicationID id.ID `json:"application_id"`
}

// NewGuildIntegration tells of an application that was let into a guild. Who did so is left out, as upstream.
func NewGuildIntegration(e event.InstallationChanged) GuildIntegration {
	return GuildIntegration{Integration: NewIntegration(e.Installation, e.User, e.Description, nil), GuildID: e.Installation.GuildID}
}
