package perm_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// world is a guild with one channel and two members, drawn at random. Ids come from a small range, so that coincidences happen.
type world struct {
	guild         store.Guild
	roles         []store.Role
	overwrites    []store.PermissionOverwrite
	member, other store.Member
}

func drawWorld(t *rapid.T) world {
	anID := rapid.Map(rapid.Uint64Range(1, 12), func(n uint64) id.ID { return id.ID(n) })
	bits := rapid.Custom(func(t *rapid.T) uint64 {
		// Administrators make most of the rest meaningless, so they are rare.
		set := rapid.Uint64().Draw(t, "bits")
		if rapid.IntRange(0, 5).Draw(t, "administrator") != 0 {
			set &^= uint64(perm.Administrator)
		}
		return set
	})
	w := world{guild: store.Guild{ID: 1, OwnerID: anID.Draw(t, "owner")}}
	for _, roleID := range rapid.SliceOfDistinct(anID, rapid.ID[id.ID]).Draw(t, "roles") {
		if roleID != w.guild.ID {
			w.roles = append(w.roles, store.Role{ID: roleID, GuildID: 1, Position: rapid.IntRange(0, 3).Draw(t, "position"), Permissions: bits.Draw(t, "permissions")})
		}
	}
	w.roles = append(w.roles, store.Role{ID: 1, GuildID: 1, Permissions: bits.Draw(t, "everyone")})
	slices.SortFunc(w.roles, func(a, b store.Role) int { return int(a.ID) - int(b.ID) })

	type target struct {
		id   id.ID
		kind store.OverwriteType
	}
	targets := rapid.Custom(func(t *rapid.T) target {
		return target{anID.Draw(t, "target"), store.OverwriteType(rapid.IntRange(0, 1).Draw(t, "type"))}
	})
	for _, one := range rapid.SliceOfDistinct(targets, rapid.ID[target]).Draw(t, "overwrites") {
		w.overwrites = append(w.overwrites, store.PermissionOverwrite{TargetID: one.id, Type: one.kind, Allow: bits.Draw(t, "allow"), Deny: bits.Draw(t, "deny")})
	}
	w.member, w.other = drawMember(t, anID), drawMember(t, anID)
	return w
}

func drawMember(t *rapid.T, anID *rapid.Generator[id.ID]) store.Member {
	held := rapid.SliceOfDistinct(rapid.Map(anID, func(one id.ID) id.ID { return one + 1 }), rapid.ID[id.ID]).Draw(t, "held")
	slices.Sort(held)
	return store.Member{
		GuildID: 1, UserID: anID.Draw(t, "user"), RoleIDs: held,
		TimedOutUntil: now.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "timeout")) * time.Hour), Flags: uint64(rapid.IntRange(0, 255).Draw(t, "flags")),
	}
}

// slow is the contract's text read aloud, bit by bit, without a thought for speed.
func (w world) slow(thread bool) (inGuild, inChannel perm.Set) {
	byID := map[id.ID]store.Role{}
	for _, role := range w.roles {
		byID[role.ID] = role
	}
	if w.guild.OwnerID == w.member.UserID {
		return perm.All, perm.All
	}
	held := []id.ID{w.guild.ID}
	for _, roleID := range w.member.RoleIDs {
		if _, exists := byID[roleID]; exists {
			held = append(held, roleID)
		}
	}
	may := map[int]bool{}
	for bit := range 64 {
		for _, roleID := range held {
			if byID[roleID].Permissions>>bit&1 == 1 && perm.All>>bit&1 == 1 {
				may[bit] = true
			}
		}
	}
	if may[3] {
		return perm.All, perm.All
	}
	overwritten := maps.Clone(may)
	for bit := range 64 {
		step := func(kind store.OverwriteType, targets []id.ID) {
			for _, allowing := range []bool{false, true} {
				for _, one := range w.overwrites {
					bits := one.Deny
					if allowing {
						bits = one.Allow
					}
					if one.Type == kind && slices.Contains(targets, one.TargetID) && bits>>bit&1 == 1 {
						overwritten[bit] = allowing
					}
				}
			}
		}
		step(store.OverwriteRole, []id.ID{w.guild.ID})
		step(store.OverwriteRole, slices.DeleteFunc(slices.Clone(w.member.RoleIDs), func(roleID id.ID) bool { return roleID == w.guild.ID }))
		step(store.OverwriteMember, []id.ID{w.member.UserID})
	}
	overwritten[3] = false
	sending := 11
	if thread {
		sending = 38
	}
	return w.conclude(may, 11, false), w.conclude(overwritten, sending, true)
}

func (w world) conclude(may map[int]bool, sending int, channel bool) perm.Set {
	if may[13] {
		may[51] = true
	}
	if channel {
		if !may[10] {
			may = map[int]bool{}
		}
		if !may[sending] {
			may[12], may[14], may[15], may[17] = false, false, false, false
		}
		if !may[20] {
			for _, bit := range []int{8, 9, 21, 22, 23, 24, 25, 32, 39, 42, 45, 48} {
				may[bit] = false
			}
		}
	}
	var result perm.Set
	for bit, yes := range may {
		if !yes || perm.All>>bit&1 == 0 {
			continue
		}
		if w.member.TimedOutUntil.After(now) && bit != 10 && bit != 16 {
			continue
		}
		if w.member.Flags>>7&1 == 1 && bit != 10 && bit != 16 && bit != 26 {
			continue
		}
		result |= 1 << bit
	}
	return result
}

func TestTheArithmeticAgreesWithTheContractReadAloud(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		base := perm.Base(&w.guild, w.roles, &w.member)
		inGuild, inChannel := w.slow(false)
		if got := perm.InGuild(base, &w.member, now); got != inGuild {
			t.Fatalf("in the guild: too much %v, missing %v", (got &^ inGuild).Names(), (inGuild &^ got).Names())
		}
		if got := perm.InChannel(base, w.overwrites, &w.member, now); got != inChannel {
			t.Fatalf("in the channel: too much %v, missing %v", (got &^ inChannel).Names(), (inChannel &^ got).Names())
		}
		_, inThread := w.slow(true)
		if got := perm.InThread(base, w.overwrites, &w.member, now); got != inThread {
			t.Fatalf("in the thread: too much %v, missing %v", (got &^ inThread).Names(), (inThread &^ got).Names())
		}
	})
}

func TestTheOrderOfOverwritesInTheListDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		base := perm.Base(&w.guild, w.roles, &w.member)
		shuffled := rapid.Permutation(w.overwrites).Draw(t, "shuffled")
		if a, b := perm.InChannel(base, w.overwrites, &w.member, now), perm.InChannel(base, shuffled, &w.member, now); a != b {
			t.Fatalf("%v became %v", a, b)
		}
	})
}

func TestRankIsAStrictOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		if perm.Outranks(&w.guild, w.roles, &w.member, &w.other) && perm.Outranks(&w.guild, w.roles, &w.other, &w.member) {
			t.Fatal("two members stand above each other")
		}
		for i := range w.roles {
			for j := range w.roles {
				above, below := perm.Above(&w.roles[i], &w.roles[j]), perm.Above(&w.roles[j], &w.roles[i])
				if (i == j && above) || (i != j && above == below) {
					t.Fatalf("roles %d and %d are not in a strict order", w.roles[i].ID, w.roles[j].ID)
				}
				for k := range w.roles {
					if above && perm.Above(&w.roles[j], &w.roles[k]) && !perm.Above(&w.roles[i], &w.roles[k]) {
						t.Fatal("the order is not transitive")
					}
				}
			}
		}
	})
}
