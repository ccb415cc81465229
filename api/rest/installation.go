package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) installationRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/guilds/{guild}/integrations", Handle: a.listIntegrations},
		{Method: "DELETE", Pattern: "/guilds/{guild}/integrations/{integration}", Handle: a.deleteIntegration},
	}
}

func (a *api) listIntegrations(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	integrations, err := a.Bots.Integrations(r.Context(), r.Caller, guildID)
	if err != nil {
		return err
	}
	shown := make([]wire.Integration, len(integrations))
	for i, one := range integrations {
		shown[i] = wire.NewIntegration(one.Installation, one.Application.User, one.Application.Bot.Description, one.Installer)
	}
	return route.JSON(w, http.StatusOK, shown)
}

func (a *api) deleteIntegration(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	applicationID, err := r.ID("integration", chat.UnknownIntegration)
	if err != nil {
		return err
	}
	if err := a.Bots.Uninstall(r.Context(), r.Caller, guildID, applicationID); err != nil {
		return err
	}
	return route.NoContent(w)
}
