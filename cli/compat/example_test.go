package compat

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"guildhall/cli/clitest"
)

// example is the first bot that a library teaches to write, rebuilt in our words. It is what the manual shows (webui/docs/bots.md), word for word.
type example struct {
	name, file string
}

var examples = []example{
	{"discord.js", "examples/discordjs/ping.cjs"},
	{"oceanic.js", "examples/oceanic/ping.cjs"},
	{"discordgo", "examples/discordgo/main.go"},
	{"disgo", "examples/disgo/main.go"},
}

// program runs an example as its reader would: the libraries of Node.js are those that are installed for the other tests.
func (e example) program(t *testing.T) *exec.Cmd {
	t.Helper()
	if filepath.Ext(e.file) == ".go" {
		return inGo(t, "./"+filepath.Dir(e.file))
	}
	return inNode(t, filepath.Join("..", e.file))
}

func TestTheFirstBotsOfTheLibrariesAnswer(t *testing.T) {
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
				talk := &conversation{t, hall, community, enter(t, hall, "alice", clitest.OwnerPassword).authorization}
				environment := append(by.environment(hall), "HALL="+by.witness(t, hall), "TOKEN="+community.BotToken, "NODE_PATH="+modules)
				b := startProcess(t, e.program(t), environment)
				if said := b.wait(t, "said")["text"]; said != "pong is here" {
					t.Fatalf("it says %q", said)
				}
				person := enter(t, hall, "alice", clitest.OwnerPassword)
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
	}
}

// What the manual shows is what was run.
func TestTheManualShowsTheFirstBotsAsTheyWereRun(t *testing.T) {
	manual, err := os.ReadFile("../../webui/docs/bots.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range examples {
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
