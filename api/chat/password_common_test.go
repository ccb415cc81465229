package chat_test

import (
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
)

func TestPasswordsThatAreGuessedFirstAreRefusedWhereverOneIsSet(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	ctx := t.Context()
	name, open := "Harbour Club", store.RegistrationOpen
	if _, err := hall.Hall.Update(ctx, owner, chat.HallChange{Name: &name, Registration: &open}); err != nil {
		t.Fatal(err)
	}
	bob := account(t, hall, "bob_the_builder")
	ways := map[string]func(password string) error{
		"registration": func(password string) error {
			_, err := hall.Accounts.Register(ctx, home, chat.NewAccount{Username: "clarissa_d", GlobalName: "Miss Dalloway", Email: "virginia@example.org", Password: password})
			return err
		},
		"a change": func(password string) error {
			_, err := hall.Users.UpdateSelf(ctx, chat.Caller{UserID: bob.ID}, chat.UserChange{Username: pointer("clarissa_d"), GlobalName: pointer("Miss Dalloway"), Email: pointer("virginia@example.org"),
				Password: &password, CurrentPassword: pointer(password)})
			return err
		},
		"the command line": func(password string) error {
			_, err := hall.Users.Create(ctx, chattest.Console, chat.NewAccount{Username: "clarissa_d", GlobalName: "Miss Dalloway", Email: "virginia@example.org", Password: password})
			return err
		},
	}
	for way, try := range ways {
		for password, code := range map[string]string{
			"password": "PASSWORD_TOO_COMMON", "PassWord1": "PASSWORD_TOO_COMMON", " iloveyou ": "PASSWORD_TOO_COMMON", "xxxxxxxxxxxxyyyy": "PASSWORD_TOO_COMMON",
			"clarissa_d": "PASSWORD_TOO_SIMILAR", "ClarissaD2024!": "PASSWORD_TOO_SIMILAR", "missDALLOWAY": "PASSWORD_TOO_SIMILAR", "virginia@example.org": "PASSWORD_TOO_SIMILAR", "--Virginia--": "PASSWORD_TOO_SIMILAR",
			"harbour club": "PASSWORD_TOO_SIMILAR", "Harbourclub12345": "PASSWORD_TOO_SIMILAR",
		} {
			t.Log(way, password)
			expectCode(t, try(password), "password", code)
		}
	}

	expectCode(t, hall.Users.SetPassword(ctx, chattest.Console, bob.ID, "password"), "password", "PASSWORD_TOO_COMMON")
	expectCode(t, hall.Users.SetPassword(ctx, chattest.Console, bob.ID, "bob.the.builder"), "password", "PASSWORD_TOO_SIMILAR")
	token := issueReset(t, hall, bob.ID)
	for password, code := range map[string]string{"password": "PASSWORD_TOO_COMMON", "1bob_the_builder1": "PASSWORD_TOO_SIMILAR"} {
		_, err := hall.Accounts.Reset(ctx, home, token, password)
		expectCode(t, err, "password", code)
	}
	if _, err := hall.Accounts.Reset(ctx, home, token, "the builder of harbour walls"); err != nil {
		t.Errorf("a link is used up by a password that is refused, or names may not be in one at all: %v", err)
	}
	if _, err := hall.Accounts.Register(ctx, home, chat.NewAccount{Username: "al", Password: "al pha bet"}); err != nil {
		t.Errorf("a very short name is looked for: %v", err)
	}
}
