package route

import (
	"crypto/rand"
	"errors"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"guildhall/api/chat"
	"guildhall/api/wire"
)

// Router is the API's http.Handler.
type Router struct {
	tree    *tree
	options Options
}

// New makes a router of route tables. A route that is there twice is an error.
func New(options Options, tables ...[]Route) (*Router, error) {
	var all []Route
	for _, table := range tables {
		all = append(all, table...)
	}
	tree, err := newTree(all)
	if err != nil {
		return nil, err
	}
	return &Router{tree: tree, options: options}, nil
}

// ServeHTTP answers everything with JSON, whatever happens.
func (router *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	requestID := rand.Text()
	header := w.Header()
	header.Set("X-Request-Id", requestID)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	allowOrigins(header)
	defer func() {
		if cause := recover(); cause != nil {
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			router.options.Log.Error("a request handler panicked", "request", requestID, "method", r.Method, "path", r.URL.Path, "cause", cause, "stack", string(debug.Stack()))
			WriteError(w, &chat.Error{Kind: chat.Internal})
		}
	}()
	err := router.serve(w, r)
	if err != nil {
		if chat.KindOf(err) == chat.Internal {
			if r.Context().Err() != nil {
				return // the caller went away; nobody reads an answer
			}
			router.options.Log.Error("a request failed", "request", requestID, "method", r.Method, "path", r.URL.Path, "error", err)
		}
		WriteError(w, err)
	}
	router.options.Log.Debug("request", "request", requestID, "method", r.Method, "path", r.URL.Path, "took", time.Since(started), "error", err != nil)
}

// allowOrigins lets pages of every origin call the API. Credentials are in a header that a page must know, or in a cookie that is sent to the hall's own pages only.
func allowOrigins(header http.Header) {
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Expose-Headers", "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-RateLimit-Reset-After, X-RateLimit-Bucket, X-RateLimit-Scope, X-RateLimit-Global, Retry-After, X-Request-Id")
}

// answered is an error that says that the answer was written already.
var errAnswered = errors.New("answered")

func (router *Router) serve(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodOptions {
		header := w.Header()
		header.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS")
		header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Audit-Log-Reason, Idempotency-Key")
		header.Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	path, ok := apiPath(r.URL.Path)
	if !ok {
		writeJSON(w, http.StatusBadRequest, wire.Error{Code: wire.CodeBadAPIVersion, Message: "Invalid API version"})
		return nil
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	entry, params := router.tree.find(method, path)
	if entry == nil {
		if methods := router.tree.otherMethods(path); len(methods) > 0 {
			w.Header().Set("Allow", strings.Join(methods, ", "))
			writeJSON(w, http.StatusMethodNotAllowed, wire.Error{Message: "405: Method Not Allowed"})
			return nil
		}
		writeJSON(w, http.StatusNotFound, wire.Error{Message: "404: Not Found"})
		return nil
	}
	request := &Request{Request: r, params: params}
	if err := router.authenticate(entry, request); err != nil {
		return err
	}
	if err := router.limit(w, entry, request); err != nil {
		if errors.Is(err, errAnswered) {
			return nil
		}
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	return entry.Handle(w, request)
}

func (router *Router) authenticate(entry *entry, r *Request) (err error) {
	if entry.Access == Public {
		return nil
	}
	r.Caller, err = router.options.Authenticate(r.Context(), r.Header.Get("Authorization"))
	switch {
	case err != nil:
		return err
	case entry.Access == PeopleOnly && r.Caller.Bot:
		return &chat.Error{Kind: chat.BotsBarred}
	case entry.Access == BotsOnly && !r.Caller.Bot:
		return &chat.Error{Kind: chat.PeopleBarred}
	}
	return nil
}

// apiPath takes /api and the version away, collapses repeated slashes, and turns our alias /servers into /guilds. It tells whether the version is one that
// is served.
func apiPath(path string) (string, bool) {
	path = collapseSlashes(path)
	path = strings.TrimPrefix(path, "/api")
	if len(path) > 2 && path[1] == 'v' && path[2] >= '0' && path[2] <= '9' {
		version, rest, _ := strings.Cut(path[2:], "/")
		switch version {
		case "8", "9", "10":
			path = "/" + rest
		default:
			return "", false
		}
	}
	if rest, ok := strings.CutPrefix(path, "/servers"); ok && (rest == "" || rest[0] == '/') {
		path = "/guilds" + rest
	}
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	if path == "" {
		path = "/"
	}
	return path, true
}

func collapseSlashes(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path
}
