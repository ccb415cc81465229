package chat_test

import (
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

func TestANewGuildHasWhatPeopleNeedToTalk(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	alice := hall.Person("alice")
	events := hall.Watch(event.UserSubject(alice.UserID))
	view, err := hall.Guilds.Create(t.Context(), alice, chat.GuildDraft{Name: "  The Hall ", Description: "where we meet"})
	if err != nil {
		t.Fatal(err)
	}
	if told := chattest.Next[event.GuildJoined](events); told.GuildID != view.Guild.ID {
		t.Errorf("told %+v", told)
	}
	if view.Guild.Name != "The Hall" || view.Guild.Description != "where we meet" || view.Guild.OwnerID != alice.UserID {
		t.Errorf("made %+v", view.Guild)
	}
	if len(view.Roles) != 1 || view.Roles[0].ID != view.Guild.ID || perm.Set(view.Roles[0].Permissions) != chat.EveryonePermissions {
		t.Errorf("the roles are %+v", view.Roles)
	}
	var names []string
	for _, channel := range view.Channels {
		names = append(names, channel.Name)
		if parent, found := view.Channel(channel.ParentID); channel.Type != store.ChannelCategory && (!found || parent.Type != store.ChannelCategory) {
			t.Errorf("%s is in no category", channel.Name)
		}
	}
	if want := []string{"Text channels", "Voice channels", "general", "Lounge"}; !slices.Equal(names, want) {
		t.Errorf("the channels are %v", names)
	}
	if system, found := view.Channel(view.Guild.SystemChannelID); !found || system.Name != "general" {
		t.Error("general is not the system channel")
	}
	if chat.EveryonePermissions.HasAny(perm.Administrator | perm.ManageGuild | perm.ManageRoles | perm.ManageChannels | perm.ManageMessages | perm.KickMembers | perm.MentionEveryone) {
		t.Error("everybody may do what only some should")
	}
}

func TestOnlyPeopleMakeGuilds(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	alice := hall.Person("alice")
	bot := hall.Bot("bot", alice)
	_, err := hall.Guilds.Create(t.Context(), bot, chat.GuildDraft{Name: "Bots"})
	expectKind(t, err, chat.BotsBarred)
	_, err = hall.Guilds.Create(t.Context(), chattest.Console, chat.GuildDraft{Name: "Bots", OwnerID: bot.UserID})
	expectKind(t, err, chat.BotsBarred)
	_, err = hall.Guilds.Create(t.Context(), chattest.Console, chat.GuildDraft{Name: "Nobody's", OwnerID: 404})
	expectKind(t, err, chat.UnknownUser)
	view, err := hall.Guilds.Create(t.Context(), chattest.Console, chat.GuildDraft{Name: "Alice's", OwnerID: alice.UserID})
	if err != nil || view.Guild.OwnerID != alice.UserID {
		t.Errorf("the command line made %+v, %v", view, err)
	}
	// Nobody but the command line makes guilds for others.
	view, err = hall.Guilds.Create(t.Context(), alice, chat.GuildDraft{Name: "Mine", OwnerID: bot.UserID})
	if err != nil || view.Guild.OwnerID != alice.UserID {
		t.Errorf("made %+v, %v", view, err)
	}
}

func TestAPersonCanBeInABoundedNumberOfGuilds(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{Chat: chat.Options{Limits: chat.Limits{GuildsPerPerson: 2}}})
	alice, bob := hall.Person("alice"), hall.Person("bob")
	hall.Guild(alice)
	hall.Guild(alice)
	_, err := hall.Guilds.Create(t.Context(), alice, chat.GuildDraft{Name: "One too many"})
	expectKind(t, err, chat.MaxGuilds)
	theirs := hall.Guild(bob)
	invite, err := hall.Invites.Create(t.Context(), bob, theirs.General, chat.InviteDraft{})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = hall.Invites.Accept(t.Context(), alice, invite.Code)
	expectKind(t, err, chat.MaxGuilds)
}

