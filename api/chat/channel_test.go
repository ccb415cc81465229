package chat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

func TestMakingChannels(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	events := hall.Watch(event.GuildSubject(guild.ID))
	made, err := hall.Channels.Create(t.Context(), guild.Owner, guild.ID, chat.ChannelDraft{
		Name: "Off Topic", Topic: " everything else ", ParentID: guild.Category, NSFW: true, RateLimitPerUser: 10, Bitrate: 1, UserLimit: 1000,
	})
	if err != nil {
		t.Fatal(err)
	}
	if made.Name != "off-topic" || made.Topic != "everything else" || made.ParentID != guild.Category || !made.NSFW || made.RateLimitPerUser != 10 || made.Position != 1 ||
		made.Bitrate != 0 || made.UserLimit != 0 || made.LastMessageID != 0 {
		t.Errorf("made %+v", made)
	}
	if told := chattest.Next[event.ChannelCreated](events); told.Channel.ID != made.ID || told.Channel.Name != "off-topic" {
		t.Errorf("told %+v", told)
	}
	voice, err := hall.Channels.Create(t.Context(), guild.Owner, guild.ID, chat.ChannelDraft{Name: "Off Topic", Type: store.ChannelVoice})
	if err != nil || voice.Name != "Off Topic" || voice.Bitrate != 64000 {
		t.Errorf("made %+v, %v", voice, err)
	}
}

func TestChannelsThatAreRefused(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	for _, test := range []struct {
		field string
		draft chat.ChannelDraft
	}{
		{"name", chat.ChannelDraft{Name: " "}},
		{"name", chat.ChannelDraft{Name: strings.Repeat("x", 101)}},
		{"topic", chat.ChannelDraft{Name: "a", Topic: strings.Repeat("x", 1025)}},
		{"rate_limit_per_user", chat.ChannelDraft{Name: "a", RateLimitPerUser: 21601}},
		{"position", chat.ChannelDraft{Name: "a", Position: pointer(-1)}},
		{"bitrate", chat.ChannelDraft{Name: "a", Type: store.ChannelVoice, Bitrate: 7999}},
		{"user_limit", chat.ChannelDraft{Name: "a", Type: store.ChannelVoice, UserLimit: 100}},
		{"parent_id", chat.ChannelDraft{Name: "a", ParentID: guild.General}},
		{"parent_id", chat.ChannelDraft{Name: "a", ParentID: 404}},
		{"parent_id", chat.ChannelDraft{Name: "a", Type: store.ChannelCategory, ParentID: guild.Category}},
		{"type", chat.ChannelDraft{Name: "a", Type: store.ChannelDM}},
		{"type", chat.ChannelDraft{Name: "a", Type: 99}},
		{"permission_overwrites.0.type", chat.ChannelDraft{Name: "a", Overwrites: &[]store.PermissionOverwrite{{TargetID: guild.ID, Type: 2}}}},
		{"permission_overwrites.0.allow", chat.ChannelDraft{Name: "a", Overwrites: &[]store.PermissionOverwrite{{TargetID: guild.ID, Allow: 1, Deny: 1}}}},
		{"permission_overwrites.1.id", chat.ChannelDraft{Name: "a", Overwrites: &[]store.PermissionOverwrite{{TargetID: guild.ID}, {TargetID: guild.ID}}}},
	} {
		_, err := hall.Channels.Create(t.Context(), guild.Owner, guild.ID, test.draft)
		expectField(t, err, test.field)
	}
	_, err := hall.Channels.Create(t.Context(), guild.Owner, guild.ID, chat.ChannelDraft{Name: "a", Overwrites: &[]store.PermissionOverwrite{{TargetID: 404}}})
	expectKind(t, err, chat.UnknownRole)
}

func TestACategoryHoldsFiftyChannels(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	full := guild.Channel("full", store.ChannelCategory)
	var outside id.ID
	for i := range 51 {
		draft := chat.ChannelDraft{Name: fmt.Sprint("channel ", i), ParentID: full}
		if i == 50 {
			draft.ParentID = 0
		}
		made, err := hall.Channels.Create(t.Context(), guild.Owner, guild.ID, draft)
		if err != nil {
			t.Fatal(err)
		}
		outside = made.ID
	}
	_, err := hall.Channels.Create(t.Context(), guild.Owner, guild.ID, chat.ChannelDraft{Name: "one too many", ParentID: full})
	expectField(t, err, "parent_id")
	_, err = hall.Channels.Update(t.Context(), guild.Owner, outside, chat.ChannelEdit{ParentID: &full})
	expectField(t, err, "parent_id")
	expectField(t, hall.Channels.Reorder(t.Context(), guild.Owner, guild.ID, []chat.ChannelPosition{{ChannelID: outside, ParentID: &full}}), "parent_id")
}

