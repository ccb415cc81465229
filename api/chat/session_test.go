package chat_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store/event"
	"guildhall/store/id"
)

// expectRefused fails the test unless a login's access token is refused.
func expectRefused(t *testing.T, hall *chattest.Hall, set chat.TokenSet) {
	t.Helper()
	_, err := hall.Accounts.Authenticate(t.Context(), "Bearer "+set.AccessToken)
	expectKind(t, err, chat.InvalidToken)
}

func TestRefreshTokensRotate(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	set := login(t, hall, "owner")
	hall.Clock.Advance(29 * 24 * time.Hour)
	expectRefused(t, hall, set)
	phone := chat.Client{Address: "192.0.2.99", UserAgent: "a phone"}
	next, err := hall.Accounts.Refresh(t.Context(), phone, set.RefreshToken, "")
	if err != nil {
		t.Fatal(err)
	}
	if next.RefreshToken == set.RefreshToken || next.SessionID != set.SessionID || next.User.ID != owner.UserID || !next.HallOwner || next.User.PasswordHash != "" {
		t.Errorf("the next set is %+v", next)
	}
	sessions, err := hall.Accounts.Sessions(t.Context(), caller(t, hall, next))
	if err != nil || len(sessions) != 1 || sessions[0].UserAgent != "a phone" || sessions[0].Address != "192.0.2.99" {
		t.Errorf("the logins are %+v, %v", sessions, err)
	}
	hall.Clock.Advance(29 * 24 * time.Hour) // each rotation gives another 30 days
	if next, err = hall.Accounts.Refresh(t.Context(), home, next.RefreshToken, ""); err != nil {
		t.Fatal(err)
	}
	hall.Clock.Advance(30 * 24 * time.Hour)
	_, err = hall.Accounts.Refresh(t.Context(), home, next.RefreshToken, "")
	expectKind(t, err, chat.InvalidToken)
}

func TestAUsedRefreshTokenEndsTheLogin(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	told := hall.Watch(event.UserSubject(owner.UserID))
	set, other := login(t, hall, "owner"), login(t, hall, "owner")
	next, err := hall.Accounts.Refresh(t.Context(), home, set.RefreshToken, "")
	if err != nil {
		t.Fatal(err)
	}
	caller(t, hall, next)
	_, err = hall.Accounts.Refresh(t.Context(), home, set.RefreshToken, "")
	expectKind(t, err, chat.InvalidToken)
	if ended := chattest.Next[event.SessionsEnded](told); ended.UserID != owner.UserID || !slices.Equal(ended.LoginSessionIDs, []id.ID{set.SessionID}) || ended.All {
		t.Errorf("told of %+v", ended)
	}
	expectRefused(t, hall, next)
	_, err = hall.Accounts.Refresh(t.Context(), home, next.RefreshToken, "")
	expectKind(t, err, chat.InvalidToken)
	caller(t, hall, other)
}

func TestTheLastRefreshCanBeRepeatedWithItsKey(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	const key, otherKey = "0123456789abcdef", "fedcba9876543210"
	set := login(t, hall, "owner")
	refresh := func(token, key string) (chat.TokenSet, error) {
		return hall.Accounts.Refresh(t.Context(), home, token, key)
	}
	first, err := refresh(set.RefreshToken, key)
	if err != nil {
		t.Fatal(err)
	}
	again, err := refresh(set.RefreshToken, key)
	if err != nil || again.RefreshToken != first.RefreshToken || again.SessionID != first.SessionID {
		t.Fatalf("repeated: %+v, %v", again, err)
	}
	caller(t, hall, again)
	second, err := refresh(first.RefreshToken, otherKey)
	if err != nil {
		t.Fatal(err)
	}
	// Now the first rotation is not the last any more: its key is worth nothing.
	_, err = refresh(set.RefreshToken, key)
	expectKind(t, err, chat.InvalidToken)
	expectRefused(t, hall, second)

	set = login(t, hall, "owner")
	if first, err = refresh(set.RefreshToken, key); err != nil {
		t.Fatal(err)
	}
	_, err = refresh(set.RefreshToken, otherKey)
	expectKind(t, err, chat.InvalidToken)
	expectRefused(t, hall, first)
}

