package wire

import (
	"time"

	"guildhall/api/chat"
	"guildhall/store"
	"guildhall/store/id"
)

// UserSettings are a person's own settings, the same on all of their devices.
type UserSettings struct {
	Theme                      string            `json:"theme"`
	Locale                     string            `json:"locale"`
	Status                     string            `json:"status"`
	CustomStatus               *CustomStatus     `json:"custom_status"`
	MessageDisplayCompact      bool              `json:"message_display_compact"`
	InlineAttachmentMedia      bool              `json:"inline_attachment_media"`
	InlineEmbedMedia           bool              `json:"inline_embed_media"`
	GIFAutoPlay                bool              `json:"gif_auto_play"`
	RenderEmbeds               bool              `json:"render_embeds"`
	RenderReactions            bool              `json:"render_reactions"`
	AnimateEmoji               bool              `json:"animate_emoji"`
	EnableTTSCommand           bool              `json:"enable_tts_command"`
	ConvertEmoticons           bool              `json:"convert_emoticons"`
	DeveloperMode              bool              `json:"developer_mode"`
	ShowCurrentGame            bool              `json:"show_current_game"`
	StreamNotificationsEnabled bool              `json:"stream_notifications_enabled"`
	ViewNSFWGuilds             bool              `json:"view_nsfw_guilds"`
	AFKTimeout                 int               `json:"afk_timeout"`
	TimezoneOffset             int               `json:"timezone_offset"`
	GuildFolders               []GuildFolder     `json:"guild_folders"`
	DefaultGuildsRestricted    bool              `json:"default_guilds_restricted"`
	RestrictedGuilds           []id.ID           `json:"restricted_guilds"`
	FriendSourceFlags          FriendSourceFlags `json:"friend_source_flags"`
}

// CustomStatus is a line that a person shows beside their name.
type CustomStatus struct {
	Text      *string `json:"text"`
	EmojiID   *id.ID  `json:"emoji_id"`
	EmojiName *string `json:"emoji_name"`
	ExpiresAt *string `json:"expires_at"`
}

// GuildFolder groups guilds in a person's list; without an id it is a guild that stands alone.
type GuildFolder struct {
	ID       *uint64 `json:"id"`
	Name     *string `json:"name"`
	Color    *int    `json:"color"`
	GuildIDs []id.ID `json:"guild_ids"`
}

// FriendSourceFlags says who may ask a person to be friends.
type FriendSourceFlags struct {
	All           bool `json:"all"`
	MutualFriends bool `json:"mutual_friends"`
	MutualGuilds  bool `json:"mutual_guilds"`
}

// NewUserSettings shows a person's settings. The locale is the account's.
func NewUserSettings(settings store.UserSettings, locale string) UserSettings {
	on := settings.Switches
	shown := UserSettings{
		Theme: settings.Theme, Locale: locale, Status: settings.Status, MessageDisplayCompact: on["message_display_compact"], InlineAttachmentMedia: on["inline_attachment_media"],
		InlineEmbedMedia: on["inline_embed_media"], GIFAutoPlay: on["gif_auto_play"], RenderEmbeds: on["render_embeds"], RenderReactions: on["render_reactions"], AnimateEmoji: on["animate_emoji"],
		EnableTTSCommand: on["enable_tts_command"], ConvertEmoticons: on["convert_emoticons"], DeveloperMode: on["developer_mode"], ShowCurrentGame: on["show_current_game"],
		StreamNotificationsEnabled: on["stream_notifications_enabled"], ViewNSFWGuilds: on["view_nsfw_guilds"], AFKTimeout: settings.AFKTimeout, TimezoneOffset: settings.TimezoneOffset,
		GuildFolders: make([]GuildFolder, len(settings.Folders)), DefaultGuildsRestricted: settings.GuildsRestricted, RestrictedGuilds: list(settings.RestrictedGuilds),
		FriendSourceFlags: FriendSourceFlags{All: settings.FriendSources.All, MutualFriends: settings.FriendSources.FriendsOfFriends, MutualGuilds: settings.FriendSources.SharedGuilds},
	}
	if custom := settings.CustomStatus; custom != nil {
		shown.CustomStatus = &CustomStatus{Text: TextOrNull(custom.Text), EmojiID: IDOrNull(custom.Emoji.ID), EmojiName: TextOrNull(custom.Emoji.Name), ExpiresAt: TimestampOrNull(custom.ExpiresAt)}
	}
	for i, folder := range settings.Folders {
		shown.GuildFolders[i] = GuildFolder{Name: TextOrNull(folder.Name), GuildIDs: list(folder.GuildIDs)}
		if folder.ID != 0 {
			shown.GuildFolders[i].ID = &folder.ID
		}
		if folder.Color != 0 {
			shown.GuildFolders[i].Color = &folder.Color
		}
	}
	return shown
}

