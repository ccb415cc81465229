package gateway

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/store/id"
)

func TestConversationsAreToldToThoseWhoAreInThem(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob, carol := h.Person("alice"), h.Person("bob"), h.Person("carol")
	guild := h.Guild(alice)
	guild.Join(bob, carol)
	desk, phone := h.enter(h.login(bob)), h.enter(h.login(bob))
	a, c := h.enter(h.login(alice)), h.enter(h.login(carol))
	talk, err := h.Directs.Open(ctx, alice, bob.UserID)
	if err != nil {
		t.Fatal(err)
	}
	if opened := a.expect("CHANNEL_CREATE"); !strings.Contains(string(opened.Data), fmt.Sprintf(`"recipients":[{"id":"%s"`, bob.UserID)) {
		t.Errorf("%s", opened.Data)
	}
	posted := h.post(alice, talk.ID, "psst")
	for _, device := range []*client{desk, phone} {
		// To the other it is shown when something is said.
		if opened := device.expect("CHANNEL_CREATE"); !strings.Contains(string(opened.Data), fmt.Sprintf(`"recipients":[{"id":"%s"`, alice.UserID)) {
			t.Errorf("%s", opened.Data)
		}
		created := device.expect("MESSAGE_CREATE")
		if text := string(created.Data); !strings.Contains(text, `"channel_type":1`) || !strings.Contains(text, `"content":"psst"`) || strings.Contains(text, "guild_id") ||
			strings.Contains(text, `"member"`) {
			t.Errorf("%s", text)
		}
	}
	a.expect("MESSAGE_CREATE")
	if err := h.Messages.Type(ctx, bob, talk.ID); err != nil {
		t.Fatal(err)
	}
	if typing := a.expect("TYPING_START"); strings.Contains(string(typing.Data), "guild_id") {
		t.Errorf("%s", typing.Data)
	}
	desk.expect("TYPING_START")
	better := "never mind"
	if _, err := h.Messages.Update(ctx, alice, talk.ID, posted, chat.MessageEdit{Content: &better}); err != nil {
		t.Fatal(err)
	}
	desk.expect("MESSAGE_UPDATE")
	if err := h.Messages.Delete(ctx, alice, talk.ID, posted); err != nil {
		t.Fatal(err)
	}
	if deleted := desk.expect("MESSAGE_DELETE"); string(deleted.Data) != fmt.Sprintf(`{"id":"%s","channel_id":"%s"}`, posted, talk.ID) {
		t.Errorf("%s", deleted.Data)
	}
	if _, err := h.Directs.Close(ctx, bob, talk.ID); err != nil {
		t.Fatal(err)
	}
	desk.expect("CHANNEL_DELETE")
	h.post(alice, guild.General, "hello everybody")
	c.expect("MESSAGE_CREATE") // and nothing of what the others said to each other
}

func TestReadyHasTheConversationsOfAPerson(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	h.Guild(alice).Join(bob)
	talk, err := h.Directs.Open(ctx, alice, bob.UserID)
	if err != nil {
		t.Fatal(err)
	}
	posted := h.post(alice, talk.ID, "psst")
	group, err := h.Directs.CreateGroup(ctx, alice, []id.ID{bob.UserID})
	if err != nil {
		t.Fatal(err)
	}
	c := h.dial("?v=10")
	var ready struct {
		PrivateChannels []struct {
			ID            id.ID  `json:"id"`
			LastMessageID *id.ID `json:"last_message_id"`
		} `json:"private_channels"`
	}
	c.decode(c.identify(h.login(bob)), &ready)
	if len(ready.PrivateChannels) != 2 || ready.PrivateChannels[0].ID != group.ID || *ready.PrivateChannels[1].LastMessageID != posted {
		t.Errorf("%+v", ready)
	}
}

func TestWhoComesIntoAndOutOfAGroupIsTold(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob, carol := h.Person("alice"), h.Person("bob"), h.Person("carol")
	h.Guild(alice).Join(bob, carol)
	a, b, c := h.enter(h.login(alice)), h.enter(h.login(bob)), h.enter(h.login(carol))
	group, err := h.Directs.CreateGroup(ctx, alice, []id.ID{bob.UserID})
	if err != nil {
		t.Fatal(err)
	}
	a.expect("CHANNEL_CREATE")
	b.expect("CHANNEL_CREATE")
	if err := h.Directs.AddRecipient(ctx, bob, group.ID, carol.UserID); err != nil {
		t.Fatal(err)
	}
	a.expect("CHANNEL_RECIPIENT_ADD")
	c.expect("CHANNEL_CREATE")
	for _, everybody := range []*client{a, c} {
		if note := everybody.expect("MESSAGE_CREATE"); !strings.Contains(string(note.Data), fmt.Sprintf(`"mentions":[{"id":"%s"`, carol.UserID)) || !strings.Contains(string(note.Data), `"type":1`) {
			t.Errorf("%s", note.Data)
		}
	}
	if _, err := h.Directs.UpdateGroup(ctx, carol, group.ID, chat.GroupEdit{Name: new("Trio")}); err != nil {
		t.Fatal(err)
	}
	a.expect("CHANNEL_UPDATE")
	a.expect("MESSAGE_CREATE")
	c.expect("CHANNEL_UPDATE")
	c.expect("MESSAGE_CREATE")
	if err := h.Directs.RemoveRecipient(ctx, alice, group.ID, carol.UserID); err != nil {
		t.Fatal(err)
	}
	c.expect("CHANNEL_DELETE")
	a.expect("CHANNEL_RECIPIENT_REMOVE")
	a.expect("MESSAGE_CREATE")
	h.post(alice, group.ID, "she is gone")
	a.expect("MESSAGE_CREATE")
	mine, err := h.Directs.Open(ctx, carol, alice.UserID)
	if err != nil {
		t.Fatal(err)
	}
	if next := c.expect("CHANNEL_CREATE"); !strings.Contains(string(next.Data), mine.ID.String()) {
		t.Errorf("after she was gone she was told %s", next.Data)
	}
}

func TestBotsGetTheirConversationsWithContentsOnTheFirstShard(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice := h.Person("alice")
	robot, token := h.bot("robot", alice)
	h.Guild(alice).Join(robot)
	first, second := h.enter(token, `"intents":4096,"shard":[0,2]`), h.enter(token, `"intents":4097,"shard":[1,2]`)
	none := h.enter(token, `"intents":512`)
	talk, err := h.Directs.Open(ctx, alice, robot.UserID)
	if err != nil {
		t.Fatal(err)
	}
	h.post(alice, talk.ID, "!ping")
	// The conversation itself is not told to it.
	if content := first.message(); content != "!ping" {
		t.Errorf("it reads %q", content)
	}
	if _, err := h.Directs.Close(ctx, robot, talk.ID); err != nil {
		t.Fatal(err)
	}
	h.post(alice, talk.ID, "!pong")
	if content := first.message(); content != "!pong" {
		t.Errorf("it reads %q", content)
	}
	name := "Robot the Second"
	if _, err := h.Users.UpdateSelf(ctx, robot, chat.UserChange{GlobalName: &name}); err != nil {
		t.Fatal(err)
	}
	for _, other := range []*client{second, none} {
		// What is told of the account comes after what was told before.
		for next := other.nextDispatch().name(); next != "USER_UPDATE"; next = other.nextDispatch().name() {
			if strings.HasPrefix(next, "MESSAGE") || next == "CHANNEL_CREATE" {
				t.Errorf("%s came to who did not ask for it", next)
			}
		}
	}
}
