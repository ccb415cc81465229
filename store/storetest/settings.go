package storetest

import (
	"errors"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

var settingsTests = []test{
	{"settings come back as they were stored, and begin with what is given for nothing", func(f *fixture) {
		ada := f.person("ada").ID
		_, err := f.UserSettings(f.Context(), ada)
		f.is(err, store.ErrNotFound)
		full := store.UserSettings{
			UserID: ada, Theme: "dark", Status: "dnd", Switches: map[string]bool{"a": true, "b": false}, AFKTimeout: 600, TimezoneOffset: -60,
			CustomStatus: &store.CustomStatus{Text: "away 🎉 <b>", Emoji: store.Emoji{ID: 1 << 62, Name: "wave", Animated: true}, ExpiresAt: birthday},
			Folders:      []store.GuildFolder{{ID: 7, Name: "Games", Color: 0xFFFFFF, GuildIDs: []id.ID{9, 3}}, {GuildIDs: []id.ID{5}}}, GuildsRestricted: true, RestrictedGuilds: []id.ID{2, 4},
			FriendSources: store.FriendSources{All: true, SharedGuilds: true},
		}
		changed, err := f.ChangeUserSettings(f.Context(), ada, store.UserSettings{Theme: "light", AFKTimeout: 5}, func(s *store.UserSettings) error {
			f.equal("at first", *s, store.UserSettings{UserID: s.UserID, Theme: "light", AFKTimeout: 5})
			*s = full
			s.RestrictedGuilds = []id.ID{4, 2, 4}
			s.CustomStatus = &store.CustomStatus{Text: full.CustomStatus.Text, Emoji: full.CustomStatus.Emoji, ExpiresAt: birthday.Add(time.Nanosecond)}
			return nil
		})
		f.ok(err)
		f.equal("changed", changed, full)
		read, err := f.UserSettings(f.Context(), ada)
		f.ok(err)
		f.equal("read", read, full)
		changed, err = f.ChangeUserSettings(f.Context(), ada, store.UserSettings{Theme: "light"}, func(s *store.UserSettings) error {
			s.CustomStatus, s.Folders, s.Switches, s.GuildsRestricted = nil, nil, nil, false
			return nil
		})
		f.ok(err)
		f.equal("less", changed, store.UserSettings{UserID: ada, Theme: "dark", Status: "dnd", AFKTimeout: 600, TimezoneOffset: -60, RestrictedGuilds: []id.ID{2, 4}, FriendSources: full.FriendSources})
	}},
	{"what is set about guilds is listed by guild, conversations first", func(f *fixture) {
		ada := f.person("ada").ID
		first, second := f.guild(ada), f.guild(ada)
		full := store.GuildSettings{
			UserID: ada, GuildID: first.ID, Notifications: store.Notifications{Level: 2, Muted: true, MutedUntil: birthday, MuteSeconds: 3600}, SuppressEveryone: true, SuppressRoles: true, MobilePush: true,
			HideMuted: true, Flags: 1 << 40, Channels: []store.ChannelSettings{{ChannelID: 3, Notifications: store.Notifications{Level: 3, Muted: true, MuteSeconds: -1}, Collapsed: true, Flags: 5}, {ChannelID: 4}},
		}
		for _, guildID := range []id.ID{second.ID, first.ID, 0} {
			_, err := f.ChangeGuildSettings(f.Context(), ada, guildID, store.GuildSettings{Notifications: store.Notifications{Level: 3}}, func(s *store.GuildSettings) error {
				f.equal("level at first", s.Level, 3)
				if guildID == first.ID {
					*s = full
				}
				return nil
			})
			f.ok(err)
		}
		list, err := f.GuildSettings(f.Context(), ada)
		f.ok(err)
		bare := store.Notifications{Level: 3}
		f.equal("all", list, []store.GuildSettings{{UserID: ada, Notifications: bare}, full, {UserID: ada, GuildID: second.ID, Notifications: bare}})
		changed, err := f.ChangeGuildSettings(f.Context(), ada, first.ID, store.GuildSettings{}, func(s *store.GuildSettings) error {
			s.Channels, s.Muted, s.MutedUntil = s.Channels[:1], false, time.Time{}
			return nil
		})
		f.ok(err)
		want := full
		want.Channels, want.Muted, want.MutedUntil = full.Channels[:1], false, time.Time{}
		f.equal("changed", changed, want)
		f.ok(f.DeleteGuild(f.Context(), first.ID))
		list, err = f.GuildSettings(f.Context(), ada)
		f.ok(err)
		f.equal("left", len(list), 2)
	}},
	{"an error of change is given as it is and changes nothing, and account and guild are needed", func(f *fixture) {
		ada := f.person("ada").ID
		guild := f.guild(ada)
		refused := errors.New("no")
		_, err := f.ChangeUserSettings(f.Context(), ada, store.UserSettings{}, func(*store.UserSettings) error { return refused })
		f.asItIs(err, refused)
		_, err = f.UserSettings(f.Context(), ada)
		f.is(err, store.ErrNotFound)
		_, err = f.ChangeGuildSettings(f.Context(), ada, guild.ID, store.GuildSettings{}, func(*store.GuildSettings) error { return refused })
		f.asItIs(err, refused)
		list, err := f.GuildSettings(f.Context(), ada)
		f.ok(err)
		f.equal("settings", list, []store.GuildSettings{})
		nothing := func(*store.GuildSettings) error { return nil }
		_, err = f.ChangeUserSettings(f.Context(), 1, store.UserSettings{}, func(*store.UserSettings) error { return nil })
		f.is(err, store.ErrNotFound)
		_, err = f.ChangeGuildSettings(f.Context(), 1, guild.ID, store.GuildSettings{}, nothing)
		f.is(err, store.ErrNotFound)
		_, err = f.ChangeGuildSettings(f.Context(), ada, 1, store.GuildSettings{}, nothing)
		f.is(err, store.ErrNotFound)
	}},
	{"changes at once are all kept", func(f *fixture) {
		ada := f.person("ada").ID
		guild := f.guild(ada)
		for _, err := range together(writers, func(int) error {
			_, err := f.ChangeUserSettings(f.Context(), ada, store.UserSettings{}, func(s *store.UserSettings) error { s.AFKTimeout++; return nil })
			if err == nil {
				_, err = f.ChangeGuildSettings(f.Context(), ada, guild.ID, store.GuildSettings{}, func(s *store.GuildSettings) error { s.Flags++; return nil })
			}
			return err
		}) {
			f.ok(err)
		}
		settings, err := f.UserSettings(f.Context(), ada)
		f.ok(err)
		f.equal("changes", settings.AFKTimeout, writers)
		list, err := f.GuildSettings(f.Context(), ada)
		f.ok(err)
		f.equal("changes about the guild", list[0].Flags, uint64(writers))
	}},
}
