package storetest

import (
	"errors"
	"fmt"
	"math"

	"guildhall/store"
	"guildhall/store/id"
)

var roleTests = []test{
	{"roles are read as they were stored, in order of id", func(f *fixture) {
		guild, other := f.guild(f.person("ada").ID), f.guild(f.person("bob").ID)
		everyone := store.Role{ID: guild.ID, GuildID: guild.ID, Name: "@everyone", Permissions: 1 << 10}
		full := store.Role{
			ID: math.MaxInt64, GuildID: guild.ID, Name: "מנהל 👑", Color: 0xFFFFFF, Hoist: true, Position: 249, Permissions: 1<<63 | 1, Managed: true, Mentionable: true, BotID: math.MaxInt64,
		}
		f.ok(f.CreateRole(f.Context(), full, 250))
		plain := f.role(guild.ID, "plain")
		f.role(other.ID, "other")
		got, err := f.GuildRoles(f.Context(), guild.ID)
		f.ok(err)
		f.equal("roles", got, []store.Role{everyone, plain, full})
		f.conflict(f.CreateRole(f.Context(), plain, 250), "id")
	}},
	{"a role needs its guild and room", func(f *fixture) {
		guild := f.guild(f.person("ada").ID)
		f.is(f.CreateRole(f.Context(), store.Role{ID: f.id(), GuildID: 1, Name: "x"}, 250), store.ErrNotFound)
		f.limit(f.CreateRole(f.Context(), store.Role{ID: f.id(), GuildID: guild.ID, Name: "x"}, 1), 1)
		errs := together(writers, func(int) error {
			return f.CreateRole(f.Context(), store.Role{ID: f.id(), GuildID: guild.ID, Name: "x"}, 4)
		})
		f.equal("winners", f.wins(errs, func(err error) { f.limit(err, 4) }), 3)
	}},
	{"a role is updated, and a failed update changes nothing", func(f *fixture) {
		guild, other := f.guild(f.person("ada").ID), f.guild(f.person("bob").ID)
		role := f.role(guild.ID, "knight")
		got, err := f.UpdateRole(f.Context(), guild.ID, role.ID, func(r *store.Role) error {
			r.ID, r.GuildID, r.Name, r.Permissions = 1, 2, "baron", math.MaxUint64
			return nil
		})
		f.ok(err)
		role.Name, role.Permissions = "baron", math.MaxUint64
		f.equal("the result", got, role)
		failure := errors.New("no")
		_, err = f.UpdateRole(f.Context(), guild.ID, role.ID, func(r *store.Role) error { r.Name = "king"; return failure })
		f.asItIs(err, failure)
		for _, guildID := range []id.ID{other.ID, 1} {
			_, err = f.UpdateRole(f.Context(), guildID, role.ID, func(r *store.Role) error { r.Name = "thief"; return nil })
			f.is(err, store.ErrNotFound)
		}
		roles, err := f.GuildRoles(f.Context(), guild.ID)
		f.ok(err)
		f.equal("what is read", roles[1], role)
	}},
	{"concurrent updates lose nothing", func(f *fixture) {
		guild := f.guild(f.person("ada").ID)
		for _, err := range together(writers, func(int) error {
			_, err := f.UpdateRole(f.Context(), guild.ID, guild.ID, func(r *store.Role) error { r.Permissions++; return nil })
			return err
		}) {
			f.ok(err)
		}
		roles, err := f.GuildRoles(f.Context(), guild.ID)
		f.ok(err)
		f.equal("count", roles[0].Permissions, uint64(1<<10+writers))
	}},
	{"positions are set in one step or not at all", func(f *fixture) {
		guild, other := f.guild(f.person("ada").ID), f.guild(f.person("bob").ID)
		first, second, foreign := f.role(guild.ID, "first"), f.role(guild.ID, "second"), f.role(other.ID, "foreign")
		got, err := f.SetRolePositions(f.Context(), guild.ID, map[id.ID]int{first.ID: 7, second.ID: 3})
		f.ok(err)
		first.Position, second.Position = 7, 3
		want := []store.Role{{ID: guild.ID, GuildID: guild.ID, Name: "@everyone", Permissions: 1 << 10}, first, second}
		f.equal("the result", got, want)
		_, err = f.SetRolePositions(f.Context(), guild.ID, map[id.ID]int{first.ID: 1, foreign.ID: 1})
		f.is(err, store.ErrNotFound)
		got, err = f.GuildRoles(f.Context(), guild.ID)
		f.ok(err)
		f.equal("what is read", got, want)
	}},
	{"a deleted role is taken from every member and from the overwrites", func(f *fixture) {
		guild := f.guild(f.person("ada").ID)
		kept, role, last := f.role(guild.ID, "kept"), f.role(guild.ID, "gone"), f.role(guild.ID, "last")
		with := []store.Member{f.member(guild.ID, "bob", kept.ID, role.ID, last.ID), f.member(guild.ID, "carol", role.ID)}
		without := f.member(guild.ID, "dora", kept.ID)
		overwritten := store.Channel{ID: f.id(), GuildID: guild.ID, Name: "secret", Overwrites: []store.PermissionOverwrite{
			{TargetID: kept.ID, Allow: 1}, {TargetID: role.ID, Allow: 2}, {TargetID: last.ID, Deny: 4},
		}}
		f.ok(f.CreateChannel(f.Context(), overwritten, 500))

		changed, err := f.DeleteRole(f.Context(), guild.ID, role.ID)
		f.ok(err)
		overwritten.Overwrites = []store.PermissionOverwrite{{TargetID: kept.ID, Allow: 1}, {TargetID: last.ID, Deny: 4}}
		f.equal("changed channels", changed, []store.Channel{overwritten})
		got, err := f.Channel(f.Context(), overwritten.ID)
		f.ok(err)
		f.equal("channel", got, overwritten)
		with[0].RoleIDs, with[1].RoleIDs = []id.ID{kept.ID, last.ID}, nil
		for _, want := range append(with, without) {
			member, err := f.Member(f.Context(), guild.ID, want.UserID)
			f.ok(err)
			f.equal("member", member, want)
		}
		roles, err := f.GuildRoles(f.Context(), guild.ID)
		f.ok(err)
		f.equal("roles", len(roles), 3)
		_, err = f.DeleteRole(f.Context(), guild.ID, role.ID)
		f.is(err, store.ErrNotFound)
	}},
	{"a role is only deleted through its own guild", func(f *fixture) {
		guild, other := f.guild(f.person("ada").ID), f.guild(f.person("bob").ID)
		role := f.role(guild.ID, "knight")
		_, err := f.DeleteRole(f.Context(), other.ID, role.ID)
		f.is(err, store.ErrNotFound)
		roles, err := f.GuildRoles(f.Context(), guild.ID)
		f.ok(err)
		f.equal("roles", len(roles), 2)
	}},
	{"nobody holds a role that is deleted meanwhile", func(f *fixture) {
		guild := f.guild(f.person("ada").ID)
		role := f.role(guild.ID, "knight")
		members := make([]store.Member, writers)
		for i := range members {
			members[i] = f.member(guild.ID, fmt.Sprint("user", i))
		}
		errs := together(writers, func(i int) error {
			if i == writers/2 {
				_, err := f.DeleteRole(f.Context(), guild.ID, role.ID)
				return err
			}
			_, err := f.UpdateMember(f.Context(), guild.ID, members[i].UserID, func(m *store.Member) error { m.RoleIDs = []id.ID{role.ID}; return nil })
			return err
		})
		f.ok(errs[writers/2])
		f.wins(errs, func(err error) { f.is(err, store.ErrNotFound) })
		stored, err := f.GuildMembers(f.Context(), guild.ID, 0, 100)
		f.ok(err)
		for _, member := range stored {
			f.equal("roles", member.RoleIDs, []id.ID{})
		}
	}},
}
