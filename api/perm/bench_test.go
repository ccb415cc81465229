package perm_test

import (
	"testing"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// crowded is a guild at its limits: 250 roles, a member who holds 30 of them, a channel with 50 overwrites.
func crowded() (roles []store.Role, one *store.Member, overwrites []store.PermissionOverwrite) {
	roles = []store.Role{{ID: guildID, GuildID: guildID, Permissions: uint64(everyonesPermissions)}}
	one = member(alice)
	for i := range id.ID(249) {
		roles = append(roles, store.Role{ID: guildID + 1 + i, GuildID: guildID, Position: int(i), Permissions: 1 << (20 + i%8)})
		if i%8 == 0 && len(one.RoleIDs) < 30 {
			one.RoleIDs = append(one.RoleIDs, guildID+1+i)
		}
		if i%5 == 0 {
			overwrites = append(overwrites, forRole(guildID+1+i, perm.Stream, perm.AddReactions))
		}
	}
	return roles, one, overwrites
}

var sink perm.Set

func BenchmarkBase(b *testing.B) {
	roles, one, _ := crowded()
	b.ReportAllocs()
	for b.Loop() {
		sink = perm.Base(&guild, roles, one)
	}
}

func BenchmarkInChannel(b *testing.B) {
	roles, one, overwrites := crowded()
	base := perm.Base(&guild, roles, one)
	b.ReportAllocs()
	for b.Loop() {
		sink = perm.InChannel(base, overwrites, one, now)
	}
}

func TestTheArithmeticAllocatesNothing(t *testing.T) {
	roles, one, overwrites := crowded()
	other := member(bob, roles[3].ID)
	if allocations := testing.AllocsPerRun(100, func() {
		base := perm.Base(&guild, roles, one)
		sink = perm.InGuild(base, one, now) | perm.InChannel(base, overwrites, one, now) | perm.InThread(base, overwrites, one, now)
		if perm.Outranks(&guild, roles, one, other) && perm.OutranksRole(&guild, roles, one, &roles[1]) {
			sink |= perm.All
		}
	}); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}
