package chat_test

import (
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
	"guildhall/store/id"
)

func TestBotsGiveComponentsToMessages(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, bot := guild.Member("bob"), hall.Bot("robot", guild.Owner)
	guild.Join(bot)
	const buttons = `[{"type":1,"components":[{"type":2,"style":1,"label":"Go","custom_id":"go"}]}]`
	create := func(by chat.Caller, draft chat.MessageDraft) (store.Message, error) {
		posted, err := hall.Messages.Create(t.Context(), by, guild.General, draft)
		return posted.Message, err
	}
	posted, err := create(bot, chat.MessageDraft{Components: []byte(buttons)})
	if err != nil || !strings.Contains(string(posted.Components), `"custom_id":"go"`) {
		t.Fatal(string(posted.Components), err)
	}
	_, err = create(bob, chat.MessageDraft{Content: "x", Components: []byte(buttons)})
	expectKind(t, err, chat.NotSupported)
	if _, err := create(bob, chat.MessageDraft{Content: "x", Components: []byte("[]")}); err != nil {
		t.Errorf("an empty list: %v", err)
	}
	_, err = create(bot, chat.MessageDraft{Components: []byte("[]")})
	expectKind(t, err, chat.EmptyMessage)
	_, err = create(bot, chat.MessageDraft{Content: "x", Components: []byte(`[{"type":1,"components":[]}]`)})
	expectField(t, err, "components.0.components")
	edit := func(messageID id.ID, edit chat.MessageEdit) (store.Message, error) {
		updated, err := hall.Messages.Update(t.Context(), bot, guild.General, messageID, edit)
		return updated.Message, err
	}
	none := []byte("null")
	_, err = edit(posted.ID, chat.MessageEdit{Components: &none})
	expectKind(t, err, chat.EmptyMessage)
	if updated, err := edit(posted.ID, chat.MessageEdit{Content: pointer("done"), Components: &none}); err != nil || updated.Components != nil || updated.Content != "done" {
		t.Errorf("%+v, %v", updated, err)
	}
}

func TestAnEditCanMakeALayoutOfAMessage(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bot := hall.Bot("robot", guild.Owner)
	guild.Join(bot)
	posted, err := hall.Messages.Create(t.Context(), bot, guild.General, chat.MessageDraft{Content: "wait", Flags: store.MessageSilent})
	if err != nil {
		t.Fatal(err)
	}
	layout, flags := []byte(`[{"type":10,"content":"Here it is"}]`), store.MessageIsLayout
	_, err = hall.Messages.Update(t.Context(), bot, guild.General, posted.Message.ID, chat.MessageEdit{Flags: &flags, Components: &layout})
	expectField(t, err, "flags") // the content is still there
	updated, err := hall.Messages.Update(t.Context(), bot, guild.General, posted.Message.ID, chat.MessageEdit{Content: pointer(""), Flags: &flags, Components: &layout})
	if err != nil || updated.Message.Flags != store.MessageIsLayout|store.MessageSilent || updated.Message.Content != "" {
		t.Fatal(updated.Message, err)
	}
	none := store.MessageFlags(0)
	if updated, err = hall.Messages.Update(t.Context(), bot, guild.General, posted.Message.ID, chat.MessageEdit{Flags: &none}); err != nil || updated.Message.Flags != store.MessageIsLayout|store.MessageSilent {
		t.Error("a layout is one for good", updated.Message, err)
	}
}

func TestALayoutIsTheWholeMessage(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, bot := guild.Member("bob"), hall.Bot("robot", guild.Owner)
	guild.Join(bot)
	layout := chat.MessageDraft{Flags: store.MessageIsLayout, Components: []byte(`[{"type":10,"content":"Hello <@` + bob.UserID.String() + `>"}]`)}
	posted, err := hall.Messages.Create(t.Context(), bot, guild.General, layout)
	if err != nil || len(posted.Message.Mentions) != 1 || posted.Message.Mentions[0] != bob.UserID {
		t.Fatal(posted.Message, err)
	}
	withContent := layout
	withContent.Content = "x"
	_, err = hall.Messages.Create(t.Context(), bot, guild.General, withContent)
	expectField(t, err, "flags")
	_, err = hall.Messages.Update(t.Context(), bot, guild.General, posted.Message.ID, chat.MessageEdit{Content: pointer("x")})
	expectField(t, err, "flags")
	other := []byte(`[{"type":10,"content":"Bye"}]`)
	if updated, err := hall.Messages.Update(t.Context(), bot, guild.General, posted.Message.ID, chat.MessageEdit{Components: &other}); err != nil || !strings.Contains(string(updated.Message.Components), "Bye") {
		t.Errorf("%+v, %v", updated.Message, err)
	}
}
