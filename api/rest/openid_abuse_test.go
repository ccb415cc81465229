package rest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/outside/openid/openidtest"
	"guildhall/store"
	"guildhall/store/id"
)

func TestWhatAProviderAnswersIsCheckedThroughAndThrough(t *testing.T) {
	w := newProviderWorld(t)
	set := func(claim string, value any) openidtest.Fault {
		return openidtest.Fault{Claims: func(claims map[string]any) { claims[claim] = value }}
	}
	without := func(claim string) openidtest.Fault {
		return openidtest.Fault{Claims: func(claims map[string]any) { delete(claims, claim) }}
	}
	now := w.hall.Clock.Now()
	for name, test := range map[string]struct {
		fault openidtest.Fault
		why   string
	}{
		"another nonce":                  {set("nonce", strings.Repeat("x", 43)), "invalid"},
		"no nonce":                       {without("nonce"), "invalid"},
		"another issuer":                 {set("iss", "https://evil.example"), "invalid"},
		"another audience":               {set("aud", "another"), "invalid"},
		"two audiences, and no party":    {set("aud", []string{openidtest.ClientID, "another"}), "invalid"},
		"another party":                  {set("azp", "another"), "invalid"},
		"a token that has ended":         {set("exp", now.Add(-2*time.Minute).Unix()), "invalid"},
		"a token without an end":         {without("exp"), "invalid"},
		"a token from the future":        {set("iat", now.Add(time.Hour).Unix()), "invalid"},
		"a token that is not good yet":   {set("nbf", now.Add(time.Hour).Unix()), "invalid"},
		"another access token":           {set("at_hash", strings.Repeat("x", 22)), "invalid"},
		"no subject":                     {without("sub"), "invalid"},
		"a subject that is none":         {set("sub", "a\nb"), "invalid"},
		"a subject that is too long":     {set("sub", strings.Repeat("x", 256)), "invalid"},
		"a forged signature":             {openidtest.Fault{Forge: true}, "invalid"},
		"no signature":                   {openidtest.Fault{Unsigned: true}, "invalid"},
		"no ID token":                    {openidtest.Fault{NoIDToken: true}, "invalid"},
		"more about somebody else":       {openidtest.Fault{Claims: func(claims map[string]any) { delete(claims, "email") }, UserInfo: func(claims map[string]any) { claims["sub"] = "1002" }}, "invalid"},
		"nothing, because it is down":    {openidtest.Fault{Down: true}, "away"},
		"no tokens":                      {openidtest.Fault{TokenDown: true}, "away"},
		"something else":                 {openidtest.Fault{Garbage: true}, "away"},
		"clocks that differ by a minute": {set("exp", now.Add(-50*time.Second).Unix()), ""},
		"clocks that differ ahead":       {set("iat", now.Add(4*time.Minute).Unix()), ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := w.browser()
			address := b.begin("/")
			back := b.visit(address, "1001")
			w.provider.Misbehave(test.fault)
			defer w.provider.Misbehave(openidtest.Fault{})
			_, _, leads := b.ask("GET", back, "")
			if test.why == "" {
				if leads != "/oidc/continue" {
					t.Errorf("it leads to %s", leads)
				}
				return
			}
			problem(t, leads, test.why)
			b.want(400, "GET", "/api/auth/oidc/pending", "")
			b.want(401, "POST", "/api/auth/refresh", `{"cookie":true}`)
		})
	}
}

