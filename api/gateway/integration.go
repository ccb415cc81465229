package gateway

import (
	"guildhall/api/wire"
	"guildhall/store/event"
)

// installationChanged tells of an application that was let into the guild, or is gone from it: first that the list is another, then what of it changed. Everybody hears of it, as upstream: it says
// nothing but what members see anyway.
func (h *guildHub) installationChanged(e event.InstallationChanged, seats []*seat) {
	h.toAll(seats, intentIntegrations, "GUILD_INTEGRATIONS_UPDATE", wire.GuildIntegrationsUpdate{GuildID: h.guildID})
	switch e.Change {
	case event.InstallationAdded:
		h.toAll(seats, intentIntegrations, "INTEGRATION_CREATE", wire.NewGuildIntegration(e))
	case event.InstallationUpdated:
		h.toAll(seats, intentIntegrations, "INTEGRATION_UPDATE", wire.NewGuildIntegration(e))
	case event.InstallationRemoved:
		applicationID := e.Installation.ApplicationID
		h.toAll(seats, intentIntegrations, "INTEGRATION_DELETE", wire.IntegrationDelete{ID: applicationID, GuildID: h.guildID, ApplicationID: applicationID})
	}
}
