package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// ChannelType is the kind of a channel, with the numbers of the wire contract.
type ChannelType int

// The channel types.
const (
	ChannelText               ChannelType = 0
	ChannelDM                 ChannelType = 1
	ChannelVoice              ChannelType = 2
	ChannelGroupDM            ChannelType = 3
	ChannelCategory           ChannelType = 4
	ChannelAnnouncement       ChannelType = 5
	ChannelAnnouncementThread ChannelType = 10
	ChannelPublicThread       ChannelType = 11
	ChannelPrivateThread      ChannelType = 12
	ChannelStage              ChannelType = 13
	ChannelForum              ChannelType = 15
	ChannelMedia              ChannelType = 16
)

// IsVoice tells whether people talk in channels of the type.
func (t ChannelType) IsVoice() bool { return t == ChannelVoice || t == ChannelStage }

// Channel is a place in a guild, for text, for voice, or a category that groups others; or a conversation between people (see DirectChannels).
type Channel struct {
	ID id.ID
	// GuildID is zero for conversations between people.
	GuildID id.ID
	Type    ChannelType
	// Name has 1 to 100 characters.
	Name string
	// Topic has at most 1024 characters, that of a forum 4096.
	Topic string
	// Position orders channels of one kind and parent, ties by id.
	Position int
	// ParentID is the category, zero for none; of a thread the channel that it is in.
	ParentID id.ID
	NSFW     bool
	// RateLimitPerUser is the slow mode in seconds, 0 to 21600.
	RateLimitPerUser int
	// Bitrate (bits per second) and UserLimit (0: none) are for voice channels.
	Bitrate   int
	UserLimit int
	// Overwrites are in ascending order of their target's id.
	Overwrites []PermissionOverwrite

	// LastPinAt is the moment of the last pin that was set; zero for none.
	LastPinAt time.Time
	Flags     ChannelFlags
	// Thread is nil for what is no thread, Forum for what is no forum.
	Thread *Thread
	Forum  *Forum
	// DefaultAutoArchive is what clients offer for new threads in the channel, zero for nothing; DefaultThreadRateLimit is the slow mode of new threads, in seconds.
	DefaultAutoArchive     time.Duration
	DefaultThreadRateLimit int
	// OwnerID is who looks after a group of people, or who began a thread; zero for other channels.
	OwnerID id.ID
	// Recipients are the people in a conversation between people, in ascending order, each once.
	Recipients []id.ID
	// Icon is of a group of people; nil for none.
	Icon *Picture
	// HiddenFrom are those recipients whose list of conversations does not show it, in ascending order.
	HiddenFrom []id.ID
}

// OverwriteType says whom a permission overwrite is for.
type OverwriteType int

// The targets of overwrites.
const (
	OverwriteRole   OverwriteType = 0
	OverwriteMember OverwriteType = 1
)

// PermissionOverwrite allows or denies permissions in one channel to one role or member.
type PermissionOverwrite struct {
	TargetID id.ID
	Type     OverwriteType
	// Allow and Deny are permission bits (api/perm).
	Allow uint64
	Deny  uint64
}

// Channels keeps the channels of guilds. Threads (see there) are known to Channel and DeleteChannel alone.
type Channels interface {
	// CreateChannel stores a channel. ErrNotFound when its guild, or its parent there, does not exist; a *LimitError when the guild has max channels already.
	CreateChannel(ctx context.Context, channel Channel, max int) error
	// Channel gives a channel of a guild, or one between people.
	Channel(ctx context.Context, channelID id.ID) (Channel, error)
	// GuildChannels gives a guild's channels, without threads, in ascending order of id.
	GuildChannels(ctx context.Context, guildID id.ID) ([]Channel, error)
	// UpdateChannel applies change atomically (see UpdateUser for the rules of change); overwrites may change with it. The guild and LastPinAt cannot change.
	// ErrNotFound also when ParentID comes to name a channel that the guild does not have.
	UpdateChannel(ctx context.Context, channelID id.ID, change func(*Channel) error) (Channel, error)
	// DeleteChannel deletes a channel with its messages, overwrites, threads, invites and voice sessions. Channels whose parent it was, and guild settings that
	// named it (AFK, system, rules), then name none; the changed channels are returned.
	DeleteChannel(ctx context.Context, channelID id.ID) (orphans []Channel, err error)
	// LastMessageIDs gives the id of the newest message of each of the channels that has one, of a forum that of its newest post.
	LastMessageIDs(ctx context.Context, channelIDs []id.ID) (map[id.ID]id.ID, error)
}
