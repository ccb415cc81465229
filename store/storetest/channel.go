package storetest

import (
	"errors"
	"fmt"

	"guildhall/store"
	"guildhall/store/id"
)

var channelTests = []test{
	{"a channel is read as it was stored, and listed in order of id", func(f *fixture) {
		guild, other := f.guild(f.person("ada").ID), f.guild(f.person("bob").ID)
		category := store.Channel{ID: f.id(), GuildID: guild.ID, Type: store.ChannelCategory, Name: "Hall", Position: 9}
		text := store.Channel{
			ID: f.id(), GuildID: guild.ID, Name: "çà-et-là", Topic: "🎉", Position: 1, ParentID: category.ID, NSFW: true, RateLimitPerUser: 5,
			Overwrites: []store.PermissionOverwrite{{TargetID: guild.ID, Allow: 1 << 63, Deny: 1<<63 - 1}, {TargetID: guild.OwnerID, Type: store.OverwriteMember, Allow: 1}},
		}
		if text.Overwrites[0].TargetID > text.Overwrites[1].TargetID {
			text.Overwrites[0], text.Overwrites[1] = text.Overwrites[1], text.Overwrites[0]
		}
		f.ok(f.CreateChannel(f.Context(), category, 500))
		f.ok(f.CreateChannel(f.Context(), text, 500))
		f.channel(other.ID)
		got, err := f.Channel(f.Context(), text.ID)
		f.ok(err)
		f.equal("channel", got, text)
		list, err := f.GuildChannels(f.Context(), guild.ID)
		f.ok(err)
		f.equal("channels", list, []store.Channel{{ID: guild.ID + 1, GuildID: guild.ID, Name: "general"}, category, text})
		_, err = f.Channel(f.Context(), 1)
		f.is(err, store.ErrNotFound)
	}},
	{"of overwrites that are made at once none is lost", func(f *fixture) {
		room := f.room()
		for _, err := range together(writers, func(i int) error {
			_, err := f.UpdateChannel(f.Context(), room.ID, func(channel *store.Channel) error {
				channel.Overwrites = append(channel.Overwrites, store.PermissionOverwrite{TargetID: id.ID(i + 1), Allow: 1})
				return nil
			})
			return err
		}) {
			f.ok(err)
		}
		channel, err := f.Channel(f.Context(), room.ID)
		f.ok(err)
		f.equal("overwrites", len(channel.Overwrites), writers)
	}},
	{"a channel needs its guild, its parent, an id of its own and room", func(f *fixture) {
		guild, other := f.guild(f.person("ada").ID), f.guild(f.person("bob").ID)
		foreign := f.channel(other.ID)
		create := func(channelID, guildID, parent id.ID, most int) error {
			return f.CreateChannel(f.Context(), store.Channel{ID: channelID, GuildID: guildID, ParentID: parent, Name: "x"}, most)
		}
		f.is(create(f.id(), 1, 0, 500), store.ErrNotFound)
		f.is(create(f.id(), guild.ID, 1, 500), store.ErrNotFound)
		f.is(create(f.id(), guild.ID, foreign.ID, 500), store.ErrNotFound)
		f.conflict(create(foreign.ID, guild.ID, 0, 500), "id")
		f.limit(create(f.id(), guild.ID, 0, 1), 1)
		list, err := f.GuildChannels(f.Context(), guild.ID)
		f.ok(err)
		f.equal("channels", len(list), 1)
		f.ok(create(f.id(), guild.ID, 0, 2))
		f.limit(create(f.id(), guild.ID, 0, 2), 2)
	}},
	{"the maximum of channels holds against concurrent writers", func(f *fixture) {
		guild := f.guild(f.person("ada").ID)
		errs := together(writers, func(int) error {
			return f.CreateChannel(f.Context(), store.Channel{ID: f.id(), GuildID: guild.ID, Name: "x"}, 6)
		})
		f.equal("winners", f.wins(errs, func(err error) { f.limit(err, 6) }), 5)
	}},
	{"a channel is updated, and a failed update changes nothing", func(f *fixture) {
		channel := f.room()
		got, err := f.UpdateChannel(f.Context(), channel.ID, func(c *store.Channel) error {
			c.ID, c.GuildID, c.Name, c.Topic = 1, 2, "renamed", "with a topic"
			c.Overwrites = []store.PermissionOverwrite{{TargetID: 5, Type: store.OverwriteMember, Deny: 1 << 63}}
			return nil
		})
		f.ok(err)
		channel.Name, channel.Topic = "renamed", "with a topic"
		channel.Overwrites = []store.PermissionOverwrite{{TargetID: 5, Type: store.OverwriteMember, Deny: 1 << 63}}
		f.equal("the result", got, channel)
		failure := errors.New("no")
		_, err = f.UpdateChannel(f.Context(), channel.ID, func(c *store.Channel) error { c.Overwrites[0].Allow = 8; return failure })
		f.asItIs(err, failure)
		_, err = f.UpdateChannel(f.Context(), channel.ID, func(c *store.Channel) error { c.ParentID = 1; return nil })
		f.is(err, store.ErrNotFound)
		got, err = f.Channel(f.Context(), channel.ID)
		f.ok(err)
		f.equal("what is read", got, channel)
		_, err = f.UpdateChannel(f.Context(), 1, func(*store.Channel) error { return nil })
		f.is(err, store.ErrNotFound)
	}},
	{"concurrent updates lose nothing", func(f *fixture) {
		channel := f.room()
		for _, err := range together(writers, func(int) error {
			_, err := f.UpdateChannel(f.Context(), channel.ID, func(c *store.Channel) error { c.Position++; return nil })
			return err
		}) {
			f.ok(err)
		}
		got, err := f.Channel(f.Context(), channel.ID)
		f.ok(err)
		f.equal("count", got.Position, writers)
	}},
	{"a deleted channel takes its messages, invites and voice sessions along, and nothing else", func(f *fixture) {
		before := f.room()
		channel, after := f.channel(before.GuildID), f.channel(before.GuildID)
		// More messages than one step of any sensible clean-up takes.
		gone := f.postNumbered(channel, 2500)
		kept := append(f.post(before, "before"), f.post(after, "after")...)
		f.invite(channel, "gone")
		f.invite(after, "kept")
		session := store.VoiceSession{ID: f.id(), GuildID: channel.GuildID, ChannelID: channel.ID, UserID: 7, StartedAt: birthday}
		f.ok(f.StartVoiceSession(f.Context(), session))

		orphans, err := f.DeleteChannel(f.Context(), channel.ID)
		f.ok(err)
		f.equal("orphans", orphans, []store.Channel{})
		f.absentChannel(channel.ID, gone)
		for _, message := range kept {
			got, err := f.Message(f.Context(), message.ChannelID, message.ID)
			f.ok(err)
			f.equal("message", got, message)
		}
		_, err = f.Invite(f.Context(), "gone")
		f.is(err, store.ErrNotFound)
		invites, err := f.GuildInvites(f.Context(), channel.GuildID)
		f.ok(err)
		f.equal("invites", len(invites), 1)
		f.is(f.EndVoiceSession(f.Context(), session.ID, birthday), store.ErrNotFound)
		ended, err := f.EndAllVoiceSessions(f.Context(), birthday)
		f.ok(err)
		f.equal("voice sessions that were open", ended, 0)
		channels, err := f.GuildChannels(f.Context(), channel.GuildID)
		f.ok(err)
		f.equal("channels", channels, []store.Channel{before, after})
	}},
	{"readers see all of a channel that is being deleted, or nothing", func(f *fixture) {
		channel := f.room()
		messages := f.postNumbered(channel, 2500)
		some := []id.ID{messages[0].ID, messages[1250].ID, messages[2499].ID}
		for _, err := range together(writers, func(i int) error {
			if i == 0 {
				_, err := f.DeleteChannel(f.Context(), channel.ID)
				return err
			}
			for gone := false; !gone; {
				_, err := f.Channel(f.Context(), channel.ID)
				if gone = errors.Is(err, store.ErrNotFound); err != nil && !gone {
					return err
				}
				list, err := f.ListMessages(f.Context(), channel.ID, store.MessagePage{Limit: 3000})
				if err != nil {
					return err
				}
				chosen, err := f.MessagesByID(f.Context(), channel.ID, some)
				if err != nil {
					return err
				}
				if len(list) != 0 && (gone || len(list) != len(messages)) || len(chosen) != 0 && (gone || len(chosen) != len(some)) {
					return fmt.Errorf("%d and %d messages (gone: %v)", len(list), len(chosen), gone)
				}
			}
			return nil
		}) {
			f.ok(err)
		}
	}},
	{"what named a deleted channel names none", func(f *fixture) {
		guild := f.guild(f.person("ada").ID)
		category := f.channel(guild.ID)
		child := store.Channel{ID: f.id(), GuildID: guild.ID, ParentID: category.ID, Name: "child"}
		f.ok(f.CreateChannel(f.Context(), child, 500))
		_, err := f.UpdateGuild(f.Context(), guild.ID, func(g *store.Guild) error {
			g.AFKChannelID, g.SystemChannelID, g.RulesChannelID = category.ID, child.ID, category.ID
			return nil
		})
		f.ok(err)
		orphans, err := f.DeleteChannel(f.Context(), category.ID)
		f.ok(err)
		orphan := child
		orphan.ParentID = 0
		f.equal("orphans", orphans, []store.Channel{orphan})
		got, err := f.Channel(f.Context(), child.ID)
		f.ok(err)
		f.equal("the child", got, orphan)
		changed, err := f.Guild(f.Context(), guild.ID)
		f.ok(err)
		guild.SystemChannelID = child.ID
		f.equal("guild", changed, guild)
		_, err = f.DeleteChannel(f.Context(), child.ID)
		f.ok(err)
		changed, err = f.Guild(f.Context(), guild.ID)
		f.ok(err)
		guild.SystemChannelID = 0
		f.equal("guild", changed, guild)
	}},
	{"no message is posted into a channel once it is deleted", func(f *fixture) {
		channel := f.room()
		posted := make([][]store.Message, writers)
		errs := together(writers, func(i int) error {
			if i == writers/2 {
				_, err := f.DeleteChannel(f.Context(), channel.ID)
				return err
			}
			var err error
			posted[i], err = f.say(channel, "x", "y")
			return err
		})
		f.ok(errs[writers/2])
		f.wins(errs, func(err error) { f.is(err, store.ErrNotFound) })
		var all []store.Message
		for _, messages := range posted {
			all = append(all, messages...)
		}
		f.absentChannel(channel.ID, all)
	}},
	{"the newest message of each channel is known", func(f *fixture) {
		first := f.room()
		second, silent := f.channel(first.GuildID), f.channel(first.GuildID)
		f.post(first, "a", "b")
		other := f.post(second, "c")
		newest := f.post(first, "d", "e")
		ask := []id.ID{silent.ID, second.ID, first.ID, 1}
		got, err := f.LastMessageIDs(f.Context(), ask)
		f.ok(err)
		f.equal("last messages", got, map[id.ID]id.ID{first.ID: newest[1].ID, second.ID: other[0].ID})
		_, err = f.DeleteMessage(f.Context(), first.ID, newest[1].ID)
		f.ok(err)
		_, err = f.DeleteMessage(f.Context(), second.ID, other[0].ID)
		f.ok(err)
		got, err = f.LastMessageIDs(f.Context(), ask)
		f.ok(err)
		f.equal("last messages", got, map[id.ID]id.ID{first.ID: newest[0].ID})
	}},
}

