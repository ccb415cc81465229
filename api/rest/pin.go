package rest

import (
	"context"
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store/id"
)

func (a *api) pinRoutes() []route.Route {
	var routes []route.Route
	for _, pattern := range []string{"/channels/{channel}/messages/pins/{message}", "/channels/{channel}/pins/{message}"} {
		routes = append(routes, route.Route{Method: "PUT", Pattern: pattern, Handle: a.changePin(a.Messages.Pin)}, route.Route{Method: "DELETE", Pattern: pattern, Handle: a.changePin(a.Messages.Unpin)})
	}
	return append(routes, route.Route{Method: "GET", Pattern: "/channels/{channel}/messages/pins", Handle: a.listPins},
		route.Route{Method: "GET", Pattern: "/channels/{channel}/pins", Handle: a.listAllPins})
}

func (a *api) changePin(change func(ctx context.Context, caller chat.Caller, channelID, messageID id.ID) error) route.Handler {
	return func(w http.ResponseWriter, r *route.Request) error {
		channelID, messageID, err := a.place(r)
		if err != nil {
			return err
		}
		if err := change(r.Context(), r.Caller, channelID, messageID); err != nil {
			return err
		}
		return route.NoContent(w)
	}
}

func (a *api) listPins(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	query := r.Query()
	before, limit := query.Time("before"), query.Int("limit", 50, 1, 50)
	if err := query.Err(); err != nil {
		return err
	}
	pins, more, err := a.Messages.Pins(r.Context(), r.Caller, channelID, before, limit)
	if err != nil {
		return err
	}
	shown, err := a.showMessages(r, channelID, pins...)
	if err != nil {
		return err
	}
	body := wire.Pins{Items: make([]wire.Pin, len(pins)), HasMore: more}
	for i := range pins {
		body.Items[i] = wire.Pin{PinnedAt: wire.Timestamp(pins[i].Message.PinnedAt), Message: shown[i]}
	}
	return route.JSON(w, http.StatusOK, body)
}

// listAllPins answers the older route, which gives the messages alone.
func (a *api) listAllPins(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	pins, err := a.Messages.AllPins(r.Context(), r.Caller, channelID)
	if err != nil {
		return err
	}
	shown, err := a.showMessages(r, channelID, pins...)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, shown)
}
