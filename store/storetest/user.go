package storetest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

var userTests = []test{
	{"an account is read as it was stored, to the last bit", func(f *fixture) {
		for i, user := range []store.User{
			{
				ID: math.MaxInt64, Username: "ada", GlobalName: "Ada 👩‍💻 عادة", Email: "ada@example.org", PasswordHash: "$argon2id$…", Disabled: true,
				Flags: 1<<63 | 1, Locale: "de-CH", PasswordChangedAt: birthday,
				Avatar: f.picture("avatar"), Banner: f.picture("banner"), AccentColor: new(int), Guest: true, Bio: "héllo 🎉", Pronouns: "they/them",
				ResetHash: []byte{0, 255}, ResetExpires: birthday.Add(time.Hour), StreamKeyHash: []byte{255, 0},
			},
			{ID: math.MaxInt64 - 1, Username: "Echo Bot", Bot: true, Flags: math.MaxUint64},
			{ID: 1, Username: "x1"},
		} {
			f.ok(f.CreateUser(f.Context(), user))
			got, err := f.User(f.Context(), user.ID)
			f.ok(err)
			f.equal(fmt.Sprint("account ", i), got, user)
		}
		_, err := f.User(f.Context(), 2)
		f.is(err, store.ErrNotFound)
	}},
	{"names, addresses and ids are taken once", func(f *fixture) {
		ada := newPerson(f.id(), "ada")
		ada.Email = "ada@example.org"
		f.ok(f.CreateUser(f.Context(), ada))

		f.conflict(f.CreateUser(f.Context(), newPerson(f.id(), "ada")), "username")
		twin := newPerson(f.id(), "ada2")
		twin.Email = ada.Email
		f.conflict(f.CreateUser(f.Context(), twin), "email")
		f.conflict(f.CreateUser(f.Context(), newPerson(ada.ID, "bob")), "id")
		for _, login := range []string{"ada2", "bob"} {
			_, err := f.PersonByLogin(f.Context(), login)
			f.is(err, store.ErrNotFound)
		}

		f.person("bob") // like carol without an address: that is no address in common
		f.person("carol")
		f.person("adá")
	}},
	{"bots have names of their own, kept as they are written", func(f *fixture) {
		f.person("echo")
		f.ok(f.CreateUser(f.Context(), store.User{ID: f.id(), Username: "echo", Bot: true}))
		f.ok(f.CreateUser(f.Context(), store.User{ID: f.id(), Username: "Echo", Bot: true}))
		f.conflict(f.CreateUser(f.Context(), store.User{ID: f.id(), Username: "Echo", Bot: true}), "username")
		got, err := f.PersonByLogin(f.Context(), "echo")
		f.ok(err)
		f.equal("bot", got.Bot, false)
		_, err = f.PersonByLogin(f.Context(), "Echo")
		f.is(err, store.ErrNotFound)
	}},
	{"a person is found by name and by address", func(f *fixture) {
		ada := newPerson(f.id(), "ada")
		ada.Email = "countess@example.org"
		f.ok(f.CreateUser(f.Context(), ada))
		for _, login := range []string{"ada", "countess@example.org"} {
			got, err := f.PersonByLogin(f.Context(), login)
			f.ok(err)
			f.equal("account", got, ada)
		}
		for _, login := range []string{"", "ad", "adaa", "Ada", "countess", "example.org"} {
			_, err := f.PersonByLogin(f.Context(), login)
			f.is(err, store.ErrNotFound)
		}
	}},
	{"a renamed account gives its old name and address free", func(f *fixture) {
		ada := f.person("ada")
		rename := func(name, email string) (store.User, error) {
			return f.UpdateUser(f.Context(), ada.ID, func(user *store.User) error {
				user.Username, user.Email, user.PasswordChangedAt = name, email, birthday.Add(time.Hour+999*time.Microsecond)
				return nil
			})
		}
		got, err := rename("lovelace", "ada@example.org")
		f.ok(err)
		want := ada
		want.Username, want.Email, want.PasswordChangedAt = "lovelace", "ada@example.org", birthday.Add(time.Hour)
		f.equal("the result", got, want)
		read, err := f.User(f.Context(), ada.ID)
		f.ok(err)
		f.equal("what is read", read, want)
		_, err = f.PersonByLogin(f.Context(), "ada")
		f.is(err, store.ErrNotFound)
		_, err = f.PersonByLogin(f.Context(), "lovelace")
		f.ok(err)
		_, err = rename("lovelace", "")
		f.ok(err)
		_, err = f.PersonByLogin(f.Context(), "ada@example.org")
		f.is(err, store.ErrNotFound)

		other := newPerson(f.id(), "ada")
		other.Email = "ada@example.org"
		f.ok(f.CreateUser(f.Context(), other))
	}},
	{"an update to a taken name or address changes nothing", func(f *fixture) {
		ada, bob := newPerson(f.id(), "ada"), f.person("bob")
		ada.Email = "ada@example.org"
		f.ok(f.CreateUser(f.Context(), ada))
		_, err := f.UpdateUser(f.Context(), bob.ID, func(user *store.User) error { user.Username = "ada"; return nil })
		f.conflict(err, "username")
		_, err = f.UpdateUser(f.Context(), bob.ID, func(user *store.User) error { user.Username, user.Email = "bobby", ada.Email; return nil })
		f.conflict(err, "email")
		got, err := f.PersonByLogin(f.Context(), "bob")
		f.ok(err)
		f.equal("bob", got, bob)
		_, err = f.PersonByLogin(f.Context(), "bobby")
		f.is(err, store.ErrNotFound)
	}},
	{"an update whose change fails changes nothing, and some things cannot change", func(f *fixture) {
		ada, failure := f.person("ada"), errors.New("no")
		_, err := f.UpdateUser(f.Context(), ada.ID, func(user *store.User) error { user.Username = "eve"; return failure })
		f.asItIs(err, failure)
		got, err := f.UpdateUser(f.Context(), ada.ID, func(user *store.User) error { user.ID, user.Bot = 99, true; return nil })
		f.ok(err)
		f.equal("the result", got, ada)
		got, err = f.PersonByLogin(f.Context(), "ada")
		f.ok(err)
		f.equal("what is read", got, ada)
		_, err = f.UpdateUser(f.Context(), 99, func(*store.User) error { return nil })
		f.is(err, store.ErrNotFound)
	}},
	{"accounts are found by their ids, each once", func(f *fixture) {
		ada, bob := f.person("ada"), f.person("bob")
		f.person("carol")
		got, err := f.UsersByID(f.Context(), []id.ID{bob.ID, 12345, ada.ID, bob.ID})
		f.ok(err)
		slices.SortFunc(got, func(a, b store.User) int { return strings.Compare(a.Username, b.Username) })
		f.equal("accounts", got, []store.User{ada, bob})
		got, err = f.UsersByID(f.Context(), nil)
		f.ok(err)
		f.equal("accounts", got, []store.User{})
	}},
	{"accounts are listed page by page", func(f *fixture) {
		var want []store.User
		for i := range 7 {
			want = append(want, f.person(fmt.Sprint("user", 9-i)))
		}
		for limit := 1; limit <= 8; limit++ {
			var got []store.User
			for after := id.ID(0); ; {
				page, err := f.ListUsers(f.Context(), after, limit)
				f.ok(err)
				if len(page) > limit {
					f.Fatalf("%d accounts on a page of %d", len(page), limit)
				}
				if len(page) == 0 {
					break
				}
				got, after = append(got, page...), page[len(page)-1].ID
			}
			f.equal(fmt.Sprint("accounts by ", limit), got, want)
		}
	}},
	{"of concurrent accounts with one name exactly one is made", func(f *fixture) {
		errs := together(writers, func(int) error { return f.CreateUser(f.Context(), newPerson(f.id(), "ada")) })
		f.equal("winners", f.wins(errs, func(err error) { f.conflict(err, "username") }), 1)
		users, err := f.ListUsers(f.Context(), 0, 100)
		f.ok(err)
		f.equal("accounts", len(users), 1)
	}},
	{"concurrent updates lose nothing", func(f *fixture) {
		ada := f.person("ada")
		const each = 8
		for _, err := range together(writers, func(int) error {
			for range each {
				if _, err := f.UpdateUser(f.Context(), ada.ID, func(user *store.User) error { user.Flags++; return nil }); err != nil {
					return err
				}
			}
			return nil
		}) {
			f.ok(err)
		}
		got, err := f.User(f.Context(), ada.ID)
		f.ok(err)
		f.equal("count", got.Flags, uint64(writers*each))
	}},
	{"concurrent renames to one name have one winner, who has it alone", func(f *fixture) {
		users := make([]store.User, writers)
		for i := range users {
			users[i] = f.person(fmt.Sprint("user", i))
		}
		errs := together(writers, func(i int) error {
			_, err := f.UpdateUser(f.Context(), users[i].ID, func(user *store.User) error { user.Username = "king"; return nil })
			return err
		})
		f.equal("winners", f.wins(errs, func(err error) { f.conflict(err, "username") }), 1)
		king, err := f.PersonByLogin(f.Context(), "king")
		f.ok(err)
		for i, user := range users {
			_, err := f.PersonByLogin(f.Context(), user.Username)
			if user.ID == king.ID {
				f.is(err, store.ErrNotFound)
			} else if err != nil {
				f.Errorf("loser %d has no name any more: %v", i, err)
			}
		}
	}},
	{"registration makes the account and the membership in one step", func(f *fixture) {
		channel := f.room()
		invite := f.invite(channel, "welcome")
		user := newPerson(f.id(), "bob")
		got, err := f.RegisterUser(f.Context(), user, "welcome", store.Member{UserID: user.ID, JoinedAt: birthday}, birthday)
		f.ok(err)
		invite.Uses = 1
		f.equal("invite", got, invite)
		stored, err := f.PersonByLogin(f.Context(), "bob")
		f.ok(err)
		f.equal("account", stored, user)
		member, err := f.Member(f.Context(), channel.GuildID, user.ID)
		f.ok(err)
		f.equal("member", member, store.Member{GuildID: channel.GuildID, UserID: user.ID, JoinedAt: birthday})
	}},
	{"a registration that fails leaves nothing", func(f *fixture) {
		channel := f.room()
		f.ok(f.CreateInvite(f.Context(), store.Invite{Code: "spent", GuildID: channel.GuildID, ChannelID: channel.ID, CreatedAt: birthday, MaxAge: 60}))
		f.invite(channel, "good")
		register := func(name, code string) error {
			user := newPerson(f.id(), name)
			_, err := f.RegisterUser(f.Context(), user, code, store.Member{UserID: user.ID, JoinedAt: birthday}, birthday.Add(time.Minute))
			return err
		}
		f.is(register("bob", "unknown"), store.ErrNotFound)
		f.is(register("bob", "spent"), store.ErrSpent)
		f.conflict(register("ada", "good"), "username")
		_, err := f.PersonByLogin(f.Context(), "bob")
		f.is(err, store.ErrNotFound)
		count, err := f.CountMembers(f.Context(), channel.GuildID)
		f.ok(err)
		f.equal("members", count, 1)
		good, err := f.Invite(f.Context(), "good")
		f.ok(err)
		f.equal("uses", good.Uses, 0)
	}},
	{"no more people register than the invite has uses", func(f *fixture) {
		channel, uses := f.room(), 5
		f.ok(f.CreateInvite(f.Context(), store.Invite{Code: "few", GuildID: channel.GuildID, ChannelID: channel.ID, CreatedAt: birthday, MaxUses: uses}))
		errs := together(writers, func(i int) error {
			user := newPerson(f.id(), fmt.Sprint("guest", i))
			_, err := f.RegisterUser(f.Context(), user, "few", store.Member{UserID: user.ID, JoinedAt: birthday}, birthday)
			return err
		})
		f.equal("winners", f.wins(errs, func(err error) { f.is(err, store.ErrSpent) }), uses)
		users, err := f.ListUsers(f.Context(), 0, 100)
		f.ok(err)
		f.equal("accounts", len(users), 1+uses)
		count, err := f.CountMembers(f.Context(), channel.GuildID)
		f.ok(err)
		f.equal("members", count, 1+uses)
	}},
}
