package chat_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// states gives how far somebody has read, by channel.
func states(t *testing.T, hall *chattest.Hall, caller chat.Caller) map[id.ID]chat.ReadState {
	t.Helper()
	list, err := hall.ReadStates.List(t.Context(), caller)
	if err != nil {
		t.Fatal(err)
	}
	byChannel := make(map[id.ID]chat.ReadState)
	for _, state := range list {
		byChannel[state.ChannelID] = state
	}
	return byChannel
}

func TestMentionsSinceTheReadMarkAreCounted(t *testing.T) {
	c := newConversation(t)
	role := c.guild.Role("knights", 1, 0, c.bob)
	c.guild.Everyone(perm.ViewChannel | perm.SendMessages | perm.ReadMessageHistory | perm.MentionEveryone)
	c.Clock.Advance(time.Minute)
	first := c.post(t, c.alice, chat.MessageDraft{Content: "nobody"})
	if state := states(t, c.Hall, c.bob)[c.guild.General]; state.Mentions != 0 || state.LastMessageID == 0 || state.LastMessageID >= first.Message.ID {
		t.Errorf("of who never read: %+v", state)
	}
	toBob := c.post(t, c.alice, chat.MessageDraft{Content: "<@" + c.bob.UserID.String() + ">"})
	c.post(t, c.alice, chat.MessageDraft{Content: "<@&" + role.ID.String() + ">"})
	all := c.post(t, c.alice, chat.MessageDraft{Content: "@everyone"})
	if state := states(t, c.Hall, c.bob)[c.guild.General]; state.Mentions != 3 {
		t.Errorf("%+v", state)
	}
	if state := states(t, c.Hall, c.alice)[c.guild.General]; state.Mentions != 0 || state.LastMessageID != all.Message.ID {
		t.Errorf("who wrote has read: %+v", state)
	}
	ack := func(messageID id.ID, manual bool) {
		t.Helper()
		if err := c.ReadStates.Ack(t.Context(), c.bob, chat.Ack{ChannelID: c.guild.General, MessageID: messageID, Manual: manual}); err != nil {
			t.Fatal(err)
		}
	}
	ack(toBob.Message.ID, false)
	if state := states(t, c.Hall, c.bob)[c.guild.General]; state.Mentions != 2 || state.LastMessageID != toBob.Message.ID {
		t.Errorf("%+v", state)
	}
	ack(1<<62, false) // nobody has read what is not written yet
	if state := states(t, c.Hall, c.bob)[c.guild.General]; state.Mentions != 0 || state.LastMessageID != all.Message.ID {
		t.Errorf("%+v", state)
	}
	ack(first.Message.ID, false) // it does not go back by itself
	if state := states(t, c.Hall, c.bob)[c.guild.General]; state.LastMessageID != all.Message.ID {
		t.Errorf("%+v", state)
	}
	ack(first.Message.ID, true)
	if state := states(t, c.Hall, c.bob)[c.guild.General]; state.Mentions != 3 || state.LastMessageID != first.Message.ID {
		t.Errorf("%+v", state)
	}
}

func TestMessagesInConversationsCountAsMentions(t *testing.T) {
	c := newConversation(t)
	talk, err := c.Directs.Open(t.Context(), c.alice, c.bob.UserID)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := c.Messages.Create(t.Context(), c.alice, talk.ID, chat.MessageDraft{Content: "psst"}); err != nil {
			t.Fatal(err)
		}
	}
	if state := states(t, c.Hall, c.bob)[talk.ID]; state.Mentions != 3 {
		t.Errorf("%+v", state)
	}
	if state := states(t, c.Hall, c.alice)[talk.ID]; state.Mentions != 0 {
		t.Errorf("%+v", state)
	}
}

func TestMarksAreToldToOnesOwnDevicesInOrderAndOnlyForward(t *testing.T) {
	c := newConversation(t)
	var posted []id.ID
	for range 30 {
		posted = append(posted, c.post(t, c.alice, chat.MessageDraft{Content: "x"}).Message.ID)
	}
	told := c.Watch(event.UserSubject(c.bob.UserID))
	var acking sync.WaitGroup
	for _, messageID := range posted {
		acking.Go(func() {
			if err := c.ReadStates.Ack(context.Background(), c.bob, chat.Ack{ChannelID: c.guild.General, MessageID: messageID}); err != nil {
				t.Error(err)
			}
		})
	}
	acking.Wait()
	for last := id.ID(0); last != posted[len(posted)-1]; {
		next := chattest.Next[event.MessageAcked](told)
		if next.MessageID <= last {
			t.Fatalf("after %s comes %s", last, next.MessageID)
		}
		last = next.MessageID
	}
}

func TestMarksAreStoredAndForgotten(t *testing.T) {
	c := newConversation(t)
	posted := c.post(t, c.alice, chat.MessageDraft{Content: "x"})
	if err := c.ReadStates.Ack(t.Context(), c.bob, chat.Ack{ChannelID: c.guild.General, MessageID: posted.Message.ID}); err != nil {
		t.Fatal(err)
	}
	if err := c.ReadStates.Forget(t.Context(), c.alice, c.guild.General); err != nil { // stores what waits, too
		t.Fatal(err)
	}
	if mark, err := c.Store.ReadMark(t.Context(), c.bob.UserID, c.guild.General); err != nil || mark.MessageID != posted.Message.ID {
		t.Errorf("%+v, %v", mark, err)
	}
	if _, err := c.Store.ReadMark(t.Context(), c.alice.UserID, c.guild.General); err == nil {
		t.Error("a forgotten mark is there")
	}
}

func TestNobodyMarksWhatTheyCannotView(t *testing.T) {
	c := newConversation(t)
	hidden := c.guild.Channel("hidden", store.ChannelText, store.PermissionOverwrite{TargetID: c.guild.ID, Deny: uint64(perm.ViewChannel)})
	if _, err := c.Messages.Create(t.Context(), c.alice, hidden, chat.MessageDraft{Content: "@everyone"}); err != nil {
		t.Fatal(err)
	}
	expectKind(t, c.ReadStates.Ack(t.Context(), c.bob, chat.Ack{ChannelID: hidden, MessageID: 1}), chat.MissingAccess)
	expectKind(t, c.ReadStates.Ack(t.Context(), c.Person("stranger"), chat.Ack{ChannelID: c.guild.General, MessageID: 1}), chat.UnknownChannel)
	if _, told := states(t, c.Hall, c.bob)[hidden]; told {
		t.Error("a hidden channel is in the list")
	}
	if err := c.ReadStates.AckAll(t.Context(), c.bob, []chat.Ack{{ChannelID: hidden, MessageID: 1}, {ChannelID: 77, MessageID: 1}}); err != nil {
		t.Error(err)
	}
	expectField(t, c.ReadStates.AckAll(t.Context(), c.bob, make([]chat.Ack, 101)), "read_states")
}