// UserSettingsPatch is the body of PATCH /users/@me/settings.
type UserSettingsPatch struct {
	Theme                      Optional[string]            `json:"theme"`
	Locale                     Optional[string]            `json:"locale"`
	Status                     Optional[string]            `json:"status"`
	CustomStatus               Optional[CustomStatusPatch] `json:"custom_status"`
	MessageDisplayCompact      Optional[bool]              `json:"message_display_compact"`
	InlineAttachmentMedia      Optional[bool]              `json:"inline_attachment_media"`
	InlineEmbedMedia           Optional[bool]              `json:"inline_embed_media"`
	GIFAutoPlay                Optional[bool]              `json:"gif_auto_play"`
	RenderEmbeds               Optional[bool]              `json:"render_embeds"`
	RenderReactions            Optional[bool]              `json:"render_reactions"`
	AnimateEmoji               Optional[bool]              `json:"animate_emoji"`
	EnableTTSCommand           Optional[bool]              `json:"enable_tts_command"`
	ConvertEmoticons           Optional[bool]              `json:"convert_emoticons"`
	DeveloperMode              Optional[bool]              `json:"developer_mode"`
	ShowCurrentGame            Optional[bool]              `json:"show_current_game"`
	StreamNotificationsEnabled Optional[bool]              `json:"stream_notifications_enabled"`
	ViewNSFWGuilds             Optional[bool]              `json:"view_nsfw_guilds"`
	AFKTimeout                 Optional[int]               `json:"afk_timeout"`
	TimezoneOffset             Optional[int]               `json:"timezone_offset"`
	GuildFolders               Optional[[]GuildFolder]     `json:"guild_folders"`
	DefaultGuildsRestricted    Optional[bool]              `json:"default_guilds_restricted"`
	RestrictedGuilds           Optional[[]id.ID]           `json:"restricted_guilds"`
	FriendSourceFlags          Optional[FriendSourceFlags] `json:"friend_source_flags"`
}

// CustomStatusPatch is a new custom status; one without text and emoji takes it away, as null does.
type CustomStatusPatch struct {
	Text      Optional[string]    `json:"text"`
	EmojiID   Optional[id.ID]     `json:"emoji_id"`
	EmojiName Optional[string]    `json:"emoji_name"`
	ExpiresAt Optional[time.Time] `json:"expires_at"`
}

