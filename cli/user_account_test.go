package cli_test

import (
	"strings"
	"testing"
	"time"

	"guildhall/api/chat/chattest"
	"guildhall/cli/clitest"
)

func TestLookingAfterAccountsFromTheCommandLine(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	hall.Command("long enough\n", "user", "create", "--username", "bob", "--password-stdin")
	hall.Command("", "bot", "create", "--name", "robot", "--owner", "bob")
	bob := hall.Login("bob", "long enough")
	alive := func(token string) int {
		status, err := hall.Call("GET", "/users/@me", token, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return status
	}
	login := func(password string) int {
		status, err := hall.Call("POST", "/auth/login", "", map[string]any{"login": "bob", "password": password}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return status
	}

	var sessions []struct{ ID, Address string }
	hall.JSON(&sessions, "", "user", "sessions", "--user", "bob")
	if len(sessions) != 1 || sessions[0].Address == "" {
		t.Fatalf("the sessions are %+v", sessions)
	}
	if said := hall.Command("", "user", "revoke", "--user", "bob", "--session", sessions[0].ID); said != "Sessions of bob that were ended: 1.\n" || alive(bob) != 401 {
		t.Errorf("%q", said)
	}
	if said := hall.Command("", "user", "revoke", "--user", "bob"); !strings.Contains(said, "ended: 0.") {
		t.Errorf("%q", said)
	}
	if said := hall.Command("", "user", "disable", "--user", "bob"); said != "bob is shut out.\n" || login("long enough") != 403 {
		t.Errorf("%q", said)
	}
	if _, _, code := hall.TryCommand("", "user", "reset-link", "--user", "bob"); code != 4 {
		t.Errorf("a link for a disabled account: code %d", code)
	}
	if said := hall.Command("", "user", "enable", "--user", "bob"); said != "bob may come in again.\n" || login("long enough") != 200 {
		t.Errorf("%q", said)
	}

	var link struct{ URL, Token string }
	hall.JSON(&link, "", "user", "reset-link", "--user", "bob")
	if !strings.HasSuffix(link.URL, "/reset#"+link.Token) {
		t.Errorf("the link is %+v", link)
	}
	if status, err := hall.Call("POST", "/auth/reset", "", map[string]any{"token": link.Token, "password": "another one"}, nil); status != 200 || err != nil {
		t.Errorf("using it: %d, %v", status, err)
	}
	if login("long enough") != 400 || login("another one") != 200 {
		t.Error("the password was not changed")
	}

	said := hall.Command("", "user", "show", "--user", "bob")
	for _, part := range []string{"Name          bob", "Kind          person", "Sessions      2", "robot ("} {
		if !strings.Contains(said, part) {
			t.Errorf("there is no %q in\n%s", part, said)
		}
	}
	for arguments, want := range map[string]int{"user delete --user bob": 2, "user delete --user nobody --yes": 3, "user delete --user " + community.OwnerID + " --yes": 4, "user revoke --user bob --session 5": 3, "user show --user nobody": 3} {
		if _, stderr, code := hall.TryCommand("", strings.Fields(arguments)...); code != want || stderr == "" {
			t.Errorf("%s: code %d, want %d: %s", arguments, code, want, stderr)
		}
	}
	if _, stderr, code := hall.TryCommand("", "user", "mfa-reset", "--user", "bob"); code != 2 || !strings.Contains(stderr, "no second factor") {
		t.Errorf("code %d: %s", code, stderr)
	}
	enable := map[string]any{"password": "another one", "secret": chattest.Secret, "code": chattest.Code(t, chattest.Secret, time.Now())}
	if status, err := hall.Call("POST", "/users/@me/mfa/totp/enable", hall.Login("bob", "another one"), enable, nil); status != 200 || err != nil {
		t.Errorf("enabling is answered %d, %v", status, err)
	}
	if said := hall.Command("", "user", "mfa-reset", "--user", "bob", "--reason", "lost the phone"); said != "bob signs in with the password alone now.\n" {
		t.Errorf("%q", said)
	}
	hall.Login("bob", "another one")
	if said := hall.Command("", "hall", "log", "--limit", "1"); !strings.Contains(said, "user.mfa-reset") || !strings.Contains(said, "lost the phone") {
		t.Errorf("the log says\n%s", said)
	}
	if said := hall.Command("", "hall", "policy", "--guests", "on", "--bots", "owner"); said != "Registration: invite\nGuests: on\nBots are made by: owner\n" {
		t.Errorf("the policy is\n%s", said)
	}
	if _, stderr, code := hall.TryCommand("", "hall", "policy", "--guests", "perhaps"); code != 2 || !strings.Contains(stderr, "neither on nor off") {
		t.Errorf("guests perhaps: code %d, %s", code, stderr)
	}
	if _, _, code := hall.TryCommand("", "hall", "policy", "--registration", "perhaps"); code == 0 {
		t.Error("a registration that there is not is taken")
	}
	if said := hall.Command("", "hall", "policy", "--guests", "off", "--bots", "everyone"); !strings.Contains(said, "Guests: off") {
		t.Errorf("the policy is\n%s", said)
	}
	hall.Stop() // what is left works on the folder alone
	if said := hall.Command("", "user", "delete", "--user", "bob", "--yes"); said != "The account bob was deleted.\n" {
		t.Errorf("%q", said)
	}
	if said := hall.Command("", "user", "list"); strings.Contains(said, "bob") || strings.Contains(said, "robot") {
		t.Errorf("listed are\n%s", said)
	}
}

func TestTheHallChangesHandsFromTheCommandLineAndItsLogTells(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	if said := hall.Command("", "hall", "owner", "show"); !strings.Contains(said, community.OwnerID) {
		t.Errorf("%q", said)
	}
	hall.Command("long enough\n", "user", "create", "--username", "bob", "--password-stdin")
	hall.Command("", "user", "disable", "--user", "bob", "--reason", "noise")
	if _, stderr, code := hall.TryCommand("", "hall", "owner", "set", "--user", "bob"); code != 2 || !strings.Contains(stderr, "disabled") {
		t.Errorf("to a disabled account: code %d: %s", code, stderr)
	}
	hall.Command("", "user", "enable", "--user", "bob")
	if _, stderr, code := hall.TryCommand("", "hall", "owner", "set", "--user", "nobody"); code != 3 {
		t.Errorf("to nobody: code %d: %s", code, stderr)
	}
	if said := hall.Command("", "hall", "owner", "set", "--user", "bob", "--reason", "moved away"); said != "The hall is bob's now.\n" {
		t.Errorf("%q", said)
	}
	var me struct {
		HallOwner bool `json:"hall_owner"`
	}
	if status, err := hall.Call("GET", "/users/@me", hall.Login("bob", "long enough"), nil, &me); status != 200 || err != nil || !me.HallOwner {
		t.Errorf("bob is answered %d, %v: %+v", status, err, me)
	}
	var owner struct{ Owner struct{ Username string } }
	if hall.JSON(&owner, "", "hall", "owner", "show"); owner.Owner.Username != "bob" {
		t.Errorf("the owner is %+v", owner)
	}
	hall.Stop() // what is left works on the folder alone
	hall.Command("", "user", "disable", "--user", community.OwnerID)
	var log []struct{ Act, By, Target, Reason string }
	hall.JSON(&log, "", "hall", "log", "--limit", "5")
	if len(log) != 5 || log[0].Act != "user.disable" || log[1].Act != "hall.owner" || log[1].Target != "bob" || log[1].Reason != "moved away" || log[2].Act != "user.enable" || log[3].Reason != "noise" || log[4].Act != "user.create" {
		t.Errorf("the log is %+v", log)
	}
	if said := hall.Command("", "hall", "log"); !strings.Contains(said, "command line  hall.owner") || !strings.Contains(said, "moved away") {
		t.Errorf("the log is\n%s", said)
	}
	if _, _, code := hall.TryCommand("", "hall", "log", "--limit", "0"); code != 0 {
		t.Errorf("without a limit: code %d", code)
	}
}
