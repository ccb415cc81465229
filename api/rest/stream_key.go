package rest

import (
	"net/http"

	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) streamKeyRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/users/@me/stream-key", Access: route.PeopleOnly, Handle: a.getStreamKey},
		{Method: "POST", Pattern: "/users/@me/stream-key", Access: route.PeopleOnly, Handle: a.makeStreamKey},
		{Method: "DELETE", Pattern: "/users/@me/stream-key", Access: route.PeopleOnly, Handle: a.dropStreamKey},
	}
}

func (a *api) getStreamKey(w http.ResponseWriter, r *route.Request) error {
	exists, err := a.Accounts.HasStreamKey(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.StreamKeyState{Exists: exists})
}

func (a *api) makeStreamKey(w http.ResponseWriter, r *route.Request) error {
	key, err := a.Accounts.MakeStreamKey(r.Context(), r.Caller, r.Caller.UserID)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return route.JSON(w, http.StatusOK, wire.MadeStreamKey{StreamKey: key})
}

func (a *api) dropStreamKey(w http.ResponseWriter, r *route.Request) error {
	if err := a.Accounts.DropStreamKey(r.Context(), r.Caller, r.Caller.UserID); err != nil {
		return err
	}
	return route.NoContent(w)
}
