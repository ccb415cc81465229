package compat

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"guildhall/cli/clitest"
)

// example is one of the first bots that a library teaches to write, rebuilt in our words. It is what the manual shows (webui/docs/bots.md), word for word.
type example struct {
	name, file string
}

// talking are the bots that answer "ping", commanded those that answer a command, and a button of the answer.
var (
	talking = []example{
		{"discord.js", "examples/discordjs/ping.cjs"},
		{"oceanic.js", "examples/oceanic/ping.cjs"},
		{"discordgo", "examples/discordgo/main.go"},
		{"disgo", "examples/disgo/main.go"},
	}
	commanded = []example{
		{"discord.js", "examples/discordjs/hello.cjs"},
		{"oceanic.js", "examples/oceanic/hello.cjs"},
		{"discordgo", "examples/discordgo/hello/main.go"},
		{"disgo", "examples/disgo/hello/main.go"},
	}
)

// program runs an example as its reader would: the libraries of Node.js are those that are installed for the other tests.
func (e example) program(t *testing.T) *exec.Cmd {
	t.Helper()
	if filepath.Ext(e.file) == ".go" {
		return inGo(t, "./"+filepath.Dir(e.file))
	}
	return inNode(t, filepath.Join("..", e.file))
}

// eachExample runs examples over every way to a hall, and goes on when one has said that it is there.
func eachExample(t *testing.T, examples []example, there string, then func(t *testing.T, hall *clitest.Hall, community clitest.Community)) {
	t.Helper()
	modules, err := filepath.Abs("discordjs/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range ways {
		for _, e := range examples {
			t.Run(by.name+"/"+e.name, func(t *testing.T) {
				t.Parallel()
				hall := clitest.Start(t)
				community := hall.NewCommunity()
				environment := append(by.environment(hall), "HALL="+by.witness(t, hall), "TOKEN="+community.BotToken, "NODE_PATH="+modules)
				b := startProcess(t, e.program(t), environment)
				if said := b.wait(t, "said")["text"]; said != there {
					t.Fatalf("it says %q", said)
				}
				then(t, hall, community)
			})
		}
	}
}

func TestTheFirstBotsOfTheLibrariesAnswer(t *testing.T) {
	eachExample(t, talking, "pong is here", func(t *testing.T, hall *clitest.Hall, community clitest.Community) {
		person := enter(t, hall, "alice", clitest.OwnerPassword)
		talk := &conversation{t, hall, community, person.authorization}
		asked := talk.say("ping")
		sent := person.sees("MESSAGE_CREATE", func(d map[string]any) bool {
			author, _ := d["author"].(map[string]any)
			return author["id"] == community.BotID
		})
		answer, _ := talk.read(sent["id"].(string))
		if answer.Content != "pong" || answer.Reference == nil || answer.Reference.MessageID != asked {
			t.Errorf("the answer is %+v", answer)
		}
	})
}

func TestTheFirstCommandsOfTheLibrariesAreUsed(t *testing.T) {
	eachExample(t, commanded, "pong knows /hello", func(t *testing.T, hall *clitest.Hall, community clitest.Community) {
		u := enter(t, hall, "alice", clitest.OwnerPassword).using(community)
		u.command(2, "hello", 1, map[string]any{"options": []any{option(6, "who", u.id)}})
		greeting, _ := u.sees("MESSAGE_CREATE", "Hello, alice!")
		if rows := greeting["components"].([]any); len(rows) != 1 {
			t.Fatalf("the greeting is %v", greeting)
		}
		u.use(3, map[string]any{"message_id": greeting["id"]}, map[string]any{"component_type": 2, "custom_id": "wave"})
		if waved, _ := u.sees("MESSAGE_UPDATE", "alice waves back"); waved["id"] != greeting["id"] || len(waved["components"].([]any)) > 0 {
			t.Errorf("the greeting becomes %v", waved)
		}
	})
}

// What the manual shows is what was run.
func TestTheManualShowsTheFirstBotsAsTheyWereRun(t *testing.T) {
	manual, err := os.ReadFile("../../webui/docs/bots.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range slices.Concat(talking, commanded) {
		program, err := os.ReadFile(e.file)
		if err != nil {
			t.Fatal(err)
		}
		language := map[string]string{".cjs": "js", ".go": "go"}[filepath.Ext(e.file)]
		if !strings.Contains(string(manual), "\n```"+language+"\n"+string(program)+"```\n") {
			t.Errorf("the manual does not show %s as it is", e.file)
		}
	}
}
