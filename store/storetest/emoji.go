package storetest

import (
	"errors"
	"fmt"
	"math"

	"guildhall/store"
	"guildhall/store/id"
)

// emoji stores an emoji of a guild.
func (f *fixture) emoji(guildID id.ID, name string, roleIDs ...id.ID) store.GuildEmoji {
	f.Helper()
	emoji, err := f.CreateEmoji(f.Context(), store.GuildEmoji{ID: f.id(), GuildID: guildID, CreatorID: 7, Name: name, RoleIDs: roleIDs, Picture: f.still(name)}, 50)
	f.ok(err)
	return emoji
}

// still makes a picture that does not move, under a key of its own.
func (f *fixture) still(content string) *store.Picture {
	return &store.Picture{File: f.newFile(content)}
}

// moving makes one that does.
func (f *fixture) moving(content string) *store.Picture {
	return &store.Picture{File: f.newFile(content), Animated: true}
}

// emojis gives a guild's emoji.
func (f *fixture) emojis(guildID id.ID) []store.GuildEmoji {
	f.Helper()
	emojis, err := f.GuildEmojis(f.Context(), guildID)
	f.ok(err)
	return emojis
}

var emojiTests = []test{
	{"emoji come back as they were stored, in order, by their guild and by themselves", func(f *fixture) {
		ctx, guildID, other := f.Context(), f.room().GuildID, f.guild(f.person("bob").ID)
		first, second := f.role(guildID, "first"), f.role(guildID, "second")
		full := store.GuildEmoji{ID: math.MaxInt64, GuildID: guildID, CreatorID: math.MaxInt64, Name: "party_parrot", RoleIDs: []id.ID{first.ID, second.ID}, Picture: f.moving("parrot")}
		given := full
		given.RoleIDs = []id.ID{second.ID, first.ID, second.ID}
		stored, err := f.CreateEmoji(ctx, given, 50)
		f.ok(err)
		f.equal("the result", stored, full)
		bare := f.emoji(guildID, "wave")
		f.emoji(other.ID, "wave")
		f.equal("emoji", f.emojis(guildID), []store.GuildEmoji{bare, full})
		for _, want := range []store.GuildEmoji{bare, full} {
			got, err := f.Emoji(ctx, want.ID)
			f.ok(err)
			f.equal("emoji", got, want)
		}
		_, err = f.CreateEmoji(ctx, store.GuildEmoji{ID: bare.ID, GuildID: guildID, Name: "again"}, 50)
		f.conflict(err, "id")
		_, err = f.CreateEmoji(ctx, store.GuildEmoji{ID: bare.ID, GuildID: other.ID, Name: "again"}, 50)
		f.conflict(err, "id")
		_, err = f.Emoji(ctx, 1)
		f.is(err, store.ErrNotFound)
		greatest, err := f.GreatestID(ctx)
		f.ok(err)
		f.equal("greatest id", greatest, id.ID(math.MaxInt64))
	}},
	{"an emoji needs its guild, and roles that are the guild's", func(f *fixture) {
		ctx, guildID, other := f.Context(), f.room().GuildID, f.guild(f.person("bob").ID)
		foreign, own := f.role(other.ID, "foreign"), f.role(guildID, "own")
		for _, wrong := range []store.GuildEmoji{{ID: f.id(), GuildID: 1}, {ID: f.id(), GuildID: guildID, RoleIDs: []id.ID{own.ID, foreign.ID}}, {ID: f.id(), GuildID: guildID, RoleIDs: []id.ID{1}}} {
			_, err := f.CreateEmoji(ctx, wrong, 50)
			f.is(err, store.ErrNotFound)
			_, err = f.Emoji(ctx, wrong.ID)
			f.is(err, store.ErrNotFound)
		}
		emoji := f.emoji(guildID, "wave", own.ID)
		_, err := f.UpdateEmoji(ctx, guildID, emoji.ID, func(e *store.GuildEmoji) error { e.Name, e.RoleIDs = "bye", []id.ID{foreign.ID}; return nil })
		f.is(err, store.ErrNotFound)
		f.equal("emoji", f.emojis(guildID), []store.GuildEmoji{emoji})
	}},
	{"there are as many emoji of a kind as there may be, also when they are made at once", func(f *fixture) {
		ctx, guildID := f.Context(), f.room().GuildID
		f.emoji(guildID, "still")
		moving := make([]store.GuildEmoji, writers)
		for i := range moving {
			moving[i] = store.GuildEmoji{ID: f.id(), GuildID: guildID, Name: "parrot", Picture: f.moving(fmt.Sprint("parrot", i))}
		}
		errs := together(writers, func(i int) error { _, err := f.CreateEmoji(ctx, moving[i], 3); return err })
		f.equal("made", f.wins(errs, func(err error) { f.limit(err, 3) }), 3)
		f.equal("all", len(f.emojis(guildID)), 4)
		_, err := f.CreateEmoji(ctx, store.GuildEmoji{ID: f.id(), GuildID: guildID, Name: "still"}, 2)
		f.ok(err)
	}},
	{"an emoji is renamed and given to other roles, and nothing else of it changes", func(f *fixture) {
		ctx, guildID, other := f.Context(), f.room().GuildID, f.guild(f.person("bob").ID)
		first, second := f.role(guildID, "first"), f.role(guildID, "second")
		emoji := f.emoji(guildID, "wave", first.ID)
		roles := []id.ID{second.ID, first.ID, second.ID}
		got, err := f.UpdateEmoji(ctx, guildID, emoji.ID, func(e *store.GuildEmoji) error {
			e.ID, e.GuildID, e.CreatorID, e.Picture, e.Name, e.RoleIDs = 1, other.ID, 3, nil, "bye", roles
			return nil
		})
		f.ok(err)
		roles[1] = 9
		emoji.Name, emoji.RoleIDs = "bye", []id.ID{first.ID, second.ID}
		f.equal("the result", got, emoji)
		f.equal("emoji", f.emojis(guildID), []store.GuildEmoji{emoji})
		refused := errors.New("no")
		_, err = f.UpdateEmoji(ctx, guildID, emoji.ID, func(e *store.GuildEmoji) error { e.Name, e.RoleIDs[0] = "thief", 9; return refused })
		f.asItIs(err, refused)
		for _, place := range [][2]id.ID{{other.ID, emoji.ID}, {guildID, 1}, {1, emoji.ID}} {
			_, err := f.UpdateEmoji(ctx, place[0], place[1], func(e *store.GuildEmoji) error { e.Name = "thief"; return nil })
			f.is(err, store.ErrNotFound)
			_, err = f.DeleteEmoji(ctx, place[0], place[1])
			f.is(err, store.ErrNotFound)
		}
		f.equal("emoji", f.emojis(guildID), []store.GuildEmoji{emoji})
	}},
	{"a deleted emoji is gone, and what people reacted with stays", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		role := f.role(channel.GuildID, "knight")
		kept, emoji := f.emoji(channel.GuildID, "kept", role.ID), f.emoji(channel.GuildID, "wave", role.ID)
		message, reader := f.post(channel, "hello")[0], f.owner(channel)
		f.react(message, reader, emoji.Emoji())
		got, err := f.DeleteEmoji(ctx, channel.GuildID, emoji.ID)
		f.ok(err)
		f.equal("the result", got, emoji)
		_, err = f.DeleteEmoji(ctx, channel.GuildID, emoji.ID)
		f.is(err, store.ErrNotFound)
		_, err = f.Emoji(ctx, emoji.ID)
		f.is(err, store.ErrNotFound)
		f.equal("emoji", f.emojis(channel.GuildID), []store.GuildEmoji{kept})
		reactions, err := f.Reactions(ctx, channel.ID, []id.ID{message.ID}, reader)
		f.ok(err)
		f.equal("reactions", reactions[message.ID], []store.Reaction{{Emoji: store.Emoji{ID: emoji.ID, Name: "wave"}, Count: 1, Me: true}})
	}},
	{"a deleted role leaves the emoji that were for it, and the last one leaves them to everybody", func(f *fixture) {
		guildID := f.room().GuildID
		kept, role, last := f.role(guildID, "kept"), f.role(guildID, "gone"), f.role(guildID, "last")
		several, alone, other := f.emoji(guildID, "several", kept.ID, role.ID, last.ID), f.emoji(guildID, "alone", role.ID), f.emoji(guildID, "other", kept.ID)
		_, err := f.DeleteRole(f.Context(), guildID, role.ID)
		f.ok(err)
		several.RoleIDs, alone.RoleIDs = []id.ID{kept.ID, last.ID}, nil
		f.equal("emoji", f.emojis(guildID), []store.GuildEmoji{several, alone, other})
	}},
	{"no emoji is for a role that is deleted meanwhile", func(f *fixture) {
		ctx, guildID := f.Context(), f.room().GuildID
		role := f.role(guildID, "knight")
		emoji := make([]store.GuildEmoji, writers)
		for i := range emoji {
			emoji[i] = f.emoji(guildID, "wave")
		}
		fresh := f.id()
		errs := together(writers, func(i int) error {
			switch i {
			case writers / 2:
				_, err := f.DeleteRole(ctx, guildID, role.ID)
				return err
			case 0:
				_, err := f.CreateEmoji(ctx, store.GuildEmoji{ID: fresh, GuildID: guildID, Name: "fresh", RoleIDs: []id.ID{role.ID}}, 50)
				return err
			}
			_, err := f.UpdateEmoji(ctx, guildID, emoji[i].ID, func(e *store.GuildEmoji) error { e.RoleIDs = []id.ID{role.ID}; return nil })
			return err
		})
		f.ok(errs[writers/2])
		f.wins(errs, func(err error) { f.is(err, store.ErrNotFound) })
		for _, one := range f.emojis(guildID) {
			f.equal("roles", one.RoleIDs, []id.ID{})
		}
	}},
	{"an emoji that is changed and deleted at once is changed before, or not at all", func(f *fixture) {
		ctx, guildID := f.Context(), f.room().GuildID
		emoji := f.emoji(guildID, "wave")
		errs := together(writers, func(i int) error {
			if i%4 == 0 {
				_, err := f.DeleteEmoji(ctx, guildID, emoji.ID)
				return err
			}
			_, err := f.UpdateEmoji(ctx, guildID, emoji.ID, func(e *store.GuildEmoji) error { e.Name += "_"; return nil })
			return err
		})
		f.wins(errs, func(err error) { f.is(err, store.ErrNotFound) })
		deleted := 0
		for i := 0; i < writers; i += 4 {
			if errs[i] == nil {
				deleted++
			}
		}
		f.equal("deleted", deleted, 1)
		f.equal("emoji", f.emojis(guildID), []store.GuildEmoji{})
	}},
	{"an emoji's picture is kept once for all that show it, and goes with the last", func(f *fixture) {
		ctx, guildID, other := f.Context(), f.room().GuildID, f.guild(f.person("bob").ID)
		first, second := f.emoji(guildID, "wave"), f.emoji(guildID, "wave")
		third := f.emoji(other.ID, "wave")
		kept := first.Picture.Blob
		f.equal("keys", []string{second.Picture.Blob, third.Picture.Blob}, []string{kept, kept})
		brought, err := f.ListTrash(ctx, 10)
		f.ok(err)
		f.equal("brought in vain", len(brought), 2)
		refused := f.still("refused")
		_, err = f.CreateEmoji(ctx, store.GuildEmoji{ID: f.id(), GuildID: guildID, Name: "full", Picture: refused}, 2)
		f.limit(err, 2)
		known, err := f.KnownBlobs(ctx, []string{refused.Blob})
		f.ok(err)
		f.equal("what a refused emoji would have shown", known, []string{})
		_, err = f.UpdateEmoji(ctx, guildID, first.ID, func(e *store.GuildEmoji) error { e.Name, e.Picture = "bye", f.still("other"); return nil })
		f.ok(err)
		for _, one := range []store.GuildEmoji{first, second} {
			_, err := f.DeleteEmoji(ctx, guildID, one.ID)
			f.ok(err)
		}
		f.trashed(brought...)
		f.sound("one shows it still")
		f.ok(f.DeleteGuild(ctx, other.ID))
		f.trashed(append(brought, kept)...)
		f.sound("nobody shows it")
	}},
	{"a deleted guild takes its emoji along", func(f *fixture) {
		ctx, guildID := f.Context(), f.room().GuildID
		emoji := f.emoji(guildID, "wave", f.role(guildID, "knight").ID)
		f.ok(f.DeleteGuild(ctx, guildID))
		_, err := f.Emoji(ctx, emoji.ID)
		f.is(err, store.ErrNotFound)
		f.equal("emoji", f.emojis(guildID), []store.GuildEmoji{})
		_, err = f.CreateEmoji(ctx, store.GuildEmoji{ID: f.id(), GuildID: guildID, Name: "wave"}, 50)
		f.is(err, store.ErrNotFound)
		f.sound("the guild was deleted")
	}},
}
