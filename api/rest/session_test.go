package rest

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
)

func TestRegistering(t *testing.T) {
	w := newWorld(t)
	invite, err := w.hall.Invites.CreateForGuild(t.Context(), w.guild.Owner, w.guild.ID, chat.InviteDraft{})
	w.must(err)
	w.names = append(w.names, "{invite}", invite.Code)
	const path = "/auth/register"
	w.run(t, []scenario{
		{name: "an open hall takes everybody", method: "POST", path: path, status: 201,
			body:  `{"username":"Dora","password":"correct horse","email":"dora@example.org","global_name":"Dora the first"}`,
			holds: []string{`"username":"dora"`, `"global_name":"Dora the first"`, `"email":"dora@example.org"`, `"token_type":"Bearer"`, `"expires_in":900`, `"hall_owner":false`},
			then: func(t *testing.T, got reply) {
				if got.text("token") == "" || got.text("token") != got.text("access_token") || got.text("refresh_token") == "" || len(got.Cookies()) > 0 {
					t.Errorf("the token set is %s with cookies %v", got.body, got.Cookies())
				}
				w.callers["dora"] = got.text("token")
			}},
		{name: "the token is good without the word Bearer", as: "dora", method: "GET", path: "/users/@me", status: 200, holds: []string{`"username":"dora"`}},
		{name: "an invite brings into its guild", method: "POST", path: path, body: `{"username":"emil","password":"correct horse","invite":"{invite}"}`, status: 201,
			then: func(_ *testing.T, got reply) { w.callers["emil"] = "Bearer " + got.text("token") }},
		{name: "there it is", as: "emil", method: "GET", path: "/guilds", status: 200, holds: []string{`"id":"{guild}"`}},
		{name: "with cookie, the refresh token is in the cookie alone", method: "POST", path: path, body: `{"username":"fred","password":"correct horse","cookie":true}`, status: 201,
			lacks: []string{"refresh_token"}, then: func(t *testing.T, got reply) { checkCookie(t, got, false) }},
		{name: "a name that is taken", method: "POST", path: path, body: `{"username":"BEN","password":"correct horse"}`, status: 400, code: 50035, fields: map[string]string{"username": "USERNAME_ALREADY_TAKEN"}},
		{name: "an address that is taken", method: "POST", path: path, body: `{"username":"gina","password":"correct horse","email":"ADA@example.org"}`, status: 400, code: 50035,
			fields: map[string]string{"email": "EMAIL_ALREADY_REGISTERED"}},
		{name: "an invite that is none", method: "POST", path: path, body: `{"username":"gina","password":"correct horse","invite":"nothing"}`, status: 404, code: 10006},
		{name: "everything wrong at once", method: "POST", path: path, body: `{"username":"a b","password":"short","email":"nowhere"}`, status: 400, code: 50035,
			fields: map[string]string{"username": "USERNAME_INVALID_CHARACTERS", "password": "BASE_TYPE_BAD_LENGTH", "email": "EMAIL_TYPE_INVALID_EMAIL"}},
		{name: "nothing", method: "POST", path: path, body: `{}`, status: 400, code: 50035, fields: map[string]string{"username": "BASE_TYPE_BAD_LENGTH"}},
		{name: "wrong types", method: "POST", path: path, body: `{"username":["x"],"password":12345678}`, status: 400, code: 50035,
			fields: map[string]string{"username": "STRING_TYPE_CONVERT", "password": "STRING_TYPE_CONVERT"}},
		{name: "malformed JSON", method: "POST", path: path, body: `{"username"`, status: 400, code: 50109},
		{name: "a name that is too long", method: "POST", path: path, body: `{"username":"` + strings.Repeat("a", 33) + `","password":"correct horse"}`, status: 400, code: 50035,
			fields: map[string]string{"username": "BASE_TYPE_BAD_LENGTH"}},
		{name: "a password that is too long", method: "POST", path: path, body: `{"username":"gina","password":"` + strings.Repeat("p", 129) + `"}`, status: 400, code: 50035,
			fields: map[string]string{"password": "BASE_TYPE_BAD_LENGTH"}},
		{name: "reading it", method: "GET", path: path, status: 405, code: 0},
	})
	byInvite := store.RegistrationInvite
	_, err = w.hall.Hall.Update(t.Context(), chattest.Console, chat.HallChange{Registration: &byInvite})
	w.must(err)
	w.play(t, scenario{method: "POST", path: path, body: `{"username":"gina","password":"correct horse"}`, status: 403, code: 50001, holds: []string{"by invitation only"}})
}

