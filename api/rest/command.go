package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/chat/command"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/id"
)

func (a *api) commandRoutes() []route.Route {
	const everywhere, local = "/applications/{application}/commands", "/applications/{application}/guilds/{guild}/commands"
	const permissions = local + "/{command}/permissions"
	routes := []route.Route{
		{Method: "GET", Pattern: local + "/permissions", Handle: a.listCommandPermissions},
		{Method: "GET", Pattern: permissions, Handle: a.getCommandPermissions},
		{Method: "PUT", Pattern: permissions, Handle: a.setCommandPermissions},
		{Method: "GET", Pattern: "/guilds/{guild}/application-command-index", Access: route.PeopleOnly, Handle: a.guildCommandIndex},
		{Method: "GET", Pattern: "/channels/{channel}/application-command-index", Access: route.PeopleOnly, Handle: a.channelCommandIndex},
	}
	for _, all := range []string{everywhere, local} {
		one := all + "/{command}"
		routes = append(routes,
			route.Route{Method: "GET", Pattern: all, Access: route.BotsOnly, Handle: a.listCommands},
			route.Route{Method: "POST", Pattern: all, Access: route.BotsOnly, Text: commandText, Handle: a.createCommand},
			route.Route{Method: "PUT", Pattern: all, Access: route.BotsOnly, Text: commandsText, Handle: a.replaceCommands},
			route.Route{Method: "GET", Pattern: one, Access: route.BotsOnly, Handle: a.getCommand},
			route.Route{Method: "PATCH", Pattern: one, Access: route.BotsOnly, Text: commandText, Handle: a.updateCommand},
			route.Route{Method: "DELETE", Pattern: one, Access: route.BotsOnly, Handle: a.deleteCommand},
		)
	}
	return routes
}

// commandText is how many bytes a command can have as text: 8,000 characters count, but of 34 translations only the longest does. commandsText is for all commands of an application.
const (
	commandText  = 1 << 20
	commandsText = 8 << 20
)

// commandPlace reads whose commands are asked for, and for which guild; zero for everywhere.
func commandPlace(r *route.Request) (applicationID, guildID id.ID, err error) {
	if applicationID, err = r.ID("application", chat.UnknownApplication); err == nil && r.Param("guild") != "" {
		guildID, err = r.ID("guild", chat.UnknownGuild)
	}
	return applicationID, guildID, err
}

// oneCommand reads which command is asked for.
func oneCommand(r *route.Request) (applicationID, guildID, commandID id.ID, err error) {
	if applicationID, guildID, err = commandPlace(r); err == nil {
		commandID, err = r.ID("command", chat.UnknownCommand)
	}
	return applicationID, guildID, commandID, err
}

func answerCommand(w http.ResponseWriter, status int, shown store.Command, err error) error {
	if err != nil {
		return err
	}
	return route.JSON(w, status, wire.NewCommand(shown, nil))
}

func (a *api) listCommands(w http.ResponseWriter, r *route.Request) error {
	applicationID, guildID, err := commandPlace(r)
	if err != nil {
		return err
	}
	query := r.Query()
	localized := query.Bool("with_localizations")
	if err := query.Err(); err != nil {
		return err
	}
	commands, err := a.Commands.List(r.Context(), r.Caller, applicationID, guildID)
	if err != nil {
		return err
	}
	if localized {
		return route.JSON(w, http.StatusOK, wire.NewCommands(commands, nil))
	}
	return route.JSON(w, http.StatusOK, wire.NewCommands(commands, wire.TranslatedInto(command.PreferredLocales(r.Header.Get("X-Discord-Locale"), r.Header.Get("Accept-Language")))))
}

func (a *api) createCommand(w http.ResponseWriter, r *route.Request) error {
	applicationID, guildID, err := commandPlace(r)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.CommandEdit](r)
	if err != nil {
		return err
	}
	stored, made, err := a.Commands.Put(r.Context(), r.Caller, applicationID, guildID, body.Draft())
	if made {
		return answerCommand(w, http.StatusCreated, stored, err)
	}
	return answerCommand(w, http.StatusOK, stored, err)
}

