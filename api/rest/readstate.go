package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) readStateRoutes() []route.Route {
	return []route.Route{
		{Method: "POST", Pattern: "/channels/{channel}/messages/{message}/ack", Access: route.PeopleOnly, Handle: a.ack},
		{Method: "DELETE", Pattern: "/channels/{channel}/messages/ack", Access: route.PeopleOnly, Handle: a.forgetReadState},
		{Method: "POST", Pattern: "/channels/{channel}/pins/ack", Access: route.PeopleOnly, Handle: a.ackPins},
		{Method: "POST", Pattern: "/read-states/ack-bulk", Access: route.PeopleOnly, Handle: a.ackBulk},
	}
}

func (a *api) ack(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	messageID, err := r.ID("message", chat.UnknownMessage)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.Ack](r)
	if err != nil {
		return err
	}
	if err := a.ReadStates.Ack(r.Context(), r.Caller, chat.Ack{ChannelID: channelID, MessageID: messageID, Manual: body.Manual}); err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.AckAnswer{})
}

func (a *api) ackPins(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	if err := a.ReadStates.AckPins(r.Context(), r.Caller, channelID); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) ackBulk(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.AckBulk](r)
	if err != nil {
		return err
	}
	acks := make([]chat.Ack, 0, len(body.ReadStates))
	for _, one := range body.ReadStates {
		if one.ReadStateType != 0 {
			return &chat.Error{Kind: chat.NotSupported, Message: "This hall has read marks of channels alone."}
		}
		acks = append(acks, chat.Ack{ChannelID: one.ChannelID, MessageID: one.MessageID})
	}
	if err := a.ReadStates.AckAll(r.Context(), r.Caller, acks); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) forgetReadState(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	if err := a.ReadStates.Forget(r.Context(), r.Caller, channelID); err != nil {
		return err
	}
	return route.NoContent(w)
}
