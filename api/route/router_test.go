package route

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/wire"
	"guildhall/store/ephemeral"
	"guildhall/store/ephemeral/memory"
	"guildhall/store/id"
)

// testRouter serves routes to callers whose Authorization is their id; its log is in log.
func testRouter(t *testing.T, options Options, routes ...Route) (router *Router, log *bytes.Buffer) {
	t.Helper()
	log = new(bytes.Buffer)
	options.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	options.Authenticate = func(_ context.Context, authorization string) (chat.Caller, error) {
		caller, err := id.Parse(authorization)
		if err != nil {
			return chat.Caller{}, &chat.Error{Kind: chat.Unauthorized}
		}
		return chat.Caller{UserID: caller}, nil
	}
	router, err := New(options, routes)
	if err != nil {
		t.Fatal(err)
	}
	return router, log
}

func request(method, path, caller, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if caller != "" {
		r.Header.Set("Authorization", caller)
	}
	return r
}

func serve(router http.Handler, r *http.Request) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	router.ServeHTTP(recorder, r)
	return recorder
}

func TestAPanicIsAnsweredAndLogged(t *testing.T) {
	router, log := testRouter(t, Options{}, Route{Method: "GET", Pattern: "/boom/{token}", Access: Public, Handle: func(http.ResponseWriter, *Request) error { panic("secret cause") }})
	got := serve(router, request("GET", "/api/boom/hush", "", ""))
	if got.Code != 500 || strings.Contains(got.Body.String(), "secret") || !json.Valid(got.Body.Bytes()) {
		t.Errorf("the answer is %d %s", got.Code, got.Body)
	}
	if text := log.String(); !strings.Contains(text, "secret cause") || !strings.Contains(text, got.Header().Get("X-Request-Id")) || strings.Contains(text, "hush") {
		t.Errorf("the log is %s", text)
	}
}

func TestWhatFailsWithinAnAnswerCutsItOff(t *testing.T) {
	for name, fail := range map[string]func() error{"a panic": func() error { panic("in the middle") }, "an error": func() error { return errors.New("in the middle") }} {
		t.Run(name, func(t *testing.T) {
			router, log := testRouter(t, Options{}, Route{Method: "GET", Pattern: "/half", Access: Public, Handle: func(w http.ResponseWriter, _ *Request) error {
				_, _ = w.Write([]byte("half"))
				return fail()
			}})
			defer func() {
				if cause := recover(); cause != http.ErrAbortHandler {
					t.Errorf("the cause is %v", cause)
				}
				if !strings.Contains(log.String(), "in the middle") {
					t.Errorf("the log is %s", log)
				}
			}()
			serve(router, request("GET", "/api/half", "", ""))
			t.Error("the answer was ended as if it were whole")
		})
	}
}

func TestErrorsOfOurOwnAreLoggedAndNotShown(t *testing.T) {
	router, log := testRouter(t, Options{}, Route{Method: "GET", Pattern: "/bad", Access: Public, Handle: func(http.ResponseWriter, *Request) error { return errors.New("disk on fire") }})
	got := serve(router, request("GET", "/api/bad", "", ""))
	if got.Code != 500 || strings.Contains(got.Body.String(), "fire") || !strings.Contains(log.String(), "disk on fire") {
		t.Errorf("the answer is %d %s, the log %s", got.Code, got.Body, log)
	}
}

func TestACallerWhoWentAwayIsNoError(t *testing.T) {
	router, log := testRouter(t, Options{}, Route{Method: "GET", Pattern: "/slow", Access: Public, Handle: func(_ http.ResponseWriter, r *Request) error { return r.Context().Err() }})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	serve(router, request("GET", "/api/slow", "", "").WithContext(ctx))
	if strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("the log is %s", log)
	}
}

func TestSecretsInPathsAreNotLogged(t *testing.T) {
	secret := strings.Repeat("s", 68)
	router, log := testRouter(t, Options{}, Route{Method: "POST", Pattern: "/webhooks/{hook}/{token}", Access: Public, Handle: func(w http.ResponseWriter, _ *Request) error { return NoContent(w) }})
	serve(router, request("POST", "/api/webhooks/1/"+secret, "", ""))
	serve(router, request("POST", "/api/webhooks/1/"+secret+"/unknown", "", ""))
	if strings.Contains(log.String(), secret) || strings.Count(log.String(), "msg=request") != 2 || !strings.Contains(log.String(), "/webhooks/{hook}/{token}") || !strings.Contains(log.String(), "status=404") {
		t.Errorf("the log is %s", log)
	}
}

