package chat

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Settings is about what people set for themselves.
type Settings struct {
	Deps
	views *Views
	// turns orders what one person's devices change, so that it is told in the order in which it was stored.
	turns turns
}

// Bounds of settings, as upstream where it has them.
const (
	maxCustomStatus    = 128
	maxFolders         = 200
	maxFolderName      = 100
	maxListedGuilds    = 1000
	minAFKTimeout      = 60
	maxAFKTimeout      = 3600
	maxTimezone        = 24 * 60
	maxChannelSettings = maxChannels + 1000 // threads too
	maxMuteSeconds     = 10 * 365 * 24 * 60 * 60
)

var (
	themes          = []string{"dark", "light", "system"}
	settingStatuses = []string{"online", "idle", "dnd", "invisible"}
)

// switches are what can be on or off, with what holds for those who never changed it. The hall keeps them in step between devices; the client acts on them.
var switches = map[string]bool{
	"message_display_compact": false, "inline_attachment_media": true, "inline_embed_media": true, "gif_auto_play": true, "render_embeds": true, "render_reactions": true,
	"animate_emoji": true, "enable_tts_command": true, "convert_emoticons": true, "developer_mode": false, "show_current_game": true, "stream_notifications_enabled": true,
	"view_nsfw_guilds": true,
}

// initialSettings are those of somebody who never changed any.
func initialSettings(userID id.ID) store.UserSettings {
	return store.UserSettings{UserID: userID, Theme: "system", Status: "online", Switches: maps.Clone(switches), AFKTimeout: 600,
		FriendSources: store.FriendSources{All: true, FriendsOfFriends: true, SharedGuilds: true}}
}

// Get gives the caller's settings.
func (s *Settings) Get(ctx context.Context, caller Caller) (store.UserSettings, error) {
	return readSettings(ctx, s.Deps, caller.UserID)
}

func readSettings(ctx context.Context, deps Deps, userID id.ID) (store.UserSettings, error) {
	settings, err := deps.Store.UserSettings(ctx, userID)
	if errors.Is(err, store.ErrNotFound) {
		return initialSettings(userID), nil
	}
	if err != nil {
		return store.UserSettings{}, internal("reading settings", err)
	}
	return currentSettings(settings, deps.Now()), nil
}

// currentSettings are settings as they are at a moment: what has expired is gone, and what is new since they were stored is as it is for everybody.
func currentSettings(settings store.UserSettings, now time.Time) store.UserSettings {
	all := maps.Clone(switches)
	for name, on := range settings.Switches {
		if _, known := all[name]; known {
			all[name] = on
		}
	}
	settings.Switches = all
	if custom := settings.CustomStatus; custom != nil && !custom.ExpiresAt.IsZero() && !now.Before(custom.ExpiresAt) {
		settings.CustomStatus = nil
	}
	return settings
}

// SettingsEdit changes what is not nil.
type SettingsEdit struct {
	Theme, Status *string
	// CustomStatus points to nil to take it away.
	CustomStatus     **store.CustomStatus
	Switches         map[string]bool
	AFKTimeout       *int
	TimezoneOffset   *int
	Folders          *[]store.GuildFolder
	GuildsRestricted *bool
	RestrictedGuilds *[]id.ID
	FriendSources    *store.FriendSources
}

// Update changes the caller's settings, and tells their other devices. A status counts for all of their sessions at once.
func (s *Settings) Update(ctx context.Context, caller Caller, edit SettingsEdit) (store.UserSettings, error) {
	if err := edit.check(s.Now()); err != nil {
		return store.UserSettings{}, err
	}
	if err := s.useEmoji(ctx, caller, edit.CustomStatus); err != nil {
		return store.UserSettings{}, err
	}
	changed, err := s.change(ctx, caller.UserID, edit.apply)
	if err != nil {
		return store.UserSettings{}, unknownUser(err)
	}
	return changed, nil
}

// change stores a change of somebody's settings, and tells their devices.
func (s *Settings) change(ctx context.Context, userID id.ID, change func(*store.UserSettings)) (store.UserSettings, error) {
	turn := s.turns.of(userID)
	turn.Lock()
	defer turn.Unlock()
	ctx = context.WithoutCancel(ctx)
	changed, err := s.Store.ChangeUserSettings(ctx, userID, initialSettings(userID), func(settings *store.UserSettings) error {
		change(settings)
		return nil
	})
	if err != nil {
		return store.UserSettings{}, err
	}
	changed = currentSettings(changed, s.Now())
	s.publish(ctx, event.SettingsChanged{Settings: changed})
	return changed, nil
}

