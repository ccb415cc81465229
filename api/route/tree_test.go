package route

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"guildhall/store/ephemeral"
)

// table makes routes whose handlers tell the pattern.
func table(lines ...string) (routes []Route) {
	for _, line := range lines {
		method, pattern, _ := strings.Cut(line, " ")
		routes = append(routes, Route{Method: method, Pattern: pattern, Handle: func(http.ResponseWriter, *Request) error { return nil }})
	}
	return routes
}

func TestLiteralsStandBesideParameters(t *testing.T) {
	found, err := newTree(table(
		"GET /", "GET /users/@me", "GET /users/{user}", "GET /users/@me/guilds", "GET /users/{user}/profile", "PATCH /users/@me",
		"GET /guilds/{guild}/members/search", "GET /guilds/{guild}/members/{user}", "GET /guilds/templates/{code}", "GET /guilds/{guild}/roles",
		"PUT /m/{message}/reactions/{emoji}/@me", "PUT /m/{message}/reactions/{emoji}/{user}", "GET /a/{x}/c", "GET /a/b/{y}",
	), ephemeral.Limit{})
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"GET /":                         "/ []",
		"GET /users/@me":                "/users/@me []",
		"GET /users/7":                  "/users/{user} [{user 7}]",
		"GET /users/@me/guilds":         "/users/@me/guilds []",
		"GET /users/@me/profile":        "/users/{user}/profile [{user @me}]",
		"PATCH /users/@me":              "/users/@me []",
		"GET /guilds/1/members/search":  "/guilds/{guild}/members/search [{guild 1}]",
		"GET /guilds/1/members/2":       "/guilds/{guild}/members/{user} [{guild 1} {user 2}]",
		"GET /guilds/templates/abc":     "/guilds/templates/{code} [{code abc}]",
		"GET /guilds/templates/roles":   "/guilds/templates/{code} [{code roles}]",
		"GET /guilds/1/roles":           "/guilds/{guild}/roles [{guild 1}]",
		"PUT /m/1/reactions/🔥/@me":      "/m/{message}/reactions/{emoji}/@me [{message 1} {emoji 🔥}]",
		"PUT /m/1/reactions/x:9/2":      "/m/{message}/reactions/{emoji}/{user} [{message 1} {emoji x:9} {user 2}]",
		"GET /a/b/c":                    "/a/b/{y} [{y c}]",
		"GET /a/z/c":                    "/a/{x}/c [{x z}]",
		"GET /a/z/d":                    "none",
		"GET /users":                    "none",
		"GET /users/7/guilds":           "none",
		"PATCH /users/7":                "none",
		"DELETE /users/@me":             "none",
		"GET /guilds/1/members/2/3/4/5": "none",
	} {
		method, path, _ := strings.Cut(line, " ")
		request, got := &Request{}, "none"
		if entry := found.find(method, path, request); entry != nil {
			got = fmt.Sprint(entry.Pattern, " ", request.params)
		}
		if got != want {
			t.Errorf("%s is %s, want %s", line, got, want)
		}
	}
}

func TestTablesThatCannotBeServedAreErrors(t *testing.T) {
	for name, routes := range map[string][]Route{
		"twice":             table("GET /a/{x}", "GET /a/{y}"),
		"twice in literals": table("GET /a/b", "GET /a/b"),
		"no slash":          table("GET a"),
		"no handler":        {{Method: "GET", Pattern: "/a"}},
		"too deep":          table("GET " + strings.Repeat("/{a}", maxDepth+1)),
	} {
		if _, err := newTree(routes, ephemeral.Limit{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestRoutesAreFoundAsBySlowComparison compares the tree with going through the table line by line.
func TestRoutesAreFoundAsBySlowComparison(t *testing.T) {
	words := rapid.SampledFrom([]string{"a", "b", "{x}", "{y}"})
	rapid.Check(t, func(t *rapid.T) {
		seen, routes := map[string]bool{}, []Route(nil)
		for _, segments := range rapid.SliceOfN(rapid.SliceOfN(words, 1, 4), 1, 12).Draw(t, "patterns") {
			pattern := "/" + strings.Join(segments, "/")
			if shape := strings.ReplaceAll(pattern, "{y}", "{x}"); !seen[shape] {
				seen[shape] = true
				routes = append(routes, table("GET "+pattern)...)
			}
		}
		found, err := newTree(routes, ephemeral.Limit{})
		if err != nil {
			t.Fatal(err)
		}
		path := "/" + strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "@me"}), 1, 4).Draw(t, "path"), "/")
		got := ""
		if entry := found.find("GET", path, &Request{}); entry != nil {
			got = entry.Pattern
		}
		if want := slowFind(routes, path); got != want {
			t.Fatalf("%s is %q, want %q among %v", path, got, want, seen)
		}
	})
}

// slowFind takes the pattern that fits and has a literal at the first place where it differs in kind from others that fit.
func slowFind(routes []Route, path string) string {
	best, bestKinds := "", ""
	for _, route := range routes {
		kinds, fits := "", len(strings.Split(route.Pattern, "/")) == len(strings.Split(path, "/"))
		for i, segment := range strings.Split(route.Pattern, "/") {
			if !fits {
				break
			}
			if strings.HasPrefix(segment, "{") {
				kinds += "2"
			} else {
				kinds += "1"
				fits = segment == strings.Split(path, "/")[i]
			}
		}
		if fits && (best == "" || kinds < bestKinds) {
			best, bestKinds = route.Pattern, kinds
		}
	}
	return best
}
