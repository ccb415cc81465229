package gateway

import (
	"context"
	"strings"
	"testing"

	"guildhall/api/perm"
)

func TestBansAndTheAuditLogAreToldToThoseWhoMaySeeThem(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, moderator, bob, carol := h.Person("alice"), h.Person("moderator"), h.Person("bob"), h.Person("carol")
	guild := h.Guild(alice)
	guild.Join(moderator, bob, carol)
	guild.Role("moderators", 2, perm.BanMembers, moderator)
	robot, robotToken := h.bot("robot", alice)
	guild.Join(robot)
	guild.Role("auditors", 3, perm.ViewAuditLog, robot)
	a, m, c := h.enter(h.login(alice)), h.enter(h.login(moderator)), h.enter(h.login(carol))
	r := h.enter(robotToken, `"intents":4`)
	alice.Reason = "spam"
	if err := h.Bans.Ban(ctx, alice, guild.ID, bob.UserID, 0); err != nil {
		t.Fatal(err)
	}
	for _, client := range []*client{a, m, r} {
		if banned := client.expect("GUILD_BAN_ADD"); !strings.Contains(string(banned.Data), `"username":"bob"`) || !strings.Contains(string(banned.Data), guild.ID.String()) {
			t.Errorf("%s", banned.Data)
		}
	}
	for _, client := range []*client{a, m, c} {
		client.expect("GUILD_MEMBER_REMOVE")
	}
	for _, client := range []*client{a, r} {
		if entry := string(client.await("GUILD_AUDIT_LOG_ENTRY_CREATE").Data); !strings.Contains(entry, `"action_type":22`) || !strings.Contains(entry, `"reason":"spam"`) || !strings.Contains(entry, `"guild_id"`) {
			t.Errorf("%s", entry)
		}
	}
	if err := h.Bans.Unban(ctx, alice, guild.ID, bob.UserID); err != nil {
		t.Fatal(err)
	}
	for _, client := range []*client{a, m, r} {
		client.expect("GUILD_BAN_REMOVE")
	}
	h.post(alice, guild.General, "the end")
	if content := c.message(); content != "the end" {
		t.Errorf("carol read %q", content)
	}
	// The moderator, who may ban and not see the log, was told nothing of it.
	for {
		got := m.next()
		if got.name() == "GUILD_AUDIT_LOG_ENTRY_CREATE" {
			t.Errorf("the moderator was told %s", got.Data)
		}
		if got.name() == "MESSAGE_CREATE" {
			break
		}
	}
}
