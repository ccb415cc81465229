package cli_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"guildhall/cli/clitest"
)

func TestEventHooksFromTheCommandLine(t *testing.T) {
	told := make(chan string, 100)
	var gone atomic.Bool
	script := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if gone.Load() {
			w.WriteHeader(http.StatusGone)
			return
		}
		told <- r.Header.Get("X-Guildhall-Event")
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(script.Close)
	hall := clitest.Start(t, "--event-hooks", "on", "--outside-allow", "127.0.0.0/8")
	community := hall.NewCommunity()
	var made struct{ ID, Name, URL, Secret string }
	hall.JSON(&made, "", "event-hook", "create", "--guild", community.GuildID, "--name", "script", "--url", script.URL, "--events", "message_create,GUILD_BAN_ADD", "--channels", community.TextChannelID)
	if made.Name != "script" || made.URL != script.URL || !strings.HasPrefix(made.Secret, "ghes_") {
		t.Fatalf("made is %+v", made)
	}
	if said := hall.Command("", "event-hook", "test", "--hook", made.ID); said != "It was taken: the answer was 204.\n" || <-told != "EVENT_HOOK_TEST" {
		t.Errorf("the test said %q", said)
	}
	if status, err := hall.Call(http.MethodPost, "/channels/"+community.TextChannelID+"/messages", "Bot "+community.BotToken, map[string]any{"content": "hello"}, nil); err != nil || status != http.StatusOK {
		t.Fatalf("posting is answered %d, %v", status, err)
	}
	if name := <-told; name != "MESSAGE_CREATE" {
		t.Errorf("told was %q", name)
	}
	if said := hall.Command("", "event-hook", "list", "--guild", community.GuildID); !strings.Contains(said, script.URL) || strings.Contains(said, made.Secret) {
		t.Errorf("the list is %q", said)
	}
	if said := hall.Command("", "event-hook", "deliveries", "--hook", made.ID, "--dead"); strings.Count(said, "\n") != 1 {
		t.Errorf("dead are %q", said)
	}
	if said := hall.Command("", "event-hook", "replay", "--hook", made.ID); said != "0 are tried again.\n" {
		t.Errorf("replaying said %q", said)
	}
	gone.Store(true)
	if _, stderr, code := hall.TryCommand("", "event-hook", "test", "--hook", made.ID); code != 1 || stderr != "guildhall: the test was not taken: The answer was 410.\n" {
		t.Errorf("a test that is not taken: code %d, %q", code, stderr)
	}
	hall.Command("", "event-hook", "stop", "--hook", made.ID, "--reason", "night")
	if said := hall.Command("", "event-hook", "list", "--guild", community.GuildID); !strings.Contains(said, "stopped by hand") {
		t.Errorf("a stopped hook is listed as %q", said)
	}
	if said := hall.Command("", "event-hook", "replay", "--hook", made.ID); !strings.Contains(said, "when the event hook goes on (guildhall event-hook start --hook "+made.ID+")") {
		t.Errorf("replaying a stopped hook said %q", said)
	}
	gone.Store(false)
	if said := hall.Command("", "event-hook", "start", "--hook", made.ID); said != "The event hook script goes on.\n" {
		t.Errorf("starting said %q", said)
	}
	if status, err := hall.Call(http.MethodPost, "/channels/"+community.TextChannelID+"/messages", "Bot "+community.BotToken, map[string]any{"content": "again"}, nil); err != nil || status != http.StatusOK {
		t.Fatalf("posting is answered %d, %v", status, err)
	}
	if name := <-told; name != "MESSAGE_CREATE" {
		t.Errorf("told after the start was %q", name)
	}
	for arguments, want := range map[string]int{
		"event-hook create --guild " + community.GuildID + " --name x --url ftp://x": 2, "event-hook create --guild " + community.GuildID + " --name x --url http://x --channels x": 2, "event-hook list --guild 5": 3,
		"event-hook delete --hook 5": 3, "event-hook start --hook 5": 3, "event-hook test --hook x": 2, "event-hook replay --hook " + made.ID + " --delivery 5": 3, "event-hook": 2,
	} {
		if _, stderr, code := hall.TryCommand("", strings.Fields(arguments)...); code != want || stderr == "" {
			t.Errorf("%s: code %d, want %d: %s", arguments, code, want, stderr)
		}
	}
	if said := hall.Command("", "event-hook", "delete", "--hook", made.ID, "--reason", "done"); said != "The event hook script was deleted (id "+made.ID+").\n" {
		t.Errorf("deleting said %q", said)
	}
	if log := hall.Command("", "mod", "audit", "--guild", community.GuildID); !strings.Contains(log, "done") {
		t.Errorf("the log lacks the reason:\n%s", log)
	}
}
