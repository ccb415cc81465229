package rest

import (
	"fmt"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
)

// commandOfAllParts is a command with an option of each type, as its application sends it.
const commandOfAllParts = `{"name":"sing","name_localizations":{"de":"singe","fr":null},"description":"Sings","description_localizations":{"de":"Singt"},"default_member_permissions":"2048","nsfw":false,"contexts":[1,0],"integration_types":[0],
	"options":[{"type":2,"name":"songs","description":"Songs","options":[{"type":1,"name":"one","description":"One","name_localizations":{"de":"eines"},"options":[
		{"type":4,"name":"count","description":"How often","required":true,"min_value":-3,"max_value":9007199254740991,"choices":[{"name":"once","name_localizations":{"de":"einmal"},"value":1}]},
		{"type":3,"name":"text","description":"What","min_length":0,"max_length":6000,"choices":[{"name":"Song","value":"1"}]},
		{"type":10,"name":"pitch","description":"How high","min_value":0.5,"max_value":2.5,"choices":[{"name":"low","value":0.5}]},
		{"type":3,"name":"title","description":"Which","autocomplete":true},{"type":5,"name":"loud","description":"Loud"},{"type":6,"name":"to","description":"To whom"},
		{"type":7,"name":"in","description":"Where","channel_types":[0,2]},{"type":8,"name":"for","description":"For whom"},{"type":9,"name":"about","description":"About"},{"type":11,"name":"sheet","description":"Notes"}]}]},
		{"type":1,"name":"all","description":"All"}]}`

func TestCommandsOfAnApplication(t *testing.T) {
	for _, path := range []string{"/applications/{robin}/commands", "/applications/{robin}/guilds/{guild}/commands"} {
		manageCommands(t, path)
	}
}

