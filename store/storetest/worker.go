package storetest

import (
	"errors"
	"fmt"
	"math"

	"guildhall/store"
	"guildhall/store/id"
)

var workerTests = []test{
	{"the lowest free number is leased", func(f *fixture) {
		f.lease("a", 1000, 2000, 0)
		f.lease("b", 1000, 1500, 1)
		f.lease("a", 1000, 2000, 2) // the same holder again is another lease
		f.ok(f.ReleaseWorker(f.Context(), 1, "b"))
		f.lease("c", 1001, 2000, 1)
		f.lease("d", 1001, 2000, 3)
	}},
	{"a lease is free when it ended before now, not at its last moment", func(f *fixture) {
		f.lease("a", 1000, 2000, 0)
		f.lease("b", 2000, 3000, 1)
		f.lease("c", 2001, 3000, 0)
	}},
	{"who renews in time keeps the number", func(f *fixture) {
		f.lease("a", 1000, 2000, 0)
		f.ok(f.RenewWorker(f.Context(), 0, "a", 5000))
		f.lease("b", 2001, 6000, 1)
		// Late, but nobody took it meanwhile.
		f.ok(f.RenewWorker(f.Context(), 0, "a", 9000))
		f.lease("c", 7000, 9000, 1)
	}},
	{"who lost the number is told so, and cannot harm the new holder", func(f *fixture) {
		f.lease("a", 1000, 2000, 0)
		f.lease("b", 2001, 3000, 0)
		f.is(f.RenewWorker(f.Context(), 0, "a", 9000), store.ErrSpent)
		f.ok(f.ReleaseWorker(f.Context(), 0, "a"))
		f.lease("c", 2500, 3000, 1)
		f.ok(f.RenewWorker(f.Context(), 0, "b", 4000))
	}},
	{"a number that was given back cannot be renewed", func(f *fixture) {
		f.lease("a", 1000, 2000, 0)
		f.ok(f.ReleaseWorker(f.Context(), 0, "a"))
		f.is(f.RenewWorker(f.Context(), 0, "a", 9000), store.ErrSpent)
		f.is(f.RenewWorker(f.Context(), 5, "a", 9000), store.ErrSpent)
		f.ok(f.ReleaseWorker(f.Context(), 5, "a"))
	}},
	{"workers that start at once get different numbers", func(f *fixture) {
		nodes := make([]int, writers)
		for _, err := range together(writers, func(i int) (err error) {
			nodes[i], err = f.AcquireWorker(f.Context(), fmt.Sprint("worker", i), 1000, 2000)
			return err
		}) {
			f.ok(err)
		}
		taken := make(map[int]bool)
		for _, node := range nodes {
			if taken[node] || node < 0 || node >= writers {
				f.Fatalf("numbers %v", nodes)
			}
			taken[node] = true
		}
	}},
	{"when all numbers are leased there is none", func(f *fixture) {
		const batch = 64
		for first := 0; first <= id.MaxNode; first += batch {
			for _, err := range together(batch, func(int) error {
				_, err := f.AcquireWorker(f.Context(), "a", 1000, 2000)
				return err
			}) {
				f.ok(err)
			}
		}
		_, err := f.AcquireWorker(f.Context(), "b", 1000, 2000)
		if _, limited := errors.AsType[*store.LimitError](err); !limited {
			f.Fatalf("got the error %v, want a limit", err)
		}
		f.ok(f.ReleaseWorker(f.Context(), id.MaxNode, "a"))
		f.lease("b", 1000, 2000, id.MaxNode)
	}},
	{"the greatest id is of whatever was stored last, deleted or not", func(f *fixture) {
		ctx := f.Context()
		f.greatest(0)
		ada := f.person("ada")
		f.greatest(ada.ID)
		guild := f.guild(ada.ID)
		f.greatest(guild.ID + 1)
		role := f.role(guild.ID, "knight")
		f.greatest(role.ID)
		channel := f.channel(guild.ID)
		f.greatest(channel.ID)
		messages := f.post(channel, "a", "b")
		f.greatest(messages[1].ID)
		_, err := f.DeleteMessage(ctx, channel.ID, messages[1].ID)
		f.ok(err)
		f.greatest(messages[1].ID)
		session := f.newSession(ada.ID, birthday)
		f.ok(f.CreateLoginSession(ctx, session))
		_, err = f.DeleteLoginSessions(ctx, ada.ID, []id.ID{session.ID})
		f.ok(err)
		f.greatest(session.ID)
		bot, user := newBot(f.id(), ada.ID, "Echo")
		f.ok(f.CreateBot(ctx, bot, user))
		f.greatest(bot.UserID)
		voice := f.speak(channel, ada.ID)
		f.greatest(voice.ID)
		f.ok(f.DeleteGuild(ctx, guild.ID))
		f.greatest(voice.ID)
		f.is(f.CreateLoginSession(ctx, store.LoginSession{ID: math.MaxInt64, UserID: 1}), store.ErrNotFound)
		f.greatest(voice.ID)
		f.ok(f.CreateUser(ctx, newPerson(math.MaxInt64, "last")))
		f.greatest(math.MaxInt64)
	}},
}

// lease acquires a worker number and demands which one it is.
func (f *fixture) lease(holder string, now, until int64, want int) {
	f.Helper()
	node, err := f.AcquireWorker(f.Context(), holder, now, until)
	f.ok(err)
	f.equal("worker number", node, want)
}

func (f *fixture) greatest(want id.ID) {
	f.Helper()
	got, err := f.GreatestID(f.Context())
	f.ok(err)
	f.equal("the greatest id", got, want)
}
