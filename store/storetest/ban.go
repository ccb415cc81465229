package storetest

import (
	"guildhall/store"
	"guildhall/store/id"
)

// ban keeps a user out of a guild.
func (f *fixture) ban(guildID, userID id.ID, reason string) (wasMember bool) {
	f.Helper()
	wasMember, _, err := f.AddBan(f.Context(), store.Ban{GuildID: guildID, UserID: userID, Reason: reason})
	f.ok(err)
	return wasMember
}

var banTests = []test{
	{"a ban is kept, and takes a member out in the same step", func(f *fixture) {
		channel := f.room()
		member, stranger := f.member(channel.GuildID, "bob", f.role(channel.GuildID, "knight").ID), f.person("eve")
		f.equal("was a member", f.ban(channel.GuildID, member.UserID, "spam 🥫"), true)
		f.equal("was a stranger", f.ban(channel.GuildID, stranger.ID, ""), false)
		_, err := f.Member(f.Context(), channel.GuildID, member.UserID)
		f.is(err, store.ErrNotFound)
		count, err := f.CountMembers(f.Context(), channel.GuildID)
		f.ok(err)
		f.equal("members", count, 1)
		guilds, err := f.UserGuilds(f.Context(), member.UserID)
		f.ok(err)
		f.equal("bob's guilds", guilds, []id.ID{})
		ban, err := f.Ban(f.Context(), channel.GuildID, member.UserID)
		f.ok(err)
		f.equal("the ban", ban, store.Ban{GuildID: channel.GuildID, UserID: member.UserID, Reason: "spam 🥫"})
		_, _, err = f.AddBan(f.Context(), store.Ban{GuildID: channel.GuildID, UserID: member.UserID, Reason: "again"})
		f.conflict(err, "ban")
		_, err = f.Ban(f.Context(), channel.GuildID, 1)
		f.is(err, store.ErrNotFound)
		for _, ban := range []store.Ban{{GuildID: channel.GuildID, UserID: 1}, {GuildID: 1, UserID: stranger.ID}} {
			_, _, err := f.AddBan(f.Context(), ban)
			f.is(err, store.ErrNotFound)
		}
	}},
	{"who is banned does not come in, by no way, until the ban is lifted", func(f *fixture) {
		channel, bob := f.room(), f.person("bob")
		f.invite(channel, "open")
		f.ban(channel.GuildID, bob.ID, "")
		f.is(f.AddMember(f.Context(), store.Member{GuildID: channel.GuildID, UserID: bob.ID}), store.ErrBanned)
		_, err := f.RedeemInvite(f.Context(), "open", store.Member{UserID: bob.ID}, birthday)
		f.is(err, store.ErrBanned)
		invite, err := f.Invite(f.Context(), "open")
		f.ok(err)
		f.equal("uses", invite.Uses, 0)
		f.ok(f.RemoveBan(f.Context(), channel.GuildID, bob.ID))
		f.is(f.RemoveBan(f.Context(), channel.GuildID, bob.ID), store.ErrNotFound)
		_, err = f.RedeemInvite(f.Context(), "open", store.Member{UserID: bob.ID}, birthday)
		f.ok(err)
	}},
	{"bans are listed by user, in pages both ways", func(f *fixture) {
		guildID := f.room().GuildID
		var users []id.ID
		for _, name := range []string{"bob", "cid", "dan", "eve"} {
			user := f.person(name)
			users = append(users, user.ID)
			f.ban(guildID, user.ID, name)
		}
		other := f.guild(f.person("zoe").ID)
		f.ban(other.ID, users[0], "elsewhere")
		for _, page := range []struct {
			before, after id.ID
			limit         int
			want          []id.ID
		}{
			{limit: 10, want: users}, {limit: 2, want: users[:2]}, {after: users[0], limit: 2, want: users[1:3]}, {before: users[3], limit: 2, want: users[1:3]},
			{before: users[0], limit: 2}, {after: users[3], limit: 2}, {},
		} {
			bans, err := f.GuildBans(f.Context(), guildID, page.before, page.after, page.limit)
			f.ok(err)
			found := []id.ID{}
			for _, ban := range bans {
				found = append(found, ban.UserID)
			}
			f.equal("page", found, page.want)
		}
	}},
	{"a user who is banned and comes in at the same moment is out in the end", func(f *fixture) {
		channel := f.room()
		f.invite(channel, "open")
		for range 10 {
			bob := f.person("bob" + f.id().String()).ID
			errs := together(2, func(i int) error {
				if i == 0 {
					_, _, err := f.AddBan(f.Context(), store.Ban{GuildID: channel.GuildID, UserID: bob})
					return err
				}
				_, err := f.RedeemInvite(f.Context(), "open", store.Member{UserID: bob}, birthday)
				return err
			})
			f.ok(errs[0])
			if errs[1] != nil {
				f.is(errs[1], store.ErrBanned)
			}
			_, err := f.Member(f.Context(), channel.GuildID, bob)
			f.is(err, store.ErrNotFound)
		}
	}},
	{"of several who ban somebody at once one does", func(f *fixture) {
		guildID, bob := f.room().GuildID, f.person("bob").ID
		errs := together(writers, func(int) error {
			_, _, err := f.AddBan(f.Context(), store.Ban{GuildID: guildID, UserID: bob})
			return err
		})
		f.equal("bans", f.wins(errs, func(err error) { f.conflict(err, "ban") }), 1)
	}},
	{"temporary members are those of temporary invites, until they are made permanent", func(f *fixture) {
		channel, bob, cid := f.room(), f.person("bob").ID, f.person("cid").ID
		f.invite(channel, "open")
		f.ok(f.CreateInvite(f.Context(), store.Invite{Code: "visit", GuildID: channel.GuildID, ChannelID: channel.ID, CreatedAt: birthday, Temporary: true}))
		_, err := f.RedeemInvite(f.Context(), "open", store.Member{UserID: bob, Temporary: true, JoinedAt: birthday}, birthday)
		f.ok(err)
		_, err = f.RedeemInvite(f.Context(), "visit", store.Member{UserID: cid, JoinedAt: birthday}, birthday)
		f.ok(err)
		members, err := f.TemporaryMembers(f.Context())
		f.ok(err)
		f.equal("temporary", members, []store.Member{{GuildID: channel.GuildID, UserID: cid, JoinedAt: birthday, Temporary: true}})
		_, err = f.UpdateMember(f.Context(), channel.GuildID, cid, func(m *store.Member) error { m.Temporary = false; return nil })
		f.ok(err)
		members, err = f.TemporaryMembers(f.Context())
		f.ok(err)
		f.equal("temporary in the end", members, []store.Member{})
	}},
	{"the messages of an author in a channel are found from an id on", func(f *fixture) {
		channel := f.room()
		other := f.channel(channel.GuildID)
		f.post(channel, "a", "b")
		var own []id.ID
		for range 3 {
			draft := f.draft(channel, "own")
			draft.AuthorID = 8
			_, err := f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{draft})
			f.ok(err)
			own = append(own, draft.ID)
			f.post(other, "elsewhere")
			f.post(channel, "between")
		}
		for _, c := range []struct {
			after id.ID
			limit int
			want  []id.ID
		}{{0, 10, own}, {0, 2, own[:2]}, {own[0], 10, own[1:]}, {own[2], 10, nil}, {0, 0, nil}} {
			found, err := f.AuthorMessages(f.Context(), channel.ID, 8, c.after, c.limit)
			f.ok(err)
			f.equal("found", found, c.want)
		}
		found, err := f.AuthorMessages(f.Context(), 1, 8, 0, 10)
		f.ok(err)
		f.equal("in no channel", found, []id.ID{})
	}},
	{"a deleted guild leaves neither bans nor entries of its audit log", func(f *fixture) {
		guildID, bob := f.room().GuildID, f.person("bob").ID
		f.ban(guildID, bob, "")
		f.ok(f.AddAuditEntries(f.Context(), []store.AuditEntry{{ID: f.id(), GuildID: guildID, Action: store.AuditBanAdd}}))
		f.ok(f.DeleteGuild(f.Context(), guildID))
		_, err := f.Ban(f.Context(), guildID, bob)
		f.is(err, store.ErrNotFound)
		entries, err := f.AuditEntries(f.Context(), guildID, store.AuditQuery{Limit: 10})
		f.ok(err)
		f.equal("entries", entries, []store.AuditEntry{})
	}},
}
