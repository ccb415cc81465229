package chat_test

import (
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

func TestSettingsBeginWithWhatHoldsForEverybody(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	alice := hall.Person("alice")
	settings, err := hall.Settings.Get(t.Context(), alice)
	if err != nil || settings.Status != "online" || settings.Theme != "system" || !settings.Switches["render_embeds"] || settings.Switches["developer_mode"] || !settings.FriendSources.All {
		t.Errorf("%+v, %v", settings, err)
	}
	settings, err = hall.Settings.Update(t.Context(), alice, chat.SettingsEdit{Theme: pointer("dark"), Switches: map[string]bool{"developer_mode": true, "no such switch": true}})
	if err != nil || settings.Theme != "dark" || !settings.Switches["developer_mode"] || !settings.Switches["render_embeds"] || len(settings.Switches) != 13 {
		t.Errorf("%+v, %v", settings, err)
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	alice := hall.Person("alice")
	custom := func(custom store.CustomStatus) **store.CustomStatus { return pointer(&custom) }
	for _, c := range []struct {
		edit  chat.SettingsEdit
		field string
	}{
		{chat.SettingsEdit{Theme: pointer("pink")}, "theme"}, {chat.SettingsEdit{Status: pointer("offline")}, "status"}, {chat.SettingsEdit{AFKTimeout: pointer(1)}, "afk_timeout"},
		{chat.SettingsEdit{TimezoneOffset: pointer(2000)}, "timezone_offset"}, {chat.SettingsEdit{RestrictedGuilds: pointer(make([]id.ID, 1001))}, "restricted_guilds"},
		{chat.SettingsEdit{Folders: &[]store.GuildFolder{{GuildIDs: make([]id.ID, 1001)}}}, "guild_folders"}, {chat.SettingsEdit{Folders: &[]store.GuildFolder{{Name: strings.Repeat("x", 101)}}}, "guild_folders.name"},
		{chat.SettingsEdit{CustomStatus: custom(store.CustomStatus{})}, "custom_status"}, {chat.SettingsEdit{CustomStatus: custom(store.CustomStatus{Text: strings.Repeat("x", 129)})}, "custom_status.text"},
		{chat.SettingsEdit{CustomStatus: custom(store.CustomStatus{Text: "a\u202eb"})}, "custom_status.text"}, {chat.SettingsEdit{CustomStatus: custom(store.CustomStatus{Emoji: store.Emoji{Name: "x"}})}, "custom_status.emoji_name"},
		{chat.SettingsEdit{CustomStatus: custom(store.CustomStatus{Text: "x", ExpiresAt: hall.Clock.Now()})}, "custom_status.expires_at"},
	} {
		_, err := hall.Settings.Update(t.Context(), alice, c.edit)
		expectField(t, err, c.field)
	}
}

func TestAStatusThatIsSetCountsForAllSessions(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	for _, session := range []string{"one", "two"} {
		if err := hall.Presence.SessionOpened(t.Context(), bob, session, chat.DeviceWeb, chat.PresenceUpdate{Activities: []byte(`[{"name":"Chess","type":0}]`)}); err != nil {
			t.Fatal(err)
		}
	}
	watch := hall.Watch("guild.*")
	next := func(fits func(event.Presence) bool) event.Presence { // presences of before may still be on their way
		for {
			if shown := chattest.Next[event.PresenceChanged](watch).Presence; fits(shown) {
				return shown
			}
		}
	}
	custom := &store.CustomStatus{Text: "at lunch", Emoji: store.Emoji{Name: "🍜"}, ExpiresAt: hall.Clock.Now().Add(time.Hour)}
	if _, err := hall.Settings.Update(t.Context(), bob, chat.SettingsEdit{Status: pointer("dnd"), CustomStatus: &custom}); err != nil {
		t.Fatal(err)
	}
	shown := next(func(p event.Presence) bool { return p.Status == "dnd" })
	if text := string(shown.Activities); shown.Status != "dnd" || shown.Web != "dnd" || !strings.HasPrefix(text, `[{"id":"custom","name":"Custom Status","type":4,"created_at":`) || !strings.Contains(text, `"state":"at lunch","emoji":{"name":"🍜"}`) || !strings.Contains(text, "Chess") {
		t.Errorf("%+v: %s", shown, text)
	}
	// A session that comes later and leaves its status to the settings says the same.
	if err := hall.Presence.SessionOpened(t.Context(), bob, "three", chat.DeviceMobile, chat.PresenceUpdate{Status: "unknown"}); err != nil {
		t.Fatal(err)
	}
	if shown := next(func(p event.Presence) bool { return p.Mobile != "" }); shown.Mobile != "dnd" || !strings.Contains(string(shown.Activities), "at lunch") {
		t.Errorf("%+v: %s", shown, shown.Activities)
	}
	var none *store.CustomStatus
	if _, err := hall.Settings.Update(t.Context(), bob, chat.SettingsEdit{CustomStatus: &none}); err != nil {
		t.Fatal(err)
	}
	next(func(p event.Presence) bool { return !strings.Contains(string(p.Activities), "at lunch") })
}

func TestACustomStatusThatIsOverIsGone(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	bob := hall.Person("bob")
	custom := &store.CustomStatus{Text: "at lunch", ExpiresAt: hall.Clock.Now().Add(time.Hour)}
	if settings, err := hall.Settings.Update(t.Context(), bob, chat.SettingsEdit{CustomStatus: &custom}); err != nil || settings.CustomStatus == nil {
		t.Fatal(settings, err)
	}
	hall.Clock.Advance(time.Hour)
	if settings, err := hall.Settings.Get(t.Context(), bob); err != nil || settings.CustomStatus != nil {
		t.Errorf("%+v, %v", settings, err)
	}
}

func TestSettingsBoundWhoMayWriteAndAsk(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, carol, stranger := guild.Member("bob"), guild.Member("carol"), hall.Person("stranger")
	set := func(edit chat.SettingsEdit) {
		t.Helper()
		if _, err := hall.Settings.Update(t.Context(), bob, edit); err != nil {
			t.Fatal(err)
		}
	}
	talk, err := hall.Directs.Open(t.Context(), carol, bob.UserID)
	if err != nil {
		t.Fatal(err)
	}
	write := func() error {
		_, err := hall.Messages.Create(t.Context(), carol, talk.ID, chat.MessageDraft{Content: "hello"})
		return err
	}
	if err := write(); err != nil {
		t.Error(err)
	}
	set(chat.SettingsEdit{RestrictedGuilds: &[]id.ID{guild.ID}})
	expectKind(t, write(), chat.CannotMessage)
	second := hall.Guild(guild.Owner)
	second.Join(bob, carol)
	if err := write(); err != nil {
		t.Errorf("by another guild: %v", err)
	}
	set(chat.SettingsEdit{GuildsRestricted: pointer(true), RestrictedGuilds: &[]id.ID{guild.ID, second.ID}})
	third := hall.Guild(guild.Owner)
	third.Join(bob, carol)
	expectKind(t, write(), chat.CannotMessage)

	set(chat.SettingsEdit{FriendSources: &store.FriendSources{SharedGuilds: true}})
	expectKind(t, hall.Relationships.Ask(t.Context(), stranger, bob.UserID), chat.FriendRequestBlocked)
	set(chat.SettingsEdit{FriendSources: &store.FriendSources{FriendsOfFriends: true}})
	expectKind(t, hall.Relationships.Ask(t.Context(), carol, bob.UserID), chat.FriendRequestBlocked)
	for _, pair := range [][2]chat.Caller{{bob, stranger}, {stranger, bob}, {carol, stranger}, {stranger, carol}} {
		if err := hall.Relationships.Ask(t.Context(), pair[0], pair[1].UserID); err != nil {
			t.Fatal(err)
		}
	}
	if err := hall.Relationships.Ask(t.Context(), carol, bob.UserID); err != nil {
		t.Errorf("a friend of a friend: %v", err)
	}
}

func TestWhatIsSetAboutAGuild(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, stranger := guild.Member("bob"), hall.Person("stranger")
	watch := hall.Watch("user.*")
	until := hall.Clock.Now().Add(time.Hour)
	settings, err := hall.Settings.UpdateGuild(t.Context(), bob, guild.ID, chat.GuildSettingsEdit{
		NotificationsEdit: chat.NotificationsEdit{Level: pointer(1), Muted: pointer(true), MutedUntil: &until, MuteSeconds: pointer(3600)}, SuppressEveryone: pointer(true),
		Channels: map[id.ID]chat.ChannelSettingsEdit{guild.General: {NotificationsEdit: chat.NotificationsEdit{Muted: pointer(true)}}, guild.Lounge: {Collapsed: pointer(false)}},
	})
	if err != nil || settings.Level != 1 || !settings.Muted || !settings.SuppressEveryone || !settings.MobilePush || len(settings.Channels) != 1 || settings.Channels[0].Level != 3 {
		t.Errorf("%+v, %v", settings, err)
	}
	if told := chattest.Next[event.GuildSettingsChanged](watch).Settings; told.UserID != bob.UserID || told.GuildID != guild.ID {
		t.Errorf("told is %+v", told)
	}
	hall.Clock.Advance(time.Hour)
	list, err := hall.Settings.Guilds(t.Context(), bob)
	if err != nil || len(list) != 1 || list[0].Muted || list[0].Level != 1 || !list[0].Channels[0].Muted {
		t.Errorf("%+v, %v", list, err)
	}
	_, err = hall.Settings.UpdateGuild(t.Context(), stranger, guild.ID, chat.GuildSettingsEdit{})
	expectKind(t, err, chat.UnknownGuild)
	_, err = hall.Settings.UpdateGuild(t.Context(), bob, guild.ID, chat.GuildSettingsEdit{NotificationsEdit: chat.NotificationsEdit{Level: pointer(4)}})
	expectField(t, err, "message_notifications")
	if _, err = hall.Settings.UpdateGuild(t.Context(), bob, 0, chat.GuildSettingsEdit{NotificationsEdit: chat.NotificationsEdit{Muted: pointer(true)}}); err != nil {
		t.Error(err)
	}
	many := make(map[id.ID]chat.ChannelSettingsEdit)
	for i := range id.ID(1501) {
		many[i+1] = chat.ChannelSettingsEdit{Collapsed: pointer(true)}
	}
	_, err = hall.Settings.UpdateGuild(t.Context(), bob, guild.ID, chat.GuildSettingsEdit{Channels: many})
	expectField(t, err, "channel_overrides")
}

func TestMentionsOfEverybodyThatAreSuppressedDoNotCount(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	mentions := func() int {
		t.Helper()
		states, err := hall.ReadStates.List(t.Context(), bob)
		if err != nil {
			t.Fatal(err)
		}
		for _, state := range states {
			if state.ChannelID == guild.General {
				return state.Mentions
			}
		}
		return 0
	}
	hall.Clock.Advance(time.Second)
	if _, err := hall.Messages.Create(t.Context(), guild.Owner, guild.General, chat.MessageDraft{Content: "@everyone"}); err != nil {
		t.Fatal(err)
	}
	if got := mentions(); got != 1 {
		t.Errorf("counts %d", got)
	}
	if _, err := hall.Settings.UpdateGuild(t.Context(), bob, guild.ID, chat.GuildSettingsEdit{SuppressEveryone: pointer(true)}); err != nil {
		t.Fatal(err)
	}
	if got := mentions(); got != 0 {
		t.Errorf("suppressed, it counts %d", got)
	}
}
