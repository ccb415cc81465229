package perm_test

import (
	"testing"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// A guild like many: @everyone may look and talk, helpers and moderators stand above, the owner holds no role.
const (
	guildID   id.ID = 100
	helper    id.ID = 201
	moderator id.ID = 202
	twin      id.ID = 203 // at the moderators' position, so below them
	chief     id.ID = 204 // an administrator
	namer     id.ID = 205 // may change their own nick
	owner     id.ID = 1
	alice     id.ID = 2
	bob       id.ID = 3
)

var (
	guild = store.Guild{ID: guildID, OwnerID: owner}
	roles = []store.Role{
		{ID: guildID, GuildID: guildID, Permissions: uint64(perm.ViewChannel | perm.SendMessages | perm.ReadMessageHistory | perm.EmbedLinks | perm.Connect | perm.Speak)},
		{ID: helper, GuildID: guildID, Position: 1, Permissions: uint64(perm.KickMembers)},
		{ID: moderator, GuildID: guildID, Position: 2, Permissions: uint64(perm.ManageMessages | perm.ManageRoles)},
		{ID: twin, GuildID: guildID, Position: 2},
		{ID: chief, GuildID: guildID, Position: 9, Permissions: uint64(perm.Administrator)},
		{ID: namer, GuildID: guildID, Position: 1, Permissions: uint64(perm.ChangeNickname)},
	}
	everyonesPermissions = perm.Set(roles[0].Permissions)
)

func member(userID id.ID, roleIDs ...id.ID) *store.Member {
	return &store.Member{GuildID: guildID, UserID: userID, RoleIDs: roleIDs}
}

func timedOut(one *store.Member) *store.Member {
	one.TimedOutUntil = now.Add(time.Minute)
	return one
}

func quarantined(one *store.Member) *store.Member {
	one.Flags |= store.MemberQuarantined
	return one
}

func forRole(roleID id.ID, allow, deny perm.Set) store.PermissionOverwrite {
	return store.PermissionOverwrite{TargetID: roleID, Type: store.OverwriteRole, Allow: uint64(allow), Deny: uint64(deny)}
}

func forMember(userID id.ID, allow, deny perm.Set) store.PermissionOverwrite {
	return store.PermissionOverwrite{TargetID: userID, Type: store.OverwriteMember, Allow: uint64(allow), Deny: uint64(deny)}
}

func TestWhatAMemberMayDoInTheGuild(t *testing.T) {
	for _, test := range []struct {
		name   string
		member *store.Member
		want   perm.Set
	}{
		{"the owner may do everything", member(owner), perm.All},
		{"the owner may even when timed out", timedOut(member(owner)), perm.All},
		{"administrators may do everything", member(alice, chief), perm.All},
		{"administrators may even when timed out", timedOut(member(alice, chief)), perm.All},
		{"a member without roles has @everyone's permissions", member(alice), everyonesPermissions},
		{"roles add up", member(alice, helper, moderator),
			everyonesPermissions | perm.KickMembers | perm.ManageMessages | perm.ManageRoles | perm.PinMessages},
		{"who manages messages may pin them", member(alice, moderator), everyonesPermissions | perm.ManageMessages | perm.ManageRoles | perm.PinMessages},
		{"roles that the guild does not have count for nothing", member(alice, 999), everyonesPermissions},
		{"timed-out members may only look and read", timedOut(member(alice, moderator)), perm.ViewChannel | perm.ReadMessageHistory},
		{"quarantined members may look, read and put their name in order", quarantined(member(alice, namer)), perm.ViewChannel | perm.ReadMessageHistory | perm.ChangeNickname},
		{"and not do that if they could not before", quarantined(member(alice, moderator)), perm.ViewChannel | perm.ReadMessageHistory},
		{"who is timed out beside may only look and read", timedOut(quarantined(member(alice, namer))), perm.ViewChannel | perm.ReadMessageHistory},
		{"administrators may do everything even when quarantined", quarantined(member(alice, chief)), perm.All},
		{"other flags bind nobody", &store.Member{GuildID: guildID, UserID: alice, Flags: ^store.MemberQuarantined}, everyonesPermissions},
		{"a time-out that is over binds nobody", &store.Member{GuildID: guildID, UserID: alice, TimedOutUntil: now}, everyonesPermissions},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, perm.InGuild(perm.Base(&guild, roles, test.member), test.member, now), test.want)
		})
	}
}

