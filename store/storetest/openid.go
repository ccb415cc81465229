package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// newProvider is a provider with everything that one can have.
func newProvider(key string) store.OpenIDProvider {
	return store.OpenIDProvider{
		Key: key, Name: "Our <Org> 🎉", Issuer: "https://" + key + ".example/realm", ClientID: "guildhall", SealedSecret: []byte{0, 1, 255}, Scopes: []string{"email", "groups"}, GroupsClaim: "groups",
		GroupRoles: []store.GroupRole{{Group: "staff, all", GuildID: 7, RoleID: 8}, {Group: "staff, all", GuildID: 9, RoleID: 10}}, Accounts: store.OpenIDInviteAccounts,
		EmailDomains: []string{"example.org", "example.com"}, CreatedAt: birthday,
	}
}

func newIdentity(user store.User, issuer, subject string) store.Identity {
	return store.Identity{Issuer: issuer, Subject: subject, UserID: user.ID, Label: "Ada <ada@example.org>", LinkedAt: birthday, UsedAt: birthday.Add(time.Hour)}
}

// manyLinks is more than any test links.
const manyLinks = 100

var openIDTests = []test{
	{"providers are read as they were stored, in the order of their keys", func(f *fixture) {
		ctx := f.Context()
		none, err := f.OpenIDProviders(ctx)
		f.ok(err)
		f.equal("none", none, []store.OpenIDProvider{})
		b, a := newProvider("b-2"), store.OpenIDProvider{Key: "a", Name: "Bare", Issuer: "https://bare.example", ClientID: "x", Accounts: store.OpenIDNoAccounts, CreatedAt: birthday}
		for _, one := range []store.OpenIDProvider{b, a} {
			f.ok(f.CreateOpenIDProvider(ctx, one, 2))
			got, err := f.OpenIDProvider(ctx, one.Key)
			f.ok(err)
			f.equal("what is read", got, one)
		}
		all, err := f.OpenIDProviders(ctx)
		f.ok(err)
		f.equal("all", all, []store.OpenIDProvider{a, b})
		_, err = f.OpenIDProvider(ctx, "c")
		f.is(err, store.ErrNotFound)
		f.sound("providers were made")
	}},
	{"keys and issuers of providers are their own, and there are no more than may be", func(f *fixture) {
		ctx := f.Context()
		f.ok(f.CreateOpenIDProvider(ctx, newProvider("a"), 2))
		same := newProvider("a")
		same.Issuer = "https://other.example"
		f.conflict(f.CreateOpenIDProvider(ctx, same, 2), "key")
		same.Key, same.Issuer = "b", newProvider("a").Issuer
		f.conflict(f.CreateOpenIDProvider(ctx, same, 2), "issuer")
		errs := together(writers, func(i int) error { return f.CreateOpenIDProvider(ctx, newProvider(fmt.Sprint("c", i)), 2) })
		f.equal("one more", f.wins(errs, func(err error) { f.limit(err, 2) }), 1)
	}},
	{"a provider changes but for what never changes, or not at all", func(f *fixture) {
		ctx, before := f.Context(), newProvider("a")
		f.ok(f.CreateOpenIDProvider(ctx, before, 1))
		want := before
		want.Name, want.ClientID, want.SealedSecret, want.Scopes, want.GroupsClaim, want.GroupRoles, want.Accounts, want.EmailDomains = "New", "new", nil, []string{"profile"}, "", nil, store.OpenIDOpenAccounts, nil
		got, err := f.UpdateOpenIDProvider(ctx, "a", func(provider *store.OpenIDProvider) error {
			f.equal("what is changed", *provider, before)
			*provider = want
			provider.Key, provider.Issuer, provider.CreatedAt = "b", "https://evil.example", birthday.Add(time.Hour)
			return nil
		})
		f.ok(err)
		f.equal("the result", got, want)
		failure := errors.New("no")
		_, err = f.UpdateOpenIDProvider(ctx, "a", func(provider *store.OpenIDProvider) error { provider.Name = "x"; return failure })
		f.asItIs(err, failure)
		got, err = f.OpenIDProvider(ctx, "a")
		f.ok(err)
		f.equal("what is read", got, want)
		_, err = f.UpdateOpenIDProvider(ctx, "b", func(*store.OpenIDProvider) error { return nil })
		f.is(err, store.ErrNotFound)
	}},
	{"a provider goes, and who people are there stays", func(f *fixture) {
		ctx, provider, ada := f.Context(), newProvider("a"), f.person("ada")
		f.ok(f.CreateOpenIDProvider(ctx, provider, 1))
		f.ok(f.LinkIdentity(ctx, newIdentity(ada, provider.Issuer, "1"), manyLinks))
		f.ok(f.DeleteOpenIDProvider(ctx, "a"))
		f.is(f.DeleteOpenIDProvider(ctx, "a"), store.ErrNotFound)
		_, err := f.OpenIDProvider(ctx, "a")
		f.is(err, store.ErrNotFound)
		_, err = f.Identity(ctx, provider.Issuer, "1")
		f.ok(err)
		f.ok(f.CreateOpenIDProvider(ctx, provider, 1))
		f.sound("a provider went and came")
	}},
	{"who somebody is at a provider is found both ways, and is known by issuer and subject together", func(f *fixture) {
		ctx, ada, bob := f.Context(), f.person("ada"), f.person("bob")
		first, second := newIdentity(ada, "https://a.example", "1"), newIdentity(ada, "https://a.example/1", "")
		second.LinkedAt, second.UsedAt, second.Label = birthday.Add(time.Minute), time.Time{}, ""
		third := newIdentity(bob, "https://a.example", "2")
		for _, one := range []store.Identity{second, first, third} {
			f.ok(f.LinkIdentity(ctx, one, manyLinks))
			got, err := f.Identity(ctx, one.Issuer, one.Subject)
			f.ok(err)
			f.equal("what is read", got, one)
		}
		for userID, want := range map[id.ID][]store.Identity{ada.ID: {first, second}, bob.ID: {third}, 12345: {}} {
			got, err := f.Identities(ctx, userID)
			f.ok(err)
			f.equal("those of an account", got, want)
		}
		for _, other := range [][2]string{{"https://a.example", "3"}, {"https://a.exampl", "e1"}, {"https://A.example", "1"}, {"", ""}} {
			_, err := f.Identity(ctx, other[0], other[1])
			f.is(err, store.ErrNotFound)
		}
		f.sound("identities were linked")
	}},
	{"an identity is linked once, to an account that is there and not a bot's, which has no more than it may", func(f *fixture) {
		ctx, ada := f.Context(), f.person("ada")
		var people []store.User
		for i := range writers {
			people = append(people, f.person(fmt.Sprint("user", i)))
		}
		errs := together(writers, func(i int) error {
			return f.LinkIdentity(ctx, newIdentity(people[i], "https://a.example", "1"), manyLinks)
		})
		f.equal("winners", f.wins(errs, func(err error) { f.conflict(err, "identity") }), 1)
		robot := store.User{ID: f.id(), Username: "robot", Bot: true, Locale: "en-US"}
		f.ok(f.CreateBot(ctx, store.Bot{UserID: robot.ID, OwnerID: ada.ID}, robot))
		for _, user := range []store.User{robot, {ID: 12345}} {
			f.is(f.LinkIdentity(ctx, newIdentity(user, "https://a.example", "2"), manyLinks), store.ErrNotFound)
		}
		errs = together(writers, func(i int) error { return f.LinkIdentity(ctx, newIdentity(ada, "https://b.example", fmt.Sprint(i)), 3) })
		f.equal("as many as it may", f.wins(errs, func(err error) { f.limit(err, 3) }), 3)
		f.sound("identities were linked")
	}},
	{"an account, who it is elsewhere and its place in a guild come at once, or not at all", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		invite := store.Invite{Code: "once", GuildID: channel.GuildID, ChannelID: channel.ID, CreatedAt: birthday, MaxUses: 1}
		f.ok(f.CreateInvite(ctx, invite))
		member := store.Member{GuildID: channel.GuildID, JoinedAt: birthday}
		bob := newPerson(f.id(), "bob")
		bob.PasswordHash = ""
		identity := newIdentity(bob, "https://a.example", "1")
		f.ok(f.RegisterIdentity(ctx, bob, identity, "once", member, birthday))
		got, err := f.Identity(ctx, identity.Issuer, "1")
		f.ok(err)
		f.equal("the identity", got, identity)
		_, err = f.Member(ctx, channel.GuildID, bob.ID)
		f.ok(err)

		carol := newPerson(f.id(), "carol")
		f.conflict(f.RegisterIdentity(ctx, carol, identity, "", member, birthday), "identity")
		spent := f.RegisterIdentity(ctx, carol, newIdentity(carol, "https://a.example", "2"), "once", member, birthday)
		f.is(spent, store.ErrSpent)
		taken := carol
		taken.Username = "bob"
		f.conflict(f.RegisterIdentity(ctx, taken, newIdentity(carol, "https://a.example", "2"), "", member, birthday), "username")
		_, err = f.User(ctx, carol.ID)
		f.is(err, store.ErrNotFound)
		_, err = f.Identity(ctx, identity.Issuer, "2")
		f.is(err, store.ErrNotFound)

		f.ok(f.RegisterIdentity(ctx, carol, newIdentity(store.User{ID: 99}, "https://a.example", "2"), "", store.Member{}, birthday))
		got, err = f.Identity(ctx, identity.Issuer, "2")
		f.ok(err)
		f.equal("whose it is", got.UserID, carol.ID)
		guilds, err := f.UserGuilds(ctx, carol.ID)
		f.ok(err)
		f.equal("guilds without an invite", len(guilds), 0)
		f.sound("accounts were registered")
	}},
	{"it is noted when somebody signed in", func(f *fixture) {
		ctx, ada := f.Context(), f.person("ada")
		identity := newIdentity(ada, "https://a.example", "1")
		f.ok(f.LinkIdentity(ctx, identity, manyLinks))
		identity.Label, identity.UsedAt = "new", birthday.Add(24*time.Hour)
		f.ok(f.UseIdentity(ctx, identity.Issuer, "1", "new", identity.UsedAt))
		got, err := f.Identity(ctx, identity.Issuer, "1")
		f.ok(err)
		f.equal("what is read", got, identity)
		f.is(f.UseIdentity(ctx, identity.Issuer, "2", "x", birthday), store.ErrNotFound)
	}},
	{"an identity is unlinked by its own account alone, and where that is allowed", func(f *fixture) {
		ctx, ada, bob := f.Context(), f.person("ada"), f.person("bob")
		first, second := newIdentity(ada, "https://a.example", "1"), newIdentity(ada, "https://b.example", "1")
		f.ok(f.LinkIdentity(ctx, first, manyLinks))
		f.ok(f.LinkIdentity(ctx, second, manyLinks))
		always := func(store.User, []store.Identity) error { return nil }
		f.is(f.UnlinkIdentity(ctx, bob.ID, first.Issuer, "1", always), store.ErrNotFound)
		f.is(f.UnlinkIdentity(ctx, ada.ID, first.Issuer, "2", always), store.ErrNotFound)
		refusal := errors.New("no")
		f.asItIs(f.UnlinkIdentity(ctx, ada.ID, first.Issuer, "1", func(user store.User, left []store.Identity) error {
			f.equal("the account", user, ada)
			f.equal("what would be left", left, []store.Identity{second})
			return refusal
		}), refusal)
		lastOne := func(_ store.User, left []store.Identity) error {
			if len(left) == 0 {
				return refusal
			}
			return nil
		}
		errs := together(2, func(i int) error {
			return f.UnlinkIdentity(ctx, ada.ID, []string{first.Issuer, second.Issuer}[i], "1", lastOne)
		})
		f.equal("of both at once", f.wins(errs, func(err error) { f.asItIs(err, refusal) }), 1)
		left, err := f.Identities(ctx, ada.ID)
		f.ok(err)
		f.equal("left", len(left), 1)
		f.ok(f.LinkIdentity(ctx, newIdentity(bob, []string{first.Issuer, second.Issuer}[slices.Index(errs, nil)], "1"), manyLinks))
		f.sound("identities were unlinked")
	}},
	{"identities go with the account", func(f *fixture) {
		ctx, ada, bob := f.Context(), f.person("ada"), f.person("bob")
		f.ok(f.LinkIdentity(ctx, newIdentity(ada, "https://a.example", "1"), manyLinks))
		f.ok(f.LinkIdentity(ctx, newIdentity(bob, "https://a.example", "2"), manyLinks))
		_, err := f.DeleteUser(ctx, ada.ID)
		f.ok(err)
		_, err = f.Identity(ctx, "https://a.example", "1")
		f.is(err, store.ErrNotFound)
		f.ok(f.LinkIdentity(ctx, newIdentity(bob, "https://a.example", "1"), manyLinks))
		f.sound("an account is gone")
	}},
}
