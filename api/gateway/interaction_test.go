package gateway

import (
	"encoding/json"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/store/event"
	"guildhall/store/id"
)

// used is what an application is told of an interaction, as far as tests look at it.
type used struct {
	ID     id.ID
	Token  string
	Type   int
	Member struct {
		User        struct{ Username string }
		Permissions string
	}
	Owners       map[string]id.ID `json:"authorizing_integration_owners"`
	Entitlements []any
	Context      int
	Message      struct{ Content string }
}

// hears waits for a dispatch, and looks for some texts in it.
func (c *client) hears(name string, texts ...string) {
	c.tb.Helper()
	got := string(c.await(name).Data)
	for _, text := range texts {
		if !strings.Contains(got, text) {
			c.tb.Errorf("%s lacks %s: %s", name, text, got)
		}
	}
}

func TestAnInteractionGoesToItsApplicationAndItsAnswerToWhomItIsFor(t *testing.T) {
	h := open(t)
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	robot, robotToken := h.bot("robot", alice)
	other, otherToken := h.bot("other", alice)
	for _, bot := range []chat.Caller{robot, other} {
		if err := h.Bots.AddToGuild(t.Context(), alice, bot.UserID, guild.ID, 0); err != nil {
			t.Fatal(err)
		}
	}
	posted, err := h.Messages.Create(t.Context(), robot, guild.General, chat.MessageDraft{Content: "choose", Components: []byte(`[{"type":1,"components":[{"type":2,"style":1,"label":"a","custom_id":"a"}]}]`)})
	if err != nil {
		t.Fatal(err)
	}
	app, stranger := h.enter(robotToken, `"intents":0`), h.enter(otherToken)
	presser, sibling, watcher := h.enter(h.login(bob)), h.enter(h.login(bob)), h.enter(h.login(alice))
	press := func() used {
		t.Helper()
		use := chat.InteractionUse{Kind: event.InteractionComponent, ChannelID: guild.General, MessageID: posted.Message.ID, ComponentType: 2, CustomID: "a", Nonce: "n"}
		if err := h.Interactions.Use(t.Context(), bob, use); err != nil {
			t.Fatal(err)
		}
		told := app.await("INTERACTION_CREATE")
		var u used
		app.decode(told, &u)
		if u.Member.User.Username != "bob" || u.Owners["0"] != guild.ID || u.Entitlements == nil || u.Message.Content != "choose" || u.Member.Permissions == "" {
			t.Errorf("%s", told.Data)
		}
		return u
	}
	answer := func(u used, given chat.InteractionAnswer) {
		t.Helper()
		turn, err := h.Interactions.Enter(t.Context(), u.ID, u.Token)
		if err == nil {
			_, err = turn.Answer(t.Context(), given)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	first := press()
	presser.hears("INTERACTION_CREATE", `"nonce":"n"`, first.ID.String())
	answer(first, chat.InteractionAnswer{Type: chat.AnswerMessage, Hidden: true, Message: chat.MessageDraft{Content: "only bob"}})
	presser.hears("MESSAGE_CREATE", `"content":"only bob"`, `"flags":64`, `"guild_id"`, `"interaction_metadata"`)
	presser.hears("INTERACTION_SUCCESS", first.ID.String())
	sibling.hears("MESSAGE_CREATE", `"content":"only bob"`)
	second := press()
	answer(second, chat.InteractionAnswer{Type: chat.AnswerModal, Modal: event.Modal{CustomID: "m", Title: "Title", Components: []byte(`[{"type":1,"components":[{"type":4,"custom_id":"t","style":1,"label":"l"}]}]`)}})
	presser.hears("INTERACTION_MODAL_CREATE", `"title":"Title"`, `"custom_id":"m"`, `"nonce":"n"`)
	h.post(alice, guild.General, "the end")
	for _, c := range []*client{stranger, watcher} {
		names, all := c.namesUntil("MESSAGE_CREATE", "the end")
		if strings.Contains(all, "only bob") || strings.Contains(all, first.Token) || strings.Contains(strings.Join(names, " "), "INTERACTION") {
			t.Errorf("others were told: %v", names)
		}
	}
}

func TestAnAnswerForOnePersonIsChangedAndDeletedForThem(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	guild := h.Guild(alice)
	robot, token := h.bot("robot", alice)
	if err := h.Bots.AddToGuild(t.Context(), alice, robot.UserID, guild.ID, 0); err != nil {
		t.Fatal(err)
	}
	dm, err := h.Directs.Open(t.Context(), alice, robot.UserID)
	if err != nil {
		t.Fatal(err)
	}
	posted, err := h.Messages.Create(t.Context(), robot, dm.ID, chat.MessageDraft{Content: "choose", Components: []byte(`[{"type":1,"components":[{"type":2,"style":1,"label":"a","custom_id":"a"}]}]`)})
	if err != nil {
		t.Fatal(err)
	}
	app, person := h.enter(token), h.enter(h.login(alice))
	if err := h.Interactions.Use(t.Context(), alice, chat.InteractionUse{Kind: event.InteractionComponent, ChannelID: dm.ID, MessageID: posted.Message.ID, ComponentType: 2, CustomID: "a"}); err != nil {
		t.Fatal(err)
	}
	told := app.await("INTERACTION_CREATE")
	var between struct {
		used
		User    *struct{ Username string }
		GuildID json.RawMessage `json:"guild_id"`
	}
	app.decode(told, &between)
	if between.User == nil || between.User.Username != "alice" || between.GuildID != nil || between.Context != 1 {
		t.Errorf("between people: %s", told.Data)
	}
	turn, err := h.Interactions.Enter(t.Context(), between.ID, between.Token)
	if err == nil {
		_, err = turn.Answer(t.Context(), chat.InteractionAnswer{Type: chat.AnswerLater, Hidden: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	person.hears("MESSAGE_CREATE", `"flags":192`)
	opened, err := h.Interactions.Open(t.Context(), robot.UserID, between.Token)
	if err != nil {
		t.Fatal(err)
	}
	content := "here"
	if _, err := opened.Update(t.Context(), 0, 0, chat.MessageEdit{Content: &content}); err != nil {
		t.Fatal(err)
	}
	person.hears("MESSAGE_UPDATE", `"content":"here"`, `"flags":64`, `"edited_timestamp":null`)
	if err := opened.Delete(t.Context(), 0, 0); err != nil {
		t.Fatal(err)
	}
	person.hears("MESSAGE_DELETE", dm.ID.String())
}