// manageCommands has robin do with its commands all that can be done, everywhere or in a guild.
func manageCommands(t *testing.T, path string) {
	t.Helper()
	w := newWorld(t)
	_, token, err := w.hall.Bots.Create(t.Context(), w.guild.Owner, chat.NewBot{Name: "wren", OwnerID: w.guild.Owner.UserID})
	w.must(err)
	w.callers["wren"] = "Bot " + token
	w.run(t, []scenario{
		{name: "none yet", as: "robin", method: "GET", path: path, status: 200, holds: []string{`[]`}},
		{name: "made", as: "robin", method: "POST", path: path, body: commandOfAllParts, status: 201, keep: map[string]string{"{sing}": "id", "{first}": "version"},
			holds: []string{`"application_id":"{robin}"`, `"type":1`, `"name_localizations":{"de":"singe"}`, `"default_member_permissions":"2048"`, `"max_value":9007199254740991`, `"min_value":0.5`, `"value":"1"`, `"value":1`,
				`"channel_types":[0,2]`, `"autocomplete":true`, `"min_length":0`, `"name_localizations":{"de":"eines"}`, `"integration_types":[0]`}},
		{name: "made again", as: "robin", method: "POST", path: path, body: commandOfAllParts, status: 200, holds: []string{`"id":"{sing}"`, `"version":"{first}"`}},
		{name: "another of its name", as: "robin", method: "POST", path: path, body: `{"name":"sing","description":"Hums"}`, status: 200, holds: []string{`"id":"{sing}"`, `"description":"Hums"`, `"default_member_permissions":null`}, lacks: []string{"{first}", "options"}},
		{name: "one of another type", as: "robin", method: "POST", path: path, body: `{"name":"sing","type":3}`, status: 201, keep: map[string]string{"{onmessage}": "id"}, holds: []string{`"description":""`}},
		{name: "read", as: "robin", method: "GET", path: path + "/{onmessage}", status: 200, holds: []string{`"type":3`}},
		{name: "listed without translations", as: "robin", method: "GET", path: path, status: 200, holds: []string{`"id":"{sing}"`, `"id":"{onmessage}"`}, lacks: []string{"name_localizations", "localized"}},
		{name: "and with them", as: "robin", method: "GET", path: path + "?with_localizations=true", status: 200, holds: []string{`"name_localizations":null`}, lacks: []string{"localized"}},
		{name: "changed", as: "robin", method: "PATCH", path: path + "/{sing}", body: `{"name":"hum","name_localizations":{"de":"summe"},"default_member_permissions":"0","options":[{"type":3,"name":"text","description":"What"}]}`, status: 200,
			holds: []string{`"name":"hum"`, `"description":"Hums"`, `"name_localizations":{"de":"summe"}`, `"default_member_permissions":"0"`, `"options":[{"type":3`}},
		{name: "in the language that a program says", as: "robin", method: "GET", path: path, header: map[string]string{"X-Discord-Locale": "de", "Accept-Language": "fr"}, status: 200, holds: []string{`"name":"hum","name_localized":"summe"`}, lacks: []string{"description_localized"}},
		{name: "in one that a browser reads", as: "robin", method: "GET", path: path, header: map[string]string{"Accept-Language": "fr, de-CH;q=0.8"}, status: 200, holds: []string{`"name":"hum","name_localized":"summe"`}},
		{name: "not in others", as: "robin", method: "GET", path: path, header: map[string]string{"Accept-Language": "fr"}, status: 200, lacks: []string{"localized"}},
		{name: "nor where all are asked for", as: "robin", method: "GET", path: path + "?with_localizations=true", header: map[string]string{"X-Discord-Locale": "de"}, status: 200, lacks: []string{"localized"}},
		{name: "and back", as: "robin", method: "PATCH", path: path + "/{sing}", body: `{"name_localizations":null,"default_member_permissions":null,"options":null,"type":2}`, status: 200,
			holds: []string{`"type":1`, `"name_localizations":null`, `"default_member_permissions":null`}, lacks: []string{"options"}},
		{name: "what is wrong is named", as: "robin", method: "PATCH", path: path + "/{sing}", body: `{"name":"Hum","options":[{"type":1,"name":"a","description":"x","options":[{"type":3,"name":"b","description":"x","choices":[{"name":"c","value":7}]}]}]}`, status: 400, code: 50035,
			fields: map[string]string{"name": "APPLICATION_COMMAND_INVALID_NAME", "options.0.options.0.choices.0.value": "STRING_TYPE_CONVERT"}},
		{name: "a new one beside it", as: "robin", method: "POST", path: path, body: `{"name":"sing","description":"Sings"}`, status: 201, keep: map[string]string{"{other}": "id"}},
		{name: "whose name is taken", as: "robin", method: "PATCH", path: path + "/{sing}", body: `{"name":"sing"}`, status: 400, code: 50035, fields: map[string]string{"name": "APPLICATION_COMMANDS_DUPLICATE_NAME"}},
		{name: "all replaced, one with its id", as: "robin", method: "PUT", path: path, body: `[{"id":"{sing}","name":"warble","description":"Warbles"},{"name":"sing","type":3},{"name":"chirp","description":"Chirps"}]`, status: 200,
			holds: []string{`"id":"{sing}"`, `"name":"warble"`, `"id":"{onmessage}"`, `"name":"chirp"`}, lacks: []string{"{other}"}},
		{name: "not when one is wrong", as: "robin", method: "PUT", path: path, body: `[{"name":"a","description":"x"},{"name":"B","description":"x"},{"name":"a","description":"x"}]`, status: 400, code: 50035,
			fields: map[string]string{"1.name": "APPLICATION_COMMAND_INVALID_NAME", "2.name": "APPLICATION_COMMANDS_DUPLICATE_NAME"}},
		{name: "nor when they are too many", as: "robin", method: "PUT", path: path, body: manyCommands(101), status: 400, code: 30032},
		{name: "another's id is no id of its own", as: "robin", method: "PUT", path: path, body: `[{"id":"{robin}","name":"warble","description":"Warbles"}]`, status: 200, holds: []string{`"id":"{sing}"`}},
		{name: "of another application", as: "wren", method: "GET", path: path, status: 404, code: 10002},
		{name: "nor made there", as: "wren", method: "POST", path: path, body: `{"name":"x","description":"x"}`, status: 404, code: 10002},
		{name: "nor found in its own", as: "wren", method: "DELETE", path: "/applications/@me/commands/{sing}", status: 404, code: 10002},
		{name: "deleted", as: "robin", method: "DELETE", path: path + "/{sing}", status: 204},
		{name: "once", as: "robin", method: "DELETE", path: path + "/{sing}", status: 404, code: 10063},
		{name: "and read no more", as: "robin", method: "GET", path: path + "/{sing}", status: 404, code: 10063},
		{name: "100 there can be", as: "robin", method: "PUT", path: path, body: manyCommands(100), status: 200, lacks: []string{"{onmessage}"}},
		{name: "and no more", as: "robin", method: "POST", path: path, body: `{"name":"more","description":"x"}`, status: 400, code: 30032, holds: []string{"(100)"}},
		{name: "but of another type", as: "robin", method: "POST", path: path, body: `{"name":"more","type":2}`, status: 201},
		{name: "none again", as: "robin", method: "PUT", path: path, body: `[]`, status: 200, holds: []string{`[]`}},
	})
}

