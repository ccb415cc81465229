package chat_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store/event"
	"guildhall/store/id"
)

func TestANewNameIsToldToOnesDevicesAndServers(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	bob := account(t, hall, "bob")
	me := chat.Caller{UserID: bob.ID}
	one, two := hall.Guild(owner), hall.Guild(owner)
	one.Join(me)
	two.Join(me)
	if _, err := hall.Members.UpdateSelf(t.Context(), me, one.ID, chat.SelfEdit{Nick: pointer("Bobby")}); err != nil {
		t.Fatal(err)
	}
	devices, guilds := hall.Watch(event.UserSubject(bob.ID)), map[id.ID]*chattest.Watcher{one.ID: hall.Watch(event.GuildSubject(one.ID)), two.ID: hall.Watch(event.GuildSubject(two.ID))}

	changed, err := hall.Users.UpdateSelf(t.Context(), me, chat.UserChange{GlobalName: pointer(" Robert ")})
	if err != nil || changed.GlobalName != "Robert" || changed.PasswordHash != "" {
		t.Fatalf("is %+v, %v", changed, err)
	}
	if told := chattest.Next[event.UserUpdated](devices); told.User.GlobalName != "Robert" || told.User.Email != "bob@example.org" || told.User.PasswordHash != "" {
		t.Errorf("the devices were told of %+v", told)
	}
	for guildID, events := range guilds {
		told := chattest.Next[event.MemberUpdated](events)
		if told.User.GlobalName != "Robert" || told.User.Email != "" || told.User.PasswordHash != "" || told.Member.UserID != bob.ID || told.Member.GuildID != guildID ||
			(told.Member.Nick == "Bobby") != (guildID == one.ID) {
			t.Errorf("guild %v was told of %+v", guildID, told)
		}
	}
	if seen, err := hall.Users.Get(t.Context(), owner, bob.ID); err != nil || seen.GlobalName != "Robert" {
		t.Errorf("others see %+v, %v", seen, err)
	}
	if changed, err = hall.Users.UpdateSelf(t.Context(), me, chat.UserChange{GlobalName: pointer("")}); err != nil || changed.GlobalName != "" {
		t.Errorf("taken away: %+v, %v", changed, err)
	}
}

func TestServersAreNotToldOfWhatTheyDoNotSee(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	bob := account(t, hall, "bob")
	me := chat.Caller{UserID: bob.ID}
	guild := hall.Guild(owner)
	guild.Join(me)
	events := hall.Watch(event.GuildSubject(guild.ID))
	if _, err := hall.Users.UpdateSelf(t.Context(), me, chat.UserChange{Email: pointer("new@example.org"), CurrentPassword: pointer(password)}); err != nil {
		t.Fatal(err)
	}
	if _, err := hall.Users.UpdateSelf(t.Context(), me, chat.UserChange{GlobalName: pointer("Robert")}); err != nil {
		t.Fatal(err)
	}
	if told := chattest.Next[event.MemberUpdated](events); told.User.GlobalName != "Robert" {
		t.Errorf("the first that the server was told is %+v", told)
	}
}

func TestWhatTouchesTheLoginNeedsTheCurrentPassword(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	bob := account(t, hall, "bob")
	me := chat.Caller{UserID: bob.ID}
	for name, change := range map[string]chat.UserChange{
		"username": {Username: pointer("robert")}, "email": {Email: pointer("robert@example.org")}, "no email": {Email: pointer("")}, "password": {Password: pointer("another password")},
	} {
		_, err := hall.Users.UpdateSelf(t.Context(), me, change)
		expectCode(t, err, "current_password", "BASE_TYPE_REQUIRED")
		change.CurrentPassword = pointer("wrong password")
		_, err = hall.Users.UpdateSelf(t.Context(), me, change)
		expectCode(t, err, "current_password", "PASSWORD_DOES_NOT_MATCH")
		if t.Failed() {
			t.Fatal(name)
		}
	}
	same := chat.UserChange{Username: pointer("Bob"), Email: pointer("BOB@example.org")}
	if user, err := hall.Users.UpdateSelf(t.Context(), me, same); err != nil || user.Username != "bob" {
		t.Errorf("what is already so: %+v, %v", user, err)
	}
	change := chat.UserChange{Username: pointer("robert"), Email: pointer(""), CurrentPassword: pointer(password)}
	if user, err := hall.Users.UpdateSelf(t.Context(), me, change); err != nil || user.Username != "robert" || user.Email != "" {
		t.Errorf("with the password: %+v, %v", user, err)
	}
	login(t, hall, "robert")
	_, err := hall.Users.UpdateSelf(t.Context(), me, chat.UserChange{Username: pointer("owner"), CurrentPassword: pointer(password)})
	expectCode(t, err, "username", "USERNAME_ALREADY_TAKEN")
	for range 10 {
		_, err = hall.Users.UpdateSelf(t.Context(), me, chat.UserChange{Username: pointer("bobby"), CurrentPassword: pointer("wrong password")})
	}
	expectKind(t, err, chat.RateLimited)
}

