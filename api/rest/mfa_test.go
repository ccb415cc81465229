package rest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store/id"
)

// codeIn makes what an authenticator app shows after a time.
func (w *world) codeIn(after time.Duration) string {
	w.t.Helper()
	w.hall.Clock.Advance(after)
	return chattest.Code(w.t, chattest.Secret, w.hall.Clock.Now())
}

func TestTwoFactorSignIn(t *testing.T) {
	w := openWorld(t, chattest.Options{Chat: chat.Options{NoRateLimits: true}})
	const enable, login, step = "/users/@me/mfa/totp/enable", "/auth/login", 30 * time.Second
	credentials := `{"login":"ben","password":"` + password + `"}`
	w.run(t, []scenario{
		{name: "nothing at first", as: "ben", method: "GET", path: "/users/@me/mfa", status: 200, holds: []string{`"totp":false`, `"backup_codes_left":0`, `"authenticators":[]`}},
		{name: "the password is needed", as: "ben", method: "POST", path: enable, body: `{"secret":"` + chattest.Secret + `","code":"` + w.codeIn(0) + `"}`, status: 400, code: 50035, fields: map[string]string{"password": "BASE_TYPE_REQUIRED"}},
		{name: "a weak secret", as: "ben", method: "POST", path: enable, body: `{"secret":"MFRGG","password":"` + password + `"}`, status: 400, code: 50035, fields: map[string]string{"secret": "INVALID_SECRET"}},
		{name: "another code", as: "ben", method: "POST", path: enable, body: `{"secret":"` + chattest.Secret + `","password":"` + password + `","code":"000000"}`, status: 400, code: 60008},
		{name: "the code of the app", as: "ben", method: "POST", path: enable, body: `{"secret":"` + chattest.Secret + `","password":"` + password + `","code":"` + w.codeIn(0) + `"}`, status: 200,
			holds: []string{`"consumed":false`, `"user_id":"{ben}"`}, lacks: []string{chattest.Secret}, keep: map[string]string{"{spare}": "backup_codes.0.code", "{second}": "backup_codes.1.code"}},
		{name: "it is on", as: "ben", method: "GET", path: "/users/@me", status: 200, holds: []string{`"mfa_enabled":true`}},
		{name: "and others are not told", as: "ada", method: "GET", path: "/users/{ben}", status: 200, lacks: []string{"mfa"}},
		{name: "codes left, none shown", as: "ben", method: "GET", path: "/users/@me/mfa", status: 200, holds: []string{`"totp":true`, `"backup_codes_left":10`}, lacks: []string{"{spare}"}},
		{name: "the password is not enough", method: "POST", path: login, body: credentials, status: 200,
			holds: []string{`"mfa":true`, `"sms":false`, `"totp":true`, `"backup":true`, `"webauthn":null`, `"user_id":"{ben}"`}, lacks: []string{"token"}, keep: map[string]string{"{ticket}": "ticket"},
			then: func(t *testing.T, got reply) {
				if len(got.Cookies()) > 0 {
					t.Errorf("the cookies are %v", got.Cookies())
				}
			}},
		{name: "a wrong password tells nothing of it", method: "POST", path: login, body: `{"login":"ben","password":"wrong"}`, status: 400, code: 50035, lacks: []string{"mfa", "ticket"}},
		{name: "a wrong code", method: "POST", path: "/auth/mfa/totp", body: `{"ticket":"{ticket}","code":"000000"}`, status: 400, code: 60008},
		{name: "no code", method: "POST", path: "/auth/mfa/totp", body: `{"ticket":"{ticket}"}`, status: 400, code: 60008},
		{name: "another site", method: "POST", path: "/auth/mfa/totp", body: `{"ticket":"{ticket}","code":"000000","cookie":true}`, header: map[string]string{"Origin": "https://evil.example"}, status: 401},
		{name: "the code", method: "POST", path: "/auth/mfa/totp", body: `{"ticket":"{ticket}","code":"` + w.codeIn(step) + `"}`, status: 200, holds: []string{`"token_type":"Bearer"`, `"mfa_enabled":true`, "refresh_token"}},
		{name: "the ticket is spent", method: "POST", path: "/auth/mfa/totp", body: `{"ticket":"{ticket}","code":"` + w.codeIn(0) + `"}`, status: 400, code: 50035, fields: map[string]string{"ticket": "TICKET_INVALID"}},
	})
	again := w.call(t, scenario{method: "POST", path: login, body: credentials})
	w.names = append([]string{"{again}", again.text("ticket")}, w.names...)
	w.run(t, []scenario{
		{name: "a code used again", method: "POST", path: "/auth/mfa/totp", body: `{"ticket":"{again}","code":"` + w.codeIn(0) + `"}`, status: 400, code: 60008, holds: []string{"used already"}},
		{name: "a recovery code, into a cookie", method: "POST", path: "/auth/mfa/backup", body: `{"ticket":"{again}","code":"{spare}","cookie":true}`, status: 200, lacks: []string{"refresh_token"}, then: func(t *testing.T, got reply) {
			checkCookie(t, got, false)
			device := got.Cookies()[1]
			if !strings.HasSuffix(device.Name, "_device") || !device.HttpOnly || device.SameSite != http.SameSiteStrictMode || device.Path != "/api" || device.Value == "" {
				t.Errorf("the device keeps %v", device)
			}
		}},
	})
	third := w.call(t, scenario{method: "POST", path: login, body: credentials})
	w.names = append([]string{"{third}", third.text("ticket")}, w.names...)
	w.run(t, []scenario{
		{name: "a recovery code used again", method: "POST", path: "/auth/mfa/backup", body: `{"ticket":"{third}","code":"{spare}"}`, status: 400, code: 60008},
		{name: "another password needs a code", as: "ben", method: "PATCH", path: "/users/@me", body: `{"password":"` + password + `","new_password":"another good one"}`, status: 403, code: 60003},
		{name: "with it", as: "ben", method: "PATCH", path: "/users/@me", body: `{"password":"` + password + `","new_password":"another good one","code":"{second}"}`, status: 200},
		{name: "new recovery codes", as: "ben", method: "POST", path: "/users/@me/mfa/codes", body: `{"password":"another good one","code":"` + w.codeIn(step) + `"}`, status: 200, lacks: []string{"{second}"}},
		{name: "off without a code", as: "ben", method: "POST", path: "/users/@me/mfa/totp/disable", body: `{"password":"another good one"}`, status: 403, code: 60003},
		{name: "off", as: "ben", method: "POST", path: "/users/@me/mfa/totp/disable", body: `{"password":"another good one","code":"` + w.codeIn(step) + `"}`, status: 204},
		{name: "the password is enough again", method: "POST", path: login, body: `{"login":"ben","password":"another good one"}`, status: 200, holds: []string{"token"}},
		{name: "what happened", as: "ben", method: "GET", path: "/users/@me/security-events?limit=3", status: 200, holds: []string{`"kind":"sign_in"`, `"kind":"totp_disabled"`, `"kind":"recovery_codes_made"`, `"method":"password"`},
			lacks: []string{chattest.Secret, "{spare}", "totp_enabled"}, then: func(t *testing.T, got reply) {
				w.names = append([]string{"{oldest}", got.text("2.id")}, w.names...)
			}},
		{name: "what happened before", as: "ben", method: "GET", path: "/users/@me/security-events?before={oldest}", status: 200, holds: []string{`"kind":"totp_enabled"`, `"kind":"password_changed"`, `"kind":"recovery_code_used"`}, lacks: []string{`"kind":"totp_disabled"`}},
		{name: "no more than a hundred", as: "ben", method: "GET", path: "/users/@me/security-events?limit=101", status: 400, code: 50035},
	})
	var data strings.Builder
	got := w.call(t, scenario{as: "ben", method: "POST", path: "/users/@me/data", body: fmt.Sprintf(`{"password":%q}`, "another good one")})
	data.Write(got.body)
	if got.StatusCode != http.StatusOK || strings.Contains(data.String(), chattest.Secret) {
		t.Errorf("the data is answered %d", got.StatusCode)
	}
}

