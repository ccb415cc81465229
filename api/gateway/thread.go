package gateway

import (
	"context"
	"slices"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// audience is who may see what happens in a channel or a thread.
type audience struct {
	// channelID is that of the channel, or of the one that the thread is in.
	channelID id.ID
	// private tells that only those in a thread see it, and who manages threads; in tells who is in it.
	private bool
	in      func(userID id.ID) bool
}

// audience finds out who may see what happens in a channel or a thread. The lock is held.
func (h *guildHub) audience(channelID id.ID) audience {
	ctx := context.Background()
	view, err := h.gateway.Chat.Views.Guild(ctx, h.guildID)
	if err != nil {
		return audience{channelID: channelID}
	}
	if _, found := view.Channel(channelID); found {
		return audience{channelID: channelID}
	}
	thread, err := h.gateway.Chat.Views.Thread(ctx, channelID)
	if err != nil {
		if chat.KindOf(err) != chat.UnknownChannel {
			h.gateway.Log.Error("who may see a thread is not known", "thread", channelID, "error", err)
		}
		return audience{channelID: channelID} // which nobody sees, unless it is a channel that is deleted by now
	}
	return audience{channelID: thread.Channel.ParentID, private: thread.Private(), in: thread.Has}
}

// has tells whether a seat's session is among them.
func (a audience) has(place *seat) bool {
	return place.sight.sees(a.channelID) && (!a.private || place.sight.manages(a.channelID) || a.in(place.session.caller.UserID))
}

// admits tells whether a member is among them and holds some permissions there.
func (a audience) admits(view *chat.View, member *store.Member, needed perm.Set) bool {
	held := view.ChannelPermissions(member, a.channelID)
	return held.Has(needed) && (!a.private || held.Has(perm.ManageThreads) || a.in(member.UserID))
}

// threadCreated tells of a new thread, its owner with their place in it.
func (h *guildHub) threadCreated(e event.ThreadCreated, seats []*seat) {
	place := store.ThreadMember{ThreadID: e.Thread.ID, UserID: e.Thread.OwnerID, JoinedAt: e.Thread.Thread.CreatedAt}
	b := h.lazy("THREAD_CREATE", wire.ThreadCreate{Thread: wire.NewThread(e.Thread, nil), NewlyCreated: true})
	own := h.lazy("THREAD_CREATE", wire.ThreadCreate{Thread: wire.NewThread(e.Thread, &place), NewlyCreated: true})
	readers := h.audience(e.Thread.ID)
	for _, seat := range seats {
		switch {
		case !seat.wants(intentGuilds) || !readers.has(seat) || seat.knows(e):
		case seat.session.caller.UserID == e.Thread.OwnerID:
			own.to(seat)
		default:
			b.to(seat)
		}
	}
}

// threadDeleted tells of a thread that is gone those who saw it.
func (h *guildHub) threadDeleted(e event.ThreadDeleted, seats []*seat) {
	readers := audience{channelID: e.Thread.ParentID, private: e.Thread.Type == store.ChannelPrivateThread, in: func(userID id.ID) bool {
		_, found := slices.BinarySearch(e.MemberIDs, userID)
		return found
	}}
	b := h.lazy("THREAD_DELETE", wire.ThreadDelete{ID: e.Thread.ID, GuildID: h.guildID, ParentID: e.Thread.ParentID, Type: e.Thread.Type})
	for _, seat := range seats {
		if seat.wants(intentGuilds) && readers.has(seat) {
			b.to(seat)
		}
	}
}

// threadMembers tells who came into a thread and who left it: those whom it is about, and those who want to know of members. Whoever comes into a private thread is shown
// the thread first.
func (h *guildHub) threadMembers(e event.ThreadMembersChanged, seats []*seat) {
	b := h.lazy("THREAD_MEMBERS_UPDATE", wire.NewThreadMembersUpdate(e))
	readers := h.audience(e.Thread.ID)
	joined := make(map[id.ID]store.ThreadMember, len(e.Joined))
	for _, one := range e.Joined {
		joined[one.Place.UserID] = one.Place
	}
	for _, seat := range seats {
		userID := seat.session.caller.UserID
		place, came := joined[userID]
		left := slices.Contains(e.LeftIDs, userID)
		if !seat.wants(intentGuilds) || !left && !readers.has(seat) {
			continue
		}
		if came {
			if readers.private && !seat.sight.manages(readers.channelID) {
				h.lazy("THREAD_CREATE", wire.ThreadCreate{Thread: wire.NewThread(e.Thread, &place)}).to(seat)
			}
			h.lazy("THREAD_MEMBER_UPDATE", wire.ThreadMemberUpdate{ThreadMember: wire.NewThreadMember(place), GuildID: h.guildID}).to(seat)
		}
		if came || left || seat.wants(intentMembers) {
			b.to(seat)
		}
	}
}

// activeThreads are a guild's threads that are not archived, read when they are first needed.
type activeThreads struct {
	hub  *guildHub
	read bool
	all  []store.Channel
}

// sync tells a seat's session of the active threads that came into sight.
func (t *activeThreads) sync(ctx context.Context, view *chat.View, member *store.Member, place *seat, before *sight) {
	var gained []id.ID
	for _, channelID := range place.sight.visible {
		if !before.sees(channelID) || !before.manages(channelID) && place.sight.manages(channelID) {
			gained = append(gained, channelID)
		}
	}
	if len(gained) == 0 || !place.wants(intentGuilds) {
		return
	}
	threads, err := t.in(ctx, view, member, gained)
	if err != nil {
		t.hub.outOfStep([]*seat{place}, err)
		return
	}
	if len(threads) == 0 {
		return
	}
	payload := wire.ThreadListSync{GuildID: t.hub.guildID, ChannelIDs: gained, Threads: make([]wire.Thread, len(threads)), Members: []wire.ThreadMember{}}
	for i, thread := range threads {
		payload.Threads[i] = wire.NewThread(thread.Channel, thread.Place)
		if thread.Place != nil {
			payload.Members = append(payload.Members, wire.NewThreadMember(*thread.Place))
		}
	}
	t.hub.lazy("THREAD_LIST_SYNC", payload).to(place)
}

// in gives those threads of some channels that a member may view.
func (t *activeThreads) in(ctx context.Context, view *chat.View, member *store.Member, channelIDs []id.ID) ([]chat.Channel, error) {
	if !t.read {
		all, err := t.hub.gateway.Chat.Threads.AllActive(ctx, t.hub.guildID)
		if err != nil {
			return nil, err
		}
		t.all, t.read = all, true
	}
	var some []store.Channel
	for _, thread := range t.all {
		if _, found := slices.BinarySearch(channelIDs, thread.ParentID); found {
			some = append(some, thread)
		}
	}
	if len(some) == 0 {
		return nil, nil
	}
	return t.hub.gateway.Chat.Threads.Visible(ctx, view, member, some)
}