func TestWhereCommandsAreFor(t *testing.T) {
	w := newWorld(t)
	w.run(t, []scenario{
		{name: "what goes everywhere says where", as: "robin", method: "POST", path: "/applications/{robin}/commands", body: `{"name":"a","description":"x","contexts":[0]}`, status: 201, keep: map[string]string{"{a}": "id"},
			holds: []string{`"contexts":[0]`, `"dm_permission":false`}, lacks: []string{"guild_id"}},
		{name: "in the older way too", as: "robin", method: "POST", path: "/applications/{robin}/commands", body: `{"name":"b","description":"x","dm_permission":false,"contexts":null}`, status: 201, holds: []string{`"contexts":[0]`}},
		{name: "or nowhere in particular", as: "robin", method: "POST", path: "/applications/{robin}/commands", body: `{"name":"c","description":"x"}`, status: 201, holds: []string{`"contexts":null`, `"dm_permission":true`}},
		{name: "what is for a server does not", as: "robin", method: "POST", path: "/applications/{robin}/guilds/{guild}/commands", body: `{"name":"a","description":"x","contexts":[1]}`, status: 201,
			holds: []string{`"guild_id":"{guild}"`, `"contexts":null`}, lacks: []string{"dm_permission"}},
		{name: "each is found in its place", as: "robin", method: "GET", path: "/applications/{robin}/guilds/{guild}/commands/{a}", status: 404, code: 10063},
		{name: "not a server that it is not in", as: "robin", method: "PUT", path: "/applications/{robin}/guilds/7/commands", body: `[]`, status: 403, code: 50001},
		{name: "taken out", as: "ada", method: "DELETE", path: "/guilds/{guild}/integrations/{robin}", status: 204},
		{name: "it has no commands there", as: "robin", method: "GET", path: "/applications/{robin}/guilds/{guild}/commands", status: 403, code: 50001},
		{name: "elsewhere it has", as: "robin", method: "GET", path: "/applications/{robin}/commands", status: 200, holds: []string{`"id":"{a}"`}},
	})
}

// manyCommands are n commands in one body.
func manyCommands(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`{"name":"c%d","description":"x"}`, i))
	}
	return "[" + strings.Join(all, ",") + "]"
}