// check cleans and validates the edit.
func (e *SettingsEdit) check(now time.Time) error {
	var wrong fieldErrors
	wrong.choice("theme", e.Theme, themes)
	wrong.choice("status", e.Status, settingStatuses)
	if e.CustomStatus != nil && *e.CustomStatus != nil {
		cleaned := checkCustomStatus(&wrong, **e.CustomStatus, now)
		custom := &cleaned
		e.CustomStatus = &custom
	}
	if e.AFKTimeout != nil {
		wrong.number("afk_timeout", *e.AFKTimeout, minAFKTimeout, maxAFKTimeout)
	}
	if e.TimezoneOffset != nil {
		wrong.number("timezone_offset", *e.TimezoneOffset, -maxTimezone, maxTimezone)
	}
	if e.RestrictedGuilds != nil && len(*e.RestrictedGuilds) > maxListedGuilds {
		wrong.length("restricted_guilds", 0, maxListedGuilds)
	}
	if e.Folders != nil {
		folders := checkFolders(&wrong, *e.Folders)
		e.Folders = &folders
	}
	return wrong.err()
}

// choice checks that a text, if there is one, is among some.
func (f *fieldErrors) choice(path string, value *string, among []string) {
	if value != nil && !slices.Contains(among, *value) {
		f.add(path, "BASE_TYPE_CHOICES", "Must be one of %v.", among)
	}
}

// checkCustomStatus cleans and validates a custom status.
func checkCustomStatus(wrong *fieldErrors, custom store.CustomStatus, now time.Time) store.CustomStatus {
	custom.Text = wrong.name("custom_status.text", custom.Text, 0, maxCustomStatus)
	switch emoji := custom.Emoji; {
	case emoji == store.Emoji{}:
		if custom.Text == "" {
			wrong.add("custom_status", "BASE_TYPE_REQUIRED", "A custom status needs a text or an emoji.")
		}
	case emoji.ID == 0 && checkUnicode(emoji) != nil:
		wrong.add("custom_status.emoji_name", "UNKNOWN_EMOJI", "This is not an emoji.")
	}
	if !custom.ExpiresAt.IsZero() && !now.Before(custom.ExpiresAt) {
		wrong.add("custom_status.expires_at", "DATE_TIME_TYPE_MIN", "Must be in the future.")
	}
	return custom
}

// useEmoji gives a custom status the guild's own emoji that it names.
func (s *Settings) useEmoji(ctx context.Context, caller Caller, custom **store.CustomStatus) error {
	if custom == nil || *custom == nil || (*custom).Emoji.ID == 0 {
		return nil
	}
	used, err := s.views.useEmoji(ctx, caller, 0, (*custom).Emoji.ID, perm.UseExternalEmojis)
	if err != nil {
		var wrong fieldErrors
		return cmp.Or(wrong.emoji("custom_status.emoji_id", "UNKNOWN_EMOJI", err), wrong.err())
	}
	(*custom).Emoji = used
	return nil
}

func checkFolders(wrong *fieldErrors, folders []store.GuildFolder) []store.GuildFolder {
	cleaned := slices.Clone(folders)
	guilds := 0
	for i := range cleaned {
		cleaned[i].Name = wrong.name("guild_folders.name", cleaned[i].Name, 0, maxFolderName)
		wrong.number("guild_folders.color", cleaned[i].Color, 0, 0xFFFFFF)
		guilds += len(cleaned[i].GuildIDs)
	}
	if len(cleaned) > maxFolders+maxListedGuilds || guilds > maxListedGuilds {
		wrong.length("guild_folders", 0, maxListedGuilds)
	}
	return cleaned
}

func (e *SettingsEdit) apply(settings *store.UserSettings) {
	set(&settings.Theme, e.Theme)
	set(&settings.Status, e.Status)
	set(&settings.CustomStatus, e.CustomStatus)
	set(&settings.AFKTimeout, e.AFKTimeout)
	set(&settings.TimezoneOffset, e.TimezoneOffset)
	set(&settings.Folders, e.Folders)
	set(&settings.GuildsRestricted, e.GuildsRestricted)
	set(&settings.RestrictedGuilds, e.RestrictedGuilds)
	set(&settings.FriendSources, e.FriendSources)
	for name, on := range e.Switches {
		if _, known := switches[name]; !known {
			continue
		}
		if settings.Switches == nil {
			settings.Switches = make(map[string]bool)
		}
		settings.Switches[name] = on
	}
}

// Guilds gives what the caller set about guilds, and about conversations under guild zero, in ascending order of guild.
func (s *Settings) Guilds(ctx context.Context, caller Caller) ([]store.GuildSettings, error) {
	settings, err := s.Store.GuildSettings(ctx, caller.UserID)
	if err != nil {
		return nil, internal("reading settings about guilds", err)
	}
	for i := range settings {
		settings[i] = currentGuildSettings(settings[i], s.Now())
	}
	return settings, nil
}

// currentGuildSettings are settings as they are at a moment: a mute that has ended is none.
func currentGuildSettings(settings store.GuildSettings, now time.Time) store.GuildSettings {
	settings.Notifications = settings.Notifications.At(now)
	for i := range settings.Channels {
		settings.Channels[i].Notifications = settings.Channels[i].Notifications.At(now)
	}
	return settings
}

