package storetest

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// contents are texts that must come back byte for byte.
var contents = []string{
	"", " leading and trailing ", "line\r\nbreaks\n\tand tabs", "emoji 👩‍👩‍👧‍👦 🏳️‍🌈 🇨🇭 👍🏽", "שלום עולם, مرحبا بالعالم", "e\u0301 is not \u00e9",
	"zero\u200bwidth \u202eright-to-left override\u202c", "\ufffd \U0010ffff \ufeff", "'; DROP TABLE messages; -- %s \\x00 $1 {}", strings.Repeat("𝒜", 2000),
}

var messageTests = []test{
	{"what an author wrote is found in all channels, by pages", func(f *fixture) {
		ctx, one := f.Context(), f.room()
		two, gone := f.channel(one.GuildID), f.channel(one.GuildID)
		ada, bob := f.person("grace").ID, f.person("bob").ID
		direct, _, err := f.OpenDirectChannel(ctx, f.pair(ada, bob), ada)
		f.ok(err)
		var want []store.Message
		for _, channel := range []store.Channel{one, two, gone, direct} {
			for i := range 5 {
				draft := f.draft(channel, "message")
				draft.AuthorID = []id.ID{ada, bob}[i%2]
				stored, err := f.CreateMessages(ctx, channel.ID, []store.NewMessage{draft})
				f.ok(err)
				if draft.AuthorID == ada && channel.ID != gone.ID {
					want = append(want, stored...)
				}
			}
		}
		_, err = f.DeleteChannel(ctx, gone.ID)
		f.ok(err)
		for _, limit := range []int{0, 1, 2, 3, 100} {
			var got []store.Message
			for at := (store.MessagePlace{}); ; {
				page, err := f.AuthoredMessages(ctx, ada, at, limit)
				f.ok(err)
				if got = append(got, page...); len(page) == 0 {
					break
				}
				last := page[len(page)-1]
				at = store.MessagePlace{ChannelID: last.ChannelID, MessageID: last.ID}
			}
			if limit == 0 {
				f.equal("none", len(got), 0)
			} else {
				f.equal("found", got, want)
			}
		}
	}},
	{"a message is read as it was stored, to the last bit", func(f *fixture) {
		channel := f.room()
		full := f.fullMessage(channel, math.MaxInt64)
		plain := f.draft(channel, "plain").Message
		for _, want := range []store.Message{plain, full} {
			got, err := f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{{Message: want}})
			f.ok(err)
			f.equal("the result", got, []store.Message{want})
			read, err := f.Message(f.Context(), channel.ID, want.ID)
			f.ok(err)
			f.equal("what is read", read, want)
			where, err := f.MessageChannel(f.Context(), want.ID)
			f.ok(err)
			f.equal("channel", where, channel.ID)
		}
		list, err := f.ListMessages(f.Context(), channel.ID, store.MessagePage{Limit: 5})
		f.ok(err)
		f.equal("what is listed", list, []store.Message{full, plain})
		f.is(second(f.Message(f.Context(), channel.ID, 1)), store.ErrNotFound)
		f.is(second(f.MessageChannel(f.Context(), 1)), store.ErrNotFound)
	}},
	{"several messages are deleted in one step, those that are there", func(f *fixture) {
		room := f.room()
		other := f.channel(room.GuildID)
		posted, foreign := f.post(room, "one", "two", "three", "four"), f.post(other, "elsewhere")[0]
		bob := f.person("bob").ID
		f.react(posted[1], bob, thumb)
		deleted, err := f.DeleteMessages(f.Context(), room.ID, []id.ID{posted[3].ID, posted[1].ID, 1, foreign.ID, posted[1].ID})
		f.ok(err)
		f.equal("deleted", deleted, []id.ID{posted[1].ID, posted[3].ID})
		f.equal("left", f.page(room, store.MessagePage{Limit: 10}), []store.Message{posted[2], posted[0]})
		f.equal("elsewhere", f.page(other, store.MessagePage{Limit: 10}), []store.Message{foreign})
		f.equal("reactions", f.reactions(bob, posted...), map[id.ID][]store.Reaction{})
		deleted, err = f.DeleteMessages(f.Context(), room.ID, []id.ID{posted[1].ID})
		f.ok(err)
		f.equal("deleted again", deleted, []id.ID{})
		f.is(second(f.DeleteMessages(f.Context(), 1, []id.ID{posted[0].ID})), store.ErrNotFound)
	}},
	{"messages are pinned and listed, those pinned last first, up to a bound", func(f *fixture) {
		room := f.room()
		posted := f.post(room, "one", "two", "three")
		pin := func(message store.Message, at time.Time, most int) (store.Message, bool, error) {
			f.Helper()
			return f.SetPinned(f.Context(), room.ID, message.ID, at, most)
		}
		pinned, changed, err := pin(posted[2], birthday, 2)
		f.ok(err)
		want := posted[2]
		want.PinnedAt = birthday
		f.equal("pinned", pinned, want)
		f.equal("changed", changed, true)
		_, changed, err = pin(posted[2], birthday.Add(time.Hour), 2)
		f.ok(err)
		f.equal("changed again", changed, false)
		_, _, err = pin(posted[0], birthday.Add(time.Minute), 2)
		f.ok(err)
		_, _, err = pin(posted[1], birthday.Add(time.Minute), 2)
		f.limit(err, 2)
		list := func(before time.Time, limit int) (ids []id.ID) {
			f.Helper()
			pins, err := f.ListPins(f.Context(), room.ID, before, limit)
			f.ok(err)
			for _, one := range pins {
				ids = append(ids, one.ID)
			}
			return ids
		}
		f.equal("listed", list(time.Time{}, 10), []id.ID{posted[0].ID, posted[2].ID})
		f.equal("one", list(time.Time{}, 1), []id.ID{posted[0].ID})
		f.equal("before", list(birthday.Add(time.Minute), 10), []id.ID{posted[2].ID})
		channel, err := f.Channel(f.Context(), room.ID)
		f.ok(err)
		f.equal("last pin", channel.LastPinAt, birthday.Add(time.Minute))
		channel, err = f.UpdateChannel(f.Context(), room.ID, func(channel *store.Channel) error {
			channel.LastPinAt = time.Time{}
			return nil
		})
		f.ok(err)
		f.equal("last pin after an update of the channel", channel.LastPinAt, birthday.Add(time.Minute))
		changedMessage, err := f.UpdateMessage(f.Context(), room.ID, posted[2].ID, func(message *store.Message) error {
			message.Content, message.PinnedAt = "edited", time.Time{}
			return nil
		})
		f.ok(err)
		f.equal("pinned after an edit", changedMessage.PinnedAt, birthday)
		_, changed, err = pin(posted[0], time.Time{}, 2)
		f.ok(err)
		f.equal("unpinned", changed, true)
		_, err = f.DeleteMessage(f.Context(), room.ID, posted[2].ID)
		f.ok(err)
		f.equal("left", len(list(time.Time{}, 10)), 0)
		_, _, err = pin(posted[1], birthday, 2)
		f.ok(err)
		_, _, err = f.SetPinned(f.Context(), room.ID, 1, birthday, 2)
		f.is(err, store.ErrNotFound)
	}},
	{"of messages that are pinned at once no more are than may be", func(f *fixture) {
		room := f.room()
		posted := f.postNumbered(room, writers)
		pinned := 0
		for _, err := range together(writers, func(i int) error {
			_, _, err := f.SetPinned(f.Context(), room.ID, posted[i].ID, birthday, 5)
			return err
		}) {
			if err == nil {
				pinned++
			} else {
				f.limit(err, 5)
			}
		}
		f.equal("pinned", pinned, 5)
	}},
	{"every text comes back byte for byte", func(f *fixture) {
		channel := f.room()
		for i, message := range f.post(channel, contents...) {
			got, err := f.Message(f.Context(), channel.ID, message.ID)
			f.ok(err)
			f.equal("content", got.Content, contents[i])
		}
	}},
	{"times in a message are kept to the millisecond", func(f *fixture) {
		channel := f.room()
		draft := f.draft(channel, "x")
		draft.EditedAt = birthday.Add(999 * time.Microsecond).In(time.FixedZone("somewhere", -3600))
		draft.Embeds = []store.Embed{{Timestamp: draft.EditedAt}}
		want := draft.Message
		want.EditedAt, want.Embeds = birthday, []store.Embed{{Timestamp: birthday}}
		got, err := f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{draft})
		f.ok(err)
		f.equal("the result", got, []store.Message{want})
		read, err := f.Message(f.Context(), channel.ID, want.ID)
		f.ok(err)
		f.equal("what is read", read, want)
	}},
	{"messages are stored all or none", func(f *fixture) {
		channel := f.room()
		taken := f.post(channel, "first")[0]
		batch := []store.NewMessage{f.draft(channel, "a"), f.draft(channel, "b"), {Message: taken}}
		_, err := f.CreateMessages(f.Context(), channel.ID, batch)
		f.conflict(err, "id")
		f.is(second(f.CreateMessages(f.Context(), 1, batch[:2])), store.ErrNotFound)
		f.equal("messages", f.page(channel, store.MessagePage{Limit: 10}), []store.Message{taken})
		for _, message := range batch[:2] {
			f.is(second(f.MessageChannel(f.Context(), message.ID)), store.ErrNotFound)
		}
		other := f.channel(channel.GuildID)
		_, err = f.CreateMessages(f.Context(), other.ID, []store.NewMessage{{Message: store.Message{ID: taken.ID, ChannelID: other.ID, GuildID: other.GuildID, AuthorID: 7}}})
		f.conflict(err, "id")
	}},
	{"messages are found by their ids, newest first, each once", func(f *fixture) {
		channel := f.room()
		other := f.channel(channel.GuildID)
		mine := f.post(channel, "a", "b", "c")
		foreign := f.post(other, "x")[0]
		got, err := f.MessagesByID(f.Context(), channel.ID, []id.ID{mine[0].ID, 1, foreign.ID, mine[2].ID, mine[0].ID, math.MaxInt64})
		f.ok(err)
		f.equal("messages", got, []store.Message{mine[2], mine[0]})
		got, err = f.MessagesByID(f.Context(), channel.ID, nil)
		f.ok(err)
		f.equal("messages", got, []store.Message{})
	}},
	{"a message is updated, and a failed update changes nothing", func(f *fixture) {
		channel := f.room()
		other := f.channel(channel.GuildID)
		message := f.post(channel, "first", "second")[0]
		got, err := f.UpdateMessage(f.Context(), channel.ID, message.ID, func(m *store.Message) error {
			m.ID, m.ChannelID, m.GuildID, m.AuthorID = 1, 2, 3, 4
			m.Content, m.EditedAt, m.Flags, m.Mentions = "edited 🖊", birthday.Add(time.Microsecond), 1<<63|4, []id.ID{8}
			return nil
		})
		f.ok(err)
		message.Content, message.EditedAt, message.Flags, message.Mentions = "edited 🖊", birthday, 1<<63|4, []id.ID{8}
		f.equal("the result", got, message)
		failure := errors.New("no")
		_, err = f.UpdateMessage(f.Context(), channel.ID, message.ID, func(m *store.Message) error { m.Mentions[0] = 9; return failure })
		f.asItIs(err, failure)
		nothing := func(*store.Message) error { return nil }
		f.is(second(f.UpdateMessage(f.Context(), other.ID, message.ID, nothing)), store.ErrNotFound)
		f.is(second(f.UpdateMessage(f.Context(), channel.ID, 1, nothing)), store.ErrNotFound)
		got, err = f.Message(f.Context(), channel.ID, message.ID)
		f.ok(err)
		f.equal("what is read", got, message)
		f.equal("the oldest listed", f.page(channel, store.MessagePage{Limit: 2})[1], message)
	}},
	{"concurrent updates lose nothing", func(f *fixture) {
		channel := f.room()
		message := f.post(channel, "x")[0]
		for _, err := range together(writers, func(int) error {
			_, err := f.UpdateMessage(f.Context(), channel.ID, message.ID, func(m *store.Message) error { m.Content += "x"; return nil })
			return err
		}) {
			f.ok(err)
		}
		got, err := f.Message(f.Context(), channel.ID, message.ID)
		f.ok(err)
		f.equal("content", got.Content, strings.Repeat("x", 1+writers))
	}},
	{"a deleted message is gone from everywhere, and given back", func(f *fixture) {
		channel := f.room()
		other := f.channel(channel.GuildID)
		messages := f.post(channel, "a", "b", "c")
		f.is(second(f.DeleteMessage(f.Context(), other.ID, messages[1].ID)), store.ErrNotFound)
		got, err := f.DeleteMessage(f.Context(), channel.ID, messages[1].ID)
		f.ok(err)
		f.equal("the result", got, messages[1])
		f.is(second(f.DeleteMessage(f.Context(), channel.ID, messages[1].ID)), store.ErrNotFound)
		f.is(second(f.Message(f.Context(), channel.ID, messages[1].ID)), store.ErrNotFound)
		f.is(second(f.MessageChannel(f.Context(), messages[1].ID)), store.ErrNotFound)
		f.equal("messages", f.page(channel, store.MessagePage{Limit: 10}), []store.Message{messages[2], messages[0]})
	}},
	{"a message that is edited and deleted at once is deleted", func(f *fixture) {
		channel := f.room()
		messages := f.postNumbered(channel, writers/2)
		errs := together(writers, func(i int) error {
			if i%2 == 0 {
				_, err := f.DeleteMessage(f.Context(), channel.ID, messages[i/2].ID)
				return err
			}
			_, err := f.UpdateMessage(f.Context(), channel.ID, messages[i/2].ID, func(m *store.Message) error { m.Content = "edited"; return nil })
			return err
		})
		f.wins(errs, func(err error) { f.is(err, store.ErrNotFound) })
		f.equal("messages", f.page(channel, store.MessagePage{Limit: 10}), []store.Message{})
	}},
	{"readers see whole batches, in the order of posting", func(f *fixture) {
		const batches, size = 30, 3
		room := f.room()
		channels := []store.Channel{room, f.channel(room.GuildID)}
		for _, err := range together(writers, func(i int) error {
			if i < len(channels) {
				for b := range batches {
					var batch []store.NewMessage
					for s := range size {
						batch = append(batch, f.draft(channels[i], fmt.Sprint(b*size+s)))
					}
					if _, err := f.CreateMessages(f.Context(), channels[i].ID, batch); err != nil {
						return err
					}
				}
				return nil
			}
			for seen := 0; seen < batches*size; {
				list, err := f.ListMessages(f.Context(), channels[i%2].ID, store.MessagePage{Limit: batches * size})
				if err != nil {
					return err
				}
				if len(list) < seen || len(list)%size != 0 {
					return fmt.Errorf("%d messages after %d: not whole batches of %d", len(list), seen, size)
				}
				seen = len(list)
				for at, message := range list {
					if message.Content != fmt.Sprint(seen-1-at) {
						return fmt.Errorf("message %q at place %d of %d", message.Content, at, seen)
					}
				}
			}
			return nil
		}) {
			f.ok(err)
		}
	}},
	{"whoever posts at once in one channel, in turns, is kept once and in order", func(f *fixture) {
		const each = 6
		channel := f.room()
		for _, err := range together(writers, func(i int) error {
			for range each {
				if _, err := f.say(channel, fmt.Sprint("from ", i)); err != nil {
					return err
				}
			}
			return nil
		}) {
			f.ok(err)
		}
		list := f.page(channel, store.MessagePage{Limit: writers*each + 1})
		f.equal("messages", len(list), writers*each)
		for i := range list[1:] {
			if list[i].ID <= list[i+1].ID {
				f.Fatalf("id %d stands before %d", list[i].ID, list[i+1].ID)
			}
		}
	}},
}