func TestWhoSetsWhoMayUseCommands(t *testing.T) {
	w := newWorld(t)
	const path = "/applications/{robin}/guilds/{guild}/commands"
	w.play(t, scenario{as: "robin", method: "POST", path: "/applications/{robin}/commands", body: `{"name":"sing","description":"Sings"}`, status: 201, keep: map[string]string{"{sing}": "id"}})
	told := (&society{world: w}).listen()
	w.run(t, []scenario{
		{name: "nothing yet", as: "robin", method: "GET", path: path + "/permissions", status: 200, holds: []string{`[]`}},
		{name: "nor about one", as: "robin", method: "GET", path: path + "/{sing}/permissions", status: 404, code: 10066},
		{name: "a bot sets none", as: "robin", method: "PUT", path: path + "/{sing}/permissions", body: `{"permissions":[]}`, status: 403, code: 20001},
		{name: "nor does a member", as: "ben", method: "PUT", path: path + "/{sing}/permissions", body: `{"permissions":[]}`, status: 403, code: 50013},
		{name: "what cannot be is named", as: "ada", method: "PUT", path: path + "/{sing}/permissions", status: 400, code: 50035,
			body: `{"permissions":[{"id":"7","type":1,"permission":true},{"id":"{ben}","type":2,"permission":true},{"id":"{ben}","type":2,"permission":false},{"id":"7","type":3,"permission":true},{"id":"7","type":4,"permission":true},{"id":"7","type":2,"permission":true}]}`,
			fields: map[string]string{"permissions.0.id": "APPLICATION_COMMAND_PERMISSIONS_TARGET_UNKNOWN", "permissions.2.id": "BASE_TYPE_UNIQUE", "permissions.3.id": "APPLICATION_COMMAND_PERMISSIONS_TARGET_UNKNOWN",
				"permissions.4.type": "BASE_TYPE_CHOICES", "permissions.5.id": "APPLICATION_COMMAND_PERMISSIONS_TARGET_UNKNOWN"}},
		{name: "no more than 100", as: "ada", method: "PUT", path: path + "/{sing}/permissions", status: 400, code: 50035, body: `{"permissions":[` + strings.Repeat(`{"id":"{ben}","type":2,"permission":true},`, 100) + `{"id":"{ada}","type":2,"permission":true}]}`},
		{name: "about no command", as: "ada", method: "PUT", path: path + "/{ben}/permissions", body: `{"permissions":[]}`, status: 404, code: 10063},
		{name: "of no application", as: "ada", method: "GET", path: "/applications/{ben}/guilds/{guild}/commands/permissions", status: 404, code: 10002},
	})
	for _, e := range told() {
		t.Errorf("something that was refused led to %T", e)
	}
	w.run(t, []scenario{
		{name: "set", as: "ada", method: "PUT", path: path + "/{sing}/permissions", header: map[string]string{"X-Audit-Log-Reason": "too loud"}, status: 200,
			body: `{"permissions":[{"id":"{role}","type":1,"permission":true},{"id":"{guild}","type":1,"permission":false},{"id":"{general}","type":3,"permission":false}]}`, holds: []string{`"id":"{sing}","application_id":"{robin}","guild_id":"{guild}"`}},
	})
	var changed []event.CommandPermissionsChanged
	for _, e := range told() {
		if one, is := e.(event.CommandPermissionsChanged); is {
			changed = append(changed, one)
		}
	}
	if len(changed) != 1 || len(changed[0].Permissions.Permissions) != 3 || changed[0].Permissions.GuildID != w.guild.ID {
		t.Errorf("told is %+v", changed)
	}
	w.run(t, []scenario{
		{name: "about all commands", as: "ada", method: "PUT", path: path + "/{robin}/permissions", body: `{"permissions":[{"id":"{ben}","type":2,"permission":false}]}`, status: 200},
		{name: "seen by the bot", as: "robin", method: "GET", path: path + "/permissions", status: 200, holds: []string{`"id":"{robin}","application_id":"{robin}"`, `"id":"{sing}","application_id":"{robin}"`}},
		{name: "and who looks after the server", as: "ada", method: "GET", path: path + "/{sing}/permissions", status: 200, holds: []string{`{"id":"{general}","type":3,"permission":false}`}},
		{name: "not by members", as: "ben", method: "GET", path: path + "/permissions", status: 403, code: 50013},
		{name: "nor by strangers", as: "cleo", method: "GET", path: path + "/permissions", status: 404, code: 10004},
		{name: "the log has it", as: "ada", method: "GET", path: "/guilds/{guild}/audit-logs?action_type=121", status: 200,
			holds: []string{`"target_id":"{sing}","action_type":121`, `"key":"{role}","new_value":{"id":"{role}","type":1,"permission":true}`, `"options":{"application_id":"{robin}"}`, `"reason":"too loud"`, `"application_commands":[{"id":"{sing}","application_id":"{robin}"`}},
		{name: "a role that goes", as: "ada", method: "DELETE", path: "/guilds/{guild}/roles/{role}", status: 204},
		{name: "is named no more", as: "robin", method: "GET", path: path + "/{sing}/permissions", status: 200, holds: []string{`"id":"{general}"`}, lacks: []string{"{role}"}},
		{name: "taken back", as: "ada", method: "PUT", path: path + "/{sing}/permissions", body: `{"permissions":[]}`, status: 200, holds: []string{`"permissions":[]`}},
		{name: "nothing is left", as: "robin", method: "GET", path: path + "/{sing}/permissions", status: 404, code: 10066},
	})
}

