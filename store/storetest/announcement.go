package storetest

import (
	"math"

	"guildhall/store"
	"guildhall/store/id"
)

// publish publishes a message.
func (f *fixture) publish(message store.Message) store.Message {
	f.Helper()
	published, err := f.PublishMessage(f.Context(), message.ChannelID, message.ID, f.id())
	f.ok(err)
	return published
}

// outbox gives the published messages of a channel that are still to be told of.
func (f *fixture) outbox(channel store.Channel) []store.Announcement {
	f.Helper()
	waiting, err := f.Announcements(f.Context(), store.MessagePlace{ChannelID: channel.ID}, 100)
	f.ok(err)
	own := []store.Announcement{}
	for _, one := range waiting {
		if one.ChannelID == channel.ID {
			own = append(own, one)
		}
	}
	return own
}

// copyOf makes a message that brings a published one, which is not stored yet.
func (f *fixture) copyOf(source store.Message, channel store.Channel, webhook store.Webhook) store.NewMessage {
	return store.NewMessage{Message: store.Message{
		ID: f.id(), ChannelID: channel.ID, GuildID: channel.GuildID, AuthorID: webhook.ID, WebhookID: webhook.ID, Content: source.Content, Flags: store.MessageIsCrosspost,
		Reference: &store.MessageReference{MessageID: source.ID, ChannelID: source.ChannelID, GuildID: source.GuildID},
	}}
}

// bring stores what arrives of a published message.
func (f *fixture) bring(source store.Message, channel store.Channel, webhook store.Webhook) store.Message {
	f.Helper()
	stored, err := f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{f.copyOf(source, channel, webhook)})
	f.ok(err)
	return stored[0]
}

// copies gives where a published message arrived.
func (f *fixture) copies(source store.Message) []store.AnnouncementCopy {
	f.Helper()
	copies, err := f.AnnouncementCopies(f.Context(), place(source), 0, 100)
	f.ok(err)
	return copies
}

func place(message store.Message) store.MessagePlace {
	return store.MessagePlace{ChannelID: message.ChannelID, MessageID: message.ID}
}

// only demands that one message of a channel waits in the outbox, and gives it.
func (f *fixture) only(channel store.Channel, message store.Message, publishedAt id.ID) store.Announcement {
	f.Helper()
	waiting := f.outbox(channel)
	if len(waiting) != 1 || waiting[0].MessagePlace != place(message) || waiting[0].PublishedAt != publishedAt {
		f.Fatalf("there waits %+v, and should %d of %d", waiting, message.ID, publishedAt)
	}
	return waiting[0]
}

