package openid

import (
	"encoding/json"
	"slices"
	"testing"
	"unicode/utf8"

	"guildhall/api/chat"
)

// FuzzClaims reads whatever a provider may say of somebody, within bounds.
func FuzzClaims(f *testing.F) {
	for _, seed := range []string{`{}`, `{"email":"a@b","email_verified":"true","groups":["a",1,null,"b"]}`, `{"groups":"one"}`, `{"realm":{"roles":["x"]}}`, `{"email":5,"name":["a"]}`, `{"_claim_names":{"groups":"s"}}`, `null`, `[]`, `{"groups":{"a":1}}`} {
		f.Add([]byte(seed), "groups")
	}
	f.Add([]byte(`{"a.b":["c"],"a":{"b":["d"]}}`), "a.b")
	f.Fuzz(func(t *testing.T, text []byte, claim string) {
		set, err := parseClaims(text)
		if err != nil {
			return
		}
		var claims chat.OpenIDClaims
		known := false
		set.read(&claims, claim, &known)
		if len(claims.Email) > maxText || len(claims.Name) > maxText || len(claims.Username) > maxText || len(claims.Groups) > maxGroups {
			t.Fatalf("%q is read as %+v", text, claims)
		}
		if claims.EmailVerified && claims.Email == "" || known && claims.GroupsUnknown || claim == "" && claims.Groups != nil {
			t.Fatalf("%q is read as %+v", text, claims)
		}
		for _, group := range claims.Groups {
			if group == "" || len(group) > maxGroup || !utf8.ValidString(group) {
				t.Fatalf("%q has the group %q", text, group)
			}
		}
	})
}

func TestGroupsAreFoundWhereverAProviderHasThem(t *testing.T) {
	for text, want := range map[string][]string{
		`{"groups":["a","b"]}`: {"a", "b"}, `{"groups":"a"}`: {"a"}, `{"groups":["a",7,null,"",{"x":1}]}`: {"a"}, `{"groups":7}`: nil, `{"groups":null}`: nil, `{}`: nil,
		`{"outer":{"groups":["x"]}}`: nil,
	} {
		set, err := parseClaims([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := set.groups("groups"); !slices.Equal(got, want) {
			t.Errorf("%s has %q", text, got)
		}
	}
	set := claimSet{"realm_access": json.RawMessage(`{"roles":["x"]}`), "https://example.org/groups": json.RawMessage(`["y"]`)}
	for claim, want := range map[string]string{"realm_access.roles": "x", "https://example.org/groups": "y"} {
		if got, known := set.groups(claim); !known || !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, %v", claim, got, known)
		}
	}
	if _, known := set.groups("realm_access.none"); known {
		t.Error("what is not there is known")
	}
}
