package chat_test

import (
	"slices"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// befriend makes friends of two people.
func befriend(t *testing.T, hall *chattest.Hall, one, other chat.Caller) {
	t.Helper()
	if err := hall.Relationships.Ask(t.Context(), one, other.UserID); err != nil {
		t.Fatal(err)
	}
	if err := hall.Relationships.Ask(t.Context(), other, one.UserID); err != nil {
		t.Fatal(err)
	}
}

// hallActs are the acts in the hall's log, the newest first.
func hallActs(t *testing.T, hall *chattest.Hall) (acts []store.HallAct) {
	t.Helper()
	page, err := hall.Hall.Entries(t.Context(), chattest.Console, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range page.Entries {
		acts = append(acts, entry.Act)
	}
	return acts
}

func TestSessionsAreToldWhichIntentsABotMayUse(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	bot := hall.Bot("helper", owner)
	told := hall.Watch(event.UserSubject(bot.UserID))
	if _, err := hall.Bots.Update(t.Context(), owner, bot.UserID, chat.ApplicationEdit{Flags: pointer(uint64(1 << 15))}); err != nil {
		t.Fatal(err)
	}
	if changed := chattest.Next[event.ApplicationChanged](told); changed.UserID != bot.UserID || changed.Flags != 1<<15 {
		t.Errorf("told of %+v", changed)
	}
	if _, err := hall.Bots.Update(t.Context(), bot, bot.UserID, chat.ApplicationEdit{Flags: pointer(uint64(0))}); err != nil {
		t.Fatalf("it gives one up: %v", err)
	}
	chattest.Next[event.ApplicationChanged](told)
	_, err := hall.Bots.Update(t.Context(), bot, bot.UserID, chat.ApplicationEdit{Flags: pointer(uint64(1 << 15))})
	expectKind(t, err, chat.MissingPermission)
	application, err := hall.Bots.Update(t.Context(), owner, bot.UserID, chat.ApplicationEdit{Flags: pointer(^uint64(0))})
	if err != nil || application.Bot.Flags != 0b1100_1111_0000_0000_0000 || application.Bot.TokenHash != nil || application.Bot.PrivateKey != nil {
		t.Errorf("with all flags it is %+v, %v", application, err)
	}
}

func TestInteractionsGoNowhereThatIsNotAsked(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	bot := hall.Bot("helper", owner)
	_, err := hall.Bots.Update(t.Context(), owner, bot.UserID, chat.ApplicationEdit{InteractionsURL: pointer("https://[::1]:1/interactions")})
	if kind := chat.KindOf(err); kind != chat.NotSupported && kind != chat.Invalid {
		t.Errorf("an address at which nothing answers is taken: %v", err)
	}
	if stored, err := hall.Store.Bot(t.Context(), bot.UserID); err != nil || stored.InteractionsURL != "" {
		t.Errorf("kept is %q, %v", stored.InteractionsURL, err)
	}
}

func TestAddressesOfApplicationsAreOfTheWeb(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	bot := hall.Bot("helper", owner)
	for _, address := range []string{"javascript:alert(1)", "ftp://example.org", "https://", "//example.org", "https://ada:secret@example.org/", "https://example.org/#here", "https://example.org/a b", "https://example.org\\@evil.example", "https://example.org/" + strings.Repeat("a", 2049)} {
		_, err := hall.Bots.Update(t.Context(), owner, bot.UserID, chat.ApplicationEdit{RedirectURIs: &[]string{address}})
		expectField(t, err, "redirect_uris")
	}
	application, err := hall.Bots.Update(t.Context(), owner, bot.UserID, chat.ApplicationEdit{RedirectURIs: &[]string{" https://example.org/back?x=1 ", "http://localhost:3000", "https://example.org/back?x=1"}})
	if err != nil || !slices.Equal(application.Bot.RedirectURIs, []string{"https://example.org/back?x=1", "http://localhost:3000"}) {
		t.Errorf("kept are %q, %v", application.Bot.RedirectURIs, err)
	}
}

func TestABotIsHandedOver(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	bot, bob, carol := hall.Bot("helper", owner), hall.Person("bob"), hall.Person("carol")
	befriend(t, hall, owner, carol)
	proof := chat.Proof{Password: password}
	give := func(by chat.Caller, to id.ID, proof chat.Proof) error {
		_, err := hall.Bots.HandOver(t.Context(), by, bot.UserID, to, proof)
		return err
	}
	expectKind(t, give(bob, bob.UserID, proof), chat.UnknownApplication)
	expectKind(t, give(bot, bob.UserID, proof), chat.BotsBarred)
	expectField(t, give(owner, bob.UserID, proof), "owner_id")
	expectField(t, give(owner, carol.UserID, chat.Proof{}), "password")
	expectKind(t, give(chattest.Console, bot.UserID, chat.Proof{}), chat.BotsBarred)
	expectKind(t, give(chattest.Console, 1, chat.Proof{}), chat.UnknownUser)
	if err := give(owner, carol.UserID, proof); err != nil {
		t.Fatal(err)
	}
	if acts := hallActs(t, hall); slices.Contains(acts, store.HallBotHandedOver) {
		t.Errorf("what people do with their own is in the hall's log: %v", acts)
	}
	expectKind(t, give(owner, carol.UserID, proof), chat.UnknownApplication)
	if err := give(chattest.Console, bob.UserID, chat.Proof{}); err != nil {
		t.Fatal(err)
	}
	if acts := hallActs(t, hall); acts[0] != store.HallBotHandedOver {
		t.Errorf("the hall's log has %v", acts)
	}
	if err := hall.Users.SetDisabled(t.Context(), chattest.Console, carol.UserID, true); err != nil {
		t.Fatal(err)
	}
	expectField(t, give(chattest.Console, carol.UserID, chat.Proof{}), "owner_id")
	if application, err := hall.Bots.Get(t.Context(), bob, bot.UserID); err != nil || application.Owner.ID != bob.UserID {
		t.Errorf("it is %+v, %v", application, err)
	}
}

func TestNobodyIsHandedMoreBotsThanTheyCanHave(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	carol := hall.Person("carol")
	befriend(t, hall, owner, carol)
	for i := range 50 {
		hall.Bot("helper "+string(rune('A'+i)), carol)
	}
	bot := hall.Bot("one more", owner)
	_, err := hall.Bots.HandOver(t.Context(), owner, bot.UserID, carol.UserID, chat.Proof{Password: password})
	expectField(t, err, "owner_id")
}

func TestADeletedApplicationLeavesNothingButWhatItsBotWrote(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	guild := hall.Guild(owner)
	application, token, err := hall.Bots.Create(t.Context(), owner, chat.NewBot{Name: "helper", OwnerID: owner.UserID, GuildID: guild.ID, Icon: pointer(stillImage(t, 1))})
	if err != nil {
		t.Fatal(err)
	}
	bot := chat.Caller{UserID: application.Bot.UserID, Bot: true}
	if _, err := hall.Bots.Update(t.Context(), owner, bot.UserID, chat.ApplicationEdit{Cover: pointer(stillImage(t, 2))}); err != nil {
		t.Fatal(err)
	}
	if _, err := hall.Bots.CreateEmoji(t.Context(), owner, bot.UserID, "wave", stillImage(t, 3)); err != nil {
		t.Fatal(err)
	}
	said, err := hall.Messages.Create(t.Context(), bot, guild.General, chat.MessageDraft{Content: "beep"})
	if err != nil {
		t.Fatal(err)
	}
	expectKind(t, hall.Bots.Delete(t.Context(), bot, bot.UserID), chat.BotsBarred)
	expectKind(t, hall.Bots.Delete(t.Context(), hall.Person("bob"), bot.UserID), chat.UnknownApplication)
	if err := hall.Bots.Delete(t.Context(), owner, bot.UserID); err != nil {
		t.Fatal(err)
	}
	_, err = hall.Accounts.Authenticate(t.Context(), "Bot "+token)
	expectKind(t, err, chat.InvalidToken)
	if kept, err := hall.Messages.Get(t.Context(), owner, guild.General, said.Message.ID); err != nil || kept.Message.Content != "beep" {
		t.Errorf("what it wrote is %+v, %v", kept.Message, err)
	}
	if problems, err := hall.Store.Check(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("the store has %q, %v", problems, err)
	}
}
