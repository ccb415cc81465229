package sender

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the golden files anew")

// show writes a message as people see it.
func show(message Message) string {
	var out strings.Builder
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&out, "  %s: %s\n", name, strings.ReplaceAll(text, "\n", "\n    | "))
		}
	}
	line("as", strings.TrimSpace(message.Username+" "+message.AvatarURL))
	line("content", message.Content)
	for i := range message.Embeds {
		e := &message.Embeds[i]
		fmt.Fprintf(&out, "  embed %06x\n", e.Color)
		line("  author", strings.TrimSpace(e.Author.Name+" "+e.Author.URL+" "+e.Author.IconURL))
		line("  title", strings.TrimSpace(e.Title+" "+e.URL))
		line("  text", e.Description)
		for _, field := range e.Fields {
			line("  field", fmt.Sprintf("%q = %q (inline %v)", field.Name, field.Value, field.Inline))
		}
		line("  image", e.Image)
		line("  thumbnail", e.Thumbnail)
		line("  footer", strings.TrimSpace(e.Footer.Text+" "+e.Footer.IconURL))
		if !e.Timestamp.IsZero() {
			line("  at", e.Timestamp.String())
		}
	}
	return out.String()
}

// golden shows every body in a folder, and compares that with the file beside it.
func golden(t *testing.T, folder string, read func(name string, body []byte) string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("there are no bodies", err)
	}
	var shown strings.Builder
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		fmt.Fprintf(&shown, "%s\n%s", name, read(name, body))
	}
	path := filepath.Join("testdata", folder+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(shown.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if shown.String() != string(want) {
		t.Errorf("what people see of %s differs from %s; look at it, and write it anew with -update:\n%s", folder, path, shown.String())
	}
}

func TestWhatPeopleSeeOfRepositories(t *testing.T) {
	golden(t, "github", func(name string, body []byte) string {
		kind, _, _ := strings.Cut(name, "-")
		message, shown, err := GitHub(kind, body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !shown {
			return "  nothing\n"
		}
		return show(message)
	})
}

func TestEveryEventOfRepositoriesThatIsShownHasABody(t *testing.T) {
	for kind := range github {
		bodies, err := filepath.Glob(filepath.Join("testdata", "github", kind+"[.\\-]*"))
		shown := false
		for _, file := range bodies {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, one, err := GitHub(kind, body)
			shown = shown || one && err == nil
		}
		if err != nil || !shown {
			t.Errorf("no body shows %s: %v, %v", kind, bodies, err)
		}
	}
}

func TestWhatPeopleSeeOfSendersToSlack(t *testing.T) {
	golden(t, "slack", func(name string, body []byte) string {
		message, err := Slack(body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return show(message)
	})
}

func TestBodiesThatAreNone(t *testing.T) {
	for _, body := range []string{"", "[]", `{"text":5}`, `{"attachments":{}}`, `{"attachments":[{"fields":[{"value":{}}]}]}`} {
		if _, err := Slack([]byte(body)); !errors.Is(err, ErrInvalidPayload) {
			t.Errorf("%q: %v", body, err)
		}
	}
	for _, body := range []string{"{}", `{"text":" "}`, `{"attachments":[{}]}`} {
		if _, err := Slack([]byte(body)); !errors.Is(err, ErrNoText) {
			t.Errorf("%q: %v", body, err)
		}
	}
	if _, _, err := GitHub("push", []byte("[]")); !errors.Is(err, ErrInvalidPayload) {
		t.Error(err)
	}
	if _, shown, err := GitHub("push", []byte(`{"ref":"refs/heads/x","commits":[null]}`)); err != nil || !shown {
		t.Error("a commit that is none", shown, err)
	}
}

// bounded demands that a message is one that can be posted.
func bounded(t *testing.T, message Message) {
	t.Helper()
	characters := 0
	count := func(what, text string, most int) {
		length := utf8.RuneCountInString(text)
		if characters += length; length > most || !utf8.ValidString(text) {
			t.Errorf("%s has %d characters: %q", what, length, text)
		}
	}
	count("the content", message.Content, maxContent)
	count("the name", message.Username, maxUsername)
	characters = 0
	if len(message.Embeds) > maxEmbeds {
		t.Errorf("%d embeds", len(message.Embeds))
	}
	for i := range message.Embeds {
		e := &message.Embeds[i]
		count("a title", e.Title, maxTitle)
		count("a text", e.Description, maxDescription)
		count("a footer", e.Footer.Text, maxFooter)
		count("an author", e.Author.Name, maxAuthor)
		if len(e.Fields) > maxFields {
			t.Errorf("%d fields", len(e.Fields))
		}
		for _, field := range e.Fields {
			count("a field's name", field.Name, maxFieldName)
			count("a field's value", field.Value, maxFieldValue)
		}
		for _, link := range []string{e.URL, e.Image, e.Thumbnail, e.Author.URL, e.Author.IconURL, e.Footer.IconURL} {
			if link != address(link) {
				t.Errorf("the address %q", link)
			}
		}
	}
	if characters > maxCharacters+2*maxFields {
		t.Errorf("%d characters", characters)
	}
}

func FuzzSlack(f *testing.F) {
	seed(f, "slack", func(_ string, body []byte) { f.Add(body) })
	f.Fuzz(func(t *testing.T, body []byte) {
		if message, err := Slack(body); err == nil {
			bounded(t, message)
		}
	})
}

func FuzzGitHub(f *testing.F) {
	seed(f, "github", func(name string, body []byte) {
		kind, _, _ := strings.Cut(name, "-")
		f.Add(kind, body)
	})
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		message, shown, err := GitHub(kind, body)
		if err == nil && shown {
			bounded(t, message)
		}
	})
}

func seed(f *testing.F, folder string, add func(name string, body []byte)) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		add(strings.TrimSuffix(filepath.Base(file), ".json"), body)
	}
}