func TestGuildSettingsAreChecked(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	for _, test := range []struct {
		field string
		edit  chat.GuildEdit
	}{
		{"name", chat.GuildEdit{Name: pointer("x")}},
		{"name", chat.GuildEdit{Name: pointer(strings.Repeat("x", 101))}},
		{"description", chat.GuildEdit{Description: pointer(strings.Repeat("x", 301))}},
		{"verification_level", chat.GuildEdit{VerificationLevel: pointer(5)}},
		{"default_message_notifications", chat.GuildEdit{DefaultMessageNotifications: pointer(2)}},
		{"explicit_content_filter", chat.GuildEdit{ExplicitContentFilter: pointer(3)}},
		{"afk_timeout", chat.GuildEdit{AFKTimeout: pointer(61)}},
		{"afk_channel_id", chat.GuildEdit{AFKChannelID: pointer(guild.General)}},
		{"system_channel_id", chat.GuildEdit{SystemChannelID: pointer(guild.Lounge)}},
		{"rules_channel_id", chat.GuildEdit{RulesChannelID: pointer(id.ID(404))}},
		{"preferred_locale", chat.GuildEdit{PreferredLocale: pointer("english please")}},
	} {
		_, err := hall.Guilds.Update(t.Context(), guild.Owner, guild.ID, test.edit)
		expectField(t, err, test.field)
	}
	for _, edit := range []chat.GuildEdit{{VerificationLevel: pointer(1)}, {VerificationLevel: pointer(4)}, {ExplicitContentFilter: pointer(2)}} {
		_, err := hall.Guilds.Update(t.Context(), guild.Owner, guild.ID, edit)
		expectKind(t, err, chat.NotSupported)
	}
	events := hall.Watch(event.GuildSubject(guild.ID))
	view, err := hall.Guilds.Update(t.Context(), guild.Owner, guild.ID, chat.GuildEdit{
		Name: pointer(" New "), AFKChannelID: pointer(guild.Lounge), AFKTimeout: pointer(60), SystemChannelID: pointer(id.ID(0)), RulesChannelID: pointer(guild.General),
		PreferredLocale: pointer("de"), DefaultMessageNotifications: pointer(1), VerificationLevel: pointer(2), SystemChannelFlags: pointer(1),
	})
	if err != nil {
		t.Fatal(err)
	}
	if g := view.Guild; g.Name != "New" || g.AFKChannelID != guild.Lounge || g.AFKTimeout != 60 || g.SystemChannelID != 0 || g.RulesChannelID != guild.General || g.PreferredLocale != "de" {
		t.Errorf("became %+v", g)
	}
	if told := chattest.Next[event.GuildUpdated](events); told.Guild != view.Guild {
		t.Errorf("told %+v", told.Guild)
	}
}

func TestOnlyTheOwnerGivesAGuildAway(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	admin := guild.Member("admin")
	guild.Role("admins", 9, perm.Administrator, admin)
	bot := hall.Bot("bot", guild.Owner)
	guild.Join(bot)
	give := func(caller chat.Caller, to id.ID) error {
		_, err := hall.Guilds.Update(t.Context(), caller, guild.ID, chat.GuildEdit{OwnerID: &to})
		return err
	}
	expectKind(t, give(admin, admin.UserID), chat.MissingPermission)
	expectKind(t, give(guild.Owner, hall.Person("stranger").UserID), chat.UnknownMember)
	expectField(t, give(guild.Owner, bot.UserID), "owner_id")
	if err := give(guild.Owner, admin.UserID); err != nil {
		t.Fatal(err)
	}
	expectKind(t, hall.Guilds.Delete(t.Context(), guild.Owner, guild.ID), chat.MissingPermission)
	if err := hall.Guilds.Delete(t.Context(), admin, guild.ID); err != nil {
		t.Error(err)
	}
}

func TestAGuildThatIsDeletedIsGoneForEverybody(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	admin := guild.Member("admin")
	guild.Role("admins", 9, perm.Administrator, admin)
	events := hall.Watch(event.GuildSubject(guild.ID))
	expectKind(t, hall.Guilds.Delete(t.Context(), admin, guild.ID), chat.MissingPermission)
	if err := hall.Guilds.Delete(t.Context(), guild.Owner, guild.ID); err != nil {
		t.Fatal(err)
	}
	chattest.Next[event.GuildDeleted](events)
	_, err := hall.Guilds.Get(t.Context(), bob, guild.ID)
	expectKind(t, err, chat.UnknownGuild)
	_, err = hall.Channels.Get(t.Context(), bob, guild.General)
	expectKind(t, err, chat.UnknownChannel)
	_, err = hall.Messages.Create(t.Context(), bob, guild.General, chat.MessageDraft{Content: "a"})
	expectKind(t, err, chat.UnknownChannel)
	if listed, err := hall.Guilds.List(t.Context(), bob, chat.GuildPage{}); err != nil || len(listed) != 0 {
		t.Errorf("listed %v, %v", listed, err)
	}
	expectKind(t, hall.Guilds.Delete(t.Context(), guild.Owner, guild.ID), chat.UnknownGuild)
}

