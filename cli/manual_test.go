package cli_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"guildhall/cli/clitest"
	"guildhall/webui"
)

// sample is something that the manual says is sent to a webhook: a body with the end of the address and the event that it is for, or a line for a shell.
type sample struct {
	section, language, path, event, text string
}

// samples are those of the manual's page about webhooks, in its order.
func samples(t *testing.T) (found []sample) {
	t.Helper()
	page, err := fs.ReadFile(webui.Manual(), "webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	section := ""
	for _, part := range regexp.MustCompile("(?ms)^## ([^\n]+)$|^```(json|sh)([^\n]*)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		if part[1] != "" {
			section = part[1]
			continue
		}
		one := sample{section: section, language: part[2], text: part[4]}
		for _, word := range strings.Fields(part[3]) {
			if strings.HasPrefix(word, "/") {
				one.path = word
			} else {
				one.event = word
			}
		}
		if section != "" { // what comes before makes the webhook
			found = append(found, one)
		}
	}
	return found
}

func TestWhatTheManualSendsToWebhooksIsShown(t *testing.T) {
	hall := clitest.Start(t)
	community := hall.NewCommunity()
	var hook struct{ URL string }
	hall.JSON(&hook, "", "webhook", "create", "--channel", community.TextChannelID, "--name", "Alerts")
	url := hall.URL + hook.URL[strings.Index(hook.URL, "/api/"):]
	alice := hall.Login("alice", clitest.OwnerPassword)

	shows := map[string][]string{
		"A script": {"Backup", "The backup is done"}, "Alertmanager": {"Alertmanager", "DiskFull (db-1)", "95 % full"}, "Grafana": {"Grafana", "High load", "load = 12"},
		"GitHub": {"guild/hall:main", "Mend the door", "alice"}, "Uptime Kuma": {"Uptime Kuma", "went down", "ECONNREFUSED"}, "Gitea and Forgejo": {"Gitea", "1 new commit", "Mend the door"},
	}
	seen := make(map[string]bool)
	for _, one := range samples(t) {
		seen[one.section] = true
		if one.language == "sh" {
			command := exec.Command("sh", "-c", one.text)
			command.Env = append(command.Environ(), "URL="+url)
			if said, err := command.CombinedOutput(); err != nil {
				t.Errorf("%s: %v: %s", one.section, err, said)
			}
		} else if status := sendSample(t, url+one.path, one); status != http.StatusNoContent && status != http.StatusOK {
			t.Errorf("%s: status %d", one.section, status)
		}
		var newest []json.RawMessage
		if status, err := hall.Call(http.MethodGet, "/channels/"+community.TextChannelID+"/messages?limit=1", alice, nil, &newest); err != nil || status != http.StatusOK || len(newest) != 1 {
			t.Fatalf("%s: status %d, %v", one.section, status, err)
		}
		for _, words := range shows[one.section] {
			if !strings.Contains(string(newest[0]), words) {
				t.Errorf("%s: %q is not in %s", one.section, words, newest[0])
			}
		}
	}
	for section := range shows {
		if !seen[section] {
			t.Errorf("the manual shows nothing for %q", section)
		}
	}
	if len(seen) != len(shows) {
		t.Errorf("the manual has more than is looked at here: %v", seen)
	}
}

func sendSample(t *testing.T, url string, one sample) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewBufferString(one.text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if one.event != "" {
		request.Header.Set("X-GitHub-Event", one.event)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}
