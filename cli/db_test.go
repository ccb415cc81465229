package cli_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"guildhall/cli/clitest"
)

func TestCheckingWhatAHallRemembers(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	hall.Command("long enough\n", "user", "create", "--username", "bob", "--password-stdin")
	hall.Command("", "bot", "create", "--name", "robot", "--owner", "bob", "--guild", community.GuildID)
	hall.Command("", "user", "delete", "--user", "bob", "--yes")
	for _, state := range []string{"running", "stopped"} {
		if state == "stopped" {
			hall.Stop()
		}
		if said := hall.Command("", "db", "check"); said != "All is well.\n" {
			t.Errorf("%s: %q", state, said)
		}
		var found struct{ Problems []string }
		hall.JSON(&found, "", "db", "check")
		var census struct{ Records, Files map[string]int }
		hall.JSON(&census, "", "db", "census")
		if census.Records["guild"] != 1 || census.Records["channel"] == 0 || census.Records["ban"] != 0 || len(census.Files) == 0 {
			t.Errorf("%s: %+v", state, census)
		}
		if said := hall.Command("", "db", "census"); !regexp.MustCompile(`(?m)^record +guild +1$`).MatchString(said) {
			t.Errorf("%s: %s", state, said)
		}
		if found.Problems == nil || len(found.Problems) > 0 {
			t.Errorf("%s: %+v", state, found)
		}
	}
	if _, stderr, code := hall.TryCommand("", "db"); code != 2 || stderr == "" {
		t.Errorf("code %d: %s", code, stderr)
	}
}

func TestACheckThatFindsSomethingFails(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("files[0]", "notes.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte("what was said")); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, hall.URL+"/api/v10/channels/"+community.TextChannelID+"/messages", &body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Authorization", "Bot "+community.BotToken)
	response, err := http.DefaultClient.Do(request)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("posting a file: %v, %v", response, err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	kept, err := filepath.Glob(filepath.Join(hall.Data, "files", "file", "*", "*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("the files are %q, %v", kept, err)
	}
	if err := os.Remove(kept[0]); err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{"running", "stopped"} {
		if state == "stopped" {
			hall.Stop()
		}
		stdout, stderr, code := hall.TryCommand("", "db", "check")
		if code != 1 || !strings.Contains(stdout, "is named, and is not there") || !strings.Contains(stderr, "problems found: 1") {
			t.Errorf("%s: code %d: %s%s", state, code, stdout, stderr)
		}
	}
}
