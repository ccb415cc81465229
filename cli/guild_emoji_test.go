package cli_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guildhall/cli/clitest"
)

func TestEmojiFromTheCommandLine(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	folder := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	moving, err := base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH/C05FVFNDQVBFMi4wAwEAAAAh+QQACgAAACwAAAAAAQABAAACAkQBACH5BAAKAAAALAAAAAABAAEAAAICRAEAOw==")
	if err != nil {
		t.Fatal(err)
	}
	parrot, page, huge := file("parrot.gif", string(moving)), file("page.gif", "<html></html>"), file("huge.gif", strings.Repeat("x", 2<<20))
	guild := []string{"--guild", community.GuildID}
	emoji := func(arguments ...string) []string {
		return append(append([]string{"guild", "emoji"}, arguments...), guild...)
	}
	type shown struct {
		ID, Name string
		Animated bool
		Roles    []string
	}
	var first shown
	hall.JSON(&first, "", emoji("add", "--name", "parrot", "--image", parrot, "--reason", "for parties")...)
	if first.ID == "" || first.Name != "parrot" || !first.Animated || first.Roles == nil {
		t.Errorf("made is %+v", first)
	}
	var seen []shown
	if status, err := hall.Call("GET", "/guilds/"+community.GuildID+"/emojis", hall.Login("alice", clitest.OwnerPassword), nil, &seen); err != nil || status != 200 || len(seen) != 1 || seen[0].ID != first.ID {
		t.Errorf("the API shows %+v (%d, %v)", seen, status, err)
	}
	for _, state := range []string{"running", "stopped"} {
		if state == "stopped" {
			hall.Stop()
		}
		said := hall.Command("", emoji("add", "--name", "second", "--image", parrot)...)
		if !strings.HasPrefix(said, "The emoji second was made (id ") {
			t.Errorf("%s: %q", state, said)
		}
		var all []shown
		hall.JSON(&all, "", emoji("list")...)
		if len(all) != 2 || all[0].Name != "parrot" || all[1].Name != "second" {
			t.Fatalf("%s: there are %+v", state, all)
		}
		if listed := hall.Command("", emoji("list")...); !strings.Contains(listed, "parrot") || !strings.Contains(listed, "moving") {
			t.Errorf("%s: %s", state, listed)
		}
		if said := hall.Command("", emoji("remove", "--emoji", all[1].ID)...); said != "The emoji second was deleted (id "+all[1].ID+").\n" {
			t.Errorf("%s: %q", state, said)
		}
		for _, c := range []struct {
			arguments []string
			code      int
		}{
			{emoji("add", "--name", "a b", "--image", parrot), 2}, {emoji("add", "--name", "page", "--image", page), 2}, {emoji("add", "--name", "huge", "--image", huge), 2},
			{emoji("add", "--name", "none", "--image", filepath.Join(folder, "none.gif")), 2}, {emoji("remove", "--emoji", all[1].ID), 3}, {emoji("remove", "--emoji", "parrot"), 2},
			{[]string{"guild", "emoji", "list", "--guild", "5"}, 3}, {[]string{"guild", "emoji"}, 2},
		} {
			if _, stderr, code := hall.TryCommand("", c.arguments...); code != c.code || stderr == "" {
				t.Errorf("%s: %v: code %d, want %d: %s", state, c.arguments, code, c.code, stderr)
			}
		}
	}
	log := hall.Command("", "mod", "audit", "--guild", community.GuildID)
	for _, line := range []string{"emoji made", "emoji deleted", "for parties"} {
		if !strings.Contains(log, line) {
			t.Errorf("the log lacks %q:\n%s", line, log)
		}
	}
	hall.Command("", "db", "check")
}
