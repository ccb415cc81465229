package wire

import (
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// Member is a user's place in a guild. User is left out where the message around it names the user.
type Member struct {
	User                       *User   `json:"user,omitempty"`
	Nick                       *string `json:"nick"`
	Avatar                     *string `json:"avatar"`
	Banner                     *string `json:"banner"`
	Roles                      []id.ID `json:"roles"`
	JoinedAt                   string  `json:"joined_at"`
	PremiumSince               *string `json:"premium_since"`
	Deaf                       bool    `json:"deaf"`
	Mute                       bool    `json:"mute"`
	Flags                      uint64  `json:"flags"`
	Pending                    bool    `json:"pending"`
	CommunicationDisabledUntil *string `json:"communication_disabled_until"`
}

// NewMember shows a member with their account.
func NewMember(member store.Member, user store.User) Member {
	shown := NewPartialMember(member)
	account := NewUser(user)
	shown.User = &account
	return shown
}

// NewPartialMember shows a member without the account.
func NewPartialMember(member store.Member) Member {
	return Member{Nick: TextOrNull(member.Nick), Avatar: TextOrNull(member.Avatar.Name()), Banner: TextOrNull(member.Banner.Name()), Roles: list(member.RoleIDs), JoinedAt: Timestamp(member.JoinedAt), Deaf: member.Deaf, Mute: member.Mute,
		Flags: member.Flags, CommunicationDisabledUntil: TimestampOrNull(member.TimedOutUntil)}
}

// MemberPatch is the body of PATCH /guilds/{guild}/members/{user}.
type MemberPatch struct {
	Nick                       Optional[string]    `json:"nick"`
	Roles                      Optional[[]id.ID]   `json:"roles"`
	Mute                       Optional[bool]      `json:"mute"`
	Deaf                       Optional[bool]      `json:"deaf"`
	ChannelID                  Optional[id.ID]     `json:"channel_id"`
	CommunicationDisabledUntil Optional[time.Time] `json:"communication_disabled_until"`
	Flags                      NotYet              `json:"flags"`
}

// Nick is the body of PATCH /guilds/{guild}/members/@me/nick.
type Nick struct {
	Nick Optional[string] `json:"nick"`
}

// SelfMemberPatch is the body of PATCH /guilds/{guild}/members/@me.
type SelfMemberPatch struct {
	Nick   Optional[string] `json:"nick"`
	Avatar Optional[string] `json:"avatar"`
	Banner Optional[string] `json:"banner"`
	Bio    Optional[string] `json:"bio"`
}

// GuildMember is the payload of GUILD_MEMBER_ADD and GUILD_MEMBER_UPDATE.
type GuildMember struct {
	Member
	GuildID id.ID `json:"guild_id"`
}

// GuildMemberRemove is the payload of GUILD_MEMBER_REMOVE.
type GuildMemberRemove struct {
	GuildID id.ID `json:"guild_id"`
	User    User  `json:"user"`
}

// RequestGuildMembers is the payload of op 8. GuildID and UserIDs may each be one id or a list of ids.
type RequestGuildMembers struct {
	GuildID   OneOrMany `json:"guild_id"`
	Query     *string   `json:"query"`
	Limit     int       `json:"limit"`
	Presences bool      `json:"presences"`
	UserIDs   OneOrMany `json:"user_ids"`
	Nonce     string    `json:"nonce"`
}

// RateLimited is the payload of RATE_LIMITED: what a client asked for too often over the gateway.
type RateLimited struct {
	Opcode Opcode `json:"opcode"`
	// RetryAfter is in seconds.
	RetryAfter float64         `json:"retry_after"`
	Meta       RateLimitedMeta `json:"meta"`
}

// RateLimitedMeta tells which request it was.
type RateLimitedMeta struct {
	GuildID id.ID  `json:"guild_id"`
	Nonce   string `json:"nonce,omitempty"`
}

// GuildMembersChunk is the payload of GUILD_MEMBERS_CHUNK.
type GuildMembersChunk struct {
	GuildID    id.ID      `json:"guild_id"`
	Members    []Member   `json:"members"`
	ChunkIndex int        `json:"chunk_index"`
	ChunkCount int        `json:"chunk_count"`
	NotFound   []id.ID    `json:"not_found,omitempty"`
	Presences  []Presence `json:"presences,omitempty"`
	Nonce      string     `json:"nonce,omitempty"`
}
