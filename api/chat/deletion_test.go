package chat_test

import (
	"slices"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

func TestEverybodyIsToldThatAnAccountIsGone(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	ctx := t.Context()
	bob, friend, third := chat.Caller{UserID: account(t, hall, "bob").ID}, hall.Person("friend"), hall.Person("third")
	set := login(t, hall, "bob")
	guild := hall.Guild(owner)
	robot := hall.Bot("robot", bob)
	guild.Join(bob, friend, third, robot)
	for _, pair := range [][2]chat.Caller{{bob, friend}, {friend, bob}, {third, bob}} {
		if err := hall.Relationships.Ask(ctx, pair[0], pair[1].UserID); err != nil {
			t.Fatal(err)
		}
	}
	group, err := hall.Directs.CreateGroup(ctx, bob, []id.ID{friend.UserID, third.UserID})
	if err != nil {
		t.Fatal(err)
	}
	direct, err := hall.Directs.Open(ctx, friend, bob.UserID)
	if err != nil {
		t.Fatal(err)
	}
	if err := hall.Relationships.SetNote(ctx, friend, bob.UserID, "owes me"); err != nil {
		t.Fatal(err)
	}
	other := hall.Guild(third)
	if err := hall.Bans.Ban(ctx, third, other.ID, bob.UserID, 0); err != nil {
		t.Fatal(err)
	}
	bans := hall.Watch(event.GuildSubject(other.ID))
	inGuild, own, told, asked := hall.Watch(event.GuildSubject(guild.ID)), hall.Watch(event.UserSubject(bob.UserID)), hall.Watch(event.UserSubject(friend.UserID)), hall.Watch(event.UserSubject(third.UserID))

	expectCode(t, hall.Users.DeleteSelf(ctx, bob, chat.Proof{Password: "wrong password"}), "password", "PASSWORD_DOES_NOT_MATCH")
	expectKind(t, hall.Users.DeleteSelf(ctx, robot, chat.Proof{Password: password}), chat.BotsBarred)
	expectKind(t, hall.Users.Delete(ctx, owner, bob.UserID), chat.MissingPermission)
	if err := hall.Users.DeleteSelf(ctx, bob, chat.Proof{Password: password}); err != nil {
		t.Fatal(err)
	}
	if ended := chattest.Next[event.SessionsEnded](own); !ended.All {
		t.Errorf("the account's devices are told %+v", ended)
	}
	for _, userID := range []id.ID{bob.UserID, robot.UserID} {
		if removed := chattest.Next[event.MemberRemoved](inGuild); removed.User.ID != userID || removed.User.GlobalName != "Deleted User" || removed.User.Bot != (userID == robot.UserID) {
			t.Errorf("the server is told %+v", removed)
		}
	}
	if changed := chattest.Next[event.RelationshipChanged](told); changed.Relationship.Type != 0 || changed.Before != store.RelationshipFriend || changed.Other.ID != bob.UserID {
		t.Errorf("the friend is told %+v", changed)
	}
	if changed := chattest.Next[event.NoteChanged](told); changed.AboutID != bob.UserID || changed.Note != "" {
		t.Errorf("who had a note is told %+v", changed)
	}
	if lifted := chattest.Next[event.BanRemoved](bans); lifted.User.ID != bob.UserID || lifted.User.GlobalName != "Deleted User" {
		t.Errorf("who had banned the account is told %+v", lifted)
	}
	if shown := chattest.Next[event.DirectOpened](told); shown.Channel.ID != direct.ID || !shown.Known || len(shown.People) != 1 || shown.People[0].GlobalName != "Deleted User" {
		t.Errorf("the other in the conversation is told %+v", shown)
	}
	if removed := chattest.Next[event.RecipientRemoved](told); removed.ChannelID != group.ID || removed.Recipient.ID != bob.UserID {
		t.Errorf("the group is told %+v", removed)
	}
	if opened := chattest.Next[event.DirectOpened](told); opened.Channel.OwnerID != friend.UserID || !opened.Known {
		t.Errorf("the group's new owner is told as %+v", opened)
	}
	if changed := chattest.Next[event.RelationshipChanged](asked); changed.Before != store.RelationshipOutgoing || changed.Relationship.Type != 0 {
		t.Errorf("who asked is told %+v", changed)
	}

	_, err = hall.Accounts.Authenticate(ctx, "Bearer "+set.AccessToken)
	expectKind(t, err, chat.InvalidToken)
	_, err = hall.Accounts.Refresh(ctx, home, set.RefreshToken, "")
	expectKind(t, err, chat.InvalidToken)
	_, err = hall.Users.Get(ctx, owner, bob.UserID)
	expectKind(t, err, chat.UnknownUser)
	directs, err := hall.Directs.List(ctx, friend)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range directs {
		if one.ID == direct.ID && (len(one.People) != 1 || one.People[0].GlobalName != "Deleted User" || !strings.HasPrefix(one.People[0].Username, "deleted_user_")) {
			t.Errorf("the conversation is with %+v", one.People)
		}
		if one.ID == group.ID && slices.Contains(one.Recipients, bob.UserID) {
			t.Errorf("the group has %v", one.Recipients)
		}
	}
	_, err = hall.Messages.Create(ctx, friend, direct.ID, chat.MessageDraft{Content: "still there?"})
	expectKind(t, err, chat.CannotMessage)
}

func TestWhatMustHaveAnOwnerKeepsIt(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	ctx := t.Context()
	bob := chat.Caller{UserID: account(t, hall, "bob").ID}
	guild := hall.Guild(bob)
	guild.Join(owner)
	for _, attempt := range []error{hall.Users.DeleteSelf(ctx, owner, chat.Proof{Password: password}), hall.Users.Delete(ctx, chattest.Console, owner.UserID)} {
		expectKind(t, attempt, chat.OwnsGuilds)
	}
	err := hall.Users.DeleteSelf(ctx, bob, chat.Proof{Password: password})
	expectKind(t, err, chat.OwnsGuilds)
	if !strings.Contains(err.Error(), "Guild of "+bob.UserID.String()) {
		t.Errorf("it does not say which: %v", err)
	}
	if err := hall.Guilds.Delete(ctx, bob, guild.ID); err != nil {
		t.Fatal(err)
	}
	if err := hall.Users.Delete(ctx, chattest.Console, bob.UserID); err != nil {
		t.Error(err)
	}
	expectKind(t, hall.Users.Delete(ctx, chattest.Console, bob.UserID), chat.UnknownUser)
}
