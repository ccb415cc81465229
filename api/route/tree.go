package route

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/julienschmidt/httprouter"
)

// entry is a route with its pattern taken apart.
type entry struct {
	Route
	segments []string
	bucket   bucket
}

// isParam tells whether a segment of a pattern is a parameter, and its name.
func isParam(segment string) (name string, ok bool) {
	if len(segment) > 2 && segment[0] == '{' && segment[len(segment)-1] == '}' {
		return segment[1 : len(segment)-1], true
	}
	return "", false
}

// tree finds routes by method and path. httprouter refuses a literal beside a parameter (/users/@me beside /users/:user), so where a table has both, the
// literal is registered as a parameter too, and the candidates are told apart by the values.
type tree struct {
	router *httprouter.Router
	// candidates are by method and the path as httprouter has it, those with more literals first.
	candidates map[string][]*entry
}

func newTree(routes []Route) (*tree, error) {
	t := &tree{router: httprouter.New(), candidates: make(map[string][]*entry)}
	byMethod := make(map[string][]*entry)
	for _, route := range routes {
		if !strings.HasPrefix(route.Pattern, "/") || route.Handle == nil {
			return nil, fmt.Errorf("the route %s %s is not whole", route.Method, route.Pattern)
		}
		one := &entry{Route: route, segments: strings.Split(route.Pattern[1:], "/"), bucket: newBucket(route)}
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
	anyParam := slices.ContainsFunc(entries, func(e *entry) bool {
		if len(e.segments) == depth {
			return false
		}
		_, ok := isParam(e.segments[depth])
		return ok
	})
	for _, one := range entries {
		switch {
		case len(one.segments) == depth:
			ending = append(ending, one)
		case anyParam:
			key := fmt.Sprintf(":p%d", depth)
			groups[key] = append(groups[key], one)
		default:
			groups[one.segments[depth]] = append(groups[one.segments[depth]], one)
		}
	}
	if len(ending) > 0 {
		if err := t.register(method, prefix, ending); err != nil {
			return err
		}
	}
	for segment, group := range groups {
		if err := t.add(method, prefix+"/"+segment, depth+1, group); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) register(method, path string, entries []*entry) error {
	slices.SortStableFunc(entries, func(a, b *entry) int { return countParams(a) - countParams(b) })
	for i := 1; i < len(entries); i++ {
		if sameShape(entries[i-1], entries[i]) {
			return fmt.Errorf("the route %s %s is there twice", method, entries[i].Pattern)
		}
	}
	t.candidates[method+" "+path] = entries
	t.router.Handle(method, path, httprouter.Handle(func(w http.ResponseWriter, r *http.Request, params httprouter.Params) {
		w.(*found).set(entries, params)
	}))
	return nil
}

func countParams(e *entry) (count int) {
	for _, segment := range e.segments {
		if _, ok := isParam(segment); ok {
			count++
		}
	}
	return count
}

func sameShape(a, b *entry) bool {
	for i := range a.segments {
		_, aParam := isParam(a.segments[i])
		_, bParam := isParam(b.segments[i])
		if aParam != bParam || !aParam && a.segments[i] != b.segments[i] {
			return false
		}
	}
	return true
}

// found is how httprouter's handlers hand back what they matched; it is no response.
type found struct {
	http.ResponseWriter
	entry  *entry
	params []param
}

// set chooses among the candidates the one whose literals are all there.
func (f *found) set(candidates []*entry, values httprouter.Params) {
	for _, candidate := range candidates {
		params, next, fits := f.params[:0], 0, true
		for depth, segment := range candidate.segments {
			value, wasParam := "", next < len(values) && values[next].Key == paramKeys[depth]
			if wasParam {
				value = values[next].Value
				next++
			}
			if name, ok := isParam(segment); ok {
				params = append(params, param{name, value})
			} else if wasParam && value != segment {
				fits = false
				break
			}
		}
		if fits {
			f.entry, f.params = candidate, params
			return
		}
	}
}

// maxDepth is more than the longest pattern has segments.
const maxDepth = 16

// paramKeys are httprouter's names of parameters by depth.
var paramKeys = func() (keys [maxDepth]string) {
	for i := range keys {
		keys[i] = fmt.Sprintf("p%d", i)
	}
	return keys
}()

// find gives the route for a method and path, and its parameters.
func (t *tree) find(method, path string) (*entry, []param) {
	handle, values, _ := t.router.Lookup(method, path)
	if handle == nil {
		return nil, nil
	}
	var f found
	handle(&f, nil, values)
	return f.entry, f.params
}

// otherMethods gives the methods under which a path is known.
func (t *tree) otherMethods(path string) (methods []string) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if entry, _ := t.find(method, path); entry != nil {
			methods = append(methods, method)
		}
	}
	return methods
}
