package compat

import (
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"guildhall/cli/clitest"
)

// eventScript is the script of the manual that is told of events.
const eventScript = "examples/eventhook/listen.cjs"

func TestTheManualsScriptIsToldWhatHappens(t *testing.T) {
	t.Parallel()
	hall := clitest.Start(t, "--event-hooks", "on", "--outside-allow", "127.0.0.1/32")
	community := hall.NewCommunity()
	address := clitest.FreeAddress(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	var hook struct{ ID, Secret string }
	hall.JSON(&hook, "", "event-hook", "create", "--guild", community.GuildID, "--name", "script", "--url", "http://"+address, "--events", "MESSAGE_CREATE", "--content")
	script := startProcess(t, inNode(t, "../"+eventScript), []string{"SECRET=" + hook.Secret, "PORT=" + port})
	if said := script.wait(t, "said")["text"]; said != "listening" {
		t.Fatalf("it says %q", said)
	}
	for what, signature := range map[string]string{"nothing": "", "another mark": "t=1,v1=" + strings.Repeat("0", 64)} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address, strings.NewReader(`{"author":{"username":"mallory"},"content":"forged"}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Guildhall-Event", "MESSAGE_CREATE")
		request.Header.Set("X-Guildhall-Signature", signature)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusUnauthorized {
			t.Errorf("with %s it answers %d", what, answer.StatusCode)
		}
	}
	talk := &conversation{t, hall, community, enter(t, hall, "alice", clitest.OwnerPassword).authorization}
	talk.say("the kettle is on")
	if said := script.wait(t, "said")["text"]; said != "alice says the kettle is on" {
		t.Errorf("it says %q", said)
	}
}

func TestTheManualShowsTheScriptAsItWasRun(t *testing.T) {
	manual, err := os.ReadFile("../../webui/docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(eventScript)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(manual), "\n```js\n"+string(script)+"```\n") {
		t.Errorf("the manual does not show %s as it is", eventScript)
	}
}
