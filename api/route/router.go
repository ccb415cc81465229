package route

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/ephemeral"
)

// Router is the API's http.Handler.
type Router struct {
	tree    *tree
	options Options
}

// New makes a router of route tables. A route that is there twice is an error.
func New(options Options, tables ...[]Route) (*Router, error) {
	if options.DefaultLimit == (ephemeral.Limit{}) {
		options.DefaultLimit = defaultLimit
	}
	if options.GlobalLimit == (ephemeral.Limit{}) {
		options.GlobalLimit = globalLimit
	}
	if options.InvalidLimit == (ephemeral.Limit{}) {
		options.InvalidLimit = invalidLimit
	}
	if options.BodyTimeout == 0 {
		options.BodyTimeout = defaultBodyTimeout
	}
	var all []Route
	for _, table := range tables {
		all = append(all, table...)
	}
	tree, err := newTree(all, options.DefaultLimit)
	if err != nil {
		return nil, err
	}
	return &Router{tree: tree, options: options}, nil
}

// answer is the response, with its status for the log.
type answer struct {
	http.ResponseWriter
	// status is zero until the answer has begun.
	status int
}

// WriteHeader begins the answer.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write begins the answer with 200 if nothing has begun it.
func (a *answer) Write(data []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(data)
}

// ServeHTTP answers everything with JSON, whatever happens.
func (router *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	out := &answer{ResponseWriter: w}
	request := &Request{Request: r, requestID: rand.Text()}
	writeCommonHeaders(w.Header(), request.requestID)
	defer func() {
		if cause := recover(); cause != nil {
			router.recovered(out, request, cause)
		}
		router.logAccess(out, request, time.Since(started))
	}()
	if err := router.serve(out, request); err != nil {
		router.fail(out, request, err)
	}
	router.countInvalid(out, request)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// recovered answers for a handler that panicked.
func (router *Router) recovered(out *answer, r *Request, cause any) {
	if cause == http.ErrAbortHandler { //nolint:errorlint // the value of a panic, which net/http compares like this
		panic(cause)
	}
	router.options.Log.Error("a request handler panicked", "request", r.requestID, "method", r.Method, "route", r.place(), "cause", cause, "stack", string(debug.Stack()))
	if out.status != 0 {
		panic(http.ErrAbortHandler) // the answer has begun: only cutting it off tells the client that it is not whole
	}
	WriteError(out, &chat.Error{Kind: chat.Internal})
}

// fail answers with an error, and logs it when it is ours.
func (router *Router) fail(out *answer, r *Request, err error) {
	if errors.Is(err, errAnswered) {
		return
	}
	if _, ready := errors.AsType[*bodyError](err); !ready && chat.KindOf(err) == chat.Internal {
		if r.Context().Err() != nil {
			return // the caller went away: nobody reads an answer, and nothing of ours has failed
		}
		router.options.Log.Error("a request failed", "request", r.requestID, "method", r.Method, "route", r.place(), "error", err)
	}
	if out.status != 0 {
		panic(http.ErrAbortHandler) // the answer has begun: only cutting it off tells the client that it is not whole
	}
	WriteError(out, err)
}

// logAccess notes a request. The path is not logged: it may hold a webhook's token or an invite's code.
func (router *Router) logAccess(out *answer, r *Request, took time.Duration) {
	if router.options.Log.Enabled(r.Context(), slog.LevelDebug) {
		router.options.Log.Debug("request", "request", r.requestID, "method", r.Method, "route", r.place(), "caller", r.Caller.UserID, "status", out.status, "took", took)
	}
}

// longestShown is the length up to which a segment of an unknown path is shown in the log: ids are not longer, secrets are.
const longestShown = 20

// place names the route for the log; of a path that is none, segments that could be secrets are left out.
func (r *Request) place() string {
	if r.pattern != "" {
		return r.pattern
	}
	segments := strings.SplitN(r.URL.Path, "/", maxDepth)
	for i, segment := range segments {
		if len(segment) > longestShown {
			segments[i] = fmt.Sprintf("(%d characters)", len(segment))
		}
	}
	return strings.Join(segments, "/")
}

// Values of headers that go with every answer, shared by all.
var (
	noSniff       = []string{"nosniff"}
	noStore       = []string{"no-store"}
	nothingLoaded = []string{"default-src 'none'; frame-ancestors 'none'"}
	anyOrigin     = []string{"*"}
	exposed       = []string{"X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-RateLimit-Reset-After, X-RateLimit-Bucket, X-RateLimit-Scope, X-RateLimit-Global, Retry-After, Range, X-Request-Id"}
)

// writeCommonHeaders sets what goes with every answer. Pages of every origin may call the API: credentials are in a header that a page must know, or in a cookie
// that is sent to the hall's own pages only.
func writeCommonHeaders(header http.Header, requestID string) {
	header["X-Request-Id"] = []string{requestID}
	header["X-Content-Type-Options"] = noSniff
	header["Cache-Control"] = noStore
	header["Content-Security-Policy"] = nothingLoaded
	header["Access-Control-Allow-Origin"] = anyOrigin
	header["Access-Control-Expose-Headers"] = exposed
}

// errAnswered is an error that says that the answer was written already.
var errAnswered = errors.New("answered")

func (router *Router) serve(w *answer, r *Request) error {
	if r.Method == http.MethodOptions {
		return preflight(w)
	}
	path, found := apiPath(r.URL.Path)
	switch found {
	case pathBadVersion:
		return &bodyError{http.StatusBadRequest, wire.Error{Code: wire.CodeBadAPIVersion, Message: "Invalid API version"}}
	case pathElsewhere:
		return errNotFound
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	entry := router.tree.find(method, path, r)
	if entry == nil {
		if methods := router.tree.methods(path); len(methods) > 0 {
			w.Header().Set("Allow", strings.Join(methods, ", "))
			return &bodyError{http.StatusMethodNotAllowed, wire.Error{Message: "405: Method Not Allowed"}}
		}
		return errNotFound
	}
	r.pattern = entry.Pattern
	err := router.authenticate(entry, r)
	r.counts = refusalKey(entry, r)
	if blocked := router.blocked(w, r); blocked != nil {
		return blocked
	}
	if err != nil {
		return router.limitFailure(w, r, err)
	}
	if err := router.limit(w, entry, r); err != nil {
		return err
	}
	if r.ContentLength != 0 {
		if err := router.boundBody(w, entry, r); err != nil {
			return err
		}
	}
	return entry.Handle(w, r)
}

var errNotFound = &bodyError{http.StatusNotFound, wire.Error{Message: "404: Not Found"}}

// preflight answers a browser that asks whether a page of another origin may call the API.
func preflight(w http.ResponseWriter) error {
	header := w.Header()
	header.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS")
	header.Set("Access-Control-Allow-Headers", "Authorization, Content-Range, Content-Type, X-Audit-Log-Reason, Idempotency-Key")
	header.Set("Access-Control-Max-Age", "86400")
	return NoContent(w)
}

func (router *Router) authenticate(entry *entry, r *Request) (err error) {
	if entry.Access == Public {
		return nil
	}
	r.Caller, err = router.options.Authenticate(r.Context(), r.Header.Get("Authorization"))
	if err == nil {
		r.Caller.Reason, err = chat.CheckReason(auditReason(r))
	}
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

// auditReason is why something is done: what the header says, or else the query, where older versions of the API have it.
func auditReason(r *Request) string {
	reason := r.Header.Get("X-Audit-Log-Reason")
	if reason == "" {
		if !strings.Contains(r.URL.RawQuery, "reason=") {
			return "" // parsing is not free
		}
		return r.URL.Query().Get("reason")
	}
	if plain, err := url.PathUnescape(reason); err == nil { // some libraries send it as it is
		return plain
	}
	return reason
}

// pathKind says what a path is.
type pathKind int

const (
	// pathServed may be a route's.
	pathServed pathKind = iota
	// pathBadVersion is of a version of the API that is not served, pathElsewhere not of the API.
	pathBadVersion
	pathElsewhere
)

// apiPath takes /api and the version away, collapses repeated slashes (discordgo sends them), and turns our alias /servers into /guilds.
func apiPath(path string) (string, pathKind) {
	path = collapseSlashes(path)
	path, ok := strings.CutPrefix(path, "/api")
	if !ok || path != "" && path[0] != '/' {
		return "", pathElsewhere
	}
	if len(path) > 2 && path[1] == 'v' && path[2] >= '0' && path[2] <= '9' {
		version, _, _ := strings.Cut(path[2:], "/")
		switch version {
		case "8", "9", "10":
			path = path[2+len(version):]
		default:
			return "", pathBadVersion
		}
	}
	if rest, ok := strings.CutPrefix(path, "/servers"); ok && (rest == "" || rest[0] == '/') {
		path = "/guilds" + rest
	}
	if path = strings.TrimSuffix(path, "/"); path == "" {
		path = "/"
	}
	return path, pathServed
}

func collapseSlashes(path string) string {
	if !strings.Contains(path, "//") {
		return path
	}
	var out strings.Builder
	out.Grow(len(path))
	for i := range len(path) {
		if path[i] != '/' || i == 0 || path[i-1] != '/' {
			out.WriteByte(path[i])
		}
	}
	return out.String()
}
