package chat_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

func TestWhoIsBannedIsOutAndStaysOut(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	moderator, bob := guild.Member("moderator"), guild.Member("bob")
	guild.Role("moderators", 5, perm.BanMembers, moderator)
	invite, err := hall.Invites.CreateForGuild(t.Context(), guild.Owner, guild.ID, chat.InviteDraft{})
	if err != nil {
		t.Fatal(err)
	}
	watch := hall.Watch("guild.*")
	moderator.Reason = "spam"
	if err := hall.Bans.Ban(t.Context(), moderator, guild.ID, bob.UserID, 0); err != nil {
		t.Fatal(err)
	}
	if banned := chattest.Next[event.BanAdded](watch); banned.User.ID != bob.UserID {
		t.Errorf("%+v is told", banned)
	}
	if gone := chattest.Next[event.MemberRemoved](watch); gone.User.ID != bob.UserID {
		t.Errorf("%+v is told", gone)
	}
	if entry := chattest.Next[event.AuditEntryAdded](watch).Entry; entry.Action != store.AuditBanAdd || entry.TargetID != bob.UserID || entry.UserID != moderator.UserID || entry.Reason != "spam" {
		t.Errorf("%+v is recorded", entry)
	}
	_, _, err = hall.Invites.Accept(t.Context(), bob, invite.Code)
	expectKind(t, err, chat.Banned)
	if err := hall.Bans.Ban(t.Context(), moderator, guild.ID, bob.UserID, 0); err != nil {
		t.Errorf("once more: %v", err)
	}
	ban, err := hall.Bans.Get(t.Context(), moderator, guild.ID, bob.UserID)
	if err != nil || ban.Reason != "spam" || ban.User.Username != "bob" {
		t.Errorf("the ban is %+v, %v", ban, err)
	}
	if err := hall.Bans.Unban(t.Context(), moderator, guild.ID, bob.UserID); err != nil {
		t.Fatal(err)
	}
	chattest.Next[event.BanRemoved](watch)
	expectKind(t, hall.Bans.Unban(t.Context(), moderator, guild.ID, bob.UserID), chat.UnknownBan)
	if _, _, err := hall.Invites.Accept(t.Context(), bob, invite.Code); err != nil {
		t.Error(err)
	}
}

func TestRankBoundsBans(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	moderator, peer, below, stranger := guild.Member("moderator"), guild.Member("peer"), guild.Member("below"), hall.Person("stranger")
	guild.Role("moderators", 5, perm.BanMembers, moderator, peer)
	for _, c := range []struct {
		by     chat.Caller
		target id.ID
		purge  time.Duration
		want   chat.Kind
	}{
		{moderator, guild.Owner.UserID, 0, chat.MissingPermission}, {moderator, peer.UserID, 0, chat.MissingPermission}, {moderator, moderator.UserID, 0, chat.Invalid},
		{moderator, 404, 0, chat.UnknownUser}, {below, stranger.UserID, 0, chat.MissingPermission}, {stranger, below.UserID, 0, chat.UnknownGuild},
		{moderator, below.UserID, -time.Second, chat.Invalid}, {moderator, below.UserID, 7*24*time.Hour + time.Second, chat.Invalid}, {chattest.Console, guild.Owner.UserID, 0, chat.MissingPermission},
	} {
		expectKind(t, hall.Bans.Ban(t.Context(), c.by, guild.ID, c.target, c.purge), c.want)
	}
	_, err := hall.Bans.List(t.Context(), below, guild.ID, chat.BanPage{})
	expectKind(t, err, chat.MissingPermission)
	_, err = hall.Bans.Get(t.Context(), below, guild.ID, stranger.UserID)
	expectKind(t, err, chat.MissingPermission)
	expectKind(t, hall.Bans.Unban(t.Context(), below, guild.ID, stranger.UserID), chat.MissingPermission)
	if err := hall.Bans.Ban(t.Context(), moderator, guild.ID, stranger.UserID, 0); err != nil {
		t.Error(err)
	}
}

