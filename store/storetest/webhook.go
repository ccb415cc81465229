package storetest

import (
	"errors"
	"fmt"
	"math"

	"guildhall/store"
	"guildhall/store/id"
)

// webhook stores a webhook of a channel.
func (f *fixture) webhook(channel store.Channel, name string) store.Webhook {
	f.Helper()
	webhook, err := f.CreateWebhook(f.Context(), store.Webhook{
		ID: f.id(), Type: store.WebhookIncoming, GuildID: channel.GuildID, ChannelID: channel.ID, CreatorID: 7, Name: name, Avatar: f.still(name), TokenHash: []byte("hash"), SealedToken: []byte("sealed"),
	}, 50)
	f.ok(err)
	return webhook
}

// follow makes a channel follow another.
func (f *fixture) follow(channel, source store.Channel) store.Webhook {
	f.Helper()
	webhook, err := f.CreateWebhook(f.Context(), store.Webhook{
		ID: f.id(), Type: store.WebhookFollower, GuildID: channel.GuildID, ChannelID: channel.ID, Name: "news", SourceGuildID: source.GuildID, SourceChannelID: source.ID,
	}, 50)
	f.ok(err)
	return webhook
}

// webhooks gives a guild's webhooks.
func (f *fixture) webhooks(guildID id.ID) []store.Webhook {
	f.Helper()
	webhooks, err := f.GuildWebhooks(f.Context(), guildID)
	f.ok(err)
	return webhooks
}

// followers gives the webhooks that follow a channel.
func (f *fixture) followers(channelID id.ID) []store.Webhook {
	f.Helper()
	webhooks, err := f.Followers(f.Context(), channelID, 0, 100)
	f.ok(err)
	return webhooks
}

