package storetest

import "guildhall/store"

var guestTests = []test{
	{"guests are found until they take an account or go", func(f *fixture) {
		ctx := f.Context()
		f.person("ada")
		var guests []store.User
		for _, name := range []string{"guest1", "guest2", "guest3"} {
			guest := store.User{ID: f.id(), Username: name, GlobalName: "Visitor", Locale: "en-US", Guest: true}
			f.ok(f.CreateUser(ctx, guest))
			guests = append(guests, guest)
			f.person("not-" + name)
		}
		expect := func(want ...store.User) {
			f.Helper()
			found, err := f.Guests(ctx, 0, 10)
			f.ok(err)
			f.equal("guests", found, append([]store.User{}, want...))
			f.sound("guests came and went")
		}
		expect(guests...)
		page, err := f.Guests(ctx, guests[0].ID, 1)
		f.ok(err)
		f.equal("a page", page, guests[1:2])
		page, err = f.Guests(ctx, 0, 0)
		f.ok(err)
		f.equal("no page", page, []store.User{})
		_, err = f.UpdateUser(ctx, guests[1].ID, func(user *store.User) error { user.Guest, user.Username = false, "bob"; return nil })
		f.ok(err)
		expect(guests[0], guests[2])
		_, err = f.DeleteUser(ctx, guests[0].ID)
		f.ok(err)
		expect(guests[2])
	}},
}
