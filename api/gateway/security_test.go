package gateway

import (
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
)

func TestOtherDevicesAreToldOfASignIn(t *testing.T) {
	h := open(t)
	const password = "correct horse battery"
	user, err := h.Users.Create(t.Context(), chattest.Console, chat.NewAccount{Username: "alice", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	alice, bob := chat.Caller{UserID: user.ID}, h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	devices := []*client{h.enter(h.login(alice)), h.enter(h.login(alice))}
	others := []*client{h.enter(h.login(bob))}
	set, err := h.Accounts.Login(t.Context(), chat.Client{Address: "198.51.100.7", UserAgent: "a new device"}, "alice", password)
	if err != nil {
		t.Fatal(err)
	}
	for _, device := range devices {
		told := string(device.await("SECURITY_EVENT_CREATE").Data)
		for _, part := range []string{`"kind":"sign_in"`, `"user_agent":"a new device"`, `"ip":"198.51.100.7"`, `"session_id":"` + set.SessionID.String() + `"`, `"method":"password"`} {
			if !strings.Contains(told, part) {
				t.Errorf("%s is not in %s", part, told)
			}
		}
	}
	h.post(alice, guild.General, "and nobody else")
	for _, other := range others {
		names, _ := other.namesUntil("MESSAGE_CREATE", "and nobody else")
		for _, name := range names {
			if name == "SECURITY_EVENT_CREATE" {
				t.Error("somebody else was told")
			}
		}
	}
}
