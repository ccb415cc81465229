package chat_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// auditLine writes an entry in one line: the action, the target's name, the changes and the options.
func auditLine(entry store.AuditEntry, names map[id.ID]string) string {
	var line strings.Builder
	fmt.Fprintf(&line, "%d %s", entry.Action, names[entry.TargetID])
	for _, change := range entry.Changes {
		fmt.Fprintf(&line, " %s:%s→%s", change.Key, change.Old, change.New)
	}
	if len(entry.Options) > 0 {
		fmt.Fprintf(&line, " %v", entry.Options)
	}
	text := line.String()
	for named, name := range names {
		text = strings.ReplaceAll(text, named.String(), name)
	}
	return text
}

func TestEveryAdministrativeActIsRecorded(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, bot := guild.Member("bob"), hall.Bot("robot", guild.Owner)
	ctx, owner := t.Context(), guild.Owner
	owner.Reason = "why not"
	names := map[id.ID]string{guild.ID: "GUILD", owner.UserID: "ALICE", bob.UserID: "BOB", bot.UserID: "BOT", guild.General: "GENERAL", guild.Lounge: "LOUNGE"}
	var posted id.ID
	post := func(by chat.Caller) {
		message, err := hall.Messages.Create(ctx, by, guild.General, chat.MessageDraft{Content: "hello"})
		if err != nil {
			t.Fatal(err)
		}
		posted = message.Message.ID
		names[posted] = "POSTED"
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	until := time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)
	var role store.Role
	var made id.ID
	permissions := perm.KickMembers | perm.ViewChannel
	for _, c := range []struct {
		name string
		do   func()
		want []string
	}{
		{"guild settings", func() {
			_, err := hall.Guilds.Update(ctx, owner, guild.ID, chat.GuildEdit{Name: pointer("New name"), AFKChannelID: &guild.Lounge})
			must(err)
		}, []string{`1 GUILD name:"Guild of ALICE"→"New name" afk_channel_id:→"LOUNGE"`}},
		{"guild settings that stay", func() {
			_, err := hall.Guilds.Update(ctx, owner, guild.ID, chat.GuildEdit{Name: pointer("New name")})
			must(err)
		}, nil},
		{"a role", func() {
			var err error
			role, err = hall.Roles.Create(ctx, owner, guild.ID, chat.RoleDraft{Name: "knight", Permissions: &permissions})
			must(err)
			names[role.ID] = "KNIGHT"
		}, []string{`30 KNIGHT name:→"knight" permissions:→"1026" color:→0 hoist:→false mentionable:→false position:→1`}},
		{"its change", func() {
			_, err := hall.Roles.Update(ctx, owner, guild.ID, role.ID, chat.RoleEdit{Hoist: pointer(true)})
			must(err)
		}, []string{`31 KNIGHT hoist:false→true`}},
		{"its place", func() {
			_, err := hall.Roles.Reorder(ctx, owner, guild.ID, []chat.RolePosition{{RoleID: role.ID, Position: pointer(4)}})
			must(err)
		}, []string{`31 KNIGHT position:1→4`}},
		{"its bearer", func() { must(hall.Members.AddRole(ctx, owner, guild.ID, bob.UserID, role.ID)) }, []string{`25 BOB $add:→[{"id":"KNIGHT","name":"knight"}]`}},
		{"again", func() { must(hall.Members.AddRole(ctx, owner, guild.ID, bob.UserID, role.ID)) }, nil},
		{"no more", func() { must(hall.Members.RemoveRole(ctx, owner, guild.ID, bob.UserID, role.ID)) }, []string{`25 BOB $remove:→[{"id":"KNIGHT","name":"knight"}]`}},
		{"a member", func() {
			_, err := hall.Members.Update(ctx, owner, guild.ID, bob.UserID, chat.MemberEdit{Nick: pointer("bobby"), Mute: pointer(true), TimedOutUntil: &until})
			must(err)
		}, []string{`24 BOB nick:→"bobby" mute:false→true communication_disabled_until:→"2026-05-02T00:00:00Z"`}},
		{"a channel", func() {
			channel, err := hall.Channels.Create(ctx, owner, guild.ID, chat.ChannelDraft{Name: "new", Topic: "all of it"})
			must(err)
			made = channel.ID
			names[made] = "MADE"
		}, []string{`10 MADE name:→"new" type:→0 topic:→"all of it" position:→0 nsfw:→false rate_limit_per_user:→0 bitrate:→0 user_limit:→0`}},
		{"its change", func() {
			_, err := hall.Channels.Update(ctx, owner, made, chat.ChannelEdit{Topic: pointer("")})
			must(err)
		}, []string{`11 MADE topic:"all of it"→`}},
		{"an overwrite", func() {
			must(hall.Channels.SetOverwrite(ctx, owner, made, store.PermissionOverwrite{TargetID: role.ID, Deny: uint64(perm.ViewChannel)}))
		}, []string{`13 MADE id:→"KNIGHT" type:→"0" allow:→"0" deny:→"1024" map[id:KNIGHT role_name:knight type:0]`}},
		{"another", func() {
			must(hall.Channels.SetOverwrite(ctx, owner, made, store.PermissionOverwrite{TargetID: role.ID, Deny: uint64(perm.SendMessages)}))
		}, []string{`14 MADE deny:"1024"→"2048" map[id:KNIGHT role_name:knight type:0]`}},
		{"none", func() { must(hall.Channels.DeleteOverwrite(ctx, owner, made, role.ID)) },
			[]string{`15 MADE id:"KNIGHT"→ type:"0"→ allow:"0"→ deny:"2048"→ map[id:KNIGHT role_name:knight type:0]`}},
		{"the order of channels", func() {
			must(hall.Channels.Reorder(ctx, owner, guild.ID, []chat.ChannelPosition{{ChannelID: made, Position: pointer(9)}}))
		}, []string{`11 MADE position:0→9`}},
		{"no channel", func() {
			_, err := hall.Channels.Delete(ctx, owner, made)
			must(err)
		}, []string{`12 MADE name:"new"→ type:0→ position:9→ nsfw:false→ rate_limit_per_user:0→ bitrate:0→ user_limit:0→`}},
		{"no role", func() { must(hall.Roles.Delete(ctx, owner, guild.ID, role.ID)) },
			[]string{`32 KNIGHT name:"knight"→ permissions:"1026"→ color:0→ hoist:true→ mentionable:false→ position:4→`}},
		{"an invite", func() {
			invite, err := hall.Invites.Create(ctx, owner, guild.General, chat.InviteDraft{MaxUses: pointer(3)})
			must(err)
			_, err = hall.Invites.Delete(ctx, owner, invite.Code)
			must(err)
		}, []string{`40  code:→CODE channel_id:→"GENERAL" inviter_id:→"ALICE" max_age:→86400 max_uses:→3 uses:→0 temporary:→false`,
			`42  code:CODE→ channel_id:"GENERAL"→ inviter_id:"ALICE"→ max_age:86400→ max_uses:3→ uses:0→ temporary:false→`}},
		{"a bot", func() { must(hall.Bots.AddToGuild(ctx, owner, bot.UserID, guild.ID)) }, []string{`28 BOT`}},
		{"one's own message", func() {
			post(owner)
			must(hall.Messages.Delete(ctx, owner, guild.General, posted))
		}, nil},
		{"another's message", func() {
			post(bot)
			must(hall.Messages.Pin(ctx, owner, guild.General, posted))
			must(hall.Messages.Unpin(ctx, owner, guild.General, posted))
			must(hall.Messages.Delete(ctx, owner, guild.General, posted))
		}, []string{`74 BOT map[channel_id:GENERAL message_id:POSTED]`, `75 BOT map[channel_id:GENERAL message_id:POSTED]`, `72 BOT map[channel_id:GENERAL count:1]`}},
		{"many", func() {
			post(bot)
			must(hall.Messages.DeleteMany(ctx, owner, guild.General, []id.ID{posted, posted + 1}))
		}, []string{`73 GENERAL map[count:1]`}},
		{"a kick", func() { must(hall.Members.Kick(ctx, owner, guild.ID, bob.UserID)) }, []string{`20 BOB`}},
		{"a ban", func() {
			must(hall.Bans.Ban(ctx, owner, guild.ID, bob.UserID, 0))
			must(hall.Bans.Unban(ctx, owner, guild.ID, bob.UserID))
		}, []string{`22 BOB`, `23 BOB`}},
	} {
		newest, err := hall.AuditLog.List(ctx, owner, guild.ID, store.AuditQuery{Limit: 1})
		must(err)
		c.do()
		found, err := hall.AuditLog.List(ctx, owner, guild.ID, store.AuditQuery{After: newest.Entries[0].ID})
		must(err)
		if len(found.Entries) != len(c.want) {
			t.Errorf("%s: %d entries, want %d: %+v", c.name, len(found.Entries), len(c.want), found.Entries)
			continue
		}
		for i, entry := range found.Entries {
			line := auditLine(entry, names)
			want := c.want[i]
			for _, change := range entry.Changes {
				if change.Key == "code" {
					want = strings.ReplaceAll(want, "CODE", string(change.Old)+string(change.New))
				}
			}
			if line != want {
				t.Errorf("%s:\n got %s\nwant %s", c.name, line, want)
			}
			if entry.UserID != owner.UserID || entry.Reason != "why not" {
				t.Errorf("%s: %+v", c.name, entry)
			}
		}
	}
}