func TestWhatSomebodyCanUseWhere(t *testing.T) {
	w := newWorld(t)
	adult := w.guild.Channel("adult", store.ChannelText)
	w.name("adult", adult)
	everywhere, local := "/applications/{robin}/commands", "/applications/{robin}/guilds/{guild}/commands"
	index := func(as, place string, holds []string, lacks ...string) scenario {
		return scenario{name: as + " in " + place, as: as, method: "GET", path: place + "/application-command-index", status: 200, holds: holds, lacks: lacks}
	}
	const guild, general = "/guilds/{guild}", "/channels/{general}"
	w.run(t, []scenario{
		{name: "nothing", as: "ben", method: "GET", path: guild + "/application-command-index", status: 200, holds: []string{`{"applications":[],"application_commands":[],"version":"{guild}"}`}},
		{name: "commands", as: "robin", method: "PUT", path: everywhere, status: 200, body: `[{"name":"open","description":"x","name_localizations":{"de":"offen"}},{"name":"private","description":"x","contexts":[1]},{"name":"abroad","description":"x","integration_types":[1]},
			{"name":"adults","description":"x","nsfw":true},{"name":"admins","description":"x","default_member_permissions":"0"},{"name":"writers","description":"x","default_member_permissions":"8192"}]`,
			keep: map[string]string{"{open}": "0.id"}},
		{name: "and for the server", as: "robin", method: "POST", path: local, body: `{"name":"here","description":"x"}`, status: 201, keep: map[string]string{"{here}": "id"}},
		{name: "a channel for adults", as: "ada", method: "PATCH", path: "/channels/{adult}", body: `{"nsfw":true}`, status: 200},
		index("ben", guild, []string{`"applications":[{"id":"{robin}","name":"robin"`, `"bot_id":"{robin}"`, `"name":"open","name_localizations":{"de":"offen"}`, `"name":"here"`, `"name":"adults"`}, `"admins"`, `"writers"`, `"private"`, `"abroad"`),
		index("ben", general, []string{`"open"`, `"here"`}, `"adults"`, `"admins"`),
		index("ben", "/channels/{adult}", []string{`"open"`, `"adults"`}),
		index("ada", general, []string{`"open"`, `"admins"`, `"writers"`}, `"private"`, `"adults"`),
		{name: "a bot uses none", as: "robin", method: "GET", path: general + "/application-command-index", status: 403, code: 20001},
		{name: "a stranger neither", as: "cleo", method: "GET", path: guild + "/application-command-index", status: 404, code: 10004},
		{name: "where one may not look", as: "ben", method: "GET", path: "/channels/{hidden}/application-command-index", status: 403, code: 50001},
		{name: "a conversation with the bot", as: "ben", method: "POST", path: "/users/@me/channels", body: `{"recipient_id":"{robin}"}`, status: 200, keep: map[string]string{"{withrobin}": "id"}},
		index("ben", "/channels/{withrobin}", []string{`"open"`, `"private"`, `"admins"`}, `"here"`),
		{name: "with somebody else", as: "ben", method: "POST", path: "/users/@me/channels", body: `{"recipient_id":"{ada}"}`, status: 200, keep: map[string]string{"{withada}": "id"}},
		index("ben", "/channels/{withada}", []string{`"application_commands":[]`}),
		{name: "is nobody else's", as: "cleo", method: "GET", path: "/channels/{withrobin}/application-command-index", status: 404, code: 10003},
		{name: "closed to ben", as: "ada", method: "PUT", path: local + "/{here}/permissions", body: `{"permissions":[{"id":"{ben}","type":2,"permission":false}]}`, status: 200},
		index("ben", general, []string{`"open"`}, `"here"`),
		index("ada", general, []string{`"here"`}),
	})
	w.guild.Overwrite(w.guild.General, w.guild.ID, store.OverwriteRole, 0, perm.UseApplicationCommands)
	w.run(t, []scenario{
		index("ben", general, []string{`"application_commands":[]`}),
		index("ben", "/channels/{adult}", []string{`"open"`}),
		{name: "taken out", as: "ada", method: "DELETE", path: "/guilds/{guild}/integrations/{robin}", status: 204},
		index("ada", guild, []string{`"application_commands":[]`}),
	})
}