func TestASignInIsGoodOnceInItsBrowserAndForTenMinutes(t *testing.T) {
	w := newProviderWorld(t)
	w.add("other", "https://other.example", chat.ProviderEdit{})
	w.browser().settle("1001", "eve")
	lead := func(b *browser, path string) string {
		_, _, leads := b.ask("GET", path, "")
		return leads
	}
	b := w.browser()
	back := b.visit(b.begin("/"), "1001")
	if leads := lead(b, back); leads != inside("/") {
		t.Fatalf("it leads to %s", leads)
	}
	problem(t, lead(b, back), "expired") // state and code again
	thief := w.browser()
	problem(t, lead(thief, back), "expired")

	// Whoever takes what was meant for another browser gets nothing for it, and neither does the other any more.
	back = b.visit(b.begin("/"), "1001")
	problem(t, lead(thief, back), "expired")
	problem(t, lead(b, back), "expired")
	thief.begin("/")
	back = b.visit(b.begin("/"), "1001")
	problem(t, lead(thief, back), "expired")

	// A code of one sign-in with the state of another has another verifier and another nonce.
	first, second := b.visit(b.begin("/"), "1001"), b.begin("/")
	mixed, err := url.Parse(first)
	w.must(err)
	asked, err := url.Parse(second)
	w.must(err)
	query := mixed.Query()
	query.Set("state", asked.Query().Get("state"))
	problem(t, lead(b, mixed.Path+"?"+query.Encode()), "invalid")
	w.provider.Misbehave(openidtest.Fault{NoPKCE: true}) // then it is the nonce
	first, second = b.visit(b.begin("/"), "1001"), b.begin("/")
	mixed, err = url.Parse(first)
	w.must(err)
	asked, err = url.Parse(second)
	w.must(err)
	query = mixed.Query()
	query.Set("state", asked.Query().Get("state"))
	problem(t, lead(b, mixed.Path+"?"+query.Encode()), "invalid")
	w.provider.Misbehave(openidtest.Fault{})

	back = b.visit(b.begin("/"), "1001")
	problem(t, lead(b, strings.Replace(back, "/oidc/house/", "/oidc/other/", 1)), "expired")
	back = b.visit(b.begin("/"), "1001")
	problem(t, lead(b, strings.Replace(back, "iss=", "iss=x", 1)), "invalid")
	back = b.visit(b.begin("/"), "1001")
	problem(t, lead(b, strings.Replace(back, "iss=", "siss=", 1)), "invalid") // it says that it names itself
	back = b.visit(b.begin("/"), "1001")
	problem(t, lead(b, strings.Replace(back, "code=", "code=x", 1)), "invalid")
	problem(t, lead(b, "/api/auth/oidc/house/callback"), "expired")

	back = b.visit(b.begin("/"), "1001")
	w.hall.Clock.Advance(11 * time.Minute)
	problem(t, lead(b, back), "expired")
	problem(t, lead(b, b.visit(b.begin("/"), "")), "denied")
}

func TestNobodyIsLedToAnotherSite(t *testing.T) {
	w := newProviderWorld(t)
	w.browser().settle("1001", "eve")
	for _, path := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/%5cevil.example", "/%2f/evil.example", "/..//evil.example", "javascript:alert(1)", "/api/auth/oidc/house/start", "/\tx", ""} {
		b := w.browser()
		if _, _, leads := b.ask("GET", b.visit(b.begin(path), "1001"), ""); leads != inside("/") {
			t.Errorf("%q leads to %q", path, leads)
		}
	}
	b := w.browser()
	if _, _, leads := b.ask("GET", b.visit(b.begin("/invite/abc?x=1#y"), "1001"), ""); leads != inside("/invite/abc?x=1#y") {
		t.Errorf("a page of the hall's own leads to %q", leads)
	}
}

func TestKeysOfAProviderChange(t *testing.T) {
	w := newProviderWorld(t)
	w.browser().settle("1001", "eve")
	for _, keep := range []bool{true, false} {
		w.provider.Rotate(keep)
		if leads := w.browser().signIn("1001"); leads != inside("/channels/@me") {
			t.Errorf("after a new key it leads to %s", leads)
		}
	}
	if asked := w.provider.Asked("/.well-known/openid-configuration"); asked != 1 {
		t.Errorf("the configuration was asked for %d times", asked)
	}
	w.provider.Rotate(false)
	b := w.browser()
	back := b.visit(b.begin("/"), "1001")
	w.provider.Misbehave(openidtest.Fault{KeysDown: true})
	_, _, leads := b.ask("GET", back, "")
	problem(t, leads, "away")
}

