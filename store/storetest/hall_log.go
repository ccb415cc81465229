package storetest

import (
	"strconv"

	"guildhall/store"
	"guildhall/store/id"
)

// manyEntries is a bound that tests do not reach.
const manyEntries = 1000

var hallLogTests = []test{
	{"entries come back as they were stored, the newest first", func(f *fixture) {
		entries := []store.HallEntry{
			{ID: f.id(), Act: store.HallUserDeleted, TargetID: 1 << 62, Details: map[string]string{"username": "<ada> 🎉"}, Reason: "asked for it"},
			{ID: f.id(), UserID: 7, Act: store.HallChanged},
			{ID: f.id(), UserID: 7, Act: store.HallHandedOver, TargetID: 8},
		}
		for _, entry := range entries {
			f.ok(f.AddHallEntry(f.Context(), entry, manyEntries))
		}
		f.conflict(f.AddHallEntry(f.Context(), entries[0], manyEntries), "id")
		for _, c := range []struct {
			before id.ID
			limit  int
			want   []store.HallEntry
		}{
			{0, 10, []store.HallEntry{entries[2], entries[1], entries[0]}}, {0, 2, []store.HallEntry{entries[2], entries[1]}}, {entries[2].ID, 10, []store.HallEntry{entries[1], entries[0]}},
			{entries[0].ID, 10, []store.HallEntry{}}, {0, 0, []store.HallEntry{}},
		} {
			found, err := f.HallEntries(f.Context(), c.before, c.limit)
			f.ok(err)
			f.equal("found", found, c.want)
		}
		f.sound("entries were made")
	}},
	{"no more entries are kept than may be, also when they come at once", func(f *fixture) {
		const most = 5
		var all []store.HallEntry
		for range writers {
			all = append(all, store.HallEntry{ID: f.id(), Act: store.HallChanged})
		}
		for _, entry := range all[:most+1] {
			f.ok(f.AddHallEntry(f.Context(), entry, most))
		}
		found, err := f.HallEntries(f.Context(), 0, manyEntries)
		f.ok(err)
		f.equal("kept", len(found), most)
		f.equal("the oldest", found[most-1], all[1])
		for _, err := range together(len(all)-most-1, func(i int) error { return f.AddHallEntry(f.Context(), all[most+1+i], most) }) {
			f.ok(err)
		}
		found, err = f.HallEntries(f.Context(), 0, manyEntries)
		f.ok(err)
		if len(found) > most {
			f.Errorf("%d are kept", len(found))
		}
		greatest, err := f.GreatestID(f.Context())
		f.ok(err)
		if last := all[len(all)-1].ID; greatest < last {
			f.Errorf("the greatest id is %d, below %d", greatest, last)
		}
	}},
	{"the hall is handed over with its entry in one step", func(f *fixture) {
		ada, bob := f.person("ada").ID, f.person("bob").ID
		robot := store.User{ID: f.id(), Username: "robot", Bot: true, Locale: "en-US"}
		f.ok(f.CreateBot(f.Context(), store.Bot{UserID: robot.ID, OwnerID: ada}, robot))
		f.offerClaim([]byte("token"))
		handOver := func(from, to id.ID) (store.Hall, error) {
			return f.TransferHall(f.Context(), from, to, store.HallEntry{ID: f.id(), Act: store.HallHandedOver, TargetID: to}, manyEntries)
		}
		_, err := handOver(bob, ada)
		f.is(err, store.ErrSpent)
		for _, nobody := range []id.ID{404, robot.ID} {
			_, err = handOver(0, nobody)
			f.is(err, store.ErrNotFound)
		}
		hall, err := handOver(0, ada)
		f.ok(err)
		f.equal("the hall", hall, store.Hall{Name: "Guildhall", Registration: store.RegistrationInvite, BotCreation: store.BotCreationEveryone, OwnerID: ada})
		_, err = f.DeleteUser(f.Context(), ada)
		f.is(err, store.ErrOwns)
		_, err = handOver(ada, bob)
		f.ok(err)
		read, err := f.Hall(f.Context())
		f.ok(err)
		f.equal("owner", read.OwnerID, bob)
		entries, err := f.HallEntries(f.Context(), 0, 10)
		f.ok(err)
		f.equal("entries", []id.ID{entries[0].TargetID, entries[1].TargetID}, []id.ID{bob, ada})
		f.equal("how many", len(entries), 2)
		_, err = f.DeleteUser(f.Context(), ada)
		f.ok(err)
		f.is(f.ClaimHall(f.Context(), newPerson(f.id(), "eve"), []byte("token"), birthday), store.ErrSpent)
	}},
	{"of those who are handed the hall at once one has it", func(f *fixture) {
		ada := f.person("ada").ID
		_, err := f.TransferHall(f.Context(), 0, ada, store.HallEntry{ID: f.id()}, manyEntries)
		f.ok(err)
		var heirs []id.ID
		var entries []id.ID
		for i := range writers {
			heirs, entries = append(heirs, f.person("heir"+strconv.Itoa(i)).ID), append(entries, f.id())
		}
		errs := together(writers, func(i int) error {
			_, err := f.TransferHall(f.Context(), ada, heirs[i], store.HallEntry{ID: entries[i], TargetID: heirs[i]}, manyEntries)
			return err
		})
		f.equal("winners", f.wins(errs, func(err error) { f.is(err, store.ErrSpent) }), 1)
		hall, err := f.Hall(f.Context())
		f.ok(err)
		found, err := f.HallEntries(f.Context(), 0, 10)
		f.ok(err)
		f.equal("entries", len(found), 2)
		f.equal("the owner", hall.OwnerID, found[0].TargetID)
	}},
	{"who is handed the hall while their account is deleted has one of both", func(f *fixture) {
		ada := f.person("ada").ID
		_, err := f.TransferHall(f.Context(), 0, ada, store.HallEntry{ID: f.id()}, manyEntries)
		f.ok(err)
		for i := range 8 {
			bob, entry := f.person("bob"+strconv.Itoa(i)).ID, f.id()
			errs := together(2, func(which int) error {
				if which == 0 {
					_, err := f.DeleteUser(f.Context(), bob)
					return err
				}
				_, err := f.TransferHall(f.Context(), ada, bob, store.HallEntry{ID: entry}, manyEntries)
				return err
			})
			if errs[0] == nil {
				f.is(errs[1], store.ErrNotFound)
				continue
			}
			f.is(errs[0], store.ErrOwns)
			f.ok(errs[1])
			ada = bob
		}
		f.sound("handing over")
	}},
}
