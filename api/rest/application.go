package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store/id"
)

func (a *api) applicationRoutes() []route.Route {
	const one = "/applications/{application}"
	return []route.Route{
		{Method: "GET", Pattern: "/oauth2/applications/@me", Access: route.BotsOnly, Handle: a.getOwnApplication},
		{Method: "GET", Pattern: "/applications/@me", Access: route.BotsOnly, Handle: a.getOwnApplication},
		{Method: "PATCH", Pattern: "/applications/@me", Access: route.BotsOnly, Text: pictureText, Handle: a.updateOwnApplication},
		{Method: "GET", Pattern: "/applications", Access: route.PeopleOnly, Handle: a.listApplications},
		{Method: "POST", Pattern: "/applications", Access: route.PeopleOnly, Text: pictureText, Handle: a.createApplication},
		{Method: "GET", Pattern: one, Handle: a.getApplication},
		{Method: "PATCH", Pattern: one, Text: pictureText, Handle: a.updateApplication},
		{Method: "DELETE", Pattern: one, Access: route.PeopleOnly, Handle: a.deleteApplication},
		{Method: "POST", Pattern: one + "/bot/reset", Access: route.PeopleOnly, Handle: a.resetBotToken},
		{Method: "POST", Pattern: one + "/transfer", Access: route.PeopleOnly, Limit: a.limits.SignIn, Handle: a.transferApplication},
	}
}

// showApplication shows an application with the number of guilds that its bot is in.
func (a *api) showApplication(r *route.Request, application chat.Application) (wire.Application, error) {
	guilds, err := a.Views.UserGuilds(r.Context(), application.Bot.UserID)
	return wire.NewApplication(application.Bot, application.User, application.Owner, len(guilds)), err
}

func (a *api) answerApplication(w http.ResponseWriter, r *route.Request, application chat.Application, err error) error {
	if err != nil {
		return err
	}
	shown, err := a.showApplication(r, application)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, shown)
}

func (a *api) getOwnApplication(w http.ResponseWriter, r *route.Request) error {
	application, err := a.Bots.Application(r.Context(), r.Caller)
	return a.answerApplication(w, r, application, err)
}

func (a *api) getApplication(w http.ResponseWriter, r *route.Request) error {
	applicationID, err := r.ID("application", chat.UnknownApplication)
	if err != nil {
		return err
	}
	application, err := a.Bots.Get(r.Context(), r.Caller, applicationID)
	return a.answerApplication(w, r, application, err)
}

func (a *api) listApplications(w http.ResponseWriter, r *route.Request) error {
	applications, err := a.Bots.List(r.Context(), r.Caller, r.Caller.UserID)
	if err != nil {
		return err
	}
	shown := make([]wire.Application, len(applications))
	for i := range applications {
		if shown[i], err = a.showApplication(r, applications[i]); err != nil {
			return err
		}
	}
	return route.JSON(w, http.StatusOK, shown)
}

func (a *api) createApplication(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.ApplicationCreate](r)
	if err != nil {
		return err
	}
	if err := refuseLater(later{"team_id", body.TeamID, "applications of teams"}); err != nil {
		return err
	}
	draft := chat.NewBot{Name: body.Name, Description: body.Description, OwnerID: r.Caller.UserID, Public: body.BotPublic, Icon: body.Icon.Pointer()}
	application, token, err := a.Bots.Create(r.Context(), r.Caller, draft)
	if err != nil {
		return err
	}
	shown, err := a.showApplication(r, application)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusCreated, wire.NewApplicationWithToken{Application: shown, Token: token})
}

func (a *api) updateOwnApplication(w http.ResponseWriter, r *route.Request) error {
	return a.changeApplication(w, r, r.Caller.UserID)
}

func (a *api) updateApplication(w http.ResponseWriter, r *route.Request) error {
	applicationID, err := r.ID("application", chat.UnknownApplication)
	if err != nil {
		return err
	}
	return a.changeApplication(w, r, applicationID)
}

func (a *api) changeApplication(w http.ResponseWriter, r *route.Request, applicationID id.ID) error {
	body, err := route.Decode[wire.ApplicationPatch](r)
	if err != nil {
		return err
	}
	install, more := body.Install()
	err = refuseLater(later{"bot_require_code_grant", body.BotRequireCodeGrant, "bots that are installed with a code"},
		later{"role_connections_verification_url", body.RoleConnectionsVerificationURL, "role connections"}, later{"event_webhooks_url", body.EventWebhooksURL, "applications' events"},
		later{"event_webhooks_types", body.EventWebhooksTypes, "applications' events"}, later{"team_id", body.TeamID, "applications of teams"},
		later{"integration_types_config", wire.NotYet{Asked: more}, "applications that people install for themselves"})
	if err != nil {
		return err
	}
	edit := chat.ApplicationEdit{Name: body.Name.Pointer(), Icon: body.Icon.Pointer(), Cover: body.CoverImage.Pointer(), Tags: body.Tags.Pointer(), TermsURL: body.TermsOfServiceURL.Pointer(),
		PrivacyURL: body.PrivacyPolicyURL.Pointer(), CustomInstallURL: body.CustomInstallURL.Pointer(), InteractionsURL: body.InteractionsEndpointURL.Pointer(),
		RedirectURIs: body.RedirectURIs.Pointer(), Public: body.BotPublic.Pointer(), Install: install}
	if body.Description.Present {
		edit.Description = new(string(body.Description.Value))
	}
	if body.Flags.Given() {
		edit.Flags = &body.Flags.Value
	}
	application, err := a.Bots.Update(r.Context(), r.Caller, applicationID, edit)
	return a.answerApplication(w, r, application, err)
}

func (a *api) deleteApplication(w http.ResponseWriter, r *route.Request) error {
	applicationID, err := r.ID("application", chat.UnknownApplication)
	if err != nil {
		return err
	}
	if err := a.Bots.Delete(r.Context(), r.Caller, applicationID); err != nil {
		return err
	}
	return route.NoContent(w)
}

// resetBotToken shows the new token, this once.
func (a *api) resetBotToken(w http.ResponseWriter, r *route.Request) error {
	applicationID, err := r.ID("application", chat.UnknownApplication)
	if err != nil {
		return err
	}
	token, err := a.Bots.ResetToken(r.Context(), r.Caller, applicationID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.BotToken{Token: token})
}

func (a *api) transferApplication(w http.ResponseWriter, r *route.Request) error {
	applicationID, err := r.ID("application", chat.UnknownApplication)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.ApplicationTransfer](r)
	if err != nil {
		return err
	}
	application, err := a.Bots.HandOver(r.Context(), r.Caller, applicationID, body.OwnerID, body.Proof())
	if err != nil {
		return err
	}
	// Who handed it over sees it this last time.
	return a.answerApplication(w, r, application, nil)
}
