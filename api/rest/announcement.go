package rest

import (
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) announcementRoutes() []route.Route {
	return []route.Route{
		{Method: "POST", Pattern: "/channels/{channel}/followers", Handle: a.followChannel},
		{Method: "POST", Pattern: "/channels/{channel}/messages/{message}/crosspost", Handle: a.publishMessage},
	}
}

func (a *api) followChannel(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.ChannelFollow](r)
	if err != nil {
		return err
	}
	webhook, err := a.Announcements.Follow(r.Context(), r.Caller, channelID, body.WebhookChannelID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.FollowedChannel{ChannelID: channelID, WebhookID: webhook.ID})
}

func (a *api) publishMessage(w http.ResponseWriter, r *route.Request) error {
	channelID, messageID, err := a.place(r)
	if err != nil {
		return err
	}
	message, err := a.Announcements.Publish(r.Context(), r.Caller, channelID, messageID)
	return a.answerMessage(w, r, message, err)
}