// NotificationsEdit changes what is not nil.
type NotificationsEdit struct {
	Level *int
	Muted *bool
	// MutedUntil is zero for a mute without end. MuteSeconds is how long the mute is to be, -1 for ever, as clients show it.
	MutedUntil  *time.Time
	MuteSeconds *int
}

// GuildSettingsEdit changes what is not nil.
type GuildSettingsEdit struct {
	NotificationsEdit
	SuppressEveryone, SuppressRoles, MobilePush, HideMuted *bool
	Flags                                                  *uint64
	// Channels are changed one by one.
	Channels map[id.ID]ChannelSettingsEdit
}

// ChannelSettingsEdit changes what is not nil.
type ChannelSettingsEdit struct {
	NotificationsEdit
	Collapsed *bool
	Flags     *uint64
}

// UpdateGuild changes what the caller set about a guild that they are in, or about conversations (guild zero), and tells their other devices.
func (s *Settings) UpdateGuild(ctx context.Context, caller Caller, guildID id.ID, edit GuildSettingsEdit) (store.GuildSettings, error) {
	if guildID != 0 {
		if _, err := s.views.access(ctx, caller, guildID); err != nil {
			return store.GuildSettings{}, err
		}
	}
	if err := edit.check(); err != nil {
		return store.GuildSettings{}, err
	}
	turn := s.turns.of(caller.UserID)
	turn.Lock()
	defer turn.Unlock()
	ctx = context.WithoutCancel(ctx)
	initial := store.GuildSettings{UserID: caller.UserID, GuildID: guildID, Notifications: store.Notifications{Level: inheritLevel}, MobilePush: true}
	changed, err := s.Store.ChangeGuildSettings(ctx, caller.UserID, guildID, initial, func(settings *store.GuildSettings) error { return edit.apply(settings) })
	if failure, ours := errors.AsType[*Error](err); ours {
		return store.GuildSettings{}, failure
	}
	if errors.Is(err, store.ErrNotFound) {
		return store.GuildSettings{}, fail(UnknownGuild)
	}
	if err != nil {
		return store.GuildSettings{}, internal("changing settings about a guild", err)
	}
	changed = currentGuildSettings(changed, s.Now())
	s.publish(ctx, event.GuildSettingsChanged{Settings: changed})
	return changed, nil
}

// inheritLevel is the level of notifications that says what the guild or channel around says.
const inheritLevel = 3

func (e *NotificationsEdit) check(wrong *fieldErrors, path string) {
	if e.Level != nil {
		wrong.number(path+"message_notifications", *e.Level, 0, inheritLevel)
	}
	if e.MuteSeconds != nil {
		wrong.number(path+"mute_config.selected_time_window", *e.MuteSeconds, -1, maxMuteSeconds)
	}
}

func (e *NotificationsEdit) apply(settings *store.Notifications) {
	set(&settings.Level, e.Level)
	set(&settings.Muted, e.Muted)
	set(&settings.MutedUntil, e.MutedUntil)
	set(&settings.MuteSeconds, e.MuteSeconds)
	if !settings.Muted {
		settings.MutedUntil, settings.MuteSeconds = time.Time{}, 0
	}
}

func (e *GuildSettingsEdit) check() error {
	var wrong fieldErrors
	e.NotificationsEdit.check(&wrong, "")
	for channelID, channel := range e.Channels {
		channel.check(&wrong, "channel_overrides."+channelID.String()+".")
	}
	return wrong.err()
}

func (e *GuildSettingsEdit) apply(settings *store.GuildSettings) error {
	e.NotificationsEdit.apply(&settings.Notifications)
	set(&settings.SuppressEveryone, e.SuppressEveryone)
	set(&settings.SuppressRoles, e.SuppressRoles)
	set(&settings.MobilePush, e.MobilePush)
	set(&settings.HideMuted, e.HideMuted)
	set(&settings.Flags, e.Flags)
	for channelID, edit := range e.Channels {
		at, found := slices.BinarySearchFunc(settings.Channels, channelID, func(one store.ChannelSettings, wanted id.ID) int { return cmp.Compare(one.ChannelID, wanted) })
		if !found {
			settings.Channels = slices.Insert(settings.Channels, at, store.ChannelSettings{ChannelID: channelID, Notifications: store.Notifications{Level: inheritLevel}})
		}
		channel := &settings.Channels[at]
		edit.NotificationsEdit.apply(&channel.Notifications)
		set(&channel.Collapsed, edit.Collapsed)
		set(&channel.Flags, edit.Flags)
	}
	// What says nothing need not be kept.
	settings.Channels = slices.DeleteFunc(settings.Channels, func(one store.ChannelSettings) bool {
		return one == store.ChannelSettings{ChannelID: one.ChannelID, Notifications: store.Notifications{Level: inheritLevel}}
	})
	if len(settings.Channels) > maxChannelSettings {
		return invalid("channel_overrides", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxChannelSettings)
	}
	return nil
}
