package pebble

import (
	"context"
	"errors"
	"maps"
	"slices"

	"guildhall/store"
	"guildhall/store/id"
)

type userSettingsRecord struct {
	Theme            string              `cbor:"1,keyasint,omitempty"`
	Status           string              `cbor:"2,keyasint,omitempty"`
	CustomStatus     *customStatusRecord `cbor:"3,keyasint,omitempty"`
	Switches         map[string]bool     `cbor:"4,keyasint,omitempty"`
	AFKTimeout       int                 `cbor:"5,keyasint,omitempty"`
	TimezoneOffset   int                 `cbor:"6,keyasint,omitempty"`
	Folders          []folderRecord      `cbor:"7,keyasint,omitempty"`
	GuildsRestricted bool                `cbor:"8,keyasint,omitempty"`
	RestrictedGuilds []id.ID             `cbor:"9,keyasint,omitempty"` // ascending
	FriendsAll       bool                `cbor:"10,keyasint,omitempty"`
	FriendsOfFriends bool                `cbor:"11,keyasint,omitempty"`
	FriendsOfGuilds  bool                `cbor:"12,keyasint,omitempty"`
}

type customStatusRecord struct {
	Text      string `cbor:"1,keyasint,omitempty"`
	EmojiID   id.ID  `cbor:"2,keyasint,omitempty"`
	EmojiName string `cbor:"3,keyasint,omitempty"`
	Animated  bool   `cbor:"4,keyasint,omitempty"`
	ExpiresAt moment `cbor:"5,keyasint,omitempty"`
}

type folderRecord struct {
	ID       uint64  `cbor:"1,keyasint,omitempty"`
	Name     string  `cbor:"2,keyasint,omitempty"`
	Color    int     `cbor:"3,keyasint,omitempty"`
	GuildIDs []id.ID `cbor:"4,keyasint,omitempty"`
}

func newUserSettingsRecord(settings store.UserSettings) userSettingsRecord {
	record := userSettingsRecord{
		Theme: settings.Theme, Status: settings.Status, Switches: maps.Clone(settings.Switches), AFKTimeout: settings.AFKTimeout, TimezoneOffset: settings.TimezoneOffset,
		GuildsRestricted: settings.GuildsRestricted, RestrictedGuilds: distinct(settings.RestrictedGuilds),
		FriendsAll: settings.FriendSources.All, FriendsOfFriends: settings.FriendSources.FriendsOfFriends, FriendsOfGuilds: settings.FriendSources.SharedGuilds,
	}
	if custom := settings.CustomStatus; custom != nil {
		record.CustomStatus = &customStatusRecord{Text: custom.Text, EmojiID: custom.Emoji.ID, EmojiName: custom.Emoji.Name, Animated: custom.Emoji.Animated, ExpiresAt: toMoment(custom.ExpiresAt)}
	}
	for _, folder := range settings.Folders {
		record.Folders = append(record.Folders, folderRecord{ID: folder.ID, Name: folder.Name, Color: folder.Color, GuildIDs: slices.Clone(folder.GuildIDs)})
	}
	return record
}

func (r userSettingsRecord) settings(userID id.ID) store.UserSettings {
	settings := store.UserSettings{
		UserID: userID, Theme: r.Theme, Status: r.Status, Switches: r.Switches, AFKTimeout: r.AFKTimeout, TimezoneOffset: r.TimezoneOffset, GuildsRestricted: r.GuildsRestricted,
		RestrictedGuilds: r.RestrictedGuilds, FriendSources: store.FriendSources{All: r.FriendsAll, FriendsOfFriends: r.FriendsOfFriends, SharedGuilds: r.FriendsOfGuilds},
	}
	if custom := r.CustomStatus; custom != nil {
		settings.CustomStatus = &store.CustomStatus{Text: custom.Text, Emoji: store.Emoji{ID: custom.EmojiID, Name: custom.EmojiName, Animated: custom.Animated}, ExpiresAt: custom.ExpiresAt.time()}
	}
	for _, folder := range r.Folders {
		settings.Folders = append(settings.Folders, store.GuildFolder{ID: folder.ID, Name: folder.Name, Color: folder.Color, GuildIDs: folder.GuildIDs})
	}
	return settings
}

type notificationsRecord struct {
	Level       int    `cbor:"1,keyasint,omitempty"`
	Muted       bool   `cbor:"2,keyasint,omitempty"`
	MutedUntil  moment `cbor:"3,keyasint,omitempty"`
	MuteSeconds int    `cbor:"4,keyasint,omitempty"`
}

func newNotificationsRecord(n store.Notifications) notificationsRecord {
	return notificationsRecord{Level: n.Level, Muted: n.Muted, MutedUntil: toMoment(n.MutedUntil), MuteSeconds: n.MuteSeconds}
}

func (r notificationsRecord) notifications() store.Notifications {
	return store.Notifications{Level: r.Level, Muted: r.Muted, MutedUntil: r.MutedUntil.time(), MuteSeconds: r.MuteSeconds}
}

type guildSettingsRecord struct {
	Notifications    notificationsRecord     `cbor:"1,keyasint,omitempty"`
	SuppressEveryone bool                    `cbor:"2,keyasint,omitempty"`
	SuppressRoles    bool                    `cbor:"3,keyasint,omitempty"`
	MobilePush       bool                    `cbor:"4,keyasint,omitempty"`
	HideMuted        bool                    `cbor:"5,keyasint,omitempty"`
	Flags            uint64                  `cbor:"6,keyasint,omitempty"`
	Channels         []channelSettingsRecord `cbor:"7,keyasint,omitempty"`
}

