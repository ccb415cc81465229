package gateway

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

func TestPinsAreTold(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	posted := h.post(bob, guild.General, "remember this")
	b := h.enter(h.login(bob))
	if err := h.Messages.Pin(ctx, alice, guild.General, posted); err != nil {
		t.Fatal(err)
	}
	if updated := string(b.expect("MESSAGE_UPDATE").Data); !strings.Contains(updated, `"pinned":true`) || !strings.Contains(updated, `"edited_timestamp":null`) {
		t.Errorf("%s", updated)
	}
	if pins := string(b.expect("CHANNEL_PINS_UPDATE").Data); !strings.Contains(pins, fmt.Sprintf(`"channel_id":"%s","last_pin_timestamp":"2026-`, guild.General)) {
		t.Errorf("%s", pins)
	}
	if note := string(b.expect("MESSAGE_CREATE").Data); !strings.Contains(note, `"type":6`) || !strings.Contains(note, fmt.Sprintf(`"message_id":"%s"`, posted)) {
		t.Errorf("%s", note)
	}
	if err := h.Messages.Unpin(ctx, alice, guild.General, posted); err != nil {
		t.Fatal(err)
	}
	if updated := string(b.expect("MESSAGE_UPDATE").Data); !strings.Contains(updated, `"pinned":false`) {
		t.Errorf("%s", updated)
	}
	b.expect("CHANNEL_PINS_UPDATE")
}
