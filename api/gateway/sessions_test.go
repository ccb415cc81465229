package gateway

import (
	"context"
	"fmt"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/wire"
)

// sessions takes SESSIONS_REPLACE until the statuses are what they should be, and tells how many came.
func (c *client) sessions(want map[string]string) (lists int) {
	c.tb.Helper()
	for {
		lists++
		var shown []wire.ReadySession
		c.decode(c.await("SESSIONS_REPLACE"), &shown)
		came := make(map[string]string, len(shown))
		for _, one := range shown {
			came[one.SessionID] = one.Status
		}
		if fmt.Sprint(came) == fmt.Sprint(want) {
			return lists
		}
		c.tb.Logf("not yet: %v", came)
	}
}

func TestAPersonsDevicesKnowOfEachOther(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	token := h.login(alice)
	phone := h.enter(token)
	desk := h.dial("")
	var ready wire.UserReady
	desk.decode(desk.identify(token), &ready)
	if len(ready.Sessions) != 2 {
		t.Errorf("READY shows %+v", ready.Sessions)
	}
	phone.sessions(map[string]string{phone.sessionID: "online", desk.sessionID: "online"})
	desk.send(`{"op":3,"d":{"since":null,"activities":[],"status":"idle","afk":false}}`)
	for _, device := range []*client{phone, desk} {
		device.sessions(map[string]string{phone.sessionID: "online", desk.sessionID: "idle"})
	}
	dnd := "dnd"
	if _, err := h.Settings.Update(context.Background(), alice, chat.SettingsEdit{Status: &dnd}); err != nil {
		t.Fatal(err)
	}
	for _, device := range []*client{phone, desk} {
		device.sessions(map[string]string{phone.sessionID: "dnd", desk.sessionID: "dnd"})
	}
	desk.quit(1000)
	phone.sessions(map[string]string{phone.sessionID: "dnd"})
}

func TestThoseWithManySessionsAreToldOfThemNowAndThen(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice := h.Person("alice")
	token := h.login(alice)
	clients := make([]*client, fewSessions+2)
	for i := range clients {
		clients[i] = h.enter(token)
	}
	// However often one of them says something else, the others come to know what it said last.
	const changes = 50
	for i := range changes {
		if err := h.Presence.Update(ctx, alice, clients[0].sessionID, chat.PresenceUpdate{Status: []string{"dnd", "online"}[i%2]}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Presence.Update(ctx, alice, clients[0].sessionID, chat.PresenceUpdate{Status: "idle"}); err != nil {
		t.Fatal(err)
	}
	want := make(map[string]string, len(clients))
	for _, c := range clients {
		want[c.sessionID] = "online"
	}
	want[clients[0].sessionID] = "idle"
	for _, c := range clients {
		if lists := c.sessions(want); lists >= changes {
			t.Errorf("a session was told %d lists", lists)
		}
	}
}

func TestConversationsAreToldToABotsFirstShardOnly(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(robot)
	first, second := h.dial(""), h.dial("")
	first.identify(token, `"shard":[0,2]`)
	second.identify(token, `"shard":[1,2]`)
	direct, err := h.Directs.Open(context.Background(), alice, robot.UserID)
	if err != nil {
		t.Fatal(err)
	}
	h.post(alice, direct.ID, "psst")
	first.await("MESSAGE_CREATE")
	second.send(`{"op":1,"d":null}`)
	for {
		r := second.next()
		if r.name() == "MESSAGE_CREATE" || r.name() == "CHANNEL_CREATE" {
			t.Fatalf("%s came to the second shard", r.name())
		}
		if r.Op == wire.OpHeartbeatAck {
			break
		}
	}
}
