package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// lock locks a thread, or opens it again.
func (f *fixture) lock(thread store.Channel, locked bool) {
	f.Helper()
	_, err := f.UpdateThread(f.Context(), thread.ID, enough, func(thread *store.Channel) error {
		thread.Thread.Locked = locked
		return nil
	})
	f.ok(err)
}

// threadOpenTests are about what asks that a thread is open, and about where in it messages stand.
var threadOpenTests = []test{
	{"messages of a thread know where in it they stand, also when others are deleted and edited", func(f *fixture) {
		room := f.room()
		thread := f.thread(room, f.owner(room))
		starter := f.draft(thread, "")
		starter.Type = store.MessageThreadStarter
		begun, err := f.CreateMessages(f.Context(), thread.ID, []store.NewMessage{starter})
		f.ok(err)
		said := f.post(thread, "one", "two")
		_, err = f.DeleteMessage(f.Context(), thread.ID, said[0].ID)
		f.ok(err)
		last := f.post(thread, "three")
		edited, err := f.UpdateMessage(f.Context(), thread.ID, said[1].ID, func(message *store.Message) error {
			message.Content, message.Position = "changed", 77
			return nil
		})
		f.ok(err)
		f.equal("positions", []int{begun[0].Position, said[0].Position, said[1].Position, last[0].Position, edited.Position}, []int{0, 1, 2, 3, 2})
		listed, err := f.ListMessages(f.Context(), thread.ID, store.MessagePage{Limit: 10})
		f.ok(err)
		f.equal("listed", []int{listed[0].Position, listed[1].Position, listed[2].Position}, []int{3, 2, 0})
		elsewhere := f.draft(room, "no thread")
		elsewhere.Position = 5
		outside, err := f.CreateMessages(f.Context(), room.ID, []store.NewMessage{elsewhere})
		f.ok(err)
		f.equal("outside of threads", outside[0].Position, 0)
	}},
	{"messages that ask for an open thread are refused by an archived and by a locked one, all of a write together", func(f *fixture) {
		room := f.room()
		thread := f.thread(room, f.owner(room))
		say := func(channel store.Channel, active, unlocked bool) error {
			asking := f.draft(channel, "asks")
			asking.NeedsActive, asking.NeedsUnlocked = active, unlocked
			_, err := f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{f.draft(channel, "does not ask"), asking})
			return err
		}
		f.ok(say(thread, true, true))
		f.ok(say(room, true, true))
		f.lock(thread, true)
		f.is(say(thread, false, true), store.ErrThreadClosed)
		f.ok(say(thread, true, false))
		f.lock(thread, false)
		f.archive(thread, birthday)
		f.is(say(thread, true, false), store.ErrThreadClosed)
		f.ok(say(thread, false, true))
		f.equal("counted", f.again(thread).Thread.MessageCount, 6)
		f.sound("messages were refused")
	}},
	{"nobody comes into an archived thread, and nobody leaves it", func(f *fixture) {
		room := f.room()
		ada, bob := f.owner(room), f.member(room.GuildID, "bob").UserID
		thread := f.archive(f.thread(room, ada), birthday)
		_, err := f.AddThreadMember(f.Context(), store.ThreadMember{ThreadID: thread.ID, UserID: bob, JoinedAt: birthday}, 10)
		f.is(err, store.ErrThreadClosed)
		_, err = f.AddThreadMembers(f.Context(), thread.ID, []store.ThreadMember{{UserID: bob, JoinedAt: birthday}}, 10)
		f.is(err, store.ErrThreadClosed)
		_, err = f.RemoveThreadMember(f.Context(), thread.ID, ada)
		f.is(err, store.ErrThreadClosed)
		f.equal("members", f.again(thread).Thread.MemberCount, 1)
	}},
	{"several come into a thread at once, as many as there is room for; who is in it and who is no member is passed over", func(f *fixture) {
		room := f.room()
		ada := f.owner(room)
		thread := f.thread(room, ada)
		stranger := f.person("stranger").ID
		var places []store.ThreadMember
		for _, userID := range []id.ID{ada, stranger} {
			places = append(places, store.ThreadMember{ThreadID: thread.ID, UserID: userID, JoinedAt: birthday})
		}
		for i := range 3 {
			places = append(places, store.ThreadMember{ThreadID: thread.ID, UserID: f.member(room.GuildID, fmt.Sprint("user", i)).UserID, JoinedAt: birthday})
		}
		places = append(places, places[2])
		added, err := f.AddThreadMembers(f.Context(), thread.ID, places, 3)
		f.ok(err)
		f.equal("added", added, places[2:4])
		added, err = f.AddThreadMembers(f.Context(), thread.ID, places, 3)
		f.ok(err)
		f.equal("when it is full", len(added), 0)
		added, err = f.AddThreadMembers(f.Context(), thread.ID, places, 10)
		f.ok(err)
		f.equal("the rest", added, places[4:5])
		f.equal("members", f.again(thread).Thread.MemberCount, 4)
		_, err = f.AddThreadMembers(f.Context(), room.ID, places, 10)
		f.is(err, store.ErrNotFound)
		f.sound("people came in")
	}},
	{"of those who write and those who lock at once, nobody writes past a lock", func(f *fixture) {
		room := f.room()
		thread := f.thread(room, f.owner(room))
		var mu sync.Mutex
		var posted, refused int
		for _, err := range together(writers, func(i int) error {
			if i == writers/2 {
				_, err := f.UpdateThread(f.Context(), thread.ID, enough, func(thread *store.Channel) error {
					thread.Thread.Locked, thread.Thread.Archived, thread.Thread.ArchivedAt = true, true, birthday
					return nil
				})
				if err != nil {
					return err
				}
				// From here on nothing can be posted.
				before := f.again(thread).Thread.MessageCount
				asking := f.draft(thread, "late")
				asking.NeedsUnlocked = true
				if _, err := f.CreateMessages(f.Context(), thread.ID, []store.NewMessage{asking}); !errors.Is(err, store.ErrThreadClosed) {
					return fmt.Errorf("after the lock: %w", err)
				}
				if after := f.again(thread).Thread.MessageCount; after != before {
					return fmt.Errorf("%d messages came after the lock", after-before)
				}
				return nil
			}
			mu.Lock() // in a channel those who post take turns, so that ids ascend
			defer mu.Unlock()
			asking := f.draft(thread, "word")
			asking.NeedsActive, asking.NeedsUnlocked = true, true
			_, err := f.CreateMessages(f.Context(), thread.ID, []store.NewMessage{asking})
			if errors.Is(err, store.ErrThreadClosed) {
				refused++
				return nil
			}
			posted++
			return err
		}) {
			f.ok(err)
		}
		messages, err := f.ListMessages(f.Context(), thread.ID, store.MessagePage{Limit: 100})
		f.ok(err)
		f.equal("posted", []int{len(messages), f.again(thread).Thread.MessageCount, posted + refused}, []int{posted, posted, writers - 1})
	}},
	{"threads of a channel are looked at briefly, those that began last first", func(f *fixture) {
		room := f.room()
		ada := f.owner(room)
		first := f.thread(room, ada, func(thread *store.Channel) { thread.Name, thread.Thread.AppliedTags = "first", []id.ID{9, 8} })
		second := f.archive(f.thread(room, ada, private), birthday.Add(time.Hour))
		third := f.thread(room, ada)
		f.thread(f.channel(room.GuildID), ada)
		word := f.post(third, "word")[0]
		briefs := func(after, before id.ID, limit int) []store.ThreadBrief {
			f.Helper()
			found, err := f.ThreadBriefs(f.Context(), room.ID, after, before, limit)
			f.ok(err)
			return found
		}
		all := []store.ThreadBrief{
			{ID: third.ID, Type: third.Type, Name: third.Name, ArchivedAt: birthday, LastMessageID: word.ID},
			{ID: second.ID, Type: store.ChannelPrivateThread, Name: second.Name, Archived: true, ArchivedAt: birthday.Add(time.Hour)},
			{ID: first.ID, Type: first.Type, Name: "first", ArchivedAt: birthday, AppliedTags: []id.ID{9, 8}},
		}
		f.equal("all", briefs(0, 0, 10), all)
		f.equal("two", briefs(0, 0, 2), all[:2])
		f.equal("after the first", briefs(first.ID, 0, 10), all[:2])
		f.equal("between", briefs(first.ID, third.ID, 10), all[1:2])
		f.equal("none", briefs(0, 0, 0), []store.ThreadBrief{})
		_, err := f.DeleteChannel(f.Context(), second.ID)
		f.ok(err)
		f.equal("without a deleted one", briefs(0, 0, 10), slices.Delete(slices.Clone(all), 1, 2))
		_, err = f.DeleteChannel(f.Context(), room.ID)
		f.ok(err)
		f.equal("of a deleted channel", briefs(0, 0, 10), []store.ThreadBrief{})
	}},
	{"pinned posts are never idle", func(f *fixture) {
		room := f.room()
		ada := f.owner(room)
		pinned, other := f.thread(room, ada, func(thread *store.Channel) { thread.Flags = store.ChannelPinned }), f.thread(room, ada)
		idle := func(limit int) []id.ID {
			f.Helper()
			threads, err := f.IdleThreads(f.Context(), birthday.AddDate(1, 0, 0), limit)
			f.ok(err)
			return threadIDs(threads)
		}
		f.equal("idle", idle(10), []id.ID{other.ID})
		f.equal("one of them", idle(1), []id.ID{other.ID})
		_, err := f.UpdateThread(f.Context(), pinned.ID, enough, func(thread *store.Channel) error {
			thread.Flags = 0
			return nil
		})
		f.ok(err)
		f.equal("with the one that is not pinned any more", idle(10), []id.ID{pinned.ID, other.ID})
	}},
	{"who holds a role is known, of roles that few hold", func(f *fixture) {
		guild := f.guild(f.person("ada").ID)
		few, many, nobody := f.role(guild.ID, "few").ID, f.role(guild.ID, "many").ID, f.role(guild.ID, "nobody").ID
		var holders []id.ID
		for i := range 4 {
			roles := []id.ID{many}
			if i%2 == 0 {
				roles = []id.ID{few, many}
			}
			member := f.member(guild.ID, fmt.Sprint("user", i), roles...)
			if i%2 == 0 {
				holders = append(holders, member.UserID)
			}
		}
		found, err := f.RoleHolders(f.Context(), guild.ID, []id.ID{nobody, many, few, 1, few}, 3)
		f.ok(err)
		f.equal("holders", found, map[id.ID][]id.ID{few: holders})
		found, err = f.RoleHolders(f.Context(), guild.ID, []id.ID{many}, 4)
		f.ok(err)
		f.equal("as many as may be", len(found[many]), 4)
		found, err = f.RoleHolders(f.Context(), 1, []id.ID{few}, 3)
		f.ok(err)
		f.equal("elsewhere", found, map[id.ID][]id.ID{})
	}},
}
