package chat

import (
	"context"
	"errors"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// said tells whether a message was written by somebody, and not by the hall: also what an application answered somebody.
func said(message *store.Message) bool {
	switch message.Type {
	case store.MessageDefault, store.MessageReply, store.MessageCommand, store.MessageContextMenu:
		return true
	}
	return false
}

// notArchived refuses what cannot be done to the messages of a thread in the archive.
func notArchived(channel *store.Channel) error {
	if channel.Thread != nil && channel.Thread.Archived {
		return fail(ThreadArchived)
	}
	return nil
}

// admit picks those postings that the thread takes, and takes it out of the archive for them. It runs in the thread's lane.
func (t *Threads) admit(ctx context.Context, threadID id.ID, jobs []*laneJob) []*laneJob {
	thread, err := t.views.Thread(ctx, threadID)
	if err == nil && !thread.Channel.Thread.Archived && !thread.Channel.Thread.Locked {
		return jobs
	}
	var admitted []*laneJob
	opens := false
	for _, job := range jobs {
		switch {
		case err != nil:
			job.err = err
		case said(&job.posted.Message) && thread.Channel.Thread.Locked && !job.manages:
			job.err = fail(ThreadLocked)
		default:
			admitted = append(admitted, job)
			opens = opens || said(&job.posted.Message) && thread.Channel.Thread.Archived
		}
	}
	if !opens {
		return admitted
	}
	if _, err := t.update(ctx, threadID, func(channel *store.Channel) error {
		setArchived(channel, false, t.Now())
		return nil
	}, nil); err != nil {
		for _, job := range admitted {
			job.err = err
		}
		return nil
	}
	return admitted
}

// gather brings the author of a message, those whom it mentions, and who holds a mentioned role that few hold, into its thread. It runs in the thread's lane. The message stands whatever comes of it.
func (t *Threads) gather(ctx context.Context, job *laneJob) {
	if err := t.tryGather(ctx, job); err != nil {
		t.Log.ErrorContext(ctx, "the people of a message were not brought into its thread", "thread", job.posted.Message.ChannelID, "error", err)
	}
}

func (t *Threads) tryGather(ctx context.Context, job *laneJob) error {
	message := &job.posted.Message
	thread, err := t.views.Thread(ctx, message.ChannelID)
	if err != nil {
		return err
	}
	view, err := t.views.Guild(ctx, message.GuildID)
	if err != nil {
		return err
	}
	wanted := []id.ID{message.AuthorID}
	if channel := &thread.Channel; !thread.Private() || channel.Thread.Invitable || channel.OwnerID == message.AuthorID || job.manages {
		wanted = append(append(wanted, message.Mentions...), job.called...)
	}
	joined, err := t.joinAll(ctx, view, thread, wanted)
	if KindOf(err) == ThreadArchived {
		return nil // it fell asleep again meanwhile, and who is in it stays so
	}
	return errors.Join(err, t.tellMembers(ctx, message.ChannelID, joined, nil))
}

// maxCalled is how many may hold a role for its mention in a thread to bring them into it, as upstream.
const maxCalled = 100

// called gives the holders of those of some roles that few hold, if they are mentioned in a thread.
func (t *Threads) called(ctx context.Context, channel *store.Channel, roleIDs []id.ID) ([]id.ID, error) {
	if channel.Thread == nil || len(roleIDs) == 0 {
		return nil, nil
	}
	holders, err := t.Store.RoleHolders(ctx, channel.GuildID, roleIDs, maxCalled)
	if err != nil {
		return nil, internal("reading who holds roles", err)
	}
	var called []id.ID
	for _, roleID := range roleIDs {
		called = append(called, holders[roleID]...)
	}
	return called, nil
}

// joinAll stores the places of those who have none in a thread yet and can view the channel that it is in, as many as there is room for.
func (t *Threads) joinAll(ctx context.Context, view *View, thread *ThreadView, userIDs []id.ID) ([]event.ThreadJoined, error) {
	threadID := thread.Channel.ID
	members := make(map[id.ID]*store.Member)
	var places []store.ThreadMember
	for _, userID := range userIDs {
		if members[userID] != nil || thread.Has(userID) {
			continue
		}
		if _, err := t.Store.ThreadMember(ctx, threadID, userID); err == nil {
			continue
		} else if !errors.Is(err, store.ErrNotFound) {
			return nil, internal("reading a place in a thread", err)
		}
		member, err := t.views.Member(ctx, view.Guild.ID, userID)
		if KindOf(err) == UnknownMember || err == nil && !view.ChannelPermissions(member, thread.Channel.ParentID).Has(perm.ViewChannel) {
			continue
		}
		if err != nil {
			return nil, err
		}
		members[userID] = member
		places = append(places, store.ThreadMember{ThreadID: threadID, UserID: userID, JoinedAt: milliseconds(t.Now())})
	}
	if len(places) == 0 {
		return nil, nil
	}
	added, err := t.Store.AddThreadMembers(ctx, threadID, places, maxThreadMembers)
	t.views.dropThread(threadID)
	if err != nil {
		return nil, threadFailure("joining a thread", err)
	}
	joined := make([]event.ThreadJoined, 0, len(added))
	for _, place := range added {
		user, err := t.users.lookup(ctx, place.UserID)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted just now, and out of the thread
		}
		if err != nil {
			return joined, internal("reading an account", err)
		}
		joined = append(joined, event.ThreadJoined{Place: place, Member: *members[place.UserID], User: user})
	}
	return joined, nil
}

// join stores a member's place in a thread. The result is nil when they have one.
func (t *Threads) join(ctx context.Context, threadID id.ID, member *store.Member) (*event.ThreadJoined, error) {
	user, err := t.users.lookup(ctx, member.UserID)
	if err != nil {
		return nil, internal("reading an account", err)
	}
	place := store.ThreadMember{ThreadID: threadID, UserID: member.UserID, JoinedAt: milliseconds(t.Now())}
	added, err := t.Store.AddThreadMember(ctx, place, maxThreadMembers)
	t.views.dropThread(threadID)
	if err != nil {
		return nil, threadFailure("joining a thread", err)
	}
	if !added {
		return nil, nil
	}
	return &event.ThreadJoined{Place: place, Member: *member, User: user}, nil
}

// tellMembers tells everybody who came into a thread and who left it.
func (t *Threads) tellMembers(ctx context.Context, threadID id.ID, joined []event.ThreadJoined, left []id.ID) error {
	if len(joined)+len(left) == 0 {
		return nil
	}
	thread, err := t.Store.Channel(ctx, threadID)
	if err != nil {
		return threadFailure("reading a thread", err)
	}
	t.publish(ctx, event.ThreadMembersChanged{Thread: thread, Joined: joined, LeftIDs: left})
	return nil
}

// tellUpdated tells everybody of a message that changed otherwise than by an edit. It runs in the channel's lane.
func (m *Messages) tellUpdated(ctx context.Context, channel *store.Channel, messageID id.ID) error {
	message, err := m.read(ctx, channel.ID, messageID)
	if err != nil {
		return err
	}
	updated, err := m.completeOne(ctx, channel, message)
	if err != nil {
		return err
	}
	if updated.Member, err = m.authorMember(ctx, channel.GuildID, message.AuthorID); err != nil {
		return err
	}
	m.tell(ctx, event.MessageUpdated(updated))
	return nil
}
