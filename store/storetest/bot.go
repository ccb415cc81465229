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
		bot.Tags, bot.RedirectURIs, bot.Install = []string{"fun", "für alle"}, []string{"https://example.org/back"}, &store.InstallParams{Scopes: []string{"bot"}, Permissions: math.MaxUint64}
		bot.TermsURL, bot.PrivacyURL, bot.CustomInstallURL, bot.InteractionsURL = "https://example.org/t", "https://example.org/p", "https://example.org/i", "https://example.org/x"
		bot.Cover, user.Avatar = f.still("cover"), f.still("face")
		f.ok(f.CreateBot(f.Context(), bot, user))
		gotBot, err := f.Bot(f.Context(), bot.UserID)
		f.ok(err)
		f.equal("bot", gotBot, bot)
		gotUser, err := f.User(f.Context(), bot.UserID)
		f.ok(err)
		f.equal("account", gotUser, user)
		_, err = f.Bot(f.Context(), owner.ID)
		f.is(err, store.ErrNotFound)
		f.sound("it was made")
		before := bot.Cover.Blob
		bot.Cover, bot.Tags, bot.RedirectURIs, bot.Install = f.still("another"), nil, nil, nil
		changed, err := f.UpdateBot(f.Context(), bot.UserID, func(b *store.Bot) error { *b = bot; return nil })
		f.ok(err)
		f.equal("what was changed", changed, bot)
		f.trashed(before)
		f.sound("it was changed")
		_, err = f.DeleteUser(f.Context(), owner.ID)
		f.ok(err)
		f.equal("blobs", f.named(10), []string{})
	}},
	{"a bot is handed over, to somebody who is there", func(f *fixture) {
		ada, bob := f.person("ada"), f.person("bob")
		bot, user := newBot(f.id(), ada.ID, "Echo")
		f.ok(f.CreateBot(f.Context(), bot, user))
		give := func(to id.ID) error {
			_, err := f.UpdateBot(f.Context(), bot.UserID, func(b *store.Bot) error { b.OwnerID = to; return nil })
			return err
		}
		f.is(give(12345), store.ErrNotFound)
		f.ok(give(bob.ID))
		deletions, err := f.DeleteUser(f.Context(), ada.ID)
		f.ok(err)
		f.equal("what went", len(deletions), 1)
		left, err := f.BotsByOwner(f.Context(), bob.ID)
		f.ok(err)
		f.equal("the other's", len(left), 1)
		f.sound("the first owner is gone")
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
