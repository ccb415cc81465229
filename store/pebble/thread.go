package pebble

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type threadRecord struct {
	Archived    bool    `cbor:"1,keyasint,omitempty"`
	ArchivedAt  moment  `cbor:"2,keyasint,omitempty"`
	AutoArchive int64   `cbor:"3,keyasint,omitempty"` // in minutes
	Locked      bool    `cbor:"4,keyasint,omitempty"`
	Invitable   bool    `cbor:"5,keyasint,omitempty"`
	CreatedAt   moment  `cbor:"6,keyasint,omitempty"`
	AppliedTags []id.ID `cbor:"7,keyasint,omitempty"`
}

// threadCountRecord has what changes with every message, apart from the thread's own record.
type threadCountRecord struct {
	Messages int   `cbor:"1,keyasint,omitempty"`
	Total    int   `cbor:"2,keyasint,omitempty"`
	Members  int   `cbor:"3,keyasint,omitempty"`
	Last     id.ID `cbor:"4,keyasint,omitempty"`
}

type threadMemberRecord struct {
	JoinedAt moment `cbor:"1,keyasint,omitempty"`
}

func newThreadRecord(thread *store.Thread) *threadRecord {
	if thread == nil {
		return nil
	}
	return &threadRecord{
		Archived: thread.Archived, ArchivedAt: toMoment(thread.ArchivedAt), AutoArchive: int64(thread.AutoArchive / time.Minute), Locked: thread.Locked,
		Invitable: thread.Invitable, CreatedAt: toMoment(thread.CreatedAt), AppliedTags: slices.Clone(thread.AppliedTags),
	}
}

func (r *threadRecord) thread() *store.Thread {
	if r == nil {
		return nil
	}
	return &store.Thread{
		Archived: r.Archived, ArchivedAt: r.ArchivedAt.time(), AutoArchive: time.Duration(r.AutoArchive) * time.Minute, Locked: r.Locked,
		Invitable: r.Invitable, CreatedAt: r.CreatedAt.time(), AppliedTags: slices.Clone(r.AppliedTags),
	}
}

func (r threadMemberRecord) member(threadID, userID id.ID) store.ThreadMember {
	return store.ThreadMember{ThreadID: threadID, UserID: userID, JoinedAt: r.JoinedAt.time()}
}

func (r threadCountRecord) fill(thread *store.Thread) {
	thread.MessageCount, thread.TotalMessageSent, thread.MemberCount, thread.LastMessageID = r.Messages, r.Total, r.Members, r.Last
}

// readThread reads a thread of a guild with its counts.
func readThread(r pebble.Reader, guildID, threadID id.ID) (store.Channel, error) {
	record, err := get[channelRecord](r, kindThread.key(guildID, threadID))
	if err != nil {
		return store.Channel{}, err
	}
	counts, err := get[threadCountRecord](r, kindThreadCount.key(threadID))
	if err != nil {
		return store.Channel{}, err
	}
	channel := record.channel(guildID, threadID)
	if channel.Thread == nil {
		return store.Channel{}, corrupt(kindThread.key(guildID, threadID), errors.New("it is no thread"))
	}
	counts.fill(channel.Thread)
	return channel, nil
}

// findThread reads a thread by its id alone.
func findThread(r pebble.Reader, threadID id.ID) (store.Channel, error) {
	guildID, err := getID(r, kindChannelGuild.key(threadID))
	if err != nil {
		return store.Channel{}, err
	}
	return readThread(r, guildID, threadID)
}

// findThreads reads those of some threads that are there, in the order of the ids.
func findThreads(r pebble.Reader, guildID id.ID, threadIDs []id.ID) ([]store.Channel, error) {
	threads := make([]store.Channel, 0, len(threadIDs))
	for _, threadID := range threadIDs {
		thread, err := readThread(r, guildID, threadID)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted since the list was read
		} else if err != nil {
			return nil, err
		}
		threads = append(threads, thread)
	}
	return threads, nil
}

// archivedKey is where an archived thread is listed: private ones apart, by the moment.
func archivedKey(parentID id.ID, private bool, at time.Time, threadID id.ID) []byte {
	class := id.ID(0)
	if private {
		class = 1
	}
	return kindArchivedThread.key(parentID, class, id.ID(max(0, at.UnixMilli())), threadID)
}

// listThread lists a thread among the active or the archived ones.
func (t *tx) listThread(channel *store.Channel) {
	if thread := channel.Thread; thread.Archived {
		t.set(archivedKey(channel.ParentID, channel.Type == store.ChannelPrivateThread, thread.ArchivedAt, channel.ID), nil)
	} else {
		t.set(kindActiveThread.key(channel.GuildID, channel.ID), activeValue(thread))
	}
}

func (t *tx) unlistThread(channel *store.Channel) {
	if thread := channel.Thread; thread.Archived {
		t.delete(archivedKey(channel.ParentID, channel.Type == store.ChannelPrivateThread, thread.ArchivedAt, channel.ID))
	} else {
		t.delete(kindActiveThread.key(channel.GuildID, channel.ID))
	}
}

