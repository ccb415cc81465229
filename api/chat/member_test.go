package chat_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store/event"
	"guildhall/store/id"
)

func TestRankBoundsWhatOneDoesToMembers(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	moderator, peer, below := guild.Member("moderator"), guild.Member("peer"), guild.Member("below")
	guild.Role("moderators", 5, perm.KickMembers|perm.ManageNicknames|perm.ModerateMembers|perm.MuteMembers, moderator, peer)
	until := hall.Clock.Now().Add(time.Hour)
	for _, target := range []chat.Caller{guild.Owner, peer} {
		for _, edit := range []chat.MemberEdit{{Nick: pointer("a")}, {TimedOutUntil: &until}} {
			_, err := hall.Members.Update(t.Context(), moderator, guild.ID, target.UserID, edit)
			expectKind(t, err, chat.MissingPermission)
		}
		expectKind(t, hall.Members.Kick(t.Context(), moderator, guild.ID, target.UserID), chat.MissingPermission)
	}
	expectKind(t, hall.Members.Kick(t.Context(), moderator, guild.ID, moderator.UserID), chat.MissingPermission)
	expectKind(t, hall.Members.Kick(t.Context(), guild.Owner, guild.ID, guild.Owner.UserID), chat.MissingPermission)
	expectKind(t, hall.Members.Kick(t.Context(), chattest.Console, guild.ID, guild.Owner.UserID), chat.MissingPermission)
	expectKind(t, hall.Members.Kick(t.Context(), moderator, guild.ID, 404), chat.UnknownMember)
	// Muting asks for no rank, as upstream.
	if _, err := hall.Members.Update(t.Context(), moderator, guild.ID, guild.Owner.UserID, chat.MemberEdit{Mute: pointer(true)}); err != nil {
		t.Error(err)
	}
	if err := hall.Members.Kick(t.Context(), moderator, guild.ID, below.UserID); err != nil {
		t.Error(err)
	}
	if err := hall.Members.Kick(t.Context(), guild.Owner, guild.ID, peer.UserID); err != nil {
		t.Error(err)
	}
}

func TestEverythingIsCheckedBeforeAnythingOfAMemberChanges(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	moderator, target := guild.Member("moderator"), guild.Member("target")
	guild.Role("moderators", 5, perm.ManageNicknames, moderator)
	_, err := hall.Members.Update(t.Context(), moderator, guild.ID, target.UserID, chat.MemberEdit{Nick: pointer("a"), Mute: pointer(true)})
	expectKind(t, err, chat.MissingPermission)
	if member, err := hall.Members.Get(t.Context(), moderator, guild.ID, target.UserID); err != nil || member.Nick != "" {
		t.Errorf("became %+v, %v", member.Member, err)
	}
}

func TestChangingAMember(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	first, second := guild.Role("first", 1, 0), guild.Role("second", 2, 0)
	events := hall.Watch(event.GuildSubject(guild.ID))
	until := hall.Clock.Now().Add(time.Hour)
	changed, err := hall.Members.Update(t.Context(), guild.Owner, guild.ID, bob.UserID, chat.MemberEdit{
		Nick: pointer(" Bobby "), RoleIDs: &[]id.ID{second.ID, first.ID, guild.ID, first.ID}, Mute: pointer(true), TimedOutUntil: &until,
	})
	if err != nil {
		t.Fatal(err)
	}
	if changed.Nick != "Bobby" || !slices.Equal(changed.RoleIDs, []id.ID{first.ID, second.ID}) || !changed.Mute || changed.Deaf || !changed.TimedOutUntil.Equal(until) || changed.User.Username != "bob" {
		t.Errorf("became %+v", changed)
	}
	if told := chattest.Next[event.MemberUpdated](events); told.Member.Nick != "Bobby" || told.User.Username != "bob" {
		t.Errorf("told %+v", told)
	}
	changed, err = hall.Members.Update(t.Context(), guild.Owner, guild.ID, bob.UserID, chat.MemberEdit{Nick: pointer(""), RoleIDs: &[]id.ID{}, TimedOutUntil: &time.Time{}})
	if err != nil || changed.Nick != "" || len(changed.RoleIDs) != 0 || !changed.TimedOutUntil.IsZero() || !changed.Mute {
		t.Errorf("became %+v, %v", changed, err)
	}
}