func TestTheAuditLogIsForThoseWhoMaySeeIt(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	auditor, bob := guild.Member("auditor"), guild.Member("bob")
	guild.Role("auditors", 3, perm.ViewAuditLog, auditor)
	if err := hall.Members.Kick(t.Context(), guild.Owner, guild.ID, bob.UserID); err != nil {
		t.Fatal(err)
	}
	page, err := hall.AuditLog.List(t.Context(), auditor, guild.ID, store.AuditQuery{Action: store.AuditMemberKick})
	if err != nil || len(page.Entries) != 1 || len(page.Users) != 2 || page.Users[0].ID != guild.Owner.UserID || page.Users[1].ID != bob.UserID {
		t.Errorf("%+v, %v", page, err)
	}
	_, err = hall.AuditLog.List(t.Context(), bob, guild.ID, store.AuditQuery{})
	expectKind(t, err, chat.UnknownGuild)
	_, err = hall.AuditLog.List(t.Context(), guild.Member("carol"), guild.ID, store.AuditQuery{})
	expectKind(t, err, chat.MissingPermission)
	for _, limit := range []int{-1, 101} {
		_, err = hall.AuditLog.List(t.Context(), auditor, guild.ID, store.AuditQuery{Limit: limit})
		expectKind(t, err, chat.Invalid)
	}
}

func TestReasonsAreCleanedAndBounded(t *testing.T) {
	if reason, err := chat.CheckReason("  because ✓ "); err != nil || reason != "because ✓" {
		t.Errorf("%q, %v", reason, err)
	}
	for _, wrong := range []string{strings.Repeat("é", 513), "a\xff"} {
		_, err := chat.CheckReason(wrong)
		expectField(t, err, "reason")
	}
	if _, err := chat.CheckReason(strings.Repeat("é", 512)); err != nil {
		t.Error(err)
	}
}
