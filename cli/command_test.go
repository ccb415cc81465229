package cli_test

import (
	"strings"
	"testing"

	"guildhall/cli"
	"guildhall/cli/clitest"
)

func TestCommandsAnswerTheSameOnARunningAndOnAStoppedHall(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	for _, state := range []string{"running", "stopped"} {
		if state == "stopped" {
			hall.Stop()
		}
		var users []struct {
			ID, Username string
			Owner, Bot   bool
		}
		hall.JSON(&users, "", "user", "list")
		if len(users) != 2 || users[0].ID != community.OwnerID || !users[0].Owner || !users[1].Bot {
			t.Errorf("%s: %+v", state, users)
		}
		if output := hall.Command("", "invite", "create", "--guild", community.GuildID); !strings.Contains(output, "/invite/") {
			t.Errorf("%s: %q", state, output)
		}
		for _, c := range []struct {
			arguments []string
			stdin     string
			code      int
		}{
			{[]string{"user", "create", "--username", "x", "--password-stdin"}, "long enough\n", 2},
			{[]string{"user", "create", "--username", "alice", "--password-stdin"}, "long enough\n", 2},
			{[]string{"user", "create", "--username", "second", "--owner", "--password-stdin"}, "long enough\n", 4},
			{[]string{"setup-url"}, "", 4},
			{[]string{"bot", "create", "--name", "pong", "--owner", "alice"}, "", 2},
			{[]string{"bot", "token", "--bot", "5"}, "", 3},
			{[]string{"bot", "token", "--bot", "x"}, "", 2},
			{[]string{"guild", "create", "--name", "G", "--owner", "nobody"}, "", 3},
			{[]string{"nonsense"}, "", 2},
			{[]string{"user", "nonsense"}, "", 2},
		} {
			if _, stderr, code := hall.TryCommand(c.stdin, c.arguments...); code != c.code || stderr == "" || strings.Contains(stderr, "of kind") {
				t.Errorf("%s: %v: code %d, want %d: %s", state, c.arguments, code, c.code, stderr)
			}
		}
	}
}

func TestAReplacedPasswordAndTokenWorkAtOnce(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	before := hall.Login("alice", clitest.OwnerPassword)
	hall.Command("another good password\n", "user", "passwd", "--user", "alice", "--password-stdin")
	if status, err := hall.Call("GET", "/users/@me", before, nil, nil); err != nil || status != 401 {
		t.Errorf("the old login: %d, %v", status, err)
	}
	hall.Login("alice", "another good password")
	var bot struct{ Token string }
	hall.JSON(&bot, "", "bot", "token", "--bot", community.BotID)
	for token, want := range map[string]int{community.BotToken: 401, bot.Token: 200} {
		if status, err := hall.Call("GET", "/users/@me", "Bot "+token, nil, nil); err != nil || status != want {
			t.Errorf("status %d, want %d, %v", status, want, err)
		}
	}
}

func TestTheDataFolderMayStandBehindTheCommandToo(t *testing.T) {
	hall, other := clitest.Start(t), clitest.Start(t)
	community := hall.NewCommunity()
	if output := other.Command("", "user", "list", "--data", hall.Data); !strings.Contains(output, community.OwnerID) {
		t.Errorf("the folder nearest to the command does not count: %s", output)
	}
	if output := other.Command("", "config", "show", "--data", hall.Data); !strings.Contains(output, hall.Data) {
		t.Errorf("the configuration is not that of the folder: %s", output)
	}
}

func TestWrongUsageSaysWhatIsMissing(t *testing.T) {
	for arguments, want := range map[string]string{
		"bot create --name pong":       "guildhall: guildhall bot create needs --owner; see guildhall bot create --help\n",
		"bot create":                   "guildhall: guildhall bot create needs --name and --owner; see guildhall bot create --help\n",
		"event-hook test":              "guildhall: guildhall event-hook test needs --hook; see guildhall event-hook test --help\n",
		"event-hook delete --reason x": "guildhall: guildhall event-hook delete needs --hook; see guildhall event-hook delete --help\n",
		"bot create --nme pong":        "guildhall: flag provided but not defined: -nme; see guildhall bot create --help\n",
		"guild mfa 5":                  "guildhall: guildhall guild mfa does not take \"5\"; see guildhall guild mfa --help\n",
	} {
		var stdout, stderr strings.Builder
		code := cli.Run(append([]string{"guildhall"}, strings.Fields(arguments)...), strings.NewReader(""), &stdout, &stderr)
		if code != 2 || stdout.String() != "" || stderr.String() != want {
			t.Errorf("%s: code %d, %q on standard output, %q", arguments, code, stdout.String(), stderr.String())
		}
	}
}
