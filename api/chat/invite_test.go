package chat_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
)

func TestAnInviteLetsPeopleIn(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := hall.Person("bob")
	events, own := hall.Watch(event.GuildSubject(guild.ID)), hall.Watch(event.UserSubject(bob.UserID))
	invite, err := hall.Invites.Create(t.Context(), guild.Owner, guild.General, chat.InviteDraft{})
	if err != nil {
		t.Fatal(err)
	}
	if len(invite.Code) != 8 || invite.MaxAge != 86400 || invite.MaxUses != 0 || invite.Guild.ID != guild.ID || invite.Channel.ID != guild.General || invite.Inviter == nil || invite.Inviter.Username != "alice" {
		t.Errorf("made %+v", invite)
	}
	if told := chattest.Next[event.InviteCreated](events); told.Invite.Code != invite.Code || told.Inviter == nil {
		t.Errorf("told %+v", told)
	}
	shown, err := hall.Invites.Get(t.Context(), invite.Code, true)
	if err != nil || shown.Guild.ID != guild.ID || shown.Counts == nil || shown.Counts.Members != 1 {
		t.Errorf("shown %+v, %v", shown, err)
	}
	accepted, isNew, err := hall.Invites.Accept(t.Context(), bob, invite.Code)
	if err != nil || !isNew || accepted.Uses != 1 || accepted.Counts.Members != 2 {
		t.Errorf("accepted %+v, new: %v, %v", accepted, isNew, err)
	}
	if told := chattest.Next[event.MemberAdded](events); told.User.Username != "bob" || told.Member.UserID != bob.UserID || !told.Member.JoinedAt.Equal(hall.Clock.Now()) {
		t.Errorf("told %+v", told)
	}
	if told := chattest.Next[event.GuildJoined](own); told.GuildID != guild.ID {
		t.Errorf("told %+v", told)
	}
	if again, isNew, err := hall.Invites.Accept(t.Context(), bob, invite.Code); err != nil || isNew || again.Uses != 1 {
		t.Errorf("accepted again: %+v, new: %v, %v", again, isNew, err)
	}
	if _, err := hall.Messages.Create(t.Context(), bob, guild.General, chat.MessageDraft{Content: "a"}); err != nil {
		t.Error(err)
	}
	_, _, err = hall.Invites.Accept(t.Context(), hall.Bot("bot", bob), invite.Code)
	expectKind(t, err, chat.BotsBarred)
}

func TestInvitesEnd(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	gone := func(code string) {
		t.Helper()
		_, err := hall.Invites.Get(t.Context(), code, false)
		expectKind(t, err, chat.UnknownInvite)
		_, _, err = hall.Invites.Accept(t.Context(), hall.Person("late"+code[:4]), code)
		expectKind(t, err, chat.UnknownInvite)
	}
	brief, err := hall.Invites.Create(t.Context(), guild.Owner, guild.General, chat.InviteDraft{MaxAge: pointer(60)})
	if err != nil {
		t.Fatal(err)
	}
	hall.Clock.Advance(time.Minute)
	gone(brief.Code)

	once, err := hall.Invites.Create(t.Context(), guild.Owner, guild.General, chat.InviteDraft{MaxUses: pointer(1)})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := hall.Invites.Accept(t.Context(), hall.Person("bob"), once.Code); err != nil {
		t.Fatal(err)
	}
	gone(once.Code)

	revoked, err := hall.Invites.Create(t.Context(), guild.Owner, guild.General, chat.InviteDraft{MaxAge: pointer(0)})
	if err != nil {
		t.Fatal(err)
	}
	events := hall.Watch(event.GuildSubject(guild.ID))
	if _, err := hall.Invites.Delete(t.Context(), guild.Owner, revoked.Code); err != nil {
		t.Fatal(err)
	}
	if told := chattest.Next[event.InviteDeleted](events); told.Code != revoked.Code {
		t.Errorf("told %+v", told)
	}
	gone(revoked.Code)
	gone("nothing-like-it")
}

