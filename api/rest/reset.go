package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) resetRoutes() []route.Route {
	return []route.Route{
		{Method: "POST", Pattern: "/auth/reset", Access: route.Public, Limit: a.limits.SignIn, Handle: a.resetPassword},
	}
}

func (a *api) resetPassword(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.Reset](r)
	if err == nil && body.Cookie {
		err = fromOwnPage(r)
	}
	if err != nil {
		return err
	}
	set, err := a.Accounts.Reset(r.Context(), a.client(r), body.Token, body.Password)
	if chat.KindOf(err) == chat.InvalidToken {
		err = &chat.Error{Kind: chat.MissingPermission, Cause: err, Message: "This link has been used or has expired. Ask whoever runs the hall for a new one."}
	}
	return a.answerSignIn(w, r, set, body.Cookie, err)
}