func TestWhatAMemberMayDoInAChannel(t *testing.T) {
	overwrites := func(list ...store.PermissionOverwrite) []store.PermissionOverwrite { return list }
	moderators := everyonesPermissions | perm.ManageMessages | perm.ManageRoles | perm.PinMessages
	for _, test := range []struct {
		name       string
		member     *store.Member
		overwrites []store.PermissionOverwrite
		want       perm.Set
	}{
		{"without overwrites it is the base", member(alice), nil, everyonesPermissions},
		{"@everyone's overwrite takes away", member(alice), overwrites(forRole(guildID, 0, perm.Speak)), everyonesPermissions &^ perm.Speak},
		{"@everyone's overwrite gives", member(alice), overwrites(forRole(guildID, perm.AttachFiles, 0)), everyonesPermissions | perm.AttachFiles},
		{"a role's allowance beats @everyone's denial", member(alice, moderator),
			overwrites(forRole(moderator, perm.ViewChannel, 0), forRole(guildID, 0, perm.ViewChannel)), moderators},
		{"a role's denial beats @everyone's allowance", member(alice, moderator),
			overwrites(forRole(moderator, 0, perm.AddReactions), forRole(guildID, perm.AddReactions, 0)), moderators},
		{"among roles an allowance beats a denial, whoever ranks higher", member(alice, helper, moderator),
			overwrites(forRole(helper, perm.Stream, 0), forRole(moderator, 0, perm.Stream)), moderators | perm.KickMembers | perm.Stream},
		{"overwrites of roles that one does not hold do not count", member(alice), overwrites(forRole(moderator, perm.Stream, perm.ViewChannel)), everyonesPermissions},
		{"the member's own denial beats a role's allowance", member(alice, moderator),
			overwrites(forRole(moderator, perm.Stream, 0), forMember(alice, 0, perm.Stream)), moderators},
		{"the member's own allowance beats all", member(alice, moderator),
			overwrites(forMember(alice, perm.ViewChannel, 0), forRole(moderator, 0, perm.ViewChannel), forRole(guildID, 0, perm.ViewChannel)), moderators},
		{"another member's overwrite does not count", member(alice), overwrites(forMember(bob, perm.Stream, perm.ViewChannel)), everyonesPermissions},
		{"a member's overwrite is not a role's, even with the same id", member(alice, moderator), overwrites(forMember(moderator, 0, perm.ViewChannel)), moderators},
		{"one overwrite that denies and allows a bit allows it", member(alice), overwrites(forMember(alice, perm.Stream, perm.Stream)), everyonesPermissions | perm.Stream},
		{"who may not view may do nothing", member(alice, moderator), overwrites(forRole(guildID, 0, perm.ViewChannel)), 0},
		{"who may not send may send nothing of any kind", member(alice),
			overwrites(forRole(guildID, perm.SendTTS|perm.AttachFiles|perm.MentionEveryone, perm.SendMessages)),
			perm.ViewChannel | perm.ReadMessageHistory | perm.Connect | perm.Speak},
		{"who may not connect may do nothing of voice", member(alice, moderator),
			overwrites(forRole(guildID, perm.Stream|perm.MoveMembers|perm.UseSoundboard, perm.Connect)), moderators &^ (perm.Connect | perm.Speak)},
		{"denying MANAGE_MESSAGES takes the pins with it", member(alice, moderator), overwrites(forRole(moderator, 0, perm.ManageMessages)),
			moderators &^ (perm.ManageMessages | perm.PinMessages)},
		{"an overwrite cannot make an administrator", member(alice), overwrites(forMember(alice, perm.Administrator, 0)), everyonesPermissions},
		{"bits that mean nothing stay out", member(alice), overwrites(forMember(alice, 1<<41|1<<60, 0)), everyonesPermissions},
		{"overwrites do not bind the owner", member(owner), overwrites(forRole(guildID, 0, perm.All), forMember(owner, 0, perm.All)), perm.All},
		{"overwrites do not bind administrators", member(alice, chief), overwrites(forRole(guildID, 0, perm.All), forMember(alice, 0, perm.All)), perm.All},
		{"timed-out members may only look and read, whatever overwrites allow", timedOut(member(alice, moderator)),
			overwrites(forMember(alice, perm.SendMessages|perm.Stream, 0)), perm.ViewChannel | perm.ReadMessageHistory},
		{"a time-out does not show hidden channels", timedOut(member(alice)), overwrites(forRole(guildID, 0, perm.ViewChannel)), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, perm.InChannel(perm.Base(&guild, roles, test.member), test.overwrites, test.member, now), test.want)
		})
	}
}

