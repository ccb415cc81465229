package chat_test

import (
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store/event"
	"guildhall/store/id"
)

func issueReset(t *testing.T, hall *chattest.Hall, userID id.ID) string {
	t.Helper()
	token, expires, err := hall.Accounts.IssueReset(t.Context(), chattest.Console, userID)
	if err != nil {
		t.Fatal(err)
	}
	if life := expires.Sub(hall.Clock.Now()); life != time.Hour {
		t.Errorf("a link is good for %v", life)
	}
	return token
}

func TestALinkGivesANewPasswordOnce(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	ctx := t.Context()
	bob := account(t, hall, "bob")
	before := login(t, hall, "bob")
	replaced, token := issueReset(t, hall, bob.ID), issueReset(t, hall, bob.ID)
	for _, wrong := range []string{"", "guess", replaced, token + "A", token[1:], bob.ID.String() + ".", owner.UserID.String() + token[strings.Index(token, "."):], strings.Repeat("1", 1<<16)} {
		_, err := hall.Accounts.Reset(ctx, chat.Client{Address: "192.0.2.9"}, wrong, "a new password")
		expectKind(t, err, chat.InvalidToken)
	}
	stored, err := hall.Store.User(ctx, bob.ID)
	if err != nil || strings.Contains(string(stored.ResetHash), token) || len(stored.ResetHash) != 32 {
		t.Errorf("stored is %q, %v", stored.ResetHash, err)
	}
	told := hall.Watch(event.UserSubject(bob.ID))
	set, err := hall.Accounts.Reset(ctx, home, token, "a new password")
	if err != nil || set.User.ID != bob.ID || set.User.PasswordHash != "" || set.User.ResetHash != nil {
		t.Fatalf("got %+v, %v", set, err)
	}
	if updated := chattest.Next[event.UserUpdated](told); updated.User.ResetHash != nil || updated.User.PasswordHash != "" {
		t.Errorf("the devices are told %+v", updated)
	}
	caller(t, hall, set.TokenSet)
	_, err = hall.Accounts.Authenticate(ctx, "Bearer "+before.AccessToken)
	expectKind(t, err, chat.InvalidToken)
	_, err = hall.Accounts.Reset(ctx, home, token, "another password")
	expectKind(t, err, chat.InvalidToken)
	if _, err := hall.Accounts.Login(ctx, home, "bob", "a new password"); err != nil {
		t.Error(err)
	}
}

func TestALinkToANewPasswordIsVoidWhenItIsNotNeededAnyMore(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	ctx := t.Context()
	bob := account(t, hall, "bob")
	void := map[string]func() error{
		"the person changed it": func() error {
			_, err := hall.Users.UpdateSelf(ctx, chat.Caller{UserID: bob.ID}, chat.UserChange{Password: pointer(password), CurrentPassword: pointer(password)})
			return err
		},
		"the command line set it":  func() error { return hall.Users.SetPassword(ctx, chattest.Console, bob.ID, password) },
		"it has expired":           func() error { hall.Clock.Advance(time.Hour); return nil },
		"the account is disabled":  func() error { return hall.Users.SetDisabled(ctx, chattest.Console, bob.ID, true) },
		"the account is not there": func() error { return hall.Users.Delete(ctx, chattest.Console, bob.ID) },
	}
	for _, name := range []string{"the person changed it", "the command line set it", "it has expired", "the account is disabled", "the account is not there"} {
		if name == "the account is not there" {
			if err := hall.Users.SetDisabled(ctx, chattest.Console, bob.ID, false); err != nil {
				t.Fatal(err)
			}
		}
		token := issueReset(t, hall, bob.ID)
		if err := void[name](); err != nil {
			t.Fatal(name, err)
		}
		if _, err := hall.Accounts.Reset(ctx, home, token, "a new password"); chat.KindOf(err) != chat.InvalidToken {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, _, err := hall.Accounts.IssueReset(ctx, owner, owner.UserID)
	expectKind(t, err, chat.MissingPermission)
	_, _, err = hall.Accounts.IssueReset(ctx, chattest.Console, hall.Bot("robot", owner).UserID)
	expectKind(t, err, chat.BotsBarred)
	_, _, err = hall.Accounts.IssueReset(ctx, chattest.Console, bob.ID)
	expectKind(t, err, chat.UnknownUser)
}

func TestOfSeveralWhoUseALinkAtOnceOneDoes(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	bob := account(t, hall, "bob")
	token := issueReset(t, hall, bob.ID)
	errs := make(chan error)
	for range 4 {
		go func() {
			_, err := hall.Accounts.Reset(t.Context(), home, token, "a new password")
			errs <- err
		}()
	}
	won := 0
	for range 4 {
		if err := <-errs; err == nil {
			won++
		} else {
			expectKind(t, err, chat.InvalidToken)
		}
	}
	if won != 1 {
		t.Errorf("%d used it", won)
	}
}

func TestLinksCannotBeGuessedQuickly(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	bob := account(t, hall, "bob")
	var err error
	for range 1000 {
		if _, err = hall.Accounts.Reset(t.Context(), home, bob.ID.String()+".guess", "a new password"); chat.KindOf(err) == chat.RateLimited {
			return
		}
	}
	t.Errorf("after 1000 guesses: %v", err)
}