func TestANewPasswordEndsTheOtherLogins(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{})
	bob := account(t, hall, "bob")
	mine, others := login(t, hall, "bob"), login(t, hall, "bob")
	told := hall.Watch(event.UserSubject(bob.ID))
	const fresh = "another password"
	if _, err := hall.Users.UpdateSelf(t.Context(), caller(t, hall, mine), chat.UserChange{Password: pointer(fresh), CurrentPassword: pointer(password)}); err != nil {
		t.Fatal(err)
	}
	if ended := chattest.Next[event.SessionsEnded](told); len(ended.LoginSessionIDs) != 1 || ended.LoginSessionIDs[0] != others.SessionID {
		t.Errorf("told of %+v", ended)
	}
	caller(t, hall, mine)
	expectRefused(t, hall, others)
	_, err := hall.Accounts.Login(t.Context(), home, "bob", password)
	expectCode(t, err, "password", "INVALID_LOGIN")
	if _, err := hall.Accounts.Login(t.Context(), home, "bob", fresh); err != nil {
		t.Error(err)
	}

	if err := hall.Users.SetPassword(t.Context(), chattest.Console, bob.ID, password); err != nil {
		t.Fatal(err)
	}
	expectRefused(t, hall, mine)
	login(t, hall, "bob")
}

func TestWhatCannotBeChangedIsRefused(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	bot := hall.Bot("helper", owner)
	for name, test := range map[string]struct {
		caller chat.Caller
		change chat.UserChange
		kind   chat.Kind
	}{
		"a picture":         {owner, chat.UserChange{Avatar: new("data:,x")}, chat.Invalid},
		"a banner":          {owner, chat.UserChange{Banner: new("https://example.org/a.png")}, chat.Invalid},
		"a bot's password":  {bot, chat.UserChange{Password: pointer(password)}, chat.BotsBarred},
		"a bot's address":   {bot, chat.UserChange{Email: pointer("a@b")}, chat.BotsBarred},
		"a wrong name":      {owner, chat.UserChange{Username: pointer("no spaces")}, chat.Invalid},
		"a bot's bad name":  {bot, chat.UserChange{Username: pointer("a")}, chat.Invalid},
		"a short password":  {owner, chat.UserChange{Password: pointer("short"), CurrentPassword: pointer(password)}, chat.Invalid},
		"nobody":            {chat.Caller{UserID: 1}, chat.UserChange{}, chat.UnknownUser},
		"a long other name": {owner, chat.UserChange{GlobalName: pointer(strings.Repeat("a", 33))}, chat.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := hall.Users.UpdateSelf(t.Context(), test.caller, test.change)
			expectKind(t, err, test.kind)
		})
	}
	if user, err := hall.Users.UpdateSelf(t.Context(), bot, chat.UserChange{Username: pointer("Helping Hand")}); err != nil || user.Username != "Helping Hand" {
		t.Errorf("a bot's name: %+v, %v", user, err)
	}
}

