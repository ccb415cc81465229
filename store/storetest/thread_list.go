package storetest

import (
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// threadIDs gives the ids of threads, in their order.
func threadIDs(threads []store.Channel) []id.ID {
	ids := []id.ID{}
	for _, thread := range threads {
		ids = append(ids, thread.ID)
	}
	return ids
}

var threadListTests = []test{
	{"the active threads of a guild are listed in order of id, and all by their ids", func(f *fixture) {
		room := f.room()
		ada := f.owner(room)
		other := f.guild(f.person("bob").ID)
		first, second := f.thread(room, ada), f.thread(f.channel(room.GuildID), ada, private)
		archived := f.archive(f.thread(room, ada), birthday)
		foreign := f.thread(store.Channel{ID: other.ID + 1, GuildID: other.ID}, other.OwnerID)
		active, err := f.ActiveThreads(f.Context(), room.GuildID)
		f.ok(err)
		f.equal("active", active, []store.Channel{first, second})
		none, err := f.ActiveThreads(f.Context(), 1)
		f.ok(err)
		f.equal("of no guild", none, []store.Channel{})
		all, err := f.ThreadIDs(f.Context(), room.GuildID)
		f.ok(err)
		f.equal("all", all, []id.ID{first.ID, second.ID, archived.ID})
		chosen, err := f.ThreadsByID(f.Context(), []id.ID{foreign.ID, 1, archived.ID, room.ID, first.ID, first.ID})
		f.ok(err)
		f.equal("by id", chosen, []store.Channel{first, archived, foreign})
	}},
	{"archived threads are listed in pages, those archived last first, private ones apart", func(f *fixture) {
		room := f.room()
		ada := f.owner(room)
		var public []id.ID
		for i := range 5 {
			// Two of them in the same millisecond.
			thread := f.archive(f.thread(room, ada), birthday.Add(time.Duration((i+1)/2)*time.Second))
			public = append([]id.ID{thread.ID}, public...)
		}
		hidden := f.archive(f.thread(room, ada, private), birthday.Add(time.Minute))
		f.archive(f.thread(f.channel(room.GuildID), ada), birthday)
		f.thread(room, ada)
		page := func(parent id.ID, page store.ArchivedPage) []id.ID {
			f.Helper()
			threads, err := f.ArchivedThreads(f.Context(), parent, page)
			f.ok(err)
			return threadIDs(threads)
		}
		f.equal("public", page(room.ID, store.ArchivedPage{Limit: 100}), public)
		f.equal("the first", page(room.ID, store.ArchivedPage{Limit: 2}), public[:2])
		f.equal("before a moment", page(room.ID, store.ArchivedPage{Before: birthday.Add(2 * time.Second), Limit: 100}), public[2:])
		f.equal("before, in pages", page(room.ID, store.ArchivedPage{Before: birthday.Add(2 * time.Second), Limit: 1}), public[2:3])
		f.equal("before all", page(room.ID, store.ArchivedPage{Before: birthday, Limit: 100}), []id.ID{})
		f.equal("private", page(room.ID, store.ArchivedPage{Private: true, Limit: 100}), []id.ID{hidden.ID})
		f.equal("none at all", page(room.ID, store.ArchivedPage{Limit: 0}), []id.ID{})
		f.equal("of no channel", page(1, store.ArchivedPage{Limit: 5}), []id.ID{})
		// One that comes out of the archive is not there any more, and comes back at another place.
		_, err := f.UpdateThread(f.Context(), public[4], enough, func(thread *store.Channel) error { thread.Thread.Archived = false; return nil })
		f.ok(err)
		f.equal("one fewer", page(room.ID, store.ArchivedPage{Limit: 100}), public[:4])
		f.archive(store.Channel{ID: public[4]}, birthday.Add(time.Hour))
		f.equal("in front", page(room.ID, store.ArchivedPage{Limit: 100})[0], public[4])
	}},
	{"the private archived threads that somebody is in are listed by id", func(f *fixture) {
		room := f.room()
		ada, bob := f.owner(room), f.member(room.GuildID, "bob").UserID
		var own []id.ID
		for i := range 4 {
			thread := f.archive(f.thread(room, ada, private), birthday.Add(-time.Duration(i)*time.Second))
			own = append([]id.ID{thread.ID}, own...)
		}
		f.archive(f.thread(room, ada), birthday)
		f.archive(f.thread(room, bob, private), birthday)
		f.thread(room, ada, private)
		f.archive(f.thread(f.channel(room.GuildID), ada, private), birthday)
		page := func(before id.ID, limit int) []id.ID {
			f.Helper()
			threads, err := f.JoinedArchivedThreads(f.Context(), room.ID, ada, before, limit)
			f.ok(err)
			return threadIDs(threads)
		}
		f.equal("all", page(0, 100), own)
		f.equal("the first", page(0, 2), own[:2])
		f.equal("before one", page(own[1], 100), own[2:])
		f.equal("before the last", page(own[3], 100), []id.ID{})
	}},
	{"threads in which nothing is said for their time are found idle, whatever was said before", func(f *fixture) {
		room := f.room()
		ada := f.owner(room)
		quiet := f.thread(room, ada)
		lively := f.thread(room, ada)
		long := f.thread(room, ada, func(thread *store.Channel) { thread.Thread.AutoArchive = 24 * time.Hour })
		f.archive(f.thread(room, ada), birthday)
		late := f.draft(lively, "still here")
		late.ID = id.At(birthday.Add(30 * time.Minute))
		_, err := f.CreateMessages(f.Context(), lively.ID, []store.NewMessage{late})
		f.ok(err)
		idle := func(after time.Duration, limit int) []id.ID {
			f.Helper()
			threads, err := f.IdleThreads(f.Context(), birthday.Add(after), limit)
			f.ok(err)
			return threadIDs(threads)
		}
		f.equal("at once", idle(0, 100), []id.ID{})
		f.equal("just before", idle(time.Hour-time.Millisecond, 100), []id.ID{})
		f.equal("after an hour", idle(time.Hour, 100), []id.ID{quiet.ID})
		f.equal("after an hour, again", idle(time.Hour, 100), []id.ID{quiet.ID})
		f.equal("after an hour of silence", idle(90*time.Minute, 100), []id.ID{quiet.ID, lively.ID})
		f.equal("one of them", len(idle(90*time.Minute, 1)), 1)
		f.equal("after a day", idle(24*time.Hour, 100), []id.ID{quiet.ID, lively.ID, long.ID})
		_, err = f.UpdateThread(f.Context(), quiet.ID, enough, func(thread *store.Channel) error { thread.Thread.AutoArchive = 72 * time.Hour; return nil })
		f.ok(err)
		f.archive(lively, birthday)
		f.equal("but those that changed", idle(24*time.Hour, 100), []id.ID{long.ID})
	}},
	{"the newest of a forum is its newest post, of a channel its newest message", func(f *fixture) {
		room := f.room()
		ada := f.owner(room)
		forum := store.Channel{ID: f.id(), GuildID: room.GuildID, Type: store.ChannelForum, Name: "help", Forum: &store.Forum{}}
		quiet := store.Channel{ID: f.id(), GuildID: room.GuildID, Type: store.ChannelMedia, Name: "art", Forum: &store.Forum{}}
		f.ok(f.CreateChannel(f.Context(), forum, 500))
		f.ok(f.CreateChannel(f.Context(), quiet, 500))
		f.thread(forum, ada)
		newest := f.archive(f.thread(forum, ada), birthday)
		thread := f.thread(room, ada)
		said := f.post(thread, "a", "b")
		ask := []id.ID{room.ID, forum.ID, quiet.ID, thread.ID}
		got, err := f.LastMessageIDs(f.Context(), ask)
		f.ok(err)
		f.equal("newest", got, map[id.ID]id.ID{forum.ID: newest.ID, thread.ID: said[1].ID})
		f.post(room, "c")
		_, err = f.DeleteChannel(f.Context(), forum.ID)
		f.ok(err)
		got, err = f.LastMessageIDs(f.Context(), ask)
		f.ok(err)
		f.equal("how many", len(got), 2)
	}},
	{"the members of a thread are listed in pages, and somebody's places by thread", func(f *fixture) {
		room := f.room()
		ada := f.owner(room)
		thread, other := f.thread(room, ada), f.thread(room, ada)
		people := []store.ThreadMember{{ThreadID: thread.ID, UserID: ada, JoinedAt: birthday}}
		for _, name := range []string{"bob", "eve", "kim"} {
			place := store.ThreadMember{ThreadID: thread.ID, UserID: f.member(room.GuildID, name).UserID, JoinedAt: birthday.Add(time.Minute)}
			added, err := f.AddThreadMember(f.Context(), place, 10)
			f.ok(err)
			f.equal("added", added, true)
			people = append(people, place)
		}
		page := func(after id.ID, limit int) []store.ThreadMember {
			f.Helper()
			members, err := f.ThreadMembers(f.Context(), thread.ID, after, limit)
			f.ok(err)
			return members
		}
		f.equal("all", page(0, 100), people)
		f.equal("the first", page(0, 2), people[:2])
		f.equal("after them", page(people[1].UserID, 100), people[2:])
		f.equal("none", page(people[3].UserID, 100), []store.ThreadMember{})
		places, err := f.ThreadPlaces(f.Context(), ada, []id.ID{other.ID, thread.ID, 1})
		f.ok(err)
		f.equal("places", places, []store.ThreadMember{people[0], {ThreadID: other.ID, UserID: ada, JoinedAt: birthday}})
		joined, err := f.JoinedThreads(f.Context(), room.GuildID, ada)
		f.ok(err)
		f.equal("joined", joined, []id.ID{thread.ID, other.ID})
		_, err = f.ThreadMember(f.Context(), other.ID, people[1].UserID)
		f.is(err, store.ErrNotFound)
	}},
}
