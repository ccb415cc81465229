package gateway

import (
	"context"
	"fmt"
	"testing"

	"guildhall/api/chat"
)

func TestReadMarksAreInStepOnAllDevicesOfAPerson(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	desk, a := h.enter(h.login(bob)), h.enter(h.login(alice))
	posted := h.post(alice, guild.General, fmt.Sprintf("hello <@%s>", bob.UserID))
	desk.expect("MESSAGE_CREATE")
	a.expect("MESSAGE_CREATE")
	type state struct {
		ID            string `json:"id"`
		LastMessageID string `json:"last_message_id"`
		MentionCount  int    `json:"mention_count"`
	}
	read := func() (c *client, found state) {
		t.Helper()
		var ready struct {
			ReadState struct{ Entries []state } `json:"read_state"`
		}
		c = h.dial("?v=10")
		c.decode(c.identify(h.login(bob)), &ready)
		for _, entry := range ready.ReadState.Entries {
			if entry.ID == guild.General.String() {
				found = entry
			}
		}
		return c, found
	}
	phone, before := read()
	if before.MentionCount != 1 {
		t.Errorf("%+v", before)
	}
	if err := h.ReadStates.Ack(ctx, bob, chat.Ack{ChannelID: guild.General, MessageID: posted}); err != nil {
		t.Fatal(err)
	}
	for _, device := range []*client{desk, phone} {
		if acked := device.expect("MESSAGE_ACK"); string(acked.Data) != fmt.Sprintf(`{"channel_id":"%s","message_id":"%s","version":0}`, guild.General, posted) {
			t.Errorf("%s", acked.Data)
		}
	}
	if _, after := read(); after.MentionCount != 0 || after.LastMessageID != posted.String() {
		t.Errorf("%+v", after)
	}
	if err := h.ReadStates.Ack(ctx, bob, chat.Ack{ChannelID: guild.General, MessageID: posted - 1, Manual: true}); err != nil {
		t.Fatal(err)
	}
	if acked := phone.expect("MESSAGE_ACK"); string(acked.Data) != fmt.Sprintf(`{"channel_id":"%s","message_id":"%s","version":0,"manual":true,"mention_count":1}`, guild.General, posted-1) {
		t.Errorf("%s", acked.Data)
	}
	h.post(alice, guild.General, "and nothing of that for others")
	a.expect("MESSAGE_CREATE")
}
