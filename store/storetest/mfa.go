package storetest

import (
	"bytes"
	"errors"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// fullFactor is all that an account can have.
func (f *fixture) fullFactor() store.TwoFactor {
	return store.TwoFactor{
		Secret: []byte{0, 1, 254, 255}, LastStep: 1 << 40, RecoveryHashes: [][]byte{bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)},
		Passkeys: []store.Passkey{
			{ID: f.id(), Name: "Ada's <key> 🎉", RPID: "localhost", CredentialID: []byte{0, 9, 255}, PublicKey: []byte{5, 0}, SignCount: 1<<32 - 1, Flags: 0x5d, AAGUID: bytes.Repeat([]byte{7}, 16),
				Transports: []string{"internal", "hybrid"}, CreatedAt: birthday, UsedAt: birthday.Add(time.Hour)},
			{ID: f.id(), Name: "Other", RPID: "hall.local", CredentialID: []byte{1}, PublicKey: []byte{2}, CreatedAt: birthday},
		},
	}
}

// protect gives an account all that it can have.
func (f *fixture) protect(account store.User) store.TwoFactor {
	f.Helper()
	full := f.fullFactor()
	full.UserID = account.ID
	got, user, err := f.UpdateTwoFactor(f.Context(), account.ID, func(factor *store.TwoFactor) error { *factor = full; return nil })
	f.ok(err)
	f.equal("the result", got, full)
	account.MFA = true
	f.equal("the account", user, account)
	return full
}

var mfaTests = []test{
	{"second factors are read as they were stored, and the account says that it has one", func(f *fixture) {
		ctx, ada := f.Context(), f.person("ada")
		nothing, err := f.TwoFactor(ctx, ada.ID)
		f.ok(err)
		f.equal("nothing", nothing, store.TwoFactor{UserID: ada.ID})
		full := f.protect(ada)
		got, err := f.TwoFactor(ctx, ada.ID)
		f.ok(err)
		f.equal("what is read", got, full)
		user, err := f.User(ctx, ada.ID)
		f.ok(err)
		f.equal("mfa", user.MFA, true)
		f.sound("an account was protected")
		greatest, err := f.GreatestID(ctx)
		f.ok(err)
		if last := full.Passkeys[1].ID; greatest < last {
			f.Errorf("the greatest id is %d, below %d", greatest, last)
		}
	}},
	{"one of them is enough, and without any nothing is kept", func(f *fixture) {
		ctx, ada := f.Context(), f.person("ada")
		full := f.protect(ada)
		without := func(change func(*store.TwoFactor), want bool) {
			f.Helper()
			factor, user, err := f.UpdateTwoFactor(ctx, ada.ID, func(factor *store.TwoFactor) error { change(factor); return nil })
			f.ok(err)
			f.equal("on", []bool{factor.On(), user.MFA}, []bool{want, want})
		}
		without(func(factor *store.TwoFactor) { factor.Secret, factor.LastStep = nil, 0 }, true)
		without(func(factor *store.TwoFactor) { factor.Secret, factor.Passkeys = full.Secret, nil }, true)
		without(func(factor *store.TwoFactor) { factor.Secret = nil }, false)
		got, err := f.TwoFactor(ctx, ada.ID)
		f.ok(err)
		f.equal("what is left", got, store.TwoFactor{UserID: ada.ID})
		f.sound("the account is no longer protected")
	}},
	{"other changes of an account leave it, and cannot pretend it", func(f *fixture) {
		ctx, ada, bob := f.Context(), f.person("ada"), f.person("bob")
		f.protect(ada)
		for userID, want := range map[id.ID]bool{ada.ID: true, bob.ID: false} {
			got, err := f.UpdateUser(ctx, userID, func(u *store.User) error { u.MFA = !u.MFA; u.Bio = "x"; return nil })
			f.ok(err)
			f.equal("mfa", got.MFA, want)
		}
		carol := newPerson(f.id(), "carol")
		carol.MFA = true
		f.ok(f.CreateUser(ctx, carol))
		got, err := f.User(ctx, carol.ID)
		f.ok(err)
		f.equal("mfa of a new account", got.MFA, false)
		f.sound("accounts were changed")
	}},
	{"a failed change changes nothing, and there is none for bots and nobody", func(f *fixture) {
		ctx, ada := f.Context(), f.person("ada")
		full := f.protect(ada)
		failure := errors.New("no")
		_, _, err := f.UpdateTwoFactor(ctx, ada.ID, func(factor *store.TwoFactor) error { *factor = store.TwoFactor{}; return failure })
		f.asItIs(err, failure)
		got, err := f.TwoFactor(ctx, ada.ID)
		f.ok(err)
		f.equal("what is read", got, full)
		robot := store.User{ID: f.id(), Username: "robot", Bot: true, Locale: "en-US"}
		f.ok(f.CreateBot(ctx, store.Bot{UserID: robot.ID, OwnerID: ada.ID}, robot))
		for _, user := range []store.User{robot, {ID: 12345}} {
			_, _, err = f.UpdateTwoFactor(ctx, user.ID, func(factor *store.TwoFactor) error { factor.Secret = []byte{1}; return nil })
			f.is(err, store.ErrNotFound)
		}
	}},
	{"of those who use one code at once exactly one succeeds", func(f *fixture) {
		ada := f.person("ada")
		f.protect(ada)
		const step = 1<<40 + 1
		errs := together(writers, func(int) error {
			_, _, err := f.UpdateTwoFactor(f.Context(), ada.ID, func(factor *store.TwoFactor) error {
				if factor.LastStep >= step {
					return store.ErrSpent
				}
				factor.LastStep = step
				return nil
			})
			return err
		})
		f.equal("winners", f.wins(errs, func(err error) { f.is(err, store.ErrSpent) }), 1)
	}},
	{"it goes with the account", func(f *fixture) {
		ctx, ada := f.Context(), f.person("ada")
		f.protect(ada)
		_, err := f.DeleteUser(ctx, ada.ID)
		f.ok(err)
		got, err := f.TwoFactor(ctx, ada.ID)
		f.ok(err)
		f.equal("what is left", got, store.TwoFactor{UserID: ada.ID})
		f.sound("the account is gone")
	}},
}