func checkCookie(t *testing.T, got reply, gone bool) {
	t.Helper()
	cookies := slices.DeleteFunc(got.Cookies(), func(cookie *http.Cookie) bool { return strings.HasSuffix(cookie.Name, "_device") })
	if len(cookies) != 1 {
		t.Fatalf("the cookies are %v", got.Cookies())
	}
	cookie := cookies[0]
	if cookie.Name != "gh_refresh_0badcafe" || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/api" || cookie.Secure {
		t.Errorf("the cookie is %v", cookie)
	}
	if (cookie.MaxAge < 0) != gone || (cookie.Value == "") != gone {
		t.Errorf("the cookie is %v", cookie)
	}
}

func TestLoggingIn(t *testing.T) {
	w := newWorld(t)
	const path = "/auth/login"
	w.run(t, []scenario{
		{name: "by name", method: "POST", path: path, body: `{"login":"ada","password":"` + password + `"}`, status: 200, holds: []string{`"user_id":"{ada}"`, `"hall_owner":true`, `"refresh_token":"`}},
		{name: "by address", method: "POST", path: path, body: `{"email":"Ada@Example.org","password":"` + password + `"}`, status: 200, holds: []string{`"user_id":"{ada}"`}},
		{name: "by username", method: "POST", path: path, body: `{"username":"ben","password":"` + password + `"}`, status: 200, holds: []string{`"user_id":"{ben}"`}},
		{name: "a wrong password", method: "POST", path: path, body: `{"login":"ada","password":"wrong"}`, status: 400, code: 50035, fields: map[string]string{"login": "INVALID_LOGIN", "password": "INVALID_LOGIN"}},
		{name: "a name that nobody has looks the same", method: "POST", path: path, body: `{"login":"nobody","password":"wrong"}`, status: 400, code: 50035,
			fields: map[string]string{"login": "INVALID_LOGIN", "password": "INVALID_LOGIN"}},
		{name: "nothing", method: "POST", path: path, body: `{}`, status: 400, code: 50035, fields: map[string]string{"login": "INVALID_LOGIN"}},
		{name: "a wrong type", method: "POST", path: path, body: `{"login":{}}`, status: 400, code: 50035, fields: map[string]string{"login": "STRING_TYPE_CONVERT"}},
		{name: "malformed JSON", method: "POST", path: path, body: `login=ada`, status: 400, code: 50109},
		{name: "a cookie asked for by another site", method: "POST", path: path, body: `{"login":"ada","password":"` + password + `","cookie":true}`, status: 401, code: 0,
			header: map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}},
		{name: "a cookie asked for without saying that it is JSON", method: "POST", path: path, body: `{"login":"ada","password":"` + password + `","cookie":true}`, status: 401, code: 0,
			header: map[string]string{"Content-Type": "text/plain"}},
	})
}

func TestRefreshTokensRotate(t *testing.T) {
	w := newWorld(t)
	login := func(t *testing.T) reply {
		return w.call(t, scenario{method: "POST", path: "/auth/login", body: `{"login":"ben","password":"` + password + `"}`})
	}
	refresh := func(token string) scenario {
		return scenario{method: "POST", path: "/auth/refresh", body: `{"refresh_token":"` + token + `"}`, status: 200}
	}
	t.Run("each is good once, and the use of an old one ends the login", func(t *testing.T) {
		first := login(t).text("refresh_token")
		second := w.call(t, refresh(first))
		if second.StatusCode != 200 || second.text("refresh_token") == first || second.text("user_id") == "" {
			t.Fatalf("the refresh is answered %s", second.body)
		}
		stolen := refresh(first)
		stolen.status, stolen.code = 401, 50014
		w.play(t, stolen)
		family := refresh(second.text("refresh_token"))
		family.status, family.code = 401, 50014
		w.play(t, family)
		w.play(t, scenario{as: second.text("token"), method: "GET", path: "/users/@me", status: 401, code: 50014})
	})
	t.Run("a repeat with the same key gets the same answer", func(t *testing.T) {
		again := refresh(login(t).text("refresh_token"))
		again.header = map[string]string{"Idempotency-Key": "0123456789abcdef"}
		one, two := w.call(t, again), w.call(t, again)
		if one.text("refresh_token") == "" || one.text("refresh_token") != two.text("refresh_token") {
			t.Errorf("the repeat is answered %s after %s", two.body, one.body)
		}
	})
	t.Run("keys that are too short or too long are refused", func(t *testing.T) {
		for _, key := range []string{"short", strings.Repeat("k", 129)} {
			s := refresh(login(t).text("refresh_token"))
			s.header, s.status, s.code = map[string]string{"Idempotency-Key": key}, 400, 50035
			w.play(t, s)
		}
	})
	t.Run("what is none is refused", func(t *testing.T) {
		for _, token := range []string{"x", "1.2.3", strings.Repeat("a", 5000), login(t).text("refresh_token") + "x"} {
			s := refresh(token)
			s.status, s.code = 401, 50014
			w.play(t, s)
		}
		w.run(t, []scenario{
			{name: "nothing", method: "POST", path: "/auth/refresh", body: `{}`, status: 401, code: 0},
			{name: "no body", method: "POST", path: "/auth/refresh", status: 401, code: 0},
			{name: "a wrong type", method: "POST", path: "/auth/refresh", body: `{"refresh_token":1}`, status: 400, code: 50035, fields: map[string]string{"refresh_token": "STRING_TYPE_CONVERT"}},
		})
	})
	t.Run("a login ends thirty days after its last refresh", func(t *testing.T) {
		s := refresh(login(t).text("refresh_token"))
		w.hall.Clock.Advance(31 * 24 * time.Hour)
		s.status, s.code = 401, 50014
		w.play(t, s)
	})
}

