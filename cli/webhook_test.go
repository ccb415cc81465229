package cli_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"guildhall/cli/clitest"
)

func TestWebhooksFromTheCommandLine(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	type shown struct{ ID, Name, Channel, URL, Here, By string }
	var made shown
	hall.JSON(&made, "", "webhook", "create", "--channel", community.TextChannelID, "--name", "Ci", "--reason", "for builds")
	address, err := url.Parse(made.URL)
	if err != nil || made.Name != "Ci" || made.Channel != community.TextChannelID {
		t.Fatalf("made is %+v, %v", made, err)
	}
	// What is shown for this machine is posted to as it is: a program without the hall's authority trusts no other address.
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, made.Here, strings.NewReader(`{"content":"built"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if response.Body.Close(); response.StatusCode != http.StatusNoContent || !strings.HasSuffix(made.Here, address.Path) {
		t.Errorf("posting to %s is answered %d", made.Here, response.StatusCode)
	}
	if said := hall.Command("", "webhook", "test", "--webhook", made.ID, "--text", "hello"); !strings.HasPrefix(said, "Posted as message ") {
		t.Errorf("the test said %q", said)
	}
	var messages []struct{ Content string }
	if status, err := hall.Call(http.MethodGet, "/channels/"+community.TextChannelID+"/messages", hall.Login("alice", clitest.OwnerPassword), nil, &messages); err != nil || status != 200 || len(messages) < 2 || messages[0].Content != "hello" || messages[1].Content != "built" {
		t.Errorf("posted are %+v (%d, %v)", messages, status, err)
	}
	for _, state := range []string{"running", "stopped"} {
		if state == "stopped" {
			hall.Stop()
		}
		var second shown
		hall.JSON(&second, "", "webhook", "create", "--channel", community.TextChannelID, "--name", "second")
		var all []shown
		hall.JSON(&all, "", "webhook", "list", "--guild", community.GuildID)
		if len(all) != 2 || all[0].Name != "Ci" || all[1].ID != second.ID || !strings.Contains(all[1].URL, "/api/webhooks/"+second.ID+"/") {
			t.Fatalf("%s: there are %+v", state, all)
		}
		if said := hall.Command("", "webhook", "delete", "--webhook", second.ID); said != "The webhook second was deleted (id "+second.ID+").\n" {
			t.Errorf("%s: %q", state, said)
		}
		for _, c := range []struct {
			arguments string
			code      int
		}{
			{"webhook delete --webhook " + second.ID, 3}, {"webhook test --webhook 5", 3}, {"webhook create --channel 5 --name x", 3}, {"webhook list --guild 5", 3}, {"webhook list --guild x", 2}, {"webhook", 2},
		} {
			if _, stderr, code := hall.TryCommand("", strings.Fields(c.arguments)...); code != c.code || stderr == "" {
				t.Errorf("%s: %s: code %d, want %d: %s", state, c.arguments, code, c.code, stderr)
			}
		}
	}
	if said := hall.Command("", "webhook", "create", "--channel", community.TextChannelID, "--name", "third"); !strings.Contains(said, "On this machine  http://") {
		t.Errorf("a new one is shown as %q", said)
	}
	log := hall.Command("", "mod", "audit", "--guild", community.GuildID)
	for _, line := range []string{"webhook made", "webhook deleted", "for builds"} {
		if !strings.Contains(log, line) {
			t.Errorf("the log lacks %q:\n%s", line, log)
		}
	}
	if _, token, _ := strings.Cut(made.URL, made.ID+"/"); token == "" || strings.Contains(log, token) {
		t.Errorf("the log tells the token: %s", log)
	}
	hall.Command("", "db", "check")
}
