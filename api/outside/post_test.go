package outside

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// receiver is a server on this machine, and a poster that may tell it something.
func receiver(t *testing.T, answer http.HandlerFunc) (*httptest.Server, *Poster) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	allowed, err := ParseAllowed("127.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	return server, NewPoster(Options{Allowed: allowed})
}

func TestWhatIsPostedArrivesAsItIs(t *testing.T) {
	server, poster := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != `{"a":1}` || r.Method != http.MethodPost || r.URL.RequestURI() != "/hook?x=1" || r.Header.Get("Content-Type") != "application/json" ||
			r.Header.Get("X-Mark") != "m" || r.Header.Get("User-Agent") == "" {
			t.Errorf("%s %s %v: %q, %v", r.Method, r.URL, r.Header, body, err)
		}
		w.WriteHeader(http.StatusNoContent)
	})
	if status, wait, err := poster.Send(t.Context(), server.URL+"/hook?x=1", map[string]string{"X-Mark": "m"}, []byte(`{"a":1}`)); status != http.StatusNoContent || wait != 0 || err != nil {
		t.Errorf("got %d, %v, %v", status, wait, err)
	}
}

func TestWhatIsPostedIsNotHandedOn(t *testing.T) {
	asked := 0
	server, poster := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	if status, _, err := poster.Send(t.Context(), server.URL, nil, []byte("{}")); status != http.StatusTemporaryRedirect || err != nil || asked != 1 {
		t.Errorf("got %d, %v after %d requests", status, err, asked)
	}
}

func TestAReceiverCanAskToBeLeftAlone(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "120": 2 * time.Minute, "soon": 0, "-1": 0, "Fri, 01 May 2026 12:01:00 GMT": time.Minute, "Fri, 01 May 2026 11:00:00 GMT": 0} {
		server, poster := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", text)
			w.Header().Set("Date", "Fri, 01 May 2026 12:00:00 GMT")
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		if status, wait, err := poster.Send(t.Context(), server.URL, nil, nil); status != http.StatusServiceUnavailable || wait != want || err != nil {
			t.Errorf("%q: got %d, %v, %v", text, status, wait, err)
		}
	}
}

func TestNothingIsPostedWhereTheHallDoesNotAsk(t *testing.T) {
	server, _ := receiver(t, func(http.ResponseWriter, *http.Request) { t.Error("somebody was asked") })
	poster := NewPoster(Options{OwnHosts: []string{"hall.example.org"}})
	for _, address := range []string{server.URL, "ftp://example.org/", "http:///x", "https://hall.example.org/", "http://user:secret@example.org/", "http://[::1]/", "::"} {
		if _, _, err := poster.Send(t.Context(), address, nil, nil); err != errPostRefused { //nolint:errorlint // its words are all that is to be told
			t.Errorf("%s: got %v", address, err)
		}
	}
}

func TestWordsAboutAFailureTellNothingOfTheNetwork(t *testing.T) {
	server, poster := receiver(t, func(http.ResponseWriter, *http.Request) {})
	server.Close()
	if _, _, err := poster.Send(t.Context(), server.URL, nil, nil); err != errPostFailed { //nolint:errorlint // its words are all that is to be told
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	release := make(chan struct{})
	defer close(release)
	slow, poster := receiver(t, func(http.ResponseWriter, *http.Request) { <-release })
	if _, _, err := poster.Send(ctx, slow.URL, nil, nil); err == nil {
		t.Error("it was told to a receiver that nobody waits for")
	}
	if err := postFailure(context.DeadlineExceeded); err != errPostTimeout { //nolint:errorlint // its words are all that is to be told
		t.Errorf("got %v", err)
	}
}
