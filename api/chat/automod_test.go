package chat_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// makeRule makes an automatic rule that is on.
func makeRule(t *testing.T, hall *chattest.Hall, guild *chattest.Guild, rule store.AutoModRule) store.AutoModRule {
	t.Helper()
	rule.GuildID, rule.Name, rule.Enabled = guild.ID, "Rule", true
	made, err := hall.AutoMod.Create(t.Context(), guild.Owner, rule)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestARuleBlocksAlertsAndTimesOut(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	alerts := guild.Channel("alerts", store.ChannelText, store.PermissionOverwrite{TargetID: guild.ID, Deny: uint64(perm.ViewChannel)})
	rule := makeRule(t, hall, guild, store.AutoModRule{Trigger: store.AutoModKeyword, Keywords: []string{"*tomato*"}, Actions: []store.AutoModAction{
		{Type: store.AutoModBlock, Message: "No fruit here."}, {Type: store.AutoModAlert, ChannelID: alerts}, {Type: store.AutoModTimeOut, Seconds: 60},
	}})
	watch := hall.Watch("guild.*")
	_, err := hall.Messages.Create(t.Context(), bob, guild.General, chat.MessageDraft{Content: "I like TOMATOES"})
	expectKind(t, err, chat.BlockedByRule)
	if !strings.Contains(err.Error(), "No fruit here.") {
		t.Errorf("told is %v", err)
	}
	executed := chattest.Next[event.AutoModExecuted](watch)
	if executed.Action.Type != store.AutoModBlock || executed.RuleID != rule.ID || executed.UserID != bob.UserID || executed.Keyword != "*tomato*" || executed.Matched != "tomato" || executed.MessageID != 0 {
		t.Errorf("%+v", executed)
	}
	if entry := chattest.Next[event.AuditEntryAdded](watch).Entry; entry.Action != store.AuditAutoModBlock || entry.TargetID != bob.UserID || entry.Options["auto_moderation_rule_name"] != "Rule" {
		t.Errorf("%+v", entry)
	}
	alert := chattest.Next[event.MessageCreated](watch).Message
	if alert.Type != store.MessageAutoMod || alert.ChannelID != alerts || alert.AuthorID != bob.UserID || alert.Embeds[0].Description != "I like TOMATOES" {
		t.Errorf("the alert is %+v", alert)
	}
	if executed = chattest.Next[event.AutoModExecuted](watch); executed.AlertID != alert.ID {
		t.Errorf("%+v", executed)
	}
	if updated := chattest.Next[event.MemberUpdated](watch).Member; !updated.TimedOutUntil.Equal(hall.Clock.Now().Add(time.Minute)) {
		t.Errorf("%+v", updated)
	}
	if messages, err := hall.Messages.List(t.Context(), guild.Owner, guild.General, store.MessagePage{}); err != nil || len(messages) != 0 {
		t.Errorf("posted is %+v, %v", messages, err)
	}
}

func TestARuleThatOnlyAlertsLetsTheMessageBe(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	makeRule(t, hall, guild, store.AutoModRule{Trigger: store.AutoModKeyword, Keywords: []string{"tomato"}, Actions: []store.AutoModAction{{Type: store.AutoModAlert, ChannelID: guild.General}}})
	watch := hall.Watch("guild.*")
	posted, err := hall.Messages.Create(t.Context(), bob, guild.General, chat.MessageDraft{Content: "a tomato"})
	if err != nil {
		t.Fatal(err)
	}
	chattest.Next[event.MessageCreated](watch)
	alert := chattest.Next[event.MessageCreated](watch).Message
	if fields := alert.Embeds[0].Fields; fields[len(fields)-1] != (store.EmbedField{Name: "flagged_message_id", Value: posted.Message.ID.String()}) {
		t.Errorf("the alert is %+v", alert)
	}
	if executed := chattest.Next[event.AutoModExecuted](watch); executed.MessageID != posted.Message.ID {
		t.Errorf("%+v", executed)
	}
}

func TestRulesAreAboutEditsAndPollsTooAndNotAboutThoseWhoAreExempt(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, trusted, manager, bot := guild.Member("bob"), guild.Member("trusted"), guild.Member("manager"), hall.Bot("robot", guild.Owner)
	guild.Join(bot)
	role := guild.Role("trusted", 1, 0, trusted)
	guild.Role("managers", 2, perm.ManageGuild, manager)
	free := guild.Channel("free", store.ChannelText)
	rule := makeRule(t, hall, guild, store.AutoModRule{Trigger: store.AutoModKeyword, Keywords: []string{"tomato"}, Actions: []store.AutoModAction{{Type: store.AutoModBlock}}, ExemptRoles: []id.ID{role.ID}, ExemptChannels: []id.ID{free}})
	post := func(by chat.Caller, channelID id.ID, draft chat.MessageDraft) (id.ID, error) {
		posted, err := hall.Messages.Create(t.Context(), by, channelID, draft)
		return posted.Message.ID, err
	}
	bad := chat.MessageDraft{Content: "tomato"}
	for _, c := range []struct {
		by      chat.Caller
		channel id.ID
	}{{trusted, guild.General}, {manager, guild.General}, {bot, guild.General}, {guild.Owner, guild.General}, {bob, free}} {
		if _, err := post(c.by, c.channel, bad); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	_, err := post(bob, guild.General, bad)
	expectKind(t, err, chat.BlockedByRule)
	_, err = post(bob, guild.General, chat.MessageDraft{Poll: &chat.PollDraft{Question: "Which?", Answers: []store.PollAnswer{{Text: "apple"}, {Text: "tomato"}}}})
	expectKind(t, err, chat.BlockedByRule)
	fine, err := post(bob, guild.General, chat.MessageDraft{Content: "apple"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = hall.Messages.Update(t.Context(), bob, guild.General, fine, chat.MessageEdit{Content: pointer("tomato")})
	expectKind(t, err, chat.BlockedByRule)
	if _, err := hall.AutoMod.Update(t.Context(), guild.Owner, guild.ID, rule.ID, func(rule *store.AutoModRule) { rule.Enabled = false }); err != nil {
		t.Fatal(err)
	}
	if _, err := post(bob, guild.General, bad); err != nil {
		t.Errorf("switched off: %v", err)
	}
}

func TestSpamMentionsAndListsSetRulesOff(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, carol := guild.Member("bob"), guild.Member("carol")
	block := []store.AutoModAction{{Type: store.AutoModBlock}}
	makeRule(t, hall, guild, store.AutoModRule{Trigger: store.AutoModSpam, Actions: block})
	makeRule(t, hall, guild, store.AutoModRule{Trigger: store.AutoModMentionSpam, MentionLimit: 1, Actions: block})
	makeRule(t, hall, guild, store.AutoModRule{Trigger: store.AutoModPreset, Presets: []int{1}, AllowList: []string{"crap"}, Actions: block})
	makeRule(t, hall, guild, store.AutoModRule{Trigger: store.AutoModKeyword, Links: true, AllowList: []string{"example.org"}, Actions: block})
	post := func(content string) error {
		_, err := hall.Messages.Create(t.Context(), bob, guild.General, chat.MessageDraft{Content: content})
		return err
	}
	mention := func(who chat.Caller) string { return "<@" + who.UserID.String() + ">" }
	for content, blocked := range map[string]bool{
		mention(carol): false, mention(carol) + mention(guild.Owner): true, "oh crap": false, "you bastard": true, "see https://example.org/x": false, "see https://evil.test": true,
		"https://example.org/1 https://example.org/2 https://example.org/3 https://example.org/4 https://example.org/5": true,
	} {
		if err := post(content); (err != nil) != blocked || err != nil && chat.KindOf(err) != chat.BlockedByRule {
			t.Errorf("%q: %v", content, err)
		}
	}
	for i := range 3 {
		if err := post("buy now"); (err != nil) != (i == 2) {
			t.Errorf("the %d. time: %v", i+1, err)
		}
	}
	hall.Clock.Advance(31 * time.Second)
	if err := post("buy now"); err != nil {
		t.Errorf("later: %v", err)
	}
}

func TestRulesThatAreRefused(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, manager := guild.Member("bob"), guild.Member("manager")
	guild.Role("managers", 2, perm.ManageGuild, manager)
	good := store.AutoModRule{GuildID: guild.ID, Name: "Rule", Trigger: store.AutoModKeyword, Keywords: []string{"a"}, Actions: []store.AutoModAction{{Type: store.AutoModBlock}}}
	create := func(change func(*store.AutoModRule)) error {
		rule := good
		change(&rule)
		_, err := hall.AutoMod.Create(t.Context(), guild.Owner, rule)
		return err
	}
	for field, change := range map[string]func(*store.AutoModRule){
		"name": func(r *store.AutoModRule) { r.Name = "" }, "trigger_metadata.keyword_filter": func(r *store.AutoModRule) { r.Keywords = nil },
		"trigger_metadata.keyword_filter.0": func(r *store.AutoModRule) { r.Keywords = []string{strings.Repeat("x", 61)} }, "trigger_metadata.regex_patterns": func(r *store.AutoModRule) { r.Patterns = []string{"("} },
		"trigger_metadata.presets":             func(r *store.AutoModRule) { r.Trigger, r.Presets = store.AutoModPreset, []int{4} },
		"trigger_metadata.mention_total_limit": func(r *store.AutoModRule) { r.Trigger, r.MentionLimit = store.AutoModMentionSpam, 51 },
		"trigger_metadata.allow_list":          func(r *store.AutoModRule) { r.AllowList = make([]string, 101) }, "actions": func(r *store.AutoModRule) { r.Actions = nil },
		"actions.0.type": func(r *store.AutoModRule) { r.Actions = []store.AutoModAction{{Type: 9}} },
		"actions.0.metadata.channel_id": func(r *store.AutoModRule) {
			r.Actions = []store.AutoModAction{{Type: store.AutoModAlert, ChannelID: guild.Lounge}}
		},
		"actions.0.metadata.duration_seconds": func(r *store.AutoModRule) { r.Actions = []store.AutoModAction{{Type: store.AutoModTimeOut}} },
		"actions.0.metadata.custom_message": func(r *store.AutoModRule) {
			r.Actions = []store.AutoModAction{{Type: store.AutoModBlock, Message: strings.Repeat("x", 151)}}
		},
		"actions.1.type": func(r *store.AutoModRule) {
			r.Actions = []store.AutoModAction{{Type: store.AutoModBlock}, {Type: store.AutoModBlock}}
		},
		"exempt_roles": func(r *store.AutoModRule) { r.ExemptRoles = make([]id.ID, 21) }, "exempt_channels": func(r *store.AutoModRule) { r.ExemptChannels = make([]id.ID, 51) },
	} {
		expectField(t, create(change), field)
	}
	expectKind(t, create(func(r *store.AutoModRule) { r.Trigger = 2 }), chat.NotSupported)
	for trigger, kinds := range map[store.AutoModTrigger][]store.AutoModActionType{
		store.AutoModMemberProfile: {store.AutoModBlock, store.AutoModTimeOut}, store.AutoModKeyword: {store.AutoModQuarantine}, store.AutoModSpam: {store.AutoModTimeOut, store.AutoModQuarantine},
	} {
		for _, kind := range kinds {
			expectField(t, create(func(r *store.AutoModRule) {
				r.Trigger, r.Actions = trigger, []store.AutoModAction{{Type: kind, Seconds: 60}}
			}), "actions.0.type")
		}
	}
	for range 6 {
		if err := create(func(*store.AutoModRule) {}); err != nil {
			t.Fatal(err)
		}
	}
	expectKind(t, create(func(*store.AutoModRule) {}), chat.MaxRules)
	_, err := hall.AutoMod.Create(t.Context(), bob, good)
	expectKind(t, err, chat.MissingPermission)
	timing := good
	timing.Actions = []store.AutoModAction{{Type: store.AutoModTimeOut, Seconds: 60}}
	_, err = hall.AutoMod.Create(t.Context(), manager, timing)
	expectKind(t, err, chat.MissingPermission)
	timing.Trigger, timing.Actions = store.AutoModMemberProfile, []store.AutoModAction{{Type: store.AutoModQuarantine}}
	_, err = hall.AutoMod.Create(t.Context(), manager, timing)
	expectKind(t, err, chat.MissingPermission)
	_, err = hall.AutoMod.Rules(t.Context(), bob, guild.ID)
	expectKind(t, err, chat.MissingPermission)
	_, err = hall.AutoMod.Rule(t.Context(), manager, guild.ID, 404)
	expectKind(t, err, chat.UnknownRule)
	expectKind(t, hall.AutoMod.Delete(t.Context(), manager, guild.ID, 404), chat.UnknownRule)
	_, err = hall.AutoMod.Update(t.Context(), manager, guild.ID, 404, func(*store.AutoModRule) {})
	expectKind(t, err, chat.UnknownRule)
}

func TestReportsAreShownToThoseWhoCanReadWhatTheyAreAbout(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	author, reporter, moderator, manager := guild.Member("author"), guild.Member("reporter"), guild.Member("moderator"), guild.Member("manager")
	guild.Role("moderators", 2, perm.ModerateMembers, moderator)
	guild.Role("managers", 3, perm.Administrator, manager)
	quiet := guild.Channel("quiet", store.ChannelText)
	write := func(channelID id.ID) store.Report {
		t.Helper()
		posted, err := hall.Messages.Create(t.Context(), author, channelID, chat.MessageDraft{Content: "words"})
		if err != nil {
			t.Fatal(err)
		}
		report, err := hall.Reports.Report(t.Context(), reporter, channelID, posted.Message.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	open, hidden := write(guild.General), write(quiet)
	sees := func(who chat.Caller, limit int, want ...id.ID) {
		t.Helper()
		reports, err := hall.Reports.List(t.Context(), who, guild.ID, false, 0, limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []id.ID
		for _, report := range reports {
			got = append(got, report.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, not %v", got, want)
		}
	}
	sees(moderator, 0, hidden.ID, open.ID)
	for what, deny := range map[string]perm.Set{"view": perm.ViewChannel, "read": perm.ReadMessageHistory} {
		guild.Overwrite(quiet, moderator.UserID, store.OverwriteMember, 0, deny)
		sees(moderator, 1, open.ID)
		sees(manager, 0, hidden.ID, open.ID)
		if _, err := hall.Reports.Resolve(t.Context(), moderator, guild.ID, hidden.ID, true); chat.KindOf(err) != chat.UnknownReport {
			t.Errorf("who may not %s is answered %v", what, err)
		}
	}
	if _, err := hall.Channels.Delete(t.Context(), manager, quiet); err != nil {
		t.Fatal(err)
	}
	sees(moderator, 0, open.ID)
	sees(manager, 0, hidden.ID, open.ID)
	if _, err := hall.Reports.Resolve(t.Context(), manager, guild.ID, hidden.ID, true); err != nil {
		t.Error(err)
	}
}

func TestReportsGoToThoseWhoLookAfterTheGuild(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, carol, moderator, stranger := guild.Member("bob"), guild.Member("carol"), guild.Member("moderator"), hall.Person("stranger")
	guild.Role("moderators", 2, perm.ModerateMembers, moderator)
	posted, err := hall.Messages.Create(t.Context(), bob, guild.General, chat.MessageDraft{Content: "rude words"})
	if err != nil {
		t.Fatal(err)
	}
	report, err := hall.Reports.Report(t.Context(), carol, guild.General, posted.Message.ID, " rude ")
	if err != nil || report.Content != "rude words" || report.Reason != "rude" || report.AuthorID != bob.UserID {
		t.Fatal(report, err)
	}
	_, err = hall.Reports.Report(t.Context(), carol, guild.General, posted.Message.ID, "")
	expectKind(t, err, chat.AlreadyReported)
	_, err = hall.Reports.Report(t.Context(), bob, guild.General, posted.Message.ID, "")
	expectKind(t, err, chat.Invalid)
	_, err = hall.Reports.Report(t.Context(), stranger, guild.General, posted.Message.ID, "")
	expectKind(t, err, chat.UnknownChannel)
	_, err = hall.Reports.List(t.Context(), carol, guild.ID, false, 0, 0)
	expectKind(t, err, chat.MissingPermission)
	_, err = hall.Reports.Resolve(t.Context(), carol, guild.ID, report.ID, true)
	expectKind(t, err, chat.MissingPermission)
	if reports, err := hall.Reports.List(t.Context(), moderator, guild.ID, false, 0, 0); err != nil || len(reports) != 1 {
		t.Errorf("%+v, %v", reports, err)
	}
	if resolved, err := hall.Reports.Resolve(t.Context(), moderator, guild.ID, report.ID, true); err != nil || resolved.ResolvedBy != moderator.UserID {
		t.Errorf("%+v, %v", resolved, err)
	}
	if reports, err := hall.Reports.List(t.Context(), moderator, guild.ID, false, 0, 0); err != nil || len(reports) != 0 {
		t.Errorf("%+v, %v", reports, err)
	}
	_, err = hall.Reports.Resolve(t.Context(), moderator, guild.ID, 404, true)
	expectKind(t, err, chat.UnknownReport)
	// What people report of their conversations is for the hall's owner.
	talk, err := hall.Directs.Open(t.Context(), bob, carol.UserID)
	if err != nil {
		t.Fatal(err)
	}
	if posted, err = hall.Messages.Create(t.Context(), bob, talk.ID, chat.MessageDraft{Content: "ruder"}); err != nil {
		t.Fatal(err)
	}
	if _, err := hall.Reports.Report(t.Context(), carol, talk.ID, posted.Message.ID, ""); err != nil {
		t.Fatal(err)
	}
	_, err = hall.Reports.List(t.Context(), guild.Owner, 0, false, 0, 0)
	expectKind(t, err, chat.MissingPermission)
	if reports, err := hall.Reports.List(t.Context(), chattest.Console, 0, false, 0, 0); err != nil || len(reports) != 1 || reports[0].Content != "ruder" {
		t.Errorf("%+v, %v", reports, err)
	}
}
