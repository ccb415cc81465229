package perm

import (
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// Base adds up what a member's roles give, before channels, time-outs, quarantines and implications: All for the owner and for administrators, otherwise the union of
// @everyone and the roles held. roles are the guild's, in ascending order of id; ids that the member holds and the guild does not have count for nothing.
//
// It is what InChannel starts from. To ask what a member may do in the guild as a whole, use InGuild.
func Base(guild *store.Guild, roles []store.Role, member *store.Member) Set {
	if member.UserID == guild.OwnerID {
		return All
	}
	var sum Set
	if everyone := find(roles, guild.ID); everyone != nil {
		sum = Set(everyone.Permissions)
	}
	for _, roleID := range member.RoleIDs {
		if role := find(roles, roleID); role != nil {
			sum |= Set(role.Permissions)
		}
	}
	if sum.Has(Administrator) {
		return All
	}
	return sum & All
}

// InGuild is what a member may do in the guild as a whole at a moment, given their Base.
func InGuild(base Set, member *store.Member, now time.Time) Set {
	if base.Has(Administrator) {
		return All
	}
	return silence(implied(base), member, now)
}

// InChannel is what a member may do in a channel at a moment, given their Base and the channel's overwrites (in any order). Without VIEW_CHANNEL it is
// nothing; without SEND_MESSAGES there is nothing that needs it, and without CONNECT nothing of voice.
func InChannel(base Set, overwrites []store.PermissionOverwrite, member *store.Member, now time.Time) Set {
	return inside(base, overwrites, member, now, SendMessages)
}

// InThread is InChannel for a thread, given its parent's overwrites: sending there needs SEND_MESSAGES_IN_THREADS instead of SEND_MESSAGES.
func InThread(base Set, parentOverwrites []store.PermissionOverwrite, member *store.Member, now time.Time) Set {
	return inside(base, parentOverwrites, member, now, SendMessagesInThreads)
}

func inside(base Set, overwrites []store.PermissionOverwrite, member *store.Member, now time.Time, sending Set) Set {
	if base.Has(Administrator) {
		return All
	}
	result := implied(overwrite(base, overwrites, member))
	switch {
	case !result.Has(ViewChannel):
		return 0
	case !result.Has(sending):
		result &^= ofSending
	}
	if !result.Has(Connect) {
		result &^= ofVoice
	}
	return silence(result, member, now)
}

// overwrite applies a channel's overwrites in the contract's order: @everyone's, then those of the member's roles together (all denials before
// all allowances), then the member's own.
func overwrite(base Set, overwrites []store.PermissionOverwrite, member *store.Member) Set {
	var everyone, own store.PermissionOverwrite
	var roleAllow, roleDeny uint64
	for i := range overwrites {
		switch one := &overwrites[i]; {
		case one.Type == store.OverwriteMember:
			if one.TargetID == member.UserID {
				own = *one
			}
		case one.TargetID == member.GuildID:
			everyone = *one
		case slices.Contains(member.RoleIDs, one.TargetID):
			roleAllow |= one.Allow
			roleDeny |= one.Deny
		}
	}
	result := uint64(base)
	result = result&^everyone.Deny | everyone.Allow
	result = result&^roleDeny | roleAllow
	result = result&^own.Deny | own.Allow
	// An overwrite cannot make an administrator: that permission is the guild's.
	return Set(result) & All &^ Administrator
}

// implied adds what other permissions include: who may manage messages may pin them. Discord split the permission in two in 2025; guilds and
// bots that know only the older one keep working.
func implied(set Set) Set {
	if set.Has(ManageMessages) {
		set |= PinMessages
	}
	return set
}

func silence(set Set, member *store.Member, now time.Time) Set {
	if TimedOut(member, now) {
		set &= whenTimedOut
	}
	if Quarantined(member) {
		set &= whenQuarantined
	}
	return set
}

// TimedOut tells whether a member's time-out is running at a moment. It binds neither the owner nor administrators.
func TimedOut(member *store.Member, now time.Time) bool {
	return now.Before(member.TimedOutUntil)
}

// Quarantined tells whether a member may not take part until their names are in order. It binds neither the owner nor administrators.
func Quarantined(member *store.Member) bool { return member.Flags&store.MemberQuarantined != 0 }

// Silenced tells whether a member may only look at a moment, because they are timed out or quarantined. It binds neither the owner nor administrators.
func Silenced(member *store.Member, now time.Time) bool {
	return TimedOut(member, now) || Quarantined(member)
}

// Above tells whether role a stands strictly above role b of the same guild: a greater position, at one position the lower id; @everyone stands below all.
func Above(a, b *store.Role) bool {
	switch {
	case a.ID == a.GuildID:
		return false
	case b.ID == b.GuildID:
		return true
	case a.Position != b.Position:
		return a.Position > b.Position
	default:
		return a.ID < b.ID
	}
}

// Top is the highest role that a member holds; @everyone for those without any, nil only when roles lacks even that. roles are as in Base.
func Top(roles []store.Role, member *store.Member) *store.Role {
	top := find(roles, member.GuildID)
	for _, roleID := range member.RoleIDs {
		if role := find(roles, roleID); role != nil && (top == nil || Above(role, top)) {
			top = role
		}
	}
	return top
}

// Outranks tells whether actor may act on target (kick, rename, time out, …), as far as rank goes: nobody may act on the owner, the owner may act on
// everybody else, and others need a top role strictly above the target's.
func Outranks(guild *store.Guild, roles []store.Role, actor, target *store.Member) bool {
	if target.UserID == guild.OwnerID {
		return false
	}
	if actor.UserID == guild.OwnerID {
		return true
	}
	actorTop, targetTop := Top(roles, actor), Top(roles, target)
	return actorTop != nil && targetTop != nil && Above(actorTop, targetTop)
}

// OutranksRole tells whether actor may change, give or take a role, as far as rank goes: the owner may with all, others with those strictly below
// their top role.
func OutranksRole(guild *store.Guild, roles []store.Role, actor *store.Member, role *store.Role) bool {
	if actor.UserID == guild.OwnerID {
		return true
	}
	top := Top(roles, actor)
	return top != nil && Above(top, role)
}

// Grantable tells whether somebody who holds held may change a set of permissions from one value to another: they must hold every bit that changes,
// whether it is given or taken.
func Grantable(held, from, to Set) bool { return held.Has((from ^ to) & All) }

// find looks a role up by id in a slice that ascends by id.
func find(roles []store.Role, roleID id.ID) *store.Role {
	low, high := 0, len(roles)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if roles[middle].ID < roleID {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(roles) && roles[low].ID == roleID {
		return &roles[low]
	}
	return nil
}
