package storetest

import (
	"errors"
	"fmt"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// enough is more active threads than any of these tests has.
const enough = 1000

// newThread makes a public thread of a channel that is not stored yet.
func (f *fixture) newThread(parent store.Channel, owner id.ID) store.Channel {
	return store.Channel{
		ID: f.id(), GuildID: parent.GuildID, Type: store.ChannelPublicThread, Name: "aside", ParentID: parent.ID, OwnerID: owner,
		Thread: &store.Thread{ArchivedAt: birthday, AutoArchive: time.Hour, CreatedAt: birthday},
	}
}

// thread stores a public thread, or one that change makes of it, and gives it as it is read.
func (f *fixture) thread(parent store.Channel, owner id.ID, change ...func(*store.Channel)) store.Channel {
	f.Helper()
	thread := f.newThread(parent, owner)
	for _, change := range change {
		change(&thread)
	}
	f.ok(f.CreateThread(f.Context(), store.NewThread{Channel: thread}, enough))
	return f.again(thread)
}

// again reads a channel.
func (f *fixture) again(channel store.Channel) store.Channel {
	f.Helper()
	got, err := f.Channel(f.Context(), channel.ID)
	f.ok(err)
	return got
}

// owner gives the owner of a channel's guild.
func (f *fixture) owner(channel store.Channel) id.ID {
	f.Helper()
	guild, err := f.Guild(f.Context(), channel.GuildID)
	f.ok(err)
	return guild.OwnerID
}

func private(thread *store.Channel) { thread.Type = store.ChannelPrivateThread }

// archive puts a thread into the archive at a moment.
func (f *fixture) archive(thread store.Channel, at time.Time) store.Channel {
	f.Helper()
	archived, err := f.UpdateThread(f.Context(), thread.ID, enough, func(thread *store.Channel) error {
		thread.Thread.Archived, thread.Thread.ArchivedAt = true, at
		return nil
	})
	f.ok(err)
	return archived
}

var threadTests = []test{
	{"a thread is read as it was stored, is no channel of the guild's own, and its owner is in it", func(f *fixture) {
		room := f.room()
		ada := f.owner(room)
		draft := f.newThread(room, ada)
		draft.Type, draft.RateLimitPerUser, draft.Flags = store.ChannelPrivateThread, 5, store.ChannelPinned
		draft.Thread = &store.Thread{ArchivedAt: birthday, AutoArchive: 72 * time.Hour, Locked: true, Invitable: true, CreatedAt: birthday, AppliedTags: []id.ID{9, 3}}
		f.ok(f.CreateThread(f.Context(), store.NewThread{Channel: draft}, enough))
		want := draft
		thread := *draft.Thread
		thread.MemberCount = 1
		want.Thread = &thread
		f.equal("thread", f.again(draft), want)
		channels, err := f.GuildChannels(f.Context(), room.GuildID)
		f.ok(err)
		f.equal("the guild's own channels", channels, []store.Channel{room})
		f.limit(f.CreateChannel(f.Context(), store.Channel{ID: f.id(), GuildID: room.GuildID, Name: "x"}, 1), 1)
		f.ok(f.CreateChannel(f.Context(), store.Channel{ID: f.id(), GuildID: room.GuildID, Name: "x"}, 2))
		_, err = f.UpdateChannel(f.Context(), draft.ID, func(*store.Channel) error { return nil })
		f.is(err, store.ErrNotFound)
		_, err = f.UpdateThread(f.Context(), room.ID, enough, func(*store.Channel) error { return nil })
		f.is(err, store.ErrNotFound)
		member, err := f.ThreadMember(f.Context(), draft.ID, ada)
		f.ok(err)
		f.equal("place", member, store.ThreadMember{ThreadID: draft.ID, UserID: ada, JoinedAt: birthday})
	}},
	{"a thread needs its guild, its parent, an owner who is a member, an id of its own and room among the active ones", func(f *fixture) {
		room := f.room()
		ada := f.owner(room)
		create := func(most int, change func(*store.Channel)) error {
			thread := f.newThread(room, ada)
			change(&thread)
			return f.CreateThread(f.Context(), store.NewThread{Channel: thread}, most)
		}
		f.is(create(enough, func(c *store.Channel) { c.GuildID = 1 }), store.ErrNotFound)
		f.is(create(enough, func(c *store.Channel) { c.ParentID = 1 }), store.ErrNotFound)
		f.is(create(enough, func(c *store.Channel) { c.OwnerID = f.person("bob").ID }), store.ErrNotFound)
		f.conflict(create(enough, func(c *store.Channel) { c.ID = room.ID }), "id")
		f.limit(create(0, func(*store.Channel) {}), 0)
		f.ok(create(1, func(*store.Channel) {}))
		f.limit(create(1, func(*store.Channel) {}), 1)
		active, err := f.ActiveThreads(f.Context(), room.GuildID)
		f.ok(err)
		f.equal("threads", len(active), 1)
	}},
	{"the maximum of active threads holds against concurrent writers, also for those that come out of the archive", func(f *fixture) {
		room := f.room()
		ada := f.owner(room)
		archived := make([]store.Channel, writers/2)
		for i := range archived {
			archived[i] = f.archive(f.thread(room, ada), birthday)
		}
		errs := together(writers, func(i int) error {
			if i < len(archived) {
				_, err := f.UpdateThread(f.Context(), archived[i].ID, 5, func(thread *store.Channel) error { thread.Thread.Archived = false; return nil })
				return err
			}
			return f.CreateThread(f.Context(), store.NewThread{Channel: f.newThread(room, ada)}, 5)
		})
		f.equal("winners", f.wins(errs, func(err error) { f.limit(err, 5) }), 5)
		active, err := f.ActiveThreads(f.Context(), room.GuildID)
		f.ok(err)
		f.equal("active", len(active), 5)
	}},
	{"a thread that begins with a message marks it, once, and not longer than it is there", func(f *fixture) {
		room := f.room()
		message := f.post(room, "what about lunch")[0]
		draft := f.newThread(room, f.owner(room))
		f.is(f.CreateThread(f.Context(), store.NewThread{Channel: draft, FromMessage: true}, enough), store.ErrNotFound)
		draft.ID = message.ID
		errs := together(writers, func(int) error {
			return f.CreateThread(f.Context(), store.NewThread{Channel: draft, FromMessage: true}, enough)
		})
		f.equal("winners", f.wins(errs, func(err error) { f.conflict(err, "id") }), 1)
		marked, err := f.Message(f.Context(), room.ID, message.ID)
		f.ok(err)
		message.Flags = store.MessageHasThread
		f.equal("message", marked, message)
		f.equal("thread", f.again(draft).ID, message.ID)
		_, err = f.DeleteChannel(f.Context(), draft.ID)
		f.ok(err)
		unmarked, err := f.Message(f.Context(), room.ID, message.ID)
		f.ok(err)
		f.equal("flags afterwards", unmarked.Flags, store.MessageFlags(0))
	}},
	{"a post is stored with its first message, or not at all", func(f *fixture) {
		room := f.room()
		draft := f.newThread(room, f.owner(room))
		first := store.Message{ID: draft.ID, ChannelID: draft.ID, GuildID: room.GuildID, AuthorID: draft.OwnerID, Content: "how do I", Mentions: []id.ID{draft.OwnerID}}
		f.limit(f.CreateThread(f.Context(), store.NewThread{Channel: draft, First: &first}, 0), 0)
		_, err := f.Message(f.Context(), draft.ID, first.ID)
		f.is(err, store.ErrNotFound)
		f.ok(f.CreateThread(f.Context(), store.NewThread{Channel: draft, First: &first}, enough))
		got, err := f.Message(f.Context(), draft.ID, first.ID)
		f.ok(err)
		f.equal("message", got, first)
		where, err := f.MessageChannel(f.Context(), first.ID)
		f.ok(err)
		f.equal("where", where, draft.ID)
		thread := f.again(draft)
		f.equal("counted", []int{thread.Thread.MessageCount, thread.Thread.TotalMessageSent}, []int{0, 0})
		f.equal("newest", thread.Thread.LastMessageID, first.ID)
		counts, err := f.CountMentions(f.Context(), []store.ReadMark{{UserID: draft.OwnerID, ChannelID: draft.ID}}, 10)
		f.ok(err)
		f.equal("mentions", counts, map[id.ID]int{draft.ID: 1})
	}},
	{"a post that a webhook made has nobody in it", func(f *fixture) {
		room := f.room()
		draft := f.newThread(room, f.id())
		first := store.Message{ID: draft.ID, ChannelID: draft.ID, GuildID: room.GuildID, AuthorID: draft.OwnerID, WebhookID: draft.OwnerID, Content: "built", Persona: &store.Persona{Name: "Ci"}}
		f.ok(f.CreateThread(f.Context(), store.NewThread{Channel: draft, First: &first}, enough))
		f.equal("members", f.again(draft).Thread.MemberCount, 0)
		got, err := f.Message(f.Context(), draft.ID, first.ID)
		f.ok(err)
		f.equal("message", got, first)
		f.sound("a webhook posted")
		other := f.newThread(room, f.id())
		f.is(f.CreateThread(f.Context(), store.NewThread{Channel: other, First: &store.Message{ID: other.ID, ChannelID: other.ID, WebhookID: 1}}, enough), store.ErrNotFound)
	}},
	{"a thread counts its messages, those that were deleted too, but for what it began with", func(f *fixture) {
		room := f.room()
		thread := f.thread(room, f.owner(room))
		starter := f.draft(thread, "")
		starter.Type = store.MessageThreadStarter
		_, err := f.CreateMessages(f.Context(), thread.ID, []store.NewMessage{starter})
		f.ok(err)
		counts := func() []int {
			return []int{f.again(thread).Thread.MessageCount, f.again(thread).Thread.TotalMessageSent}
		}
		f.equal("the quotation", counts(), []int{0, 0})
		posted := f.post(thread, "a", "b", "c", "d")
		once := f.draft(thread, "once")
		once.Nonce, once.NonceSince = "n", 1
		twice := once
		twice.ID = f.id()
		kept, err := f.CreateMessages(f.Context(), thread.ID, []store.NewMessage{once, twice})
		f.ok(err)
		f.equal("with a repeated one", counts(), []int{5, 5})
		f.equal("newest", f.again(thread).Thread.LastMessageID, kept[0].ID)
		_, err = f.DeleteMessage(f.Context(), thread.ID, posted[0].ID)
		f.ok(err)
		_, err = f.DeleteMessages(f.Context(), thread.ID, []id.ID{posted[1].ID, posted[2].ID, starter.ID, 1})
		f.ok(err)
		f.equal("after deletions", counts(), []int{2, 5})
		f.equal("newest", f.again(thread).Thread.LastMessageID, kept[0].ID)
	}},
	{"messages that are posted and deleted at once are counted right", func(f *fixture) {
		room := f.room()
		thread := f.thread(room, f.owner(room))
		posted := f.postNumbered(thread, writers)
		for _, err := range together(writers, func(i int) error {
			if i%2 == 0 {
				_, err := f.say(thread, "one", "two")
				return err
			}
			_, err := f.DeleteMessage(f.Context(), thread.ID, posted[i].ID)
			return err
		}) {
			f.ok(err)
		}
		counted := f.again(thread).Thread
		f.equal("counted", []int{counted.MessageCount, counted.TotalMessageSent}, []int{writers + writers/2, 2 * writers})
	}},
	{"a thread is updated, what is not its to change stays, and a failed update changes nothing", func(f *fixture) {
		room := f.room()
		thread := f.thread(room, f.owner(room))
		f.post(thread, "a")
		thread = f.again(thread)
		got, err := f.UpdateThread(f.Context(), thread.ID, enough, func(c *store.Channel) error {
			c.ID, c.GuildID, c.Type, c.ParentID, c.OwnerID, c.LastPinAt = 1, 2, store.ChannelPrivateThread, 3, 4, birthday
			c.Name, c.RateLimitPerUser, c.Flags = "renamed", 7, store.ChannelPinned
			*c.Thread = store.Thread{Archived: true, ArchivedAt: birthday.Add(time.Minute), AutoArchive: 24 * time.Hour, Locked: true, CreatedAt: birthday, AppliedTags: []id.ID{5},
				MessageCount: 9, TotalMessageSent: 9, MemberCount: 9, LastMessageID: 9}
			return nil
		})
		f.ok(err)
		thread.Name, thread.RateLimitPerUser, thread.Flags = "renamed", 7, store.ChannelPinned
		thread.Thread.Archived, thread.Thread.ArchivedAt, thread.Thread.AutoArchive, thread.Thread.Locked = true, birthday.Add(time.Minute), 24*time.Hour, true
		thread.Thread.AppliedTags = []id.ID{5}
		f.equal("the result", got, thread)
		f.equal("what is read", f.again(thread), thread)
		failure := errors.New("no")
		_, err = f.UpdateThread(f.Context(), thread.ID, enough, func(c *store.Channel) error {
			c.Thread.Archived, c.Thread.AppliedTags[0] = false, 8
			return failure
		})
		f.asItIs(err, failure)
		f.equal("what is read", f.again(thread), thread)
		_, err = f.UpdateThread(f.Context(), 1, enough, func(*store.Channel) error { return nil })
		f.is(err, store.ErrNotFound)
	}},
	{"a message of a thread is pinned, and the thread knows when", func(f *fixture) {
		room := f.room()
		thread := f.thread(room, f.owner(room))
		message := f.post(thread, "a")[0]
		_, changed, err := f.SetPinned(f.Context(), thread.ID, message.ID, birthday, 10)
		f.ok(err)
		f.equal("changed", changed, true)
		f.equal("when", f.again(thread).LastPinAt, birthday)
		f.equal("still active", f.again(thread).Thread.Archived, false)
	}},
	{"who joins and leaves at once is counted right, and there is room for so many", func(f *fixture) {
		room := f.room()
		thread := f.thread(room, f.owner(room))
		people := make([]id.ID, writers)
		for i := range people {
			people[i] = f.member(room.GuildID, fmt.Sprint("person", i)).UserID
		}
		join := func(userID id.ID, most int) (bool, error) {
			return f.AddThreadMember(f.Context(), store.ThreadMember{ThreadID: thread.ID, UserID: userID, JoinedAt: birthday}, most)
		}
		errs := together(writers, func(i int) error { _, err := join(people[i], 6); return err })
		f.equal("winners", f.wins(errs, func(err error) { f.limit(err, 6) }), 5)
		f.equal("counted", f.again(thread).Thread.MemberCount, 6)
		// Twice each, at once: once it counts.
		added := make([]bool, 2*writers)
		for _, err := range together(2*writers, func(i int) (err error) {
			added[i], err = join(people[i/2], 100)
			return err
		}) {
			f.ok(err)
		}
		joined := 0
		for _, one := range added {
			if one {
				joined++
			}
		}
		f.equal("joined", joined, writers-5)
		f.equal("counted", f.again(thread).Thread.MemberCount, writers+1)
		for _, err := range together(2*writers, func(i int) error {
			_, err := f.RemoveThreadMember(f.Context(), thread.ID, people[i/2])
			return err
		}) {
			f.ok(err)
		}
		f.equal("left over", f.again(thread).Thread.MemberCount, 1)
		removed, err := f.RemoveThreadMember(f.Context(), thread.ID, people[0])
		f.ok(err)
		f.equal("removed again", removed, false)
		_, err = join(f.person("stranger").ID, 100)
		f.is(err, store.ErrNotFound)
		_, err = f.AddThreadMember(f.Context(), store.ThreadMember{ThreadID: room.ID, UserID: people[0]}, 100)
		f.is(err, store.ErrNotFound)
		_, err = f.RemoveThreadMember(f.Context(), room.ID, people[0])
		f.is(err, store.ErrNotFound)
	}},
	{"who leaves the guild, or is banned, leaves its threads", func(f *fixture) {
		room := f.room()
		other := f.guild(f.owner(room))
		elsewhere := f.thread(store.Channel{ID: other.ID + 1, GuildID: other.ID}, other.OwnerID)
		bob, eve := f.member(room.GuildID, "bob").UserID, f.member(room.GuildID, "eve").UserID
		f.ok(f.AddMember(f.Context(), store.Member{GuildID: other.ID, UserID: bob, JoinedAt: birthday}))
		one, two := f.thread(room, bob), f.thread(room, f.owner(room))
		for _, thread := range []store.Channel{one, two, elsewhere} {
			_, err := f.AddThreadMember(f.Context(), store.ThreadMember{ThreadID: thread.ID, UserID: bob, JoinedAt: birthday}, 10)
			f.ok(err)
		}
		_, err := f.AddThreadMember(f.Context(), store.ThreadMember{ThreadID: two.ID, UserID: eve, JoinedAt: birthday}, 10)
		f.ok(err)
		left, err := f.RemoveMember(f.Context(), room.GuildID, bob)
		f.ok(err)
		f.equal("left by who was removed", left, store.Departure{ThreadIDs: []id.ID{one.ID, two.ID}})
		_, left, err = f.AddBan(f.Context(), store.Ban{GuildID: room.GuildID, UserID: eve})
		f.ok(err)
		f.equal("left by who was banned", left, store.Departure{ThreadIDs: []id.ID{two.ID}})
		f.equal("left", []int{f.again(one).Thread.MemberCount, f.again(two).Thread.MemberCount, f.again(elsewhere).Thread.MemberCount}, []int{0, 1, 2})
		places, err := f.ThreadPlaces(f.Context(), bob, []id.ID{one.ID, two.ID, elsewhere.ID})
		f.ok(err)
		f.equal("places", places, []store.ThreadMember{{ThreadID: elsewhere.ID, UserID: bob, JoinedAt: birthday}})
	}},
	{"threads go with their channel and with their guild, with everything in them", func(f *fixture) {
		room := f.room()
		ada := f.owner(room)
		side := f.channel(room.GuildID)
		gone := []store.Channel{f.thread(room, ada), f.archive(f.thread(room, ada, private), birthday)}
		kept := f.thread(side, ada)
		messages := append(f.postNumbered(gone[0], 1500), f.post(gone[1], "a")...)
		word := f.post(kept, "b")
		orphans, err := f.DeleteChannel(f.Context(), room.ID)
		f.ok(err)
		f.equal("orphans", orphans, []store.Channel{})
		for _, thread := range gone {
			f.absentChannel(thread.ID, messages)
			f.absentThread(thread, ada)
		}
		f.equal("kept", f.again(kept).Thread.MessageCount, 1)
		f.ok(f.DeleteGuild(f.Context(), room.GuildID))
		f.absentChannel(kept.ID, word)
		f.absentThread(kept, ada)
	}},
	{"a thread is deleted alone", func(f *fixture) {
		room := f.room()
		ada := f.owner(room)
		gone, kept := f.thread(room, ada), f.thread(room, ada)
		messages := f.post(gone, "a")
		_, err := f.DeleteChannel(f.Context(), gone.ID)
		f.ok(err)
		f.absentChannel(gone.ID, messages)
		f.absentThread(gone, ada)
		active, err := f.ActiveThreads(f.Context(), room.GuildID)
		f.ok(err)
		f.equal("left", active, []store.Channel{kept})
	}},
	{"what a forum says of its posts is read as it was stored", func(f *fixture) {
		room := f.room()
		forum := store.Channel{
			ID: f.id(), GuildID: room.GuildID, Type: store.ChannelForum, Name: "help", Flags: store.ChannelRequireTag, DefaultAutoArchive: 24 * time.Hour, DefaultThreadRateLimit: 9,
			Forum: &store.Forum{Tags: []store.ForumTag{{ID: 5, Name: "solvéd", Moderated: true, Emoji: castle}, {ID: 4, Name: "new"}}, DefaultReaction: wave,
				SortOrder: store.SortCreationTime, Layout: store.LayoutGallery},
		}
		f.ok(f.CreateChannel(f.Context(), forum, 500))
		f.equal("forum", f.again(forum), forum)
		got, err := f.UpdateChannel(f.Context(), forum.ID, func(c *store.Channel) error {
			c.Flags, c.DefaultAutoArchive, c.Forum = 0, 0, &store.Forum{Tags: []store.ForumTag{{ID: 6, Name: "x"}}}
			return nil
		})
		f.ok(err)
		forum.Flags, forum.DefaultAutoArchive, forum.Forum = 0, 0, &store.Forum{Tags: []store.ForumTag{{ID: 6, Name: "x"}}}
		f.equal("the result", got, forum)
		f.equal("what is read", f.again(forum), forum)
	}},
}

// absentThread demands that every way to a thread that was an account's finds nothing.
func (f *fixture) absentThread(thread store.Channel, userID id.ID) {
	f.Helper()
	ctx := f.Context()
	threads, err := f.ThreadsByID(ctx, []id.ID{thread.ID})
	f.ok(err)
	f.equal("by id", threads, []store.Channel{})
	active, err := f.ActiveThreads(ctx, thread.GuildID)
	f.ok(err)
	for _, one := range active {
		if one.ID == thread.ID {
			f.Errorf("it is among the active ones")
		}
	}
	archived, err := f.ArchivedThreads(ctx, thread.ParentID, store.ArchivedPage{Private: thread.Type == store.ChannelPrivateThread, Limit: 100})
	f.ok(err)
	f.equal("archived", archived, []store.Channel{})
	_, err = f.ThreadMember(ctx, thread.ID, userID)
	f.is(err, store.ErrNotFound)
	members, err := f.ThreadMembers(ctx, thread.ID, 0, 100)
	f.ok(err)
	f.equal("members", members, []store.ThreadMember{})
	places, err := f.ThreadPlaces(ctx, userID, []id.ID{thread.ID})
	f.ok(err)
	f.equal("places", places, []store.ThreadMember{})
	joined, err := f.JoinedThreads(ctx, thread.GuildID, userID)
	f.ok(err)
	for _, threadID := range joined {
		if threadID == thread.ID {
			f.Errorf("it is among the joined ones")
		}
	}
	_, err = f.AddThreadMember(ctx, store.ThreadMember{ThreadID: thread.ID, UserID: userID}, 100)
	f.is(err, store.ErrNotFound)
	_, err = f.UpdateThread(ctx, thread.ID, enough, func(*store.Channel) error { return nil })
	f.is(err, store.ErrNotFound)
	idle, err := f.IdleThreads(ctx, birthday.AddDate(1, 0, 0), 100)
	f.ok(err)
	for _, one := range idle {
		if one.ID == thread.ID {
			f.Errorf("it is among the idle ones")
		}
	}
}
