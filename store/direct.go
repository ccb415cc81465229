package store

import (
	"context"

	"guildhall/store/id"
)

// DirectChannels keeps the channels between people, which are in no guild: a Channel of type ChannelDM or ChannelGroupDM whose GuildID is zero. Channels.Channel reads
// them too, Messages keeps what is said in them, and nothing else of Channels knows them.
type DirectChannels interface {
	// OpenDirectChannel gives the one channel of two accounts, which is stored from draft (type ChannelDM, two different recipients) when they have none yet. It is shown to
	// opener from then on, and a new one is hidden from the other; opened tells that it was not shown to opener before. ErrNotFound when an account does not exist.
	OpenDirectChannel(ctx context.Context, draft Channel, opener id.ID) (channel Channel, opened bool, err error)
	// CreateGroupChannel stores a group (type ChannelGroupDM, at least one recipient). ErrNotFound when an account does not exist.
	CreateGroupChannel(ctx context.Context, channel Channel) error
	// UserDirectChannels gives the channels that an account is a recipient of and that are not hidden from it, in ascending order of id.
	UserDirectChannels(ctx context.Context, userID id.ID) ([]Channel, error)
	// UpdateDirectChannel applies change atomically (see UpdateUser for the rules of change) to the name, the owner and HiddenFrom, and of a group to the recipients. A group
	// that comes to have none is deleted with its messages; the result then has none. ErrNotFound when there is no such channel, or an added recipient's account does not exist.
	UpdateDirectChannel(ctx context.Context, channelID id.ID, change func(*Channel) error) (Channel, error)
}
