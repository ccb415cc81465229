package rest

import (
	"net/http"
	"slices"
	"strings"

	"guildhall/api/chat"
	"guildhall/api/route"
)

// laterRoutes are routes of the contract whose features are not built yet. They are here so that clients get a proper answer, and nothing is ever accepted and
// dropped: the lists that the contract names are empty, everything else is refused in words.
func (a *api) laterRoutes() []route.Route {
	var routes []route.Route
	for _, list := range emptyLists {
		routes = append(routes, route.Route{Method: http.MethodGet, Pattern: list.pattern, Handle: a.emptyList(list.body)})
	}
	for _, feature := range slices.Concat(laterFeatures, restOfSpecification) {
		for _, line := range feature.routes {
			words := strings.Fields(line)
			pattern := words[len(words)-1]
			for _, method := range words[:len(words)-1] {
				kind := chat.FeatureNotBuilt
				if feature.rest && method == http.MethodGet {
					kind = chat.UnknownOther
				}
				routes = append(routes, route.Route{Method: method, Pattern: pattern, Access: feature.access, Handle: refuse(kind, feature.what)})
			}
		}
	}
	return routes
}

// emptyList answers a list that has nothing in it; those of a guild are for its members.
func (a *api) emptyList(body any) route.Handler {
	return func(w http.ResponseWriter, r *route.Request) error {
		if r.Param("guild") != "" {
			guildID, err := r.ID("guild", chat.UnknownGuild)
			if err != nil {
				return err
			}
			if _, err := a.Guilds.Get(r.Context(), r.Caller, guildID); err != nil {
				return err
			}
		}
		return route.JSON(w, http.StatusOK, body)
	}
}

// refuse answers for a feature that is not built yet.
func refuse(kind chat.Kind, what string) route.Handler {
	return func(http.ResponseWriter, *route.Request) error {
		return &chat.Error{Kind: kind, Message: "This hall does not have " + what + " yet."}
	}
}

// emptyLists are what clients ask for of their own accord, and what a hall cannot have anything in yet.
var emptyLists = []struct {
	pattern string
	body    any
}{
	{"/guilds/{guild}/stickers", []string{}},
	{"/guilds/{guild}/scheduled-events", []string{}},
	{"/guilds/{guild}/templates", []string{}},
	{"/guilds/{guild}/soundboard-sounds", map[string][]string{"items": {}}},
	{"/soundboard-default-sounds", []string{}},
	{"/sticker-packs", map[string][]string{"sticker_packs": {}}},
	{"/users/@me/connections", []string{}},
}

// laterFeature is a feature that is not built yet, with its routes.
type laterFeature struct {
	// what as in "This hall does not have pins yet."
	what   string
	access route.Access
	// rest marks what belongs to the rest of the upstream specification: there, an object that is asked for is unknown.
	rest bool
	// routes are lines of methods and a pattern.
	routes []string
}

var laterFeatures = []laterFeature{
	{what: "a soundboard", routes: []string{
		"POST /channels/{channel}/send-soundboard-sound",
		"POST /guilds/{guild}/soundboard-sounds",
		"GET PATCH DELETE /guilds/{guild}/soundboard-sounds/{sound}",
	}},
	{what: "search", routes: []string{
		"GET /guilds/{guild}/messages/search",
		"GET /channels/{channel}/messages/search",
	}},
	{what: "previews of streams", access: route.PeopleOnly, routes: []string{
		"GET POST /streams/{stream}/preview",
	}},
}
