package rest

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/spectest"
	"guildhall/store/id"
)

var parameter = regexp.MustCompile(`\{[a-z]+\}`)

// TestWhatIsNotBuiltYetIsRefusedInWords calls every route of later versions as the caller whom it is for.
func TestWhatIsNotBuiltYetIsRefusedInWords(t *testing.T) {
	w := newWorld(t)
	a := &api{Chat: w.hall.Chat}
	for _, one := range a.laterRoutes() {
		path := strings.ReplaceAll(one.Pattern, "{guild}", w.fill("{guild}"))
		s := scenario{as: "ada", method: one.Method, path: parameter.ReplaceAllString(path, "7")}
		switch one.Access {
		case route.BotsOnly:
			s.as = "robin"
		case route.Public:
			s.as = ""
		}
		t.Run(one.Method+" "+one.Pattern, func(t *testing.T) {
			got := w.call(t, s)
			switch {
			case got.StatusCode == http.StatusOK && one.Method == http.MethodGet:
				if !strings.Contains(string(got.body), "[]") {
					t.Errorf("the list has something in it: %s", got.body)
				}
			case got.StatusCode == http.StatusForbidden && fmt.Sprint(got.value("code")) == "50001", got.StatusCode == http.StatusNotFound && one.Method == http.MethodGet:
				if !strings.Contains(got.text("message"), "does not have") {
					t.Errorf("the words are %q", got.text("message"))
				}
			default:
				t.Errorf("the answer is %d: %s", got.StatusCode, got.body)
			}
		})
	}
}

func TestListsOfAGuildThatAreEmptyAreForItsMembers(t *testing.T) {
	w := newWorld(t)
	for _, list := range emptyLists {
		if strings.Contains(list.pattern, "{guild}") {
			w.play(t, scenario{as: "cleo", method: "GET", path: list.pattern, status: 404, code: 10004})
			w.play(t, scenario{method: "GET", path: list.pattern, status: 401, code: 0})
		}
	}
	w.run(t, []scenario{
		{name: "sounds are items", as: "ben", method: "GET", path: "/guilds/{guild}/soundboard-sounds", status: 200, holds: []string{`{"items":[]}`}},
		{name: "packs are packs", as: "ben", method: "GET", path: "/sticker-packs", status: 200, holds: []string{`{"sticker_packs":[]}`}},
	})
}

func TestRoutesOfPeopleAreNotForBots(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "friends", as: "robin", method: "GET", path: "/users/@me/relationships", status: 403, code: 20001},
		{name: "settings", as: "robin", method: "PATCH", path: "/users/@me/settings", body: `{}`, status: 403, code: 20001},
		{name: "commands are for bots", as: "ada", method: "PUT", path: "/applications/{robin}/commands", body: `[]`, status: 403, code: 20002},
		{name: "what a webhook's token opens needs no account", method: "POST", path: "/webhooks/1/" + strings.Repeat("t", 68), body: `{"content":"x"}`, status: 404, code: 10015},
	})
}

// contractRoutes are routes of the contract that upstream's specification does not have.
var contractRoutes = []string{
	"POST /auth/register", "POST /auth/login", "POST /auth/refresh", "POST /auth/logout", "GET /guilds", "POST /guilds", "DELETE /guilds/7", "PATCH /messages/7", "DELETE /messages/7",
	"PUT /applications/7/guilds/7/commands/7/permissions", "GET /users/@me/channels", "GET /users/7/profile", "GET /users/@me/relationships", "POST /users/@me/relationships",
	"PUT /users/@me/relationships/7", "PATCH /users/@me/relationships/7", "DELETE /users/@me/relationships/7", "POST /channels/7/messages/7/ack", "POST /channels/7/pins/ack",
	"POST /read-states/ack-bulk", "DELETE /channels/7/messages/ack", "GET /users/@me/settings", "PATCH /users/@me/settings", "PATCH /users/@me/guilds/7/settings",
	"PATCH /users/@me/guilds/settings", "GET /users/@me/mentions", "DELETE /users/@me/mentions/7", "GET /users/@me/notes/7", "PUT /users/@me/notes/7", "GET /channels/7/messages/search",
	"POST /invites/abc", "GET /channels/7/call", "POST /channels/7/call/ring", "POST /channels/7/call/stop-ringing", "POST /channels/7/attachments",
	"GET /streams/guild:1:2:3/preview", "POST /streams/guild:1:2:3/preview", "GET /auth/sessions", "POST /auth/sessions/logout", "POST /attachments/refresh-urls", "POST /webhooks/7/t/slack",
}

