package chat_test

import (
	"context"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// await gives a wait for the next event of a type about something.
func await[E event.Event](about func(E) bool) func(*chattest.Watcher) {
	return func(takenIn *chattest.Watcher) {
		for !about(chattest.Next[E](takenIn)) {
		}
	}
}

// whichever is about anything: the next one will do.
func whichever[E event.Event](E) bool { return true }

func TestWhatAnotherNodeEndsIsOverHere(t *testing.T) {
	ended := await(whichever[event.SessionsEnded])
	for name, test := range map[string]struct {
		// end ends bob's login on another node.
		end   func(ctx context.Context, there *chattest.Node, bob chat.Caller, set chat.TokenSet) error
		await func(*chattest.Watcher)
	}{
		"a logout": {func(ctx context.Context, there *chattest.Node, bob chat.Caller, _ chat.TokenSet) error {
			return there.Accounts.Logout(ctx, bob)
		}, ended},
		"a logout with the refresh token": {func(ctx context.Context, there *chattest.Node, _ chat.Caller, set chat.TokenSet) error {
			return there.Accounts.LogoutRefresh(ctx, set.RefreshToken)
		}, ended},
		"a login that is revoked": {func(ctx context.Context, there *chattest.Node, bob chat.Caller, set chat.TokenSet) error {
			return there.Accounts.RevokeSessions(ctx, bob, []id.ID{set.SessionID})
		}, ended},
		"a refresh token used twice": {func(ctx context.Context, there *chattest.Node, _ chat.Caller, set chat.TokenSet) error {
			_, err := there.Accounts.Refresh(ctx, home, set.RefreshToken, "")
			if _, again := there.Accounts.Refresh(ctx, home, set.RefreshToken, ""); chat.KindOf(again) != chat.InvalidToken {
				return again
			}
			return err
		}, ended},
		"another password": {func(ctx context.Context, there *chattest.Node, bob chat.Caller, _ chat.TokenSet) error {
			return there.Users.SetPassword(ctx, chattest.Console, bob.UserID, "another good password")
		}, ended},
		"a disabled account": {func(ctx context.Context, there *chattest.Node, bob chat.Caller, _ chat.TokenSet) error {
			return there.Users.SetDisabled(ctx, chattest.Console, bob.UserID, true)
		}, ended},
	} {
		t.Run(name, func(t *testing.T) {
			here := chattest.Open(t, chattest.Options{})
			there := here.Node()
			account(t, here, "bob")
			set := login(t, here, "bob")
			bob := caller(t, here, set) // from now on it is remembered
			takenIn := here.TakenIn()
			if err := test.end(t.Context(), there, bob, set); err != nil {
				t.Fatal(err)
			}
			test.await(takenIn)
			expectRefused(t, here, set)
		})
	}
}

func TestTheHallThatAnotherNodeHandsOverIsTheNewOwnersHere(t *testing.T) {
	here := chattest.Open(t, chattest.Options{})
	there := here.Node()
	owner, set := claim(t, here)
	bob := account(t, here, "bob")
	bobs := login(t, here, "bob")
	if caller(t, here, bobs).HallOwner || !caller(t, here, set).HallOwner { // from now on it is remembered
		t.Fatal("the hall is not its owner's")
	}
	takenIn := here.TakenIn()
	if _, err := there.Hall.HandOver(t.Context(), owner, bob.ID, password); err != nil {
		t.Fatal(err)
	}
	chattest.Next[event.HallUpdated](takenIn)
	if !caller(t, here, bobs).HallOwner || caller(t, here, set).HallOwner {
		t.Error("this node takes the old owner for the owner")
	}
}

func TestABotTokenThatAnotherNodeReplacedIsWorthNothingHere(t *testing.T) {
	here, owner := openOwned(t, chattest.Options{})
	there := here.Node()
	application, token, err := here.Bots.Create(t.Context(), owner, chat.NewBot{Name: "bot", OwnerID: owner.UserID})
	if err != nil {
		t.Fatal(err)
	}
	botID := application.Bot.UserID
	if _, err := here.Accounts.Authenticate(t.Context(), "Bot "+token); err != nil {
		t.Fatal(err)
	}
	takenIn := here.TakenIn()
	next, err := there.Bots.ResetToken(t.Context(), owner, botID)
	if err != nil {
		t.Fatal(err)
	}
	await(whichever[event.SessionsEnded])(takenIn)
	_, err = here.Accounts.Authenticate(t.Context(), "Bot "+token)
	expectKind(t, err, chat.InvalidToken)
	if _, err := here.Accounts.Authenticate(t.Context(), "Bot "+next); err != nil {
		t.Error(err)
	}
}

// change is something that another node does to a guild, and that decides whether bob may post in its channel "club".
type change struct {
	name string
	do   func(ctx context.Context, there *chattest.Node, w *club) error
	// await waits until it is taken in.
	await func(*chattest.Watcher)
	// want is what posting fails with from then on; zero when it does not.
	want chat.Kind
}

// club is a guild in which bob may see and post in a channel because of a role.
type club struct {
	guild   *chattest.Guild
	bob     chat.Caller
	role    store.Role
	channel id.ID
}

func openClub(t *testing.T) (*chattest.Hall, *club) {
	t.Helper()
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	w := &club{guild: guild, bob: guild.Member("bob")}
	guild.Everyone(0)
	w.role = guild.Role("members of the club", 1, perm.ViewChannel|perm.SendMessages, w.bob)
	w.channel = guild.Channel("club", store.ChannelText)
	return hall, w
}

func (w *club) post(ctx context.Context, messages *chat.Messages) error {
	_, err := messages.Create(ctx, w.bob, w.channel, chat.MessageDraft{Content: "hello"})
	return err
}

var changes = []change{
	{"a member is removed", func(ctx context.Context, there *chattest.Node, w *club) error {
		return there.Members.Kick(ctx, w.guild.Owner, w.guild.ID, w.bob.UserID)
	}, await(whichever[event.MemberRemoved]), chat.UnknownChannel},
	{"a member leaves", func(ctx context.Context, there *chattest.Node, w *club) error {
		return there.Guilds.Leave(ctx, w.bob, w.guild.ID)
	}, await(whichever[event.MemberRemoved]), chat.UnknownChannel},
	{"a role is taken away", func(ctx context.Context, there *chattest.Node, w *club) error {
		return there.Members.RemoveRole(ctx, w.guild.Owner, w.guild.ID, w.bob.UserID, w.role.ID)
	}, await(whichever[event.MemberUpdated]), chat.MissingAccess},
	{"a role loses a permission", func(ctx context.Context, there *chattest.Node, w *club) error {
		_, err := there.Roles.Update(ctx, w.guild.Owner, w.guild.ID, w.role.ID, chat.RoleEdit{Permissions: pointer(perm.ViewChannel)})
		return err
	}, await(whichever[event.RoleUpdated]), chat.MissingPermission},
	{"a role is deleted", func(ctx context.Context, there *chattest.Node, w *club) error {
		return there.Roles.Delete(ctx, w.guild.Owner, w.guild.ID, w.role.ID)
	}, await(whichever[event.RoleDeleted]), chat.MissingAccess},
	{"a channel denies", func(ctx context.Context, there *chattest.Node, w *club) error {
		return there.Channels.SetOverwrite(ctx, w.guild.Owner, w.channel, store.PermissionOverwrite{TargetID: w.bob.UserID, Type: store.OverwriteMember, Deny: uint64(perm.SendMessages)})
	}, await(whichever[event.ChannelUpdated]), chat.MissingPermission},
	{"a channel is deleted", func(ctx context.Context, there *chattest.Node, w *club) error {
		_, err := there.Channels.Delete(ctx, w.guild.Owner, w.channel)
		return err
	}, await(whichever[event.ChannelDeleted]), chat.UnknownChannel},
	{"a guild is deleted", func(ctx context.Context, there *chattest.Node, w *club) error {
		return there.Guilds.Delete(ctx, w.guild.Owner, w.guild.ID)
	}, await(whichever[event.GuildDeleted]), chat.UnknownChannel},
	{"a member is timed out", func(ctx context.Context, there *chattest.Node, w *club) error {
		until := chattest.NewClock().Now().AddDate(0, 0, 1)
		_, err := there.Members.Update(ctx, w.guild.Owner, w.guild.ID, w.bob.UserID, chat.MemberEdit{TimedOutUntil: &until})
		return err
	}, await(whichever[event.MemberUpdated]), chat.MissingPermission},
	{"a member comes to have a name that a rule forbids", func(ctx context.Context, there *chattest.Node, w *club) error {
		rule := store.AutoModRule{GuildID: w.guild.ID, Name: "Names", Trigger: store.AutoModMemberProfile, Keywords: []string{"tomato"}, Enabled: true, Actions: []store.AutoModAction{{Type: store.AutoModQuarantine}}}
		if _, err := there.AutoMod.Create(ctx, w.guild.Owner, rule); err != nil {
			return err
		}
		_, err := there.Members.Update(ctx, w.guild.Owner, w.guild.ID, w.bob.UserID, chat.MemberEdit{Nick: pointer("tomato")})
		return err
	}, await(whichever[event.MemberUpdated]), chat.MissingPermission},
	{"a guild changes hands", func(ctx context.Context, there *chattest.Node, w *club) error {
		if _, err := there.Guilds.Update(ctx, w.guild.Owner, w.guild.ID, chat.GuildEdit{OwnerID: &w.bob.UserID}); err != nil {
			return err
		}
		return there.Roles.Delete(ctx, w.bob, w.guild.ID, w.role.ID) // which the owner does not need
	}, await(whichever[event.RoleDeleted]), 0},
}

func TestWhatAnotherNodeChangesInAGuildHoldsHere(t *testing.T) {
	for _, change := range changes {
		t.Run(change.name, func(t *testing.T) {
			here, w := openClub(t)
			there := here.Node()
			if err := w.post(t.Context(), here.Messages); err != nil { // from now on it is remembered
				t.Fatal(err)
			}
			takenIn := here.TakenIn()
			if err := change.do(t.Context(), there, w); err != nil {
				t.Fatal(err)
			}
			change.await(takenIn)
			switch err := w.post(t.Context(), here.Messages); {
			case change.want != 0:
				expectKind(t, err, change.want)
			case err != nil:
				t.Error(err)
			}
		})
	}
}

// Whoever fell behind the bus is told so, and believes nothing any more that it remembered.
func TestANodeThatMissedEventsReadsAnew(t *testing.T) {
	for _, change := range changes {
		t.Run(change.name, func(t *testing.T) {
			hall, w := openClub(t)
			here, there := hall.Node(), hall.Node()
			if err := w.post(t.Context(), here.Messages); err != nil {
				t.Fatal(err)
			}
			here.Deafen()
			missed := here.TakenIn()
			if err := change.do(t.Context(), there, w); err != nil {
				t.Fatal(err)
			}
			change.await(missed)
			here.CatchUp()
			switch err := w.post(t.Context(), here.Messages); {
			case change.want != 0:
				expectKind(t, err, change.want)
			case err != nil:
				t.Error(err)
			}
		})
	}
}

func TestALoginThatEndedWhileEventsWereMissedIsOver(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	here, there := hall.Node(), hall.Node()
	account(t, hall, "bob")
	set := login(t, hall, "bob")
	bob, err := here.Accounts.Authenticate(t.Context(), "Bearer "+set.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	here.Deafen()
	missed := here.TakenIn()
	if err := there.Accounts.Logout(t.Context(), bob); err != nil {
		t.Fatal(err)
	}
	await(whichever[event.SessionsEnded])(missed)
	here.CatchUp()
	_, err = here.Accounts.Authenticate(t.Context(), "Bearer "+set.AccessToken)
	expectKind(t, err, chat.InvalidToken)
}

func TestWhoWasRemovedWhileEventsWereMissedIsOutOfVoiceAndNotCounted(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	here, there := hall.Node(), hall.Node()
	guild := hall.Guild(hall.Person("alice"))
	bob, carol, dave := guild.Member("bob"), guild.Member("carol"), guild.Member("dave")
	takenIn := here.TakenIn()
	for _, caller := range []chat.Caller{bob, carol} {
		if err := here.Voice.UpdateState(t.Context(), caller, chat.VoiceUpdate{SessionID: "tab", GuildID: guild.ID, ChannelID: guild.Lounge}); err != nil {
			t.Fatal(err)
		}
		if err := here.Presence.SessionOpened(t.Context(), caller, "session of "+caller.UserID.String(), chat.DeviceWeb, chat.PresenceUpdate{}); err != nil {
			t.Fatal(err)
		}
		await(func(e event.PresenceChanged) bool { return e.UserID == caller.UserID })(takenIn)
	}
	timers := &alarms{}
	chat.SetTimer(there.Presence, timers.start)
	if err := there.Presence.SessionOpened(t.Context(), dave, "dave's", chat.DeviceWeb, chat.PresenceUpdate{}); err != nil {
		t.Fatal(err)
	}
	await(func(e event.PresenceChanged) bool { return e.UserID == dave.UserID })(takenIn)
	if online := here.Presence.CountOnline(guild.ID); online != 3 {
		t.Fatalf("%d are online", online)
	}
	here.Deafen()
	missed := here.TakenIn()
	there.Presence.SessionClosed("dave's")
	timers.pass(closedGrace)
	if err := there.Members.Kick(t.Context(), guild.Owner, guild.ID, bob.UserID); err != nil {
		t.Fatal(err)
	}
	await(whichever[event.MemberRemoved])(missed)
	here.CatchUp()
	if states, err := here.Voice.States(t.Context(), guild.ID); err != nil || len(states) != 1 || states[0].UserID != carol.UserID {
		t.Errorf("in voice are %+v, %v", states, err)
	}
	if online := here.Presence.Guild(guild.ID, 0); len(online) != 1 || online[0].UserID != carol.UserID || here.Presence.CountOnline(guild.ID) != 1 {
		t.Errorf("online are %+v", online)
	}
	if shown := here.Presence.Users([]id.ID{bob.UserID, dave.UserID}); len(shown) != 1 || shown[0].UserID != bob.UserID {
		t.Errorf("shown are %+v", shown)
	}
}

func TestWhatAnotherNodeAllowsHoldsHere(t *testing.T) {
	here, w := openClub(t)
	there := here.Node()
	carol := here.Person("carol")
	post := func() error {
		_, err := here.Messages.Create(t.Context(), carol, w.channel, chat.MessageDraft{Content: "hello"})
		return err
	}
	expectKind(t, post(), chat.UnknownChannel) // from now on it is remembered that she is nobody here
	takenIn := here.TakenIn()
	invite, err := there.Invites.CreateForGuild(t.Context(), w.guild.Owner, w.guild.ID, chat.InviteDraft{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := there.Invites.Accept(t.Context(), carol, invite.Code); err != nil {
		t.Fatal(err)
	}
	await(whichever[event.MemberAdded])(takenIn)
	expectKind(t, post(), chat.MissingAccess)
	if err := there.Members.AddRole(t.Context(), w.guild.Owner, w.guild.ID, carol.UserID, w.role.ID); err != nil {
		t.Fatal(err)
	}
	await(whichever[event.MemberUpdated])(takenIn)
	if err := post(); err != nil {
		t.Error(err)
	}
	if _, err := there.Users.UpdateSelf(t.Context(), carol, chat.UserChange{GlobalName: pointer("Carol of the Club")}); err != nil {
		t.Fatal(err)
	}
	await(whichever[event.UserUpdated])(takenIn)
	if user, err := here.Users.Get(t.Context(), w.bob, carol.UserID); err != nil || user.GlobalName != "Carol of the Club" {
		t.Errorf("she is %+v, %v", user, err)
	}
}
