package wire

import (
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// Guild is a guild as its members see it.
type Guild struct {
	ID                          id.ID          `json:"id"`
	Name                        string         `json:"name"`
	Icon                        *string        `json:"icon"`
	Splash                      *string        `json:"splash"`
	DiscoverySplash             *string        `json:"discovery_splash"`
	Banner                      *string        `json:"banner"`
	Description                 *string        `json:"description"`
	HomeHeader                  *string        `json:"home_header"`
	OwnerID                     id.ID          `json:"owner_id"`
	Region                      string         `json:"region"`
	AFKChannelID                *id.ID         `json:"afk_channel_id"`
	AFKTimeout                  int            `json:"afk_timeout"`
	VerificationLevel           int            `json:"verification_level"`
	DefaultMessageNotifications int            `json:"default_message_notifications"`
	ExplicitContentFilter       int            `json:"explicit_content_filter"`
	Roles                       []Role         `json:"roles"`
	Emojis                      []Emoji        `json:"emojis"`
	Stickers                    []string       `json:"stickers"`
	Features                    []string       `json:"features"`
	MFALevel                    int            `json:"mfa_level"`
	ApplicationID               *id.ID         `json:"application_id"`
	SystemChannelID             *id.ID         `json:"system_channel_id"`
	SystemChannelFlags          int            `json:"system_channel_flags"`
	RulesChannelID              *id.ID         `json:"rules_channel_id"`
	PublicUpdatesChannelID      *id.ID         `json:"public_updates_channel_id"`
	SafetyAlertsChannelID       *id.ID         `json:"safety_alerts_channel_id"`
	MaxMembers                  int            `json:"max_members"`
	MaxPresences                *int           `json:"max_presences"`
	VanityURLCode               *string        `json:"vanity_url_code"`
	PremiumTier                 int            `json:"premium_tier"`
	PremiumSubscriptionCount    int            `json:"premium_subscription_count"`
	PremiumProgressBarEnabled   bool           `json:"premium_progress_bar_enabled"`
	PreferredLocale             string         `json:"preferred_locale"`
	MaxVideoChannelUsers        int            `json:"max_video_channel_users"`
	MaxStageVideoChannelUsers   int            `json:"max_stage_video_channel_users"`
	NSFWLevel                   int            `json:"nsfw_level"`
	NSFW                        bool           `json:"nsfw"`
	WidgetEnabled               bool           `json:"widget_enabled"`
	WidgetChannelID             *id.ID         `json:"widget_channel_id"`
	HubType                     *int           `json:"hub_type"`
	IncidentsData               *IncidentsData `json:"incidents_data"`
	ApproximateMemberCount      *int           `json:"approximate_member_count,omitempty"`
	ApproximatePresenceCount    *int           `json:"approximate_presence_count,omitempty"`
}

// maxMembers is what clients are told as a guild's greatest size. There is no cap; it is a number that no guild on one machine reaches.
const maxMembers = 10_000_000

// NewGuild shows a guild.
func NewGuild(guild store.Guild, roles []store.Role, emojis []store.GuildEmoji) Guild {
	locale := guild.PreferredLocale
	if locale == "" {
		locale = "en-US"
	}
	shown := Guild{
		ID: guild.ID, Name: guild.Name, Icon: TextOrNull(guild.Icon.Name()), Banner: TextOrNull(guild.Banner.Name()),
		Splash: TextOrNull(guild.Splash.Name()), DiscoverySplash: TextOrNull(guild.DiscoverySplash.Name()), Description: TextOrNull(guild.Description), OwnerID: guild.OwnerID, Region: "deprecated",
		AFKChannelID: IDOrNull(guild.AFKChannelID), AFKTimeout: guild.AFKTimeout, VerificationLevel: guild.VerificationLevel,
		DefaultMessageNotifications: guild.DefaultMessageNotifications, ExplicitContentFilter: guild.ExplicitContentFilter, Roles: NewRoles(roles),
		Emojis: NewEmojis(emojis), Stickers: []string{}, Features: []string{}, SystemChannelID: IDOrNull(guild.SystemChannelID),
		SystemChannelFlags: guild.SystemChannelFlags, RulesChannelID: IDOrNull(guild.RulesChannelID), MaxMembers: maxMembers, PreferredLocale: locale,
		MaxVideoChannelUsers: 25, MaxStageVideoChannelUsers: 50, MFALevel: guild.MFALevel,
	}
	if !guild.InvitesPausedUntil.IsZero() || !guild.DMsPausedUntil.IsZero() {
		incidents := NewIncidentsData(guild)
		shown.IncidentsData = &incidents
	}
	return shown
}

// GuildWithChannels answers POST /guilds.
type GuildWithChannels struct {
	Guild
	Channels []Channel `json:"channels"`
}

// GuildCreate is the payload of GUILD_CREATE, and an element of READY.guilds for people.
type GuildCreate struct {
	Guild
	JoinedAt             string          `json:"joined_at"`
	Large                bool            `json:"large"`
	Unavailable          bool            `json:"unavailable"`
	MemberCount          int             `json:"member_count"`
	Members              []Member        `json:"members"`
	Channels             []Channel       `json:"channels"`
	Threads              []Thread        `json:"threads"`
	Presences            []Presence      `json:"presences"`
	VoiceStates          []VoiceState    `json:"voice_states"`
	StageInstances       []StageInstance `json:"stage_instances"`
	GuildScheduledEvents []string        `json:"guild_scheduled_events"`
	SoundboardSounds     []string        `json:"soundboard_sounds"`
}

// UnavailableGuild is a guild whose GUILD_CREATE follows, or the payload of GUILD_DELETE.
type UnavailableGuild struct {
	ID id.ID `json:"id"`
	// Unavailable true means an outage; its absence in GUILD_DELETE means that the guild is gone for this client.
	Unavailable bool `json:"unavailable,omitempty"`
}

// UserGuild is an element of GET /users/@me/guilds.
type UserGuild struct {
	ID                       id.ID    `json:"id"`
	Name                     string   `json:"name"`
	Icon                     *string  `json:"icon"`
	Banner                   *string  `json:"banner"`
	Owner                    bool     `json:"owner"`
	Permissions              perm.Set `json:"permissions"`
	Features                 []string `json:"features"`
	ApproximateMemberCount   *int     `json:"approximate_member_count,omitempty"`
	ApproximatePresenceCount *int     `json:"approximate_presence_count,omitempty"`
}

// NewUserGuild shows one of the caller's guilds.
func NewUserGuild(guild store.Guild, owner bool, permissions perm.Set) UserGuild {
	return UserGuild{ID: guild.ID, Name: guild.Name, Icon: TextOrNull(guild.Icon.Name()), Banner: TextOrNull(guild.Banner.Name()), Owner: owner, Permissions: permissions, Features: []string{}}
}

// IncidentsData tells until when a guild's invites and direct messages are paused.
type IncidentsData struct {
	InvitesDisabledUntil *string `json:"invites_disabled_until"`
	DMsDisabledUntil     *string `json:"dms_disabled_until"`
}

// NewIncidentsData shows a guild's pauses.
func NewIncidentsData(guild store.Guild) IncidentsData {
	return IncidentsData{InvitesDisabledUntil: TimestampOrNull(guild.InvitesPausedUntil), DMsDisabledUntil: TimestampOrNull(guild.DMsPausedUntil)}
}

// IncidentActions is the body of PUT /guilds/{guild}/incident-actions.
type IncidentActions struct {
	InvitesDisabledUntil Optional[time.Time] `json:"invites_disabled_until"`
	DMsDisabledUntil     Optional[time.Time] `json:"dms_disabled_until"`
}

// MFALevel is the body of POST /guilds/{guild}/mfa, and its answer: 1 when moderators need a second factor, 0 when they do not.
type MFALevel struct {
	Level *int `json:"level"`
}

// GuildPreview is a guild as those see it who are to be told what it is about.
type GuildPreview struct {
	ID                       id.ID      `json:"id"`
	Name                     string     `json:"name"`
	Icon                     *string    `json:"icon"`
	Splash                   *string    `json:"splash"`
	DiscoverySplash          *string    `json:"discovery_splash"`
	HomeHeader               *string    `json:"home_header"`
	Description              *string    `json:"description"`
	Features                 []string   `json:"features"`
	Emojis                   []Emoji    `json:"emojis"`
	Stickers                 []struct{} `json:"stickers"`
	ApproximateMemberCount   int        `json:"approximate_member_count"`
	ApproximatePresenceCount int        `json:"approximate_presence_count"`
}

// NewGuildPreview shows a guild with its counts.
func NewGuildPreview(guild store.Guild, emojis []store.GuildEmoji, members, presences int) GuildPreview {
	return GuildPreview{ID: guild.ID, Name: guild.Name, Icon: TextOrNull(guild.Icon.Name()), Splash: TextOrNull(guild.Splash.Name()),
		DiscoverySplash: TextOrNull(guild.DiscoverySplash.Name()), Description: TextOrNull(guild.Description), Features: []string{}, Emojis: NewEmojis(emojis), Stickers: []struct{}{},
		ApproximateMemberCount: members, ApproximatePresenceCount: presences}
}

// GuildDraft is the body of POST /guilds. Its roles and channels have placeholders for ids, which overwrites, parent_id, afk_channel_id and system_channel_id name them by; the first of the
// roles is @everyone.
type GuildDraft struct {
	Name                        string                     `json:"name"`
	Description                 Optional[string]           `json:"description"`
	Icon                        Optional[string]           `json:"icon"`
	Channels                    Optional[[]ChannelInDraft] `json:"channels"`
	Roles                       Optional[[]RoleInDraft]    `json:"roles"`
	VerificationLevel           Optional[int]              `json:"verification_level"`
	DefaultMessageNotifications Optional[int]              `json:"default_message_notifications"`
	ExplicitContentFilter       Optional[int]              `json:"explicit_content_filter"`
	AFKChannelID                Optional[id.ID]            `json:"afk_channel_id"`
	AFKTimeout                  Optional[int]              `json:"afk_timeout"`
	SystemChannelID             Optional[id.ID]            `json:"system_channel_id"`
	SystemChannelFlags          Optional[int]              `json:"system_channel_flags"`
	PreferredLocale             Optional[string]           `json:"preferred_locale"`
	GuildTemplateCode           NotYet                     `json:"guild_template_code"`
}

// ChannelInDraft is a channel in the body of POST /guilds.
type ChannelInDraft struct {
	ID Optional[id.ID] `json:"id"`
	ChannelDraft
}

// RoleInDraft is a role in the body of POST /guilds.
type RoleInDraft struct {
	ID       Optional[id.ID] `json:"id"`
	Position Optional[int]   `json:"position"`
	RoleDraft
}

// GuildPatch is the body of PATCH /guilds/{guild}.
type GuildPatch struct {
	Name                        Optional[string] `json:"name"`
	Description                 Optional[string] `json:"description"`
	OwnerID                     Optional[id.ID]  `json:"owner_id"`
	VerificationLevel           Optional[int]    `json:"verification_level"`
	DefaultMessageNotifications Optional[int]    `json:"default_message_notifications"`
	ExplicitContentFilter       Optional[int]    `json:"explicit_content_filter"`
	AFKTimeout                  Optional[int]    `json:"afk_timeout"`
	AFKChannelID                Optional[id.ID]  `json:"afk_channel_id"`
	SystemChannelID             Optional[id.ID]  `json:"system_channel_id"`
	SystemChannelFlags          Optional[int]    `json:"system_channel_flags"`
	RulesChannelID              Optional[id.ID]  `json:"rules_channel_id"`
	PreferredLocale             Optional[string] `json:"preferred_locale"`
	Icon                        Optional[string] `json:"icon"`
	Banner                      Optional[string] `json:"banner"`
	Splash                      Optional[string] `json:"splash"`
	DiscoverySplash             Optional[string] `json:"discovery_splash"`
	HomeHeader                  NotYet           `json:"home_header"`
	Features                    NotYet           `json:"features"`
	PublicUpdatesChannelID      NotYet           `json:"public_updates_channel_id"`
	SafetyAlertsChannelID       NotYet           `json:"safety_alerts_channel_id"`
	PremiumProgressBarEnabled   NotYet           `json:"premium_progress_bar_enabled"`
}
