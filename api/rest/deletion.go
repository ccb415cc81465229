package rest

import (
	"net/http"

	"guildhall/api/route"
	"guildhall/api/wire"
)

// deletionRoutes end one's own account: the one upstream's clients use, and a plainer one of our own.
func (a *api) deletionRoutes() []route.Route {
	return []route.Route{
		{Method: "POST", Pattern: "/users/@me/delete", Access: route.PeopleOnly, Limit: a.limits.SignIn, Handle: a.deleteSelf},
		{Method: "DELETE", Pattern: "/users/@me", Access: route.PeopleOnly, Limit: a.limits.SignIn, Handle: a.deleteSelf},
	}
}

func (a *api) deleteSelf(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.Confirmation](r)
	if err != nil {
		return err
	}
	if err := a.Users.DeleteSelf(r.Context(), r.Caller, body.Proof()); err != nil {
		return err
	}
	a.clearCookie(w, r)
	return route.NoContent(w)
}