func TestWhenAProviderIsAwayPasswordsWork(t *testing.T) {
	w := newProviderWorld(t)
	w.add("gone", "http://127.0.0.1:1", chat.ProviderEdit{})
	_, _, leads := w.browser().ask("GET", "/api/auth/oidc/gone/start", "")
	problem(t, leads, "away")
	_, _, leads = w.browser().ask("GET", "/api/auth/oidc/nobody/start", "")
	problem(t, leads, "unknown")
	ada := w.browser()
	ada.token = w.callers["ben"]
	if answer := ada.want(503, "POST", "/api/users/@me/oidc/start", `{"provider":"gone","password":"`+password+`"}`); !strings.Contains(answer["message"].(string), "cannot be reached") {
		t.Errorf("it says %v", answer)
	}
	w.run(t, []scenario{{name: "a password", method: "POST", path: "/auth/login", body: `{"login":"ben","password":"` + password + `"}`, status: 200}})
}

func TestASecondFactorIsAskedForWhateverTheProviderSays(t *testing.T) {
	w := newProviderWorld(t)
	b := w.browser()
	b.settle("1001", "eve")
	b.want(200, "POST", "/api/users/@me/mfa/totp/enable", `{"secret":"`+chattest.Secret+`","code":"`+chattest.Code(t, chattest.Secret, w.hall.Clock.Now())+`"}`)
	w.hall.Clock.Advance(time.Minute)
	w.provider.Misbehave(openidtest.Fault{Claims: func(claims map[string]any) { claims["amr"] = []string{"mfa", "otp"} }})
	again := w.browser()
	if leads := again.signIn("1001"); leads != "/oidc/continue" {
		t.Fatalf("it leads to %s", leads)
	}
	again.want(401, "POST", "/api/auth/refresh", `{"cookie":true}`)
	step := again.want(200, "GET", "/api/auth/oidc/pending", "")["step"].(map[string]any)
	again.want(400, "POST", "/api/auth/oidc/register", `{"username":"eve2"}`)
	again.want(400, "POST", "/api/auth/mfa/totp", `{"ticket":"`+step["ticket"].(string)+`","code":"000000","cookie":true}`)
	again.want(200, "POST", "/api/auth/mfa/totp", `{"ticket":"`+step["ticket"].(string)+`","code":"`+chattest.Code(t, chattest.Secret, w.hall.Clock.Now())+`","cookie":true}`)
	if user := again.enter(); user["username"] != "eve" {
		t.Errorf("they are %v", user)
	}
}

func TestWhoIsShutOutStaysOut(t *testing.T) {
	w := newProviderWorld(t)
	b := w.browser()
	b.settle("1001", "eve")
	userID, err := id.Parse(b.enter()["id"].(string))
	w.must(err)
	w.must(w.hall.Users.SetDisabled(t.Context(), chattest.Console, userID, true))
	problem(t, w.browser().signIn("1001"), "disabled")

	domains := []string{"example.org"}
	w.edit(chat.ProviderEdit{EmailDomains: &domains})
	problem(t, w.browser().signIn("1003"), "barred") // not confirmed
	problem(t, w.browser().signIn("1004"), "barred") // elsewhere
	if leads := w.browser().signIn("1002"); leads != "/oidc/continue" {
		t.Errorf("who has an address of theirs is led to %s", leads)
	}
}