var announcementTests = []test{
	{"a published message is marked and waits in the outbox, and it can be published once", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		messages := f.post(channel, "news", "more")
		at := f.id()
		published, err := f.PublishMessage(ctx, channel.ID, messages[0].ID, at)
		f.ok(err)
		messages[0].Flags = store.MessageCrossposted
		f.equal("the result", published, messages[0])
		f.equal("what is read", f.page(channel, store.MessagePage{After: 1, Limit: 1}), messages[:1])
		f.only(channel, messages[0], at)
		for _, wrong := range []store.MessagePlace{{ChannelID: channel.ID, MessageID: 1}, {ChannelID: f.channel(channel.GuildID).ID, MessageID: messages[1].ID}, {ChannelID: 1, MessageID: messages[1].ID}} {
			_, err = f.PublishMessage(ctx, wrong.ChannelID, wrong.MessageID, at)
			f.is(err, store.ErrNotFound)
		}
		errs := together(writers, func(int) error { return second(f.PublishMessage(ctx, channel.ID, messages[1].ID, math.MaxInt64)) })
		f.equal("winners", f.wins(errs, func(err error) { f.is(err, store.ErrSpent) }), 1)
		waiting := f.outbox(channel)
		f.equal("waiting", len(waiting), 2)
		f.equal("the second", waiting[1].PublishedAt, id.ID(math.MaxInt64))
		page, err := f.Announcements(ctx, waiting[0].MessagePlace, 1)
		f.ok(err)
		f.equal("a page", page, waiting[1:])
		page, err = f.Announcements(ctx, store.MessagePlace{}, 0)
		f.ok(err)
		f.equal("none", len(page), 0)
		f.sound("publishing")
	}},
	{"what changes of a published message waits in the outbox, and what was settled before does not take it out", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		messages := f.post(channel, "news", "plain")
		published := f.publish(messages[0])
		first := f.outbox(channel)[0]
		edit := func(message store.Message) {
			_, err := f.UpdateMessage(ctx, channel.ID, message.ID, func(m *store.Message) error { m.Content += "!"; return nil })
			f.ok(err)
		}
		edit(messages[1]) // nobody follows what is not published
		f.equal("waiting", f.outbox(channel), []store.Announcement{first})
		edit(published)
		changed := f.only(channel, published, first.PublishedAt)
		if changed.Version == first.Version {
			f.Error("the change has the version of the publication")
		}
		f.ok(f.SettleAnnouncement(ctx, first))
		f.equal("waiting", f.outbox(channel), []store.Announcement{changed})
		f.ok(f.SettleAnnouncement(ctx, changed))
		f.ok(f.SettleAnnouncement(ctx, changed))
		f.equal("waiting", f.outbox(channel), []store.Announcement{})
		edit(published)
		edited := f.only(channel, published, 0)
		f.ok(f.SettleAnnouncement(ctx, edited))
		f.ok(second(f.DeleteMessage(ctx, channel.ID, messages[1].ID)))
		f.equal("waiting", f.outbox(channel), []store.Announcement{})
		f.ok(second(f.DeleteMessage(ctx, channel.ID, published.ID)))
		gone := f.only(channel, published, 0)
		f.ok(f.SettleAnnouncement(ctx, gone))
		many := f.post(channel, "one", "two", "three")
		f.publish(many[1])
		at := f.outbox(channel)[0].PublishedAt
		f.ok(second(f.DeleteMessages(ctx, channel.ID, []id.ID{many[0].ID, many[1].ID, many[2].ID})))
		f.only(channel, many[1], at)
		f.sound("changing")
	}},
	{"a published message arrives once with each webhook, also when what arrived is deleted", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		target := f.channel(f.guild(f.person("bob").ID).ID)
		messages := f.post(channel, "news", "more")
		one, other := f.publish(messages[0]), f.publish(messages[1])
		webhook, twin := f.follow(target, channel), f.follow(target, channel)
		arrived := f.bring(one, target, webhook)
		want := []store.AnnouncementCopy{{WebhookID: webhook.ID, MessagePlace: place(arrived)}}
		f.equal("copies", f.copies(one), want)
		f.conflict(second(f.CreateMessages(ctx, target.ID, []store.NewMessage{f.copyOf(one, target, webhook)})), "copy")
		f.ok(second(f.DeleteMessage(ctx, target.ID, arrived.ID)))
		f.conflict(second(f.CreateMessages(ctx, target.ID, []store.NewMessage{f.copyOf(one, target, webhook)})), "copy")
		f.conflict(second(f.CreateMessages(ctx, target.ID, []store.NewMessage{f.copyOf(other, target, webhook), f.copyOf(other, target, webhook)})), "copy")
		f.equal("copies of the other", f.copies(other), []store.AnnouncementCopy{})
		want = append(want, store.AnnouncementCopy{WebhookID: twin.ID, MessagePlace: place(f.bring(one, target, twin))})
		f.equal("copies", f.copies(one), want)
		page, err := f.AnnouncementCopies(ctx, place(one), webhook.ID, 1)
		f.ok(err)
		f.equal("a page", page, want[1:])
		page, err = f.AnnouncementCopies(ctx, place(one), 0, 0)
		f.ok(err)
		f.equal("none", len(page), 0)
		drafts := make([]store.NewMessage, writers)
		for i := range drafts {
			drafts[i] = f.copyOf(other, target, webhook)
		}
		errs := together(writers, func(i int) error { return second(f.CreateMessages(ctx, target.ID, drafts[i:i+1])) })
		f.equal("arrived", f.wins(errs, func(err error) { f.conflict(err, "copy") }), 1)
		f.sound("bringing it")
	}},
	{"what is known of copies is forgotten with the message, when that is settled, and with the channel", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		target := f.channel(channel.GuildID)
		webhook := f.follow(target, channel)
		messages := f.post(channel, "news", "more")
		one, other := f.publish(messages[0]), f.publish(messages[1])
		f.bring(one, target, webhook)
		f.bring(other, target, webhook)
		for _, waiting := range f.outbox(channel) {
			f.ok(f.SettleAnnouncement(ctx, waiting))
		}
		f.equal("copies", len(f.copies(one)), 1)
		f.ok(second(f.DeleteMessage(ctx, channel.ID, one.ID)))
		f.equal("copies", len(f.copies(one)), 1)
		f.ok(f.SettleAnnouncement(ctx, f.outbox(channel)[0]))
		f.equal("copies", len(f.copies(one)), 0)
		f.ok(second(f.UpdateMessage(ctx, channel.ID, other.ID, func(m *store.Message) error { m.Content = "?"; return nil })))
		f.ok(second(f.DeleteChannel(ctx, channel.ID)))
		f.equal("waiting", f.outbox(channel), []store.Announcement{})
		f.equal("copies", f.copies(other), []store.AnnouncementCopy{})
		f.equal("what arrived", len(f.page(target, store.MessagePage{Limit: 9})), 2)
		f.is(second(f.CreateMessages(ctx, target.ID, []store.NewMessage{f.copyOf(other, target, f.webhook(target, "late"))})), store.ErrNotFound)
		f.sound("the channel was deleted")
	}},
	{"the files of a copy are of the same bytes as those of what was published, and stay when that goes", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		target, bob := f.channel(channel.GuildID), f.person("bob").ID
		posted, err := f.postFiles(channel, f.upload(bob, channel.ID, "picture"))
		f.ok(err)
		source := f.publish(posted)
		draft := f.copyOf(source, target, f.follow(target, channel))
		draft.Attachments = append([]store.Attachment{}, source.Attachments...)
		draft.Attachments[0].ID = f.id()
		stored, err := f.CreateMessages(ctx, target.ID, []store.NewMessage{draft})
		f.ok(err)
		f.equal("the copy", stored[0].Attachments, draft.Attachments)
		f.ok(second(f.DeleteMessage(ctx, channel.ID, source.ID)))
		f.equal("blobs", f.named(10), []string{draft.Attachments[0].Blob})
		bytes, err := f.UserBytes(ctx, bob)
		f.ok(err)
		f.equal("bytes of who posted it", bytes, int64(0))
		f.ok(second(f.UpdateMessage(ctx, target.ID, draft.ID, func(m *store.Message) error { m.Attachments = nil; return nil })))
		f.equal("blobs", f.named(10), []string{})
		draft.ID = f.id()
		f.is(second(f.UpdateMessage(ctx, target.ID, stored[0].ID, func(m *store.Message) error { m.Attachments = draft.Attachments; return nil })), store.ErrSpent)
		f.sound("the files went")
	}},
}