func limited(t *testing.T, routes ...Route) *Router {
	limiter := memory.Open(memory.Options{Now: func() time.Time { return time.Unix(1_800_000_000, 0) }, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() {
		if err := limiter.Close(); err != nil {
			t.Error(err)
		}
	})
	router, _ := testRouter(t, Options{Limiter: limiter, DefaultLimit: ephemeral.Limit{Burst: 2, Per: 10 * time.Second}, GlobalLimit: ephemeral.Limit{Burst: 5, Per: time.Second}}, routes...)
	return router
}

func ok(w http.ResponseWriter, _ *Request) error { return NoContent(w) }

func TestLimitsAreCountedByCallerRouteAndMajorParameter(t *testing.T) {
	router := limited(t, Route{Method: "GET", Pattern: "/channels/{channel}/x/{y}", Handle: ok}, Route{Method: "DELETE", Pattern: "/channels/{channel}/x/{y}", Handle: ok})
	one := serve(router, request("GET", "/api/channels/1/x/1", "7", ""))
	two := serve(router, request("GET", "/api/v9/channels/1/x/2", "7", ""))
	three := serve(router, request("GET", "/api/channels/1/x/3", "7", ""))
	for i, want := range []string{"1", "0", "0"} {
		header := []*httptest.ResponseRecorder{one, two, three}[i].Header()
		if header.Get("X-RateLimit-Remaining") != want || header.Get("X-RateLimit-Limit") != "2" || header.Get("X-RateLimit-Reset-After") != "10.000" ||
			header.Get("X-RateLimit-Reset") == "" || header.Get("X-RateLimit-Bucket") != one.Header().Get("X-RateLimit-Bucket") {
			t.Errorf("the headers of request %d are %v", i+1, header)
		}
	}
	if three.Code != 429 || three.Header().Get("Via") == "" || three.Header().Get("Retry-After") != "10" || three.Header().Get("X-RateLimit-Scope") != "user" || three.Header().Get("X-RateLimit-Global") != "" {
		t.Errorf("the third is answered %d with %v", three.Code, three.Header())
	}
	var body struct {
		Message    string
		RetryAfter float64 `json:"retry_after"`
		Global     *bool
	}
	if err := json.Unmarshal(three.Body.Bytes(), &body); err != nil || body.RetryAfter != 10 || body.Global == nil || *body.Global || body.Message == "" {
		t.Errorf("the body is %s", three.Body)
	}
	for what, r := range map[string]*http.Request{
		"another channel": request("GET", "/api/channels/2/x/1", "7", ""), "another caller": request("GET", "/api/channels/1/x/1", "8", ""),
	} {
		if got := serve(router, r); got.Code != 204 || got.Header().Get("X-RateLimit-Bucket") != one.Header().Get("X-RateLimit-Bucket") {
			t.Errorf("%s is answered %d in the bucket %q", what, got.Code, got.Header().Get("X-RateLimit-Bucket"))
		}
	}
	if got := serve(router, request("DELETE", "/api/channels/1/x/1", "7", "")); got.Code != 204 || got.Header().Get("X-RateLimit-Bucket") == one.Header().Get("X-RateLimit-Bucket") {
		t.Errorf("another method is answered %d in the bucket %q", got.Code, got.Header().Get("X-RateLimit-Bucket"))
	}
	if got := serve(router, request("GET", "/api/channels/5/x/1", "7", "")); got.Code != 429 || got.Header().Get("X-RateLimit-Global") != "true" || got.Header().Get("X-RateLimit-Scope") != "global" ||
		!strings.Contains(got.Body.String(), `"global":true`) || got.Header().Get("Via") == "" {
		t.Errorf("the sixth of all is answered %d %s with %v", got.Code, got.Body, got.Header())
	}
}

func TestLimitsOfPublicRoutesAreCountedByAddress(t *testing.T) {
	router := limited(t, Route{Method: "GET", Pattern: "/open", Access: Public, Limit: ephemeral.Limit{Burst: 1, Per: time.Minute}, Handle: ok})
	from := func(address string) int {
		r := request("GET", "/api/open", "", "")
		r.RemoteAddr = address
		return serve(router, r).Code
	}
	if first, second, other := from("192.0.2.1:1000"), from("192.0.2.1:2000"), from("192.0.2.2:1000"); first != 204 || second != 429 || other != 204 {
		t.Errorf("the answers are %d, %d and %d", first, second, other)
	}
}

func TestBadCredentialsAreCountedByAddress(t *testing.T) {
	router := limited(t, Route{Method: "GET", Pattern: "/mine", Handle: ok})
	var codes []int
	for range 6 {
		codes = append(codes, serve(router, request("GET", "/api/mine", "guess", "")).Code)
	}
	if want := []int{401, 401, 401, 401, 401, 429}; !slices.Equal(codes, want) {
		t.Errorf("the answers are %v, want %v", codes, want)
	}
	if got := serve(router, request("GET", "/api/mine", "7", "")); got.Code != 204 {
		t.Errorf("good credentials from there are answered %d", got.Code)
	}
}

func TestABodyThatDoesNotArriveIsNotWaitedForWithoutEnd(t *testing.T) {
	router, _ := testRouter(t, Options{BodyTimeout: 20 * time.Millisecond}, Route{Method: "POST", Pattern: "/slow", Access: Public, Handle: func(w http.ResponseWriter, r *Request) error {
		if _, err := Decode[wire.MessageCreate](r); err != nil {
			return err
		}
		return NoContent(w)
	}})
	server := httptest.NewServer(router)
	defer server.Close()
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, "POST /api/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"content\":"); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusRequestTimeout {
		t.Errorf("the answer is %d", response.StatusCode)
	}
}

