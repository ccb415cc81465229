package rest

import (
	"net/http"

	"guildhall/api/route"
	"guildhall/api/wire"
)

func (a *api) botRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/gateway", Access: route.Public, Handle: a.getGateway},
		{Method: "GET", Pattern: "/gateway/bot", Access: route.BotsOnly, Handle: a.getGatewayBot},
	}
}

// gatewayURL is the gateway's address: over HTTPS the configured one, if there is any, otherwise the one by which the caller came. It has no path and no query:
// libraries append theirs as text.
func (a *api) gatewayURL(r *route.Request) string {
	if a.publicURL != nil && r.TLS != nil {
		return "wss://" + a.publicURL.Host
	}
	return route.BaseURL(r.Request, "ws")
}

func (a *api) getGateway(w http.ResponseWriter, r *route.Request) error {
	return route.JSON(w, http.StatusOK, wire.GatewayURL{URL: a.gatewayURL(r)})
}

func (a *api) getGatewayBot(w http.ResponseWriter, r *route.Request) error {
	left, err := a.Starts.Left(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.GatewayBot{URL: a.gatewayURL(r), Shards: 1,
		SessionStartLimit: wire.SessionStartLimit{Total: left.Total, Remaining: left.Remaining, ResetAfter: int(left.ResetAfter.Milliseconds()), MaxConcurrency: left.Concurrency}})
}