func TestTheRefreshTokenOfABrowserStaysInItsCookie(t *testing.T) {
	w := newWorld(t)
	const credentials = `{"login":"ben","password":"` + password + `","cookie":true}`
	cookie := func(got reply) map[string]string {
		return map[string]string{"Cookie": got.Cookies()[0].Name + "=" + got.Cookies()[0].Value}
	}
	with := func(header map[string]string, name, value string) map[string]string {
		return map[string]string{"Cookie": header["Cookie"], name: value}
	}
	in := w.call(t, scenario{method: "POST", path: "/auth/login", body: credentials})
	checkCookie(t, in, false)
	renewed := w.call(t, scenario{method: "POST", path: "/auth/refresh", body: `{}`, header: cookie(in)})
	checkCookie(t, renewed, false)
	if renewed.text("token") == "" || renewed.value("refresh_token") != nil {
		t.Errorf("the answer is %s", renewed.body)
	}
	jar := cookie(renewed)
	w.run(t, []scenario{
		{name: "another site cannot use it", method: "POST", path: "/auth/refresh", body: `{}`, header: with(jar, "Sec-Fetch-Site", "same-site"), status: 401, code: 0},
		{name: "another origin cannot use it", method: "POST", path: "/auth/refresh", body: `{}`, header: with(jar, "Origin", "https://evil.example"), status: 401, code: 0},
		{name: "an origin that hides cannot use it", method: "POST", path: "/auth/refresh", body: `{}`, header: with(jar, "Origin", "null"), status: 401, code: 0},
		{name: "a form cannot use it", method: "POST", path: "/auth/refresh", body: `{}`, header: with(jar, "Content-Type", "text/plain"), status: 401, code: 0},
		{name: "the hall's own page can", method: "POST", path: "/auth/refresh", body: `{}`, header: with(jar, "Sec-Fetch-Site", "same-origin"), status: 200,
			then: func(_ *testing.T, got reply) { jar = cookie(got) }},
	})
	w.run(t, []scenario{
		{name: "signing out takes it away", method: "POST", path: "/auth/logout", body: `{}`, header: jar, status: 204, then: func(t *testing.T, got reply) { checkCookie(t, got, true) }},
		{name: "what is left of it is no good", method: "POST", path: "/auth/refresh", body: `{}`, header: jar, status: 401, code: 50014,
			then: func(t *testing.T, got reply) { checkCookie(t, got, true) }},
	})
}

func TestLoggingOut(t *testing.T) {
	w := newWorld(t)
	in := w.call(t, scenario{method: "POST", path: "/auth/login", body: `{"login":"ben","password":"` + password + `"}`})
	other := w.call(t, scenario{method: "POST", path: "/auth/login", body: `{"login":"ben","password":"` + password + `"}`})
	w.run(t, []scenario{
		{name: "ends the token's login at once", as: in.text("token"), method: "POST", path: "/auth/logout", status: 204},
		{name: "the token is no good any more", as: in.text("token"), method: "GET", path: "/users/@me", status: 401, code: 50014},
		{name: "nor for signing out again", as: in.text("token"), method: "POST", path: "/auth/logout", status: 401, code: 50014},
		{name: "a refresh token alone ends its login too", method: "POST", path: "/auth/logout", body: `{"refresh_token":"` + other.text("refresh_token") + `"}`, status: 204},
		{name: "the other login is over", as: other.text("token"), method: "GET", path: "/users/@me", status: 401, code: 50014},
		{name: "other logins go on", as: "ben", method: "GET", path: "/users/@me", status: 200},
		{name: "a bot has no login", as: "robin", method: "POST", path: "/auth/logout", status: 403, code: 20001},
		{name: "nobody", method: "POST", path: "/auth/logout", status: 401, code: 0},
	})
}