func TestALargeBodyMayTakeItsTimeAsLongAsItKeepsComing(t *testing.T) {
	const patience = 300 * time.Millisecond
	router, _ := testRouter(t, Options{BodyTimeout: patience}, Route{Method: "POST", Pattern: "/files", Access: Public, Body: 4 << 20, Handle: func(w http.ResponseWriter, r *Request) error {
		_, err := DecodeForm[wire.MessageCreate](r, func(part FilePart) error {
			_, err := io.Copy(io.Discard, part.Content)
			return err
		})
		if err != nil {
			return err
		}
		return NoContent(w)
	}})
	server := httptest.NewServer(router)
	defer server.Close()
	const head = "--b\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a\"\r\n\r\n"
	for name, test := range map[string]struct {
		pieces int
		status int
	}{
		// A hundred kilobytes buy eight seconds: the whole takes longer than the patience alone, and comes.
		"one that comes":  {5, http.StatusNoContent},
		"one that stalls": {0, http.StatusRequestTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			reader, writer := io.Pipe()
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/api/files", reader)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "multipart/form-data; boundary=b")
			go func() {
				_, _ = io.WriteString(writer, head)
				for range test.pieces {
					_, _ = writer.Write(make([]byte, 100_000))
					<-time.After(patience / 4) // a slow line
				}
				if test.pieces > 0 {
					_, _ = io.WriteString(writer, "\r\n--b--\r\n")
					_ = writer.Close()
				}
			}()
			response, err := server.Client().Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != test.status {
				t.Errorf("it is answered %d", response.StatusCode)
			}
			_ = reader.Close()
		})
	}
}

func TestWhatTheRulesLimitIsAnsweredAlike(t *testing.T) {
	router, _ := testRouter(t, Options{}, Route{Method: "POST", Pattern: "/slow", Access: Public, Handle: func(http.ResponseWriter, *Request) error {
		return &chat.Error{Kind: chat.SlowMode, RetryAfter: 4500 * time.Millisecond}
	}})
	got := serve(router, request("POST", "/api/slow", "", ""))
	if got.Code != 429 || got.Header().Get("Via") == "" || got.Header().Get("Retry-After") != "5" || got.Header().Get("X-RateLimit-Scope") != "shared" ||
		!strings.Contains(got.Body.String(), `"code":20016`) || !strings.Contains(got.Body.String(), `"retry_after":4.5`) {
		t.Errorf("the answer is %d %s with %v", got.Code, got.Body, got.Header())
	}
}

func TestBucketsKeepTheirNames(t *testing.T) {
	// Clients of a hall that restarts remember the names: this one may not change.
	e := &entry{Route: Route{Method: "POST", Pattern: "/channels/{channel}/messages"}, segments: parsePattern("/channels/{channel}/messages")}
	if got := newBucket(e, defaultLimit); got.name != "174f56f8cc86a6b7" || got.major != "channel" || got.limit != defaultLimit {
		t.Errorf("the bucket is %+v", got)
	}
}
