package chat

import (
	"slices"
	"strings"
	"testing"

	"guildhall/store/id"
)

func TestWhatAContentMentions(t *testing.T) {
	for _, test := range []struct {
		content      string
		users, roles []id.ID
		everyone     bool
	}{
		{content: "nobody"},
		{content: "hello <@123> and <@!456>", users: []id.ID{123, 456}},
		{content: "<@&789>", roles: []id.ID{789}},
		{content: "twice <@123> <@!123>", users: []id.ID{123}},
		{content: "@everyone", everyone: true},
		{content: "come @here now", everyone: true},
		{content: "somebody@everyone.example", everyone: true},
		{content: "somebody@example.org"},
		{content: "not <@> <@!> <@&> <@x> <@12x> <@-1> <@0> <@012> <123> < @123>"},
		{content: "<@99999999999999999999>"},
		{content: "<@9223372036854775807>", users: []id.ID{9223372036854775807}},
		{content: "<<@123>>", users: []id.ID{123}},
		{content: "<@12<@34>", users: []id.ID{34}},
		{content: "code `<@123> @everyone` ends <@456>", users: []id.ID{456}},
		{content: "code ``a ` <@123>`` ends <@456>", users: []id.ID{456}},
		{content: "```go\n<@123>\n@here\n``` ends <@456>", users: []id.ID{456}},
		{content: "an open ` mentions <@123>", users: []id.ID{123}},
		{content: "an open ``` mentions <@123>", users: []id.ID{123}},
		{content: "unequal `` <@123> `", users: []id.ID{123}},
		{content: `escaped \<@123> \@everyone`},
		{content: "an escaped \\` opens no code <@123> `", users: []id.ID{123}},
		{content: `a backslash at the end <@123> \`, users: []id.ID{123}},
		{content: "<@1", users: nil},
	} {
		got := parseMentions(test.content)
		if !slices.Equal(got.users, test.users) || !slices.Equal(got.roles, test.roles) || got.everyone != test.everyone {
			t.Errorf("%q mentions %+v, want users %v, roles %v, everyone %v", test.content, got, test.users, test.roles, test.everyone)
		}
	}
}

func FuzzMentionsAreFoundOnlyWhereTheyStand(f *testing.F) {
	f.Add("<@123> `<@456>` @everyone <@&789>")
	f.Add("``` ` `` <@1> ``` \\")
	f.Fuzz(func(t *testing.T, content string) {
		found := parseMentions(content)
		for _, userID := range found.users {
			if !strings.Contains(content, "<@"+userID.String()+">") && !strings.Contains(content, "<@!"+userID.String()+">") {
				t.Fatalf("%q does not mention %v", content, userID)
			}
		}
		for _, roleID := range found.roles {
			if !strings.Contains(content, "<@&"+roleID.String()+">") {
				t.Fatalf("%q does not mention role %v", content, roleID)
			}
		}
		if found.everyone && !strings.Contains(content, "@everyone") && !strings.Contains(content, "@here") {
			t.Fatalf("%q does not mention everyone", content)
		}
	})
}

func BenchmarkParseMentions(b *testing.B) {
	content := strings.Repeat("some words about nothing at all, ", 20) + "<@123456789012345678> and `code`"
	b.ReportAllocs()
	for b.Loop() {
		parseMentions(content)
	}
}