func TestABanDeletesWhatWasWrittenLately(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	side := guild.Channel("side", store.ChannelText)
	write := func(by chat.Caller, channelID id.ID) id.ID {
		posted, err := hall.Messages.Create(t.Context(), by, channelID, chat.MessageDraft{Content: "hello"})
		if err != nil {
			t.Fatal(err)
		}
		return posted.Message.ID
	}
	old := write(bob, guild.General)
	hall.Clock.Advance(2 * time.Hour)
	write(bob, guild.General)
	others := write(guild.Owner, guild.General)
	write(bob, side)
	write(bob, side)
	watch := hall.Watch("guild.*")
	if err := hall.Bans.Ban(t.Context(), guild.Owner, guild.ID, bob.UserID, time.Hour); err != nil {
		t.Fatal(err)
	}
	counts := map[id.ID]int{}
	for range 2 {
		deleted := chattest.Next[event.MessagesDeleted](watch)
		counts[deleted.ChannelID] = len(deleted.MessageIDs)
	}
	if counts[guild.General] != 1 || counts[side] != 2 {
		t.Errorf("deleted %v", counts)
	}
	left, err := hall.Messages.List(t.Context(), guild.Owner, guild.General, store.MessagePage{})
	if err != nil || len(left) != 2 || left[0].Message.ID != others || left[1].Message.ID != old {
		t.Errorf("left are %+v, %v", left, err)
	}
}

func TestBanningSeveral(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	moderator, bob, cid := guild.Member("moderator"), guild.Member("bob"), hall.Person("cid")
	guild.Role("moderators", 5, perm.BanMembers|perm.ManageGuild, moderator)
	banned, failed, err := hall.Bans.Several(t.Context(), moderator, guild.ID, []id.ID{bob.UserID, cid.UserID, bob.UserID, guild.Owner.UserID, 404, moderator.UserID}, 0)
	if err != nil || !slices.Equal(banned, []id.ID{bob.UserID, cid.UserID}) || !slices.Equal(failed, []id.ID{guild.Owner.UserID, 404, moderator.UserID}) {
		t.Errorf("banned %v, not %v, %v", banned, failed, err)
	}
	_, _, err = hall.Bans.Several(t.Context(), moderator, guild.ID, []id.ID{bob.UserID}, 0)
	expectKind(t, err, chat.NoneBanned)
	_, _, err = hall.Bans.Several(t.Context(), moderator, guild.ID, nil, 0)
	expectKind(t, err, chat.Invalid)
	_, _, err = hall.Bans.Several(t.Context(), moderator, guild.ID, make([]id.ID, 201), 0)
	expectKind(t, err, chat.Invalid)
	list, err := hall.Bans.List(t.Context(), moderator, guild.ID, chat.BanPage{Limit: 1})
	if err != nil || len(list) != 1 || list[0].UserID != bob.UserID {
		t.Errorf("the first is %+v, %v", list, err)
	}
}

func TestBanningAndComingInAtOnceEndsOutside(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	invite, err := hall.Invites.CreateForGuild(t.Context(), guild.Owner, guild.ID, chat.InviteDraft{})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		bob := hall.Person("bob" + hall.IDs.Next().String())
		var both sync.WaitGroup
		both.Go(func() {
			if err := hall.Bans.Ban(t.Context(), guild.Owner, guild.ID, bob.UserID, 0); err != nil {
				t.Error(err)
			}
		})
		both.Go(func() {
			if _, _, err := hall.Invites.Accept(t.Context(), bob, invite.Code); err != nil && chat.KindOf(err) != chat.Banned {
				t.Error(err)
			}
		})
		both.Wait()
		_, err := hall.Members.Get(t.Context(), guild.Owner, guild.ID, bob.UserID)
		expectKind(t, err, chat.UnknownMember)
	}
}