var webhookTests = []test{
	{"webhooks come back as they were stored, in order, by their guild and by themselves", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		other := f.channel(f.guild(f.person("bob").ID).ID)
		full := store.Webhook{
			ID: math.MaxInt64, Type: store.WebhookFollower, GuildID: channel.GuildID, ChannelID: channel.ID, CreatorID: math.MaxInt64, ApplicationID: math.MaxInt64 - 1, Name: "Ci 🤖",
			Avatar: f.moving("parrot"), TokenHash: []byte{0, 1, 255}, SealedToken: []byte{2, 0}, SourceGuildID: other.GuildID, SourceChannelID: other.ID,
		}
		stored, err := f.CreateWebhook(ctx, full, 50)
		f.ok(err)
		f.equal("the result", stored, full)
		plain := f.webhook(channel, "plain")
		f.webhook(other, "elsewhere")
		f.equal("webhooks", f.webhooks(channel.GuildID), []store.Webhook{plain, full})
		for _, want := range []store.Webhook{plain, full} {
			got, err := f.Webhook(ctx, want.ID)
			f.ok(err)
			f.equal("webhook", got, want)
		}
		for _, place := range []store.Channel{channel, other} {
			_, err = f.CreateWebhook(ctx, store.Webhook{ID: plain.ID, GuildID: place.GuildID, ChannelID: place.ID, Name: "again"}, 50)
			f.conflict(err, "id")
		}
		_, err = f.Webhook(ctx, 1)
		f.is(err, store.ErrNotFound)
		f.equal("none", f.webhooks(1), []store.Webhook{})
		greatest, err := f.GreatestID(ctx)
		f.ok(err)
		f.equal("greatest id", greatest, id.ID(math.MaxInt64))
	}},
	{"a webhook needs its guild, a channel that is the guild's and no thread, and a source that is there", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		other := f.channel(f.guild(f.person("bob").ID).ID)
		thread := f.thread(channel, f.owner(channel))
		for _, wrong := range []store.Webhook{
			{GuildID: 1, ChannelID: channel.ID}, {GuildID: channel.GuildID, ChannelID: other.ID}, {GuildID: channel.GuildID, ChannelID: 1}, {GuildID: channel.GuildID, ChannelID: thread.ID},
			{GuildID: channel.GuildID, ChannelID: channel.ID, SourceGuildID: channel.GuildID, SourceChannelID: other.ID},
			{GuildID: channel.GuildID, ChannelID: channel.ID, SourceGuildID: other.GuildID, SourceChannelID: 1},
			{GuildID: channel.GuildID, ChannelID: channel.ID, SourceGuildID: channel.GuildID, SourceChannelID: thread.ID},
		} {
			wrong.ID = f.id()
			_, err := f.CreateWebhook(ctx, wrong, 50)
			f.is(err, store.ErrNotFound)
			_, err = f.Webhook(ctx, wrong.ID)
			f.is(err, store.ErrNotFound)
		}
		f.sound("what was refused")
	}},
	{"a channel has as many webhooks as there may be, also when they are made and moved at once", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		side := f.channel(channel.GuildID)
		f.webhook(side, "side")
		moving := make([]store.Webhook, writers/2)
		for i := range moving {
			moving[i] = f.webhook(side, fmt.Sprint("moving", i))
		}
		ids := make([]id.ID, writers)
		for i := range ids {
			ids[i] = f.id()
		}
		errs := together(writers, func(i int) error {
			if i < len(moving) {
				_, err := f.UpdateWebhook(ctx, moving[i].ID, 3, func(w *store.Webhook) error { w.ChannelID = channel.ID; return nil })
				return err
			}
			_, err := f.CreateWebhook(ctx, store.Webhook{ID: ids[i], Type: store.WebhookIncoming, GuildID: channel.GuildID, ChannelID: channel.ID, Name: "new"}, 3)
			return err
		})
		f.equal("there", f.wins(errs, func(err error) { f.limit(err, 3) }), 3)
		there := 0
		for _, webhook := range f.webhooks(channel.GuildID) {
			if webhook.ChannelID == channel.ID {
				there++
			}
		}
		f.equal("in the channel", there, 3)
		_, err := f.UpdateWebhook(ctx, moving[0].ID, 1, func(w *store.Webhook) error { w.Name = "it stays where it is"; return nil })
		f.ok(err)
	}},
	{"of a webhook the channel, the name, the picture and the token change, and nothing else", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		side, other := f.channel(channel.GuildID), f.channel(f.guild(f.person("bob").ID).ID)
		webhook := f.webhook(channel, "hook")
		hash := []byte("other")
		got, err := f.UpdateWebhook(ctx, webhook.ID, 9, func(w *store.Webhook) error {
			w.ID, w.GuildID, w.CreatorID, w.ApplicationID, w.Type, w.SourceGuildID, w.SourceChannelID = 1, other.GuildID, 3, 4, store.WebhookFollower, other.GuildID, other.ID
			w.ChannelID, w.Name, w.Avatar, w.TokenHash, w.SealedToken = side.ID, "renamed", f.moving("parrot"), hash, nil
			return nil
		})
		f.ok(err)
		hash[0] = 'x'
		webhook.ChannelID, webhook.Name, webhook.Avatar, webhook.TokenHash, webhook.SealedToken = side.ID, "renamed", got.Avatar, []byte("other"), nil
		f.equal("the result", got, webhook)
		f.equal("webhooks", f.webhooks(channel.GuildID), []store.Webhook{webhook})
		f.equal("followers", f.followers(other.ID), []store.Webhook{})
		refused := errors.New("no")
		_, err = f.UpdateWebhook(ctx, webhook.ID, 9, func(w *store.Webhook) error { w.Name, w.TokenHash[0] = "thief", 'y'; return refused })
		f.asItIs(err, refused)
		for _, channelID := range []id.ID{other.ID, 1} {
			_, err = f.UpdateWebhook(ctx, webhook.ID, 9, func(w *store.Webhook) error { w.ChannelID = channelID; return nil })
			f.is(err, store.ErrNotFound)
		}
		_, err = f.UpdateWebhook(ctx, 1, 9, func(*store.Webhook) error { return nil })
		f.is(err, store.ErrNotFound)
		f.equal("webhooks", f.webhooks(channel.GuildID), []store.Webhook{webhook})
		f.sound("changing it")
	}},
	{"followers are found by what they follow, by pages", func(f *fixture) {
		ctx, source := f.Context(), f.room()
		other := f.channel(f.guild(f.person("bob").ID).ID)
		var want []store.Webhook
		for range 5 {
			want = append(want, f.follow(other, source))
		}
		f.follow(source, other)
		f.webhook(other, "plain")
		f.equal("followers", f.followers(source.ID), want)
		page, err := f.Followers(ctx, source.ID, want[1].ID, 2)
		f.ok(err)
		f.equal("a page", page, want[2:4])
		page, err = f.Followers(ctx, source.ID, 0, 0)
		f.ok(err)
		f.equal("none", len(page), 0)
		_, err = f.DeleteWebhook(ctx, want[0].ID)
		f.ok(err)
		f.equal("followers", f.followers(source.ID), want[1:])
		_, err = f.DeleteChannel(ctx, source.ID)
		f.ok(err)
		f.equal("followers of what is gone", f.followers(source.ID), []store.Webhook{})
		f.equal("webhooks", len(f.webhooks(other.GuildID)), 5)
		f.sound("the source was deleted")
	}},
	{"webhooks go with their channel and their guild, and what was posted through them stays", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		side := f.channel(channel.GuildID)
		gone, kept := f.webhook(side, "gone"), f.webhook(channel, "kept")
		deleted := f.webhook(channel, "deleted")
		draft := f.draft(channel, "through it")
		draft.AuthorID, draft.WebhookID, draft.Persona = deleted.ID, deleted.ID, &store.Persona{Name: "deleted"}
		posted, err := f.CreateMessages(ctx, channel.ID, []store.NewMessage{draft})
		f.ok(err)
		was, err := f.DeleteWebhook(ctx, deleted.ID)
		f.ok(err)
		f.equal("what it was", was, deleted)
		_, err = f.DeleteWebhook(ctx, deleted.ID)
		f.is(err, store.ErrNotFound)
		message, err := f.Message(ctx, channel.ID, posted[0].ID)
		f.ok(err)
		f.equal("the message", message, posted[0])
		_, err = f.DeleteChannel(ctx, side.ID)
		f.ok(err)
		_, err = f.Webhook(ctx, gone.ID)
		f.is(err, store.ErrNotFound)
		f.equal("webhooks", f.webhooks(channel.GuildID), []store.Webhook{kept})
		f.ok(f.DeleteGuild(ctx, channel.GuildID))
		_, err = f.Webhook(ctx, kept.ID)
		f.is(err, store.ErrNotFound)
		f.sound("the guild was deleted")
	}},
}
