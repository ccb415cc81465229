package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) guestRoutes() []route.Route {
	return []route.Route{
		{Method: "POST", Pattern: "/auth/guest", Access: route.Public, Limit: a.limits.SignIn, Handle: a.enterAsGuest},
		{Method: "POST", Pattern: "/users/@me/claim", Access: route.PeopleOnly, Limit: a.limits.SignIn, Handle: a.claimAccount},
	}
}

func (a *api) enterAsGuest(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.GuestEntry](r)
	if err == nil && body.Cookie {
		err = fromOwnPage(r)
	}
	if err != nil {
		return err
	}
	set, err := a.Accounts.Enter(r.Context(), a.client(r), body.Name, body.Invite)
	return a.answerTokens(w, r, http.StatusCreated, set, body.Cookie, err)
}

func (a *api) claimAccount(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.GuestClaim](r)
	if err != nil {
		return err
	}
	user, err := a.Accounts.Claim(r.Context(), r.Caller, chat.NewAccount{Username: body.Username, Password: body.Password, Email: body.Email.Value})
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewSelfUser(user, r.Caller.HallOwner))
}
