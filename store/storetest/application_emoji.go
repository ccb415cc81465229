package storetest

import (
	"fmt"
	"math"

	"guildhall/store"
	"guildhall/store/id"
)

// application stores a bot, and gives its id.
func (f *fixture) application(ownerID id.ID, name string) id.ID {
	f.Helper()
	bot, user := newBot(f.id(), ownerID, name)
	f.ok(f.CreateBot(f.Context(), bot, user))
	return bot.UserID
}

// ownEmoji stores an emoji of an application.
func (f *fixture) ownEmoji(applicationID id.ID, name string) store.ApplicationEmoji {
	f.Helper()
	emoji, err := f.CreateApplicationEmoji(f.Context(), store.ApplicationEmoji{ID: f.id(), ApplicationID: applicationID, CreatorID: applicationID, Name: name, Picture: f.still(name)}, 2000)
	f.ok(err)
	return emoji
}

var applicationEmojiTests = []test{
	{"emoji of applications come back as they were stored, in order, by their application and by themselves", func(f *fixture) {
		ctx, ada := f.Context(), f.person("ada").ID
		app, other := f.application(ada, "one"), f.application(ada, "two")
		full := store.ApplicationEmoji{ID: math.MaxInt64, ApplicationID: app, CreatorID: math.MaxInt64, Name: "party_parrot", Picture: f.moving("parrot")}
		stored, err := f.CreateApplicationEmoji(ctx, full, 2000)
		f.ok(err)
		f.equal("the result", stored, full)
		bare := f.ownEmoji(app, "wave")
		f.ownEmoji(other, "wave")
		all, err := f.ApplicationEmojis(ctx, app)
		f.ok(err)
		f.equal("emoji", all, []store.ApplicationEmoji{bare, full})
		for _, want := range all {
			got, err := f.ApplicationEmoji(ctx, want.ID)
			f.ok(err)
			f.equal("emoji", got, want)
		}
		_, err = f.CreateApplicationEmoji(ctx, store.ApplicationEmoji{ID: bare.ID, ApplicationID: other, Name: "again"}, 2000)
		f.conflict(err, "id")
		_, err = f.CreateApplicationEmoji(ctx, store.ApplicationEmoji{ID: f.id(), ApplicationID: app, Name: "wave"}, 2000)
		f.conflict(err, "name")
		_, err = f.CreateApplicationEmoji(ctx, store.ApplicationEmoji{ID: f.id(), ApplicationID: ada, Name: "nobody's"}, 2000)
		f.is(err, store.ErrNotFound)
		f.greatest(math.MaxInt64)
		f.sound("they were made")
	}},
	{"an emoji of an application is renamed and deleted by nobody else's id, and lets go of its picture", func(f *fixture) {
		ctx, ada := f.Context(), f.person("ada").ID
		app, other := f.application(ada, "one"), f.application(ada, "two")
		wave, bye := f.ownEmoji(app, "wave"), f.ownEmoji(app, "bye")
		_, err := f.RenameApplicationEmoji(ctx, other, wave.ID, "mine")
		f.is(err, store.ErrNotFound)
		_, err = f.DeleteApplicationEmoji(ctx, other, wave.ID)
		f.is(err, store.ErrNotFound)
		_, err = f.RenameApplicationEmoji(ctx, app, wave.ID, "bye")
		f.conflict(err, "name")
		for _, name := range []string{"hello", "hello"} {
			wave.Name = name
			got, err := f.RenameApplicationEmoji(ctx, app, wave.ID, name)
			f.ok(err)
			f.equal("renamed", got, wave)
		}
		gone, err := f.DeleteApplicationEmoji(ctx, app, wave.ID)
		f.ok(err)
		f.equal("deleted", gone, wave)
		f.trashed(wave.Picture.Blob)
		_, err = f.ApplicationEmoji(ctx, wave.ID)
		f.is(err, store.ErrNotFound)
		all, err := f.ApplicationEmojis(ctx, app)
		f.ok(err)
		f.equal("left", all, []store.ApplicationEmoji{bye})
		_, err = f.DeleteUser(ctx, app)
		f.ok(err)
		_, err = f.ApplicationEmoji(ctx, bye.ID)
		f.is(err, store.ErrNotFound)
		f.equal("blobs", f.named(10), []string{})
		f.sound("the application is gone")
	}},
	{"an application has as many emoji as it may, and none of one name, also when they are made at once", func(f *fixture) {
		app := f.application(f.person("ada").ID, "one")
		errs := together(writers, func(i int) error {
			_, err := f.CreateApplicationEmoji(f.Context(), store.ApplicationEmoji{ID: f.id(), ApplicationID: app, Name: fmt.Sprint("e", i)}, 5)
			return err
		})
		f.equal("made", f.wins(errs, func(err error) { f.limit(err, 5) }), 5)
		second := f.application(f.person("bob").ID, "two")
		errs = together(writers, func(int) error {
			_, err := f.CreateApplicationEmoji(f.Context(), store.ApplicationEmoji{ID: f.id(), ApplicationID: second, Name: "same"}, 50)
			return err
		})
		f.equal("of one name", f.wins(errs, func(err error) { f.conflict(err, "name") }), 1)
	}},
}