func TestACountedInviteLetsInNoMoreThanItSays(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	invite, err := hall.Invites.Create(t.Context(), guild.Owner, guild.General, chat.InviteDraft{MaxUses: pointer(3)})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	var let atomic.Int64
	for i := range 10 {
		person := hall.Person("guest" + string(rune('a'+i)))
		group.Go(func() {
			if _, isNew, err := hall.Invites.Accept(t.Context(), person, invite.Code); err == nil && isNew {
				let.Add(1)
			} else if chat.KindOf(err) != chat.UnknownInvite {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if count, err := hall.Views.MemberCount(t.Context(), guild.ID); let.Load() != 3 || err != nil || count != 4 {
		t.Errorf("%d were let in, there are %d, %v", let.Load(), count, err)
	}
}

func TestAPersonComesInOnceHoweverOftenTheyKnock(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	invite, err := hall.Invites.Create(t.Context(), guild.Owner, guild.General, chat.InviteDraft{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		person := hall.Person("guest" + string(rune('a'+i)))
		var group sync.WaitGroup
		var let atomic.Int64
		for range 4 {
			group.Go(func() {
				if _, isNew, err := hall.Invites.Accept(t.Context(), person, invite.Code); err != nil {
					t.Error(err)
				} else if isNew {
					let.Add(1)
				}
			})
		}
		group.Wait()
		if let.Load() != 1 {
			t.Errorf("came in %d times", let.Load())
		}
	}
}

func TestInvitesThatAreRefused(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	create := func(draft chat.InviteDraft) error {
		_, err := hall.Invites.Create(t.Context(), guild.Owner, guild.General, draft)
		return err
	}
	expectField(t, create(chat.InviteDraft{MaxAge: pointer(604801)}), "max_age")
	expectField(t, create(chat.InviteDraft{MaxUses: pointer(101)}), "max_uses")
	_, err := hall.Invites.Create(t.Context(), guild.Owner, guild.Category, chat.InviteDraft{})
	expectKind(t, err, chat.WrongChannelType)
}

func TestAnInviteLikeItIsGivenAgain(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	create := func(draft chat.InviteDraft) string {
		invite, err := hall.Invites.Create(t.Context(), guild.Owner, guild.General, draft)
		if err != nil {
			t.Fatal(err)
		}
		return invite.Code
	}
	first := create(chat.InviteDraft{})
	if create(chat.InviteDraft{}) != first {
		t.Error("another code for the same settings")
	}
	if create(chat.InviteDraft{Unique: true}) == first {
		t.Error("the same code although a new one was asked for")
	}
	if create(chat.InviteDraft{MaxUses: pointer(5)}) == first {
		t.Error("the same code for other settings")
	}
}

func TestOneMayRevokeOnesOwnInvite(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, carol, keeper := guild.Member("bob"), guild.Member("carol"), guild.Member("keeper")
	invite, err := hall.Invites.Create(t.Context(), bob, guild.General, chat.InviteDraft{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = hall.Invites.Delete(t.Context(), carol, invite.Code)
	expectKind(t, err, chat.MissingPermission)
	_, err = hall.Invites.Delete(t.Context(), hall.Person("stranger"), invite.Code)
	expectKind(t, err, chat.UnknownInvite)
	if _, err := hall.Invites.Delete(t.Context(), bob, invite.Code); err != nil {
		t.Error(err)
	}
	invite, err = hall.Invites.Create(t.Context(), bob, guild.General, chat.InviteDraft{})
	if err != nil {
		t.Fatal(err)
	}
	guild.Overwrite(guild.General, keeper.UserID, store.OverwriteMember, perm.ManageChannels, 0)
	if _, err := hall.Invites.Delete(t.Context(), keeper, invite.Code); err != nil {
		t.Error(err)
	}
}

func TestTheInvitesOfAGuildAndOfAChannel(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	first, err := hall.Invites.Create(t.Context(), guild.Owner, guild.General, chat.InviteDraft{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hall.Invites.Create(t.Context(), guild.Owner, guild.Lounge, chat.InviteDraft{}); err != nil {
		t.Fatal(err)
	}
	if _, err := hall.Invites.Create(t.Context(), guild.Owner, guild.Lounge, chat.InviteDraft{MaxAge: pointer(1)}); err != nil {
		t.Fatal(err)
	}
	hall.Clock.Advance(time.Second)
	all, err := hall.Invites.GuildInvites(t.Context(), guild.Owner, guild.ID)
	if err != nil || len(all) != 2 {
		t.Errorf("the guild has %v, %v", all, err)
	}
	some, err := hall.Invites.ChannelInvites(t.Context(), guild.Owner, guild.General)
	if err != nil || len(some) != 1 || some[0].Code != first.Code {
		t.Errorf("the channel has %v, %v", some, err)
	}
	made, err := hall.Invites.CreateForGuild(t.Context(), chattest.Console, guild.ID, chat.InviteDraft{})
	if err != nil || made.ChannelID != guild.General || made.Inviter != nil {
		t.Errorf("the command line made %+v, %v", made, err)
	}
}

func TestAnInviteThatIsUsedUpIsToldToBeGone(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	invite, err := hall.Invites.Create(t.Context(), guild.Owner, guild.General, chat.InviteDraft{MaxUses: pointer(1)})
	if err != nil {
		t.Fatal(err)
	}
	watch := hall.Watch("guild.*")
	if _, _, err := hall.Invites.Accept(t.Context(), hall.Person("bob"), invite.Code); err != nil {
		t.Fatal(err)
	}
	if gone := chattest.Next[event.InviteDeleted](watch); gone.Code != invite.Code || gone.ChannelID != guild.General {
		t.Errorf("told is %+v", gone)
	}
}