func TestANewAccountNeedsAnInviteWhereItIsSaid(t *testing.T) {
	w := newProviderWorld(t)
	invited := store.OpenIDInviteAccounts
	w.edit(chat.ProviderEdit{Accounts: &invited})
	invite, err := w.hall.Invites.Create(t.Context(), w.guild.Owner, w.guild.General, chat.InviteDraft{})
	w.must(err)
	b := w.browser()
	b.signIn("1001")
	if waiting := b.want(200, "GET", "/api/auth/oidc/pending", ""); waiting["needs_invite"] != true {
		t.Errorf("what is left to do is %v", waiting)
	}
	b.want(403, "POST", "/api/auth/oidc/register", `{"username":"eve"}`)
	b.want(404, "POST", "/api/auth/oidc/register", `{"username":"eve","invite":"nonsense"}`)
	made := b.want(201, "POST", "/api/auth/oidc/register", `{"username":"eve","invite":"`+invite.Code+`"}`)
	b.token = "Bearer " + made["token"].(string)
	if got := w.call(t, scenario{as: b.token, method: "GET", path: "/users/@me/guilds"}); got.StatusCode != http.StatusOK || !strings.Contains(string(got.body), w.guild.ID.String()) {
		t.Errorf("they are in %s", got.body)
	}
}

func TestRolesFollowGroups(t *testing.T) {
	w := newProviderWorld(t)
	staff, garden, own := w.guild.Role("Staff", 2, 0), w.guild.Role("Garden", 3, 0), w.guild.Role("Own", 4, 0)
	claim := "groups"
	roles := []store.GroupRole{{Group: "staff", GuildID: w.guild.ID, RoleID: staff.ID}, {Group: "leads", GuildID: w.guild.ID, RoleID: staff.ID}, {Group: "gardeners", GuildID: w.guild.ID, RoleID: garden.ID}}
	w.edit(chat.ProviderEdit{GroupsClaim: &claim, GroupRoles: &roles})
	b := w.browser()
	b.settle("1001", "eve")
	userID, err := id.Parse(b.enter()["id"].(string))
	w.must(err)
	eve := chat.Caller{UserID: userID}
	w.guild.Join(eve)
	w.must(w.hall.Members.AddRole(t.Context(), chattest.Console, w.guild.ID, userID, own.ID))
	held := func(want ...id.ID) {
		t.Helper()
		if leads := w.browser().signIn("1001"); leads != inside("/channels/@me") {
			t.Fatalf("it leads to %s", leads)
		}
		member, err := w.hall.Views.Member(t.Context(), w.guild.ID, userID)
		w.must(err)
		got := jsonOf(member.RoleIDs)
		if wanted := jsonOf(want); got != wanted {
			t.Errorf("the roles are %s, not %s", got, wanted)
		}
	}
	known := people[0]
	know := func(groups ...string) {
		known.Groups = groups
		w.provider.Know(known)
	}
	held(staff.ID, garden.ID, own.ID)
	know("leads")
	held(staff.ID, own.ID)
	know("nobody")
	held(own.ID)
	know("gardeners")
	held(garden.ID, own.ID)
	// There are too many to be told here: nothing is known of them.
	w.provider.Misbehave(openidtest.Fault{Claims: func(claims map[string]any) {
		claims["_claim_names"], claims["_claim_sources"] = map[string]any{"groups": "src1"}, map[string]any{"src1": map[string]any{"endpoint": "https://graph.example"}}
	}, UserInfo: func(claims map[string]any) { delete(claims, "groups") }})
	held(garden.ID, own.ID)
	w.provider.Misbehave(openidtest.Fault{UserInfoDown: true})
	problem(t, w.browser().signIn("1001"), "away")
	w.provider.Misbehave(openidtest.Fault{UserInfo: func(claims map[string]any) { delete(claims, "groups") }})
	held(own.ID)
	page, err := w.hall.AuditLog.List(t.Context(), w.guild.Owner, w.guild.ID, store.AuditQuery{Action: store.AuditMemberRoleUpdate})
	w.must(err)
	reasons := 0
	for _, entry := range page.Entries {
		if entry.TargetID == userID && entry.Reason == "Groups of House" {
			reasons++
		}
	}
	if reasons != 6 {
		t.Errorf("the audit log tells of %d changes: %+v", reasons, page.Entries)
	}
}
