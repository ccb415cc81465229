package storetest

import (
	"guildhall/store"
	"guildhall/store/id"
)

var mentionTests = []test{
	{"the newest messages that mention somebody are found over channels, and those dismissed are not", func(f *fixture) {
		room := f.room()
		side, other := f.channel(room.GuildID), f.channel(room.GuildID)
		const bob, eve, knights, bishops = 7, 8, 20, 21
		user := f.person("bob").ID
		f.mention(room, eve, false, nil, bob)
		first := f.mention(room, eve, false, nil, user)
		own := f.mention(room, user, true, []id.ID{knights}, user)
		everybody := f.mention(side, eve, true, nil)
		role := f.mention(side, eve, false, []id.ID{knights, 22})
		f.mention(side, eve, false, []id.ID{bishops})
		elsewhere := f.mention(other, eve, false, nil, user)
		both := f.mention(room, eve, true, []id.ID{knights}, user)
		channels := []id.ID{room.ID, side.ID, 1}
		for _, c := range []struct {
			query store.MentionQuery
			want  []store.Message
		}{
			{store.MentionQuery{Limit: 10}, []store.Message{both, first}},
			{store.MentionQuery{Everyone: true, RoleIDs: []id.ID{knights}, Limit: 10}, []store.Message{both, role, everybody, first}},
			{store.MentionQuery{Everyone: true, Limit: 10}, []store.Message{both, everybody, first}},
			{store.MentionQuery{RoleIDs: []id.ID{knights}, Limit: 2}, []store.Message{both, role}},
			{store.MentionQuery{Everyone: true, RoleIDs: []id.ID{knights}, Before: role.ID, Limit: 10}, []store.Message{everybody, first}},
			{store.MentionQuery{}, nil},
		} {
			c.query.UserID, c.query.ChannelIDs = user, channels
			found, err := f.RecentMentions(f.Context(), c.query)
			f.ok(err)
			f.equal("found", found, c.want)
		}
		f.ok(f.DismissMention(f.Context(), user, both.ID))
		f.ok(f.DismissMention(f.Context(), user, both.ID))
		f.ok(f.DismissMention(f.Context(), user, 5))
		f.is(f.DismissMention(f.Context(), 1, both.ID), store.ErrNotFound)
		_, err := f.DeleteMessage(f.Context(), room.ID, first.ID)
		f.ok(err)
		found, err := f.RecentMentions(f.Context(), store.MentionQuery{UserID: user, ChannelIDs: append(channels, other.ID), Everyone: true, Limit: 10})
		f.ok(err)
		f.equal("left", found, []store.Message{elsewhere, everybody})
		_ = own
	}},
	{"as many dismissed mentions are remembered as there may be", func(f *fixture) {
		room := f.room()
		user := f.person("bob").ID
		mention := f.mention(room, 8, false, nil, user)
		newer := f.mention(room, 8, false, nil, user)
		f.ok(f.DismissMention(f.Context(), user, mention.ID))
		for range store.MaxDismissed {
			f.ok(f.DismissMention(f.Context(), user, f.id()))
		}
		found, err := f.RecentMentions(f.Context(), store.MentionQuery{UserID: user, ChannelIDs: []id.ID{room.ID}, Limit: 10})
		f.ok(err)
		f.equal("found", found, []store.Message{newer, mention})
	}},
}