func TestCredentials(t *testing.T) {
	w := newWorld(t)
	bot, person := strings.TrimPrefix(w.callers["robin"], "Bot "), strings.TrimPrefix(w.callers["ben"], "Bearer ")
	forged := person[:len(person)-4] + "AAAA"
	const path = "/users/@me"
	w.run(t, []scenario{
		{name: "a person", as: "Bearer " + person, method: "GET", path: path, status: 200},
		{name: "a person without a word before", as: person, method: "GET", path: path, status: 200},
		{name: "a bot", as: "Bot " + bot, method: "GET", path: path, status: 200, holds: []string{`"bot":true`}},
		{name: "none", method: "GET", path: path, status: 401, code: 0, then: func(t *testing.T, got reply) {
			if got.Header.Get("WWW-Authenticate") == "" {
				t.Error("there is no WWW-Authenticate")
			}
		}},
		{name: "a forged signature", as: "Bearer " + forged, method: "GET", path: path, status: 401, code: 50014},
		{name: "somebody else's kind of token", as: "Bot " + person, method: "GET", path: path, status: 401, code: 50014},
		{name: "a bot's token with a letter changed", as: "Bot " + bot[:len(bot)-1] + "!", method: "GET", path: path, status: 401, code: 50014},
		{name: "nonsense", as: "Basic YWRhOmFkYQ==", method: "GET", path: path, status: 401, code: 50014},
		{name: "a token as long as a book", as: "Bearer " + strings.Repeat("x", 20_000), method: "GET", path: path, status: 401, code: 50014},
	})
	w.hall.Clock.Advance(16 * time.Minute)
	w.run(t, []scenario{
		{name: "an access token ends after a quarter of an hour", as: "ben", method: "GET", path: path, status: 401, code: 50014},
		{name: "a bot's token does not", as: "robin", method: "GET", path: path, status: 200},
	})
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	w := newWorld(t)
	other := w.call(t, scenario{method: "POST", path: "/auth/login", body: `{"login":"ben","password":"` + password + `"}`, header: map[string]string{"User-Agent": "other device"}})
	var otherID, adasID string
	w.run(t, []scenario{
		{name: "a person sees their own", as: "ben", method: "GET", path: "/auth/sessions", status: 200, holds: []string{"other device", `"current":true`}, then: func(t *testing.T, got reply) {
			otherID = got.text("user_sessions.0.id_hash")
			if sessions, _ := got.value("user_sessions").([]any); len(sessions) != 2 {
				t.Errorf("the sessions are %s", got.body)
			}
		}},
		{name: "a bot has none", as: "robin", method: "GET", path: "/auth/sessions", status: 403, code: 20001},
		{name: "the owner has others", as: "ada", method: "GET", path: "/auth/sessions", status: 200, then: func(_ *testing.T, got reply) { adasID = got.text("user_sessions.0.id") }},
	})
	w.run(t, []scenario{
		{name: "one is ended", as: "ben", method: "POST", path: "/auth/sessions/logout", body: `{"session_id_hashes":["` + otherID + `"]}`, status: 204},
		{name: "it is over at once", as: other.text("token"), method: "GET", path: "/users/@me", status: 401, code: 50014},
		{name: "not somebody else's", as: "ben", method: "POST", path: "/auth/sessions/logout", body: `{"session_ids":["` + adasID + `"]}`, status: 404, code: 10020},
		{name: "nor what is none", as: "ben", method: "POST", path: "/auth/sessions/logout", body: `{"session_ids":["1"]}`, status: 404, code: 10020},
		{name: "a hash that is none", as: "ben", method: "POST", path: "/auth/sessions/logout", body: `{"session_id_hashes":["abc"]}`, status: 404, code: 10020},
		{name: "nothing", as: "ben", method: "POST", path: "/auth/sessions/logout", body: `{}`, status: 400, code: 50035, fields: map[string]string{"session_ids": "BASE_TYPE_REQUIRED"}},
		{name: "a wrong type", as: "ben", method: "POST", path: "/auth/sessions/logout", body: `{"session_ids":[{}]}`, status: 400, code: 50035, fields: map[string]string{"session_ids.0": "NUMBER_TYPE_COERCE"}},
	})
}