// fullMessage has something in every field.
func (f *fixture) fullMessage(channel store.Channel, messageID id.ID) store.Message {
	return store.Message{
		ID: messageID, ChannelID: channel.ID, GuildID: channel.GuildID, AuthorID: math.MaxInt64 - 1, Type: store.MessageReply, Content: "مرحبا 🎉",
		EditedAt: birthday, TTS: true, Flags: 1<<63 | store.MessageSilent, Mentions: []id.ID{math.MaxInt64, 1}, MentionRoles: []id.ID{3}, MentionEveryone: true,
		Embeds: []store.Embed{
			{
				Type: store.EmbedArticle, Provider: "Site", Title: "t", Description: "d\n", URL: "https://example.org/ä?b=c#d", Timestamp: birthday, Color: 0xFFFFFF, HasColor: true,
				Footer: store.EmbedFooter{Text: "foot", IconURL: "https://example.org/f"}, Image: "https://example.org/i", Thumbnail: "https://example.org/t",
				Author: store.EmbedAuthor{Name: "author", URL: "https://example.org/a", IconURL: "https://example.org/ai"},
				Fields: []store.EmbedField{{Name: "n", Value: "v", Inline: true}, {Name: "n2", Value: "👍"}},
			},
			{HasColor: true},
		},
		Reference: &store.MessageReference{MessageID: 5, ChannelID: math.MaxInt64, GuildID: 7},
		Nonce:     "1234567890123456789012345",
		WebhookID: math.MaxInt64 - 2, ApplicationID: math.MaxInt64 - 3,
		Persona: &store.Persona{Name: "Ci 🤖", Avatar: "a_0123456789abcdef", AvatarURL: "https://example.org/a?b=c#d"},
		Interaction: &store.MessageInteraction{
			InteractionOrigin: store.InteractionOrigin{ID: math.MaxInt64 - 4, Type: 5, UserID: 2, Name: "group sub", TargetUserID: 3, TargetMessageID: 4, ResponseID: 5, InteractedID: 6},
			Trigger:           &store.InteractionOrigin{ID: 7, Type: 2, UserID: 2, Name: "ask"},
		},
	}
}

// page lists messages.
func (f *fixture) page(channel store.Channel, page store.MessagePage) []store.Message {
	f.Helper()
	messages, err := f.ListMessages(f.Context(), channel.ID, page)
	f.ok(err)
	return messages
}

// second drops the first of two results: what a call that fails returns beside its error means nothing.
func second[T any](_ T, err error) error { return err }
