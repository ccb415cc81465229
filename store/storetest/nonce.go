package storetest

import (
	"strings"

	"guildhall/store"
	"guildhall/store/id"
)

var nonceTests = []test{
	{"a repeated nonce gives the earlier message and stores nothing", func(f *fixture) {
		channel := f.room()
		first := f.once(channel, 7, "n", 1)
		again := f.once(channel, 7, "n", 1)
		f.equal("the repeated message", again, first)
		edited, err := f.UpdateMessage(f.Context(), channel.ID, first.ID, func(m *store.Message) error { m.Content = "edited"; return nil })
		f.ok(err)
		f.equal("the repeated message after an edit", f.once(channel, 7, "n", 1), edited)
		f.equal("messages", f.page(channel, store.MessagePage{Limit: 10}), []store.Message{edited})
	}},
	{"a nonce counts per channel and author, letter for letter", func(f *fixture) {
		channel := f.room()
		other := f.channel(channel.GuildID)
		long := strings.Repeat("ß", 25)
		want := 0
		for _, nonce := range []string{"n", "N", "n ", "nn", "é", "e\u0301", long, long[2:]} {
			for _, author := range []id.ID{7, 8, 1<<63 - 1} {
				f.once(channel, author, nonce, 1)
				f.once(other, author, nonce, 1)
				want++
			}
		}
		f.equal("messages", len(f.page(channel, store.MessagePage{Limit: 100})), want)
		f.equal("messages", len(f.page(other, store.MessagePage{Limit: 100})), want)
	}},
	{"without the wish, and without a nonce, everything is stored", func(f *fixture) {
		channel := f.room()
		f.once(channel, 7, "n", 0)
		f.once(channel, 7, "n", 0)
		f.once(channel, 7, "", 1)
		f.once(channel, 7, "", 1)
		f.equal("messages", len(f.page(channel, store.MessagePage{Limit: 10})), 4)
	}},
	{"messages that were posted without the wish count too, the newest first", func(f *fixture) {
		channel := f.room()
		f.once(channel, 7, "n", 0)
		newest := f.once(channel, 7, "n", 0)
		f.equal("the repeated message", f.once(channel, 7, "n", newest.ID), newest)
	}},
	{"a nonce is forgotten below the given id", func(f *fixture) {
		channel := f.room()
		first := f.once(channel, 7, "n", 1)
		f.equal("just not below", f.once(channel, 7, "n", first.ID), first)
		second := f.once(channel, 7, "n", first.ID+1)
		if second.ID == first.ID {
			f.Fatal("the message below the given id was found")
		}
		f.equal("the newer of two", f.once(channel, 7, "n", 1), second)
	}},
	{"a nonce counts within one call", func(f *fixture) {
		channel := f.room()
		earlier := f.once(channel, 7, "stored", 1)
		var batch []store.NewMessage
		for _, nonce := range []string{"a", "b", "a", "stored", "", ""} {
			draft := f.draft(channel, "in one call")
			draft.Nonce, draft.NonceSince = nonce, 1
			batch = append(batch, draft)
		}
		got, err := f.CreateMessages(f.Context(), channel.ID, batch)
		f.ok(err)
		want := []store.Message{batch[0].Message, batch[1].Message, batch[0].Message, earlier, batch[4].Message, batch[5].Message}
		f.equal("the result", got, want)
		f.equal("messages", f.page(channel, store.MessagePage{Limit: 10}),
			[]store.Message{batch[5].Message, batch[4].Message, batch[1].Message, batch[0].Message, earlier})
		for _, dropped := range []store.NewMessage{batch[2], batch[3]} {
			f.is(second(f.MessageChannel(f.Context(), dropped.ID)), store.ErrNotFound)
		}
	}},
	{"within one call the results of the call come before what was stored, the first of them first", func(f *fixture) {
		channel := f.room()
		stored := f.once(channel, 7, "n", 1)
		f.once(channel, 7, "old", 1)
		batch := make([]store.NewMessage, 5)
		for i := range batch {
			batch[i] = f.draft(channel, "in one call")
			batch[i].Nonce = "n"
		}
		batch[2].NonceSince, batch[3].NonceSince = 1, stored.ID+1
		batch[4].Nonce, batch[4].NonceSince = "old", batch[0].ID
		got, err := f.CreateMessages(f.Context(), channel.ID, batch)
		f.ok(err)
		f.equal("the result", got, []store.Message{batch[0].Message, batch[1].Message, batch[0].Message, batch[0].Message, batch[4].Message})
	}},
	{"pruned nonces are forgotten, the others are not", func(f *fixture) {
		channel := f.room()
		first, second := f.once(channel, 7, "first", 1), f.once(channel, 7, "second", 1)
		f.once(channel, 7, "both", 1)
		f.ok(f.PruneNonces(f.Context(), second.ID))
		f.equal("the kept nonce", f.once(channel, 7, "second", 1), second)
		if f.once(channel, 7, "first", 1).ID == first.ID {
			f.Error("the pruned nonce is still known")
		}
		// A nonce that was used twice is known as long as its newer message is not old.
		f.once(channel, 7, "twice", 0)
		newer := f.once(channel, 7, "twice", 0)
		f.ok(f.PruneNonces(f.Context(), newer.ID))
		f.equal("the newer message", f.once(channel, 7, "twice", 1), newer)
		f.ok(f.PruneNonces(f.Context(), 1<<63-1))
		if f.once(channel, 7, "both", 1).ID < newer.ID {
			f.Error("not all nonces were forgotten")
		}
		f.ok(f.PruneNonces(f.Context(), 0))
	}},
	{"of concurrent posts with one nonce exactly one is stored, and all get it", func(f *fixture) {
		channel := f.room()
		results := make([]store.Message, writers)
		for _, err := range together(writers, func(i int) error {
			draft := f.draft(channel, "x")
			draft.Nonce, draft.NonceSince = "n", 1
			got, err := f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{draft})
			if err == nil {
				results[i] = got[0]
			}
			return err
		}) {
			f.ok(err)
		}
		stored := f.page(channel, store.MessagePage{Limit: 100})
		f.equal("messages", len(stored), 1)
		for _, result := range results {
			f.equal("the result", result, stored[0])
		}
	}},
	{"what a nonce names can be asked for", func(f *fixture) {
		channel := f.room()
		other := f.channel(channel.GuildID)
		named := func(channel store.Channel, author id.ID, nonce string, since id.ID) error {
			_, err := f.PostedBefore(f.Context(), channel.ID, author, nonce, since)
			return err
		}
		f.is(named(channel, 7, "n", 1), store.ErrNotFound)
		f.once(channel, 7, "n", 0)
		newest := f.once(channel, 7, "n", 0)
		got, err := f.PostedBefore(f.Context(), channel.ID, 7, "n", newest.ID)
		f.ok(err)
		f.equal("the message", got, newest)
		f.is(named(channel, 7, "n", newest.ID+1), store.ErrNotFound)
		f.is(named(channel, 8, "n", 1), store.ErrNotFound)
		f.is(named(channel, 7, "N", 1), store.ErrNotFound)
		f.is(named(channel, 7, "", 1), store.ErrNotFound)
		f.is(named(other, 7, "n", 1), store.ErrNotFound)
		_, err = f.DeleteMessage(f.Context(), channel.ID, newest.ID)
		f.ok(err)
		f.is(named(channel, 7, "n", 1), store.ErrNotFound)
		f.once(other, 7, "n", 1)
		_, err = f.DeleteChannel(f.Context(), other.ID)
		f.ok(err)
		f.is(named(other, 7, "n", 1), store.ErrNotFound)
	}},
	{"a nonce of a deleted channel is not met again", func(f *fixture) {
		channel := f.room()
		f.once(channel, 7, "n", 1)
		_, err := f.DeleteChannel(f.Context(), channel.ID)
		f.ok(err)
		other := f.channel(channel.GuildID)
		f.once(other, 7, "n", 1)
		f.equal("messages", len(f.page(other, store.MessagePage{Limit: 10})), 1)
	}},
}

// once posts a message with a nonce that counts from an id on (zero: not at all).
func (f *fixture) once(channel store.Channel, author id.ID, nonce string, since id.ID) store.Message {
	f.Helper()
	draft := f.draft(channel, "x")
	draft.AuthorID, draft.Nonce, draft.NonceSince = author, nonce, since
	got, err := f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{draft})
	f.ok(err)
	return got[0]
}