// absentChannel demands that every way to a channel and its messages finds nothing.
func (f *fixture) absentChannel(channelID id.ID, messages []store.Message) {
	f.Helper()
	ctx := f.Context()
	_, err := f.Channel(ctx, channelID)
	f.is(err, store.ErrNotFound)
	_, err = f.DeleteChannel(ctx, channelID)
	f.is(err, store.ErrNotFound)
	_, err = f.UpdateChannel(ctx, channelID, func(*store.Channel) error { return nil })
	f.is(err, store.ErrNotFound)
	last, err := f.LastMessageIDs(ctx, []id.ID{channelID})
	f.ok(err)
	f.equal("last messages", last, map[id.ID]id.ID{})
	sessions, err := f.VoiceSessions(ctx, channelID, 0, 10)
	f.ok(err)
	f.equal("voice sessions", sessions, []store.VoiceSession{})
	_, err = f.CreateMessages(ctx, channelID, []store.NewMessage{{Message: store.Message{ID: f.id(), ChannelID: channelID, AuthorID: 7, Content: "late"}}})
	f.is(err, store.ErrNotFound)
	f.is(f.StartVoiceSession(ctx, store.VoiceSession{ID: f.id(), ChannelID: channelID, UserID: 7, StartedAt: birthday}), store.ErrNotFound)

	pages := []store.MessagePage{{Limit: 10}, {Limit: 10, Before: 1<<63 - 1}, {Limit: 10, After: 1}}
	messageIDs := []id.ID{1}
	for _, message := range messages {
		pages = append(pages, store.MessagePage{Limit: 10, Around: message.ID})
		messageIDs = append(messageIDs, message.ID)
		where, err := f.MessageChannel(ctx, message.ID)
		if message.ChannelID == channelID || err == nil && where == channelID {
			f.is(err, store.ErrNotFound)
		}
		_, err = f.Message(ctx, channelID, message.ID)
		f.is(err, store.ErrNotFound)
	}
	for _, page := range pages[:min(len(pages), 20)] {
		got, err := f.ListMessages(ctx, channelID, page)
		f.ok(err)
		f.equal(fmt.Sprintf("messages by %+v", page), got, []store.Message{})
	}
	got, err := f.MessagesByID(ctx, channelID, messageIDs)
	f.ok(err)
	f.equal("messages", got, []store.Message{})
	some := messageIDs[len(messageIDs)-1]
	_, err = f.UpdateMessage(ctx, channelID, some, func(*store.Message) error { return nil })
	f.is(err, store.ErrNotFound)
	_, err = f.DeleteMessage(ctx, channelID, some)
	f.is(err, store.ErrNotFound)
}
