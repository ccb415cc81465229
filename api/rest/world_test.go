package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"guildhall/api/cdn"
	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/api/route"
	"guildhall/api/spectest"
	"guildhall/store"
	"guildhall/store/id"
)

// Whoever starts a goroutine stops it and waits for it: after all tests nothing runs any more.
func TestMain(m *testing.M) {
	code := m.Run()
	err := chattest.StopPostgres()
	if err == nil && code == 0 {
		err = goleak.Find()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// world is a hall that is spoken to over HTTP: ada owns the hall and a guild with ben, cleo is in the hall only, robin is a bot in the guild.
type world struct {
	t      testing.TB
	hall   *chattest.Hall
	guild  *chattest.Guild
	server *httptest.Server
	// callers are Authorization headers by name.
	callers map[string]string
	// names are what scenarios write in braces, such as {general}.
	names []string
	spec  *spectest.Specification
	// validated are the operations of which an answer of success was validated.
	validated  map[string]bool
	validating sync.Mutex
}

const password = "correct horse battery"

// newWorld opens a world in memory. Rate limits are off unless limits are given.
func newWorld(t testing.TB, limits ...Limits) *world {
	t.Helper()
	return openWorld(t, chattest.Options{}, limits...)
}

func openWorld(t testing.TB, options chattest.Options, limits ...Limits) *world {
	t.Helper()
	spec, err := spectest.Open()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, hall: chattest.Open(t, options), callers: map[string]string{}, spec: spec, validated: map[string]bool{}}
	w.serve(limits)
	w.settle()
	return w
}

func (w *world) serve(limits []Limits) {
	options := Options{Chat: w.hall.Chat, Log: w.hall.Log, Version: "1.2.3", CookieName: "gh_refresh_0badcafe", URLs: func() []string { return []string{"https://hall.lan:6464"} }}
	if len(limits) > 0 {
		options.Limiter, options.Limits = w.hall.Ephemeral, limits[0]
	}
	api, err := New(options)
	if err != nil {
		w.t.Fatal(err)
	}
	files := cdn.New(cdn.Options{Files: w.hall.Files, Log: w.hall.Log})
	w.server = httptest.NewServer(route.NewGuard(nil).Wrap(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if cdn.Serves(r.URL.Path) {
			files.ServeHTTP(out, r)
			return
		}
		api.ServeHTTP(out, r)
	})))
	// Where a browser is led to is for the tests to look at.
	w.server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	w.t.Cleanup(func() {
		w.server.Client().CloseIdleConnections()
		w.server.Close()
	})
}

// settle fills the world.
func (w *world) settle() {
	ctx := w.t.Context()
	token, _, err := w.hall.Hall.IssueSetup(ctx)
	w.must(err)
	ada, err := w.hall.Hall.Claim(ctx, chat.Client{Address: "192.0.2.1"}, token, chat.NewAccount{Username: "ada", Password: password, Email: "ada@example.org", GlobalName: "Ada"})
	w.must(err)
	open := store.RegistrationOpen
	_, err = w.hall.Hall.Update(ctx, chattest.Console, chat.HallChange{Registration: &open})
	w.must(err)
	owner := w.person("ada", ada)
	ben := w.register("ben")
	cleo := w.register("cleo")
	w.guild = w.hall.Guild(owner)
	robin, token, err := w.hall.Bots.Create(ctx, owner, chat.NewBot{Name: "robin", OwnerID: owner.UserID, GuildID: w.guild.ID})
	w.must(err)
	w.callers["robin"] = "Bot " + token
	w.guild.Join(ben)
	hidden := w.guild.Channel("hidden", store.ChannelText, store.PermissionOverwrite{TargetID: w.guild.ID, Type: store.OverwriteRole, Deny: uint64(perm.ViewChannel)})
	role := w.guild.Role("Gardeners", 1, perm.ViewChannel)
	w.name("guild", w.guild.ID, "general", w.guild.General, "lounge", w.guild.Lounge, "category", w.guild.Category, "hidden", hidden, "role", role.ID,
		"ada", owner.UserID, "ben", ben.UserID, "cleo", cleo.UserID, "robin", robin.Bot.UserID,
		"adas", w.say(owner, "Good morning"), "bens", w.say(ben, "Good evening"))
}

