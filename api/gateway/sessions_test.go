package gateway

import (
	"context"
	"fmt"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/wire"
)

// sessions takes SESSIONS_REPLACE until the statuses are what they should be.
func (c *client) sessions(want map[string]string) {
	c.tb.Helper()
	for {
		var shown []wire.ReadySession
		c.decode(c.await("SESSIONS_REPLACE"), &shown)
		came := make(map[string]string, len(shown))
		for _, one := range shown {
			came[one.SessionID] = one.Status
		}
		if fmt.Sprint(came) == fmt.Sprint(want) {
			return
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
