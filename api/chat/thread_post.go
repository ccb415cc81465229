package chat

import (
	"context"
	"errors"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// said tells whether a message was written by somebody, and not by the hall.
func said(message *store.Message) bool {
	return message.Type == store.MessageDefault || message.Type == store.MessageReply
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

// gather brings the author of a message, and those whom it mentions, into its thread. It runs in the thread's lane. The message stands whatever comes of it.
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
		wanted = append(wanted, message.Mentions...)
	}
	var joined []event.ThreadJoined
	for _, userID := range wanted {
		one, err := t.tryJoin(ctx, view, thread, userID)
		if KindOf(err) == MaxThreadMembers {
			break
		}
		if err != nil {
			return errors.Join(err, t.tellMembers(ctx, message.ChannelID, joined, nil))
		}
		if one != nil {
			joined = append(joined, *one)
		}
	}
	return t.tellMembers(ctx, message.ChannelID, joined, nil)
}

// tryJoin stores somebody's place in a thread. The result is nil when they have one, or cannot view the channel that the thread is in.
func (t *Threads) tryJoin(ctx context.Context, view *View, thread *ThreadView, userID id.ID) (*event.ThreadJoined, error) {
	if thread.Has(userID) {
		return nil, nil
	}
	if _, err := t.Store.ThreadMember(ctx, thread.Channel.ID, userID); err == nil || !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	member, err := t.views.Member(ctx, view.Guild.ID, userID)
	if KindOf(err) == UnknownMember || err == nil && !view.ChannelPermissions(member, thread.Channel.ParentID).Has(perm.ViewChannel) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return t.join(ctx, thread.Channel.ID, member)
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