type channelSettingsRecord struct {
	ChannelID     id.ID               `cbor:"1,keyasint,omitempty"`
	Notifications notificationsRecord `cbor:"2,keyasint,omitempty"`
	Collapsed     bool                `cbor:"3,keyasint,omitempty"`
	Flags         uint64              `cbor:"4,keyasint,omitempty"`
}

func newGuildSettingsRecord(settings store.GuildSettings) guildSettingsRecord {
	record := guildSettingsRecord{
		Notifications: newNotificationsRecord(settings.Notifications), SuppressEveryone: settings.SuppressEveryone, SuppressRoles: settings.SuppressRoles,
		MobilePush: settings.MobilePush, HideMuted: settings.HideMuted, Flags: settings.Flags,
	}
	for _, channel := range settings.Channels {
		record.Channels = append(record.Channels, channelSettingsRecord{ChannelID: channel.ChannelID, Notifications: newNotificationsRecord(channel.Notifications), Collapsed: channel.Collapsed, Flags: channel.Flags})
	}
	return record
}

func (r guildSettingsRecord) settings(userID, guildID id.ID) store.GuildSettings {
	settings := store.GuildSettings{
		UserID: userID, GuildID: guildID, Notifications: r.Notifications.notifications(), SuppressEveryone: r.SuppressEveryone, SuppressRoles: r.SuppressRoles,
		MobilePush: r.MobilePush, HideMuted: r.HideMuted, Flags: r.Flags,
	}
	for _, channel := range r.Channels {
		settings.Channels = append(settings.Channels, store.ChannelSettings{ChannelID: channel.ChannelID, Notifications: channel.Notifications.notifications(), Collapsed: channel.Collapsed, Flags: channel.Flags})
	}
	return settings
}

// UserSettings gives a person's settings.
func (s *Store) UserSettings(ctx context.Context, userID id.ID) (store.UserSettings, error) {
	if err := s.enter(ctx); err != nil {
		return store.UserSettings{}, err
	}
	defer s.leave()
	record, err := get[userSettingsRecord](s.db, kindSettings.key(userID))
	if err != nil {
		return store.UserSettings{}, err
	}
	return record.settings(userID), nil
}

// ChangeUserSettings applies change to a person's settings.
func (s *Store) ChangeUserSettings(ctx context.Context, userID id.ID, initial store.UserSettings, change func(*store.UserSettings) error) (store.UserSettings, error) {
	var record userSettingsRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindUser.key(userID)); err != nil {
			return err
		}
		key := kindSettings.key(userID)
		old, err := get[userSettingsRecord](tx.db, key)
		if errors.Is(err, store.ErrNotFound) {
			old, err = newUserSettingsRecord(initial), nil
		}
		if err != nil {
			return err
		}
		settings := old.settings(userID)
		if err := change(&settings); err != nil {
			return err
		}
		record = newUserSettingsRecord(settings)
		return tx.put(key, record)
	})
	if err != nil {
		return store.UserSettings{}, err
	}
	return record.settings(userID), nil
}

// GuildSettings gives all that a person set about guilds.
func (s *Store) GuildSettings(ctx context.Context, userID id.ID) ([]store.GuildSettings, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return list(s.db, kindGuildSettings.key(userID), func(guildID id.ID, record guildSettingsRecord) store.GuildSettings {
		return record.settings(userID, guildID)
	})
}

// ChangeGuildSettings applies change to what a person set about a guild.
func (s *Store) ChangeGuildSettings(ctx context.Context, userID, guildID id.ID, initial store.GuildSettings, change func(*store.GuildSettings) error) (store.GuildSettings, error) {
	var record guildSettingsRecord
	err := s.update(ctx, synced, func(tx *tx) error {
		if err := need(tx.db, kindUser.key(userID)); err != nil {
			return err
		}
		if guildID != 0 {
			if err := need(tx.db, kindGuild.key(guildID)); err != nil {
				return err
			}
			tx.set(kindGuildSettingsOf.key(guildID, userID), nil)
		}
		key := kindGuildSettings.key(userID, guildID)
		old, err := get[guildSettingsRecord](tx.db, key)
		if errors.Is(err, store.ErrNotFound) {
			old, err = newGuildSettingsRecord(initial), nil
		}
		if err != nil {
			return err
		}
		settings := old.settings(userID, guildID)
		if err := change(&settings); err != nil {
			return err
		}
		record = newGuildSettingsRecord(settings)
		return tx.put(key, record)
	})
	if err != nil {
		return store.GuildSettings{}, err
	}
	return record.settings(userID, guildID), nil
}

// deleteGuildSettings deletes what people set about a guild.
func (t *tx) deleteGuildSettings(guildID id.ID) error {
	userIDs, err := lastIDs(t.db, kindGuildSettingsOf.key(guildID))
	if err != nil {
		return err
	}
	for _, userID := range userIDs {
		t.delete(kindGuildSettings.key(userID, guildID))
	}
	t.deleteAll(kindGuildSettingsOf.key(guildID))
	return nil
}
