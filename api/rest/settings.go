package rest

import (
	"maps"
	"net/http"
	"slices"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store/id"
)

func (a *api) settingsRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/users/@me/settings", Access: route.PeopleOnly, Handle: a.getSettings},
		{Method: "PATCH", Pattern: "/users/@me/settings", Access: route.PeopleOnly, Handle: a.updateSettings},
		{Method: "PATCH", Pattern: "/users/@me/guilds/settings", Access: route.PeopleOnly, Handle: a.updateGuildsSettings},
		{Method: "PATCH", Pattern: "/users/@me/guilds/{guild}/settings", Access: route.PeopleOnly, Handle: a.updateGuildSettings},
	}
}

func (a *api) getSettings(w http.ResponseWriter, r *route.Request) error {
	settings, err := a.Settings.Get(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	user, err := a.Users.Self(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewUserSettings(settings, user.Locale))
}

func (a *api) updateSettings(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.UserSettingsPatch](r)
	if err != nil {
		return err
	}
	if locale := body.Locale.Pointer(); locale != nil {
		if _, err := a.Users.UpdateSelf(r.Context(), r.Caller, chat.UserChange{Locale: locale}); err != nil {
			return err
		}
	}
	if _, err := a.Settings.Update(r.Context(), r.Caller, body.Edit()); err != nil {
		return err
	}
	return a.getSettings(w, r)
}

// directSettings is the name under which the settings about conversations are changed.
const directSettings = "@me"

// settingsGuild reads the guild of settings; zero for conversations.
func settingsGuild(text string) (id.ID, error) {
	if text == directSettings {
		return 0, nil
	}
	guildID, err := id.Parse(text)
	if err != nil || guildID == 0 {
		return 0, &chat.Error{Kind: chat.UnknownGuild}
	}
	return guildID, nil
}

func (a *api) updateGuildSettings(w http.ResponseWriter, r *route.Request) error {
	guildID, err := settingsGuild(r.Param("guild"))
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.UserGuildSettingsPatch](r)
	if err != nil {
		return err
	}
	settings, err := a.Settings.UpdateGuild(r.Context(), r.Caller, guildID, body.Edit())
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewUserGuildSettings(settings))
}

// maxSettingsGuilds is how many guilds one request can be about.
const maxSettingsGuilds = 200

func (a *api) updateGuildsSettings(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.GuildsSettingsPatch](r)
	if err != nil {
		return err
	}
	if len(body.Guilds) > maxSettingsGuilds {
		return &chat.Error{Kind: chat.Invalid, Fields: []chat.FieldError{{Path: "guilds", Code: "BASE_TYPE_MAX_LENGTH", Message: "Must be 200 or fewer in length."}}}
	}
	shown := make([]wire.UserGuildSettings, 0, len(body.Guilds))
	for _, name := range slices.Sorted(maps.Keys(body.Guilds)) {
		guildID, err := settingsGuild(name)
		if err != nil {
			return err
		}
		patch := body.Guilds[name]
		settings, err := a.Settings.UpdateGuild(r.Context(), r.Caller, guildID, patch.Edit())
		if err != nil {
			return err
		}
		shown = append(shown, wire.NewUserGuildSettings(settings))
	}
	return route.JSON(w, http.StatusOK, shown)
}
