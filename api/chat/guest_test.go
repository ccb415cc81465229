package chat_test

import (
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// takesGuests opens a hall that takes guests, with a guild and an invite to it.
func takesGuests(t *testing.T) (hall *chattest.Hall, owner chat.Caller, guildID id.ID, code string) {
	t.Helper()
	hall, owner = openOwned(t, chattest.Options{Chat: chat.Options{NoRateLimits: true}})
	if _, err := hall.Hall.Update(t.Context(), owner, chat.HallChange{Guests: pointer(true)}); err != nil {
		t.Fatal(err)
	}
	view, err := hall.Guilds.Create(t.Context(), owner, chat.GuildDraft{Name: "The Hall"})
	if err != nil {
		t.Fatal(err)
	}
	invite, err := hall.Invites.CreateForGuild(t.Context(), owner, view.Guild.ID, chat.InviteDraft{})
	if err != nil {
		t.Fatal(err)
	}
	return hall, owner, view.Guild.ID, invite.Code
}

func enter(t *testing.T, hall *chattest.Hall, name, code string) (chat.TokenSet, chat.Caller) {
	t.Helper()
	set, err := hall.Accounts.Enter(t.Context(), home, name, code)
	if err != nil {
		t.Fatal(err)
	}
	return set, caller(t, hall, set)
}

func TestAGuestComesInByAnInviteWithNothingButAName(t *testing.T) {
	hall, owner, guildID, code := takesGuests(t)
	ctx := t.Context()
	set, guest := enter(t, hall, " Visitor ", code)
	if !guest.Guest || !set.User.Guest || set.User.GlobalName != "Visitor" || !strings.HasPrefix(set.User.Username, "guest_") || set.RefreshExpires.Sub(hall.Clock.Now()) != 14*24*time.Hour {
		t.Errorf("the guest is %+v until %v", set.User, set.RefreshExpires)
	}
	if _, err := hall.Guilds.Get(ctx, guest, guildID); err != nil {
		t.Errorf("the guest is no member: %v", err)
	}
	if _, err := hall.Accounts.Login(ctx, home, set.User.Username, ""); err == nil {
		t.Error("a guest signs in without a password")
	}
	for _, name := range []string{"", " ", strings.Repeat("x", 33), "x\u202ey"} {
		if _, err := hall.Accounts.Enter(ctx, home, name, code); chat.KindOf(err) != chat.Invalid {
			t.Errorf("%q: %v", name, err)
		}
	}
	_, err := hall.Accounts.Enter(ctx, home, "Visitor", "nonsense")
	expectKind(t, err, chat.UnknownInvite)
	if _, err := hall.Hall.Update(ctx, owner, chat.HallChange{Guests: pointer(false)}); err != nil {
		t.Fatal(err)
	}
	_, err = hall.Accounts.Enter(ctx, home, "Visitor", code)
	expectKind(t, err, chat.InvitesOnly)
	caller(t, hall, set) // who is in stays
}

func TestGuestsMayNotMakeWhatWouldOutliveThem(t *testing.T) {
	hall, owner, guildID, code := takesGuests(t)
	ctx := t.Context()
	_, guest := enter(t, hall, "Visitor", code)
	bob := account(t, hall, "bob")
	channels, err := hall.Guilds.Get(ctx, owner, guildID)
	if err != nil {
		t.Fatal(err)
	}
	var text id.ID
	for i := range channels.Channels {
		if channels.Channels[i].Type == store.ChannelText {
			text = channels.Channels[i].ID
		}
	}
	news, err := hall.Channels.Create(ctx, owner, guildID, chat.ChannelDraft{Name: "news", Type: store.ChannelAnnouncement})
	if err != nil {
		t.Fatal(err)
	}
	// It is no role that they lack.
	all := perm.All
	role, err := hall.Roles.Create(ctx, owner, guildID, chat.RoleDraft{Name: "everything", Permissions: &all})
	if err != nil {
		t.Fatal(err)
	}
	if err := hall.Members.AddRole(ctx, owner, guildID, guest.UserID, role.ID); err != nil {
		t.Fatal(err)
	}
	name := "x"
	for what, try := range map[string]func() error{
		"a server": func() error { _, err := hall.Guilds.Create(ctx, guest, chat.GuildDraft{Name: "Mine"}); return err },
		"a bot": func() error {
			_, _, err := hall.Bots.Create(ctx, guest, chat.NewBot{Name: "Robot", OwnerID: guest.UserID})
			return err
		},
		"a webhook": func() error {
			_, err := hall.Webhooks.Create(ctx, guest, text, chat.WebhookEdit{Name: &name})
			return err
		},
		"a channel that follows": func() error { _, err := hall.Announcements.Follow(ctx, guest, news.ID, text); return err },
		"an event hook":          func() error { _, err := hall.EventHooks.Create(ctx, guest, guildID, chat.EventHookEdit{}); return err },
		"a look at event hooks":  func() error { _, err := hall.EventHooks.List(ctx, guest, guildID); return err },
		"an invite":              func() error { _, err := hall.Invites.Create(ctx, guest, text, chat.InviteDraft{}); return err },
		"a friend":               func() error { return hall.Relationships.Ask(ctx, guest, bob.ID) },
		"a second factor": func() error {
			_, err := hall.Accounts.EnableTOTP(ctx, guest, chat.Proof{Password: "x"}, chattest.Secret, chattest.Code(t, chattest.Secret, hall.Clock.Now()))
			return err
		},
		"a passkey": func() error {
			_, err := hall.Accounts.BeginPasskey(ctx, guest, site, chat.Proof{Password: "x"})
			return err
		},
		"another user name": func() error {
			_, err := hall.Users.UpdateSelf(ctx, guest, chat.UserChange{Username: pointer("visitor"), CurrentPassword: pointer("x")})
			return err
		},
		"a password": func() error {
			_, err := hall.Users.UpdateSelf(ctx, guest, chat.UserChange{Password: pointer("another good one"), CurrentPassword: pointer("x")})
			return err
		},
		"a reset link":            func() error { _, _, err := hall.Accounts.IssueReset(ctx, chattest.Console, guest.UserID); return err },
		"the hall's own password": func() error { return hall.Users.SetPassword(ctx, chattest.Console, guest.UserID, "another good one") },
	} {
		if err := try(); chat.KindOf(err) != chat.MissingPermission || !strings.Contains(err.Error(), "uest") && !strings.Contains(err.Error(), "account of your own") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := hall.Channels.Create(ctx, guest, guildID, chat.ChannelDraft{Name: "theirs"}); err != nil {
		t.Errorf("what a role allows is refused: %v", err)
	}
	_, err = hall.Hall.HandOver(ctx, owner, guest.UserID, password)
	expectCode(t, err, "owner_id", "USER_GUEST")
	_, err = hall.Guilds.Update(ctx, owner, guildID, chat.GuildEdit{OwnerID: &guest.UserID})
	expectCode(t, err, "owner_id", "GUILD_OWNER_GUEST")
	if _, err := hall.Messages.Create(ctx, guest, text, chat.MessageDraft{Content: "hello"}); err != nil {
		t.Errorf("a guest cannot write: %v", err)
	}
	if _, err := hall.Users.UpdateSelf(ctx, guest, chat.UserChange{GlobalName: pointer("Somebody")}); err != nil {
		t.Errorf("a guest cannot choose another name to be seen: %v", err)
	}
}

func TestAGuestBecomesAnAccountWithAllThatTheyHave(t *testing.T) {
	hall, _, guildID, code := takesGuests(t)
	ctx := t.Context()
	set, guest := enter(t, hall, "Visitor", code)
	account(t, hall, "bob")
	_, err := hall.Accounts.Claim(ctx, guest, chat.NewAccount{Username: "bob", Password: password})
	expectCode(t, err, "username", "USERNAME_ALREADY_TAKEN")
	_, err = hall.Accounts.Claim(ctx, guest, chat.NewAccount{Username: "visitor", Password: "password"})
	expectCode(t, err, "password", "PASSWORD_TOO_COMMON")
	told := hall.Watch(event.UserSubject(guest.UserID))
	claimed, err := hall.Accounts.Claim(ctx, guest, chat.NewAccount{Username: "Ada_L", Password: password, Email: "ada@example.org"})
	if err != nil || claimed.ID != guest.UserID || claimed.Guest || claimed.Username != "ada_l" || claimed.GlobalName != "Visitor" || claimed.PasswordHash != "" {
		t.Fatalf("%+v, %v", claimed, err)
	}
	if updated := chattest.Next[event.UserUpdated](told); updated.User.Guest {
		t.Error("the devices are told that it is a guest")
	}
	now := caller(t, hall, set) // the login stays, and lasts as those of accounts do
	if now.Guest {
		t.Error("the login is a guest's")
	}
	if session, err := hall.Store.LoginSession(ctx, now.LoginSessionID); err != nil || session.ExpiresAt.Sub(session.RotatedAt) != 30*24*time.Hour {
		t.Errorf("the login is %+v, %v", session, err)
	}
	if _, err := hall.Guilds.Get(ctx, now, guildID); err != nil {
		t.Errorf("no member any more: %v", err)
	}
	if all := kinds(t, hall, guest.UserID); !strings.HasPrefix(all, "claimed") {
		t.Errorf("what happened is\n%s", all)
	}
	login(t, hall, "ada_l")
	_, err = hall.Accounts.Claim(ctx, now, chat.NewAccount{Username: "again", Password: password})
	expectKind(t, err, chat.MissingPermission)
	hall.Clock.Advance(20 * 24 * time.Hour)
	if err := chat.PruneGuests(ctx, hall.Users); err != nil {
		t.Fatal(err)
	}
	if _, err := hall.Store.User(ctx, guest.UserID); err != nil {
		t.Errorf("the account goes like a guest: %v", err)
	}
}

func TestGuestsWhoDoNotComeBackGo(t *testing.T) {
	hall, _, _, code := takesGuests(t)
	ctx := t.Context()
	set, stays := enter(t, hall, "Stays", code)
	_, leaves := enter(t, hall, "Leaves", code)
	if err := hall.Accounts.Logout(ctx, leaves); err != nil {
		t.Fatal(err)
	}
	gone := func(userID id.ID) bool {
		t.Helper()
		if err := chat.PruneGuests(ctx, hall.Users); err != nil {
			t.Fatal(err)
		}
		_, err := hall.Store.User(ctx, userID)
		return err != nil
	}
	hall.Clock.Advance(13 * 24 * time.Hour)
	if gone(stays.UserID) || gone(leaves.UserID) {
		t.Error("a guest goes before two weeks are over")
	}
	set, err := hall.Accounts.Refresh(ctx, home, set.RefreshToken, "")
	if err != nil {
		t.Fatal(err)
	}
	hall.Clock.Advance(2 * 24 * time.Hour)
	if gone(stays.UserID) || !gone(leaves.UserID) {
		t.Error("who came back goes, or who did not stays")
	}
	hall.Clock.Advance(13 * 24 * time.Hour)
	if !gone(stays.UserID) {
		t.Error("a guest stays for ever")
	}
	_, err = hall.Accounts.Refresh(ctx, home, set.RefreshToken, "")
	expectKind(t, err, chat.InvalidToken)
}
