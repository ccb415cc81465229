package storetest

import (
	"guildhall/store"
	"guildhall/store/id"
)

var auditTests = []test{
	{"entries come back as they were stored", func(f *fixture) {
		guildID := f.room().GuildID
		full := store.AuditEntry{
			ID: f.id(), GuildID: guildID, UserID: 1 << 62, TargetID: 5, Action: store.AuditRoleUpdate, Reason: "because 🎉 <b>",
			Changes: []store.AuditChange{
				{Key: "name", Old: []byte(`"a <b> & \u0000 \u003c 🎉"`), New: []byte(`"b"`)}, {Key: "color", New: []byte("1234567890123456789")}, {Key: "icon", Old: []byte("null"), New: []byte(`{"b":1,"a":[]}`)}, {Key: "gone", Old: []byte("1")},
			},
			Options: map[string]string{"channel_id": "7", "count": "2", "name": "<&>"},
		}
		bare := store.AuditEntry{ID: f.id(), GuildID: guildID, Action: store.AuditMemberKick}
		f.ok(f.AddAuditEntries(f.Context(), []store.AuditEntry{full, bare}))
		entries, err := f.AuditEntries(f.Context(), guildID, store.AuditQuery{Limit: 10})
		f.ok(err)
		f.equal("entries", entries, []store.AuditEntry{bare, full})
		f.conflict(f.AddAuditEntries(f.Context(), []store.AuditEntry{bare}), "id")
		f.is(f.AddAuditEntries(f.Context(), []store.AuditEntry{{ID: f.id(), GuildID: 1}}), store.ErrNotFound)
	}},
	{"entries are stored all or none", func(f *fixture) {
		guildID := f.room().GuildID
		err := f.AddAuditEntries(f.Context(), []store.AuditEntry{{ID: f.id(), GuildID: guildID}, {ID: f.id(), GuildID: 1}})
		f.is(err, store.ErrNotFound)
		entries, err := f.AuditEntries(f.Context(), guildID, store.AuditQuery{Limit: 10})
		f.ok(err)
		f.equal("entries", entries, []store.AuditEntry{})
		f.ok(f.AddAuditEntries(f.Context(), nil))
	}},
	{"a page has those that were asked for, newest first, or oldest first after an entry", func(f *fixture) {
		guildID := f.room().GuildID
		other := f.guild(f.person("zoe").ID)
		var all []store.AuditEntry
		for i := range 6 {
			entry := store.AuditEntry{ID: f.id(), GuildID: guildID, UserID: id.ID(1 + i%2), TargetID: id.ID(1 + i%3), Action: store.AuditAction(20 + i/3)}
			all = append(all, entry)
			f.ok(f.AddAuditEntries(f.Context(), []store.AuditEntry{entry}))
			f.ok(f.AddAuditEntries(f.Context(), []store.AuditEntry{{ID: f.id(), GuildID: other.ID, UserID: 1}}))
		}
		for _, c := range []struct {
			query store.AuditQuery
			want  []int
		}{
			{store.AuditQuery{Limit: 10}, []int{5, 4, 3, 2, 1, 0}},
			{store.AuditQuery{Limit: 2}, []int{5, 4}},
			{store.AuditQuery{Limit: 2, Before: all[3].ID}, []int{2, 1}},
			{store.AuditQuery{Limit: 2, After: all[1].ID}, []int{2, 3}},
			{store.AuditQuery{Limit: 9, After: all[1].ID, Before: all[4].ID}, []int{3, 2}},
			{store.AuditQuery{Limit: 9, UserID: 2}, []int{5, 3, 1}},
			{store.AuditQuery{Limit: 9, TargetID: 3}, []int{5, 2}},
			{store.AuditQuery{Limit: 9, Action: 20}, []int{2, 1, 0}},
			{store.AuditQuery{Limit: 1, Action: 20, UserID: 1, TargetID: 1}, []int{0}},
			{store.AuditQuery{}, nil},
		} {
			entries, err := f.AuditEntries(f.Context(), guildID, c.query)
			f.ok(err)
			want := []store.AuditEntry{}
			for _, at := range c.want {
				want = append(want, all[at])
			}
			f.equal("page", entries, want)
		}
	}},
	{"the greatest id is that of an entry, also when its guild is gone", func(f *fixture) {
		guildID := f.room().GuildID
		entry := store.AuditEntry{ID: f.id(), GuildID: guildID}
		f.ok(f.AddAuditEntries(f.Context(), []store.AuditEntry{entry}))
		for range 2 {
			greatest, err := f.GreatestID(f.Context())
			f.ok(err)
			f.equal("greatest", greatest, entry.ID)
			if err := f.DeleteGuild(f.Context(), guildID); err != nil {
				f.is(err, store.ErrNotFound)
			}
		}
	}},
}
