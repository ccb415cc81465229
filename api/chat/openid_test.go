package chat_test

import (
	"net/url"
	"strings"
	"testing"

	"guildhall/api/chat"
)

// FuzzLocalPath leads to paths of this hall's own, whatever it is given.
func FuzzLocalPath(f *testing.F) {
	for _, seed := range []string{"/", "/channels/@me", "//evil.example", `/\evil.example`, "/%2fevil", "/%5cevil", "/.//evil", "https://evil.example", "/a?b=//c#d", "/\tevil", "/api/x", "/invite/abc", "/%", "/a/%2e%2e/b", "\x00"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://hall.example/api/auth/oidc/x/callback")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		led := chat.LocalPath(text)
		if led != text && led != "/" {
			t.Fatalf("%q became %q", text, led)
		}
		reference, err := url.Parse(led)
		if err != nil {
			t.Fatalf("%q leads to what is no address: %v", text, err)
		}
		to := base.ResolveReference(reference)
		if to.Host != "hall.example" || to.Scheme != "https" || to.User != nil || strings.HasPrefix(to.Path, "/api/") || strings.HasPrefix(to.Path, "//") || strings.ContainsAny(led, "\\\r\n\t ") {
			t.Fatalf("%q leads to %s", text, to)
		}
		if chat.LocalPath(led) != led {
			t.Fatalf("%q is not led to where it was led to", led)
		}
	})
}

func TestGroupsAndRolesAreReadAsTheyAreWritten(t *testing.T) {
	got, err := chat.GroupRoleOf("cn=staff, all=5:6")
	if err != nil || got.Group != "cn=staff, all" || got.GuildID != 5 || got.RoleID != 6 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, text := range []string{"", "staff", "=5:6", "staff=5", "staff=a:6", "staff=5:b", "staff=5:6:7"} {
		if got, err := chat.GroupRoleOf(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}
