package chat_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// inThread gives who is in a thread.
func (c *conversation) inThread(t *testing.T, threadID id.ID) []id.ID {
	t.Helper()
	members, err := c.Store.ThreadMembers(t.Context(), threadID, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var userIDs []id.ID
	for _, member := range members {
		userIDs = append(userIDs, member.UserID)
	}
	return userIDs
}

func TestMentionedRolesThatFewHoldAreBroughtIntoAThread(t *testing.T) {
	c := newConversation(t)
	blind := c.guild.Member("blind")
	knights := c.guild.Role("knights", 1, 0, c.bob, blind)
	c.guild.Overwrite(c.guild.General, blind.UserID, store.OverwriteMember, 0, perm.ViewChannel)
	var many []chat.Caller
	for i := range 101 {
		many = append(many, c.guild.Member(fmt.Sprint("peasant", i)))
	}
	peasants := c.guild.Role("peasants", 1, 0, many...)
	guards := c.guild.Role("guards", 1, 0, many[:100]...)
	thread := c.begin(t, c.alice, chat.ThreadDraft{Name: "aside"})
	told := c.Watch(event.GuildSubject(c.guild.ID))

	c.say(t, c.alice, thread.ID, "<@&"+peasants.ID.String()+">")
	if in := c.inThread(t, thread.ID); len(in) != 1 {
		t.Errorf("a role that more than a hundred hold brings %d in", len(in)-1)
	}
	c.say(t, c.alice, thread.ID, "<@&"+knights.ID.String()+">")
	if in := c.inThread(t, thread.ID); !slices.Equal(in, []id.ID{c.alice.UserID, c.bob.UserID}) {
		t.Errorf("in it are %v", in)
	}
	joined := chattest.Next[event.ThreadMembersChanged](told)
	if len(joined.Joined) != 1 || joined.Joined[0].Place.UserID != c.bob.UserID || joined.Thread.Thread.MemberCount != 2 {
		t.Errorf("told is %+v", joined)
	}
	c.say(t, c.alice, thread.ID, "<@&"+guards.ID.String()+"> <@&"+knights.ID.String()+">")
	if joined = chattest.Next[event.ThreadMembersChanged](told); len(joined.Joined) != 100 || joined.Thread.Thread.MemberCount != 102 {
		t.Errorf("%d came at once, of %d", len(joined.Joined), joined.Thread.Thread.MemberCount)
	}
}

func TestRolesOfWhichNobodyIsNotifiedBringNobodyIn(t *testing.T) {
	c := newConversation(t)
	role := c.guild.Role("knights", 1, 0, c.bob)
	thread := c.begin(t, c.alice, chat.ThreadDraft{Name: "aside"})
	if _, err := c.Messages.Create(t.Context(), c.alice, thread.ID, chat.MessageDraft{Content: "<@&" + role.ID.String() + ">", AllowedMentions: &chat.AllowedMentions{}}); err != nil {
		t.Fatal(err)
	}
	if in := c.inThread(t, thread.ID); !slices.Equal(in, []id.ID{c.alice.UserID}) {
		t.Errorf("in it are %v", in)
	}
}

func TestMessagesOfThreadsTellWhereTheyStand(t *testing.T) {
	c := newConversation(t)
	thread := c.begin(t, c.alice, chat.ThreadDraft{Name: "aside"})
	told := c.Watch(event.GuildSubject(c.guild.ID))
	for want := 1; want <= 3; want++ {
		posted, err := c.Messages.Create(t.Context(), c.alice, thread.ID, chat.MessageDraft{Content: "word"})
		if err != nil {
			t.Fatal(err)
		}
		if next := chattest.Next[event.MessageCreated](told); posted.Message.Position != want || next.Message.Position != want {
			t.Errorf("at %d and %d, not at %d", posted.Message.Position, next.Message.Position, want)
		}
	}
}

// Of two nodes, one locks and archives a thread while on the other somebody writes in it. Whatever comes first: nobody writes past the lock, and nothing is told in another order than it was stored.
func TestNobodyWritesPastALockOfAnotherNode(t *testing.T) {
	c := newConversation(t)
	there := c.Node()
	ctx := t.Context()
	for range 8 {
		thread := c.begin(t, c.alice, chat.ThreadDraft{Name: "aside"})
		if err := c.Threads.Join(ctx, c.bob, thread.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := there.Channels.Get(ctx, c.bob, thread.ID); err != nil { // it is remembered there as open
			t.Fatal(err)
		}
		var acting sync.WaitGroup
		var said []error
		acting.Go(func() {
			for range 20 {
				_, err := there.Messages.Create(ctx, c.bob, thread.ID, chat.MessageDraft{Content: "word"})
				said = append(said, err)
			}
		})
		var locked store.Channel
		acting.Go(func() {
			updated, err := c.Channels.Update(ctx, c.alice, thread.ID, chat.ChannelEdit{Locked: pointer(true), Archived: pointer(true)})
			if err != nil {
				t.Error(err)
			}
			locked = updated.Channel
		})
		acting.Wait()
		posted := 0
		for i, err := range said {
			switch {
			case err == nil:
				posted++
				if i > 0 && said[i-1] != nil {
					t.Error("somebody wrote past the lock")
				}
			case chat.KindOf(err) != chat.ThreadLocked:
				t.Errorf("refused with %v", err)
			}
		}
		if now := c.thread(t, thread.ID); !now.Thread.Locked || !now.Thread.Archived || now.Thread.MessageCount != posted || locked.Thread.MessageCount > posted {
			t.Errorf("%d were posted, the thread is %+v", posted, now.Thread)
		}
	}
}

// Of two nodes, one archives a thread while on the other somebody writes: either the words wake it up again, or they came before.
func TestWordsOfAnotherNodeWakeAThreadUp(t *testing.T) {
	c := newConversation(t)
	there := c.Node()
	ctx := t.Context()
	for range 8 {
		thread := c.begin(t, c.alice, chat.ThreadDraft{Name: "aside"})
		if _, err := there.Channels.Get(ctx, c.bob, thread.ID); err != nil {
			t.Fatal(err)
		}
		told := c.Watch(event.GuildSubject(c.guild.ID))
		var acting sync.WaitGroup
		acting.Go(func() {
			if _, err := there.Messages.Create(ctx, c.bob, thread.ID, chat.MessageDraft{Content: "word"}); err != nil {
				t.Error(err)
			}
		})
		acting.Go(func() {
			if _, err := c.Channels.Update(ctx, c.alice, thread.ID, chat.ChannelEdit{Archived: pointer(true)}); err != nil {
				t.Error(err)
			}
		})
		acting.Wait()
		archived := chattest.Next[event.ThreadUpdated](told).Thread
		if now := c.thread(t, thread.ID); now.Thread.MessageCount != 1 || now.Thread.Archived && archived.Thread.MessageCount == 0 {
			t.Errorf("it was put into the archive with %d messages, and is %+v", archived.Thread.MessageCount, now.Thread)
		}
	}
}
