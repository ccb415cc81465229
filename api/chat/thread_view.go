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

// maxThreadViews is how many threads are kept in memory, over all guilds.
const maxThreadViews = 16384

// ThreadView is a thread at one moment, as permission checks need it. It is shared by everybody, and nobody may write to what it holds.
type ThreadView struct {
	// Channel is the thread. Its counts are those of when it was read.
	Channel store.Channel

	// members are who is in it, in ascending order; nil for those that are not private.
	members []id.ID
	// newest has the id of the newest message. Unlike the rest it goes on counting.
	newest newestMessage
}

// Private tells whether the thread is only for those in it, and for who manages threads.
func (t *ThreadView) Private() bool { return t.Channel.Type == store.ChannelPrivateThread }

// Has tells whether somebody is in a private thread.
func (t *ThreadView) Has(userID id.ID) bool {
	_, found := slices.BinarySearch(t.members, userID)
	return found
}

// Shows tells whether somebody may view the thread who may do some things in its parent.
func (t *ThreadView) Shows(inParent perm.Set, userID id.ID) bool {
	return inParent.Has(perm.ViewChannel) && (!t.Private() || inParent.Standing().Has(perm.ManageThreads) || t.Has(userID))
}

// Thread gives a thread; UnknownChannel when there is none.
func (v *Views) Thread(ctx context.Context, threadID id.ID) (*ThreadView, error) {
	view, found, epoch := v.threads.get(threadID)
	if found {
		return view, nil
	}
	channel, err := v.store.Channel(ctx, threadID)
	if errors.Is(err, store.ErrNotFound) || err == nil && channel.Thread == nil {
		return nil, fail(UnknownChannel)
	}
	if err != nil {
		return nil, internal("reading a thread", err)
	}
	view = &ThreadView{Channel: channel}
	view.newest.raise(channel.Thread.LastMessageID)
	if view.Private() {
		members, err := v.store.ThreadMembers(ctx, threadID, 0, maxThreadMembers)
		if err != nil {
			return nil, internal("reading the members of a thread", err)
		}
		for _, member := range members {
			view.members = append(view.members, member.UserID)
		}
	}
	v.threads.fill(threadID, view, epoch)
	return view, nil
}

// threadAccess finds out what somebody is in a thread of a guild that they are in.
func (v *Views) threadAccess(ctx context.Context, a access, threadID id.ID) (*store.Channel, perm.Set, error) {
	thread, err := v.Thread(ctx, threadID)
	if err != nil {
		return nil, 0, err
	}
	parent, found := a.view.Channel(thread.Channel.ParentID)
	if !found || thread.Channel.GuildID != a.view.Guild.ID {
		return nil, 0, fail(UnknownChannel)
	}
	held := perm.All
	if a.member != nil {
		held = a.usable(perm.InThread(perm.Base(&a.view.Guild, a.view.Roles, a.member), parent.Overwrites, a.member, a.view.now()))
		if !thread.Shows(held, a.member.UserID) {
			return nil, 0, fail(MissingAccess)
		}
	}
	return &thread.Channel, held, nil
}

// lastMessageID is the id of the newest message of a channel that the view knows, or of a thread.
func (v *Views) lastMessageID(ctx context.Context, view *View, channel *store.Channel) (id.ID, error) {
	if channel.Thread == nil {
		return view.LastMessageID(channel.ID), nil
	}
	thread, err := v.Thread(ctx, channel.ID)
	if err != nil {
		return 0, err
	}
	return id.ID(thread.newest.Load()), nil
}

// postedInThread remembers a thread's newest message.
func (v *Views) postedInThread(threadID, messageID id.ID) {
	if view, found, _ := v.threads.get(threadID); found {
		view.newest.raise(messageID)
	} else {
		v.dropThread(threadID) // whoever is reading it may have missed the message
	}
}

// dropThread makes the next question about a thread read it anew.
func (v *Views) dropThread(threadID id.ID) { v.threads.drop(threadID) }

// dropThreadsOf makes the next question about any thread of a channel read it anew.
func (v *Views) dropThreadsOf(parentID id.ID) {
	v.threads.dropWhere(func(_ id.ID, thread *ThreadView) bool { return thread.Channel.ParentID == parentID })
}

// dropThreadsWith makes the next question about the private threads that somebody is in read them anew.
func (v *Views) dropThreadsWith(guildID, userID id.ID) {
	v.threads.dropWhere(func(_ id.ID, thread *ThreadView) bool { return thread.Channel.GuildID == guildID && thread.Has(userID) })
}

// receiveThread keeps threads in step with other nodes.
func (v *Views) receiveThread(e event.Event) {
	switch e := e.(type) {
	case event.ThreadCreated:
		v.dropThread(e.Thread.ID)
		if entry, found := v.known(e.Thread.GuildID); found {
			if view := entry.view.Load(); view != nil {
				if parent, found := view.Channel(e.Thread.ParentID); found && parent.Type.IsForum() {
					v.posted(e.Thread.GuildID, parent.ID, e.Thread.ID)
				}
			}
		}
	case event.ThreadUpdated:
		v.dropThread(e.Thread.ID)
	case event.ThreadDeleted:
		v.dropThread(e.Thread.ID)
	case event.ThreadMembersChanged:
		v.dropThread(e.Thread.ID)
	case event.PinsUpdated:
		v.dropThread(e.ChannelID)
		v.renew(e.GuildID)
	default:
		v.receiveDirect(e)
	}
}