func TestAGuildHoldsFiveHundredChannels(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	for i := range 496 {
		guild.Channel(fmt.Sprint("channel ", i), store.ChannelText)
	}
	_, err := hall.Channels.Create(t.Context(), guild.Owner, guild.ID, chat.ChannelDraft{Name: "one too many"})
	expectKind(t, err, chat.MaxChannels)
}

func TestANewChannelTakesItsCategorysOverwrites(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	guild.Overwrite(guild.Category, guild.ID, store.OverwriteRole, 0, perm.ViewChannel)
	made, err := hall.Channels.Create(t.Context(), guild.Owner, guild.ID, chat.ChannelDraft{Name: "a", ParentID: guild.Category})
	if err != nil || len(made.Overwrites) != 1 || made.Overwrites[0].Deny != uint64(perm.ViewChannel) {
		t.Errorf("made %+v, %v", made, err)
	}
	open, err := hall.Channels.Create(t.Context(), guild.Owner, guild.ID, chat.ChannelDraft{Name: "a", ParentID: guild.Category, Overwrites: &[]store.PermissionOverwrite{}})
	if err != nil || len(open.Overwrites) != 0 {
		t.Errorf("made %+v, %v", open, err)
	}
}

func TestChangingAChannel(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	events := hall.Watch(event.GuildSubject(guild.ID))
	changed, err := hall.Channels.Update(t.Context(), guild.Owner, guild.General, chat.ChannelEdit{
		Name: pointer("News"), Type: pointer(store.ChannelAnnouncement), Topic: pointer("what is new"), Position: pointer(5), ParentID: pointer(id.ID(0)), NSFW: pointer(true),
		RateLimitPerUser: pointer(5), Overwrites: &[]store.PermissionOverwrite{{TargetID: guild.ID, Deny: uint64(perm.SendMessages)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if changed.Name != "news" || changed.Type != store.ChannelAnnouncement || changed.Topic != "what is new" || changed.Position != 5 || changed.ParentID != 0 || !changed.NSFW ||
		changed.RateLimitPerUser != 5 || len(changed.Overwrites) != 1 {
		t.Errorf("became %+v", changed)
	}
	if told := chattest.Next[event.ChannelUpdated](events); told.Channel.Name != "news" {
		t.Errorf("told %+v", told)
	}
	for _, kind := range []store.ChannelType{store.ChannelVoice, store.ChannelCategory, store.ChannelForum} {
		_, err := hall.Channels.Update(t.Context(), guild.Owner, guild.General, chat.ChannelEdit{Type: &kind})
		expectField(t, err, "type")
	}
}

func TestDeletingAChannelTakesItOutOfEverything(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	events := hall.Watch(event.GuildSubject(guild.ID))
	if _, err := hall.Channels.Delete(t.Context(), guild.Owner, guild.General); err != nil {
		t.Fatal(err)
	}
	chattest.Next[event.ChannelDeleted](events)
	if told := chattest.Next[event.GuildUpdated](events); told.Guild.SystemChannelID != 0 {
		t.Errorf("the system channel is still %v", told.Guild.SystemChannelID)
	}
	_, err := hall.Channels.Get(t.Context(), guild.Owner, guild.General)
	expectKind(t, err, chat.UnknownChannel)

	view, err := hall.Views.Guild(t.Context(), guild.ID)
	if err != nil {
		t.Fatal(err)
	}
	lounge, _ := view.Channel(guild.Lounge)
	if _, err := hall.Channels.Delete(t.Context(), guild.Owner, lounge.ParentID); err != nil {
		t.Fatal(err)
	}
	if told := chattest.Next[event.ChannelUpdated](events); told.Channel.ID != guild.Lounge || told.Channel.ParentID != 0 {
		t.Errorf("told %+v", told)
	}
}

func TestPeopleSeeTheChannelsThatTheyMayView(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, bot := guild.Member("bob"), hall.Bot("bot", guild.Owner)
	guild.Join(bot)
	hidden := guild.Channel("hidden", store.ChannelText, store.PermissionOverwrite{TargetID: guild.ID, Deny: uint64(perm.ViewChannel)})
	sees := func(caller chat.Caller) bool {
		channels, err := hall.Channels.List(t.Context(), caller, guild.ID)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(channels, func(channel chat.Channel) bool { return channel.ID == hidden })
	}
	if !sees(guild.Owner) || sees(bob) || !sees(bot) {
		t.Errorf("the owner sees it: %v, a member: %v, a bot: %v", sees(guild.Owner), sees(bob), sees(bot))
	}
	guild.Overwrite(hidden, bob.UserID, store.OverwriteMember, perm.ViewChannel, 0)
	if !sees(bob) {
		t.Error("who was let in does not see the channel")
	}
}

func TestOneOverwritesOnlyWhatOneHolds(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	guild.Role("keepers", 5, perm.ManageRoles|perm.ManageChannels, bob)
	guild.Overwrite(guild.General, guild.ID, store.OverwriteRole, perm.MentionEveryone, perm.Stream)
	set := func(allow, deny perm.Set) error {
		return hall.Channels.SetOverwrite(t.Context(), bob, guild.General, store.PermissionOverwrite{TargetID: guild.ID, Allow: uint64(allow), Deny: uint64(deny)})
	}
	for _, test := range []struct {
		name        string
		allow, deny perm.Set
		ok          bool
	}{
		{"what stands already", perm.MentionEveryone, perm.Stream, true},
		{"allowing what one does not hold", perm.MentionEveryone | perm.ManageMessages, perm.Stream, false},
		{"denying what one does not hold", perm.MentionEveryone, perm.Stream | perm.ManageMessages, false},
		{"lifting a denial that binds oneself", perm.MentionEveryone, 0, false},
		{"denying what one holds", perm.MentionEveryone, perm.Stream | perm.AddReactions, true},
		{"taking an allowance that one holds", 0, perm.Stream | perm.AddReactions, true},
	} {
		err := set(test.allow, test.deny)
		if test.ok && err != nil {
			t.Errorf("%s was refused: %v", test.name, err)
		}
		if !test.ok && chat.KindOf(err) != chat.MissingPermission {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	expectKind(t, hall.Channels.DeleteOverwrite(t.Context(), bob, guild.General, guild.ID), chat.MissingPermission)
	if err := hall.Channels.DeleteOverwrite(t.Context(), guild.Owner, guild.General, guild.ID); err != nil {
		t.Error(err)
	}
	expectKind(t, hall.Channels.DeleteOverwrite(t.Context(), guild.Owner, guild.General, guild.ID), chat.UnknownOverwrite)

	_, err := hall.Channels.Create(t.Context(), bob, guild.ID, chat.ChannelDraft{Name: "a", Overwrites: &[]store.PermissionOverwrite{{TargetID: bob.UserID, Type: store.OverwriteMember, Allow: uint64(perm.ManageMessages)}}})
	expectKind(t, err, chat.MissingPermission)
	_, err = hall.Channels.Update(t.Context(), bob, guild.General, chat.ChannelEdit{Overwrites: &[]store.PermissionOverwrite{{TargetID: bob.UserID, Type: store.OverwriteMember, Allow: uint64(perm.ManageMessages)}}})
	expectKind(t, err, chat.MissingPermission)
}

func TestReorderingChannels(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	events := hall.Watch(event.GuildSubject(guild.ID))
	private := guild.Channel("private", store.ChannelCategory, store.PermissionOverwrite{TargetID: guild.ID, Deny: uint64(perm.ViewChannel)})
	err := hall.Channels.Reorder(t.Context(), guild.Owner, guild.ID, []chat.ChannelPosition{
		{ChannelID: guild.General, Position: pointer(3), ParentID: &private, LockPermissions: true},
		{ChannelID: guild.Lounge, Position: pointer(0)},
	})
	if err != nil {
		t.Fatal(err)
	}
	told := chattest.Next[event.ChannelUpdated](events)
	if told.Channel.ID != guild.General || told.Channel.Position != 3 || told.Channel.ParentID != private || len(told.Channel.Overwrites) != 1 {
		t.Errorf("told %+v", told.Channel)
	}
	expectKind(t, hall.Channels.Reorder(t.Context(), guild.Owner, guild.ID, []chat.ChannelPosition{{ChannelID: 404}}), chat.UnknownChannel)
	expectField(t, hall.Channels.Reorder(t.Context(), guild.Owner, guild.ID, []chat.ChannelPosition{{ChannelID: guild.General, Position: pointer(-1)}}), "position")
	expectKind(t, hall.Channels.Reorder(t.Context(), guild.Owner, guild.ID, []chat.ChannelPosition{{ChannelID: guild.General}, {ChannelID: guild.General}}), chat.Invalid)

	// Who takes over a category's overwrites must hold what they change.
	sealed := guild.Channel("sealed", store.ChannelCategory, store.PermissionOverwrite{TargetID: guild.ID, Deny: uint64(perm.ManageMessages)})
	carol := guild.Member("carol")
	guild.Role("movers", 4, perm.ManageChannels|perm.ManageRoles|perm.ViewChannel, carol)
	lock := func(parentID id.ID) error {
		return hall.Channels.Reorder(t.Context(), carol, guild.ID, []chat.ChannelPosition{{ChannelID: guild.Lounge, ParentID: &parentID, LockPermissions: true}})
	}
	expectKind(t, lock(sealed), chat.MissingPermission)
	if err := lock(guild.Category); err != nil {
		t.Error(err)
	}

	// Who manages channels in general, but not in one, cannot pull that one into their own category.
	bob := guild.Member("bob")
	guild.Role("keepers", 5, perm.ManageChannels, bob)
	expectKind(t, hall.Channels.Reorder(t.Context(), bob, guild.ID, []chat.ChannelPosition{{ChannelID: guild.General, ParentID: &guild.Category, LockPermissions: true}}), chat.MissingPermission)
}
