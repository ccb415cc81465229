package perm_test

import (
	"encoding/json"
	"strings"
	"testing"

	"guildhall/api/perm"
)

func TestEachPermissionHasTheBitAndTheNameOfTheContract(t *testing.T) {
	for _, test := range []struct {
		permission perm.Set
		decimal    string
		name       string
	}{
		{perm.CreateInstantInvite, "1", "CREATE_INSTANT_INVITE"},
		{perm.Administrator, "8", "ADMINISTRATOR"},
		{perm.ViewChannel, "1024", "VIEW_CHANNEL"},
		{perm.SendMessages, "2048", "SEND_MESSAGES"},
		{perm.Connect, "1048576", "CONNECT"},
		{perm.ManageRoles, "268435456", "MANAGE_ROLES"},
		{perm.SendMessagesInThreads, "274877906944", "SEND_MESSAGES_IN_THREADS"},
		{perm.ModerateMembers, "1099511627776", "MODERATE_MEMBERS"},
		{perm.PinMessages, "2251799813685248", "PIN_MESSAGES"},
		{perm.BypassSlowmode, "4503599627370496", "BYPASS_SLOWMODE"},
	} {
		if got := test.permission.String(); got != test.decimal {
			t.Errorf("%s is %s, want %s", test.name, got, test.decimal)
		}
		if got := test.permission.Names(); len(got) != 1 || got[0] != test.name {
			t.Errorf("%s is called %v, want %s", test.decimal, got, test.name)
		}
	}
	if got := len(perm.All.Names()); got != 51 {
		t.Errorf("there are %d permissions, want 51", got)
	}
	for _, name := range perm.All.Names() {
		if name == "" {
			t.Error("a permission has no name")
		}
	}
	if unknown := perm.Set(1<<41 | 1<<47 | 1<<53 | 1<<63); unknown&perm.All != 0 || len(unknown.Names()) != 0 {
		t.Errorf("bits without a meaning became %v", unknown.Names())
	}
}

func TestSetsTravelAsDecimalStrings(t *testing.T) {
	text, err := json.Marshal(map[string]perm.Set{"allow": perm.ViewChannel | perm.SendMessages, "deny": 0, "all": 1<<64 - 1})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"all":"18446744073709551615","allow":"3072","deny":"0"}`; string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
	for input, want := range map[string]perm.Set{`"3072"`: 3072, `3072`: 3072, `"0"`: 0, `"18446744073709551615"`: 1<<64 - 1, `null`: 0} {
		var got perm.Set
		if err := json.Unmarshal([]byte(input), &got); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", input, got, err, want)
		}
	}
	for _, input := range []string{`""`, `"-1"`, `-1`, `1.5`, `1e3`, `"0x10"`, `"18446744073709551616"`, `"1 "`, `true`, `{}`, `"+1"`, `"1_0"`} {
		var got perm.Set
		if err := json.Unmarshal([]byte(input), &got); err == nil {
			t.Errorf("%s was read as %v", input, got)
		}
	}
}

func FuzzReadingASetNeverBreaksAndWritingItGivesItBack(f *testing.F) {
	for _, seed := range []string{`"1"`, `1`, `"`, `null`, `"18446744073709551615"`, strings.Repeat("9", 30)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		var first, second perm.Set
		if first.UnmarshalJSON(input) != nil {
			return
		}
		text, err := first.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if err := second.UnmarshalJSON(text); err != nil || first != second {
			t.Fatalf("%q was read as %v, written as %s and read as %v (%v)", input, first, text, second, err)
		}
	})
}

func TestHas(t *testing.T) {
	set := perm.ViewChannel | perm.Speak
	for _, test := range []struct {
		asked    perm.Set
		all, any bool
	}{
		{perm.ViewChannel, true, true},
		{perm.ViewChannel | perm.Speak, true, true},
		{perm.ViewChannel | perm.Connect, false, true},
		{perm.Connect, false, false},
		{0, true, false},
	} {
		if set.Has(test.asked) != test.all || set.HasAny(test.asked) != test.any {
			t.Errorf("asked for %v: has all %v, any %v", test.asked.Names(), set.Has(test.asked), set.HasAny(test.asked))
		}
	}
}
