package rest

import (
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// idOf gives the id of a name.
func (w *world) idOf(name string) id.ID {
	w.t.Helper()
	value, err := id.Parse(w.fill("{" + name + "}"))
	w.must(err)
	return value
}

func TestPeopleMakeApplications(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "none yet", as: "ben", method: "GET", path: "/applications", status: 200, lacks: []string{"id"}},
		{name: "made", as: "ben", method: "POST", path: "/applications", body: `{"name":"Helper","description":"helps","icon":"` + stillImage + `"}`, status: 201, keep: map[string]string{"{helper}": "id", "{token}": "token"},
			holds: []string{`"name":"Helper","icon":"`, `"description":"helps"`, `"bot_public":false`, `"owner":{"id":"{ben}"`, `"flags":847872`, `"approximate_guild_count":0`},
			then: func(t *testing.T, got reply) {
				w.callers["helper"] = "Bot " + got.text("token")
				if parts := strings.Split(got.text("token"), "."); len(parts) != 3 {
					t.Errorf("the token is %q", got.text("token"))
				}
				if got.text("icon") != got.text("bot.avatar") || got.text("id") != got.text("bot.id") {
					t.Errorf("the bot is another one: %s", got.body)
				}
			}},
		{name: "listed", as: "ben", method: "GET", path: "/applications", status: 200, holds: []string{`"id":"{helper}"`}, lacks: []string{"token", "{token}"}},
		{name: "to nobody else", as: "ada", method: "GET", path: "/applications", status: 200, holds: []string{`"id":"{robin}"`}, lacks: []string{"{helper}"}},
		{name: "looked at", as: "ben", method: "GET", path: "/applications/{helper}", status: 200, holds: []string{`"id":"{helper}"`}, lacks: []string{"token"}},
		{name: "the bot signs in", as: "helper", method: "GET", path: "/applications/@me", status: 200},
		{name: "without a name", as: "ben", method: "POST", path: "/applications", body: `{}`, status: 400, code: 50035, fields: map[string]string{"name": "BASE_TYPE_BAD_LENGTH"}},
		{name: "with a name that is taken", as: "ben", method: "POST", path: "/applications", body: `{"name":"robin"}`, status: 400, code: 50035, fields: map[string]string{"name": "USERNAME_ALREADY_TAKEN"}},
		{name: "with a picture that is none", as: "ben", method: "POST", path: "/applications", body: `{"name":"Other","icon":"words"}`, status: 400, code: 50035},
		{name: "of a team", as: "ben", method: "POST", path: "/applications", body: `{"name":"Other","team_id":"7"}`, status: 400, code: 50035, fields: map[string]string{"team_id": "FEATURE_NOT_BUILT"}},
		{name: "by a bot", as: "robin", method: "POST", path: "/applications", body: `{"name":"Child"}`, status: 403, code: 20001},
		{name: "bots have no list", as: "robin", method: "GET", path: "/applications", status: 403, code: 20001},
		{name: "by nobody", method: "POST", path: "/applications", body: `{"name":"Child"}`, status: 401},
		{name: "deleted", as: "ben", method: "DELETE", path: "/applications/{helper}", status: 204},
		{name: "once", as: "ben", method: "DELETE", path: "/applications/{helper}", status: 404, code: 10002},
		{name: "its token is good for nothing", as: "helper", method: "GET", path: "/users/@me", status: 401, code: 50014},
	})
}

func TestAnApplicationOfAnotherPersonDoesNotExist(t *testing.T) {
	w := newWorld(t)
	told := w.hall.Watch(event.UserSubject(w.idOf("robin")))
	for _, as := range []string{"ben", "cleo"} {
		for _, application := range []string{"{robin}", "7", "nonsense", "{ada}"} {
			path := "/applications/" + application
			for _, s := range []scenario{
				{method: "GET", path: path}, {method: "PATCH", path: path, body: `{"name":"Mine"}`}, {method: "DELETE", path: path}, {method: "POST", path: path + "/bot/reset"},
				{method: "POST", path: path + "/transfer", body: `{"owner_id":"{` + as + `}","password":"` + password + `"}`},
			} {
				s.as, s.status, s.code = as, 404, 10002
				w.play(t, s)
			}
		}
	}
	w.play(t, scenario{as: "robin", method: "GET", path: "/users/@me", status: 200})
	w.hall.Barrier(event.UserSubject(w.idOf("robin")))
	for _, e := range chattest.Until[event.Event](told) {
		if _, barrier := e.(event.SessionsEnded); barrier {
			t.Errorf("its sessions were told of %+v", e)
		}
	}
}