// Edit reads it.
func (p *UserSettingsPatch) Edit() chat.SettingsEdit {
	edit := chat.SettingsEdit{
		Theme: p.Theme.Pointer(), Status: p.Status.Pointer(), AFKTimeout: p.AFKTimeout.Pointer(), TimezoneOffset: p.TimezoneOffset.Pointer(), GuildsRestricted: p.DefaultGuildsRestricted.Pointer(),
		RestrictedGuilds: p.RestrictedGuilds.Pointer(), Switches: make(map[string]bool),
	}
	for name, field := range map[string]Optional[bool]{
		"message_display_compact": p.MessageDisplayCompact, "inline_attachment_media": p.InlineAttachmentMedia, "inline_embed_media": p.InlineEmbedMedia, "gif_auto_play": p.GIFAutoPlay,
		"render_embeds": p.RenderEmbeds, "render_reactions": p.RenderReactions, "animate_emoji": p.AnimateEmoji, "enable_tts_command": p.EnableTTSCommand, "convert_emoticons": p.ConvertEmoticons,
		"developer_mode": p.DeveloperMode, "show_current_game": p.ShowCurrentGame, "stream_notifications_enabled": p.StreamNotificationsEnabled, "view_nsfw_guilds": p.ViewNSFWGuilds,
	} {
		if field.Present && !field.Null {
			edit.Switches[name] = field.Value
		}
	}
	if p.CustomStatus.Present {
		wanted := p.CustomStatus.Value
		var custom *store.CustomStatus
		if wanted.Text.Value != "" || wanted.EmojiName.Value != "" || wanted.EmojiID.Value != 0 {
			custom = &store.CustomStatus{Text: wanted.Text.Value, Emoji: store.Emoji{ID: wanted.EmojiID.Value, Name: wanted.EmojiName.Value}, ExpiresAt: wanted.ExpiresAt.Value}
		}
		edit.CustomStatus = &custom
	}
	if p.GuildFolders.Present {
		folders := make([]store.GuildFolder, len(p.GuildFolders.Value))
		for i, folder := range p.GuildFolders.Value {
			folders[i] = store.GuildFolder{ID: orZero(folder.ID), Name: orZero(folder.Name), Color: orZero(folder.Color), GuildIDs: folder.GuildIDs}
		}
		edit.Folders = &folders
	}
	if flags := p.FriendSourceFlags; flags.Present && !flags.Null {
		edit.FriendSources = &store.FriendSources{All: flags.Value.All, FriendsOfFriends: flags.Value.MutualFriends, SharedGuilds: flags.Value.MutualGuilds}
	}
	return edit
}

// orZero gives what a pointer points to, zero for nil.
func orZero[T any](value *T) (zero T) {
	if value == nil {
		return zero
	}
	return *value
}

// UserGuildSettings are what a person wants to hear of a guild; of conversations, without a guild's id.
type UserGuildSettings struct {
	GuildID              *id.ID            `json:"guild_id"`
	MessageNotifications int               `json:"message_notifications"`
	Muted                bool              `json:"muted"`
	MuteConfig           *MuteConfig       `json:"mute_config"`
	SuppressEveryone     bool              `json:"suppress_everyone"`
	SuppressRoles        bool              `json:"suppress_roles"`
	MobilePush           bool              `json:"mobile_push"`
	HideMutedChannels    bool              `json:"hide_muted_channels"`
	Flags                uint64            `json:"flags"`
	ChannelOverrides     []ChannelOverride `json:"channel_overrides"`
	Version              int               `json:"version"`
}

// ChannelOverride is what a person wants to hear of one channel.
type ChannelOverride struct {
	ChannelID            id.ID       `json:"channel_id"`
	MessageNotifications int         `json:"message_notifications"`
	Muted                bool        `json:"muted"`
	MuteConfig           *MuteConfig `json:"mute_config"`
	Collapsed            bool        `json:"collapsed"`
	Flags                uint64      `json:"flags"`
}

// MuteConfig says how long a mute lasts.
type MuteConfig struct {
	EndTime *string `json:"end_time"`
	// SelectedTimeWindow is in seconds, -1 for ever.
	SelectedTimeWindow int `json:"selected_time_window"`
}

// UserGuildSettingsList is all that a person set about guilds, in READY.
type UserGuildSettingsList struct {
	Entries []UserGuildSettings `json:"entries"`
	Version int                 `json:"version"`
	Partial bool                `json:"partial"`
}

func newMuteConfig(n store.Notifications) *MuteConfig {
	if !n.Muted || n.MutedUntil.IsZero() && n.MuteSeconds == 0 {
		return nil
	}
	return &MuteConfig{EndTime: TimestampOrNull(n.MutedUntil), SelectedTimeWindow: n.MuteSeconds}
}

