package cli_test

import (
	"slices"
	"strings"
	"testing"

	"guildhall/cli/clitest"
)

// What commands are told by id is found without a browser, on a running hall and on a stopped one.
func TestServersAreShownWithTheIDsOfWhatIsInThem(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	check := func() {
		t.Helper()
		var listed []struct {
			ID, Name, Owner string
			Members         int
		}
		hall.JSON(&listed, "", "guild", "list")
		if len(listed) != 1 || listed[0].ID != community.GuildID || listed[0].Owner != "alice" || listed[0].Members != 2 {
			t.Errorf("listed are %+v", listed)
		}
		type named struct{ ID, Name string }
		var shown struct{ Channels, Roles []named }
		hall.JSON(&shown, "", "guild", "show", "--guild", community.GuildID)
		has := func(list []named, id string) bool {
			return slices.ContainsFunc(list, func(one named) bool { return one.ID == id && one.Name != "" })
		}
		if !has(shown.Channels, community.TextChannelID) || !has(shown.Channels, community.VoiceChannelID) || !has(shown.Roles, community.GuildID) || len(shown.Roles) != 2 {
			t.Errorf("shown is %+v", shown)
		}
	}
	check()
	if said := hall.Command("", "guild", "list"); !strings.Contains(said, community.GuildID) || strings.Count(said, "\n") != 2 {
		t.Errorf("the list is %q", said)
	}
	if said := hall.Command("", "guild", "show", "--guild", community.GuildID); !strings.Contains(said, community.VoiceChannelID) || !strings.Contains(said, "voice") {
		t.Errorf("the server is shown as %q", said)
	}
	if _, stderr, code := hall.TryCommand("", "guild", "show", "--guild", "5"); code != 3 || stderr == "" {
		t.Errorf("a server that is not there: code %d, %q", code, stderr)
	}
	hall.Stop()
	check()
}
