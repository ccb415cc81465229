package chat_test

import (
	"strings"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
)

func TestMakingRoles(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	events := hall.Watch(event.GuildSubject(guild.ID))
	role, err := hall.Roles.Create(t.Context(), guild.Owner, guild.ID, chat.RoleDraft{})
	if err != nil || role.Name != "new role" || perm.Set(role.Permissions) != chat.EveryonePermissions || role.Position != 1 {
		t.Errorf("made %+v, %v", role, err)
	}
	if told := chattest.Next[event.RoleCreated](events); told.Role != role {
		t.Errorf("told %+v", told)
	}
	role, err = hall.Roles.Create(t.Context(), guild.Owner, guild.ID, chat.RoleDraft{Name: "red", Permissions: pointer(perm.Speak | 1<<60), Color: 0xFF0000, Hoist: true, Mentionable: true})
	if err != nil || role.Name != "red" || perm.Set(role.Permissions) != perm.Speak || role.Color != 0xFF0000 || !role.Hoist || !role.Mentionable {
		t.Errorf("made %+v, %v", role, err)
	}
	_, err = hall.Roles.Create(t.Context(), guild.Owner, guild.ID, chat.RoleDraft{Name: strings.Repeat("x", 101)})
	expectField(t, err, "name")
	_, err = hall.Roles.Create(t.Context(), guild.Owner, guild.ID, chat.RoleDraft{Color: 0x1000000})
	expectField(t, err, "color")
}

func TestAGuildHoldsTwoHundredAndFiftyRoles(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	for range 249 {
		if _, err := hall.Roles.Create(t.Context(), guild.Owner, guild.ID, chat.RoleDraft{}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := hall.Roles.Create(t.Context(), guild.Owner, guild.ID, chat.RoleDraft{})
	expectKind(t, err, chat.MaxRoles)
}

func TestRankBoundsWhatOneDoesToRoles(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	own := guild.Role("own", 5, perm.ManageRoles|perm.KickMembers, bob)
	low, high := guild.Role("low", 4, 0), guild.Role("high", 6, 0)
	ctx := t.Context()

	for _, role := range []store.Role{own, high} {
		_, err := hall.Roles.Update(ctx, bob, guild.ID, role.ID, chat.RoleEdit{Color: pointer(1)})
		expectKind(t, err, chat.MissingPermission)
		expectKind(t, hall.Roles.Delete(ctx, bob, guild.ID, role.ID), chat.MissingPermission)
		_, err = hall.Roles.Reorder(ctx, bob, guild.ID, []chat.RolePosition{{RoleID: role.ID, Position: pointer(1)}})
		expectKind(t, err, chat.MissingPermission)
		expectKind(t, hall.Members.AddRole(ctx, bob, guild.ID, bob.UserID, role.ID), chat.MissingPermission)
	}
	_, err := hall.Roles.Reorder(ctx, bob, guild.ID, []chat.RolePosition{{RoleID: low.ID, Position: pointer(6)}})
	expectKind(t, err, chat.MissingPermission)
	if _, err := hall.Roles.Reorder(ctx, bob, guild.ID, []chat.RolePosition{{RoleID: low.ID, Position: pointer(3)}}); err != nil {
		t.Error(err)
	}
	all, err := hall.Roles.List(ctx, bob, guild.ID)
	if err != nil {
		t.Fatal(err)
	}
	var anew []chat.RolePosition
	for _, role := range all {
		if role.ID != guild.ID {
			anew = append(anew, chat.RolePosition{RoleID: role.ID, Position: pointer(role.Position + 10)})
		}
	}
	if _, err := hall.Roles.Reorder(ctx, bob, guild.ID, anew); err != nil {
		t.Errorf("numbers that leave the order as it is were refused: %v", err)
	}
	_, err = hall.Roles.Update(ctx, bob, guild.ID, low.ID, chat.RoleEdit{Permissions: pointer(perm.BanMembers)})
	expectKind(t, err, chat.MissingPermission)
	_, err = hall.Roles.Create(ctx, bob, guild.ID, chat.RoleDraft{Permissions: pointer(perm.Administrator)})
	expectKind(t, err, chat.MissingPermission)
	if _, err := hall.Roles.Update(ctx, bob, guild.ID, low.ID, chat.RoleEdit{Permissions: pointer(perm.KickMembers)}); err != nil {
		t.Error(err)
	}
	if _, err := hall.Roles.Update(ctx, bob, guild.ID, guild.ID, chat.RoleEdit{Permissions: pointer(chat.EveryonePermissions | perm.KickMembers)}); err != nil {
		t.Errorf("@everyone was refused: %v", err)
	}
}

func TestADeletedRoleIsTakenFromItsMembersAtOnce(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	for range 50 {
		role := guild.Role("brief", 1, 0, bob)
		if err := hall.Roles.Delete(t.Context(), guild.Owner, guild.ID, role.ID); err != nil {
			t.Fatal(err)
		}
		if member, err := hall.Members.Get(t.Context(), bob, guild.ID, bob.UserID); err != nil || len(member.RoleIDs) != 0 {
			t.Fatalf("still holds %v, %v", member.RoleIDs, err)
		}
	}
}

func TestEveryoneStaysWhatItIs(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	_, err := hall.Roles.Update(t.Context(), guild.Owner, guild.ID, guild.ID, chat.RoleEdit{Name: pointer("all")})
	expectField(t, err, "name")
	expectField(t, hall.Roles.Delete(t.Context(), guild.Owner, guild.ID, guild.ID), "role_id")
	_, err = hall.Roles.Reorder(t.Context(), guild.Owner, guild.ID, []chat.RolePosition{{RoleID: guild.ID, Position: pointer(3)}})
	expectField(t, err, "position")
	expectField(t, hall.Members.AddRole(t.Context(), guild.Owner, guild.ID, guild.Owner.UserID, guild.ID), "role_id")
}

func TestARoleThatIsDeletedGivesNothingAnyMore(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	role := guild.Role("keepers", 5, perm.ManageChannels, bob)
	guild.Overwrite(guild.General, role.ID, store.OverwriteRole, perm.ManageMessages, 0)
	events := hall.Watch(event.GuildSubject(guild.ID))
	if err := hall.Roles.Delete(t.Context(), guild.Owner, guild.ID, role.ID); err != nil {
		t.Fatal(err)
	}
	if told := chattest.Next[event.RoleDeleted](events); told.RoleID != role.ID {
		t.Errorf("told %+v", told)
	}
	if told := chattest.Next[event.ChannelUpdated](events); told.Channel.ID != guild.General || len(told.Channel.Overwrites) != 0 {
		t.Errorf("told %+v", told)
	}
	_, err := hall.Channels.Create(t.Context(), bob, guild.ID, chat.ChannelDraft{Name: "a"})
	expectKind(t, err, chat.MissingPermission)
	member, err := hall.Members.Get(t.Context(), bob, guild.ID, bob.UserID)
	if err != nil || len(member.RoleIDs) != 0 {
		t.Errorf("still holds %v, %v", member.RoleIDs, err)
	}
	expectKind(t, hall.Members.AddRole(t.Context(), guild.Owner, guild.ID, bob.UserID, role.ID), chat.UnknownRole)
}
