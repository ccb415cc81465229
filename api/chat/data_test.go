package chat_test

import (
	"errors"
	"slices"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
)

func TestPeopleHaveTheDataOfTheirOwnAccountAFewAtATime(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{Chat: chat.Options{NoRateLimits: true}})
	ctx := t.Context()
	bob := chat.Caller{UserID: account(t, hall, "bob").ID}
	guild := hall.Guild(bob)
	carol := guild.Member("carol")
	var want []string
	for i := range 3 {
		text := string(rune('a' + i))
		want = append(want, text)
		for _, author := range []chat.Caller{bob, carol} {
			if _, err := hall.Messages.Create(ctx, author, guild.General, chat.MessageDraft{Content: text}); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, err := hall.Data(ctx, bob, "wrong password")
	expectCode(t, err, "password", "PASSWORD_DOES_NOT_MATCH")
	one, err := hall.Data(ctx, bob, password)
	if err != nil || one.User.PasswordHash != "" || one.User.Email != "bob@example.org" || len(one.Guilds) != 1 || one.Guilds[0].ID != guild.ID {
		t.Fatalf("got %+v, %v", one, err)
	}
	var got []string
	if err := one.EachMessage(ctx, func(message store.Message) error {
		if message.AuthorID != bob.UserID {
			t.Errorf("a message of %v", message.AuthorID)
		}
		got = append(got, message.Content)
		return nil
	}); err != nil || !slices.Equal(got, want) {
		t.Errorf("the messages are %q, %v", got, err)
	}
	enough := errors.New("enough")
	if err := one.EachMessage(ctx, func(store.Message) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("ended with %v", err)
	}
	two, err := hall.Data(ctx, bob, password)
	if err != nil {
		t.Fatal(err)
	}
	_, err = hall.Data(ctx, bob, password)
	expectKind(t, err, chat.RateLimited)
	one.Close()
	three, err := hall.Data(ctx, bob, password)
	if err != nil {
		t.Fatal(err)
	}
	two.Close()
	three.Close()
}
