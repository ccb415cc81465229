package gateway

import (
	"context"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
)

func TestADeletedAccountIsShownOutAndGoneForAllOthers(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	for _, ask := range []error{h.Relationships.Ask(ctx, alice, bob.UserID), h.Relationships.Ask(ctx, bob, alice.UserID)} {
		if ask != nil {
			t.Fatal(ask)
		}
	}
	talk, err := h.Directs.Open(ctx, alice, bob.UserID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Messages.Create(ctx, bob, talk.ID, chat.MessageDraft{Content: "bye"}); err != nil {
		t.Fatal(err)
	}
	robot, token := h.bot("robot", bob)
	guild.Join(robot)
	a, b, r := h.enter(h.login(alice)), h.enter(h.login(bob)), h.enter(token)
	if err := h.Users.Delete(ctx, chattest.Console, bob.UserID); err != nil {
		t.Fatal(err)
	}
	b.closes(4004)
	r.closes(4004)
	// What is said to the server and what is said to the friend are two streams, in no order.
	for waiting := map[string]int{"GUILD_MEMBER_REMOVE": 2, "RELATIONSHIP_REMOVE": 1, "CHANNEL_UPDATE": 1}; len(waiting) > 0; {
		told := a.nextDispatch()
		if told.name() == "GUILD_MEMBER_REMOVE" && !strings.Contains(string(told.Data), `"global_name":"Deleted User"`) ||
			told.name() == "CHANNEL_UPDATE" && (!strings.Contains(string(told.Data), talk.ID.String()) || !strings.Contains(string(told.Data), `"global_name":"Deleted User"`)) ||
			told.name() == "RELATIONSHIP_REMOVE" && !strings.Contains(string(told.Data), bob.UserID.String()) {
			t.Errorf("alice is told %s", told.Data)
		}
		if waiting[told.name()]--; waiting[told.name()] <= 0 {
			delete(waiting, told.name())
		}
	}
}
