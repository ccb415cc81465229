package cli_test

import (
	"strings"
	"testing"

	"guildhall/cli/clitest"
)

func TestModeratingFromTheCommandLine(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	hall.Command("long enough\n", "user", "create", "--username", "bob", "--password-stdin")
	bob := hall.Login("bob", "long enough")
	var invite struct{ Code string }
	hall.JSON(&invite, "", "invite", "create", "--guild", community.GuildID)
	join := func() int {
		status, err := hall.Call("POST", "/invites/"+invite.Code, bob, map[string]any{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return status
	}
	if status := join(); status != 200 {
		t.Fatalf("joining: %d", status)
	}
	target := []string{"--guild", community.GuildID, "--user", "bob", "--reason", "loud"}
	mod := func(arguments ...string) []string { return append(append([]string{"mod"}, arguments...), target...) }
	var done struct {
		Username string
		Messages int
		Until    string
	}
	hall.JSON(&done, "", mod("timeout", "--for", "10m")...)
	if done.Username != "bob" || done.Until == "" {
		t.Errorf("%+v", done)
	}
	if said := hall.Command("", mod("timeout", "--for", "0s")...); said != "bob is not timed out any more.\n" {
		t.Errorf("%q", said)
	}
	if said := hall.Command("", mod("purge", "--within", "1h", "--yes")...); !strings.Contains(said, "messages of bob were deleted.") {
		t.Errorf("%q", said)
	}
	hall.Command("", mod("kick")...)
	if status := join(); status != 200 {
		t.Errorf("coming back: %d", status)
	}
	hall.Command("", mod("ban", "--delete", "24h", "--yes")...)
	if status := join(); status != 403 {
		t.Errorf("who is banned comes in: %d", status)
	}
	hall.Command("", mod("unban")...)
	if status := join(); status != 200 {
		t.Errorf("coming back after the ban: %d", status)
	}
	for _, state := range []string{"running", "stopped"} {
		if state == "stopped" {
			hall.Stop()
		}
		log := hall.Command("", "mod", "audit", "--guild", community.GuildID)
		for _, line := range []string{"ban lifted", "banned", "member kicked", "member changed", "(command line)", "bob", "loud"} {
			if !strings.Contains(log, line) {
				t.Errorf("%s: the log lacks %q:\n%s", state, line, log)
			}
		}
		var entries []struct{ ID, What, Target string }
		hall.JSON(&entries, "", "mod", "audit", "--guild", community.GuildID, "--limit", "2")
		if len(entries) != 2 || entries[0].What != "ban lifted" || entries[0].Target != "bob" {
			t.Errorf("%s: %+v", state, entries)
		}
		for _, c := range []struct {
			arguments []string
			code      int
		}{
			{mod("purge", "--within", "1h"), 2}, {mod("ban", "--delete", "1h"), 2}, {mod("timeout", "--for", "-1s"), 2}, {mod("timeout", "--for", "700h"), 2}, {mod("unban"), 3},
			{[]string{"mod", "kick", "--guild", community.GuildID, "--user", "nobody"}, 3}, {[]string{"mod", "kick", "--guild", "5", "--user", "bob"}, 3},
			{[]string{"mod", "ban", "--guild", community.GuildID, "--user", "alice"}, 4}, {[]string{"mod", "audit", "--guild", community.GuildID, "--limit", "1000"}, 2}, {[]string{"mod"}, 2},
		} {
			if _, stderr, code := hall.TryCommand("", c.arguments...); code != c.code || stderr == "" {
				t.Errorf("%s: %v: code %d, want %d: %s", state, c.arguments, code, c.code, stderr)
			}
		}
	}
}