// TestEveryRouteOfTheContractIsKnown looks for routes that would be answered like typing errors.
func TestEveryRouteOfTheContractIsKnown(t *testing.T) {
	w := newWorld(t)
	lines := contractRoutes
	if w.spec != nil {
		for method, path := range w.spec.Operations() {
			lines = append(lines, method+" "+regexp.MustCompile(`\{[a-z0-9_]+\}`).ReplaceAllString(path, "7"))
		}
		if len(lines) < 242 {
			t.Errorf("only %d routes are looked for", len(lines))
		}
	}
	for _, line := range lines {
		method, path, _ := strings.Cut(line, " ")
		got := w.call(t, scenario{as: "ada", method: method, path: path})
		if got.StatusCode == http.StatusMethodNotAllowed || got.text("message") == "404: Not Found" {
			t.Errorf("%s is not known: %s", line, got.body)
		}
	}
}

// answeredInWords are routes whose answer is no JSON: senders to Slack are told ok.
var answeredInWords = map[string]bool{"POST /webhooks/{hook}/{token}/slack": true}

// TestAnswersAreWhatThePublishedSpecificationSays sees to it that an answer of success was validated for every operation that both the hall and the
// specification have. All scenarios validate what they get; this one leaves none out.
func TestAnswersAreWhatThePublishedSpecificationSays(t *testing.T) {
	w := newWorld(t)
	if w.spec == nil {
		t.Skip(spectest.NotRun)
	}
	invite, err := w.hall.Invites.CreateForGuild(t.Context(), w.guild.Owner, w.guild.ID, chat.InviteDraft{})
	w.must(err)
	w.names = append(w.names, "{invite}", invite.Code)
	w.buttons(t)
	robin := w.listen("robin")
	w.play(t, press("ben", "go"))
	robin.interaction(t)
	w.play(t, scenario{method: "POST", path: withView, body: `{"type":4,"data":{"content":"Gone"}}`, status: 200})
	for _, s := range specifiedScenarios {
		t.Run(s.method+" "+s.path, func(t *testing.T) { w.play(t, s) })
	}
	ada, err := id.Parse(w.fill("{ada}"))
	w.must(err)
	w.must(w.hall.Voice.UpdateState(t.Context(), chat.Caller{UserID: ada}, chat.VoiceUpdate{SessionID: "s", GuildID: w.guild.ID, ChannelID: w.guild.Lounge}))
	w.play(t, scenario{as: "ada", method: "GET", path: "/guilds/{guild}/voice-states/@me", status: 200})
	w.play(t, scenario{as: "ada", method: "GET", path: "/guilds/{guild}/voice-states/{ada}", status: 200})
	stage, err := id.Parse(w.fill("{stage}"))
	w.must(err)
	w.must(w.hall.Voice.UpdateState(t.Context(), chat.Caller{UserID: ada}, chat.VoiceUpdate{SessionID: "s", GuildID: w.guild.ID, ChannelID: stage}))
	w.play(t, scenario{as: "ada", method: "PATCH", path: "/guilds/{guild}/voice-states/@me", body: `{"suppress":false}`, status: 204})
	w.play(t, scenario{as: "ada", method: "PATCH", path: "/guilds/{guild}/voice-states/{ada}", body: `{"channel_id":"{stage}","suppress":true}`, status: 204})
	w.play(t, scenario{as: "ada", method: "DELETE", path: "/stage-instances/{stage}", status: 204})
	a := &api{Chat: w.hall.Chat}
	later := map[string]bool{}
	for _, one := range a.laterRoutes() {
		later[one.Method+" "+one.Pattern] = true
	}
	for _, table := range a.routes() {
		for _, one := range table {
			name, ok := w.spec.Find(one.Method, parameter.ReplaceAllString(one.Pattern, "7"))
			if ok && !later[one.Method+" "+one.Pattern] && !w.validated[name] && !answeredInWords[one.Method+" "+one.Pattern] {
				t.Errorf("no answer of %s was validated", name)
			}
		}
	}
}