func (a *api) replaceCommands(w http.ResponseWriter, r *route.Request) error {
	applicationID, guildID, err := commandPlace(r)
	if err != nil {
		return err
	}
	body, err := route.Decode[[]wire.CommandEdit](r)
	if err != nil {
		return err
	}
	drafts := make([]command.Draft, len(body))
	for i := range body {
		drafts[i] = body[i].Draft()
	}
	commands, err := a.Commands.Replace(r.Context(), r.Caller, applicationID, guildID, drafts)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewCommands(commands, nil))
}

func (a *api) getCommand(w http.ResponseWriter, r *route.Request) error {
	applicationID, guildID, commandID, err := oneCommand(r)
	if err != nil {
		return err
	}
	found, err := a.Commands.Get(r.Context(), r.Caller, applicationID, guildID, commandID)
	return answerCommand(w, http.StatusOK, found, err)
}

func (a *api) updateCommand(w http.ResponseWriter, r *route.Request) error {
	applicationID, guildID, commandID, err := oneCommand(r)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.CommandEdit](r)
	if err != nil {
		return err
	}
	stored, err := a.Commands.Update(r.Context(), r.Caller, applicationID, guildID, commandID, body.Draft())
	return answerCommand(w, http.StatusOK, stored, err)
}

func (a *api) deleteCommand(w http.ResponseWriter, r *route.Request) error {
	applicationID, guildID, commandID, err := oneCommand(r)
	if err != nil {
		return err
	}
	if err := a.Commands.Delete(r.Context(), r.Caller, applicationID, guildID, commandID); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) listCommandPermissions(w http.ResponseWriter, r *route.Request) error {
	applicationID, guildID, err := commandPlace(r)
	if err != nil {
		return err
	}
	sets, err := a.Commands.Permissions(r.Context(), r.Caller, guildID, applicationID)
	if err != nil {
		return err
	}
	shown := make([]wire.CommandPermissions, len(sets))
	for i := range sets {
		shown[i] = wire.NewCommandPermissions(sets[i])
	}
	return route.JSON(w, http.StatusOK, shown)
}

func (a *api) getCommandPermissions(w http.ResponseWriter, r *route.Request) error {
	applicationID, guildID, targetID, err := oneCommand(r)
	if err != nil {
		return err
	}
	set, err := a.Commands.PermissionsOf(r.Context(), r.Caller, guildID, applicationID, targetID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewCommandPermissions(set))
}

func (a *api) setCommandPermissions(w http.ResponseWriter, r *route.Request) error {
	applicationID, guildID, targetID, err := oneCommand(r)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.CommandPermissionsEdit](r)
	if err != nil {
		return err
	}
	wanted := store.CommandPermissions{GuildID: guildID, ApplicationID: applicationID, TargetID: targetID}
	for _, one := range body.Permissions {
		wanted.Permissions = append(wanted.Permissions, store.CommandPermission{ID: one.ID, Type: one.Type, Allow: one.Permission})
	}
	set, err := a.Commands.SetPermissions(r.Context(), r.Caller, wanted)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewCommandPermissions(set))
}

func answerCommandIndex(w http.ResponseWriter, index chat.CommandIndex, err error) error {
	if err != nil {
		return err
	}
	shown := wire.CommandIndex{Applications: make([]wire.CommandApplication, len(index.Applications)), Commands: wire.NewCommands(index.Commands, nil), Version: index.Version}
	for i, application := range index.Applications {
		shown.Applications[i] = wire.NewCommandApplication(application.Bot, application.User)
	}
	return route.JSON(w, http.StatusOK, shown)
}

func (a *api) guildCommandIndex(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	index, err := a.Commands.GuildIndex(r.Context(), r.Caller, guildID)
	return answerCommandIndex(w, index, err)
}

func (a *api) channelCommandIndex(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	index, err := a.Commands.ChannelIndex(r.Context(), r.Caller, channelID)
	return answerCommandIndex(w, index, err)
}
