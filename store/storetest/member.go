package storetest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// leave takes somebody out of a guild.
func (f *fixture) leave(guildID, userID id.ID) {
	f.Helper()
	_, err := f.RemoveMember(f.Context(), guildID, userID)
	f.ok(err)
}

var memberTests = []test{
	{"a member is read as they were stored", func(f *fixture) {
		guild := f.guild(f.person("ada").ID)
		first, second := f.role(guild.ID, "first"), f.role(guild.ID, "second")
		member := store.Member{
			GuildID: guild.ID, UserID: f.person("bob").ID, Nick: "Bøb 🐙", RoleIDs: []id.ID{first.ID, second.ID}, JoinedAt: birthday,
			Deaf: true, Mute: true, TimedOutUntil: birthday.Add(time.Hour), Flags: math.MaxUint64,
		}
		f.ok(f.AddMember(f.Context(), member))
		got, err := f.Member(f.Context(), guild.ID, member.UserID)
		f.ok(err)
		f.equal("member", got, member)
		plain := f.member(guild.ID, "carol")
		got, err = f.Member(f.Context(), guild.ID, plain.UserID)
		f.ok(err)
		f.equal("member", got, plain)
		_, err = f.Member(f.Context(), guild.ID, 1)
		f.is(err, store.ErrNotFound)
		_, err = f.Member(f.Context(), 1, member.UserID)
		f.is(err, store.ErrNotFound)
	}},
	{"a member needs a guild, an account and roles that exist, and is in once", func(f *fixture) {
		guild, other := f.guild(f.person("ada").ID), f.guild(f.person("bob").ID)
		user, foreign := f.person("carol"), f.role(other.ID, "foreign")
		f.is(f.AddMember(f.Context(), store.Member{GuildID: 1, UserID: user.ID, JoinedAt: birthday}), store.ErrNotFound)
		f.is(f.AddMember(f.Context(), store.Member{GuildID: guild.ID, UserID: 1, JoinedAt: birthday}), store.ErrNotFound)
		f.is(f.AddMember(f.Context(), store.Member{GuildID: guild.ID, UserID: user.ID, RoleIDs: []id.ID{foreign.ID}, JoinedAt: birthday}), store.ErrNotFound)
		guilds, err := f.UserGuilds(f.Context(), user.ID)
		f.ok(err)
		f.equal("guilds", guilds, []id.ID{})
		f.ok(f.AddMember(f.Context(), store.Member{GuildID: guild.ID, UserID: user.ID, JoinedAt: birthday}))
		f.conflict(f.AddMember(f.Context(), store.Member{GuildID: guild.ID, UserID: user.ID, JoinedAt: birthday}), "member")
		f.countMembers(guild.ID, 2)
	}},
	{"members are listed page by page", func(f *fixture) {
		ada := f.person("ada")
		guild, other := f.guild(ada.ID), f.guild(ada.ID)
		want := []store.Member{{GuildID: guild.ID, UserID: ada.ID, JoinedAt: birthday}}
		for i := range 6 {
			want = append(want, f.member(guild.ID, fmt.Sprint("user", i)))
			f.member(other.ID, fmt.Sprint("other", i))
		}
		for limit := 1; limit <= 8; limit++ {
			var got []store.Member
			for after := id.ID(0); ; {
				page, err := f.GuildMembers(f.Context(), guild.ID, after, limit)
				f.ok(err)
				if len(page) > limit {
					f.Fatalf("%d members on a page of %d", len(page), limit)
				}
				if len(page) == 0 {
					break
				}
				got, after = append(got, page...), page[len(page)-1].UserID
			}
			f.equal(fmt.Sprint("members by ", limit), got, want)
		}
		page, err := f.GuildMembers(f.Context(), guild.ID, math.MaxInt64, 10)
		f.ok(err)
		f.equal("members after the last", page, []store.Member{})
	}},
	{"a person's guilds are listed in order", func(f *fixture) {
		ada, bob := f.person("ada"), f.person("bob")
		var want []id.ID
		for i := range 4 {
			guild := f.guild(ada.ID)
			if i != 2 {
				f.ok(f.AddMember(f.Context(), store.Member{GuildID: guild.ID, UserID: bob.ID, JoinedAt: birthday}))
				want = append(want, guild.ID)
			}
		}
		got, err := f.UserGuilds(f.Context(), bob.ID)
		f.ok(err)
		f.equal("guilds", got, want)
		got, err = f.UserGuilds(f.Context(), 1)
		f.ok(err)
		f.equal("a stranger's guilds", got, []id.ID{})
	}},
	{"a member is updated, and a failed update changes nothing", func(f *fixture) {
		guild, other := f.guild(f.person("ada").ID), f.guild(f.person("bob").ID)
		role, foreign := f.role(guild.ID, "knight"), f.role(other.ID, "foreign")
		member := f.member(guild.ID, "carol")
		got, err := f.UpdateMember(f.Context(), guild.ID, member.UserID, func(m *store.Member) error {
			m.GuildID, m.UserID = 1, 2
			m.Nick, m.RoleIDs, m.TimedOutUntil = "Caz", []id.ID{role.ID}, birthday.Add(999*time.Microsecond)
			return nil
		})
		f.ok(err)
		member.Nick, member.RoleIDs, member.TimedOutUntil = "Caz", []id.ID{role.ID}, birthday
		f.equal("the result", got, member)
		failure := errors.New("no")
		_, err = f.UpdateMember(f.Context(), guild.ID, member.UserID, func(m *store.Member) error { m.RoleIDs[0] = 1; return failure })
		f.asItIs(err, failure)
		for _, roleID := range []id.ID{1, foreign.ID} {
			_, err = f.UpdateMember(f.Context(), guild.ID, member.UserID, func(m *store.Member) error {
				m.Nick, m.RoleIDs = "x", append(m.RoleIDs, roleID)
				return nil
			})
			f.is(err, store.ErrNotFound)
		}
		got, err = f.Member(f.Context(), guild.ID, member.UserID)
		f.ok(err)
		f.equal("what is read", got, member)
		_, err = f.UpdateMember(f.Context(), other.ID, member.UserID, func(*store.Member) error { return nil })
		f.is(err, store.ErrNotFound)
	}},
	{"concurrent updates lose nothing", func(f *fixture) {
		guild := f.guild(f.person("ada").ID)
		for _, err := range together(writers, func(int) error {
			_, err := f.UpdateMember(f.Context(), guild.ID, guild.OwnerID, func(m *store.Member) error { m.Flags++; return nil })
			return err
		}) {
			f.ok(err)
		}
		got, err := f.Member(f.Context(), guild.ID, guild.OwnerID)
		f.ok(err)
		f.equal("count", got.Flags, uint64(writers))
	}},
	{"a member who left is gone from every list, and may come back", func(f *fixture) {
		guild := f.guild(f.person("ada").ID)
		member := f.member(guild.ID, "bob")
		f.leave(guild.ID, member.UserID)
		_, err := f.Member(f.Context(), guild.ID, member.UserID)
		f.is(err, store.ErrNotFound)
		guilds, err := f.UserGuilds(f.Context(), member.UserID)
		f.ok(err)
		f.equal("guilds", guilds, []id.ID{})
		f.countMembers(guild.ID, 1)
		_, err = f.RemoveMember(f.Context(), guild.ID, member.UserID)
		f.is(err, store.ErrNotFound)
		f.countMembers(guild.ID, 1)
		f.ok(f.AddMember(f.Context(), member))
		f.countMembers(guild.ID, 2)
	}},
	{"the overwrites of a member who left stay", func(f *fixture) {
		guild := f.guild(f.person("ada").ID)
		member := f.member(guild.ID, "bob")
		channel := store.Channel{ID: f.id(), GuildID: guild.ID, Name: "x", Overwrites: []store.PermissionOverwrite{{TargetID: member.UserID, Type: store.OverwriteMember, Allow: 1}}}
		f.ok(f.CreateChannel(f.Context(), channel, 500))
		f.leave(guild.ID, member.UserID)
		got, err := f.Channel(f.Context(), channel.ID)
		f.ok(err)
		f.equal("channel", got, channel)
	}},
	{"of roles that are given at once none is lost", func(f *fixture) {
		guild := f.guild(f.person("ada").ID)
		roles := make([]id.ID, writers)
		for i := range roles {
			roles[i] = f.role(guild.ID, fmt.Sprintf("role %d", i)).ID
		}
		for _, err := range together(writers, func(i int) error {
			_, err := f.UpdateMember(f.Context(), guild.ID, guild.OwnerID, func(member *store.Member) error {
				member.RoleIDs = append(member.RoleIDs, roles[i])
				slices.Sort(member.RoleIDs)
				return nil
			})
			return err
		}) {
			f.ok(err)
		}
		member, err := f.Member(f.Context(), guild.ID, guild.OwnerID)
		f.ok(err)
		f.equal("roles", member.RoleIDs, roles)
	}},
	{"members are counted rightly while people come and go at once", func(f *fixture) {
		guild := f.guild(f.person("ada").ID)
		members := make([]store.Member, writers)
		for i := range members {
			members[i] = store.Member{GuildID: guild.ID, UserID: f.person(fmt.Sprint("user", i)).ID, JoinedAt: birthday}
		}
		for _, err := range together(writers, func(i int) error {
			if err := f.AddMember(f.Context(), members[i]); err != nil || i%2 == 0 {
				return err
			}
			_, err := f.RemoveMember(f.Context(), guild.ID, members[i].UserID)
			return err
		}) {
			f.ok(err)
		}
		f.countMembers(guild.ID, 1+writers/2)
		list, err := f.GuildMembers(f.Context(), guild.ID, 0, 100)
		f.ok(err)
		f.equal("members", len(list), 1+writers/2)
	}},
	{"of concurrent joins of one person exactly one counts", func(f *fixture) {
		guild, user := f.guild(f.person("ada").ID), f.person("bob")
		errs := together(writers, func(int) error {
			return f.AddMember(f.Context(), store.Member{GuildID: guild.ID, UserID: user.ID, JoinedAt: birthday})
		})
		f.equal("winners", f.wins(errs, func(err error) { f.conflict(err, "member") }), 1)
		f.countMembers(guild.ID, 2)
	}},
}

func (f *fixture) countMembers(guildID id.ID, want int) {
	f.Helper()
	count, err := f.CountMembers(f.Context(), guildID)
	f.ok(err)
	f.equal("members counted", count, want)
}
