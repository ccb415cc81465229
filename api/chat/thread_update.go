package chat

import (
	"context"
	"errors"
	"slices"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// idleBatch is how many idle threads are archived between two questions to the store.
const idleBatch = 100

// errUnchanged ends a change that turned out to change nothing.
var errUnchanged = errors.New("unchanged")

// update stores a change of a thread and tells everybody, unless it changes nothing. It runs in the thread's lane.
func (t *Threads) update(ctx context.Context, threadID id.ID, change func(*store.Channel) error, acts func(before, after *store.Channel) (Caller, []act)) (store.Channel, error) {
	var before store.Channel
	updated, err := t.Store.UpdateThread(ctx, threadID, maxActiveThreads, func(channel *store.Channel) error {
		before = *channel
		thread := *channel.Thread
		before.Thread = &thread
		if err := change(channel); err != nil {
			return err
		}
		if channel.Name == before.Name && channel.RateLimitPerUser == before.RateLimitPerUser && channel.Flags == before.Flags && sameThread(channel.Thread, &thread) {
			return errUnchanged
		}
		return nil
	})
	t.views.dropThread(threadID)
	if errors.Is(err, errUnchanged) {
		return before, nil
	}
	if err != nil {
		return store.Channel{}, threadFailure("changing a thread", err)
	}
	told := event.ThreadUpdated{Thread: updated}
	if acts == nil {
		t.publish(ctx, told)
		return updated, nil
	}
	caller, done := acts(&before, &updated)
	return updated, t.did(ctx, caller, updated.GuildID, done, told)
}

func sameThread(a, b *store.Thread) bool {
	return a.Archived == b.Archived && a.AutoArchive == b.AutoArchive && a.Locked == b.Locked && a.Invitable == b.Invitable && slices.Equal(a.AppliedTags, b.AppliedTags)
}

// setArchived puts a thread into the archive, where no post is pinned (upstream's documentation of forums), or takes it out.
func setArchived(channel *store.Channel, archived bool, now time.Time) {
	if channel.Thread.Archived != archived {
		channel.Thread.Archived, channel.Thread.ArchivedAt = archived, milliseconds(now)
		if archived {
			channel.Flags &^= store.ChannelPinned
		}
	}
}

// Update changes a thread: its owner and who holds MANAGE_THREADS; its lock and whether it is pinned in its forum only the latter. Whoever may write in a thread
// that is not locked may take it out of the archive.
func (t *Threads) Update(ctx context.Context, caller Caller, threadID id.ID, edit ChannelEdit) (Channel, error) {
	a, channel, held, err := t.find(ctx, caller, threadID)
	if err != nil {
		return Channel{}, err
	}
	if err := edit.fitsThread(channel.Type); err != nil {
		return Channel{}, err
	}
	parent, found := a.view.Channel(channel.ParentID)
	if !found {
		return Channel{}, fail(UnknownChannel)
	}
	if edit.Name != nil && *edit.Name != channel.Name {
		if err := edit.mayChangeThread(a, channel, held); err != nil {
			return Channel{}, err
		}
		if err := t.judgeName(ctx, a, channel, *edit.Name); err != nil {
			return Channel{}, err
		}
	}
	change := func(ctx context.Context) error {
		return t.inLane(ctx, threadID, func(ctx context.Context) error {
			renamed := false
			updated, err := t.update(ctx, threadID, func(channel *store.Channel) error {
				if err := edit.mayChangeThread(a, channel, held); err != nil {
					return err
				}
				name := channel.Name
				err := edit.applyToThread(channel, parent, held, t.Now())
				renamed = err == nil && channel.Name != name
				return err
			}, func(before, after *store.Channel) (Caller, []act) {
				return caller, []act{{action: store.AuditThreadUpdate, target: threadID, changes: differences(auditThread(before), auditThread(after))}}
			})
			if err != nil || !renamed || updated.Thread.Archived || a.member == nil {
				return err
			}
			return t.messages.note(ctx, a, &updated, store.Message{Type: store.MessageChannelName, AuthorID: caller.UserID, Content: updated.Name})
		})
	}
	if edit.Flags != nil && *edit.Flags&store.ChannelPinned != 0 {
		err = t.views.change(ctx, channel.GuildID, func(ctx context.Context) error { // posts of one forum are pinned one after the other
			if err := t.roomForPin(ctx, channel); err != nil {
				return err
			}
			return change(ctx)
		})
	} else {
		err = change(ctx)
	}
	if err != nil {
		return Channel{}, err
	}
	return t.current(ctx, caller, threadID)
}

// fitsThread refuses what threads do not have.
func (e ChannelEdit) fitsThread(kind store.ChannelType) error {
	var wrong fieldErrors
	for _, field := range []struct {
		name  string
		asked bool
	}{
		{"type", e.Type != nil && *e.Type != kind}, {"topic", asked(e.Topic)}, {"position", asked(e.Position)}, {"parent_id", asked(e.ParentID)}, {"nsfw", asked(e.NSFW)},
		{"user_limit", asked(e.UserLimit)}, {"permission_overwrites", e.Overwrites != nil && len(*e.Overwrites) > 0},
		{"default_auto_archive_duration", asked(e.DefaultAutoArchive)}, {"default_thread_rate_limit_per_user", asked(e.DefaultThreadRateLimit)},
		{"available_tags", e.Tags != nil && len(*e.Tags) > 0}, {"default_reaction_emoji", asked(e.DefaultReaction)}, {"default_sort_order", asked(e.SortOrder)},
		{"default_forum_layout", asked(e.Layout)},
	} {
		if field.asked {
			wrong.add(field.name, "CHANNEL_TYPE_INVALID", "Threads do not have this.")
		}
	}
	return wrong.err()
}

// asked tells whether a change sets something: what is nil or zero asks for nothing where there is nothing.
func asked[T comparable](value *T) bool {
	var zero T
	return value != nil && *value != zero
}

// mayChangeThread asks whether the caller may make this change of a thread as it is now.
func (e ChannelEdit) mayChangeThread(a access, channel *store.Channel, held perm.Set) error {
	if held.Has(perm.ManageThreads) {
		return e.needsOpen(channel)
	}
	err := e.mayChangeUnmanaged(a, channel, held)
	if err != nil && held.Withheld().Has(perm.ManageThreads) {
		return errUnproven()
	}
	return err
}

// mayChangeUnmanaged is mayChangeThread for those who do not manage threads.
func (e ChannelEdit) mayChangeUnmanaged(a access, channel *store.Channel, held perm.Set) error {
	if e.Locked != nil && *e.Locked != channel.Thread.Locked || e.Flags != nil && *e.Flags != channel.Flags {
		return missingPermission(perm.ManageThreads)
	}
	if channel.Thread.Locked {
		return fail(ThreadLocked)
	}
	if err := need(held, perm.SendMessagesInThreads); err != nil {
		return err
	}
	if channel.OwnerID == a.caller.UserID {
		return e.needsOpen(channel)
	}
	opens := ChannelEdit{Archived: e.Archived}
	if e != opens || e.Archived == nil || *e.Archived {
		return missingPermission(perm.ManageThreads)
	}
	return nil
}

// needsOpen refuses changes of a thread that stays in the archive, but for its lock.
func (e ChannelEdit) needsOpen(channel *store.Channel) error {
	if !channel.Thread.Archived || e.Archived != nil && !*e.Archived {
		return nil
	}
	if e != (ChannelEdit{Archived: e.Archived, Locked: e.Locked}) {
		return fail(ThreadArchived)
	}
	return nil
}

// applyToThread changes a thread as the edit wishes.
func (e ChannelEdit) applyToThread(channel, parent *store.Channel, held perm.Set, now time.Time) error {
	set(&channel.Name, e.Name)
	set(&channel.RateLimitPerUser, e.RateLimitPerUser)
	set(&channel.Thread.AutoArchive, e.AutoArchive)
	set(&channel.Thread.Locked, e.Locked)
	if e.Invitable != nil {
		if channel.Type != store.ChannelPrivateThread && *e.Invitable {
			return invalid("invitable", "CHANNEL_TYPE_INVALID", "Only private threads have this.")
		}
		channel.Thread.Invitable = *e.Invitable
	}
	if e.Flags != nil {
		if (*e.Flags^channel.Flags)&^store.ChannelPinned != 0 || *e.Flags&store.ChannelPinned != 0 && !parent.Type.IsForum() {
			return invalid("flags", "BASE_TYPE_CHOICES", "Of the flags of a thread only PINNED can be changed, in forums.")
		}
		channel.Flags = *e.Flags
	}
	if e.Archived != nil {
		setArchived(channel, *e.Archived, now) // after the flags, of which it takes one
	}
	if e.AppliedTags != nil {
		tags, err := applyTags(parent, channel.Thread.AppliedTags, *e.AppliedTags, held)
		if err != nil {
			return err
		}
		channel.Thread.AppliedTags = tags
	}
	return validateThread(channel)
}

// roomForPin makes sure that no other post of a forum is pinned: one can be, as upstream.
func (t *Threads) roomForPin(ctx context.Context, post *store.Channel) error {
	active, err := t.Store.ActiveThreads(ctx, post.GuildID)
	if err != nil {
		return internal("reading the posts of a forum", err)
	}
	if slices.ContainsFunc(active, func(other store.Channel) bool {
		return other.ID != post.ID && other.ParentID == post.ParentID && other.Flags&store.ChannelPinned != 0
	}) {
		return fail(MaxPinnedThreads)
	}
	return nil
}

// Delete deletes a thread with its messages, and gives what it was; it needs MANAGE_THREADS.
func (t *Threads) Delete(ctx context.Context, caller Caller, threadID id.ID) (Channel, error) {
	a, channel, held, err := t.find(ctx, caller, threadID)
	if err != nil {
		return Channel{}, err
	}
	if err := need(held, perm.ManageThreads); err != nil {
		return Channel{}, err
	}
	var deleted Channel
	err = t.inLane(ctx, threadID, func(ctx context.Context) error {
		if deleted, err = t.current(ctx, caller, threadID); err != nil {
			return err
		}
		gone := event.ThreadDeleted{Thread: deleted.Channel}
		if view, err := t.views.Thread(ctx, threadID); err == nil {
			gone.MemberIDs = view.members
		}
		_, err := t.Store.DeleteChannel(ctx, threadID)
		t.views.dropThread(threadID)
		if err != nil {
			return threadFailure("deleting a thread", err)
		}
		return t.did(ctx, caller, channel.GuildID, []act{{action: store.AuditThreadDelete, target: threadID, changes: differences(auditThread(&deleted.Channel), nil)}}, gone)
	})
	if err != nil {
		return Channel{}, err
	}
	parent, found := a.view.Channel(channel.ParentID)
	if !found {
		return deleted, nil
	}
	// The message that the thread began with, if there is one, says so no longer.
	err = t.messages.operate(ctx, parent.ID, threadID, func(ctx context.Context, _ store.Message) error { return t.messages.tellUpdated(ctx, parent, threadID) })
	if KindOf(err) == UnknownMessage {
		err = nil
	}
	return deleted, err
}

// ArchiveIdle archives the threads in which nothing was said for as long as they say, and tells everybody. It is called from time to time.
func (t *Threads) ArchiveIdle(ctx context.Context) error {
	for {
		now := t.Now()
		idle, err := t.Store.IdleThreads(ctx, now, idleBatch)
		if err != nil {
			return internal("looking for idle threads", err)
		}
		for _, thread := range idle {
			err := t.inLane(ctx, thread.ID, func(ctx context.Context) error {
				_, err := t.update(ctx, thread.ID, func(channel *store.Channel) error {
					if channel.Thread.ActiveUntil().After(now) {
						return errUnchanged // somebody came first
					}
					setArchived(channel, true, now)
					return nil
				}, nil)
				return err
			})
			if err != nil && KindOf(err) != UnknownChannel {
				return err
			}
		}
		if len(idle) < idleBatch {
			return nil
		}
	}
}
