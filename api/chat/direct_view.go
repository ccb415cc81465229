package chat

import (
	"context"
	"errors"
	"slices"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// maxDirects is for how many conversations between people it is kept in memory who is in them.
const maxDirects = 65536

// direct gives the view of a conversation between people: a View without a guild, with the conversation as its one channel. UnknownChannel when there is none.
func (v *Views) direct(ctx context.Context, channelID id.ID) (*View, error) {
	view, found, epoch := v.directs.get(channelID)
	if found {
		return view, nil
	}
	channel, err := v.store.Channel(ctx, channelID)
	if errors.Is(err, store.ErrNotFound) || err == nil && channel.GuildID != 0 {
		return nil, fail(UnknownChannel)
	}
	if err != nil {
		return nil, internal("reading a conversation", err)
	}
	newest, err := v.store.LastMessageIDs(ctx, []id.ID{channelID})
	if err != nil {
		return nil, internal("reading a conversation's newest message", err)
	}
	view = &View{Channels: []store.Channel{channel}, newest: []*newestMessage{new(newestMessage)}, now: v.now}
	view.newest[0].raise(newest[channelID])
	v.directs.fill(channelID, view, epoch)
	return view, nil
}

// directAccess finds out what a caller is in a conversation. For everybody who is not in it, the command line too, it does not exist: UnknownChannel.
func (v *Views) directAccess(ctx context.Context, caller Caller, channelID id.ID) (access, *store.Channel, perm.Set, error) {
	view, err := v.direct(ctx, channelID)
	if err != nil {
		return access{}, nil, 0, err
	}
	channel := &view.Channels[0]
	if caller.Console || !slices.Contains(channel.Recipients, caller.UserID) {
		return access{}, nil, 0, fail(UnknownChannel)
	}
	return access{caller: caller, view: view, member: &store.Member{UserID: caller.UserID}}, channel, inDirect(channel), nil
}

// inDirect is what those who are in a conversation may do there.
func inDirect(channel *store.Channel) perm.Set {
	if channel.Type == store.ChannelGroupDM {
		return perm.Group
	}
	return perm.Direct
}

// tell publishes what happened in a channel: to its guild, or to each of those who are in the conversation.
func (v *Views) tell(ctx context.Context, deps Deps, e event.Placed) {
	guildID, channelID := e.Place()
	if guildID != 0 {
		deps.publish(ctx, e)
		return
	}
	view, err := v.direct(ctx, channelID)
	if err != nil {
		if KindOf(err) != UnknownChannel {
			deps.Log.ErrorContext(ctx, "what happened in a conversation was not told", "channel", channelID, "error", err)
		}
		return
	}
	for _, userID := range view.Channels[0].Recipients {
		deps.publish(ctx, event.Direct{UserID: userID, Event: e})
	}
}

// receiveDirect keeps conversations in step with other nodes.
func (v *Views) receiveDirect(e event.Event) {
	switch e := e.(type) {
	case event.Direct:
		if posted, ok := e.Event.(event.MessageCreated); ok {
			v.posted(0, posted.Message.ChannelID, posted.Message.ID)
		}
	case event.DirectOpened:
		v.dropDirect(e.Channel.ID)
	case event.DirectClosed:
		v.dropDirect(e.Channel.ID)
	case event.RecipientAdded:
		v.dropDirect(e.ChannelID)
	case event.RecipientRemoved:
		v.dropDirect(e.ChannelID)
	}
}

// dropDirect makes the next question about a conversation read it anew.
func (v *Views) dropDirect(channelID id.ID) { v.directs.drop(channelID) }
