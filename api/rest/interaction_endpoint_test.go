package rest

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"guildhall/api/outside"
	"guildhall/store/event"
)

// application is a program that takes interactions over HTTP.
type application struct {
	*httptest.Server
	key ed25519.PublicKey
	// careless takes what is not signed, too; answer is what it says to everything but a ping.
	careless bool
	status   int
	answer   string
	asked    atomic.Int32
	last     atomic.Pointer[[]byte]
}

func (w *world) application(t *testing.T, key string) *application {
	t.Helper()
	public, err := hex.DecodeString(key)
	w.must(err)
	a := &application{key: public, status: http.StatusOK, answer: `{"type":4,"data":{"content":"over HTTP"}}`}
	a.Server = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		signature, _ := hex.DecodeString(r.Header.Get("X-Signature-Ed25519"))
		if !a.careless && (len(signature) != ed25519.SignatureSize || !ed25519.Verify(a.key, append([]byte(r.Header.Get("X-Signature-Timestamp")), body...), signature)) {
			out.WriteHeader(http.StatusUnauthorized)
			return
		}
		a.asked.Add(1)
		a.last.Store(&body)
		var given struct{ Type int }
		if json.Unmarshal(body, &given) == nil && given.Type == event.InteractionPing {
			_, _ = io.WriteString(out, `{"type":1}`)
			return
		}
		out.WriteHeader(a.status)
		_, _ = io.WriteString(out, a.answer)
	}))
	t.Cleanup(a.Close)
	return a
}

func TestInteractionsOverHTTP(t *testing.T) {
	w := newWorld(t)
	allowed, err := outside.ParseAllowed("127.0.0.1")
	w.must(err)
	a := &api{Chat: w.hall.Chat, log: w.hall.Log, urls: func() []string { return []string{"https://hall.lan:6464"} }}
	set := func(name, address string, status int) scenario {
		one := scenario{name: name, as: "ada", method: "PATCH", path: "/applications/{robin}", body: `{"interactions_endpoint_url":"` + address + `"}`, status: status}
		if status == http.StatusBadRequest {
			one.code, one.fields = 50035, map[string]string{"interactions_endpoint_url": "APPLICATION_INTERACTIONS_ENDPOINT_URL_INVALID"}
		}
		return one
	}
	w.hall.Interactions.SetEndpoint(&endpoint{a, outside.NewExchanger(outside.Options{})})
	key := w.call(t, scenario{as: "ada", method: "GET", path: "/applications/{robin}"}).text("verify_key")
	app := w.application(t, key)
	w.run(t, []scenario{set("an address of the machine itself", app.URL, 400)})
	if app.asked.Load() != 0 {
		t.Error("it was asked all the same")
	}
	w.hall.Interactions.SetEndpoint(&endpoint{a, outside.NewExchanger(outside.Options{Allowed: allowed})})
	app.careless = true
	w.run(t, []scenario{set("who takes what is not signed", app.URL, 400)})
	app.careless, app.key = false, make(ed25519.PublicKey, ed25519.PublicKeySize)
	w.run(t, []scenario{set("who has another key", app.URL, 400)})
	app.key, _ = hex.DecodeString(key)
	w.run(t, []scenario{set("nobody there", "http://127.0.0.1:1/", 400), set("who knows the hall", app.URL, 200)})
	w.buttons(t)
	ben, robin := w.listen("ben"), w.listen("robin")
	stage := func(want event.InteractionStage) {
		t.Helper()
		for next[event.InteractionProgressed](t, ben).Stage != want {
		}
	}
	w.run(t, []scenario{press("ben", "go")})
	stage(event.InteractionSucceeded)
	var told struct {
		Token  string
		Member struct{ User struct{ Username string } }
	}
	w.must(json.Unmarshal(*app.last.Load(), &told))
	if told.Member.User.Username != "ben" || told.Token == "" {
		t.Errorf("%s", *app.last.Load())
	}
	w.names = append([]string{"{token}", told.Token}, w.names...)
	w.run(t, []scenario{{name: "said", as: "ada", method: "GET", path: "/channels/{general}/messages?limit=1", status: 200, holds: []string{`"content":"over HTTP"`}},
		{name: "and more over the API", method: "POST", path: follow, body: `{"content":"more"}`, status: 200}})
	app.status, app.answer = http.StatusAccepted, ""
	w.run(t, []scenario{press("ben", "go")})
	stage(event.InteractionStarted)
	select {
	case e := <-robin.events:
		if _, is := e.(event.InteractionCreated); is {
			t.Error("the gateway was told, too")
		}
	default:
	}
	w.run(t, []scenario{set("none again", "", 200)})
}
