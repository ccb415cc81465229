package wire

import (
	"guildhall/store"
	"guildhall/store/id"
)

// Invite is an invite as everybody sees it; people who look after the guild see the rest too.
type Invite struct {
	Type                     int            `json:"type"`
	Code                     string         `json:"code"`
	GuildID                  id.ID          `json:"guild_id"`
	Guild                    *InviteGuild   `json:"guild"`
	Channel                  *InviteChannel `json:"channel"`
	Inviter                  *User          `json:"inviter,omitempty"`
	ExpiresAt                *string        `json:"expires_at"`
	Flags                    int            `json:"flags"`
	ApproximateMemberCount   *int           `json:"approximate_member_count,omitempty"`
	ApproximatePresenceCount *int           `json:"approximate_presence_count,omitempty"`
	// NewMember tells, in the answer to a join, whether the person was not there before.
	NewMember *bool `json:"new_member,omitempty"`
	*InviteMetadata
}

// InviteMetadata is what people who look after the guild see of an invite.
type InviteMetadata struct {
	Uses      int    `json:"uses"`
	MaxUses   int    `json:"max_uses"`
	MaxAge    int    `json:"max_age"`
	Temporary bool   `json:"temporary"`
	CreatedAt string `json:"created_at"`
}

// InviteGuild is as much of a guild as an invite shows.
type InviteGuild struct {
	ID                id.ID    `json:"id"`
	Name              string   `json:"name"`
	Splash            *string  `json:"splash"`
	Banner            *string  `json:"banner"`
	Description       *string  `json:"description"`
	Icon              *string  `json:"icon"`
	Features          []string `json:"features"`
	VerificationLevel int      `json:"verification_level"`
	VanityURLCode     *string  `json:"vanity_url_code"`
	NSFWLevel         int      `json:"nsfw_level"`
	NSFW              bool     `json:"nsfw"`
	// PremiumSubscriptionCount is always 0: nothing here is for sale.
	PremiumSubscriptionCount int `json:"premium_subscription_count"`
	PremiumTier              int `json:"premium_tier"`
}

// InviteChannel is as much of a channel as an invite shows.
type InviteChannel struct {
	ID   id.ID             `json:"id"`
	Name string            `json:"name"`
	Type store.ChannelType `json:"type"`
}

// NewInvite shows an invite.
func NewInvite(invite store.Invite, guild store.Guild, channel store.Channel, inviter *store.User) Invite {
	shown := Invite{
		Code: invite.Code, GuildID: guild.ID, ExpiresAt: TimestampOrNull(invite.ExpiresAt()),
		Guild: &InviteGuild{ID: guild.ID, Name: guild.Name, Splash: TextOrNull(guild.Splash.Name()), Banner: TextOrNull(guild.Banner.Name()), Icon: TextOrNull(guild.Icon.Name()),
			Description: TextOrNull(guild.Description), Features: []string{},
			VerificationLevel: guild.VerificationLevel},
		Channel: &InviteChannel{ID: channel.ID, Name: channel.Name, Type: channel.Type},
	}
	if inviter != nil {
		user := NewUser(*inviter)
		shown.Inviter = &user
	}
	return shown
}

// WithMetadata adds what people who look after the guild see.
func (i Invite) WithMetadata(invite store.Invite) Invite {
	i.InviteMetadata = &InviteMetadata{Uses: invite.Uses, MaxUses: invite.MaxUses, MaxAge: invite.MaxAge, Temporary: invite.Temporary, CreatedAt: Timestamp(invite.CreatedAt)}
	return i
}

// InviteDraft is the body of POST /channels/{channel}/invites, which may be empty.
type InviteDraft struct {
	MaxAge              Optional[int]  `json:"max_age"`
	MaxUses             Optional[int]  `json:"max_uses"`
	Temporary           Optional[bool] `json:"temporary"`
	Unique              Optional[bool] `json:"unique"`
	TargetType          NotYet         `json:"target_type"`
	TargetUserID        NotYet         `json:"target_user_id"`
	TargetApplicationID NotYet         `json:"target_application_id"`
	RoleIDs             NotYet         `json:"role_ids"`
}

// InviteCreate is the payload of INVITE_CREATE.
type InviteCreate struct {
	Code      string `json:"code"`
	GuildID   id.ID  `json:"guild_id"`
	ChannelID id.ID  `json:"channel_id"`
	Inviter   *User  `json:"inviter,omitempty"`
	InviteMetadata
	ExpiresAt *string `json:"expires_at"`
}

// InviteDelete is the payload of INVITE_DELETE.
type InviteDelete struct {
	Code      string `json:"code"`
	GuildID   id.ID  `json:"guild_id"`
	ChannelID id.ID  `json:"channel_id"`
}
