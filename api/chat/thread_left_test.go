package chat_test

import (
	"slices"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

func TestWhoLeavesAServerIsToldToHaveLeftItsActiveThreads(t *testing.T) {
	for name, leave := range map[string]func(c *conversation) error{
		"leaving": func(c *conversation) error { return c.Guilds.Leave(t.Context(), c.bob, c.guild.ID) },
		"a kick":  func(c *conversation) error { return c.Members.Kick(t.Context(), c.alice, c.guild.ID, c.bob.UserID) },
		"a ban":   func(c *conversation) error { return c.Bans.Ban(t.Context(), c.alice, c.guild.ID, c.bob.UserID, 0) },
		"the deletion of the account": func(c *conversation) error {
			return c.Users.Delete(t.Context(), chattest.Console, c.bob.UserID)
		},
		"pruning": func(c *conversation) error {
			c.Clock.Advance(8 * 24 * time.Hour)
			count, err := c.Members.Prune(t.Context(), c.alice, c.guild.ID, chat.Prune{Days: 7})
			if count == 0 {
				t.Error("nobody was pruned")
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newConversation(t)
			longest := chat.ThreadDraft{Name: "one", AutoArchive: pointer(7 * 24 * time.Hour)}
			one, two := c.begin(t, c.bob, longest), c.begin(t, c.bob, longest)
			asleep := c.begin(t, c.bob, longest)
			if _, err := c.Channels.Update(t.Context(), c.alice, asleep.ID, chat.ChannelEdit{Archived: pointer(true)}); err != nil {
				t.Fatal(err)
			}
			secret, _, err := c.Threads.Start(t.Context(), c.alice, c.guild.General, chat.ThreadDraft{Name: "secret"})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Threads.Add(t.Context(), c.alice, secret.ID, c.bob.UserID); err != nil {
				t.Fatal(err)
			}
			told := c.Watch(event.GuildSubject(c.guild.ID))
			if err := leave(c); err != nil {
				t.Fatal(err)
			}
			chattest.Next[event.MemberRemoved](told)
			for _, thread := range []chat.Channel{one, two, secret} {
				left := chattest.Next[event.ThreadMembersChanged](told)
				if left.Thread.ID != thread.ID || !slices.Equal(left.LeftIDs, []id.ID{c.bob.UserID}) || left.Thread.Thread.MemberCount != c.thread(t, thread.ID).Thread.MemberCount {
					t.Errorf("of the thread %s is told %+v", thread.ID, left)
				}
			}
			if count := c.thread(t, asleep.ID).Thread.MemberCount; count != 0 {
				t.Errorf("%d are in the archived thread", count)
			}
			if err := c.Threads.Join(t.Context(), c.alice, one.ID); err != nil {
				t.Fatal(err)
			}
			if next := chattest.Next[event.ThreadMembersChanged](told); len(next.Joined) != 1 {
				t.Errorf("of the archived thread is told %+v", next)
			}
		})
	}
}

func TestServersAreToldWhatTheirChannelsNoLongerSayOfADeletedAccount(t *testing.T) {
	c := newConversation(t)
	stranger := c.Person("stranger")
	c.guild.Overwrite(c.guild.General, c.bob.UserID, store.OverwriteMember, perm.ViewChannel, 0)
	c.guild.Overwrite(c.guild.General, stranger.UserID, store.OverwriteMember, 0, perm.ViewChannel)
	told := c.Watch(event.GuildSubject(c.guild.ID))
	for _, gone := range []chat.Caller{stranger, c.bob} {
		if err := c.Users.Delete(t.Context(), chattest.Console, gone.UserID); err != nil {
			t.Fatal(err)
		}
		updated := chattest.Next[event.ChannelUpdated](told)
		if updated.Channel.ID != c.guild.General || slices.ContainsFunc(updated.Channel.Overwrites, func(one store.PermissionOverwrite) bool { return one.TargetID == gone.UserID }) {
			t.Errorf("told is %+v", updated)
		}
		view, err := c.Views.Guild(t.Context(), c.guild.ID)
		if err != nil {
			t.Fatal(err)
		}
		if channel, _ := view.Channel(c.guild.General); slices.ContainsFunc(channel.Overwrites, func(one store.PermissionOverwrite) bool { return one.TargetID == gone.UserID }) {
			t.Errorf("remembered is %+v", channel.Overwrites)
		}
	}
}
