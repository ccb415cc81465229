package storetest

import (
	"bytes"
	"errors"
	"math"

	"guildhall/store"
	"guildhall/store/id"
)

var botTests = []test{
	{"a bot is stored with its account", func(f *fixture) {
		owner := f.person("ada")
		bot, user := newBot(math.MaxInt64, owner.ID, "Echo")
		f.ok(f.CreateBot(f.Context(), bot, user))
		gotBot, err := f.Bot(f.Context(), bot.UserID)
		f.ok(err)
		f.equal("bot", gotBot, bot)
		gotUser, err := f.User(f.Context(), bot.UserID)
		f.ok(err)
		f.equal("account", gotUser, user)
		_, err = f.Bot(f.Context(), owner.ID)
		f.is(err, store.ErrNotFound)
	}},
	{"a bot that cannot be made leaves nothing", func(f *fixture) {
		owner := f.person("ada")
		taken, takenUser := newBot(f.id(), owner.ID, "Echo")
		f.ok(f.CreateBot(f.Context(), taken, takenUser))

		bot, user := newBot(f.id(), 12345, "Orphan")
		f.is(f.CreateBot(f.Context(), bot, user), store.ErrNotFound)
		_, err := f.User(f.Context(), bot.UserID)
		f.is(err, store.ErrNotFound)

		bot, user = newBot(f.id(), owner.ID, "Echo")
		f.conflict(f.CreateBot(f.Context(), bot, user), "username")
		_, err = f.Bot(f.Context(), bot.UserID)
		f.is(err, store.ErrNotFound)

		bot, user = newBot(taken.UserID, owner.ID, "Other")
		f.conflict(f.CreateBot(f.Context(), bot, user), "id")
		got, err := f.Bot(f.Context(), taken.UserID)
		f.ok(err)
		f.equal("the first bot", got, taken)
	}},
	{"bots are listed by owner", func(f *fixture) {
		ada, bob := f.person("ada"), f.person("bob")
		first, user := newBot(f.id(), ada.ID, "One")
		f.ok(f.CreateBot(f.Context(), first, user))
		second, user := newBot(f.id(), bob.ID, "Two")
		f.ok(f.CreateBot(f.Context(), second, user))
		third, user := newBot(f.id(), ada.ID, "Three")
		f.ok(f.CreateBot(f.Context(), third, user))
		for owner, want := range map[id.ID][]store.Bot{ada.ID: {first, third}, bob.ID: {second}, 0: {first, second, third}, 12345: {}} {
			got, err := f.BotsByOwner(f.Context(), owner)
			f.ok(err)
			f.equal("bots", got, want)
		}
	}},
	{"a bot is updated, and a failed update changes nothing", func(f *fixture) {
		owner := f.person("ada")
		bot, user := newBot(f.id(), owner.ID, "Echo")
		f.ok(f.CreateBot(f.Context(), bot, user))
		got, err := f.UpdateBot(f.Context(), bot.UserID, func(b *store.Bot) error {
			b.UserID, b.TokenHash, b.Flags, b.Description = 1, []byte("new"), math.MaxUint64, ""
			return nil
		})
		f.ok(err)
		bot.TokenHash, bot.Flags, bot.Description = []byte("new"), math.MaxUint64, ""
		f.equal("the result", got, bot)
		failure := errors.New("no")
		_, err = f.UpdateBot(f.Context(), bot.UserID, func(b *store.Bot) error { b.Public = false; return failure })
		f.asItIs(err, failure)
		got, err = f.Bot(f.Context(), bot.UserID)
		f.ok(err)
		f.equal("what is read", got, bot)
		_, err = f.UpdateBot(f.Context(), owner.ID, func(*store.Bot) error { return nil })
		f.is(err, store.ErrNotFound)
	}},
	{"concurrent updates lose nothing", func(f *fixture) {
		bot, user := newBot(f.id(), f.person("ada").ID, "Echo")
		bot.Flags = 0
		f.ok(f.CreateBot(f.Context(), bot, user))
		for _, err := range together(writers, func(int) error {
			_, err := f.UpdateBot(f.Context(), bot.UserID, func(b *store.Bot) error { b.Flags++; return nil })
			return err
		}) {
			f.ok(err)
		}
		got, err := f.Bot(f.Context(), bot.UserID)
		f.ok(err)
		f.equal("count", got.Flags, uint64(writers))
	}},
}

func newBot(botID, ownerID id.ID, name string) (store.Bot, store.User) {
	return store.Bot{
		UserID: botID, OwnerID: ownerID, Description: "repeats what is said ↺", TokenHash: bytes.Repeat([]byte{1}, 32), Flags: 1<<63 | 1<<18,
		Public: true, VerifyKey: bytes.Repeat([]byte{2}, 32), PrivateKey: bytes.Repeat([]byte{0}, 32),
	}, store.User{ID: botID, Username: name, Bot: true, Locale: "en-US"}
}
