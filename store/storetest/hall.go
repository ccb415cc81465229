package storetest

import (
	"errors"
	"math"
	"strconv"
	"time"

	"guildhall/store"
)

var hallTests = []test{
	{"a new store has the default hall", func(f *fixture) {
		hall, err := f.Hall(f.Context())
		f.ok(err)
		f.equal("hall", hall, store.Hall{Name: "Guildhall", Registration: store.RegistrationInvite, BotCreation: store.BotCreationEveryone})
		if hall.SetupHash != nil {
			f.Error("there is a set-up hash, though nobody made one")
		}
	}},
	{"an update is kept and given back", func(f *fixture) {
		owner := newPerson(math.MaxInt64, "ada")
		f.ok(f.CreateUser(f.Context(), owner))
		want := store.Hall{
			Name: "Tafelrunde 🏰", Registration: store.RegistrationOpen, OwnerID: owner.ID,
			SetupHash: []byte{0, 1, 254, 255}, SetupExpires: birthday, BotCreation: store.BotCreationNobody, Guests: true,
		}
		got, err := f.UpdateHall(f.Context(), func(hall *store.Hall) error {
			*hall = want
			hall.SetupExpires = birthday.Add(123 * time.Microsecond).In(time.FixedZone("somewhere", 3600))
			return nil
		})
		f.ok(err)
		f.equal("the result", got, want)
		read, err := f.Hall(f.Context())
		f.ok(err)
		f.equal("what is read", read, want)

		got, err = f.UpdateHall(f.Context(), func(hall *store.Hall) error {
			hall.SetupHash, hall.SetupExpires = nil, time.Time{}
			return nil
		})
		f.ok(err)
		if got.SetupHash != nil || !got.SetupExpires.IsZero() {
			f.Errorf("the set-up token is still there: %+v", got)
		}
	}},
	{"an update whose change fails changes nothing", func(f *fixture) {
		failure := errors.New("no")
		_, err := f.UpdateHall(f.Context(), func(hall *store.Hall) error {
			hall.Name = "changed"
			return failure
		})
		f.asItIs(err, failure)
		hall, err := f.Hall(f.Context())
		f.ok(err)
		f.equal("name", hall.Name, "Guildhall")
	}},
	{"concurrent updates lose nothing", func(f *fixture) {
		const each = 8
		_, err := f.UpdateHall(f.Context(), func(hall *store.Hall) error { hall.Name = "0"; return nil })
		f.ok(err)
		for _, err := range together(writers, func(int) error {
			for range each {
				if _, err := f.UpdateHall(f.Context(), func(hall *store.Hall) error {
					count, err := strconv.Atoi(hall.Name)
					hall.Name = strconv.Itoa(count + 1)
					return err
				}); err != nil {
					return err
				}
			}
			return nil
		}) {
			f.ok(err)
		}
		hall, err := f.Hall(f.Context())
		f.ok(err)
		f.equal("count", hall.Name, strconv.Itoa(writers*each))
	}},
	{"the set-up token claims the hall, once", func(f *fixture) {
		hash := []byte("the hash of the one-time token..")
		f.offerClaim(hash)
		owner := newPerson(f.id(), "ada")
		f.is(f.ClaimHall(f.Context(), owner, []byte("the hash of another token......."), birthday), store.ErrSpent)
		f.is(f.ClaimHall(f.Context(), owner, []byte{}, birthday), store.ErrSpent)
		f.is(f.ClaimHall(f.Context(), owner, hash, birthday.Add(time.Hour)), store.ErrSpent)
		_, err := f.User(f.Context(), owner.ID)
		f.is(err, store.ErrNotFound)

		f.ok(f.ClaimHall(f.Context(), owner, hash, birthday.Add(time.Hour-time.Millisecond)))
		hall, err := f.Hall(f.Context())
		f.ok(err)
		f.equal("owner", hall.OwnerID, owner.ID)
		if hall.SetupHash != nil || !hall.SetupExpires.IsZero() {
			f.Errorf("the token is not used up: %+v", hall)
		}
		stored, err := f.PersonByLogin(f.Context(), "ada")
		f.ok(err)
		f.equal("the owner's account", stored, owner)

		f.is(f.ClaimHall(f.Context(), newPerson(f.id(), "eve"), hash, birthday), store.ErrSpent)
		f.is(f.ClaimHall(f.Context(), newPerson(f.id(), "eve"), nil, birthday), store.ErrSpent)
		_, err = f.PersonByLogin(f.Context(), "eve")
		f.is(err, store.ErrNotFound)
	}},
	{"a hall without a set-up token is not claimable with one", func(f *fixture) {
		f.is(f.ClaimHall(f.Context(), newPerson(f.id(), "eve"), []byte{}, birthday), store.ErrSpent)
		f.is(f.ClaimHall(f.Context(), newPerson(f.id(), "eve"), []byte("guess"), birthday), store.ErrSpent)
	}},
	{"a claim without a token is the command line's way", func(f *fixture) {
		f.offerClaim([]byte("a token that nobody uses"))
		owner := newPerson(f.id(), "ada")
		f.ok(f.ClaimHall(f.Context(), owner, nil, birthday))
		hall, err := f.Hall(f.Context())
		f.ok(err)
		f.equal("owner", hall.OwnerID, owner.ID)
		if hall.SetupHash != nil {
			f.Error("the token that was offered still stands")
		}
	}},
	{"a claim with a taken name changes nothing", func(f *fixture) {
		hash := []byte("token")
		f.offerClaim(hash)
		f.person("ada")
		f.conflict(f.ClaimHall(f.Context(), newPerson(f.id(), "ada"), hash, birthday), "username")
		hall, err := f.Hall(f.Context())
		f.ok(err)
		f.equal("owner", hall.OwnerID, store.Hall{}.OwnerID)
		f.equal("token", hall.SetupHash, hash)
	}},
	{"of concurrent claims exactly one wins", func(f *fixture) {
		hash := []byte("token")
		f.offerClaim(hash)
		errs := together(writers, func(i int) error {
			return f.ClaimHall(f.Context(), newPerson(f.id(), "claimant"+strconv.Itoa(i)), hash, birthday)
		})
		f.equal("winners", f.wins(errs, func(err error) { f.is(err, store.ErrSpent) }), 1)
		users, err := f.ListUsers(f.Context(), 0, 100)
		f.ok(err)
		f.equal("accounts", len(users), 1)
		hall, err := f.Hall(f.Context())
		f.ok(err)
		f.equal("owner", hall.OwnerID, users[0].ID)
	}},
}

// offerClaim sets a set-up token that works for an hour from birthday.
func (f *fixture) offerClaim(hash []byte) {
	f.Helper()
	_, err := f.UpdateHall(f.Context(), func(hall *store.Hall) error {
		hall.SetupHash, hall.SetupExpires = hash, birthday.Add(time.Hour)
		return nil
	})
	f.ok(err)
}