func TestPruningTakesWhoIsGoneInAllButName(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bot := hall.Bot("robot", guild.Owner)
	guild.Join(bot)
	idle, holder, writer, connected, signedIn := guild.Member("idle"), guild.Member("holder"), guild.Member("writer"), guild.Member("connected"), guild.Member("signedin")
	role := guild.Role("regulars", 1, 0, holder)
	hall.Clock.Advance(10 * 24 * time.Hour)
	guild.Member("newcomer")
	if _, err := hall.Messages.Create(t.Context(), writer, guild.General, chat.MessageDraft{Content: "still here"}); err != nil {
		t.Fatal(err)
	}
	if err := hall.Presence.SessionOpened(t.Context(), connected, "s", chat.DeviceWeb, chat.PresenceUpdate{Status: "invisible"}); err != nil {
		t.Fatal(err)
	}
	err := hall.Store.CreateLoginSession(t.Context(), store.LoginSession{ID: hall.IDs.Next(), UserID: signedIn.UserID, Secret: make([]byte, 32), CreatedAt: hall.Clock.Now(), RotatedAt: hall.Clock.Now(), ExpiresAt: hall.Clock.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		prune chat.Prune
		want  int
	}{{chat.Prune{}, 1}, {chat.Prune{Days: 10}, 0}, {chat.Prune{Days: 9}, 1}, {chat.Prune{RoleIDs: []id.ID{role.ID}}, 2}} {
		if count, err := hall.Members.CountPrune(t.Context(), guild.Owner, guild.ID, c.prune); err != nil || count != c.want {
			t.Errorf("%+v takes %d, %v; want %d", c.prune, count, err, c.want)
		}
	}
	watch := hall.Watch("guild.*")
	if count, err := hall.Members.Prune(t.Context(), guild.Owner, guild.ID, chat.Prune{}); err != nil || count != 1 {
		t.Errorf("took %d, %v", count, err)
	}
	if gone := chattest.Next[event.MemberRemoved](watch); gone.User.ID != idle.UserID {
		t.Errorf("%+v went", gone)
	}
	if entry := chattest.Next[event.AuditEntryAdded](watch).Entry; entry.Action != store.AuditMemberPrune || entry.Options["members_removed"] != "1" || entry.Options["delete_member_days"] != "7" {
		t.Errorf("%+v is recorded", entry)
	}
	for _, days := range []int{-1, 31} {
		_, err := hall.Members.Prune(t.Context(), guild.Owner, guild.ID, chat.Prune{Days: days})
		expectKind(t, err, chat.Invalid)
	}
	_, err = hall.Members.Prune(t.Context(), writer, guild.ID, chat.Prune{})
	expectKind(t, err, chat.MissingPermission)
	_, err = hall.Members.Prune(t.Context(), guild.Owner, guild.ID, chat.Prune{RoleIDs: []id.ID{404}})
	expectKind(t, err, chat.UnknownRole)
}

func TestATemporaryMembershipEndsWithTheLastSession(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	role := guild.Role("regulars", 1, 0)
	invite, err := hall.Invites.CreateForGuild(t.Context(), guild.Owner, guild.ID, chat.InviteDraft{Temporary: true})
	if err != nil || !invite.Temporary {
		t.Fatal(invite, err)
	}
	visitor, kept := hall.Person("visitor"), hall.Person("kept")
	for _, person := range []chat.Caller{visitor, kept} {
		if _, _, err := hall.Invites.Accept(t.Context(), person, invite.Code); err != nil {
			t.Fatal(err)
		}
		for _, session := range []string{"one", "two"} {
			if err := hall.Presence.SessionOpened(t.Context(), person, session+person.UserID.String(), chat.DeviceWeb, chat.PresenceUpdate{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := hall.Members.AddRole(t.Context(), guild.Owner, guild.ID, kept.UserID, role.ID); err != nil {
		t.Fatal(err)
	}
	watch := hall.Watch("guild.*")
	for _, person := range []chat.Caller{kept, visitor} {
		for _, session := range []string{"one", "two"} {
			hall.Presence.SessionClosed(session + person.UserID.String())
		}
	}
	if gone := chattest.Next[event.MemberRemoved](watch); gone.User.ID != visitor.UserID {
		t.Errorf("%+v went", gone)
	}
	if _, err := hall.Members.Get(t.Context(), guild.Owner, guild.ID, kept.UserID); err != nil {
		t.Error(err)
	}
}

func TestWhoComesIsToldInTheSystemChannel(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	loud := 0
	if _, err := hall.Guilds.Update(t.Context(), guild.Owner, guild.ID, chat.GuildEdit{SystemChannelFlags: &loud}); err != nil {
		t.Fatal(err)
	}
	watch := hall.Watch("guild.*")
	bob := guild.Member("bob")
	told := chattest.Next[event.MessageCreated](watch)
	if told.Message.Type != store.MessageJoin || told.Message.AuthorID != bob.UserID || told.Message.ChannelID != guild.General || told.Member == nil {
		t.Errorf("told is %+v", told)
	}
	// A guild without such a channel says nothing, and lets people in all the same.
	if _, err := hall.Channels.Delete(t.Context(), guild.Owner, guild.General); err != nil {
		t.Fatal(err)
	}
	guild.Member("carol")
}