func TestLeaving(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	events, own := hall.Watch(event.GuildSubject(guild.ID)), hall.Watch(event.UserSubject(bob.UserID))
	expectKind(t, hall.Guilds.Leave(t.Context(), guild.Owner, guild.ID), chat.Invalid)
	if err := hall.Guilds.Leave(t.Context(), bob, guild.ID); err != nil {
		t.Fatal(err)
	}
	if told := chattest.Next[event.MemberRemoved](events); told.User.Username != "bob" {
		t.Errorf("told %+v", told)
	}
	if told := chattest.Next[event.GuildLeft](own); told.GuildID != guild.ID {
		t.Errorf("told %+v", told)
	}
	expectKind(t, hall.Guilds.Leave(t.Context(), bob, guild.ID), chat.UnknownGuild)
}

func TestTheListOfOnesGuilds(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	alice, bob := hall.Person("alice"), hall.Person("bob")
	var guildIDs []id.ID
	for range 4 {
		guild := hall.Guild(alice)
		guild.Join(bob)
		guildIDs = append(guildIDs, guild.ID)
	}
	hall.Guild(alice)
	for _, test := range []struct {
		page chat.GuildPage
		want []id.ID
	}{
		{chat.GuildPage{}, guildIDs},
		{chat.GuildPage{Limit: 2}, guildIDs[:2]},
		{chat.GuildPage{After: guildIDs[0], Limit: 2}, guildIDs[1:3]},
		{chat.GuildPage{Before: guildIDs[3], Limit: 2}, guildIDs[1:3]},
		{chat.GuildPage{After: guildIDs[0], Before: guildIDs[2]}, guildIDs[1:2]},
	} {
		listed, err := hall.Guilds.List(t.Context(), bob, test.page)
		if err != nil {
			t.Fatal(err)
		}
		var got []id.ID
		for _, one := range listed {
			got = append(got, one.Guild.ID)
			if one.Owner || one.Permissions != chat.EveryonePermissions || one.Counts != nil {
				t.Errorf("listed %+v", one)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%+v gives %v, want %v", test.page, got, test.want)
		}
	}
	listed, err := hall.Guilds.List(t.Context(), alice, chat.GuildPage{WithCounts: true, Limit: 1})
	if err != nil || !listed[0].Owner || listed[0].Permissions != perm.All || listed[0].Counts == nil || listed[0].Counts.Members != 2 {
		t.Errorf("listed %+v, %v", listed, err)
	}
	if all, err := hall.Guilds.List(t.Context(), chattest.Console, chat.GuildPage{}); err != nil || len(all) != 5 {
		t.Errorf("the command line sees %d guilds, %v", len(all), err)
	}
	_, err = hall.Guilds.List(t.Context(), bob, chat.GuildPage{Limit: 201})
	expectField(t, err, "limit")
}

func TestASnapshotHasWhatAClientShows(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	hidden := guild.Channel("hidden", store.ChannelText, store.PermissionOverwrite{TargetID: guild.ID, Deny: uint64(perm.ViewChannel)})
	var last chat.Caller
	for _, name := range []string{"bob", "carol", "dave", "erin"} {
		last = guild.Member(name)
	}
	bot := hall.Bot("bot", guild.Owner)
	guild.Join(bot)
	posted, err := hall.Messages.Create(t.Context(), last, guild.General, chat.MessageDraft{Content: "a"})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := hall.Guilds.Snapshot(t.Context(), last, guild.ID, chat.SnapshotOptions{MaxMembers: 2, Presences: true})
	if err != nil {
		t.Fatal(err)
	}
	if snapshot.MemberCount != 6 || !snapshot.Large || snapshot.Member.User.Username != "erin" || snapshot.Member.UserID != last.UserID {
		t.Errorf("%d members, large: %v, own member %+v", snapshot.MemberCount, snapshot.Large, snapshot.Member)
	}
	var names []string
	for _, member := range snapshot.Members {
		names = append(names, member.User.Username)
	}
	if want := []string{"alice", "bob", "erin"}; !slices.Equal(names, want) {
		t.Errorf("has the members %v, want %v", names, want)
	}
	sees := func(channels []chat.Channel) (sees bool) {
		for _, channel := range channels {
			if channel.ID == guild.General && channel.LastMessageID != posted.Message.ID {
				t.Errorf("the newest message is %v", channel.LastMessageID)
			}
			sees = sees || channel.ID == hidden
		}
		return sees
	}
	if sees(snapshot.Channels) {
		t.Error("a person gets a channel that they may not view")
	}
	whole, err := hall.Guilds.Snapshot(t.Context(), bot, guild.ID, chat.SnapshotOptions{MaxMembers: 100})
	if err != nil || whole.Large || len(whole.Members) != 6 || !sees(whole.Channels) {
		t.Errorf("a bot gets %d members, the hidden channel: %v, %v", len(whole.Members), sees(whole.Channels), err)
	}
}
