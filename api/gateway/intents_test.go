package gateway

import (
	"fmt"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// flags sets what a bot may receive.
func (h *house) flags(owner chat.Caller, robotID id.ID, flags uint64) {
	h.tb.Helper()
	if _, err := h.Bots.Update(h.tb.Context(), owner, robotID, chat.ApplicationEdit{Flags: &flags}); err != nil {
		h.tb.Fatal(err)
	}
}

func TestSessionsThatUseAWithdrawnIntentAreClosed(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	robot, token := h.bot("robot", alice)
	_, otherToken := h.bot("other", alice)
	guild.Join(robot)
	members, content := h.enter(token, fmt.Sprintf(`"intents":%d`, intentGuilds|intentMembers)), h.enter(token, fmt.Sprintf(`"intents":%d`, intentMessages|intentMessageContent))
	plain, unsaid, other := h.enter(token, fmt.Sprintf(`"intents":%d`, intentMessages)), h.enter(token), h.enter(otherToken)
	away := h.enter(token, fmt.Sprintf(`"intents":%d`, intentMembers))
	away.drop()
	h.gone(away.sessionID)

	h.flags(alice, robot.UserID, chat.FlagsPresences|chat.FlagsContent)
	members.closes(4014)
	unsaid.closes(4000) // and signs in anew, for what it may have
	h.until("the session that is away is gone", func() bool { return h.find(away.sessionID) == nil })
	if again := away.resume().next(); again.name() != "op 9" {
		t.Errorf("a session that was away while its intent was withdrawn was answered with %s", again.name())
	}
	for _, still := range []*client{content, plain} {
		still.settle()
		h.post(alice, guild.General, "on it goes")
		still.await("MESSAGE_CREATE")
	}
	other.send(`{"op":1,"d":null}`)
	other.settle()

	h.flags(alice, robot.UserID, chat.FlagsPresences)
	content.closes(4014)
	again := h.dial("?v=10")
	again.send(fmt.Sprintf(`{"op":2,"d":{"token":%q,"properties":{},"intents":%d}}`, token, intentMessageContent))
	again.closes(4014)
	h.enter(token, fmt.Sprintf(`"intents":%d`, intentPresences))
}

func TestWhoComesBackMayNotHaveWhatWasWithdrawnMeanwhile(t *testing.T) {
	h := open(t)
	robot, token := h.bot("robot", h.Person("alice"))
	c := h.enter(token, fmt.Sprintf(`"intents":%d`, intentMembers))
	c.drop()
	h.gone(c.sessionID)
	// Another node withdrew it, and the session heard nothing of that yet.
	if _, err := h.Store.UpdateBot(t.Context(), robot.UserID, func(bot *store.Bot) error { bot.Flags = chat.FlagsContent; return nil }); err != nil {
		t.Fatal(err)
	}
	c.resume().closes(4014)
}

func TestAllMembersAreForBotsWithTheMembersIntent(t *testing.T) {
	h := open(t)
	alice, bob := h.Person("alice"), h.Person("bob")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(robot, bob)
	all, query := fmt.Sprintf(`{"op":8,"d":{"guild_id":"%s","query":"","limit":0,"nonce":"all"}}`, guild.ID), fmt.Sprintf(`{"op":8,"d":{"guild_id":"%s","query":"bo","limit":9,"nonce":"some"}}`, guild.ID)
	without, with := h.enter(token, `"intents":1`), h.enter(token, `"intents":3`)
	for c, want := range map[*client]string{without: `"nonce":"some"`, with: `"nonce":"all"`} {
		c.send(all)
		c.send(query)
		if got := string(c.await("GUILD_MEMBERS_CHUNK").Data); !strings.Contains(got, want) {
			t.Errorf("what came first is %s, want %s", got, want)
		}
	}
}

func TestABotWithoutContentsDoesNotReadOthersByAnsweringThem(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(robot)
	c := h.enter(token, fmt.Sprintf(`"intents":%d`, intentMessages))
	secret := h.post(alice, guild.General, "the secret")
	told := func(draft chat.MessageDraft) string {
		t.Helper()
		if _, err := h.Messages.Create(t.Context(), robot, guild.General, draft); err != nil {
			t.Fatal(err)
		}
		return string(c.await("MESSAGE_CREATE").Data)
	}
	c.await("MESSAGE_CREATE")
	answer := told(chat.MessageDraft{Content: "my answer", Reference: &chat.ReferenceDraft{MessageID: secret}})
	forward := told(chat.MessageDraft{Reference: &chat.ReferenceDraft{Forward: true, ChannelID: guild.General, MessageID: secret}})
	for _, got := range []string{answer, forward} {
		if strings.Contains(got, "the secret") {
			t.Errorf("it reads %s", got)
		}
	}
	if !strings.Contains(answer, `"content":"my answer"`) {
		t.Errorf("its own words are gone: %s", answer)
	}
	// What somebody points it at it reads.
	if _, err := h.Messages.Create(t.Context(), alice, guild.General, chat.MessageDraft{Content: fmt.Sprintf("<@%s> look", robot.UserID), Reference: &chat.ReferenceDraft{MessageID: secret}}); err != nil {
		t.Fatal(err)
	}
	if got := string(c.await("MESSAGE_CREATE").Data); !strings.Contains(got, "look") || !strings.Contains(got, "the secret") {
		t.Errorf("where it is mentioned it reads %s", got)
	}
}

func TestEverybodyHearsWhichApplicationsAreThere(t *testing.T) {
	h := open(t)
	alice, bob := h.Person("alice"), h.Person("bob")
	watcher, token := h.bot("watcher", alice)
	guest, _ := h.bot("guest", alice)
	guild := h.Guild(alice)
	guild.Join(bob, watcher)
	clients := []*client{h.enter(token, fmt.Sprintf(`"intents":%d`, intentIntegrations)), h.enter(h.login(bob))}
	steps := []struct {
		act  func() error
		name string
		says []string
	}{
		{func() error { return h.Bots.AddToGuild(t.Context(), alice, guest.UserID, guild.ID, perm.SendMessages) }, "INTEGRATION_CREATE",
			[]string{`"name":"guest"`, `"type":"discord"`, `"scopes":["bot","applications.commands"]`, `"account":{"id":"` + guest.UserID.String()}},
		{func() error { return h.Bots.AddToGuild(t.Context(), alice, guest.UserID, guild.ID, 0) }, "INTEGRATION_UPDATE", []string{`"application":{"id":"` + guest.UserID.String()}},
		{func() error { return h.Bots.Uninstall(t.Context(), alice, guild.ID, guest.UserID) }, "INTEGRATION_DELETE", []string{`"application_id":"` + guest.UserID.String()}},
	}
	for _, step := range steps {
		if err := step.act(); err != nil {
			t.Fatal(err)
		}
		for _, c := range clients {
			list := string(c.await("GUILD_INTEGRATIONS_UPDATE").Data)
			told := list + string(c.await(step.name).Data)
			for _, text := range append(step.says, `{"guild_id":"`+guild.ID.String()+`"}`, `"id":"`+guest.UserID.String()+`"`) {
				if !strings.Contains(told, text) {
					t.Errorf("%s: %s is not in %s", step.name, text, told)
				}
			}
		}
	}
}
