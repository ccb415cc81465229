package gateway

import (
	"context"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
)

func TestAPersonsDevicesStayInStepAboutSettings(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice := h.Person("alice")
	guild := h.Guild(alice)
	dark, muted := "dark", true
	if _, err := h.Settings.Update(ctx, alice, chat.SettingsEdit{Theme: &dark}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Settings.UpdateGuild(ctx, alice, guild.ID, chat.GuildSettingsEdit{NotificationsEdit: chat.NotificationsEdit{Muted: &muted}}); err != nil {
		t.Fatal(err)
	}
	h.settle() // what was set before is told
	token := h.login(alice)
	phone := h.dial("")
	ready := string(phone.identify(token).Data)
	for _, text := range []string{`"user_settings":{"theme":"dark"`, `"user_guild_settings":{"entries":[{"guild_id":"` + guild.ID.String() + `","message_notifications":3,"muted":true`} {
		if !strings.Contains(ready, text) {
			t.Errorf("READY lacks %s: %s", text, ready)
		}
	}
	desk := h.enter(token)
	light := "light"
	if _, err := h.Settings.Update(ctx, alice, chat.SettingsEdit{Theme: &light}); err != nil {
		t.Fatal(err)
	}
	unmuted := false
	if _, err := h.Settings.UpdateGuild(ctx, alice, guild.ID, chat.GuildSettingsEdit{NotificationsEdit: chat.NotificationsEdit{Muted: &unmuted}}); err != nil {
		t.Fatal(err)
	}
	for _, device := range []*client{phone, desk} {
		if told := string(device.await("USER_SETTINGS_UPDATE").Data); !strings.Contains(told, `"theme":"light"`) {
			t.Errorf("%s", told)
		}
		if told := string(device.await("USER_GUILD_SETTINGS_UPDATE").Data); !strings.Contains(told, `"muted":false`) {
			t.Errorf("%s", told)
		}
	}
}

func TestTheDevicesOfBothAreToldThatTheHallChangedHands(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	if _, err := h.Chat.Hall.HandOver(ctx, chattest.Console, alice.UserID, ""); err != nil {
		t.Fatal(err)
	}
	h.settle() // that it is alice's is told
	a, b := h.enter(h.login(alice)), h.enter(h.login(bob))
	if _, err := h.Chat.Hall.HandOver(ctx, chattest.Console, bob.UserID, ""); err != nil {
		t.Fatal(err)
	}
	for device, want := range map[*client]string{a: `"hall_owner":false`, b: `"hall_owner":true`} {
		if told := string(device.expect("USER_UPDATE").Data); !strings.Contains(told, want) {
			t.Errorf("%s", told)
		}
	}
}
