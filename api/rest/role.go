package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store"
)

func (a *api) roleRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/guilds/{guild}/roles", Handle: a.listRoles},
		{Method: "POST", Pattern: "/guilds/{guild}/roles", Text: pictureText, Handle: a.createRole},
		{Method: "PATCH", Pattern: "/guilds/{guild}/roles", Handle: a.moveRoles},
		{Method: "GET", Pattern: "/guilds/{guild}/roles/member-counts", Handle: a.countRoles},
		{Method: "GET", Pattern: "/guilds/{guild}/roles/{role}", Handle: a.getRole},
		{Method: "PATCH", Pattern: "/guilds/{guild}/roles/{role}", Text: pictureText, Handle: a.updateRole},
		{Method: "DELETE", Pattern: "/guilds/{guild}/roles/{role}", Handle: a.deleteRole},
	}
}

func answerRole(w http.ResponseWriter, role store.Role, err error) error {
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewRole(role))
}

func (a *api) listRoles(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	roles, err := a.Roles.List(r.Context(), r.Caller, guildID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewRoles(roles))
}

// takeRole reads the body of a role's change.
func takeRole(r *route.Request) (wire.RoleDraft, error) {
	body, err := route.Decode[wire.RoleDraft](r)
	if err != nil {
		return body, err
	}
	return cleanRole(body)
}

// cleanRole refuses what roles do not have yet. The colour may come alone or as the primary one of several.
func cleanRole(body wire.RoleDraft) (wire.RoleDraft, error) {
	several := wire.NotYet{Asked: body.Colors.Value.SecondaryColor != nil || body.Colors.Value.TertiaryColor != nil}
	if err := refuseLater(later{"colors", several, "roles of several colours"}); err != nil {
		return body, err
	}
	if body.Colors.Given() && !body.Color.Given() {
		body.Color = wire.Optional[int]{Present: true, Value: body.Colors.Value.PrimaryColor}
	}
	return body, nil
}

// roleDraft reads the body of a role to be made.
func roleDraft(body wire.RoleDraft) (chat.RoleDraft, error) {
	body, err := cleanRole(body)
	if err != nil {
		return chat.RoleDraft{}, err
	}
	return chat.RoleDraft{Name: body.Name.Value, Permissions: given(body.Permissions), Color: body.Color.Value, Hoist: body.Hoist.Value, Mentionable: body.Mentionable.Value,
		RoleMark: chat.RoleMark{Icon: body.Icon.Pointer(), UnicodeEmoji: body.UnicodeEmoji.Pointer()}}, nil
}

func (a *api) createRole(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.RoleDraft](r)
	if err != nil {
		return err
	}
	draft, err := roleDraft(body)
	if err != nil {
		return err
	}
	role, err := a.Roles.Create(r.Context(), r.Caller, guildID, draft)
	return answerRole(w, role, err)
}

func (a *api) moveRoles(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	body, err := route.Decode[[]wire.RolePosition](r)
	if err != nil {
		return err
	}
	positions := make([]chat.RolePosition, len(body))
	for i, one := range body {
		positions[i].RoleID = one.ID
		if one.Position.Given() {
			positions[i].Position = &body[i].Position.Value
		}
	}
	roles, err := a.Roles.Reorder(r.Context(), r.Caller, guildID, positions)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewRoles(roles))
}

func (a *api) getRole(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	roleID, err := r.ID("role", chat.UnknownRole)
	if err != nil {
		return err
	}
	role, err := a.Roles.Get(r.Context(), r.Caller, guildID, roleID)
	return answerRole(w, role, err)
}

func (a *api) updateRole(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	roleID, err := r.ID("role", chat.UnknownRole)
	if err != nil {
		return err
	}
	body, err := takeRole(r)
	if err != nil {
		return err
	}
	role, err := a.Roles.Update(r.Context(), r.Caller, guildID, roleID, chat.RoleEdit{Name: body.Name.Pointer(), Permissions: body.Permissions.Pointer(),
		Color: body.Color.Pointer(), Hoist: body.Hoist.Pointer(), Mentionable: body.Mentionable.Pointer(),
		RoleMark: chat.RoleMark{Icon: body.Icon.Pointer(), UnicodeEmoji: body.UnicodeEmoji.Pointer()}})
	return answerRole(w, role, err)
}

func (a *api) deleteRole(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	roleID, err := r.ID("role", chat.UnknownRole)
	if err != nil {
		return err
	}
	if err := a.Roles.Delete(r.Context(), r.Caller, guildID, roleID); err != nil {
		return err
	}
	return route.NoContent(w)
}

// countRoles tells how many members hold each role, @everyone left out.
func (a *api) countRoles(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	counts, err := a.Roles.MemberCounts(r.Context(), r.Caller, guildID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, counts)
}