func TestOneRefreshTokenAtOnceInManyTabs(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	set := login(t, hall, "owner")
	const tabs = 8
	tokens := make([]string, tabs)
	var group sync.WaitGroup
	for i := range tabs {
		group.Go(func() {
			next, err := hall.Accounts.Refresh(t.Context(), home, set.RefreshToken, "0123456789abcdef")
			if err != nil {
				t.Error(err)
			}
			tokens[i] = next.RefreshToken
		})
	}
	group.Wait()
	if slices.Sort(tokens); tokens[0] != tokens[tabs-1] {
		t.Errorf("got different tokens: %v", tokens)
	}
}

func TestAForgedRefreshTokenHarmsNobody(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	set := login(t, hall, "owner")
	next, err := hall.Accounts.Refresh(t.Context(), home, set.RefreshToken, "")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(set.RefreshToken, ".")
	for _, forged := range []string{
		"", "x", parts[0] + ".0." + strings.Repeat("A", 43), parts[0] + ".1." + parts[2], parts[0] + ".9." + parts[2], hall.IDs.Next().String() + ".0." + parts[2],
	} {
		_, err := hall.Accounts.Refresh(t.Context(), home, forged, "")
		expectKind(t, err, chat.InvalidToken)
		expectKind(t, hall.Accounts.LogoutRefresh(t.Context(), forged), chat.InvalidToken)
	}
	caller(t, hall, next)
}

func TestLoggingOut(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	told := hall.Watch(event.UserSubject(owner.UserID))
	one, two := login(t, hall, "owner"), login(t, hall, "owner")
	if err := hall.Accounts.Logout(t.Context(), caller(t, hall, one)); err != nil {
		t.Fatal(err)
	}
	expectRefused(t, hall, one)
	if ended := chattest.Next[event.SessionsEnded](told); !slices.Equal(ended.LoginSessionIDs, []id.ID{one.SessionID}) {
		t.Errorf("told of %+v", ended)
	}
	hall.Clock.Advance(time.Hour) // the access token has expired, the refresh token has not
	if err := hall.Accounts.LogoutRefresh(t.Context(), two.RefreshToken); err != nil {
		t.Fatal(err)
	}
	_, err := hall.Accounts.Refresh(t.Context(), home, two.RefreshToken, "")
	expectKind(t, err, chat.InvalidToken)
	expectKind(t, hall.Accounts.LogoutRefresh(t.Context(), two.RefreshToken), chat.InvalidToken)
	expectKind(t, hall.Accounts.Logout(t.Context(), hall.Bot("bot", owner)), chat.BotsBarred)
}

func TestPeopleSeeAndEndTheirOwnLogins(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	account(t, hall, "bob")
	bobs := login(t, hall, "bob")
	one := login(t, hall, "owner")
	hall.Clock.Advance(time.Second)
	two := login(t, hall, "owner")
	me := caller(t, hall, two)
	sessions, err := hall.Accounts.Sessions(t.Context(), me)
	if err != nil || len(sessions) != 2 || sessions[0].ID != two.SessionID || sessions[1].ID != one.SessionID {
		t.Fatalf("the logins are %+v, %v", sessions, err)
	}
	for _, session := range sessions {
		if session.Secret != nil || session.RetryHash != nil || session.UserAgent != home.UserAgent || session.Address != home.Address {
			t.Errorf("shows %+v", session)
		}
	}
	expectField(t, hall.Accounts.RevokeSessions(t.Context(), me, nil), "session_ids")
	expectField(t, hall.Accounts.RevokeSessions(t.Context(), me, make([]id.ID, 101)), "session_ids")
	expectKind(t, hall.Accounts.RevokeSessions(t.Context(), me, []id.ID{one.SessionID, bobs.SessionID}), chat.UnknownSession)
	expectKind(t, hall.Accounts.RevokeSessions(t.Context(), hall.Bot("bot", owner), []id.ID{one.SessionID}), chat.BotsBarred)
	caller(t, hall, one)
	caller(t, hall, bobs)
	if err := hall.Accounts.RevokeSessions(t.Context(), me, []id.ID{one.SessionID}); err != nil {
		t.Fatal(err)
	}
	expectRefused(t, hall, one)
	if err := hall.Accounts.RevokeSessions(t.Context(), me, []id.ID{two.SessionID}); err != nil {
		t.Errorf("one's own current login: %v", err)
	}
	expectRefused(t, hall, two)
	_, err = hall.Accounts.Sessions(t.Context(), hall.Bot("bot2", owner))
	expectKind(t, err, chat.BotsBarred)
}