// activeValue is the moment before which a thread cannot be idle, in milliseconds of Unix time. Messages do not move it: whoever looks then looks at the thread itself.
func activeValue(thread *store.Thread) []byte {
	return idValue(id.ID(max(0, thread.ActiveUntil().UnixMilli())))
}

// roomForActive makes sure that a guild can have one more active thread.
func (t *tx) roomForActive(guildID id.ID, most int) error {
	active, err := lastIDs(t.db, kindActiveThread.key(guildID))
	if err == nil && len(active) >= most {
		return &store.LimitError{What: "active threads", Max: most}
	}
	return err
}

// CreateThread stores a thread.
func (s *Store) CreateThread(ctx context.Context, draft store.NewThread, maxActive int) error {
	return s.update(ctx, synced, func(tx *tx) error {
		channel := draft.Channel
		if !draft.ByWebhook() {
			if err := need(tx.db, kindMember.key(channel.GuildID, channel.OwnerID)); err != nil {
				return err
			}
		}
		if err := need(tx.db, kindChannel.key(channel.GuildID, channel.ParentID)); err != nil {
			return err
		}
		for _, key := range [][]byte{kindChannelGuild.key(channel.ID), kindTrash.key(channel.ID)} { // an earlier thread of the message may still be swept
			if err := free(tx.db, key, "id"); err != nil {
				return err
			}
		}
		if err := tx.roomForActive(channel.GuildID, maxActive); err != nil {
			return err
		}
		if draft.FromMessage {
			if err := tx.markThread(channel.ParentID, channel.ID, true); err != nil {
				return err
			}
		}
		tx.made(channel.ID)
		var counts threadCountRecord
		if !draft.ByWebhook() {
			counts.Members = 1
		}
		if first := draft.First; first != nil {
			message := *first
			message.ChannelID, message.PinnedAt, message.Position = channel.ID, time.Time{}, 0
			record := newMessageRecord(&message)
			encoded, err := encoding.Marshal(&record)
			if err != nil {
				return err
			}
			if err := tx.createMessage(&newMessage{Message: message, encoded: encoded}, math.MaxInt64); err != nil {
				return err
			}
			counts.Last = message.ID
		}
		tx.set(kindChannelGuild.key(channel.ID), idValue(channel.GuildID))
		tx.set(kindParentThread.key(channel.ParentID, channel.ID), nil)
		record := newChannelRecord(channel)
		kept := record.channel(channel.GuildID, channel.ID)
		counts.fill(kept.Thread)
		tx.listThread(&kept)
		err := errors.Join(tx.put(kindThread.key(channel.GuildID, channel.ID), record), tx.put(kindThreadCount.key(channel.ID), counts))
		if err != nil || draft.ByWebhook() {
			return err
		}
		return tx.joinThread(channel.GuildID, store.ThreadMember{ThreadID: channel.ID, UserID: channel.OwnerID, JoinedAt: channel.Thread.CreatedAt})
	})
}

// markThread gives a message the flag that a thread began with it, or takes it away.
func (t *tx) markThread(channelID, messageID id.ID, has bool) error {
	key := kindMessage.key(channelID, messageID)
	record, err := get[messageRecord](t.db, key)
	if err != nil {
		return err
	}
	record.Flags &^= uint64(store.MessageHasThread)
	if has {
		record.Flags |= uint64(store.MessageHasThread)
	}
	return t.put(key, &record)
}

func (t *tx) joinThread(guildID id.ID, member store.ThreadMember) error {
	t.set(kindUserThread.key(member.UserID, guildID, member.ThreadID), nil)
	return t.put(kindThreadMember.key(member.ThreadID, member.UserID), threadMemberRecord{JoinedAt: toMoment(member.JoinedAt)})
}

func (t *tx) leaveThread(guildID, threadID, userID id.ID) {
	t.delete(kindUserThread.key(userID, guildID, threadID))
	t.delete(kindThreadMember.key(threadID, userID))
}