// NewUserGuildSettings shows what a person set about a guild.
func NewUserGuildSettings(settings store.GuildSettings) UserGuildSettings {
	shown := UserGuildSettings{
		GuildID: IDOrNull(settings.GuildID), MessageNotifications: settings.Level, Muted: settings.Muted, MuteConfig: newMuteConfig(settings.Notifications),
		SuppressEveryone: settings.SuppressEveryone, SuppressRoles: settings.SuppressRoles, MobilePush: settings.MobilePush, HideMutedChannels: settings.HideMuted, Flags: settings.Flags,
		ChannelOverrides: make([]ChannelOverride, len(settings.Channels)),
	}
	for i, channel := range settings.Channels {
		shown.ChannelOverrides[i] = ChannelOverride{ChannelID: channel.ChannelID, MessageNotifications: channel.Level, Muted: channel.Muted, MuteConfig: newMuteConfig(channel.Notifications),
			Collapsed: channel.Collapsed, Flags: channel.Flags}
	}
	return shown
}

// NewUserGuildSettingsList shows all that a person set about guilds.
func NewUserGuildSettingsList(settings []store.GuildSettings) UserGuildSettingsList {
	shown := UserGuildSettingsList{Entries: make([]UserGuildSettings, len(settings))}
	for i := range settings {
		shown.Entries[i] = NewUserGuildSettings(settings[i])
	}
	return shown
}

// NotificationsPatch is the part of settings about a guild and about a channel that is the same.
type NotificationsPatch struct {
	MessageNotifications Optional[int]             `json:"message_notifications"`
	Muted                Optional[bool]            `json:"muted"`
	MuteConfig           Optional[MuteConfigPatch] `json:"mute_config"`
}

// MuteConfigPatch says how long a mute is to last.
type MuteConfigPatch struct {
	EndTime            Optional[time.Time] `json:"end_time"`
	SelectedTimeWindow Optional[int]       `json:"selected_time_window"`
}

func (p *NotificationsPatch) edit() chat.NotificationsEdit {
	edit := chat.NotificationsEdit{Level: p.MessageNotifications.Pointer(), Muted: p.Muted.Pointer()}
	if p.MuteConfig.Present {
		edit.MutedUntil, edit.MuteSeconds = &p.MuteConfig.Value.EndTime.Value, &p.MuteConfig.Value.SelectedTimeWindow.Value
	}
	return edit
}

// UserGuildSettingsPatch is the body of PATCH /users/@me/guilds/{guild}/settings.
type UserGuildSettingsPatch struct {
	NotificationsPatch
	SuppressEveryone  Optional[bool]   `json:"suppress_everyone"`
	SuppressRoles     Optional[bool]   `json:"suppress_roles"`
	MobilePush        Optional[bool]   `json:"mobile_push"`
	HideMutedChannels Optional[bool]   `json:"hide_muted_channels"`
	Flags             Optional[uint64] `json:"flags"`
	// ChannelOverrides are by channel.
	ChannelOverrides Optional[map[id.ID]ChannelOverridePatch] `json:"channel_overrides"`
}

// ChannelOverridePatch changes what a person wants to hear of one channel.
type ChannelOverridePatch struct {
	NotificationsPatch
	Collapsed Optional[bool]   `json:"collapsed"`
	Flags     Optional[uint64] `json:"flags"`
}

// Edit reads it.
func (p *UserGuildSettingsPatch) Edit() chat.GuildSettingsEdit {
	edit := chat.GuildSettingsEdit{NotificationsEdit: p.edit(), SuppressEveryone: p.SuppressEveryone.Pointer(), SuppressRoles: p.SuppressRoles.Pointer(), MobilePush: p.MobilePush.Pointer(),
		HideMuted: p.HideMutedChannels.Pointer(), Flags: p.Flags.Pointer(), Channels: make(map[id.ID]chat.ChannelSettingsEdit, len(p.ChannelOverrides.Value))}
	for channelID, channel := range p.ChannelOverrides.Value {
		edit.Channels[channelID] = chat.ChannelSettingsEdit{NotificationsEdit: channel.edit(), Collapsed: channel.Collapsed.Pointer(), Flags: channel.Flags.Pointer()}
	}
	return edit
}

// GuildsSettingsPatch is the body of PATCH /users/@me/guilds/settings; "@me" stands for conversations.
type GuildsSettingsPatch struct {
	Guilds map[string]UserGuildSettingsPatch `json:"guilds"`
}
