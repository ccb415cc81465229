package chat_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
)

func TestABotHasATokenThatIsShownOnce(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	application, token, err := hall.Bots.Create(t.Context(), owner, chat.NewBot{Name: "Helping Hand", Description: "helps", OwnerID: owner.UserID})
	if err != nil {
		t.Fatal(err)
	}
	if application.Bot.TokenHash != nil || application.Bot.PrivateKey != nil || application.Owner.ID != owner.UserID || !application.User.Bot || application.User.ID != application.Bot.UserID ||
		application.User.Username != "Helping Hand" || application.Bot.Description != "helps" || application.Bot.Flags != 0b1100_1111_0000_0000_0000 {
		t.Errorf("the application is %+v", application)
	}
	stored, err := hall.Store.Bot(t.Context(), application.User.ID)
	if err != nil || strings.Contains(string(stored.TokenHash), token) {
		t.Errorf("the token is stored, %v", err)
	}
	signed := []byte("an interaction")
	if !ed25519.Verify(application.Bot.VerifyKey, signed, ed25519.Sign(ed25519.NewKeyFromSeed(stored.PrivateKey), signed)) {
		t.Error("the keys are no pair")
	}
	bot, err := hall.Accounts.Authenticate(t.Context(), "Bot "+token)
	if err != nil || bot != (chat.Caller{UserID: application.User.ID, Bot: true}) {
		t.Fatalf("the token is good for %+v, %v", bot, err)
	}
	if own, err := hall.Bots.Application(t.Context(), bot); err != nil || own.User.ID != bot.UserID || own.Owner.ID != owner.UserID || own.Bot.TokenHash != nil || own.Bot.PrivateKey != nil {
		t.Errorf("its own application is %+v, %v", own, err)
	}
	_, err = hall.Bots.Application(t.Context(), owner)
	expectKind(t, err, chat.PeopleBarred)
}

func TestAReplacedTokenIsRefusedAtOnce(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	application, old, err := hall.Bots.Create(t.Context(), owner, chat.NewBot{Name: "helper", OwnerID: owner.UserID})
	if err != nil {
		t.Fatal(err)
	}
	botID := application.User.ID
	if _, err := hall.Accounts.Authenticate(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	told := hall.Watch(event.UserSubject(botID))
	_, err = hall.Bots.ResetToken(t.Context(), hall.Person("bob"), botID)
	expectKind(t, err, chat.UnknownApplication)
	fresh, err := hall.Bots.ResetToken(t.Context(), owner, botID)
	if err != nil {
		t.Fatal(err)
	}
	if ended := chattest.Next[event.SessionsEnded](told); !ended.All || ended.UserID != botID {
		t.Errorf("told of %+v", ended)
	}
	_, err = hall.Accounts.Authenticate(t.Context(), old)
	expectKind(t, err, chat.InvalidToken)
	if _, err := hall.Accounts.Authenticate(t.Context(), fresh); err != nil {
		t.Errorf("the new token: %v", err)
	}
	if _, err := hall.Bots.ResetToken(t.Context(), chattest.Console, botID); err != nil {
		t.Errorf("from the command line: %v", err)
	}
	_, err = hall.Bots.ResetToken(t.Context(), chattest.Console, owner.UserID)
	expectKind(t, err, chat.UnknownApplication)
}

func TestWhoMayMakeBots(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	bob, helper := hall.Person("bob"), hall.Bot("helper", owner)
	for name, test := range map[string]struct {
		caller chat.Caller
		draft  chat.NewBot
		kind   chat.Kind
	}{
		"a bot":                     {helper, chat.NewBot{Name: "child", OwnerID: helper.UserID}, chat.BotsBarred},
		"for somebody else":         {bob, chat.NewBot{Name: "gift", OwnerID: owner.UserID}, chat.MissingPermission},
		"for nobody":                {chattest.Console, chat.NewBot{Name: "orphan", OwnerID: 1}, chat.UnknownUser},
		"for a bot":                 {chattest.Console, chat.NewBot{Name: "child", OwnerID: helper.UserID}, chat.BotsBarred},
		"into a guild of others":    {bob, chat.NewBot{Name: "spy", OwnerID: bob.UserID, GuildID: hall.Guild(owner).ID}, chat.UnknownGuild},
		"into a guild that is not":  {chattest.Console, chat.NewBot{Name: "lost", OwnerID: bob.UserID, GuildID: 1}, chat.UnknownGuild},
		"without a name":            {bob, chat.NewBot{Name: " ", OwnerID: bob.UserID}, chat.Invalid},
		"with a long name":          {bob, chat.NewBot{Name: strings.Repeat("a", 33), OwnerID: bob.UserID}, chat.Invalid},
		"with a long description":   {bob, chat.NewBot{Name: "talker", Description: strings.Repeat("a", 401), OwnerID: bob.UserID}, chat.Invalid},
		"with a name that is taken": {bob, chat.NewBot{Name: "helper", OwnerID: bob.UserID}, chat.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := hall.Bots.Create(t.Context(), test.caller, test.draft)
			expectKind(t, err, test.kind)
		})
	}
	if bots, err := hall.Bots.List(t.Context(), chattest.Console, 0); err != nil || len(bots) != 1 {
		t.Errorf("there are %+v, %v", bots, err)
	}
}