// specifiedScenarios has every operation once, in an order that leaves the others what they need.
var specifiedScenarios = []scenario{
	{as: "robin", method: "GET", path: "/applications/@me", status: 200},
	{as: "robin", method: "GET", path: "/oauth2/applications/@me", status: 200},
	{as: "ada", method: "GET", path: "/applications/{robin}", status: 200},
	{as: "robin", method: "PATCH", path: "/applications/@me", body: `{"description":{"default":"sings"}}`, status: 200},
	{as: "ada", method: "PATCH", path: "/applications/{robin}", body: `{"tags":["song"],"install_params":{"scopes":["bot"],"permissions":"8"},"custom_install_url":"https://example.org/install","cover_image":"` + stillImage + `"}`, status: 200},
	{as: "ada", method: "POST", path: "/applications", body: `{"name":"Helper"}`, status: 201, keep: map[string]string{"{helper}": "id"}},
	{as: "ada", method: "POST", path: "/oauth2/authorize?client_id={helper}&scope=bot&permissions=8", body: `{"authorize":true,"guild_id":"{guild}","permissions":"8"}`, status: 200},
	{as: "ada", method: "GET", path: "/guilds/{guild}/integrations", status: 200, holds: []string{`"id":"{helper}"`}},
	{as: "ada", method: "DELETE", path: "/guilds/{guild}/integrations/{helper}", status: 204},
	{as: "ada", method: "POST", path: "/applications/{robin}/emojis", body: `{"name":"chirp","image":"` + stillImage + `"}`, status: 201, keep: map[string]string{"{chirp}": "id"}},
	{as: "robin", method: "GET", path: "/applications/{robin}/emojis", status: 200},
	{as: "robin", method: "GET", path: "/applications/{robin}/emojis/{chirp}", status: 200},
	{as: "robin", method: "PATCH", path: "/applications/{robin}/emojis/{chirp}", body: `{"name":"tweet"}`, status: 200},
	{as: "robin", method: "DELETE", path: "/applications/{robin}/emojis/{chirp}", status: 204},
	{as: "robin", method: "PUT", path: "/applications/{robin}/commands", status: 200, body: `[` + commandOfAllParts + `,{"name":"Look","type":2},{"name":"echo","description":"Says"}]`,
		keep: map[string]string{"{everywhere}": "0.id"}, holds: []string{`"name":"sing"`, `"type":2`}},
	{as: "robin", method: "POST", path: "/applications/{robin}/commands", body: `{"name":"new","description":"New"}`, status: 201},
	{as: "robin", method: "POST", path: "/applications/{robin}/commands", body: `{"name":"new","description":"Newer"}`, status: 200},
	{as: "robin", method: "GET", path: "/applications/{robin}/commands?with_localizations=true", status: 200, holds: []string{`"name_localizations":{"de":"singe"}`}},
	{as: "robin", method: "GET", path: "/applications/{robin}/commands/{everywhere}", status: 200},
	{as: "robin", method: "PATCH", path: "/applications/{robin}/commands/{everywhere}", body: `{"description":"Hums"}`, status: 200, holds: []string{`"description":"Hums"`}},
	{as: "robin", method: "PUT", path: "/applications/{robin}/guilds/{guild}/commands", status: 200, body: `[` + commandOfAllParts + `]`, keep: map[string]string{"{local}": "0.id"}},
	{as: "robin", method: "POST", path: "/applications/{robin}/guilds/{guild}/commands", body: `{"name":"Mark","type":3}`, status: 201},
	{as: "robin", method: "GET", path: "/applications/{robin}/guilds/{guild}/commands", status: 200},
	{as: "robin", method: "GET", path: "/applications/{robin}/guilds/{guild}/commands/{local}", status: 200},
	{as: "robin", method: "PATCH", path: "/applications/{robin}/guilds/{guild}/commands/{local}", body: `{"nsfw":true}`, status: 200},
	{as: "ada", method: "PUT", path: "/applications/{robin}/guilds/{guild}/commands/{everywhere}/permissions", body: `{"permissions":[{"id":"{ben}","type":2,"permission":false}]}`, status: 200},
	{as: "robin", method: "GET", path: "/applications/{robin}/guilds/{guild}/commands/{everywhere}/permissions", status: 200},
	{as: "robin", method: "GET", path: "/applications/{robin}/guilds/{guild}/commands/permissions", status: 200, holds: []string{`"id":"{everywhere}"`}},
	{as: "robin", method: "DELETE", path: "/applications/{robin}/guilds/{guild}/commands/{local}", status: 204},
	{as: "robin", method: "DELETE", path: "/applications/{robin}/commands/{everywhere}", status: 204},
	{method: "GET", path: "/gateway", status: 200},
	{as: "robin", method: "GET", path: "/gateway/bot", status: 200},
	{as: "ada", method: "GET", path: "/users/@me", status: 200},
	{as: "ada", method: "PATCH", path: "/users/@me", body: `{"global_name":"A"}`, status: 200},
	{as: "ada", method: "GET", path: "/users/{ben}", status: 200},
	{as: "ada", method: "GET", path: "/users/@me/guilds?with_counts=true", status: 200},
	{as: "ada", method: "POST", path: "/guilds/{guild}/emojis", body: `{"name":"wave","image":"` + stillImage + `"}`, status: 201, keep: map[string]string{"{wave}": "id"}},
	{as: "ada", method: "GET", path: "/guilds/{guild}/emojis", status: 200},
	{as: "ada", method: "GET", path: "/guilds/{guild}/emojis/{wave}", status: 200},
	{as: "ada", method: "GET", path: "/guilds/{guild}/preview", status: 200},
	{as: "ada", method: "PATCH", path: "/guilds/{guild}/emojis/{wave}", body: `{"name":"bye"}`, status: 200},
	{as: "ada", method: "DELETE", path: "/guilds/{guild}/emojis/{wave}", status: 204},
	{as: "ada", method: "GET", path: "/users/@me/guilds/{guild}/member", status: 200},
	{as: "ada", method: "POST", path: "/channels/{general}/messages/bulk-delete", body: `{"messages":["{ada}","{ben}"]}`, status: 204},
	{as: "ada", method: "PUT", path: "/channels/{general}/messages/pins/{bens}", status: 204},
	{as: "ada", method: "GET", path: "/channels/{general}/messages/pins", status: 200, holds: []string{`"id":"{bens}"`}},
	{as: "ada", method: "DELETE", path: "/channels/{general}/messages/pins/{bens}", status: 204},
	{as: "ada", method: "PUT", path: "/channels/{general}/pins/{bens}", status: 204},
	{as: "ada", method: "GET", path: "/channels/{general}/pins", status: 200, holds: []string{`"id":"{bens}"`}},
	{as: "ada", method: "DELETE", path: "/channels/{general}/pins/{bens}", status: 204},
	{as: "ada", method: "PUT", path: "/channels/{general}/messages/{bens}/reactions/%F0%9F%91%8D/@me", status: 204},
	{as: "ada", method: "GET", path: "/channels/{general}/messages/{bens}/reactions/%F0%9F%91%8D", status: 200},
	{as: "ada", method: "DELETE", path: "/channels/{general}/messages/{bens}/reactions/%F0%9F%91%8D/@me", status: 204},
	{as: "ada", method: "DELETE", path: "/channels/{general}/messages/{bens}/reactions/%F0%9F%91%8D/{ben}", status: 204},
	{as: "ada", method: "DELETE", path: "/channels/{general}/messages/{bens}/reactions/%F0%9F%91%8D", status: 204},
	{as: "ada", method: "DELETE", path: "/channels/{general}/messages/{bens}/reactions", status: 204},
	{as: "ada", method: "POST", path: "/users/@me/channels", body: `{"recipients":[]}`, status: 200, keep: map[string]string{"{group}": "id"}},
	{as: "ada", method: "PUT", path: "/channels/{group}/recipients/{ben}", status: 204},
	{as: "ada", method: "DELETE", path: "/channels/{group}/recipients/{ben}", status: 204},
	{as: "ada", method: "POST", path: "/channels/{general}/messages/{bens}/threads", body: `{"name":"T"}`, status: 201},
	{as: "ada", method: "POST", path: "/channels/{general}/threads", body: `{"name":"P","type":12}`, status: 201, keep: map[string]string{"{private}": "id"}},
	{as: "ada", method: "PUT", path: "/channels/{bens}/thread-members/{ben}", status: 204},
	{as: "ada", method: "GET", path: "/channels/{bens}/thread-members?with_member=true", status: 200, holds: []string{`"user_id":"{ben}"`}},
	{as: "ada", method: "GET", path: "/channels/{bens}/thread-members/{ben}", status: 200},
	{as: "ada", method: "DELETE", path: "/channels/{bens}/thread-members/{ben}", status: 204},
	{as: "ben", method: "PUT", path: "/channels/{bens}/thread-members/@me", status: 204},
	{as: "ben", method: "GET", path: "/channels/{bens}/thread-members/@me", status: 200},
	{as: "ben", method: "DELETE", path: "/channels/{bens}/thread-members/@me", status: 204},
	{as: "ada", method: "GET", path: "/guilds/{guild}/threads/active", status: 200, holds: []string{`"id":"{private}"`}},
	{as: "ada", method: "PATCH", path: "/channels/{private}", body: `{"archived":true}`, status: 200},
	{as: "ada", method: "PATCH", path: "/channels/{bens}", body: `{"archived":true}`, status: 200},
	{as: "ada", method: "GET", path: "/channels/{general}/threads/search", status: 200},
	{as: "ada", method: "GET", path: "/channels/{general}/threads/archived/public", status: 200, holds: []string{`"id":"{bens}"`}},
	{as: "ada", method: "GET", path: "/channels/{general}/threads/archived/private", status: 200, holds: []string{`"id":"{private}"`}},
	{as: "ada", method: "GET", path: "/channels/{general}/users/@me/threads/archived/private", status: 200, holds: []string{`"id":"{private}"`}},
	{as: "ada", method: "GET", path: "/guilds/{guild}?with_counts=true", status: 200},
	{as: "ada", method: "PATCH", path: "/guilds/{guild}", body: `{"description":"D","afk_channel_id":"{lounge}"}`, status: 200},
	{as: "ada", method: "GET", path: "/guilds/{guild}/channels", status: 200},
	{as: "ada", method: "POST", path: "/guilds/{guild}/channels", body: `{"name":"n","type":5}`, status: 201},
	{as: "ada", method: "PATCH", path: "/guilds/{guild}/channels", body: `[{"id":"{general}","position":2}]`, status: 204},
	{as: "ada", method: "GET", path: "/channels/{lounge}", status: 200},
	{as: "ada", method: "PATCH", path: "/channels/{lounge}", body: `{"user_limit":3}`, status: 200},
	{as: "ada", method: "PUT", path: "/channels/{general}/permissions/{role}", body: `{"type":0,"allow":"1024"}`, status: 204},
	{as: "ada", method: "DELETE", path: "/channels/{general}/permissions/{role}", status: 204},
	{as: "ada", method: "POST", path: "/channels/{general}/invites", body: `{}`, status: 200},
	{as: "ada", method: "GET", path: "/channels/{general}/invites", status: 200},
	{method: "GET", path: "/invites/{invite}?with_counts=true", status: 200},
	{as: "ada", method: "DELETE", path: "/invites/{invite}", status: 200},
	{as: "ada", method: "GET", path: "/guilds/{guild}/invites", status: 200},
	{as: "ada", method: "GET", path: "/channels/{general}/messages", status: 200},
	{as: "ada", method: "POST", path: "/channels/{general}/messages", body: `{"content":"<@{ben}>","message_reference":{"message_id":"{bens}"},"embeds":[{"title":"T","fields":[{"name":"n","value":"v"}]}]}`, status: 200},
	{as: "ada", method: "GET", path: "/channels/{general}/messages/{adas}", status: 200},
	{as: "ada", method: "PATCH", path: "/channels/{general}/messages/{adas}", body: `{"content":"edited"}`, status: 200},
	{as: "ada", method: "DELETE", path: "/channels/{general}/messages/{adas}", status: 204},
	{as: "ada", method: "POST", path: "/channels/{general}/typing", status: 204},
	{as: "ada", method: "GET", path: "/guilds/{guild}/roles", status: 200},
	{as: "ada", method: "POST", path: "/guilds/{guild}/roles", body: `{"name":"R"}`, status: 200},
	{as: "ada", method: "PATCH", path: "/guilds/{guild}/roles", body: `[{"id":"{role}","position":1}]`, status: 200},
	{as: "ada", method: "GET", path: "/guilds/{guild}/roles/{role}", status: 200},
	{as: "ada", method: "PATCH", path: "/guilds/{guild}/roles/{role}", body: `{"hoist":true}`, status: 200},
	{as: "ada", method: "GET", path: "/guilds/{guild}/members?limit=10", status: 200},
	{as: "ada", method: "GET", path: "/guilds/{guild}/members/search?query=b", status: 200},
	{as: "ada", method: "GET", path: "/guilds/{guild}/members/{ben}", status: 200},
	{as: "ada", method: "PATCH", path: "/guilds/{guild}/members/{ben}", body: `{"nick":"B"}`, status: 200},
	{as: "ben", method: "PATCH", path: "/guilds/{guild}/members/@me", body: `{"nick":"C"}`, status: 200},
	{as: "ada", method: "PUT", path: "/guilds/{guild}/members/{ben}/roles/{role}", status: 204},
	{as: "ada", method: "DELETE", path: "/guilds/{guild}/members/{ben}/roles/{role}", status: 204},
	{as: "ada", method: "GET", path: "/voice/regions", status: 200},
	{as: "ada", method: "GET", path: "/guilds/{guild}/regions", status: 200},
	{as: "ada", method: "PUT", path: "/channels/{lounge}/voice-status", body: `{"status":"Chess"}`, status: 204},
	{as: "ada", method: "POST", path: "/guilds/{guild}/channels", body: `{"name":"Stage","type":13}`, status: 201, keep: map[string]string{"{stage}": "id"}},
	{as: "ada", method: "POST", path: "/stage-instances", body: `{"channel_id":"{stage}","topic":"Talk"}`, status: 200},
	{as: "ada", method: "GET", path: "/stage-instances/{stage}", status: 200},
	{as: "ada", method: "PATCH", path: "/stage-instances/{stage}", body: `{"topic":"Song"}`, status: 200},
	{as: "ada", method: "GET", path: "/guilds/{guild}/roles/member-counts", status: 200, holds: []string{`"{role}":0`}},
	{as: "ada", method: "POST", path: "/channels/{general}/messages", body: `{"poll":{"question":{"text":"q"},"answers":[{"poll_media":{"text":"a"}}]}}`, status: 200, keep: map[string]string{"{poll}": "id"}},
	{as: "ada", method: "GET", path: "/channels/{general}/polls/{poll}/answers/1", status: 200},
	{as: "ada", method: "POST", path: "/channels/{general}/polls/{poll}/expire", status: 200},
	{as: "ada", method: "POST", path: "/guilds/{guild}/auto-moderation/rules", body: `{"name":"R","event_type":1,"trigger_type":3,"actions":[{"type":1}]}`, status: 200, keep: map[string]string{"{rule}": "id"}},
	{as: "ada", method: "GET", path: "/guilds/{guild}/auto-moderation/rules", status: 200},
	{as: "ada", method: "GET", path: "/guilds/{guild}/auto-moderation/rules/{rule}", status: 200},
	{as: "ada", method: "PATCH", path: "/guilds/{guild}/auto-moderation/rules/{rule}", body: `{"name":"S"}`, status: 200},
	{as: "ada", method: "DELETE", path: "/guilds/{guild}/auto-moderation/rules/{rule}", status: 204},
	{as: "ada", method: "GET", path: "/guilds/{guild}/preview", status: 200},
	{as: "ada", method: "PUT", path: "/guilds/{guild}/incident-actions", body: `{"invites_disabled_until":"2026-05-01T13:00:00Z","dms_disabled_until":null}`, status: 200, holds: []string{`"invites_disabled_until":"2026-05-01T13:00:00.000000+00:00"`}},
	{as: "ada", method: "DELETE", path: "/guilds/{guild}/roles/{role}", status: 204},
	{as: "ada", method: "PUT", path: "/guilds/{guild}/bans/{cleo}", status: 204},
	{as: "ada", method: "GET", path: "/guilds/{guild}/bans/{cleo}", status: 200},
	{as: "ada", method: "GET", path: "/guilds/{guild}/bans", status: 200, holds: []string{`"id":"{cleo}"`}},
	{as: "ada", method: "DELETE", path: "/guilds/{guild}/bans/{cleo}", status: 204},
	{as: "ada", method: "POST", path: "/guilds/{guild}/bulk-ban", body: `{"user_ids":["{cleo}"]}`, status: 200},
	{as: "ada", method: "GET", path: "/guilds/{guild}/prune?days=7", status: 200, holds: []string{`{"pruned":0}`}},
	{as: "ada", method: "POST", path: "/guilds/{guild}/prune", body: `{"days":7,"compute_prune_count":false}`, status: 200, holds: []string{`{"pruned":null}`}},
	{as: "ada", method: "GET", path: "/guilds/{guild}/audit-logs?limit=100", status: 200, holds: []string{`"action_type":22`, `"old_value"`}},
	{as: "ada", method: "DELETE", path: "/channels/{hidden}", status: 200},
	{as: "ada", method: "DELETE", path: "/guilds/{guild}/members/{robin}", status: 204},
	{as: "ada", method: "POST", path: "/channels/{general}/webhooks", body: `{"name":"Ci"}`, status: 200, keep: map[string]string{"{hook}": "id", "{hooktoken}": "token"}},
	{as: "ada", method: "POST", path: "/guilds/{guild}/channels", body: `{"name":"news","type":5}`, status: 201, keep: map[string]string{"{news}": "id"}},
	{as: "ada", method: "POST", path: "/channels/{news}/followers", body: `{"webhook_channel_id":"{general}"}`, status: 200},
	{as: "ada", method: "POST", path: "/channels/{news}/messages", body: `{"content":"news"}`, status: 200, keep: map[string]string{"{word}": "id"}},
	{as: "ada", method: "POST", path: "/channels/{news}/messages/{word}/crosspost", status: 200},
	{as: "ada", method: "GET", path: "/channels/{general}/webhooks", status: 200},
	{as: "ada", method: "GET", path: "/guilds/{guild}/webhooks", status: 200},
	{as: "ada", method: "GET", path: "/webhooks/{hook}", status: 200},
	{as: "ada", method: "PATCH", path: "/webhooks/{hook}", body: `{"name":"Builds"}`, status: 200},
	{method: "GET", path: "/webhooks/{hook}/{hooktoken}", status: 200},
	{method: "PATCH", path: "/webhooks/{hook}/{hooktoken}", body: `{"name":"Ci"}`, status: 200},
	{method: "POST", path: "/webhooks/{hook}/{hooktoken}?wait=true", body: `{"content":"built"}`, status: 200, keep: map[string]string{"{built}": "id"}},
	{method: "POST", path: "/webhooks/{hook}/{hooktoken}/github", body: `{}`, status: 204},
	{method: "GET", path: "/webhooks/{hook}/{hooktoken}/messages/{built}", status: 200},
	{method: "PATCH", path: "/webhooks/{hook}/{hooktoken}/messages/{built}", body: `{"content":"built again"}`, status: 200},
	{method: "DELETE", path: "/webhooks/{hook}/{hooktoken}/messages/{built}", status: 204},
	{as: "ada", method: "DELETE", path: "/webhooks/{hook}", status: 204},
	{as: "ada", method: "POST", path: "/channels/{general}/webhooks", body: `{"name":"Ci"}`, status: 200, keep: map[string]string{"{second}": "id", "{secondtoken}": "token"}},
	{method: "DELETE", path: "/webhooks/{second}/{secondtoken}", status: 204},
	{as: "ben", method: "DELETE", path: "/users/@me/guilds/{guild}", status: 204},
}
