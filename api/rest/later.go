package rest

import (
	"net/http"
	"strings"

	"guildhall/api/chat"
	"guildhall/api/route"
)

// laterRoutes are routes of the contract whose features are not built yet. They are here so that clients get a proper answer: the lists that a hall cannot have
// anything in are empty, as the contract asks, and everything else is refused in words. None of them pretends to have done something.
func (a *api) laterRoutes() []route.Route {
	empty := []string{
		"/guilds/{guild}/emojis", "/guilds/{guild}/stickers", "/guilds/{guild}/scheduled-events", "/guilds/{guild}/integrations",
		"/guilds/{guild}/auto-moderation/rules", "/guilds/{guild}/soundboard-sounds",
	}
	refused := []struct {
		what  string
		paths []string
	}{
		{"direct messages", []string{"POST /users/@me/channels", "GET /users/@me/channels"}},
		{"files", []string{"POST /channels/{channel}/attachments", "POST /attachments/refresh-urls"}},
		{"reactions", []string{
			"PUT /channels/{channel}/messages/{message}/reactions/{emoji}/@me", "DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/@me",
			"DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/{user}", "GET /channels/{channel}/messages/{message}/reactions/{emoji}",
			"DELETE /channels/{channel}/messages/{message}/reactions/{emoji}", "DELETE /channels/{channel}/messages/{message}/reactions",
		}},
		{"threads", []string{"POST /channels/{channel}/messages/{message}/threads", "POST /channels/{channel}/threads", "GET /guilds/{guild}/threads/active"}},
		{"pins", []string{
			"GET /channels/{channel}/pins", "GET /channels/{channel}/messages/pins", "PUT /channels/{channel}/pins/{message}",
			"DELETE /channels/{channel}/pins/{message}", "PUT /channels/{channel}/messages/pins/{message}", "DELETE /channels/{channel}/messages/pins/{message}",
		}},
		{"bulk deletion", []string{"POST /channels/{channel}/messages/bulk-delete"}},
		{"bans", []string{
			"GET /guilds/{guild}/bans", "GET /guilds/{guild}/bans/{user}", "PUT /guilds/{guild}/bans/{user}", "DELETE /guilds/{guild}/bans/{user}",
			"POST /guilds/{guild}/bulk-ban",
		}},
		{"pruning", []string{"GET /guilds/{guild}/prune", "POST /guilds/{guild}/prune"}},
		{"the audit log", []string{"GET /guilds/{guild}/audit-logs"}},
		{"emoji", []string{"POST /guilds/{guild}/emojis"}},
		{"webhooks", []string{"GET /channels/{channel}/webhooks", "POST /channels/{channel}/webhooks", "GET /guilds/{guild}/webhooks", "POST /webhooks/{hook}/{token}"}},
		{"application commands", []string{
			"GET /applications/{application}/commands", "POST /applications/{application}/commands", "PUT /applications/{application}/commands",
			"GET /applications/{application}/guilds/{guild}/commands", "POST /applications/{application}/guilds/{guild}/commands",
			"PUT /applications/{application}/guilds/{guild}/commands",
		}},
		{"changes to an application", []string{"PATCH /applications/@me"}},
		{"search", []string{"GET /guilds/{guild}/messages/search", "GET /channels/{channel}/messages/search"}},
		{"friends", []string{"GET /users/@me/relationships", "POST /users/@me/relationships", "PUT /users/@me/relationships/{user}"}},
		{"settings", []string{"GET /users/@me/settings", "PATCH /users/@me/settings"}},
		{"read marks", []string{"POST /channels/{channel}/messages/{message}/ack", "POST /read-states/ack-bulk"}},
	}
	var routes []route.Route
	for _, path := range empty {
		routes = append(routes, route.Route{Method: "GET", Pattern: path, Handle: a.emptyGuildList})
	}
	routes = append(routes, route.Route{Method: "GET", Pattern: "/sticker-packs", Handle: func(w http.ResponseWriter, _ *route.Request) error {
		return route.JSON(w, http.StatusOK, map[string][]string{"sticker_packs": {}})
	}})
	for _, group := range refused {
		for _, line := range group.paths {
			method, pattern, _ := strings.Cut(line, " ")
			routes = append(routes, route.Route{Method: method, Pattern: pattern, Handle: refuse(group.what)})
		}
	}
	return routes
}

// emptyGuildList answers a list that a guild has nothing in, to its members.
func (a *api) emptyGuildList(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	if _, err := a.Guilds.Get(r.Context(), r.Caller, guildID); err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, []string{})
}

// refuse answers for a feature that is not built yet.
func refuse(what string) route.Handler {
	return func(http.ResponseWriter, *route.Request) error {
		return &chat.Error{Kind: chat.FeatureNotBuilt, Message: "This hall does not have " + what + " yet."}
	}
}