func (w *world) must(err error) {
	if err != nil {
		w.t.Helper()
		w.t.Fatal(err)
	}
}

func (w *world) register(name string) chat.Caller {
	w.t.Helper()
	set, err := w.hall.Accounts.Register(w.t.Context(), chat.Client{Address: "192.0.2.1"}, chat.NewAccount{Username: name, Password: password})
	w.must(err)
	return w.person(name, set)
}

func (w *world) person(name string, set chat.TokenSet) chat.Caller {
	w.callers[name] = "Bearer " + set.AccessToken
	return chat.Caller{UserID: set.User.ID, LoginSessionID: set.SessionID, HallOwner: set.HallOwner}
}

func (w *world) say(caller chat.Caller, content string) id.ID {
	w.t.Helper()
	posted, err := w.hall.Messages.Create(w.t.Context(), caller, w.guild.General, chat.MessageDraft{Content: content})
	w.must(err)
	return posted.Message.ID
}

// name gives ids names: name, id, name, id…
func (w *world) name(pairs ...any) {
	for i := 0; i < len(pairs); i += 2 {
		w.names = append(w.names, "{"+pairs[i].(string)+"}", pairs[i+1].(id.ID).String())
	}
}

// fill puts ids in the place of their names.
func (w *world) fill(text string) string { return strings.NewReplacer(w.names...).Replace(text) }

// reply is what came back.
type reply struct {
	*http.Response
	body []byte
}

// value reads a value of the body: keys and indices between dots.
func (r reply) value(path string) any {
	var value any
	if json.Unmarshal(r.body, &value) != nil {
		return nil
	}
	for key := range strings.SplitSeq(path, ".") {
		switch at := value.(type) {
		case map[string]any:
			value = at[key]
		case []any:
			index := slices.Index([]string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, key)
			if index < 0 || index >= len(at) {
				return nil
			}
			value = at[index]
		default:
			return nil
		}
	}
	return value
}

func (r reply) text(path string) string {
	text, _ := r.value(path).(string)
	return text
}

// call sends a request and checks what is true of every answer.
func (w *world) call(t testing.TB, s scenario) reply {
	t.Helper()
	path := s.path
	if !strings.HasPrefix(strings.TrimLeft(path, "/"), "api") {
		path = "/api/v10" + path
	}
	path = w.fill(path)
	request, err := http.NewRequestWithContext(t.Context(), s.method, w.server.URL+path, strings.NewReader(w.fill(s.body)))
	if err != nil {
		t.Fatal(err)
	}
	if s.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if s.as != "" {
		credentials, known := w.callers[s.as]
		if !known {
			credentials = s.as
		}
		request.Header.Set("Authorization", credentials)
	}
	for name, value := range s.header {
		request.Header.Set(name, w.fill(value))
	}
	request.Host = request.Header.Get("Host")
	response, err := w.server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := reply{response, body}
	checkAnswer(t, got)
	w.validate(t, s.method, path, got)
	return got
}

// checkAnswer checks what is true of every answer of the API.
func checkAnswer(t testing.TB, got reply) {
	t.Helper()
	header := got.Header
	if header.Get("Date") == "" || header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the answer lacks headers: %v", header)
	}
	contentType := header.Get("Content-Type")
	if got.StatusCode == http.StatusNoContent {
		if contentType != "" || len(got.body) > 0 {
			t.Errorf("204 has the type %q and the body %q", contentType, got.body)
		}
		return
	}
	if got.StatusCode == http.StatusSeeOther { // a browser is led on
		if header.Get("Location") == "" || header.Get("Referrer-Policy") != "no-referrer" || len(got.body) > 0 {
			t.Errorf("303 has the headers %v and the body %q", header, got.body)
		}
		return
	}
	if contentType == "application/zip" && got.StatusCode == http.StatusOK {
		return
	}
	var value any
	if err := json.Unmarshal(got.body, &value); err != nil || contentType != "application/json" {
		t.Errorf("the answer of type %q is no JSON: %q", contentType, got.body)
	}
	if got.StatusCode >= 400 {
		body, _ := value.(map[string]any)
		if _, ok := body["code"].(float64); !ok || body["message"] == "" {
			t.Errorf("an error without code or message: %s", got.body)
		}
	}
	findNullLists(t, value, "")
}