func TestATokenThatIsReplacedEndsAtOnceAndIsShownOnce(t *testing.T) {
	w := newWorld(t)
	old := strings.TrimPrefix(w.callers["robin"], "Bot ")
	ended := w.hall.Watch(event.UserSubject(w.idOf("robin")))
	w.run(t, []scenario{
		{name: "good", as: "robin", method: "GET", path: "/users/@me", status: 200},
		{name: "not by the bot itself", as: "robin", method: "POST", path: "/applications/{robin}/bot/reset", status: 403, code: 20001},
		{name: "replaced", as: "ada", method: "POST", path: "/applications/{robin}/bot/reset", status: 200, keep: map[string]string{"{token}": "token"},
			then: func(_ *testing.T, got reply) { w.callers["renewed"] = "Bot " + got.text("token") }},
		{name: "the old one is refused", as: "robin", method: "GET", path: "/users/@me", status: 401, code: 50014},
		{name: "the new one is good", as: "renewed", method: "GET", path: "/users/@me", status: 200},
		{name: "it is not shown again", as: "ada", method: "GET", path: "/applications/{robin}", status: 200, lacks: []string{"token", "{token}"}},
	})
	if e := chattest.Next[event.SessionsEnded](ended); !e.All {
		t.Errorf("its sessions were told %+v", e)
	}
	fresh := w.fill("{token}")
	if fresh == old || fresh == "" {
		t.Fatalf("the new token is %q", fresh)
	}
	bot, err := w.hall.Store.Bot(t.Context(), w.idOf("robin"))
	w.must(err)
	page, err := w.hall.Hall.Entries(t.Context(), w.guild.Owner, 0, 100)
	w.must(err)
	for _, entry := range page.Entries {
		for _, detail := range entry.Details {
			if strings.Contains(detail, fresh) {
				t.Errorf("the hall's log tells the token: %+v", entry)
			}
		}
	}
	if strings.Contains(string(bot.TokenHash), fresh) {
		t.Error("the token is stored")
	}
}

