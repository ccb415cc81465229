package gateway

import (
	"context"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/id"
)

func TestRulesAndReportsAreToldToThoseWhoLookAfterTheGuild(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, moderator, bob := h.Person("alice"), h.Person("moderator"), h.Person("bob")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(moderator, bob, robot)
	guild.Role("moderators", 2, perm.ModerateMembers, moderator)
	guild.Role("robots", 3, perm.ManageGuild, robot)
	posted := h.post(alice, guild.General, "hello")
	a, m, b := h.enter(h.login(alice)), h.enter(h.login(moderator)), h.enter(h.login(bob))
	r := h.enter(token, `"intents":3145728`)
	rule, err := h.AutoMod.Create(ctx, alice, store.AutoModRule{GuildID: guild.ID, Name: "Rule", Trigger: store.AutoModKeyword, Keywords: []string{"tomato"}, Enabled: true, Actions: []store.AutoModAction{{Type: store.AutoModBlock}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Messages.Create(ctx, bob, guild.General, chat.MessageDraft{Content: "tomato"}); err == nil {
		t.Error("it was posted")
	}
	if err := h.AutoMod.Delete(ctx, alice, guild.ID, rule.ID); err != nil {
		t.Fatal(err)
	}
	for _, client := range []*client{a, r} {
		client.expect("AUTO_MODERATION_RULE_CREATE")
		if told := string(client.expect("AUTO_MODERATION_ACTION_EXECUTION").Data); !strings.Contains(told, `"matched_keyword":"tomato"`) || !strings.Contains(told, `"user_id":"`+bob.UserID.String()) {
			t.Errorf("%s", told)
		}
		client.expect("AUTO_MODERATION_RULE_DELETE")
	}
	if _, err := h.Reports.Report(ctx, bob, guild.General, posted, "rude"); err != nil {
		t.Fatal(err)
	}
	for _, client := range []*client{a, m} {
		if told := string(client.expect("GUILD_REPORT_UPDATE").Data); !strings.Contains(told, `"reason":"rude"`) {
			t.Errorf("%s", told)
		}
	}
	h.post(alice, guild.General, "the end")
	if content := b.message(); content != "the end" {
		t.Errorf("bob read %q", content)
	}
}

func TestNobodyIsToldWhatWasWrittenWhereTheyMayNotRead(t *testing.T) {
	h := open(t)
	alice, bob, carol := h.Person("alice"), h.Person("bob"), h.Person("carol")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(bob, carol, robot)
	guild.Role("managers", 2, perm.ManageGuild|perm.ManageMessages, carol, robot)
	hidden := guild.Channel("hidden", store.ChannelText, store.PermissionOverwrite{TargetID: carol.UserID, Type: store.OverwriteMember, Deny: uint64(perm.ViewChannel)})
	secret := guild.Channel("secret", store.ChannelText, store.PermissionOverwrite{TargetID: robot.UserID, Type: store.OverwriteMember, Deny: uint64(perm.ViewChannel)})
	thread, _, err := h.Threads.Start(t.Context(), bob, guild.General, chat.ThreadDraft{Name: "ours", Type: new(store.ChannelPrivateThread)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = h.AutoMod.Create(t.Context(), alice, store.AutoModRule{GuildID: guild.ID, Name: "Rule", Trigger: store.AutoModKeyword, Keywords: []string{"tomato"}, Enabled: true, Actions: []store.AutoModAction{{Type: store.AutoModBlock}}}); err != nil {
		t.Fatal(err)
	}
	a, c := h.enter(h.login(alice)), h.enter(h.login(carol))
	reads, blind := h.enter(token, `"intents":2129920`), h.enter(token, `"intents":2097152`) // rules that act, with and without contents
	channels := []id.ID{hidden, thread.ID, secret, guild.General}
	for _, channelID := range channels {
		if _, err := h.Messages.Create(t.Context(), bob, channelID, chat.MessageDraft{Content: "a tomato"}); chat.KindOf(err) != chat.BlockedByRule {
			t.Fatal(err)
		}
		if _, err := h.Reports.Report(t.Context(), bob, channelID, h.post(alice, channelID, "words"), ""); err != nil {
			t.Fatal(err)
		}
	}
	executed := func(c *client, content string, in ...id.ID) {
		t.Helper()
		for _, channelID := range in {
			var told wire.AutoModExecution
			if c.decode(c.await("AUTO_MODERATION_ACTION_EXECUTION"), &told); *told.ChannelID != channelID || told.Content != content || (told.MatchedContent != nil) != (content != "") {
				t.Errorf("told of %d was %+v", channelID, told)
			}
		}
	}
	executed(a, "a tomato", channels...)
	executed(reads, "a tomato", hidden, guild.General)
	executed(blind, "", hidden, guild.General)
	var rule wire.AutoModExecution
	var report wire.Report
	for _, channelID := range []id.ID{secret, guild.General} { // in carol's stream both are in the order in which they happened
		if c.decode(c.await("AUTO_MODERATION_ACTION_EXECUTION"), &rule); *rule.ChannelID != channelID {
			t.Errorf("carol was told of a rule in %v", *rule.ChannelID)
		}
		if c.decode(c.await("GUILD_REPORT_UPDATE"), &report); report.ChannelID != channelID {
			t.Errorf("carol was told of a report in %v", report.ChannelID)
		}
	}
}

func TestARuleAboutNamesIsHeardOfWhenItKeepsSomebodyOut(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	rule := store.AutoModRule{GuildID: guild.ID, Name: "Names", Trigger: store.AutoModMemberProfile, Keywords: []string{"tomato"}, Enabled: true, Actions: []store.AutoModAction{{Type: store.AutoModQuarantine}}}
	if _, err := h.AutoMod.Create(ctx, alice, rule); err != nil {
		t.Fatal(err)
	}
	a, b := h.enter(h.login(alice)), h.enter(h.login(bob))
	nick := "tomato"
	if _, err := h.Members.UpdateSelf(ctx, bob, guild.ID, chat.SelfEdit{Nick: &nick}); err != nil {
		t.Fatal(err)
	}
	for _, client := range []*client{a, b} {
		if told := string(client.expect("GUILD_MEMBER_UPDATE").Data); !strings.Contains(told, `"flags":128`) {
			t.Errorf("%s", told)
		}
	}
	told := string(a.expect("AUTO_MODERATION_ACTION_EXECUTION").Data)
	if !strings.Contains(told, `"action":{"type":4,"metadata":{}}`) || !strings.Contains(told, `"rule_trigger_type":6`) || !strings.Contains(told, `"content":"tomato"`) || strings.Contains(told, `"channel_id"`) {
		t.Errorf("%s", told)
	}
	// Who may not take part still sees and hears everything that others may.
	h.post(alice, guild.General, "the end")
	if content := b.message(); content != "the end" {
		t.Errorf("bob read %q", content)
	}
}
