package gateway

import (
	"context"
	"strings"
	"testing"

	"guildhall/api/chat"
)

func TestFriendsAreToldOnAllDevices(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	desk, phone, b := h.enter(h.login(alice)), h.enter(h.login(alice)), h.enter(h.login(bob))
	if err := h.Relationships.Ask(ctx, alice, bob.UserID); err != nil {
		t.Fatal(err)
	}
	for _, device := range []*client{desk, phone} {
		if added := device.expect("RELATIONSHIP_ADD"); !strings.Contains(string(added.Data), `"type":4`) {
			t.Errorf("%s", added.Data)
		}
	}
	if added := b.expect("RELATIONSHIP_ADD"); !strings.Contains(string(added.Data), `"type":3`) {
		t.Errorf("%s", added.Data)
	}
	if err := h.Relationships.Ask(ctx, bob, alice.UserID); err != nil {
		t.Fatal(err)
	}
	for _, device := range []*client{desk, phone, b} {
		if added := device.expect("RELATIONSHIP_ADD"); !strings.Contains(string(added.Data), `"type":1`) {
			t.Errorf("%s", added.Data)
		}
	}
	// They see each other now, though they share no guild.
	for device, friend := range map[*client]chat.Caller{desk: bob, b: alice} {
		if seen := device.await("PRESENCE_UPDATE"); !strings.Contains(string(seen.Data), `"user":{"id":"`+friend.UserID.String()+`"}`) || !strings.Contains(string(seen.Data), `"status":"online"`) {
			t.Errorf("%s", seen.Data)
		}
	}
	if err := h.Presence.Update(ctx, bob, b.sessionID, chat.PresenceUpdate{Status: "dnd"}); err != nil {
		t.Fatal(err)
	}
	if seen := desk.await("PRESENCE_UPDATE"); !strings.Contains(string(seen.Data), `"status":"dnd"`) {
		t.Errorf("%s", seen.Data)
	}
	if err := h.Relationships.Rename(ctx, alice, bob.UserID, "Bobby"); err != nil {
		t.Fatal(err)
	}
	phone.expect("RELATIONSHIP_UPDATE")
	if err := h.Relationships.SetNote(ctx, alice, bob.UserID, "plays the lute"); err != nil {
		t.Fatal(err)
	}
	if note := phone.expect("USER_NOTE_UPDATE"); !strings.Contains(string(note.Data), "lute") {
		t.Errorf("%s", note.Data)
	}
	var ready struct {
		Relationships []struct {
			Type     int
			Nickname string
		}
		Presences []struct{ Status string }
		Notes     map[string]string
	}
	c := h.dial("?v=10")
	c.decode(c.identify(h.login(alice)), &ready)
	if len(ready.Relationships) != 1 || ready.Relationships[0].Type != 1 || ready.Relationships[0].Nickname != "Bobby" || len(ready.Presences) != 1 || ready.Presences[0].Status != "dnd" ||
		ready.Notes[bob.UserID.String()] != "plays the lute" {
		t.Errorf("%+v", ready)
	}
	if err := h.Relationships.Block(ctx, bob, alice.UserID); err != nil {
		t.Fatal(err)
	}
	if removed := phone.expect("RELATIONSHIP_REMOVE"); !strings.Contains(string(removed.Data), `"type":1`) {
		t.Errorf("%s", removed.Data)
	}
	if added := b.expect("RELATIONSHIP_ADD"); !strings.Contains(string(added.Data), `"type":2`) {
		t.Errorf("%s", added.Data)
	}
}