func TestEverybodySeesEverybodyButNotTheirAddress(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	bob := account(t, hall, "bob")
	for name, test := range map[string]struct {
		caller chat.Caller
		email  string
	}{
		"another": {owner, ""}, "a bot": {hall.Bot("helper", owner), ""}, "oneself": {chat.Caller{UserID: bob.ID}, "bob@example.org"}, "the command line": {chattest.Console, "bob@example.org"},
	} {
		if user, err := hall.Users.Get(t.Context(), test.caller, bob.ID); err != nil || user.Username != "bob" || user.Email != test.email || user.PasswordHash != "" {
			t.Errorf("%s sees %+v, %v", name, user, err)
		}
	}
	if user, err := hall.Users.Self(t.Context(), chat.Caller{UserID: bob.ID}); err != nil || user.Email != "bob@example.org" || user.PasswordHash != "" {
		t.Errorf("oneself is %+v, %v", user, err)
	}
	_, err := hall.Users.Get(t.Context(), owner, 1)
	expectKind(t, err, chat.UnknownUser)
}

func TestAccountsAreLookedAfterFromTheCommandLineOnly(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	bot := hall.Bot("helper", owner)
	_, err := hall.Users.Create(t.Context(), owner, chat.NewAccount{Username: "bob", Password: password})
	expectKind(t, err, chat.MissingPermission)
	_, err = hall.Users.List(t.Context(), owner, 0, 10)
	expectKind(t, err, chat.MissingPermission)
	_, err = hall.Users.ByLogin(t.Context(), owner, "owner")
	expectKind(t, err, chat.MissingPermission)
	expectKind(t, hall.Users.SetPassword(t.Context(), owner, owner.UserID, password), chat.MissingPermission)
	expectKind(t, hall.Users.SetDisabled(t.Context(), owner, bot.UserID, true), chat.MissingPermission)

	expectKind(t, hall.Users.SetPassword(t.Context(), chattest.Console, 1, password), chat.UnknownUser)
	expectKind(t, hall.Users.SetPassword(t.Context(), chattest.Console, bot.UserID, password), chat.BotsBarred)
	expectField(t, hall.Users.SetPassword(t.Context(), chattest.Console, owner.UserID, "short"), "password")
	expectKind(t, hall.Users.SetDisabled(t.Context(), chattest.Console, 1, true), chat.UnknownUser)

	users, err := hall.Users.List(t.Context(), chattest.Console, 0, 10)
	if err != nil || len(users) != 2 || users[0].ID != owner.UserID || users[1].ID != bot.UserID || users[0].PasswordHash != "" {
		t.Errorf("the list is %+v, %v", users, err)
	}
	if users, err = hall.Users.List(t.Context(), chattest.Console, owner.UserID, 10); err != nil || len(users) != 1 {
		t.Errorf("after the first there are %+v, %v", users, err)
	}
	for _, limit := range []int{0, -1, 1001} {
		_, err = hall.Users.List(t.Context(), chattest.Console, 0, limit)
		expectField(t, err, "limit")
	}
	for _, login := range []string{"owner", " OWNER", owner.UserID.String()} {
		if user, err := hall.Users.ByLogin(t.Context(), chattest.Console, login); err != nil || user.ID != owner.UserID || user.PasswordHash != "" {
			t.Errorf("%q is %+v, %v", login, user, err)
		}
	}
	_, err = hall.Users.ByLogin(t.Context(), chattest.Console, "nobody")
	expectKind(t, err, chat.UnknownUser)
}

// The last event that tells of an account tells what is stored, however many changes came at once.
func TestChangesOfAnAccountAreToldInTheirOrder(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	guild := hall.Guild(owner)
	devices, events := hall.Watch(event.UserSubject(owner.UserID)), hall.Watch(event.GuildSubject(guild.ID))
	const changes = 32
	var group sync.WaitGroup
	for i := range changes {
		group.Go(func() {
			if _, err := hall.Users.UpdateSelf(t.Context(), owner, chat.UserChange{GlobalName: pointer(fmt.Sprint("name ", i))}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	var device event.UserUpdated
	var member event.MemberUpdated
	for range changes {
		device, member = chattest.Next[event.UserUpdated](devices), chattest.Next[event.MemberUpdated](events)
	}
	stored, err := hall.Users.Get(t.Context(), hall.Person("bob"), owner.UserID)
	if err != nil || device.User.GlobalName != stored.GlobalName || member.User.GlobalName != stored.GlobalName {
		t.Errorf("stored is %q, told were %q and %q, %v", stored.GlobalName, device.User.GlobalName, member.User.GlobalName, err)
	}
}
