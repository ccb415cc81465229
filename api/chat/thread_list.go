package chat

import (
	"cmp"
	"context"
	"slices"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// Bounds of a page of archived threads; upstream's pages have at least two.
const (
	defaultArchivedPage = 50
	maxArchivedPage     = 100
)

// Active gives a guild's threads that are not archived and that the caller may view, in ascending order of id.
func (t *Threads) Active(ctx context.Context, caller Caller, guildID id.ID) ([]Channel, error) {
	a, err := t.views.access(ctx, caller, guildID)
	if err != nil {
		return nil, err
	}
	return t.active(ctx, a)
}

func (t *Threads) active(ctx context.Context, a access) ([]Channel, error) {
	channels, err := t.AllActive(ctx, a.view.Guild.ID)
	if err != nil {
		return nil, err
	}
	return t.visible(ctx, a, channels)
}

// AllActive gives a guild's threads that are not archived. Who may view them is another question: see Visible.
func (t *Threads) AllActive(ctx context.Context, guildID id.ID) ([]store.Channel, error) {
	channels, err := t.Store.ActiveThreads(ctx, guildID)
	if err != nil {
		return nil, internal("reading active threads", err)
	}
	return channels, nil
}

// Visible gives those of a guild's threads that a member may view.
func (t *Threads) Visible(ctx context.Context, view *View, member *store.Member, channels []store.Channel) ([]Channel, error) {
	return t.visible(ctx, access{caller: Caller{UserID: member.UserID}, view: view, member: member}, slices.Clone(channels))
}

// visibleByID gives those of some threads of a guild that exist and that the caller may view.
func (t *Threads) visibleByID(ctx context.Context, a access, threadIDs []id.ID) ([]Channel, error) {
	if len(threadIDs) == 0 {
		return nil, nil
	}
	channels, err := t.Store.ThreadsByID(ctx, threadIDs)
	if err != nil {
		return nil, internal("reading threads", err)
	}
	return t.visible(ctx, a, channels)
}

func (t *Threads) visible(ctx context.Context, a access, channels []store.Channel) ([]Channel, error) {
	inParent := make(map[id.ID]perm.Set)
	channels = slices.DeleteFunc(channels, func(channel store.Channel) bool {
		held, known := inParent[channel.ParentID]
		if parent, found := a.view.Channel(channel.ParentID); found && !known {
			held = a.inChannel(parent)
			inParent[channel.ParentID] = held
		}
		return !held.Has(perm.ViewChannel)
	})
	threads, err := t.withPlaces(ctx, a.caller, channels)
	return slices.DeleteFunc(threads, func(thread Channel) bool {
		return thread.Type == store.ChannelPrivateThread && thread.Place == nil && !inParent[thread.ParentID].Standing().Has(perm.ManageThreads)
	}), err
}

// maxJoinedThreads is in how many threads of a guild, archived ones too, somebody's mentions are looked for: those that began last.
const maxJoinedThreads = 1000

// joined gives the threads that the caller is in and whose history they may read.
func (t *Threads) joined(ctx context.Context, a access) ([]store.Channel, error) {
	threadIDs, err := t.Store.JoinedThreads(ctx, a.view.Guild.ID, a.caller.UserID)
	if err != nil {
		return nil, internal("reading threads", err)
	}
	if len(threadIDs) == 0 {
		return nil, nil
	}
	threads, err := t.Store.ThreadsByID(ctx, threadIDs[max(0, len(threadIDs)-maxJoinedThreads):])
	if err != nil {
		return nil, internal("reading threads", err)
	}
	return slices.DeleteFunc(threads, func(thread store.Channel) bool {
		parent, found := a.view.Channel(thread.ParentID)
		return !found || !a.inChannel(parent).Has(perm.ViewChannel|perm.ReadMessageHistory)
	}), nil
}

// withPlaces makes threads ready to go out to somebody.
func (t *Threads) withPlaces(ctx context.Context, caller Caller, channels []store.Channel) ([]Channel, error) {
	threads := make([]Channel, len(channels))
	if len(channels) == 0 {
		return threads, nil
	}
	threadIDs := make([]id.ID, len(channels))
	for i := range channels {
		threadIDs[i] = channels[i].ID
	}
	places, err := t.Store.ThreadPlaces(ctx, caller.UserID, threadIDs)
	if err != nil {
		return nil, internal("reading places in threads", err)
	}
	for i := range channels {
		var place *store.ThreadMember
		if at, found := slices.BinarySearchFunc(places, channels[i].ID, func(place store.ThreadMember, threadID id.ID) int { return cmp.Compare(place.ThreadID, threadID) }); found {
			place = &places[at]
		}
		threads[i] = threadOf(channels[i], place)
	}
	return threads, nil
}

// Archived gives a page of a channel's archived threads, those archived last first, archived before a moment (zero: from the last), and whether there are more. It needs
// READ_MESSAGE_HISTORY, for private ones MANAGE_THREADS too. limit is 2 to 100, zero means 50.
func (t *Threads) Archived(ctx context.Context, caller Caller, channelID id.ID, page store.ArchivedPage) ([]Channel, bool, error) {
	needed := perm.ReadMessageHistory
	if page.Private {
		needed |= perm.ManageThreads
	}
	return t.archived(ctx, caller, channelID, needed, page.Limit, func(limit int) ([]store.Channel, error) {
		page.Limit = limit
		return t.Store.ArchivedThreads(ctx, channelID, page)
	})
}

// JoinedArchived gives a page of a channel's private archived threads that the caller is in, by descending id, with ids below before (zero: all), and whether there are
// more; it needs READ_MESSAGE_HISTORY. limit is as for Archived.
func (t *Threads) JoinedArchived(ctx context.Context, caller Caller, channelID, before id.ID, limit int) ([]Channel, bool, error) {
	return t.archived(ctx, caller, channelID, perm.ReadMessageHistory, limit, func(limit int) ([]store.Channel, error) {
		return t.Store.JoinedArchivedThreads(ctx, channelID, caller.UserID, before, limit)
	})
}

func (t *Threads) archived(ctx context.Context, caller Caller, channelID id.ID, needed perm.Set, limit int, read func(limit int) ([]store.Channel, error)) ([]Channel, bool, error) {
	limit = cmp.Or(limit, defaultArchivedPage)
	if limit < 2 || limit > maxArchivedPage {
		return nil, false, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 2 and %d.", maxArchivedPage)
	}
	_, channel, held, err := t.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return nil, false, err
	}
	if channel.GuildID == 0 || channel.Type.IsThread() {
		return nil, false, fail(WrongChannelType)
	}
	if err := need(held, needed); err != nil {
		return nil, false, err
	}
	channels, err := read(limit + 1)
	if err != nil {
		return nil, false, internal("reading archived threads", err)
	}
	threads, err := t.withPlaces(ctx, caller, channels[:min(limit, len(channels))])
	return threads, len(channels) > limit, err
}

// milliseconds is a moment as the store keeps it.
func milliseconds(moment time.Time) time.Time { return moment.UTC().Truncate(time.Millisecond) }
