package compat

import (
	"os"
	"os/exec"
	"testing"

	"guildhall/cli/clitest"
)

// library is a bot library, with the programs that the tests have on it.
type library struct {
	name string
	// program gives one of the programs: "bot", "tour", …
	program func(t *testing.T, kind string) *exec.Cmd
}

var libraries = []library{
	{"discord.js", func(t *testing.T, kind string) *exec.Cmd {
		return inNode(t, map[string]string{"bot": "bot.mjs", "tour": "tour-discordjs.mjs", "interactions": "interactions-discordjs.mjs"}[kind])
	}},
	{"oceanic.js", func(t *testing.T, kind string) *exec.Cmd {
		return inNode(t, map[string]string{"bot": "oceanic.mjs", "tour": "tour-oceanic.mjs", "interactions": "interactions-oceanic.mjs"}[kind])
	}},
	{"discordgo", func(t *testing.T, kind string) *exec.Cmd { return inGo(t, "./"+kind+"/discordgo") }},
	{"disgo", func(t *testing.T, kind string) *exec.Cmd { return inGo(t, "./"+kind+"/disgo") }},
}

// way is how a library reaches the hall.
type way struct {
	name string
	// witness stands between the library and the hall, this way.
	witness func(t *testing.T, hall *clitest.Hall) (address string)
	// environment is what the library's program must be given to come this way.
	environment func(hall *clitest.Hall) []string
}

// ways are HTTP, and HTTPS with the hall's own authority, which the programs trust by their environment alone.
var ways = []way{
	{"http", witness, func(hall *clitest.Hall) []string { return []string{"HALL=" + hall.URL} }},
	{"https", secureWitness, func(hall *clitest.Hall) []string { return append(hall.Trust(), "HALL="+hall.SecureURL) }},
}

// start starts one of the library's programs as a bot of the hall.
func (l library) start(t *testing.T, by way, hall *clitest.Hall, kind, token string, environment ...string) bot {
	t.Helper()
	environment = append(environment, by.environment(hall)...)
	return startProcess(t, l.program(t, kind), append(environment, "API="+by.witness(t, hall)+"/api", "TOKEN="+token))
}

// eachWay runs a test for every library over every way to the hall.
func eachWay(t *testing.T, run func(t *testing.T, l library, by way)) {
	for _, by := range ways {
		for _, l := range libraries {
			t.Run(by.name+"/"+l.name, func(t *testing.T) {
				t.Parallel()
				run(t, l, by)
			})
		}
	}
}

func TestTalkFilesRestartsAndShutdown(t *testing.T) {
	eachWay(t, func(t *testing.T, l library, by way) {
		scenario(t, by.name == "http", func(hall *clitest.Hall, token string) bot { return l.start(t, by, hall, "bot", token) })
	})
}

func TestDiscordJSCompressed(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("discordjs/node_modules/zlib-sync"); err != nil {
		t.Skip("zlib-sync is not installed: it is built from C++, and setup goes on without it")
	}
	scenario(t, true, func(hall *clitest.Hall, token string) bot {
		return libraries[0].start(t, ways[0], hall, "bot", token, "COMPRESSION=zlib-stream")
	})
}