func TestSendingInAThreadNeedsItsOwnPermission(t *testing.T) {
	alice := member(alice)
	base := perm.Base(&guild, roles, alice) | perm.SendMessagesInThreads
	noSending := []store.PermissionOverwrite{forRole(guildID, 0, perm.SendMessages)}
	noThreads := []store.PermissionOverwrite{forRole(guildID, 0, perm.SendMessagesInThreads)}

	if got := perm.InThread(base, noSending, alice, now); !got.Has(perm.SendMessagesInThreads | perm.EmbedLinks) {
		t.Errorf("with the thread permission alone the thread allows only %v", got.Names())
	}
	if got := perm.InThread(base, noThreads, alice, now); got.HasAny(perm.SendMessagesInThreads | perm.EmbedLinks) {
		t.Errorf("without the thread permission the thread allows %v", got.Names())
	}
	if got := perm.InChannel(base, noThreads, alice, now); !got.Has(perm.SendMessages | perm.EmbedLinks) {
		t.Errorf("without the thread permission the channel itself allows only %v", got.Names())
	}
}

func TestRank(t *testing.T) {
	for _, test := range []struct {
		name          string
		actor, target *store.Member
		want          bool
	}{
		{"a higher role acts on a lower", member(alice, moderator), member(bob, helper), true},
		{"a lower role does not act on a higher", member(alice, helper), member(bob, moderator), false},
		{"equals do not act on each other", member(alice, moderator), member(bob, moderator), false},
		{"members without roles are equals", member(alice), member(bob), false},
		{"any role is above none", member(alice, helper), member(bob), true},
		{"at one position the lower id is higher", member(alice, moderator), member(bob, twin), true},
		{"at one position the greater id is lower", member(alice, twin), member(bob, moderator), false},
		{"the highest of several roles counts", member(alice, helper, moderator), member(bob, helper), true},
		{"the owner acts on everybody", member(owner), member(bob, chief), true},
		{"nobody acts on the owner", member(alice, chief), member(owner), false},
		{"nobody acts on the owner, not even the owner", member(owner), member(owner), false},
		{"an administrator acts only on those below", member(alice, chief), member(bob, chief), false},
		{"a role that is gone gives no rank", member(alice, 999), member(bob), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := perm.Outranks(&guild, roles, test.actor, test.target); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestRankOverRoles(t *testing.T) {
	for _, test := range []struct {
		name  string
		actor *store.Member
		role  int
		want  bool
	}{
		{"a lower role", member(alice, moderator), 1, true},
		{"one's own top role", member(alice, moderator), 2, false},
		{"the role beside one's own with a greater id", member(alice, moderator), 3, true},
		{"a higher role", member(alice, moderator), 4, false},
		{"@everyone", member(alice, helper), 0, true},
		{"@everyone, without a role of one's own", member(alice), 0, false},
		{"the highest, by the owner", member(owner), 4, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := perm.OutranksRole(&guild, roles, test.actor, &roles[test.role]); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestEveryoneStandsBelowARoleAtItsPosition(t *testing.T) {
	everyone, other := store.Role{ID: guildID, GuildID: guildID}, store.Role{ID: guildID + 1, GuildID: guildID}
	if !perm.Above(&other, &everyone) || perm.Above(&everyone, &other) {
		t.Error("@everyone stands above another role")
	}
}

func TestOneCanGiveAndTakeOnlyWhatOneHolds(t *testing.T) {
	held := perm.ViewChannel | perm.KickMembers
	for _, test := range []struct {
		name     string
		from, to perm.Set
		want     bool
	}{
		{"giving what one holds", 0, perm.KickMembers, true},
		{"giving what one does not hold", 0, perm.KickMembers | perm.BanMembers, false},
		{"leaving alone what one does not hold", perm.BanMembers, perm.BanMembers | perm.ViewChannel, true},
		{"taking what one does not hold", perm.BanMembers, 0, false},
		{"taking what one holds", perm.KickMembers, 0, true},
		{"bits that mean nothing", 0, 1 << 41, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := perm.Grantable(held, test.from, test.to); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func expect(t *testing.T, got, want perm.Set) {
	t.Helper()
	if got != want {
		t.Errorf("too much: %v, missing: %v", (got &^ want).Names(), (want &^ got).Names())
	}
}