func TestExpiredLoginsAreNotShown(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	login(t, hall, "owner")
	hall.Clock.Advance(30 * 24 * time.Hour)
	if sessions, err := hall.Accounts.Sessions(t.Context(), owner); err != nil || len(sessions) != 0 {
		t.Errorf("the logins are %+v, %v", sessions, err)
	}
}

func TestCredentialsComeInManyForms(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	set := login(t, hall, "owner")
	application, botToken, err := hall.Bots.Create(t.Context(), owner, chat.NewBot{Name: "helper", OwnerID: owner.UserID})
	if err != nil {
		t.Fatal(err)
	}
	person := chat.Caller{UserID: owner.UserID, LoginSessionID: set.SessionID, HallOwner: true}
	bot := chat.Caller{UserID: application.User.ID, Bot: true}
	for header, want := range map[string]chat.Caller{
		"Bearer " + set.AccessToken: person, "bearer  " + set.AccessToken: person, set.AccessToken: person, " " + set.AccessToken + " ": person,
		"Bot " + botToken: bot, "bot " + botToken: bot, botToken: bot,
	} {
		if got, err := hall.Accounts.Authenticate(t.Context(), header); err != nil || got != want {
			t.Errorf("%q is %+v, %v", header, got, err)
		}
	}
	for header, want := range map[string]chat.Kind{
		"": chat.Unauthorized, "  ": chat.Unauthorized, "Bot": chat.InvalidToken, "Bearer": chat.InvalidToken, "Bot ": chat.InvalidToken, "Basic dTpw": chat.InvalidToken,
		"Bot " + set.AccessToken: chat.InvalidToken, "Bearer " + botToken: chat.InvalidToken, "Bearer " + set.RefreshToken: chat.InvalidToken, set.RefreshToken: chat.InvalidToken,
		botToken + "A": chat.InvalidToken, "Bearer " + strings.Repeat("A", 1<<16): chat.InvalidToken,
	} {
		if _, err := hall.Accounts.Authenticate(t.Context(), header); chat.KindOf(err) != want {
			t.Errorf("%.80q: got %v, want kind %d", header, err, want)
		}
	}
}

func TestADisabledAccountIsRefusedAtOnce(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	bob := account(t, hall, "bob")
	set := login(t, hall, "bob")
	application, botToken, err := hall.Bots.Create(t.Context(), owner, chat.NewBot{Name: "helper", OwnerID: owner.UserID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hall.Accounts.Authenticate(t.Context(), botToken); err != nil {
		t.Fatal(err)
	}
	caller(t, hall, set)
	for _, userID := range []id.ID{bob.ID, application.User.ID} {
		told := hall.Watch(event.UserSubject(userID))
		if err := hall.Users.SetDisabled(t.Context(), chattest.Console, userID, true); err != nil {
			t.Fatal(err)
		}
		for !chattest.Next[event.SessionsEnded](told).All {
		}
	}
	expectRefused(t, hall, set)
	_, err = hall.Accounts.Refresh(t.Context(), home, set.RefreshToken, "")
	expectKind(t, err, chat.InvalidToken)
	_, err = hall.Accounts.Authenticate(t.Context(), "Bot "+botToken)
	expectKind(t, err, chat.InvalidToken)
	if err := hall.Users.SetDisabled(t.Context(), chattest.Console, application.User.ID, false); err != nil {
		t.Fatal(err)
	}
	if _, err := hall.Accounts.Authenticate(t.Context(), "Bot "+botToken); err != nil {
		t.Errorf("a bot that is let in again: %v", err)
	}
}
