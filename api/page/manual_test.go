package page

import (
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"guildhall/webui"
)

var (
	links    = regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	headings = regexp.MustCompile(`<h[1-6] id="([^"]+)"`)
)

func TestEveryLinkOfTheManualLeadsSomewhere(t *testing.T) {
	pages, err := renderManual(webui.Manual())
	if err != nil {
		t.Fatal(err)
	}
	followed := 0
	for address, page := range pages {
		for _, link := range links.FindAllStringSubmatch(string(page), -1) {
			target, anchor, hasAnchor := strings.Cut(link[1], "#")
			if target == "" {
				target = address
			}
			shown := serve(t, http.MethodGet, target, nil) // what is on another machine is not there, and would not be without the internet
			if shown.Code != http.StatusOK {
				t.Errorf("%s links to %s, which is answered with %d", address, link[1], shown.Code)
			}
			if hasAnchor && anchor != "text" {
				found := false
				for _, heading := range headings.FindAllStringSubmatch(shown.Body.String(), -1) {
					found = found || heading[1] == anchor
				}
				if !found {
					t.Errorf("%s links to %s, where there is no such heading", address, link[1])
				}
			}
			followed++
		}
	}
	if followed < 20 {
		t.Errorf("only %d links were found", followed)
	}
}

func TestEveryFileOfTheManualIsAPage(t *testing.T) {
	files, err := fs.Glob(webui.Manual(), "*.md")
	if err != nil || len(files) != len(manualOrder) {
		t.Errorf("there are %v for %v, %v", files, manualOrder, err)
	}
	for _, file := range files {
		shown := serve(t, http.MethodGet, manualAddress(strings.TrimSuffix(file, ".md")), nil)
		body := shown.Body.String()
		if shown.Code != http.StatusOK || !strings.Contains(body, "<h1 id=") || !strings.Contains(body, `aria-current="page"`) || !strings.HasPrefix(shown.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %v", file, shown.Code, shown.Header())
		}
		policy := shown.Header().Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; style-src 'self';") || strings.Contains(policy, "script") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy is %q", file, policy)
		}
		if strings.Contains(body, "<script") || strings.Contains(body, "style=") {
			t.Errorf("%s runs or styles something", file)
		}
	}
}

func TestTheManualPassesNoHTMLThrough(t *testing.T) {
	source := fstest.MapFS{}
	for _, name := range manualOrder {
		source[name+".md"] = &fstest.MapFile{Data: []byte("# A <b>title</b>\n\n<script>alert(1)</script>\n\nwords <img src=x onerror=alert(1)> [click](javascript:alert(1))\n")}
	}
	pages, err := renderManual(source)
	if err != nil {
		t.Fatal(err)
	}
	page := string(pages["/docs"])
	for _, dangerous := range []string{"<script", "<img", "onerror", "javascript:", "<b>"} {
		if strings.Contains(page, dangerous) {
			t.Errorf("%q is in %s", dangerous, page)
		}
	}
	if !strings.Contains(page, "words") {
		t.Errorf("the words are gone: %s", page)
	}
}

func TestWhatTheManualDoesNotHaveIsNotThere(t *testing.T) {
	for address, want := range map[string]int{"/docs/none": 404, "/docs/index.md": 404, "/docs/": 301, "/docs/bots/": 301, "/docs/style.css": 200} {
		if answer := serve(t, http.MethodGet, address, map[string]string{"Accept": "text/html"}); answer.Code != want {
			t.Errorf("%s: %d, want %d", address, answer.Code, want)
		}
	}
	if _, err := renderManual(fstest.MapFS{}); err == nil {
		t.Error("a manual without pages was shown")
	}
}
