package cli_test

import (
	"strings"
	"testing"

	"guildhall/cli/clitest"
)

func TestModeratorsTwoFactorFromTheCommandLine(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	alice := hall.Login("alice", clitest.OwnerPassword)
	mfa := func(arguments ...string) []string {
		return append([]string{"guild", "mfa", "--guild", community.GuildID}, arguments...)
	}
	if said := hall.Command("", mfa()...); !strings.Contains(said, "need no two-factor authentication.") {
		t.Errorf("%q", said)
	}
	said := hall.Command("", mfa("--set", "required", "--reason", "a raid")...)
	if !strings.Contains(said, "need two-factor authentication.\nIts owner alice has none") {
		t.Errorf("%q", said)
	}
	var guild struct {
		Level int `json:"mfa_level"`
	}
	if status, err := hall.Call("GET", "/guilds/"+community.GuildID, alice, nil, &guild); err != nil || status != 200 || guild.Level != 1 {
		t.Errorf("the API shows %+v (%d, %v)", guild, status, err)
	}
	if status, err := hall.Call("PATCH", "/guilds/"+community.GuildID, alice, map[string]any{"description": "x"}, nil); err != nil || status != 403 {
		t.Errorf("the owner is answered %d, %v", status, err)
	}
	if log := hall.Command("", "mod", "audit", "--guild", community.GuildID, "--limit", "1"); !strings.Contains(log, "a raid") || !strings.Contains(log, "(command line)") {
		t.Errorf("the log says %s", log)
	}
	hall.Stop()
	var shown struct {
		ID, Name, Owner string
		Required        bool
		Protected       bool `json:"owner_protected"`
	}
	hall.JSON(&shown, "", mfa()...)
	if shown.ID != community.GuildID || shown.Owner != "alice" || !shown.Required || shown.Protected {
		t.Errorf("stopped: %+v", shown)
	}
	hall.JSON(&shown, "", mfa("--set", "optional")...)
	if shown.Required {
		t.Errorf("lifted: %+v", shown)
	}
	for _, c := range []struct {
		arguments []string
		code      int
	}{{mfa("--set", "perhaps"), 2}, {mfa("--set", ""), 2}, {mfa("--reason", "x"), 2}, {[]string{"guild", "mfa", "--guild", "5"}, 3}} {
		if _, stderr, code := hall.TryCommand("", c.arguments...); code != c.code || stderr == "" {
			t.Errorf("%v: code %d, want %d: %s", c.arguments, code, c.code, stderr)
		}
	}
}