// alwaysLists are the keys whose values are lists wherever they stand. Clients crash on null.
var alwaysLists = []string{"roles", "emojis", "stickers", "features", "channels", "permission_overwrites", "mentions", "mention_roles", "attachments", "embeds", "components",
	"members", "guilds", "urls", "user_sessions", "redirect_uris", "fields", "activities"}

func findNullLists(t testing.TB, value any, path string) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			if key == "errors" {
				continue // its keys are those of the request
			}
			if _, isList := inner.([]any); !isList && slices.Contains(alwaysLists, key) {
				t.Errorf("%s.%s is %v, not a list", path, key, inner)
			}
			findNullLists(t, inner, path+"."+key)
		}
	case []any:
		for _, inner := range value {
			findNullLists(t, inner, path+"[]")
		}
	case nil:
		if path == "" {
			t.Error("the answer is null")
		}
	}
}

// validate checks an answer against the published specification, where it has the route.
func (w *world) validate(t testing.TB, method, path string, got reply) {
	t.Helper()
	if w.spec == nil {
		return
	}
	path, _, _ = strings.Cut(path, "?")
	path, ok := strings.CutPrefix(path, "/api/v10")
	if !ok {
		return
	}
	operation, err := w.spec.Check(method, path, got.StatusCode, got.body)
	if err != nil {
		t.Errorf("%s %s: %v\n%s", method, path, err, got.body)
	}
	if operation != "" && got.StatusCode < 300 {
		w.validating.Lock()
		w.validated[operation] = true
		w.validating.Unlock()
	}
}

// scenario is a request and what is to come back. Ids stand as names in braces.
type scenario struct {
	name string
	// as is a caller's name, or an Authorization header; empty sends none.
	as, method, path, body string
	header                 map[string]string
	status                 int
	// code is the JSON code of an error; fields are the paths of the fields that it names, with their codes.
	code   int
	fields map[string]string
	// holds are texts that the body has, without the spaces that JSON allows; lacks are those that it has not.
	holds, lacks []string
	// keep names parts of the answer for the scenarios after it, such as {talk}, by their paths.
	keep map[string]string
	then func(t *testing.T, got reply)
}

// run plays scenarios one after the other.
func (w *world) run(t *testing.T, scenarios []scenario) {
	t.Helper()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) { w.play(t, s) })
	}
}

func (w *world) play(t *testing.T, s scenario) {
	t.Helper()
	got := w.call(t, s)
	if got.StatusCode != s.status {
		t.Fatalf("%s %s is answered %d, want %d: %s", s.method, w.fill(s.path), got.StatusCode, s.status, got.body)
	}
	if got.StatusCode >= 400 {
		if code, _ := got.value("code").(float64); int(code) != s.code {
			t.Errorf("the error has the code %v, want %d: %s", code, s.code, got.body)
		}
		for path, code := range s.fields {
			if found := got.text(fieldPath(path)); found != code {
				t.Errorf("the field %s is marked %q, want %q: %s", path, found, code, got.body)
			}
		}
	}
	for _, text := range s.holds {
		if !bytes.Contains(got.body, []byte(w.fill(text))) {
			t.Errorf("the answer lacks %s: %s", w.fill(text), got.body)
		}
	}
	for _, text := range s.lacks {
		if bytes.Contains(got.body, []byte(w.fill(text))) {
			t.Errorf("the answer has %s: %s", w.fill(text), got.body)
		}
	}
	for name, path := range s.keep {
		w.names = append(w.names, name, got.text(path))
	}
	if s.then != nil {
		s.then(t, got)
	}
}

// fieldPath is where an error keeps the code of a field; the empty path is the whole input.
func fieldPath(path string) string {
	if path == "" {
		return "errors._errors.0.code"
	}
	return "errors." + path + "._errors.0.code"
}
