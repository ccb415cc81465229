package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) callRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/channels/{channel}/call", Access: route.PeopleOnly, Handle: a.getCall},
		{Method: "POST", Pattern: "/channels/{channel}/call/ring", Access: route.PeopleOnly, Handle: a.ring},
		{Method: "POST", Pattern: "/channels/{channel}/call/stop-ringing", Access: route.PeopleOnly, Handle: a.stopRinging},
	}
}

func (a *api) getCall(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	ringable, err := a.Voice.Ringable(r.Context(), r.Caller, channelID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.CallEligibility{Ringable: ringable})
}

func (a *api) ring(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.CallRing](r)
	if err != nil {
		return err
	}
	if err := a.Voice.Ring(r.Context(), r.Caller, channelID, body.Recipients.Value); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) stopRinging(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.CallRing](r)
	if err != nil {
		return err
	}
	recipients := body.Recipients.Value
	if !body.Recipients.Present {
		recipients = append(recipients, r.Caller.UserID)
	}
	if err := a.Voice.StopRinging(r.Context(), r.Caller, channelID, recipients, body.Recipients.Null); err != nil {
		return err
	}
	return route.NoContent(w)
}
