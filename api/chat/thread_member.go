package chat

import (
	"context"
	"errors"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// maxThreadMembersPage bounds a page of a thread's members, as upstream.
const maxThreadMembersPage = 100

// ThreadMember is somebody's place in a thread, and who they are in the guild.
type ThreadMember struct {
	store.ThreadMember
	Member GuildMember
}

// Join brings the caller into a thread that they may view and that is not archived.
func (t *Threads) Join(ctx context.Context, caller Caller, threadID id.ID) error {
	a, _, _, err := t.find(ctx, caller, threadID)
	if err != nil {
		return err
	}
	if a.member == nil {
		return &Error{Kind: MissingPermission, Message: "The command line does not join threads."}
	}
	return t.bring(ctx, threadID, a.member, nil)
}

// Add brings somebody else into a thread; it needs SEND_MESSAGES_IN_THREADS. They must be able to view the channel that the thread is in. Into a private thread that is not
// invitable only its owner and who holds MANAGE_THREADS bring others.
func (t *Threads) Add(ctx context.Context, caller Caller, threadID, userID id.ID) error {
	if userID == caller.UserID {
		return t.Join(ctx, caller, threadID)
	}
	a, channel, held, err := t.find(ctx, caller, threadID)
	if err != nil {
		return err
	}
	if err := need(held, perm.SendMessagesInThreads); err != nil {
		return err
	}
	if channel.Type == store.ChannelPrivateThread && !channel.Thread.Invitable && channel.OwnerID != caller.UserID {
		if err := need(held, perm.ManageThreads); err != nil {
			return err
		}
	}
	member, err := t.views.Member(ctx, channel.GuildID, userID)
	if err != nil {
		return err
	}
	if !a.view.ChannelPermissions(member, channel.ParentID).Has(perm.ViewChannel) {
		return &Error{Kind: MissingAccess, Message: "This member cannot view the channel that the thread is in."}
	}
	return t.bring(ctx, threadID, member, func(ctx context.Context) error {
		if a.member == nil {
			return nil
		}
		return t.messages.note(ctx, a, channel, store.Message{Type: store.MessageRecipientAdd, AuthorID: caller.UserID, Mentions: []id.ID{userID}})
	})
}

// bring brings a member into a thread, and then says so.
func (t *Threads) bring(ctx context.Context, threadID id.ID, member *store.Member, say func(context.Context) error) error {
	return t.inLane(ctx, threadID, func(ctx context.Context) error {
		if err := t.needOpen(ctx, threadID); err != nil {
			return err
		}
		joined, err := t.join(ctx, threadID, member)
		if err != nil || joined == nil {
			return err
		}
		if err := t.tellMembers(ctx, threadID, []event.ThreadJoined{*joined}, nil); err != nil || say == nil {
			return err
		}
		return say(ctx)
	})
}

// needOpen refuses what cannot be done in the archive.
func (t *Threads) needOpen(ctx context.Context, threadID id.ID) error {
	thread, err := t.views.Thread(ctx, threadID)
	if err != nil {
		return err
	}
	return notArchived(&thread.Channel)
}

// Leave takes the caller out of a thread that is not archived.
func (t *Threads) Leave(ctx context.Context, caller Caller, threadID id.ID) error {
	if _, _, _, err := t.find(ctx, caller, threadID); err != nil {
		return err
	}
	return t.take(ctx, threadID, caller.UserID, nil)
}

// Remove takes somebody else out of a thread that is not archived; it needs MANAGE_THREADS, or the thread must be private and the caller's own.
func (t *Threads) Remove(ctx context.Context, caller Caller, threadID, userID id.ID) error {
	if userID == caller.UserID {
		return t.Leave(ctx, caller, threadID)
	}
	a, channel, held, err := t.find(ctx, caller, threadID)
	if err != nil {
		return err
	}
	if channel.Type != store.ChannelPrivateThread || channel.OwnerID != caller.UserID {
		if err := need(held, perm.ManageThreads); err != nil {
			return err
		}
	}
	return t.take(ctx, threadID, userID, func(ctx context.Context) error {
		if a.member == nil {
			return nil
		}
		return t.messages.note(ctx, a, channel, store.Message{Type: store.MessageRecipientRemove, AuthorID: caller.UserID, Mentions: []id.ID{userID}})
	})
}

// take takes somebody out of a thread, and then says so.
func (t *Threads) take(ctx context.Context, threadID, userID id.ID, say func(context.Context) error) error {
	return t.inLane(ctx, threadID, func(ctx context.Context) error {
		if err := t.needOpen(ctx, threadID); err != nil {
			return err
		}
		removed, err := t.Store.RemoveThreadMember(ctx, threadID, userID)
		t.views.dropThread(threadID)
		if err != nil {
			return threadFailure("leaving a thread", err)
		}
		if !removed {
			return nil
		}
		if err := t.tellMembers(ctx, threadID, nil, []id.ID{userID}); err != nil || say == nil {
			return err
		}
		return say(ctx)
	})
}

// left tells of the active threads that somebody was in who left the guild, of those that began last. What is in the archive nobody shows.
func (t *Threads) left(ctx context.Context, userID id.ID, threadIDs []id.ID) {
	if len(threadIDs) == 0 {
		return
	}
	threads, err := t.Store.ThreadsByID(ctx, threadIDs[max(0, len(threadIDs)-maxJoinedThreads):])
	for i := range threads {
		if threads[i].Thread.Archived {
			continue
		}
		err = errors.Join(err, t.inLane(ctx, threads[i].ID, func(ctx context.Context) error {
			t.views.dropThread(threads[i].ID)
			_, err := t.Store.ThreadMember(ctx, threads[i].ID, userID)
			if err == nil { // they are back already
				return nil
			}
			if !errors.Is(err, store.ErrNotFound) {
				return err
			}
			err = t.tellMembers(ctx, threads[i].ID, nil, []id.ID{userID})
			if KindOf(err) == UnknownChannel {
				return nil
			}
			return err
		}))
	}
	if err != nil {
		t.Log.ErrorContext(ctx, "that somebody left threads was not told", "user", userID, "error", err)
	}
}

// Member gives somebody's place in a thread that the caller may view; UnknownMember when they have none.
func (t *Threads) Member(ctx context.Context, caller Caller, threadID, userID id.ID) (ThreadMember, error) {
	if _, _, _, err := t.find(ctx, caller, threadID); err != nil {
		return ThreadMember{}, err
	}
	place, err := t.Store.ThreadMember(ctx, threadID, userID)
	if errors.Is(err, store.ErrNotFound) {
		return ThreadMember{}, fail(UnknownMember)
	}
	if err != nil {
		return ThreadMember{}, internal("reading a place in a thread", err)
	}
	members, err := t.withMembers(ctx, threadID, []store.ThreadMember{place})
	if err != nil {
		return ThreadMember{}, err
	}
	if len(members) == 0 {
		return ThreadMember{}, fail(UnknownMember) // left just now
	}
	return members[0], nil
}

// Members gives the members of a thread that the caller may view, in ascending order of user id, after a given one (zero: from the start). limit is 1 to 100, zero means all.
func (t *Threads) Members(ctx context.Context, caller Caller, threadID, after id.ID, limit int) ([]ThreadMember, error) {
	if limit < 0 || limit > maxThreadMembersPage {
		return nil, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxThreadMembersPage)
	}
	if limit == 0 {
		limit = maxThreadMembers
	}
	if _, _, _, err := t.find(ctx, caller, threadID); err != nil {
		return nil, err
	}
	places, err := t.Store.ThreadMembers(ctx, threadID, after, limit)
	if err != nil {
		return nil, internal("reading the members of a thread", err)
	}
	return t.withMembers(ctx, threadID, places)
}

// withMembers adds who people in a thread are in the guild. Those who left it just now are left out.
func (t *Threads) withMembers(ctx context.Context, threadID id.ID, places []store.ThreadMember) ([]ThreadMember, error) {
	thread, err := t.views.Thread(ctx, threadID)
	if err != nil {
		return nil, err
	}
	userIDs := make([]id.ID, len(places))
	for i := range places {
		userIDs[i] = places[i].UserID
	}
	users, err := t.users.lookupAll(ctx, userIDs)
	if err != nil {
		return nil, internal("reading accounts", err)
	}
	members := make([]ThreadMember, 0, len(places))
	for _, place := range places {
		member, err := t.views.Member(ctx, thread.Channel.GuildID, place.UserID)
		if KindOf(err) == UnknownMember {
			continue
		}
		if err != nil {
			return nil, err
		}
		members = append(members, ThreadMember{ThreadMember: place, Member: GuildMember{Member: *member, User: authorAmong(users, place.UserID)}})
	}
	return members, nil
}
