package chat_test

import (
	"maps"
	"strconv"
	"sync"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// claim makes a hall's owner, and gives who they are and how they are signed in.
func claim(t *testing.T, hall *chattest.Hall) (chat.Caller, chat.TokenSet) {
	t.Helper()
	set, err := hall.Hall.Claim(t.Context(), home, issueSetup(t, hall), chat.NewAccount{Username: "owner", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return caller(t, hall, set), set
}

func TestTheOwnerHandsTheHallOver(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	owner, set := claim(t, hall)
	_, err := hall.Hall.HandOver(t.Context(), owner, owner.UserID, password)
	expectField(t, err, "owner_id")
	if _, err := hall.Hall.Update(t.Context(), owner, chat.HallChange{Registration: pointer(store.RegistrationOpen)}); err != nil {
		t.Fatal(err)
	}
	heirSet, err := hall.Accounts.Register(t.Context(), home, chat.NewAccount{Username: "heir", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	next := caller(t, hall, heirSet)
	told, devices := hall.Watch(event.HallSubject), hall.Watch("user.*")

	robot, gone := hall.Bot("robot", owner), hall.Person("gone")
	if err := hall.Users.SetDisabled(t.Context(), chattest.Console, gone.UserID, true); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		by       chat.Caller
		to       id.ID
		password string
		field    string
		kind     chat.Kind
	}{
		{owner, next.UserID, "wrong password", "password", 0}, {owner, next.UserID, "", "password", 0}, {owner, gone.UserID, password, "owner_id", 0}, {owner, 404, password, "", chat.UnknownUser},
		{owner, robot.UserID, password, "", chat.BotsBarred}, {next, next.UserID, password, "", chat.MissingPermission},
	} {
		_, err := hall.Hall.HandOver(t.Context(), c.by, c.to, c.password)
		if c.field != "" {
			expectField(t, err, c.field)
		} else {
			expectKind(t, err, c.kind)
		}
	}
	expectKind(t, hall.Users.DeleteSelf(t.Context(), owner, chat.Proof{Password: password}), chat.OwnsGuilds)
	if _, err := hall.Hall.HandOver(t.Context(), owner, next.UserID, password); err != nil {
		t.Fatal(err)
	}
	if changed := chattest.Next[event.HallUpdated](told); changed.Hall.OwnerID != next.UserID {
		t.Errorf("told of %+v", changed)
	}
	owns := map[id.ID]bool{}
	for len(owns) < 2 {
		if e := chattest.Next[event.UserUpdated](devices); e.User.ID == owner.UserID || e.User.ID == next.UserID {
			owns[e.User.ID] = e.HallOwner
		}
	}
	if !maps.Equal(owns, map[id.ID]bool{owner.UserID: false, next.UserID: true}) {
		t.Errorf("the devices were told %v", owns)
	}
	// Both are signed in as before, and what they may do has changed.
	if before, after := caller(t, hall, set), caller(t, hall, heirSet); before.HallOwner || !after.HallOwner {
		t.Errorf("the old owner is %+v, the new one %+v", before, after)
	}
	// A caller who was found to be the owner just before it changed is none any more.
	_, err = hall.Hall.HandOver(t.Context(), owner, owner.UserID, password)
	expectKind(t, err, chat.MissingPermission)
	if err := hall.Users.DeleteSelf(t.Context(), caller(t, hall, set), chat.Proof{Password: password}); err != nil {
		t.Errorf("the old owner cannot go: %v", err)
	}
}

func TestTheCommandLineHandsTheHallOver(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	if owner, err := hall.Hall.Owner(t.Context(), chattest.Console); owner != nil || err != nil {
		t.Fatal(owner, err)
	}
	token := issueSetup(t, hall)
	alice, bob := hall.Person("alice"), hall.Person("bob")
	for _, to := range []chat.Caller{alice, bob} {
		if _, err := hall.Hall.HandOver(t.Context(), chattest.Console, to.UserID, ""); err != nil {
			t.Fatal(err)
		}
		if owner, err := hall.Hall.Owner(t.Context(), chattest.Console); err != nil || owner.ID != to.UserID {
			t.Error(owner, err)
		}
	}
	_, err := hall.Hall.Claim(t.Context(), home, token, chat.NewAccount{Username: "owner", Password: password})
	expectKind(t, err, chat.InvalidToken) // a link that was given out before
	_, err = hall.Hall.Owner(t.Context(), alice)
	expectKind(t, err, chat.MissingPermission)
}

func TestOfTwoWhoHandTheHallOverAtOnceOneDoes(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	first := hall.Person("first")
	if _, err := hall.Hall.HandOver(t.Context(), chattest.Console, first.UserID, ""); err != nil {
		t.Fatal(err)
	}
	var heirs []chat.Caller
	for i := range 8 {
		heirs = append(heirs, hall.Person("heir"+strconv.Itoa(i)))
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	done := map[id.ID]bool{}
	for _, heir := range heirs {
		group.Go(func() {
			_, err := hall.Hall.HandOver(t.Context(), chattest.Console, heir.UserID, "")
			if err != nil {
				expectKind(t, err, chat.MissingPermission)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			done[heir.UserID] = true
		})
	}
	group.Wait()
	owner, err := hall.Hall.Owner(t.Context(), chattest.Console)
	if err != nil || !done[owner.ID] {
		t.Errorf("the owner is %+v, %v; handed over to %v", owner, err, done)
	}
	page, err := hall.Hall.Entries(t.Context(), chattest.Console, 0, 0)
	if err != nil || len(page.Entries) != len(done)+1 || page.Entries[0].TargetID != owner.ID {
		t.Errorf("the log is %+v, %v", page.Entries, err)
	}
}

func TestWhatThoseWhoRunTheHallDoIsKept(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	ctx := t.Context()
	owner, _ := claim(t, hall)
	admin := chattest.Console
	admin.Reason = "because"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	bob, err := hall.Users.Create(ctx, admin, chat.NewAccount{Username: "bob", Password: password})
	must(err)
	must(hall.Users.SetDisabled(ctx, admin, bob.ID, true))
	must(hall.Users.SetDisabled(ctx, admin, bob.ID, false))
	must(hall.Users.SetPassword(ctx, admin, bob.ID, "another password"))
	_, _, err = hall.Accounts.IssueReset(ctx, admin, bob.ID)
	must(err)
	_, err = hall.Accounts.Login(ctx, home, "bob", "another password")
	must(err)
	_, err = hall.Accounts.EndSessions(ctx, admin, bob.ID, nil)
	must(err)
	bot, _, err := hall.Bots.Create(ctx, admin, chat.NewBot{Name: "robot", OwnerID: bob.ID})
	must(err)
	_, err = hall.Bots.ResetToken(ctx, admin, bot.Bot.UserID)
	must(err)
	guild, err := hall.Guilds.Create(ctx, admin, chat.GuildDraft{Name: "Club", OwnerID: bob.ID})
	must(err)
	must(hall.Guilds.Delete(ctx, admin, guild.Guild.ID))
	must(hall.Users.Delete(ctx, admin, bob.ID))
	_, err = hall.Hall.Update(ctx, owner, chat.HallChange{Name: pointer("Club house")})
	must(err)
	_, err = hall.Hall.Update(ctx, owner, chat.HallChange{Name: pointer("Club house")}) // which changes nothing
	must(err)

	page, err := hall.Hall.Entries(ctx, owner, 0, 100)
	must(err)
	want := []store.HallEntry{
		{UserID: owner.UserID, Act: store.HallChanged, Details: map[string]string{"name": "Club house"}},
		{Act: store.HallUserDeleted, TargetID: bob.ID, Details: map[string]string{"username": "bob"}, Reason: "because"},
		{Act: store.HallGuildDeleted, TargetID: guild.Guild.ID, Details: map[string]string{"name": "Club"}, Reason: "because"},
		{Act: store.HallGuildCreated, TargetID: guild.Guild.ID, Details: map[string]string{"name": "Club", "owner_id": bob.ID.String()}, Reason: "because"},
		{Act: store.HallBotToken, TargetID: bot.Bot.UserID, Reason: "because"},
		{Act: store.HallBotCreated, TargetID: bot.Bot.UserID, Details: map[string]string{"username": "robot", "owner_id": bob.ID.String()}, Reason: "because"},
		{Act: store.HallUserRevoked, TargetID: bob.ID, Details: map[string]string{"count": "1"}, Reason: "because"},
		{Act: store.HallUserResetLink, TargetID: bob.ID, Reason: "because"},
		{Act: store.HallUserPassword, TargetID: bob.ID, Reason: "because"},
		{Act: store.HallUserEnabled, TargetID: bob.ID, Reason: "because"},
		{Act: store.HallUserDisabled, TargetID: bob.ID, Reason: "because"},
		{Act: store.HallUserCreated, TargetID: bob.ID, Details: map[string]string{"username": "bob"}, Reason: "because"},
		{UserID: owner.UserID, Act: store.HallClaimed, TargetID: owner.UserID},
	}
	if len(page.Entries) != len(want) {
		t.Fatalf("%d entries: %+v", len(page.Entries), page.Entries)
	}
	for i, entry := range page.Entries {
		got := entry
		got.ID = 0
		if got.UserID != want[i].UserID || got.Act != want[i].Act || got.TargetID != want[i].TargetID || got.Reason != want[i].Reason || !maps.Equal(got.Details, want[i].Details) {
			t.Errorf("entry %d is %+v, want %+v", i, got, want[i])
		}
	}
	if _, known := page.Users[owner.UserID]; !known || len(page.Users) != 1 {
		t.Errorf("the accounts are %+v", page.Users)
	}
	rest, err := hall.Hall.Entries(ctx, chattest.Console, page.Entries[10].ID, 1)
	if err != nil || len(rest.Entries) != 1 || rest.Entries[0].ID != page.Entries[11].ID {
		t.Errorf("the page is %+v, %v", rest.Entries, err)
	}
	_, err = hall.Hall.Entries(ctx, hall.Person("stranger"), 0, 0)
	expectKind(t, err, chat.MissingPermission)
	_, err = hall.Hall.Entries(ctx, owner, 0, 101)
	expectField(t, err, "limit")
}
