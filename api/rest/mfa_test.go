package rest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
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
