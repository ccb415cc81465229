package cli_test

import (
	"net/http"
	"strings"
	"testing"

	"guildhall/cli/clitest"
)

func TestABotsCommandsAreListedFromTheCommandLine(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	var bot struct{ ID, Token string }
	hall.JSON(&bot, "", "bot", "create", "--name", "helper", "--owner", "alice", "--guild", community.GuildID)
	commands := "/applications/" + bot.ID + "/commands"
	body := []map[string]any{
		{"name": "echo", "description": "Says something", "options": []map[string]any{{"type": 3, "name": "text", "description": "What", "required": true}, {"type": 5, "name": "loud", "description": "Loud"}}},
		{"name": "song", "description": "Songs", "options": []map[string]any{{"type": 1, "name": "list", "description": "Lists"}, {"type": 1, "name": "sing", "description": "Sings"}}},
		{"name": "Look at", "type": 2},
	}
	if status, err := hall.Call(http.MethodPut, commands, "Bot "+bot.Token, body, nil); err != nil || status != http.StatusOK {
		t.Fatalf("registering is answered %d, %v", status, err)
	}
	local := "/applications/" + bot.ID + "/guilds/" + community.GuildID + "/commands"
	if status, err := hall.Call(http.MethodPost, local, "Bot "+bot.Token, map[string]any{"name": "Mark", "type": 3}, nil); err != nil || status != http.StatusCreated {
		t.Fatalf("registering is answered %d, %v", status, err)
	}
	for _, state := range []string{"running", "stopped"} {
		if state == "stopped" {
			hall.Stop()
		}
		listed := hall.Command("", "bot", "commands", "--bot", bot.ID)
		for _, want := range []string{"/echo text [loud]", "Says something", "/song (list | sing)", "Look at", "on a person"} {
			if !strings.Contains(listed, want) {
				t.Errorf("%s: the list lacks %q:\n%s", state, want, listed)
			}
		}
		var there []struct{ ID, Name, Usage string }
		hall.JSON(&there, "", "bot", "commands", "--bot", bot.ID, "--guild", community.GuildID)
		if len(there) != 1 || there[0].Name != "Mark" || there[0].Usage != "on a message" {
			t.Errorf("%s: in the server there are %+v", state, there)
		}
		for _, wrong := range []string{"bot commands --bot 5", "bot commands --bot " + bot.ID + " --guild 5"} {
			if _, stderr, code := hall.TryCommand("", strings.Fields(wrong)...); code != 3 || stderr == "" {
				t.Errorf("%s: %s: code %d: %s", state, wrong, code, stderr)
			}
		}
	}
	hall.Command("", "db", "check")
}
