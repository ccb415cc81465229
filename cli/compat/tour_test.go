package compat

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"guildhall/cli/clitest"
)

// features are what a bot has to do with in a community, each with the methods and the events of its library.
var features = strings.Fields(`ready guild channels roles members messages embeds components files reactions pins polls threads forums directs invites emoji typing presence account rules webhooks moderation`)

// lacking are features that a library cannot show, and why: facts about the library.
var lacking = map[string]map[string]string{}

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
		"GUILD=" + community.GuildID, "CHANNEL=" + community.TextChannelID, "BOT_ID=" + community.BotID,
		"PERSON=" + alice, "BOB=" + bobs, "BOB_ID=" + bob.ID, "INVITE=" + invite.Code,
	}}
}

func TestEveryFeatureWithEveryLibrary(t *testing.T) {
	eachWay(t, func(t *testing.T, l library, by way) {
		place := newTourPlace(t)
		b := l.start(t, by, place.hall, "tour", place.community.BotToken, place.environment...)
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
			why, cannot := lacking[l.name][feature]
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
