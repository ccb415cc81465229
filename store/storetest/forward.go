package storetest

import (
	"math"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

var forwardTests = []test{
	{"a forwarded message keeps what the other one said, whatever becomes of that", func(f *fixture) {
		source := f.room()
		channel := f.channel(source.GuildID)
		full := f.fullMessage(source, f.id())
		f.ok(second(f.CreateMessages(f.Context(), source.ID, []store.NewMessage{{Message: full}})))
		snapshot := store.MessageSnapshot{Type: full.Type, Content: full.Content, SentAt: birthday.Add(-time.Hour), EditedAt: birthday, Flags: 1<<63 | 4,
			Mentions: []id.ID{math.MaxInt64, 1}, MentionRoles: []id.ID{3}, Embeds: full.Embeds}
		want := f.draft(channel, "").Message
		want.Flags, want.Reference = store.MessageHasSnapshot, &store.MessageReference{MessageID: full.ID, ChannelID: source.ID, GuildID: source.GuildID, Snapshot: &snapshot}
		draft := want
		draft.Reference = new(*want.Reference)
		draft.Reference.Snapshot = new(snapshot)
		draft.Reference.Snapshot.SentAt = snapshot.SentAt.Add(999 * time.Microsecond).In(time.FixedZone("somewhere", 3600))
		got, err := f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{{Message: draft}})
		f.ok(err)
		f.equal("the result", got, []store.Message{want})

		_, err = f.UpdateMessage(f.Context(), source.ID, full.ID, func(m *store.Message) error { m.Content, m.Embeds = "something else", nil; return nil })
		f.ok(err)
		f.equal("what is read", f.page(channel, store.MessagePage{Limit: 1}), []store.Message{want})
		f.ok(second(f.DeleteMessage(f.Context(), source.ID, full.ID)))
		f.equal("what is read", f.page(channel, store.MessagePage{Limit: 1}), []store.Message{want})
		got[0], err = f.UpdateMessage(f.Context(), channel.ID, want.ID, func(m *store.Message) error { m.Flags |= store.MessageSuppressEmbeds; return nil })
		f.ok(err)
		want.Flags |= store.MessageSuppressEmbeds
		f.equal("what is updated", got[0], want)
	}},
	{"a snapshot of nothing is a snapshot", func(f *fixture) {
		channel := f.room()
		want := f.draft(channel, "").Message
		want.Reference = &store.MessageReference{MessageID: 1, ChannelID: 2, Snapshot: &store.MessageSnapshot{}}
		got, err := f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{{Message: want}})
		f.ok(err)
		f.equal("the result", got, []store.Message{want})
		f.equal("what is read", f.page(channel, store.MessagePage{Limit: 1}), []store.Message{want})
	}},
}