// changeThreadCount changes the counts of a channel, if it is a thread. It may be called once for a thread in a write.
func (t *tx) changeThreadCount(threadID id.ID, change func(*threadCountRecord)) error {
	key := kindThreadCount.key(threadID)
	counts, err := get[threadCountRecord](t.db, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	change(&counts)
	return t.put(key, counts)
}

// threadForPosting gives the counts of a channel in which messages are to be posted, nil if it is no thread; store.ErrThreadClosed when one of the messages asks that it is open.
func (t *tx) threadForPosting(channelID id.ID, messages []store.NewMessage) (*threadCountRecord, error) {
	counts, err := get[threadCountRecord](t.db, kindThreadCount.key(channelID))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	thread, err := findThread(t.db, channelID)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(messages, func(message store.NewMessage) bool {
		return message.NeedsActive && thread.Thread.Archived || message.NeedsUnlocked && thread.Thread.Locked
	}) {
		return nil, store.ErrThreadClosed
	}
	return &counts, nil
}

// place counts a new message of a thread, and says where in it the message stands. For nil it does nothing.
func (r *threadCountRecord) place(draft *newMessage) error {
	if r == nil {
		return nil
	}
	if draft.Counts() {
		r.Messages++
		r.Total++
	}
	r.Last = max(r.Last, draft.ID)
	draft.Position = r.Total
	record := newMessageRecord(&draft.Message)
	encoded, err := encoding.Marshal(&record)
	draft.encoded = encoded
	return err
}

// countPosted stores the counts of a thread in which messages were posted; nil for other channels.
func (t *tx) countPosted(counts *threadCountRecord, channelID id.ID, posted []store.Message) error {
	if counts == nil || len(posted) == 0 {
		return nil
	}
	return t.put(kindThreadCount.key(channelID), *counts)
}

// countDeleted counts messages that are gone, if the channel is a thread.
func (t *tx) countDeleted(channelID id.ID, gone ...store.Message) error {
	if len(gone) == 0 {
		return nil
	}
	return t.changeThreadCount(channelID, func(counts *threadCountRecord) {
		for i := range gone {
			if gone[i].Counts() {
				counts.Messages = max(0, counts.Messages-1)
			}
		}
	})
}

// UpdateThread applies change to a thread.
func (s *Store) UpdateThread(ctx context.Context, threadID id.ID, maxActive int, change func(*store.Channel) error) (store.Channel, error) {
	var updated store.Channel
	err := s.update(ctx, synced, func(tx *tx) error {
		before, err := findThread(tx.db, threadID)
		if err != nil {
			return err
		}
		draft := before
		thread := *before.Thread
		thread.AppliedTags = slices.Clone(thread.AppliedTags)
		draft.Thread = &thread
		if err := change(&draft); err != nil {
			return err
		}
		draft.ID, draft.GuildID, draft.Type, draft.ParentID, draft.OwnerID, draft.LastPinAt = threadID, before.GuildID, before.Type, before.ParentID, before.OwnerID, before.LastPinAt
		if before.Thread.Archived && !draft.Thread.Archived {
			if err := tx.roomForActive(before.GuildID, maxActive); err != nil {
				return err
			}
		}
		record := newChannelRecord(draft)
		updated = record.channel(before.GuildID, threadID)
		updated.Thread.MessageCount, updated.Thread.TotalMessageSent = before.Thread.MessageCount, before.Thread.TotalMessageSent
		updated.Thread.MemberCount, updated.Thread.LastMessageID = before.Thread.MemberCount, before.Thread.LastMessageID
		tx.unlistThread(&before)
		tx.listThread(&updated)
		return tx.put(kindThread.key(before.GuildID, threadID), record)
	})
	if err != nil {
		return store.Channel{}, err
	}
	return updated, nil
}

// discardThread deletes a thread with all that is in it; its history is left to the sweeper.
func (t *tx) discardThread(thread *store.Channel) error {
	members, err := lastIDs(t.db, kindThreadMember.key(thread.ID))
	if err != nil {
		return err
	}
	for _, userID := range members {
		t.leaveThread(thread.GuildID, thread.ID, userID)
	}
	t.discard(thread.ID)
	t.unlistThread(thread)
	t.delete(kindThread.key(thread.GuildID, thread.ID))
	t.delete(kindThreadCount.key(thread.ID))
	t.delete(kindParentThread.key(thread.ParentID, thread.ID))
	return nil
}

// deleteThread deletes a thread alone.
func (t *tx) deleteThread(thread *store.Channel) error {
	if err := t.markThread(thread.ParentID, thread.ID, false); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return t.discardThread(thread)
}

// discardThreads deletes the threads of a channel.
func (t *tx) discardThreads(guildID, parentID id.ID) error {
	return t.discardThreadsAt(guildID, kindParentThread.key(parentID))
}

// discardGuildThreads deletes the threads of a guild.
func (t *tx) discardGuildThreads(guildID id.ID) error {
	return t.discardThreadsAt(guildID, kindThread.key(guildID))
}

// discardThreadsAt deletes the threads of a guild whose ids end the keys that begin with prefix.
func (t *tx) discardThreadsAt(guildID id.ID, prefix []byte) error {
	threadIDs, err := lastIDs(t.db, prefix)
	if err != nil {
		return err
	}
	for _, threadID := range threadIDs {
		thread, err := readThread(t.db, guildID, threadID)
		if err != nil {
			return err
		}
		if err := t.discardThread(&thread); err != nil {
			return err
		}
	}
	return nil
}

// leaveThreads takes somebody out of all threads of a guild, and gives those that they were in.
func (t *tx) leaveThreads(guildID, userID id.ID) ([]id.ID, error) {
	threadIDs, err := lastIDs(t.db, kindUserThread.key(userID, guildID))
	if err != nil {
		return nil, err
	}
	for _, threadID := range threadIDs {
		t.leaveThread(guildID, threadID, userID)
		if err := t.changeThreadCount(threadID, func(counts *threadCountRecord) { counts.Members-- }); err != nil {
			return nil, err
		}
	}
	return threadIDs, nil
}
