package cli_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"guildhall/cli/clitest"
)

func TestBotsFromTheCommandLine(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	hall.Command("long enough for bob\n", "user", "create", "--username", "bob", "--password-stdin")
	type shown struct {
		ID, Name, Owner, Description, Token string
		Public                              bool
		Intents                             struct{ Members, Presences, Content bool }
		Guilds                              []struct{ ID, Name string }
	}
	for _, state := range []string{"running", "stopped"} {
		if state == "stopped" {
			hall.Stop()
		}
		name := "helper " + state
		var made, one shown
		hall.JSON(&made, "", "bot", "create", "--name", name, "--owner", "alice", "--description", "helps", "--public", "--guild", community.GuildID, "--permissions", "2048")
		hall.JSON(&one, "", "bot", "show", "--bot", made.ID)
		if one.Name != name || one.Owner != "alice" || one.Description != "helps" || !one.Public || !one.Intents.Content || len(one.Guilds) != 1 || one.Guilds[0].ID != community.GuildID || one.Token != "" {
			t.Errorf("%s: shown is %+v", state, one)
		}
		var all []shown
		hall.JSON(&all, "", "bot", "list")
		if !slices.ContainsFunc(all, func(bot shown) bool { return bot.ID == community.BotID }) || !slices.ContainsFunc(all, func(bot shown) bool { return bot.ID == made.ID }) {
			t.Errorf("%s: there are %+v", state, all)
		}
		hall.JSON(&all, "", "bot", "list", "--owner", "bob")
		if len(all) != 0 {
			t.Errorf("%s: bob has %+v", state, all)
		}
		hall.JSON(&one, "", "bot", "edit", "--bot", made.ID, "--public", "off")
		if one.Public || one.Description != "helps" || one.Name != name {
			t.Errorf("%s: edited is %+v", state, one)
		}
		if said := hall.Command("", "bot", "edit", "--bot", made.ID, "--description", "", "--public", "on", "--name", name); !strings.Contains(said, name) || strings.Contains(said, "helps") || !strings.Contains(said, "Public") {
			t.Errorf("%s: edited is %q", state, said)
		}
		for arguments, want := range map[string]int{"": 2, "--public maybe": 2, "--name ": 2} {
			if _, stderr, code := hall.TryCommand("", append([]string{"bot", "edit", "--bot", made.ID}, strings.Split(arguments, " ")...)...); code != want || stderr == "" {
				t.Errorf("%s: editing with %q: code %d: %s", state, arguments, code, stderr)
			}
		}
		hall.JSON(&one, "", "bot", "intents", "--bot", made.ID, "--content", "off", "--presences", "off")
		if !one.Intents.Members || one.Intents.Content || one.Intents.Presences {
			t.Errorf("%s: the intents are %+v", state, one.Intents)
		}
		if said := hall.Command("", "bot", "intents", "--bot", made.ID, "--content", "on"); !strings.Contains(said, "members, content\n") {
			t.Errorf("%s: %q", state, said)
		}
		invite, err := url.Parse(strings.TrimSpace(hall.Command("", "bot", "invite-url", "--bot", made.ID, "--permissions", "8", "--guild", community.GuildID)))
		if err != nil || invite.Path != "/oauth2/authorize" || invite.RawQuery != "client_id="+made.ID+"&guild_id="+community.GuildID+"&permissions=8&scope=bot+applications.commands" {
			t.Errorf("%s: the link is %v, %v", state, invite, err)
		}
		if said := hall.Command("", "bot", "invite-url", "--bot", community.BotID); !strings.Contains(said, "Only its owner") || strings.Contains(said, "permissions=") {
			t.Errorf("%s: %q", state, said)
		}
		if said := hall.Command("", "bot", "transfer", "--bot", made.ID, "--owner", "bob", "--reason", "by request"); !strings.HasPrefix(said, "The bot "+name+" (id "+made.ID+") was handed over.") {
			t.Errorf("%s: %q", state, said)
		}
		if hall.JSON(&all, "", "bot", "list", "--owner", "bob"); len(all) != 1 || all[0].Owner != "bob" {
			t.Errorf("%s: bob has %+v", state, all)
		}
		if said := hall.Command("", "bot", "delete", "--bot", made.ID, "--yes"); said != "The bot "+name+" was deleted (id "+made.ID+").\n" {
			t.Errorf("%s: %q", state, said)
		}
		for _, c := range []struct {
			arguments string
			code      int
		}{
			{"bot show --bot " + made.ID, 3}, {"bot delete --bot " + community.BotID, 2}, {"bot delete --bot 5 --yes", 3}, {"bot transfer --bot 5 --owner bob", 3}, {"bot transfer --bot " + community.BotID + " --owner nobody", 3},
			{"bot transfer --bot " + community.BotID + " --owner pong", 3}, {"bot intents --bot " + community.BotID + " --content maybe", 2}, {"bot invite-url --bot 5", 3}, {"bot invite-url --bot " + community.BotID + " --permissions all", 2},
			{"bot create --name x2 --owner bob --permissions 8", 2}, {"bot list --owner nobody", 3}, {"bot policy --set friends", 2}, {"bot", 2},
		} {
			if _, stderr, code := hall.TryCommand("", strings.Fields(c.arguments)...); code != c.code || stderr == "" {
				t.Errorf("%s: %s: code %d, want %d: %s", state, c.arguments, code, c.code, stderr)
			}
		}
	}
	log := hall.Command("", "hall", "log")
	for _, word := range []string{"bot.transfer", "bot.delete", "bot.update", "by request"} {
		if !strings.Contains(log, word) {
			t.Errorf("the log lacks %q:\n%s", word, log)
		}
	}
	hall.Command("", "db", "check")
}

func TestWhoMayMakeBotsIsSaidOnTheCommandLine(t *testing.T) {
	hall := clitest.Start(t)
	hall.NewCommunity()
	hall.Command("long enough for bob\n", "user", "create", "--username", "bob", "--password-stdin")
	if said := hall.Command("", "bot", "policy"); said != "Everyone with an account makes bots.\n" {
		t.Errorf("at first: %q", said)
	}
	alice, bob := hall.Login("alice", clitest.OwnerPassword), hall.Login("bob", "long enough for bob")
	for i, c := range []struct {
		policy, said string
		alice, bob   int
	}{
		{"nobody", "Bots are made from the command line alone.\n", 403, 403}, {"owner", "Only the hall's owner makes bots, and the command line.\n", 201, 403}, {"everyone", "Everyone with an account makes bots.\n", 201, 201},
	} {
		if said := hall.Command("", "bot", "policy", "--set", c.policy); said != c.said {
			t.Errorf("%s: %q", c.policy, said)
		}
		for who, ask := range map[string]struct {
			token string
			want  int
		}{"alice": {alice, c.alice}, "bob": {bob, c.bob}} {
			var got json.RawMessage
			if status, err := hall.Call("POST", "/applications", ask.token, map[string]string{"name": who + " " + string(rune('a'+i))}, &got); err != nil || status != ask.want {
				t.Errorf("%s: %s is answered %d, %v: %s", c.policy, who, status, err, got)
			}
		}
	}
	hall.Command("", "bot", "create", "--name", "from the console", "--owner", "bob")
}
