package wire

import (
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// Channel is a channel of a guild.
type Channel struct {
	ID                   id.ID                 `json:"id"`
	Type                 store.ChannelType     `json:"type"`
	GuildID              id.ID                 `json:"guild_id"`
	Name                 string                `json:"name"`
	Position             int                   `json:"position"`
	ParentID             *id.ID                `json:"parent_id"`
	PermissionOverwrites []PermissionOverwrite `json:"permission_overwrites"`
	Flags                store.ChannelFlags    `json:"flags"`
	Topic                *string               `json:"topic"`
	NSFW                 bool                  `json:"nsfw"`
	RateLimitPerUser     int                   `json:"rate_limit_per_user"`
	LastMessageID        *id.ID                `json:"last_message_id"`
	LastPinTimestamp     *string               `json:"last_pin_timestamp"`
	// DefaultAutoArchiveDuration is in minutes; it is left out where the channel does not say.
	DefaultAutoArchiveDuration    int `json:"default_auto_archive_duration,omitempty"`
	DefaultThreadRateLimitPerUser int `json:"default_thread_rate_limit_per_user,omitempty"`
	*VoiceSettings
	*ForumSettings
}

// VoiceSettings are what a voice channel has besides.
type VoiceSettings struct {
	// Bitrate is in bits per second.
	Bitrate int `json:"bitrate"`
	// UserLimit is how many may be in the channel at once, 0 for any number.
	UserLimit        int     `json:"user_limit"`
	RTCRegion        *string `json:"rtc_region"`
	VideoQualityMode int     `json:"video_quality_mode"`
}

// VideoQualityAuto lets each client choose how good its picture is.
const VideoQualityAuto = 1

// PermissionOverwrite allows or denies permissions in a channel to a role (type 0) or member (type 1).
type PermissionOverwrite struct {
	ID    id.ID               `json:"id"`
	Type  store.OverwriteType `json:"type"`
	Allow perm.Set            `json:"allow"`
	Deny  perm.Set            `json:"deny"`
}

// NewChannel shows a channel; lastMessageID is that of its newest message, zero for none.
func NewChannel(channel store.Channel, lastMessageID id.ID) Channel {
	shown := Channel{ID: channel.ID, Type: channel.Type, GuildID: channel.GuildID, Name: channel.Name, Position: channel.Position, ParentID: IDOrNull(channel.ParentID),
		PermissionOverwrites: make([]PermissionOverwrite, len(channel.Overwrites)), Topic: TextOrNull(channel.Topic), NSFW: channel.NSFW,
		RateLimitPerUser: channel.RateLimitPerUser, LastMessageID: IDOrNull(lastMessageID), LastPinTimestamp: TimestampOrNull(channel.LastPinAt),
		Flags: channel.Flags, DefaultAutoArchiveDuration: minutes(channel.DefaultAutoArchive), DefaultThreadRateLimitPerUser: channel.DefaultThreadRateLimit}
	for i, overwrite := range channel.Overwrites {
		shown.PermissionOverwrites[i] = PermissionOverwrite{ID: overwrite.TargetID, Type: overwrite.Type, Allow: perm.Set(overwrite.Allow), Deny: perm.Set(overwrite.Deny)}
	}
	if channel.Type.IsVoice() {
		shown.VoiceSettings = &VoiceSettings{Bitrate: channel.Bitrate, UserLimit: channel.UserLimit, VideoQualityMode: VideoQualityAuto}
	}
	if channel.Type.IsForum() && channel.Forum != nil {
		shown.ForumSettings = NewForumSettings(channel.Forum)
	}
	return shown
}

// ChannelDraft is the body of POST and PATCH of a channel.
type ChannelDraft struct {
	Name                 Optional[string]            `json:"name"`
	Type                 Optional[store.ChannelType] `json:"type"`
	Topic                Optional[string]            `json:"topic"`
	Position             Optional[int]               `json:"position"`
	ParentID             Optional[id.ID]             `json:"parent_id"`
	NSFW                 Optional[bool]              `json:"nsfw"`
	RateLimitPerUser     Optional[int]               `json:"rate_limit_per_user"`
	Bitrate              Optional[int]               `json:"bitrate"`
	UserLimit            Optional[int]               `json:"user_limit"`
	PermissionOverwrites Optional[[]OverwriteDraft]  `json:"permission_overwrites"`
	// VideoQualityMode can only be VideoQualityAuto.
	VideoQualityMode Optional[int]    `json:"video_quality_mode"`
	RTCRegion        NotYet           `json:"rtc_region"`
	Icon             Optional[string] `json:"icon"`

	Flags                         Optional[store.ChannelFlags]   `json:"flags"`
	DefaultAutoArchiveDuration    Optional[int]                  `json:"default_auto_archive_duration"`
	DefaultThreadRateLimitPerUser Optional[int]                  `json:"default_thread_rate_limit_per_user"`
	AvailableTags                 Optional[[]ForumTagDraft]      `json:"available_tags"`
	DefaultReactionEmoji          Optional[DefaultReactionDraft] `json:"default_reaction_emoji"`
	DefaultSortOrder              Optional[int]                  `json:"default_sort_order"`
	DefaultForumLayout            Optional[store.ForumLayout]    `json:"default_forum_layout"`

	// What follows is of threads.
	Archived            Optional[bool]    `json:"archived"`
	AutoArchiveDuration Optional[int]     `json:"auto_archive_duration"`
	Locked              Optional[bool]    `json:"locked"`
	Invitable           Optional[bool]    `json:"invitable"`
	AppliedTags         Optional[[]id.ID] `json:"applied_tags"`
}

// OverwriteDraft is an overwrite as clients send it: allow and deny may be missing or null.
type OverwriteDraft struct {
	ID    id.ID                         `json:"id"`
	Type  Optional[store.OverwriteType] `json:"type"`
	Allow Optional[perm.Set]            `json:"allow"`
	Deny  Optional[perm.Set]            `json:"deny"`
}

// ChannelPosition is an element of the body of PATCH /guilds/{guild}/channels.
type ChannelPosition struct {
	ID              id.ID           `json:"id"`
	Position        Optional[int]   `json:"position"`
	ParentID        Optional[id.ID] `json:"parent_id"`
	LockPermissions Optional[bool]  `json:"lock_permissions"`
}