func TestAPersonHasABoundedNumberOfBots(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	for i := range 50 {
		hall.Bot("helper "+string(rune('A'+i)), owner)
	}
	_, _, err := hall.Bots.Create(t.Context(), owner, chat.NewBot{Name: "one more", OwnerID: owner.UserID})
	expectField(t, err, "name")
	if _, _, err := hall.Bots.Create(t.Context(), chattest.Console, chat.NewBot{Name: "one more", OwnerID: owner.UserID}); err != nil {
		t.Errorf("from the command line: %v", err)
	}
}

func TestWhoMaySeeAnApplication(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	bob, helper := hall.Person("bob"), hall.Bot("helper", owner)
	for _, allowed := range []chat.Caller{owner, helper, chattest.Console} {
		if application, err := hall.Bots.Get(t.Context(), allowed, helper.UserID); err != nil || application.User.ID != helper.UserID || application.Bot.TokenHash != nil {
			t.Errorf("%+v sees %+v, %v", allowed, application, err)
		}
	}
	_, err := hall.Bots.Get(t.Context(), bob, helper.UserID)
	expectKind(t, err, chat.UnknownApplication)
	_, err = hall.Bots.Get(t.Context(), bob, bob.UserID)
	expectKind(t, err, chat.UnknownApplication)
	if bots, err := hall.Bots.List(t.Context(), owner, owner.UserID); err != nil || len(bots) != 1 || bots[0].User.ID != helper.UserID {
		t.Errorf("the owner's are %+v, %v", bots, err)
	}
	if bots, err := hall.Bots.List(t.Context(), bob, bob.UserID); err != nil || len(bots) != 0 {
		t.Errorf("bob's are %+v, %v", bots, err)
	}
	_, err = hall.Bots.List(t.Context(), bob, owner.UserID)
	expectKind(t, err, chat.MissingPermission)
	_, err = hall.Bots.List(t.Context(), helper, helper.UserID)
	expectKind(t, err, chat.MissingPermission)
}

func TestWhoMayBringABotIntoAServer(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	guild := hall.Guild(owner)
	manager, member := guild.Member("manager"), guild.Member("member")
	guild.Role("managers", 1, perm.ManageGuild, manager)
	private, public := hall.Bot("private", owner), hall.Bot("public", owner)
	if _, err := hall.Store.UpdateBot(t.Context(), public.UserID, func(bot *store.Bot) error {
		bot.Public = true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	add := func(by, bot chat.Caller) error { return hall.Bots.AddToGuild(t.Context(), by, bot.UserID, guild.ID, 0) }
	expectKind(t, add(member, public), chat.MissingPermission)
	expectKind(t, add(hall.Person("stranger"), public), chat.UnknownGuild)
	expectKind(t, add(manager, private), chat.UnknownApplication)
	expectKind(t, add(manager, member), chat.UnknownApplication)

	told, joined := hall.Watch(event.GuildSubject(guild.ID)), hall.Watch(event.UserSubject(public.UserID))
	if err := add(manager, public); err != nil {
		t.Fatal(err)
	}
	if added := chattest.Next[event.MemberAdded](told); added.User.ID != public.UserID || !added.User.Bot {
		t.Errorf("told of %+v", added)
	}
	if own := chattest.Next[event.GuildJoined](joined); own.GuildID != guild.ID {
		t.Errorf("the bot was told of %+v", own)
	}
	if err := add(manager, public); err != nil {
		t.Errorf("once more: %v", err)
	}
	for _, by := range []chat.Caller{owner, chattest.Console} {
		if err := add(by, private); err != nil {
			t.Errorf("%+v: %v", by, err)
		}
	}
	if count, err := hall.Store.CountMembers(t.Context(), guild.ID); err != nil || count != 5 {
		t.Errorf("the server has %d members, %v", count, err)
	}
}

func TestABotIsMadeRightIntoAServer(t *testing.T) {
	hall, owner := openOwned(t, chattest.Options{})
	guild := hall.Guild(owner)
	application, _, err := hall.Bots.Create(t.Context(), owner, chat.NewBot{Name: "helper", OwnerID: owner.UserID, GuildID: guild.ID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hall.Members.Get(t.Context(), owner, guild.ID, application.User.ID); err != nil {
		t.Error(err)
	}
}
