package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) userRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/users/@me", Handle: a.getSelf},
		{Method: "PATCH", Pattern: "/users/@me", Text: pictureText, Handle: a.updateSelf},
		{Method: "GET", Pattern: "/users/{user}", Handle: a.getUser},
		{Method: "GET", Pattern: "/users/{user}/profile", Access: route.PeopleOnly, Handle: a.getProfile},
		{Method: "GET", Pattern: "/users/@me/mentions", Access: route.PeopleOnly, Handle: a.listMentions},
		{Method: "DELETE", Pattern: "/users/@me/mentions/{message}", Access: route.PeopleOnly, Handle: a.dismissMention},
	}
}

func (a *api) getSelf(w http.ResponseWriter, r *route.Request) error {
	user, err := a.Users.Self(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewSelfUser(user, r.Caller.HallOwner))
}

func (a *api) updateSelf(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.UserPatch](r)
	if err != nil {
		return err
	}
	change := chat.UserChange{GlobalName: body.GlobalName.Pointer(), Email: body.Email.Pointer(), Avatar: body.Avatar.Pointer(), Banner: body.Banner.Pointer(), Bio: body.Bio.Pointer(), Pronouns: body.Pronouns.Pointer()}
	confirmation := wire.Confirmation{Code: body.Code, Ticket: body.Ticket, Credential: body.Credential}
	change.Second = confirmation.Proof()
	if body.AccentColor.Present {
		color := &body.AccentColor.Value
		if body.AccentColor.Null {
			color = nil
		}
		change.AccentColor = &color
	}
	if body.Username.Given() {
		change.Username = &body.Username.Value
	}
	// As upstream: password is the current one and new_password the new; and as the contract has it: current_password and password.
	switch {
	case body.NewPassword.Given():
		change.Password = &body.NewPassword.Value
		if body.Password.Given() {
			change.CurrentPassword = &body.Password.Value
		}
	case body.Password.Given() && body.CurrentPassword.Given():
		change.Password = &body.Password.Value
	case body.Password.Given():
		change.CurrentPassword = &body.Password.Value
	}
	if body.CurrentPassword.Given() {
		change.CurrentPassword = &body.CurrentPassword.Value
	}
	user, err := a.Users.UpdateSelf(r.Context(), r.Caller, change)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewSelfUser(user, r.Caller.HallOwner))
}

func (a *api) getUser(w http.ResponseWriter, r *route.Request) error {
	userID, err := r.ID("user", chat.UnknownUser)
	if err != nil {
		return err
	}
	user, err := a.Users.Get(r.Context(), r.Caller, userID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewUser(user))
}
