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

// audited is a guild whose owner acts, with names for the ids in the log.
type audited struct {
	t            *testing.T
	hall         *chattest.Hall
	guild        *chattest.Guild
	owner        chat.Caller
	bob, bot     chat.Caller
	names        map[id.ID]string
	role         store.Role
	made, posted id.ID
}

func (w *audited) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *audited) post(by chat.Caller) {
	message, err := w.hall.Messages.Create(w.t.Context(), by, w.guild.General, chat.MessageDraft{Content: "hello"})
	w.must(err)
	w.posted = message.Message.ID
	w.names[w.posted] = "POSTED"
}

var (
	auditedPermissions = perm.KickMembers | perm.ViewChannel
	auditedUntil       = time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)
)

// auditedActs are administrative acts one after the other, each with its lines in the log.
var auditedActs = []struct {
	name string
	do   func(w *audited)
	want []string
}{
	{"guild settings", func(w *audited) {
		_, err := w.hall.Guilds.Update(w.t.Context(), w.owner, w.guild.ID, chat.GuildEdit{Name: pointer("New name"), AFKChannelID: &w.guild.Lounge})
		w.must(err)
	}, []string{`1 GUILD name:"Guild of ALICE"→"New name" afk_channel_id:→"LOUNGE"`}},
	{"guild settings that stay", func(w *audited) {
		_, err := w.hall.Guilds.Update(w.t.Context(), w.owner, w.guild.ID, chat.GuildEdit{Name: pointer("New name")})
		w.must(err)
	}, nil},
	{"a role", func(w *audited) {
		var err error
		w.role, err = w.hall.Roles.Create(w.t.Context(), w.owner, w.guild.ID, chat.RoleDraft{Name: "knight", Permissions: &auditedPermissions})
		w.must(err)
		w.names[w.role.ID] = "KNIGHT"
	}, []string{`30 KNIGHT name:→"knight" permissions:→"1026" color:→0 hoist:→false mentionable:→false position:→1`}},
	{"its change", func(w *audited) {
		_, err := w.hall.Roles.Update(w.t.Context(), w.owner, w.guild.ID, w.role.ID, chat.RoleEdit{Hoist: pointer(true)})
		w.must(err)
	}, []string{`31 KNIGHT hoist:false→true`}},
	{"its place", func(w *audited) {
		_, err := w.hall.Roles.Reorder(w.t.Context(), w.owner, w.guild.ID, []chat.RolePosition{{RoleID: w.role.ID, Position: pointer(4)}})
		w.must(err)
	}, []string{`31 KNIGHT position:1→4`}},
	{"its bearer", func(w *audited) {
		w.must(w.hall.Members.AddRole(w.t.Context(), w.owner, w.guild.ID, w.bob.UserID, w.role.ID))
	}, []string{`25 BOB $add:→[{"id":"KNIGHT","name":"knight"}]`}},
	{"again", func(w *audited) {
		w.must(w.hall.Members.AddRole(w.t.Context(), w.owner, w.guild.ID, w.bob.UserID, w.role.ID))
	}, nil},
	{"no more", func(w *audited) {
		w.must(w.hall.Members.RemoveRole(w.t.Context(), w.owner, w.guild.ID, w.bob.UserID, w.role.ID))
	}, []string{`25 BOB $remove:→[{"id":"KNIGHT","name":"knight"}]`}},
	{"a member", func(w *audited) {
		_, err := w.hall.Members.Update(w.t.Context(), w.owner, w.guild.ID, w.bob.UserID, chat.MemberEdit{Nick: pointer("bobby"), Mute: pointer(true), TimedOutUntil: &auditedUntil})
		w.must(err)
	}, []string{`24 BOB nick:→"bobby" mute:false→true communication_disabled_until:→"2026-05-02T00:00:00Z"`}},
	{"a channel", func(w *audited) {
		channel, err := w.hall.Channels.Create(w.t.Context(), w.owner, w.guild.ID, chat.ChannelDraft{Name: "new", Topic: "all of it"})
		w.must(err)
		w.made = channel.ID
		w.names[w.made] = "MADE"
	}, []string{`10 MADE name:→"new" type:→0 topic:→"all of it" position:→0 nsfw:→false rate_limit_per_user:→0 bitrate:→0 user_limit:→0`}},
	{"its change", func(w *audited) {
		_, err := w.hall.Channels.Update(w.t.Context(), w.owner, w.made, chat.ChannelEdit{Topic: pointer("")})
		w.must(err)
	}, []string{`11 MADE topic:"all of it"→`}},
	{"an overwrite", func(w *audited) {
		w.must(w.hall.Channels.SetOverwrite(w.t.Context(), w.owner, w.made, store.PermissionOverwrite{TargetID: w.role.ID, Deny: uint64(perm.ViewChannel)}))
	}, []string{`13 MADE id:→"KNIGHT" type:→"0" allow:→"0" deny:→"1024" map[id:KNIGHT role_name:knight type:0]`}},
	{"another", func(w *audited) {
		w.must(w.hall.Channels.SetOverwrite(w.t.Context(), w.owner, w.made, store.PermissionOverwrite{TargetID: w.role.ID, Deny: uint64(perm.SendMessages)}))
	}, []string{`14 MADE deny:"1024"→"2048" map[id:KNIGHT role_name:knight type:0]`}},
	{"none", func(w *audited) { w.must(w.hall.Channels.DeleteOverwrite(w.t.Context(), w.owner, w.made, w.role.ID)) },
		[]string{`15 MADE id:"KNIGHT"→ type:"0"→ allow:"0"→ deny:"2048"→ map[id:KNIGHT role_name:knight type:0]`}},
	{"the order of channels", func(w *audited) {
		w.must(w.hall.Channels.Reorder(w.t.Context(), w.owner, w.guild.ID, []chat.ChannelPosition{{ChannelID: w.made, Position: pointer(9)}}))
	}, []string{`11 MADE position:0→9`}},
	{"no channel", func(w *audited) {
		_, err := w.hall.Channels.Delete(w.t.Context(), w.owner, w.made)
		w.must(err)
	}, []string{`12 MADE name:"new"→ type:0→ position:9→ nsfw:false→ rate_limit_per_user:0→ bitrate:0→ user_limit:0→`}},
	{"no role", func(w *audited) { w.must(w.hall.Roles.Delete(w.t.Context(), w.owner, w.guild.ID, w.role.ID)) },
		[]string{`32 KNIGHT name:"knight"→ permissions:"1026"→ color:0→ hoist:true→ mentionable:false→ position:4→`}},
	{"an invite", func(w *audited) {
		invite, err := w.hall.Invites.Create(w.t.Context(), w.owner, w.guild.General, chat.InviteDraft{MaxUses: pointer(3)})
		w.must(err)
		_, err = w.hall.Invites.Delete(w.t.Context(), w.owner, invite.Code)
		w.must(err)
	}, []string{`40  code:→CODE channel_id:→"GENERAL" inviter_id:→"ALICE" max_age:→86400 max_uses:→3 uses:→0 temporary:→false`,
		`42  code:CODE→ channel_id:"GENERAL"→ inviter_id:"ALICE"→ max_age:86400→ max_uses:3→ uses:0→ temporary:false→`}},
	{"a bot", func(w *audited) {
		w.must(w.hall.Bots.AddToGuild(w.t.Context(), w.owner, w.bot.UserID, w.guild.ID, perm.KickMembers))
		w.names[w.managed()] = "MANAGED"
	}, []string{`28 BOT`, `30 MANAGED name:→"robot" permissions:→"2" color:→0 hoist:→false mentionable:→false position:→1`, `80 BOT name:→"robot" type:→"discord"`}},
	{"a bot with other permissions", func(w *audited) {
		w.must(w.hall.Bots.AddToGuild(w.t.Context(), w.owner, w.bot.UserID, w.guild.ID, perm.BanMembers))
	}, []string{`31 MANAGED permissions:"2"→"4"`}},
	{"one's own message", func(w *audited) {
		w.post(w.owner)
		w.must(w.hall.Messages.Delete(w.t.Context(), w.owner, w.guild.General, w.posted))
	}, nil},
	{"another's message", func(w *audited) {
		w.post(w.bot)
		w.must(w.hall.Messages.Pin(w.t.Context(), w.owner, w.guild.General, w.posted))
		w.must(w.hall.Messages.Unpin(w.t.Context(), w.owner, w.guild.General, w.posted))
		w.must(w.hall.Messages.Delete(w.t.Context(), w.owner, w.guild.General, w.posted))
	}, []string{`74 BOT map[channel_id:GENERAL message_id:POSTED]`, `75 BOT map[channel_id:GENERAL message_id:POSTED]`, `72 BOT map[channel_id:GENERAL count:1]`}},
	{"many", func(w *audited) {
		w.post(w.bot)
		w.must(w.hall.Messages.DeleteMany(w.t.Context(), w.owner, w.guild.General, []id.ID{w.posted, w.posted + 1}))
	}, []string{`73 GENERAL map[count:1]`}},
	{"no application", func(w *audited) {
		w.must(w.hall.Bots.Uninstall(w.t.Context(), w.owner, w.guild.ID, w.bot.UserID))
	}, []string{`82 BOT`}},
	{"a kick", func(w *audited) { w.must(w.hall.Members.Kick(w.t.Context(), w.owner, w.guild.ID, w.bob.UserID)) }, []string{`20 BOB`}},
	{"a ban", func(w *audited) {
		w.must(w.hall.Bans.Ban(w.t.Context(), w.owner, w.guild.ID, w.bob.UserID, 0))
		w.must(w.hall.Bans.Unban(w.t.Context(), w.owner, w.guild.ID, w.bob.UserID))
	}, []string{`22 BOB`, `23 BOB`}},
}