func TestAnOwnerChangesAnApplication(t *testing.T) {
	w := newWorld(t)
	const path = "/applications/{robin}"
	w.run(t, []scenario{
		{name: "its name and pictures", as: "ada", method: "PATCH", path: path, body: `{"name":"Wren","icon":"` + stillImage + `","cover_image":"` + movingImage + `"}`, status: 200, holds: []string{`"name":"Wren","icon":"`, `"cover_image":"`},
			then: func(t *testing.T, got reply) {
				for _, picture := range []string{got.text("icon"), got.text("cover_image")} {
					response, err := w.server.Client().Get(w.server.URL + w.fill("/app-icons/{robin}/") + picture + ".png")
					w.must(err)
					w.must(response.Body.Close())
					if response.StatusCode != 200 {
						t.Errorf("the picture %s is answered %d", picture, response.StatusCode)
					}
				}
			}},
		{name: "what it says of itself", as: "ada", method: "PATCH", path: path, status: 200,
			body:  `{"description":{"default":"sings"},"tags":["music","fun"],"terms_of_service_url":"https://example.org/terms","privacy_policy_url":"https://example.org/privacy","custom_install_url":"https://example.org/add"}`,
			holds: []string{`"description":"sings"`, `"tags":["music","fun"]`, `"terms_of_service_url":"https://example.org/terms"`, `"privacy_policy_url":"https://example.org/privacy"`, `"custom_install_url":"https://example.org/add"`}},
		{name: "how it is installed", as: "ada", method: "PATCH", path: path, status: 200, body: `{"bot_public":true,"redirect_uris":["https://example.org/back"],"install_params":{"scopes":["applications.commands","bot"],"permissions":"2048"}}`,
			holds: []string{`"bot_public":true`, `"redirect_uris":["https://example.org/back"]`, `"install_params":{"scopes":["bot","applications.commands"],"permissions":"2048"}`, `"integration_types_config":{"0":{"oauth2_install_params":{`}},
		{name: "by kinds of installations", as: "ada", method: "PATCH", path: path, status: 200, body: `{"integration_types_config":{"0":{"oauth2_install_params":{"scopes":["bot"],"permissions":"8"}},"1":null}}`,
			holds: []string{`"install_params":{"scopes":["bot"],"permissions":"8"}`}},
		{name: "in no particular way", as: "ada", method: "PATCH", path: path, status: 200, body: `{"install_params":null}`, lacks: []string{`"install_params"`}},
		{name: "without intents", as: "ada", method: "PATCH", path: path, status: 200, body: `{"flags":0}`, holds: []string{`"flags":0,"flags_new":"0"`}},
		{name: "other flags are not theirs", as: "ada", method: "PATCH", path: path, status: 200, body: `{"flags":8388616}`, holds: []string{`"flags":0,`}},
		{name: "with one", as: "ada", method: "PATCH", path: path, status: 200, body: `{"flags":32768}`, holds: []string{`"flags":32768,"flags_new":"32768"`}},
		{name: "pictures go", as: "ada", method: "PATCH", path: path, status: 200, body: `{"icon":null,"cover_image":null}`, holds: []string{`"icon":null`}, lacks: []string{`"cover_image"`}},
		{name: "nothing", as: "ada", method: "PATCH", path: path, status: 200, body: `{}`, holds: []string{`"name":"Wren"`, `"description":"sings"`}},
		{name: "too long a description", as: "ada", method: "PATCH", path: path, body: `{"description":"` + strings.Repeat("a", 401) + `"}`, status: 400, code: 50035, fields: map[string]string{"description": "BASE_TYPE_MAX_LENGTH"}},
		{name: "too many tags", as: "ada", method: "PATCH", path: path, body: `{"tags":["1","2","3","4","5","6"]}`, status: 400, code: 50035, fields: map[string]string{"tags": "BASE_TYPE_MAX_LENGTH"}},
		{name: "one tag twice", as: "ada", method: "PATCH", path: path, body: `{"tags":["a","a"]}`, status: 400, code: 50035, fields: map[string]string{"tags": "BASE_TYPE_UNIQUE"}},
		{name: "an address that runs something", as: "ada", method: "PATCH", path: path, body: `{"redirect_uris":["javascript:alert(1)"],"custom_install_url":"data:text/html,x"}`, status: 400, code: 50035,
			fields: map[string]string{"redirect_uris": "URL_TYPE_INVALID_URL", "custom_install_url": "URL_TYPE_INVALID_URL"}},
		{name: "scopes of others", as: "ada", method: "PATCH", path: path, body: `{"install_params":{"scopes":["identify"],"permissions":"0"}}`, status: 400, code: 50035, fields: map[string]string{"install_params.scopes": "BASE_TYPE_CHOICES"}},
		{name: "another one", as: "ada", method: "POST", path: "/applications", body: `{"name":"Lark"}`, status: 201},
		{name: "a name that is taken", as: "ada", method: "PATCH", path: path, body: `{"name":"Lark"}`, status: 400, code: 50035, fields: map[string]string{"name": "USERNAME_ALREADY_TAKEN"}},
		{name: "for people themselves", as: "ada", method: "PATCH", path: path, body: `{"integration_types_config":{"1":{}}}`, status: 400, code: 50035, fields: map[string]string{"integration_types_config": "FEATURE_NOT_BUILT"}},
		{name: "role connections", as: "ada", method: "PATCH", path: path, body: `{"role_connections_verification_url":"https://example.org"}`, status: 400, code: 50035, fields: map[string]string{"role_connections_verification_url": "FEATURE_NOT_BUILT"}},
		{name: "a description that is a number", as: "ada", method: "PATCH", path: path, body: `{"description":7}`, status: 400, code: 50035, fields: map[string]string{"description": "STRING_TYPE_CONVERT"}},
	})
}

func TestABotChangesWhatItSaysOfItself(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "its description", as: "robin", method: "PATCH", path: "/applications/@me", body: `{"description":"beeps","tags":["beep"]}`, status: 200, holds: []string{`"description":"beeps"`, `"tags":["beep"]`}},
		{name: "by its id", as: "robin", method: "PATCH", path: "/applications/{robin}", body: `{"description":"boops"}`, status: 200, holds: []string{`"description":"boops"`}},
		{name: "the flags that it has", as: "robin", method: "PATCH", path: "/applications/@me", body: `{"flags":565248}`, status: 200, holds: []string{`"flags":565248`}},
		{name: "not flags that it has not", as: "robin", method: "PATCH", path: "/applications/@me", body: `{"flags":851968}`, status: 403, code: 50013},
		{name: "nor its name", as: "robin", method: "PATCH", path: "/applications/@me", body: `{"name":"other"}`, status: 403, code: 50013},
		{name: "nor who may install it", as: "robin", method: "PATCH", path: "/applications/@me", body: `{"bot_public":true}`, status: 403, code: 50013},
		{name: "nor where authorisations lead", as: "robin", method: "PATCH", path: "/applications/@me", body: `{"redirect_uris":["https://example.org"]}`, status: 403, code: 50013},
		{name: "people are no bots", as: "ada", method: "PATCH", path: "/applications/@me", body: `{}`, status: 403, code: 20002},
		{name: "it deletes nothing", as: "robin", method: "DELETE", path: "/applications/{robin}", status: 403, code: 20001},
	})
}