func TestModeratorsOfAServerThatAsksForASecondFactorAreToldSo(t *testing.T) {
	w := openWorld(t, chattest.Options{Chat: chat.Options{NoRateLimits: true}})
	const mfa, kick = "/guilds/{guild}/mfa", "/guilds/{guild}/members/{robin}"
	ben, err := id.Parse(w.fill("{ben}"))
	w.must(err)
	w.guild.Role("Moderators", 5, perm.KickMembers|perm.ManageMessages, chat.Caller{UserID: ben})
	enable := `{"secret":"` + chattest.Secret + `","password":"` + password + `","code":"` + w.codeIn(0) + `"}`
	w.run(t, []scenario{
		{name: "the owner needs one themself", as: "ada", method: "POST", path: mfa, body: `{"level":1}`, status: 403, code: 60003},
		{name: "which they get", as: "ada", method: "POST", path: "/users/@me/mfa/totp/enable", body: enable, status: 200},
		{name: "without a level", as: "ada", method: "POST", path: mfa, body: `{}`, status: 400, code: 50035, fields: map[string]string{"level": "BASE_TYPE_REQUIRED"}},
		{name: "a level that there is not", as: "ada", method: "POST", path: mfa, body: `{"level":2}`, status: 400, code: 50035, fields: map[string]string{"level": "NUMBER_TYPE_RANGE"}},
		{name: "not a moderator", as: "ben", method: "POST", path: mfa, body: `{"level":1}`, status: 403, code: 50013},
		{name: "nobody else", as: "cleo", method: "POST", path: mfa, body: `{"level":1}`, status: 404, code: 10004},
		{name: "from now on", as: "ada", method: "POST", path: mfa, body: `{"level":1}`, status: 200, holds: []string{`{"level":1}`}},
		{name: "the server says so", as: "ben", method: "GET", path: "/guilds/{guild}", status: 200, holds: []string{`"mfa_level":1`}},
		{name: "a moderator is told", as: "ben", method: "DELETE", path: kick, status: 403, code: 60003},
		{name: "about the words of others too", as: "ben", method: "DELETE", path: "/channels/{general}/messages/{adas}", status: 403, code: 60003},
		{name: "their own are theirs", as: "ben", method: "DELETE", path: "/channels/{general}/messages/{bens}", status: 204},
		{name: "what they may do is shown as it is", as: "ben", method: "GET", path: "/users/@me/guilds", status: 200, then: func(t *testing.T, got reply) {
			if held, err := perm.Parse(got.text("0.permissions")); err != nil || !held.Has(perm.KickMembers|perm.ManageMessages) || held&^perm.All != 0 {
				t.Errorf("%s, %v", got.body, err)
			}
		}},
		{name: "the log says it", as: "ada", method: "GET", path: "/guilds/{guild}/audit-logs?action_type=1&limit=1", status: 200, holds: []string{`"key":"mfa_level","old_value":0,"new_value":1`}},
		{name: "with one of their own", as: "ben", method: "POST", path: "/users/@me/mfa/totp/enable", body: enable, status: 200},
		{name: "they moderate", as: "ben", method: "DELETE", path: kick, status: 204},
		{name: "as it was before", as: "ada", method: "POST", path: mfa, body: `{"level":0}`, status: 200, holds: []string{`{"level":0}`}},
	})
}
