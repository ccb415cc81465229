package route

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/julienschmidt/httprouter"

	"guildhall/store/ephemeral"
)

// entry is a route with its pattern taken apart.
type entry struct {
	Route
	segments []segment
	bucket   bucket
}

// segment is a part of a pattern between two slashes: a literal or a parameter.
type segment struct {
	text  string
	param bool
}

func parsePattern(pattern string) (segments []segment) {
	for text := range strings.SplitSeq(strings.TrimPrefix(pattern, "/"), "/") {
		one := segment{text: text}
		if len(text) > 2 && text[0] == '{' && text[len(text)-1] == '}' {
			one = segment{text: text[1 : len(text)-1], param: true}
		}
		segments = append(segments, one)
	}
	return segments
}

// tree finds routes by method and path. httprouter refuses a literal beside a parameter (/users/@me beside /users/:user), so where a table has both, the
// literal is registered as a parameter too, and the candidates are told apart by the values.
type tree struct {
	router *httprouter.Router
}

func newTree(routes []Route, defaultLimit ephemeral.Limit) (*tree, error) {
	t := &tree{router: httprouter.New()}
	byMethod := make(map[string][]*entry)
	for _, route := range routes {
		if !strings.HasPrefix(route.Pattern, "/") || route.Handle == nil {
			return nil, fmt.Errorf("the route %s %s is not whole", route.Method, route.Pattern)
		}
		one := &entry{Route: route, segments: parsePattern(route.Pattern)}
		if len(one.segments) > maxDepth {
			return nil, fmt.Errorf("the route %s %s has more than %d segments", route.Method, route.Pattern, maxDepth)
		}
		one.bucket = newBucket(one, defaultLimit)
		byMethod[route.Method] = append(byMethod[route.Method], one)
	}
	for method, entries := range byMethod {
		if err := t.add(method, "", 0, entries); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// add registers entries that share the first depth segments, as prefix says in httprouter's form.
func (t *tree) add(method, prefix string, depth int, entries []*entry) error {
	groups := make(map[string][]*entry)
	var ending []*entry
	anyParam := slices.ContainsFunc(entries, func(e *entry) bool { return len(e.segments) > depth && e.segments[depth].param })
	for _, one := range entries {
		switch {
		case len(one.segments) == depth:
			ending = append(ending, one)
		case anyParam:
			key := ":" + paramKeys[depth]
			groups[key] = append(groups[key], one)
		default:
			key := one.segments[depth].text
			groups[key] = append(groups[key], one)
		}
	}
	if len(ending) > 0 {
		if err := t.register(method, prefix, ending); err != nil {
			return err
		}
	}
	for text, group := range groups {
		if err := t.add(method, prefix+"/"+text, depth+1, group); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) register(method, path string, candidates []*entry) error {
	slices.SortStableFunc(candidates, literalsFirst)
	for i := 1; i < len(candidates); i++ {
		if literalsFirst(candidates[i-1], candidates[i]) == 0 {
			return fmt.Errorf("the route %s %s is there twice", method, candidates[i].Pattern)
		}
	}
	t.router.Handle(method, path, func(w http.ResponseWriter, _ *http.Request, values httprouter.Params) {
		w.(*match).choose(candidates, values)
	})
	return nil
}

// literalsFirst orders patterns of the same length: at the first place where they differ in kind, the literal comes first. Patterns that no path can tell apart
// are equal.
func literalsFirst(a, b *entry) int {
	for i := range a.segments {
		left, right := a.segments[i], b.segments[i]
		switch {
		case left.param && right.param:
		case left.param:
			return 1
		case right.param:
			return -1
		case left.text != right.text:
			return strings.Compare(left.text, right.text)
		}
	}
	return 0
}

// match is handed to what httprouter finds in place of a response, to take the route.
type match struct {
	http.ResponseWriter
	entry   *entry
	request *Request
}

// choose takes the first candidate whose literals are all there, and notes the values of its parameters.
func (m *match) choose(candidates []*entry, values httprouter.Params) {
	for _, candidate := range candidates {
		if params, ok := candidate.fit(values, m.request.room[:0]); ok {
			m.entry, m.request.params = candidate, params
			return
		}
	}
}

// fit compares the values that httprouter has found with the pattern. Segments that it has no value for are literals that it has compared itself.
func (e *entry) fit(values httprouter.Params, params []param) ([]param, bool) {
	for depth, one := range e.segments {
		if len(values) == 0 || values[0].Key != paramKeys[depth] {
			continue
		}
		value := values[0].Value
		values = values[1:]
		switch {
		case one.param:
			params = append(params, param{one.text, value})
		case value != one.text:
			return nil, false
		}
	}
	return params, true
}

// maxDepth is at least as many segments as a pattern may have.
const maxDepth = 16

// paramKeys are httprouter's names of parameters, by depth.
var paramKeys = func() (keys [maxDepth]string) {
	for i := range keys {
		keys[i] = fmt.Sprintf("p%d", i)
	}
	return keys
}()

// find gives the route for a method and path, nil for none, and notes its parameters in the request.
func (t *tree) find(method, path string, r *Request) *entry {
	handle, values, _ := t.router.Lookup(method, path)
	if handle == nil {
		return nil
	}
	found := match{request: r}
	handle(&found, nil, values)
	return found.entry
}

// methods gives the methods under which a path is known.
func (t *tree) methods(path string) (methods []string) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if t.find(method, path, &Request{}) != nil {
			methods = append(methods, method)
		}
	}
	return methods
}