func TestTheOwnerOfTheHallSaysWhoMakesBots(t *testing.T) {
	w := newWorld(t)
	made := func(as, name string, status, code int) scenario {
		return scenario{name: as + " makes " + name, as: as, method: "POST", path: "/applications", body: `{"name":"` + name + `"}`, status: status, code: code}
	}
	policy := func(value string) scenario {
		return scenario{name: value, as: "ada", method: "PATCH", path: "/hall", body: `{"bot_creation":"` + value + `"}`, status: 200, holds: []string{`"bot_creation":"` + value + `"`}}
	}
	w.run(t, []scenario{
		{name: "everybody at first", method: "GET", path: "/hall", status: 200, holds: []string{`"bot_creation":"everyone"`}},
		made("ben", "One", 201, 0),
		policy("owner"), made("ben", "Two", 403, 50013), made("ada", "Three", 201, 0),
		policy("nobody"), made("ada", "Four", 403, 50013),
		{name: "those that are there stay", as: "ben", method: "GET", path: "/applications", status: 200, holds: []string{`"name":"One"`}},
		policy("everyone"), made("ben", "Five", 201, 0),
		{name: "others do not say", as: "ben", method: "PATCH", path: "/hall", body: `{"bot_creation":"everyone"}`, status: 403, code: 50013},
		{name: "other words", as: "ada", method: "PATCH", path: "/hall", body: `{"bot_creation":"friends"}`, status: 400, code: 50035, fields: map[string]string{"bot_creation": "BASE_TYPE_CHOICES"}},
	})
}

func TestAnApplicationIsHandedToAFriend(t *testing.T) {
	w := newWorld(t)
	const path = "/applications/{robin}/transfer"
	give := func(name, to, secret string, status, code int, fields map[string]string) scenario {
		return scenario{name: name, as: "ada", method: "POST", path: path, body: `{"owner_id":"` + to + `","password":"` + secret + `"}`, status: status, code: code, fields: fields}
	}
	w.play(t, give("to a stranger", "{ben}", password, 400, 50035, map[string]string{"owner_id": "NOT_A_FRIEND"}))
	w.must(w.hall.Relationships.Ask(t.Context(), w.guild.Owner, w.idOf("ben")))
	w.must(w.hall.Relationships.Ask(t.Context(), chat.Caller{UserID: w.idOf("ben")}, w.guild.Owner.UserID))
	w.run(t, []scenario{
		give("with another password", "{ben}", "not the password", 400, 50035, map[string]string{"password": "PASSWORD_DOES_NOT_MATCH"}),
		give("without one", "{ben}", "", 400, 50035, map[string]string{"password": "BASE_TYPE_REQUIRED"}),
		give("to nobody", "7", password, 400, 50035, map[string]string{"owner_id": "NOT_A_FRIEND"}),
		{name: "it is theirs still", as: "ada", method: "GET", path: "/applications/{robin}", status: 200, holds: []string{`"owner":{"id":"{ada}"`}},
		give("handed over", "{ben}", password, 200, 0, nil),
		{name: "it is ben's", as: "ben", method: "GET", path: "/applications/{robin}", status: 200, holds: []string{`"owner":{"id":"{ben}"`}},
		{name: "and ada's no more", as: "ada", method: "GET", path: "/applications/{robin}", status: 404, code: 10002},
		{name: "who cannot make it another token", as: "ada", method: "POST", path: "/applications/{robin}/bot/reset", status: 404, code: 10002},
		{name: "its token stays good", as: "robin", method: "GET", path: "/users/@me", status: 200},
	})
	bots, err := w.hall.Store.BotsByOwner(t.Context(), w.idOf("ada"))
	if w.must(err); len(bots) != 0 {
		t.Errorf("ada has %+v", bots)
	}
}

func TestAnApplicationIsHandedOverWithASecondFactor(t *testing.T) {
	w := newWorld(t)
	w.must(w.hall.Relationships.Ask(t.Context(), w.guild.Owner, w.idOf("ben")))
	w.must(w.hall.Relationships.Ask(t.Context(), chat.Caller{UserID: w.idOf("ben")}, w.guild.Owner.UserID))
	_, _, err := w.hall.Store.UpdateTwoFactor(t.Context(), w.idOf("ada"), func(factor *store.TwoFactor) error {
		factor.Secret = []byte("sealed")
		return nil
	})
	w.must(err)
	w.play(t, scenario{as: "ada", method: "POST", path: "/applications/{robin}/transfer", body: `{"owner_id":"{ben}","password":"` + password + `"}`, status: 403, code: 60003})
}
