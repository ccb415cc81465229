package compat

import (
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"guildhall/cli/clitest"
)

// features are what a bot has to do with in a community, each with the methods and the events of its library.
var features = strings.Fields(`ready guild channels roles members messages embeds components files reactions pins polls threads forums directs invites emoji typing presence account rules moderation`)

// tours are the libraries, with the features that a library cannot show and why: facts about the library.
var tours = []struct {
	name   string
	start  func(t *testing.T, place tourPlace) bot
	cannot map[string]string
}{
	{"discord.js", tourInNode("tour-discordjs.mjs"), nil},
	{"oceanic.js", tourInNode("tour-oceanic.mjs"), nil},
	{"discordgo", tourInGo("./tour/discordgo"), nil},
	{"disgo", tourInGo("./tour/disgo"), nil},
}

// tourPlace is a hall with a community in which the bot may do everything, and bob a person.
type tourPlace struct {
	hall        *clitest.Hall
	community   clitest.Community
	environment []string
}

func newTourPlace(t *testing.T) tourPlace {
	t.Helper()
	hall := clitest.Start(t, "--rate-limits", "off") // a tour does more in a few seconds than people do
	community := hall.NewCommunity()
	alice := hall.Login("alice", clitest.OwnerPassword)
	var role, bob, invite struct{ ID, Code string }
	hall.JSON(&bob, "long enough\n", "user", "create", "--username", "bob", "--password-stdin", "--json")
	hall.JSON(&invite, "", "invite", "create", "--guild", community.GuildID)
	bobs := hall.Login("bob", "long enough")
	for _, step := range []struct {
		as, method, path string
		body, into       any
	}{
		{alice, http.MethodPost, "/guilds/" + community.GuildID + "/roles", map[string]any{"name": "Guides", "permissions": "8"}, &role},
		{bobs, http.MethodPost, "/invites/" + invite.Code, map[string]any{}, nil},
	} {
		if status, err := hall.Call(step.method, step.path, step.as, step.body, step.into); status != http.StatusOK {
			t.Fatalf("%s: status %d, %v", step.path, status, err)
		}
	}
	if status, err := hall.Call(http.MethodPut, "/guilds/"+community.GuildID+"/members/"+community.BotID+"/roles/"+role.ID, alice, nil, nil); status != http.StatusNoContent {
		t.Fatalf("status %d, %v", status, err)
	}
	return tourPlace{hall, community, []string{
		"API=" + witness(t, hall) + "/api", "HALL=" + hall.URL, "TOKEN=" + community.BotToken, "GUILD=" + community.GuildID, "CHANNEL=" + community.TextChannelID, "BOT_ID=" + community.BotID,
		"PERSON=" + alice, "BOB=" + bobs, "BOB_ID=" + bob.ID, "INVITE=" + invite.Code,
	}}
}

func tourInNode(script string) func(*testing.T, tourPlace) bot {
	return func(t *testing.T, place tourPlace) bot {
		t.Helper()
		if _, err := os.Stat("discordjs/node_modules/discord.js"); err != nil {
			t.Fatal("discord.js is not installed: run make setup")
		}
		command := exec.Command("node", script)
		command.Dir = "discordjs"
		return startProcess(t, command, place.environment)
	}
}

func tourInGo(folder string) func(*testing.T, tourPlace) bot {
	return func(t *testing.T, place tourPlace) bot {
		t.Helper()
		binary := filepath.Join(t.TempDir(), "tour")
		// Without the race detector: what it finds in a library is not ours to mend.
		if said, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, folder).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		return startProcess(t, exec.Command(binary), place.environment)
	}
}

func TestEveryFeatureWithEveryLibrary(t *testing.T) {
	for _, library := range tours {
		t.Run(library.name, func(t *testing.T) {
			t.Parallel()
			b := library.start(t, newTourPlace(t))
			proven := make(map[string]bool)
			b.wait(t, "toured")
			for _, told := range b.all("failed") {
				t.Errorf("%s: %s", told["feature"], told["message"])
				proven[told["feature"].(string)] = false
			}
			for _, told := range b.all("proven") {
				proven[told["feature"].(string)] = true
			}
			for _, feature := range features {
				_, tried := proven[feature]
				why, cannot := library.cannot[feature]
				switch {
				case tried == cannot:
					t.Errorf("%s: shown %v, cannot be shown %q: one of them it must be", feature, tried, why)
				case cannot && len(why) < 20:
					t.Errorf("%s: nothing says why it cannot be shown", feature)
				}
			}
			for _, other := range slices.Sorted(maps.Keys(proven)) {
				if !slices.Contains(features, other) {
					t.Errorf("there is no feature %s", other)
				}
			}
			b.close(t)
		})
	}
}
