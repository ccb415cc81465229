package chat_test

import (
	"strconv"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// orchard is a guild whose rule about names forbids tomatoes.
type orchard struct {
	hall   *chattest.Hall
	guild  *chattest.Guild
	rule   store.AutoModRule
	alerts id.ID
}

func openOrchard(t *testing.T, change func(*store.AutoModRule)) *orchard {
	t.Helper()
	hall := chattest.Open(t, chattest.Options{})
	o := &orchard{hall: hall, guild: hall.Guild(hall.Person("alice"))}
	o.alerts = o.guild.Channel("alerts", store.ChannelText, store.PermissionOverwrite{TargetID: o.guild.ID, Deny: uint64(perm.ViewChannel)})
	rule := store.AutoModRule{Trigger: store.AutoModMemberProfile, Keywords: []string{"tomato*"}, Actions: []store.AutoModAction{{Type: store.AutoModQuarantine}, {Type: store.AutoModAlert, ChannelID: o.alerts}}}
	if change != nil {
		change(&rule)
	}
	o.rule = makeRule(t, hall, o.guild, rule)
	return o
}

// rename changes a nick.
func (o *orchard) rename(t *testing.T, caller chat.Caller, nick string) {
	t.Helper()
	if _, err := o.hall.Members.UpdateSelf(t.Context(), caller, o.guild.ID, chat.SelfEdit{Nick: &nick}); err != nil {
		t.Fatal(err)
	}
}

// expectQuarantined tells whether a member may take part, by what is stored of them and by what they can do.
func (o *orchard) expectQuarantined(t *testing.T, caller chat.Caller, want bool) {
	t.Helper()
	member, err := o.hall.Members.Get(t.Context(), o.guild.Owner, o.guild.ID, caller.UserID)
	if err != nil || perm.Quarantined(&member.Member) != want {
		t.Errorf("the member is %+v, %v; quarantined should be %v", member.Member, err, want)
	}
	_, err = o.hall.Messages.Create(t.Context(), caller, o.guild.General, chat.MessageDraft{Content: "hello"})
	if want {
		expectKind(t, err, chat.MissingPermission)
	} else if err != nil {
		t.Error(err)
	}
}

func TestWhoJoinsWithANameThatARuleForbidsMayNotTakePart(t *testing.T) {
	o := openOrchard(t, nil)
	watch := o.hall.Watch("guild.*")
	tom := o.guild.Member("tomatoking")
	if added := chattest.Next[event.MemberAdded](watch).Member; !perm.Quarantined(&added) {
		t.Errorf("told is %+v", added)
	}
	executed := chattest.Next[event.AutoModExecuted](watch)
	if executed.Action.Type != store.AutoModQuarantine || executed.UserID != tom.UserID || executed.ChannelID != 0 || executed.Content != "tomatoking" || executed.Keyword != "tomato*" {
		t.Errorf("%+v", executed)
	}
	if entry := chattest.Next[event.AuditEntryAdded](watch).Entry; entry.Action != store.AuditAutoModQuarantine || entry.TargetID != tom.UserID {
		t.Errorf("%+v", entry)
	}
	alert := chattest.Next[event.MessageCreated](watch).Message
	if alert.ChannelID != o.alerts || alert.AuthorID != tom.UserID || alert.Embeds[0].Description != "tomatoking" || alert.Embeds[0].Fields[2] != (store.EmbedField{Name: "quarantine_event", Value: "guild_join"}) {
		t.Errorf("the alert is %+v", alert)
	}
	o.expectQuarantined(t, tom, true)
	o.expectQuarantined(t, o.guild.Member("cucumber"), false)
}

func TestEachNameOfAMemberCounts(t *testing.T) {
	o := openOrchard(t, nil)
	bob := o.guild.Member("bob")
	for name, change := range map[string]chat.UserChange{"the display name": {GlobalName: pointer("Tomato")}, "the name of the account": {Username: pointer("tomato")}} {
		t.Run(name, func(t *testing.T) {
			before, err := o.hall.Users.Self(t.Context(), bob)
			if err != nil {
				t.Fatal(err)
			}
			asBot := bob
			asBot.Bot = true // which needs no password for a new name
			if _, err := o.hall.Users.UpdateSelf(t.Context(), asBot, change); err != nil {
				t.Fatal(err)
			}
			o.expectQuarantined(t, bob, true)
			if _, err := o.hall.Users.UpdateSelf(t.Context(), asBot, chat.UserChange{Username: &before.Username, GlobalName: &before.GlobalName}); err != nil {
				t.Fatal(err)
			}
			o.expectQuarantined(t, bob, false)
		})
	}
	o.rename(t, bob, "Tomatoes")
	o.expectQuarantined(t, bob, true)
	o.rename(t, bob, "Bobby")
	o.expectQuarantined(t, bob, false)
}

func TestWhoMayNotTakePartDoesNothingButLook(t *testing.T) {
	o := openOrchard(t, nil)
	bob, carol := o.guild.Member("bob"), o.guild.Member("carol")
	posted, err := o.hall.Messages.Create(t.Context(), bob, o.guild.General, chat.MessageDraft{Content: "before"})
	if err != nil {
		t.Fatal(err)
	}
	poll, err := o.hall.Messages.Create(t.Context(), carol, o.guild.General, chat.MessageDraft{Poll: &chat.PollDraft{Question: "q", Answers: []store.PollAnswer{{Text: "a"}}}})
	if err != nil {
		t.Fatal(err)
	}
	thumb := store.Emoji{Name: "👍"}
	if err := o.hall.Messages.React(t.Context(), carol, o.guild.General, posted.Message.ID, thumb); err != nil {
		t.Fatal(err)
	}
	o.rename(t, bob, "tomato")
	for name, do := range map[string]func() error{
		"edits": func() error {
			_, err := o.hall.Messages.Update(t.Context(), bob, o.guild.General, posted.Message.ID, chat.MessageEdit{Content: pointer("x")})
			return err
		},
		"reacts": func() error {
			return o.hall.Messages.React(t.Context(), bob, o.guild.General, posted.Message.ID, store.Emoji{Name: "🎉"})
		},
		"joins a reaction": func() error {
			return o.hall.Messages.React(t.Context(), bob, o.guild.General, posted.Message.ID, thumb)
		},
		"votes": func() error {
			return o.hall.Messages.Vote(t.Context(), bob, o.guild.General, poll.Message.ID, []int{1})
		},
		"types": func() error { return o.hall.Messages.Type(t.Context(), bob, o.guild.General) },
		"connects to voice": func() error {
			return o.hall.Voice.UpdateState(t.Context(), bob, chat.VoiceUpdate{SessionID: "tab", GuildID: o.guild.ID, ChannelID: o.guild.Lounge})
		},
		"invites": func() error {
			_, err := o.hall.Invites.Create(t.Context(), bob, o.guild.General, chat.InviteDraft{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { expectKind(t, do(), chat.MissingPermission) })
	}
	// Nor do they write to members who know them from nowhere else.
	talk, err := o.hall.Directs.Open(t.Context(), bob, carol.UserID)
	if err == nil {
		_, err = o.hall.Messages.Create(t.Context(), bob, talk.ID, chat.MessageDraft{Content: "psst"})
	}
	expectKind(t, err, chat.CannotMessage)
	if _, err := o.hall.Messages.List(t.Context(), bob, o.guild.General, store.MessagePage{}); err != nil {
		t.Errorf("reading: %v", err)
	}
	if err := o.hall.Guilds.Leave(t.Context(), bob, o.guild.ID); err != nil {
		t.Errorf("leaving: %v", err)
	}
}

func TestRulesAboutNamesLeaveAloneWhomTheyTrust(t *testing.T) {
	o := openOrchard(t, nil)
	trusted, manager, bot := o.guild.Member("trusted"), o.guild.Member("manager"), o.hall.Bot("tomatobot", o.guild.Owner)
	o.guild.Join(bot)
	role := o.guild.Role("trusted", 1, 0, trusted)
	o.guild.Role("managers", 2, perm.ManageGuild, manager)
	if _, err := o.hall.AutoMod.Update(t.Context(), o.guild.Owner, o.guild.ID, o.rule.ID, func(rule *store.AutoModRule) { rule.ExemptRoles = []id.ID{role.ID} }); err != nil {
		t.Fatal(err)
	}
	for _, one := range []chat.Caller{trusted, manager, o.guild.Owner} {
		o.rename(t, one, "Tomato")
		o.expectQuarantined(t, one, false)
	}
	o.expectQuarantined(t, bot, false)
	// Without the role the rule holds, and with it no more.
	if err := o.hall.Members.RemoveRole(t.Context(), o.guild.Owner, o.guild.ID, trusted.UserID, role.ID); err != nil {
		t.Fatal(err)
	}
	o.expectQuarantined(t, trusted, true)
	if err := o.hall.Members.AddRole(t.Context(), o.guild.Owner, o.guild.ID, trusted.UserID, role.ID); err != nil {
		t.Fatal(err)
	}
	o.expectQuarantined(t, trusted, false)
}

func TestARuleThatOnlyAlertsOfNamesKeepsNobodyOut(t *testing.T) {
	o := openOrchard(t, func(rule *store.AutoModRule) { rule.Actions = rule.Actions[1:] })
	watch := o.hall.Watch("guild.*")
	bob := o.guild.Member("tomato")
	if alert := chattest.Next[event.MessageCreated](watch).Message; alert.ChannelID != o.alerts || alert.AuthorID != bob.UserID {
		t.Errorf("the alert is %+v", alert)
	}
	o.expectQuarantined(t, bob, false)
}

func TestARuleThatIsRelaxedLetsMembersTakePartAgain(t *testing.T) {
	for name, relax := range map[string]func(*orchard, *testing.T) error{
		"deleted": func(o *orchard, t *testing.T) error {
			return o.hall.AutoMod.Delete(t.Context(), o.guild.Owner, o.guild.ID, o.rule.ID)
		},
		"switched off": func(o *orchard, t *testing.T) error {
			_, err := o.hall.AutoMod.Update(t.Context(), o.guild.Owner, o.guild.ID, o.rule.ID, func(rule *store.AutoModRule) { rule.Enabled = false })
			return err
		},
		"about something else": func(o *orchard, t *testing.T) error {
			_, err := o.hall.AutoMod.Update(t.Context(), o.guild.Owner, o.guild.ID, o.rule.ID, func(rule *store.AutoModRule) { rule.Keywords = []string{"potato"} })
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := openOrchard(t, nil)
			bob := o.guild.Member("bob")
			o.rename(t, bob, "tomato")
			watch := o.hall.Watch("guild.*")
			if err := relax(o, t); err != nil {
				t.Fatal(err)
			}
			if updated := chattest.Next[event.MemberUpdated](watch).Member; updated.UserID != bob.UserID || perm.Quarantined(&updated) {
				t.Errorf("told is %+v", updated)
			}
			o.expectQuarantined(t, bob, false)
		})
	}
}

func TestWhoIsInVoiceIsShownOutForANameThatARuleForbids(t *testing.T) {
	o := openOrchard(t, nil)
	bob := o.guild.Member("bob")
	if err := o.hall.Voice.UpdateState(t.Context(), bob, chat.VoiceUpdate{SessionID: "tab", GuildID: o.guild.ID, ChannelID: o.guild.Lounge}); err != nil {
		t.Fatal(err)
	}
	watch := o.hall.Watch("guild.*")
	o.rename(t, bob, "tomato")
	if state := chattest.Next[event.VoiceStateUpdated](watch).State; state.UserID != bob.UserID || state.ChannelID != 0 {
		t.Errorf("the state is %+v", state)
	}
}

func TestARaidOfMentionsIsStopped(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	const limit = 10 // so that together they may mention 50 within half a minute
	makeRule(t, hall, guild, store.AutoModRule{Trigger: store.AutoModMentionSpam, MentionLimit: limit, RaidProtection: true,
		Actions: []store.AutoModAction{{Type: store.AutoModBlock}, {Type: store.AutoModAlert, ChannelID: guild.General}}})
	members := make([]chat.Caller, 8)
	for i := range members {
		members[i] = guild.Member("member" + strconv.Itoa(i))
	}
	mention := func(by chat.Caller, count int) error {
		text := "hey"
		for i := range count {
			text += " <@" + strconv.Itoa(1000+i) + ">"
		}
		_, err := hall.Messages.Create(t.Context(), by, guild.General, chat.MessageDraft{Content: text})
		return err
	}
	// One member spreads mentions over messages.
	if err := mention(members[0], limit); err != nil {
		t.Fatal(err)
	}
	expectKind(t, mention(members[0], 1), chat.BlockedByRule)
	hall.Clock.Advance(31 * time.Second)
	if err := mention(members[0], 1); err != nil {
		t.Errorf("later: %v", err)
	}
	hall.Clock.Advance(31 * time.Second)
	// Many members mention a few each.
	watch := hall.Watch("guild.*")
	for i := range 6 {
		if err := mention(members[i], 8); err != nil {
			t.Fatalf("member %d: %v", i, err)
		}
	}
	expectKind(t, mention(members[6], 8), chat.BlockedByRule)
	expectKind(t, mention(members[7], 1), chat.BlockedByRule)
	if err := mention(members[7], 0); err != nil {
		t.Errorf("without a mention: %v", err)
	}
	hall.Barrier(event.GuildSubject(guild.ID))
	alerts := 0
	for _, posted := range chattest.Until[event.MessageCreated](watch) {
		if posted.Message.Type == store.MessageAutoMod {
			alerts++
		}
	}
	if alerts != 1 {
		t.Errorf("moderators were alerted of one raid %d times", alerts)
	}
	hall.Clock.Advance(31 * time.Second)
	if err := mention(members[7], 8); err != nil {
		t.Errorf("after the raid: %v", err)
	}
}
