package gateway

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/wire"
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

func TestPinsSeenAreInStepOnAllDevicesOfAPerson(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	desk, a := h.enter(h.login(bob)), h.enter(h.login(alice))
	entry := func() (c *client, lastPin *string) {
		t.Helper()
		var ready struct {
			ReadState struct {
				Entries []struct {
					ID               string  `json:"id"`
					LastPinTimestamp *string `json:"last_pin_timestamp"`
				} `json:"entries"`
			} `json:"read_state"`
		}
		c = h.dial("?v=10")
		c.decode(c.identify(h.login(bob)), &ready)
		for _, one := range ready.ReadState.Entries {
			if one.ID == guild.General.String() {
				lastPin = one.LastPinTimestamp
			}
		}
		return c, lastPin
	}
	posted := h.post(alice, guild.General, "to be remembered")
	if err := h.ReadStates.AckPins(ctx, bob, guild.General); err != nil { // there are none, and nobody is told
		t.Fatal(err)
	}
	if err := h.Messages.Pin(ctx, alice, guild.General, posted); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"MESSAGE_CREATE", "MESSAGE_UPDATE", "CHANNEL_PINS_UPDATE", "MESSAGE_CREATE"} {
		desk.expect(name)
	}
	phone, before := entry()
	if before != nil {
		t.Errorf("before they were looked at: %s", *before)
	}
	for range 2 { // the second time nothing is new
		if err := h.ReadStates.AckPins(ctx, bob, guild.General); err != nil {
			t.Fatal(err)
		}
	}
	channel, err := h.Store.Channel(ctx, guild.General)
	if err != nil {
		t.Fatal(err)
	}
	at := wire.Timestamp(channel.LastPinAt)
	for _, device := range []*client{desk, phone} {
		if acked := device.expect("CHANNEL_PINS_ACK"); string(acked.Data) != fmt.Sprintf(`{"channel_id":"%s","timestamp":"%s","version":0}`, guild.General, at) {
			t.Errorf("%s", acked.Data)
		}
	}
	if _, after := entry(); after == nil || *after != at {
		t.Errorf("READY has %v, not %s", after, at)
	}
	if err := h.ReadStates.Forget(ctx, bob, guild.General); err != nil {
		t.Fatal(err)
	}
	if _, after := entry(); after != nil {
		t.Errorf("READY has %s of what was forgotten", *after)
	}
	h.post(alice, guild.General, "and nothing of that for others")
	a.expect("MESSAGE_CREATE")
	a.expect("MESSAGE_UPDATE")
	a.expect("CHANNEL_PINS_UPDATE")
	a.expect("MESSAGE_CREATE") // it says who pinned something
	if last := a.expect("MESSAGE_CREATE"); !bytes.Contains(last.Data, []byte("nothing of that")) {
		t.Errorf("%s", last.Data)
	}
}
