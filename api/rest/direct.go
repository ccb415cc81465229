package rest

import (
	"context"
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store/id"
)

func (a *api) directRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/users/@me/channels", Access: route.PeopleOnly, Handle: a.listDirects},
		{Method: "POST", Pattern: "/users/@me/channels", Handle: a.openDirect},
		{Method: "PUT", Pattern: "/channels/{channel}/recipients/{user}", Access: route.PeopleOnly, Handle: a.changeRecipient(a.Directs.AddRecipient)},
		{Method: "DELETE", Pattern: "/channels/{channel}/recipients/{user}", Access: route.PeopleOnly, Handle: a.changeRecipient(a.Directs.RemoveRecipient)},
	}
}

func (a *api) listDirects(w http.ResponseWriter, r *route.Request) error {
	channels, err := a.Directs.List(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	shown := make([]any, len(channels))
	for i, channel := range channels {
		shown[i] = showChannel(channel)
	}
	return route.JSON(w, http.StatusOK, shown)
}

// openDirect opens a conversation. As upstream, a list of one recipient is a conversation of two, and people make groups of more, or of themselves alone.
func (a *api) openDirect(w http.ResponseWriter, r *route.Request) error {
	body, err := route.Decode[wire.DirectDraft](r)
	if err != nil {
		return err
	}
	if err := refuseLater(later{"access_tokens", body.AccessTokens, "groups made by applications"}, later{"nicks", body.Nicks, "groups made by applications"}); err != nil {
		return err
	}
	recipientID := body.RecipientID.Value
	if !body.RecipientID.Given() && len(body.Recipients.Value) == 1 {
		recipientID = body.Recipients.Value[0]
	}
	var channel chat.Channel
	switch {
	case recipientID != 0:
		channel, err = a.Directs.Open(r.Context(), r.Caller, recipientID)
	case body.Recipients.Given():
		channel, err = a.Directs.CreateGroup(r.Context(), r.Caller, body.Recipients.Value)
	default:
		return &chat.Error{Kind: chat.Invalid, Fields: []chat.FieldError{{Path: "recipient_id", Code: "BASE_TYPE_REQUIRED", Message: "This field is required"}}}
	}
	return answerChannel(w, http.StatusOK, channel, err)
}

func (a *api) changeRecipient(change func(ctx context.Context, caller chat.Caller, channelID, userID id.ID) error) route.Handler {
	return func(w http.ResponseWriter, r *route.Request) error {
		channelID, err := r.ID("channel", chat.UnknownChannel)
		if err != nil {
			return err
		}
		userID, err := r.ID("user", chat.UnknownUser)
		if err != nil {
			return err
		}
		if err := change(r.Context(), r.Caller, channelID, userID); err != nil {
			return err
		}
		return route.NoContent(w)
	}
}
