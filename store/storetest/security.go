package storetest

import (
	"guildhall/store"
	"guildhall/store/id"
)

var securityTests = []test{
	{"events come back as they were stored, the newest first, each account's own", func(f *fixture) {
		ctx, ada, bob := f.Context(), f.person("ada").ID, f.person("bob").ID
		events := []store.SecurityEvent{
			{ID: f.id(), UserID: ada, Kind: store.SecuritySignIn, SessionID: 1 << 62, Address: "2001:db8::1", UserAgent: "Mozilla/5.0 (名前)", Details: map[string]string{"method": "<passkey> 🎉"}},
			{ID: f.id(), UserID: ada, Kind: store.SecurityTwoFactorRemoved},
			{ID: f.id(), UserID: ada, Kind: store.SecurityClaimed},
		}
		for _, event := range events {
			f.ok(f.AddSecurityEvent(ctx, event, manyEntries))
			f.ok(f.AddSecurityEvent(ctx, store.SecurityEvent{ID: f.id(), UserID: bob, Kind: store.SecuritySignIn}, manyEntries))
		}
		f.conflict(f.AddSecurityEvent(ctx, events[0], manyEntries), "id")
		f.is(f.AddSecurityEvent(ctx, store.SecurityEvent{ID: f.id(), UserID: 12345, Kind: store.SecuritySignIn}, manyEntries), store.ErrNotFound)
		for _, c := range []struct {
			before id.ID
			limit  int
			want   []store.SecurityEvent
		}{
			{0, 10, []store.SecurityEvent{events[2], events[1], events[0]}}, {0, 2, []store.SecurityEvent{events[2], events[1]}}, {events[1].ID, 10, []store.SecurityEvent{events[0]}},
			{events[0].ID, 10, []store.SecurityEvent{}}, {0, 0, []store.SecurityEvent{}},
		} {
			found, err := f.SecurityEvents(ctx, ada, c.before, c.limit)
			f.ok(err)
			f.equal("found", found, c.want)
		}
		f.sound("events were noted")
	}},
	{"no more of an account are kept than may be, also when they come at once", func(f *fixture) {
		const most = 5
		ctx, ada, bob := f.Context(), f.person("ada").ID, f.person("bob").ID
		kept := store.SecurityEvent{ID: f.id(), UserID: bob, Kind: store.SecuritySignIn}
		f.ok(f.AddSecurityEvent(ctx, kept, most))
		var all []store.SecurityEvent
		for range writers {
			all = append(all, store.SecurityEvent{ID: f.id(), UserID: ada, Kind: store.SecuritySignIn})
		}
		for _, event := range all[:most+1] {
			f.ok(f.AddSecurityEvent(ctx, event, most))
		}
		found, err := f.SecurityEvents(ctx, ada, 0, manyEntries)
		f.ok(err)
		f.equal("kept", len(found), most)
		f.equal("the oldest", found[most-1], all[1])
		for _, err := range together(len(all)-most-1, func(i int) error { return f.AddSecurityEvent(ctx, all[most+1+i], most) }) {
			f.ok(err)
		}
		found, err = f.SecurityEvents(ctx, ada, 0, manyEntries)
		f.ok(err)
		if len(found) > most {
			f.Errorf("%d are kept", len(found))
		}
		found, err = f.SecurityEvents(ctx, bob, 0, manyEntries)
		f.ok(err)
		f.equal("another's", found, []store.SecurityEvent{kept})
		greatest, err := f.GreatestID(ctx)
		f.ok(err)
		if last := all[len(all)-1].ID; greatest < last {
			f.Errorf("the greatest id is %d, below %d", greatest, last)
		}
	}},
	{"they go with the account", func(f *fixture) {
		ctx, ada := f.Context(), f.person("ada").ID
		f.ok(f.AddSecurityEvent(ctx, store.SecurityEvent{ID: f.id(), UserID: ada, Kind: store.SecuritySignIn}, manyEntries))
		_, err := f.DeleteUser(ctx, ada)
		f.ok(err)
		found, err := f.SecurityEvents(ctx, ada, 0, 10)
		f.ok(err)
		f.equal("left", found, []store.SecurityEvent{})
		f.sound("the account is gone")
	}},
}
