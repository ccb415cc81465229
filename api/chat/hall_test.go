package chat_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
	"guildhall/store/event"
)

func issueSetup(t *testing.T, hall *chattest.Hall) string {
	t.Helper()
	token, expires, err := hall.Hall.IssueSetup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if life := expires.Sub(hall.Clock.Now()); life != 30*time.Minute {
		t.Errorf("a set-up link is good for %v", life)
	}
	return token
}

func TestWhoOpensTheSetUpLinkOwnsTheHall(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	told := hall.Watch(event.HallSubject)
	token := issueSetup(t, hall)
	state, err := hall.Hall.State(t.Context())
	if err != nil || state.OwnerID != 0 || state.SetupHash != nil {
		t.Errorf("the state is %+v, %v", state, err)
	}
	owner := chat.NewAccount{Username: "owner", Password: password}
	for _, wrong := range []string{"", "guess", token + "A", token[1:], strings.Repeat("A", 1<<16)} {
		_, err := hall.Hall.Claim(t.Context(), home, wrong, owner)
		expectKind(t, err, chat.InvalidToken)
	}
	_, err = hall.Hall.Claim(t.Context(), home, token, chat.NewAccount{Username: "owner", Password: "short"})
	expectField(t, err, "password") // and the link can still be used
	set, err := hall.Hall.Claim(t.Context(), home, token, owner)
	if err != nil {
		t.Fatal(err)
	}
	if me := caller(t, hall, set); !set.HallOwner || !me.HallOwner || me.UserID != set.User.ID || set.User.PasswordHash != "" {
		t.Errorf("who claimed the hall is %+v, with %+v", me, set)
	}
	if changed := chattest.Next[event.HallUpdated](told); changed.Hall.OwnerID != set.User.ID || changed.Hall.SetupHash != nil {
		t.Errorf("told of %+v", changed)
	}
	_, err = hall.Hall.Claim(t.Context(), home, token, chat.NewAccount{Username: "second", Password: password})
	expectKind(t, err, chat.InvalidToken)
	_, _, err = hall.Hall.IssueSetup(t.Context())
	expectKind(t, err, chat.MissingPermission)
	_, err = hall.Hall.ClaimByConsole(t.Context(), chattest.Console, chat.NewAccount{Username: "second", Password: password})
	expectKind(t, err, chat.MissingPermission)
}

func TestOnlyTheLastSetUpLinkWorksAndNotForEver(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	first, second := issueSetup(t, hall), issueSetup(t, hall)
	owner := chat.NewAccount{Username: "owner", Password: password}
	_, err := hall.Hall.Claim(t.Context(), home, first, owner)
	expectKind(t, err, chat.InvalidToken)
	hall.Clock.Advance(30 * time.Minute)
	_, err = hall.Hall.Claim(t.Context(), home, second, owner)
	expectKind(t, err, chat.InvalidToken)
	if _, err := hall.Hall.Claim(t.Context(), home, issueSetup(t, hall), owner); err != nil {
		t.Errorf("a new link: %v", err)
	}
}

func TestOfManyClaimsOneWins(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	token := issueSetup(t, hall)
	const people = 6
	sets, results := make([]chat.TokenSet, people), make([]error, people)
	var group sync.WaitGroup
	for i := range people {
		group.Go(func() {
			sets[i], results[i] = hall.Hall.Claim(t.Context(), home, token, chat.NewAccount{Username: fmt.Sprint("claimant", i), Password: password})
		})
	}
	group.Wait()
	state, err := hall.Hall.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	winners := 0
	for i, err := range results {
		if err == nil {
			winners++
			if state.OwnerID != sets[i].User.ID {
				t.Errorf("%v was told that they won, and %v owns the hall", sets[i].User.ID, state.OwnerID)
			}
			continue
		}
		expectKind(t, err, chat.InvalidToken)
		_, err := hall.Users.ByLogin(t.Context(), chattest.Console, fmt.Sprint("claimant", i))
		expectKind(t, err, chat.UnknownUser)
	}
	if winners != 1 {
		t.Errorf("%d won", winners)
	}
}

func TestTheCommandLineClaimsWithoutALink(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	link := issueSetup(t, hall)
	_, err := hall.Hall.ClaimByConsole(t.Context(), hall.Person("alice"), chat.NewAccount{Username: "owner", Password: password})
	expectKind(t, err, chat.MissingPermission)
	owner, err := hall.Hall.ClaimByConsole(t.Context(), chattest.Console, chat.NewAccount{Username: "owner", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	if set := login(t, hall, "owner"); set.User.ID != owner.ID || !set.HallOwner {
		t.Errorf("the owner logs in as %+v", set)
	}
	_, err = hall.Hall.Claim(t.Context(), home, link, chat.NewAccount{Username: "second", Password: password})
	expectKind(t, err, chat.InvalidToken)
}

func TestTheHallsOwnerSetsItsPolicy(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	told := hall.Watch(event.HallSubject)
	change := chat.HallChange{Name: pointer(" The Prancing Pony "), Registration: pointer(store.RegistrationOpen)}
	_, err := hall.Hall.Update(t.Context(), hall.Person("bob"), change)
	expectKind(t, err, chat.MissingPermission)
	for _, allowed := range []chat.Caller{owner, chattest.Console} {
		updated, err := hall.Hall.Update(t.Context(), allowed, change)
		if err != nil || updated.Name != "The Prancing Pony" || updated.Registration != store.RegistrationOpen || updated.OwnerID != owner.UserID {
			t.Errorf("is %+v, %v", updated, err)
		}
		if changed := chattest.Next[event.HallUpdated](told); changed.Hall.Name != updated.Name {
			t.Errorf("told of %+v", changed)
		}
	}
	if kept, err := hall.Hall.Update(t.Context(), owner, chat.HallChange{Registration: pointer(store.RegistrationInvite)}); err != nil || kept.Name != "The Prancing Pony" {
		t.Errorf("a change of the policy alone gives %+v, %v", kept, err)
	}
	for path, wrong := range map[string]chat.HallChange{
		"name": {Name: pointer("  ")}, "registration": {Registration: pointer(store.Registration("everybody"))},
	} {
		_, err := hall.Hall.Update(t.Context(), owner, wrong)
		expectField(t, err, path)
	}
	_, err = hall.Hall.Update(t.Context(), owner, chat.HallChange{Name: pointer(strings.Repeat("a", 101))})
	expectField(t, err, "name")
}