// managed gives the role of the bot.
func (w *audited) managed() id.ID {
	member, err := w.hall.Members.Get(w.t.Context(), w.owner, w.guild.ID, w.bot.UserID)
	w.must(err)
	return member.RoleIDs[0]
}

func TestEveryAdministrativeActIsRecorded(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	w := &audited{t: t, hall: hall, guild: guild, owner: guild.Owner, bob: guild.Member("bob"), bot: hall.Bot("robot", guild.Owner)}
	w.owner.Reason = "why not"
	w.names = map[id.ID]string{guild.ID: "GUILD", w.owner.UserID: "ALICE", w.bob.UserID: "BOB", w.bot.UserID: "BOT", guild.General: "GENERAL", guild.Lounge: "LOUNGE"}
	for _, c := range auditedActs {
		newest, err := hall.AuditLog.List(w.t.Context(), w.owner, guild.ID, store.AuditQuery{Limit: 1})
		w.must(err)
		c.do(w)
		found, err := hall.AuditLog.List(w.t.Context(), w.owner, guild.ID, store.AuditQuery{After: newest.Entries[0].ID})
		w.must(err)
		if len(found.Entries) != len(c.want) {
			t.Errorf("%s: %d entries, want %d: %+v", c.name, len(found.Entries), len(c.want), found.Entries)
			continue
		}
		for i, entry := range found.Entries {
			line, want := auditLine(entry, w.names), c.want[i]
			for _, change := range entry.Changes {
				if change.Key == "code" {
					want = strings.ReplaceAll(want, "CODE", string(change.Old)+string(change.New))
				}
			}
			if line != want {
				t.Errorf("%s:\n got %s\nwant %s", c.name, line, want)
			}
			if entry.UserID != w.owner.UserID || entry.Reason != "why not" {
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
