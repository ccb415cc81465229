package cli_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guildhall/api/outside/openid/openidtest"
	"guildhall/cli/clitest"
)

func TestProvidersFromTheCommandLine(t *testing.T) {
	provider := openidtest.New(time.Now, openidtest.Person{Subject: "1", Name: "Eve"})
	server := httptest.NewServer(provider)
	defer server.Close()
	provider.Issuer = server.URL
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	type shown struct {
		Key, Name, Issuer, Accounts string
		HasSecret                   bool     `json:"has_secret"`
		GroupRoles                  []string `json:"group_roles"`
		Scopes                      []string
		RedirectURI                 string `json:"redirect_uri"`
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(openidtest.ClientSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var added shown
	hall.JSON(&added, "", "oidc", "add", "--key", "house", "--name", "House", "--issuer", server.URL, "--client-id", openidtest.ClientID, "--secret-file", secret, "--reason", "for all")
	if added.Key != "house" || !added.HasSecret || added.Accounts != "invite" || strings.Join(added.Scopes, " ") != "profile email" || !strings.HasSuffix(added.RedirectURI, "/api/auth/oidc/house/callback") {
		t.Errorf("added is %+v", added)
	}
	for _, command := range [][]string{{"oidc", "show", "--key", "house"}, {"oidc", "show", "--key", "house", "--json"}, {"oidc", "list", "--json"}, {"hall", "log"}, {"config", "show"}} {
		if said := hall.Command("", command...); strings.Contains(said, "secret of the client") {
			t.Errorf("%v shows the secret: %s", command, said)
		}
	}
	if said := hall.Command("", "oidc", "test", "--key", "house"); !strings.Contains(said, "It answers.") || !strings.Contains(said, server.URL+"/authorize") {
		t.Errorf("the test said %q", said)
	}
	var buttons []struct{ Key, Name string }
	if status, err := hall.Call(http.MethodGet, "/auth/oidc", "", nil, &buttons); err != nil || status != 200 || len(buttons) != 1 || buttons[0].Name != "House" {
		t.Errorf("people see %+v (%d, %v)", buttons, status, err)
	}
	provider.Misbehave(openidtest.Fault{KeysDown: true})
	if _, said, code := hall.TryCommand("", "oidc", "test", "--key", "house"); code != 1 || !strings.Contains(said, "reading its keys") {
		t.Errorf("the test of one without keys ends with %d, %q", code, said)
	}
	for _, state := range []string{"running", "stopped"} {
		if state == "stopped" {
			hall.Stop()
		}
		var edited shown
		hall.JSON(&edited, "", "oidc", "edit", "--key", "house", "--name", state, "--accounts", "open")
		if edited.Name != state || edited.Accounts != "open" || !edited.HasSecret {
			t.Errorf("edited is %+v", edited)
		}
		for _, c := range []struct {
			arguments string
			code      int
		}{
			{"oidc add --key house --name x --issuer https://other.example --client-id x --no-secret", 2}, {"oidc add --key b --name x --issuer " + server.URL + " --client-id x --no-secret", 2},
			{"oidc add --key B! --name x --issuer https://other.example --client-id x --no-secret", 2}, {"oidc add --key b --name x --issuer http://other.example --client-id x --no-secret", 2},
			{"oidc add --key b --name x --issuer https://a:b@other.example --client-id x --no-secret", 2}, {"oidc add --key b --name x --issuer https://other.example --client-id x", 2},
			{"oidc edit --key house --accounts some", 2}, {"oidc edit --key house --group-role staff", 2}, {"oidc edit --key house --group-role staff=5:6", 3}, {"oidc edit --key nobody --name x", 3},
			{"oidc edit --key house --group-role staff=" + community.GuildID + ":" + community.GuildID, 2}, {"oidc edit --key house --email-domains @x", 2}, {"oidc show --key nobody", 3}, {"oidc remove --key nobody", 3}, {"oidc", 2},
		} {
			if _, said, code := hall.TryCommand("", strings.Fields(c.arguments)...); code != c.code {
				t.Errorf("%s: %q ends with %d, %q", state, c.arguments, code, said)
			}
		}
	}
	if said := hall.Command("", "oidc", "remove", "--key", "house"); !strings.HasPrefix(said, "Nobody can sign in with stopped any more.") {
		t.Errorf("removed: %q", said)
	}
	log := hall.Command("", "hall", "log")
	for _, act := range []string{"oidc.add", "oidc.edit", "oidc.remove", "for all"} {
		if !strings.Contains(log, act) {
			t.Errorf("%s is not in the hall's log:\n%s", act, log)
		}
	}
}