func TestMembersThatAreRefused(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, admin := guild.Member("bob"), guild.Member("admin")
	guild.Role("admins", 1, perm.Administrator, admin)
	update := func(target chat.Caller, edit chat.MemberEdit) error {
		_, err := hall.Members.Update(t.Context(), guild.Owner, guild.ID, target.UserID, edit)
		return err
	}
	expectField(t, update(bob, chat.MemberEdit{Nick: pointer(strings.Repeat("x", 33))}), "nick")
	expectField(t, update(bob, chat.MemberEdit{TimedOutUntil: pointer(hall.Clock.Now().Add(29 * 24 * time.Hour))}), "communication_disabled_until")
	expectKind(t, update(admin, chat.MemberEdit{TimedOutUntil: pointer(hall.Clock.Now().Add(time.Hour))}), chat.MissingPermission)
	expectKind(t, update(bob, chat.MemberEdit{RoleIDs: &[]id.ID{404}}), chat.UnknownRole)
	expectField(t, update(bob, chat.MemberEdit{ChannelID: &guild.Lounge}), "channel_id")
	expectKind(t, update(hall.Person("stranger"), chat.MemberEdit{Nick: pointer("a")}), chat.UnknownMember)
}

func TestATimeOutEndsByItself(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	until := hall.Clock.Now().Add(time.Minute)
	if _, err := hall.Members.Update(t.Context(), guild.Owner, guild.ID, bob.UserID, chat.MemberEdit{TimedOutUntil: &until}); err != nil {
		t.Fatal(err)
	}
	_, err := hall.Messages.Create(t.Context(), bob, guild.General, chat.MessageDraft{Content: "a"})
	expectKind(t, err, chat.MissingPermission)
	hall.Clock.Advance(time.Minute)
	if _, err := hall.Messages.Create(t.Context(), bob, guild.General, chat.MessageDraft{Content: "a"}); err != nil {
		t.Error(err)
	}
}

func TestListingAndSearchingMembers(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("Alice"))
	for _, name := range []string{"Bob", "Bert", "Carol"} {
		guild.Member(name)
	}
	carol, err := hall.Members.Search(t.Context(), guild.Owner, guild.ID, "CAR", 10)
	if err != nil || len(carol) != 1 {
		t.Fatalf("found %v, %v", carol, err)
	}
	if _, err := hall.Members.Update(t.Context(), guild.Owner, guild.ID, carol[0].UserID, chat.MemberEdit{Nick: pointer("Bella")}); err != nil {
		t.Fatal(err)
	}
	names := func(members []chat.GuildMember, err error) []string {
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, member := range members {
			names = append(names, member.User.Username)
		}
		return names
	}
	if got := names(hall.Members.Search(t.Context(), guild.Owner, guild.ID, "be", 10)); !slices.Equal(got, []string{"bert", "carol"}) {
		t.Errorf("found %v", got)
	}
	if got := names(hall.Members.Search(t.Context(), guild.Owner, guild.ID, "b", 1)); !slices.Equal(got, []string{"bob"}) {
		t.Errorf("found %v", got)
	}
	if got := names(hall.Members.List(t.Context(), guild.Owner, guild.ID, guild.Owner.UserID, 2)); !slices.Equal(got, []string{"bob", "bert"}) {
		t.Errorf("listed %v", got)
	}
	found, missing, err := hall.Members.ByID(t.Context(), guild.Owner, guild.ID, []id.ID{404, carol[0].UserID})
	if got := names(found, err); !slices.Equal(got, []string{"carol"}) || !slices.Equal(missing, []id.ID{404}) {
		t.Errorf("found %v, missing %v", got, missing)
	}
	for _, limit := range []int{0, 1001} {
		_, err := hall.Members.List(t.Context(), guild.Owner, guild.ID, 0, limit)
		expectField(t, err, "limit")
	}
}
