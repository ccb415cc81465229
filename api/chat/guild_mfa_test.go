package chat_test

import (
	"fmt"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/chat/command"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
)

// guarded is a guild that asks for a second factor of its moderators. alice, its owner, has one; mod, who holds every permission but that of administrators, and adam, an administrator, have none.
type guarded struct {
	*chattest.Guild
	hall             *chattest.Hall
	alice, mod, adam chat.Caller
	member           chat.Caller
}

// signedUp makes an account that is signed in.
func signedUp(t *testing.T, hall *chattest.Hall, name string) chat.Caller {
	t.Helper()
	account(t, hall, name)
	return caller(t, hall, login(t, hall, name))
}

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	hall, _ := openOwned(t, chattest.Options{Chat: chat.Options{NoRateLimits: true}})
	g := &guarded{hall: hall, alice: signedUp(t, hall, "alice"), mod: signedUp(t, hall, "mod"), adam: signedUp(t, hall, "adam"), member: signedUp(t, hall, "member")}
	g.Guild = hall.Guild(g.alice)
	g.Join(g.mod, g.adam, g.member)
	g.Role("moderators", 5, perm.All&^perm.Administrator, g.mod)
	g.Role("administrators", 6, perm.Administrator, g.adam)
	protect(t, hall, g.alice)
	if _, err := hall.Guilds.SetMFALevel(t.Context(), g.alice, g.ID, 1); err != nil {
		t.Fatal(err)
	}
	return g
}

// unprotect takes the authenticator app of an account away.
func (g *guarded) unprotect(t *testing.T, who chat.Caller) {
	t.Helper()
	if err := g.hall.Accounts.DisableTOTP(t.Context(), who, chat.Proof{Password: password, Code: code(t, g.hall)}); err != nil {
		t.Fatal(err)
	}
}

// moderate does what takes an elevated permission: it says what becomes of a channel.
func (g *guarded) moderate(t *testing.T, who chat.Caller, topic string) error {
	t.Helper()
	_, err := g.hall.Channels.Update(t.Context(), who, g.General, chat.ChannelEdit{Topic: &topic})
	return err
}

func TestWhoModeratesNeedsASecondFactorWhereTheServerAsksForOne(t *testing.T) {
	g := newGuarded(t)
	for name, who := range map[string]chat.Caller{"a moderator": g.mod, "an administrator": g.adam} {
		t.Run(name, func(t *testing.T) {
			expectKind(t, g.moderate(t, who, "x"), chat.TwoFactorRequired)
			expectKind(t, g.hall.Bans.Ban(t.Context(), who, g.ID, g.member.UserID, 0), chat.TwoFactorRequired)
			// What takes none of these permissions is theirs as ever.
			if _, err := g.hall.Messages.Create(t.Context(), who, g.General, chat.MessageDraft{Content: "@everyone"}); err != nil {
				t.Error(err)
			}
			nick := "Member"
			if _, err := g.hall.Members.Update(t.Context(), who, g.ID, g.member.UserID, chat.MemberEdit{Nick: &nick}); err != nil {
				t.Error(err)
			}
			summaries, err := g.hall.Guilds.List(t.Context(), who, chat.GuildPage{Limit: 1})
			if err != nil || len(summaries) != 1 || !summaries[0].Permissions.Has(perm.BanMembers) || summaries[0].Permissions&^perm.All != 0 {
				t.Errorf("what they have is shown as %+v, %v", summaries, err)
			}
			protect(t, g.hall, who)
			if err := g.moderate(t, who, name); err != nil {
				t.Errorf("with a second factor: %v", err)
			}
		})
	}
	expectKind(t, g.moderate(t, g.member, "x"), chat.MissingPermission) // a second factor would not help
	if err := g.moderate(t, g.alice, "of the owner"); err != nil {
		t.Error(err)
	}
	if err := g.moderate(t, chattest.Console, "of the command line"); err != nil {
		t.Error(err)
	}
	g.unprotect(t, g.mod)
	expectKind(t, g.moderate(t, g.mod, "x"), chat.TwoFactorRequired)
}

func TestWhatIsMissingBesidesASecondFactorIsNamed(t *testing.T) {
	g := newGuarded(t)
	helper := signedUp(t, g.hall, "helper")
	g.Join(helper)
	g.Role("helpers", 2, perm.KickMembers, helper)
	_, err := g.hall.Members.CountPrune(t.Context(), helper, g.ID, chat.Prune{Days: 7})
	expectKind(t, err, chat.MissingPermission)
	if want := "This needs the permission MANAGE_GUILD."; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
	expectKind(t, g.hall.Members.Kick(t.Context(), helper, g.ID, g.member.UserID), chat.TwoFactorRequired)
}

func TestWhoDecidesThatModeratorsNeedASecondFactor(t *testing.T) {
	hall, _ := openOwned(t, chattest.Options{Chat: chat.Options{NoRateLimits: true}})
	alice, adam := signedUp(t, hall, "alice"), signedUp(t, hall, "adam")
	guild := hall.Guild(alice)
	guild.Join(adam)
	guild.Role("administrators", 6, perm.Administrator, adam)
	protect(t, hall, adam)
	told := hall.Watch(event.GuildSubject(guild.ID))
	set := func(who chat.Caller, level int) error {
		_, err := hall.Guilds.SetMFALevel(t.Context(), who, guild.ID, level)
		return err
	}
	expectKind(t, set(adam, 1), chat.MissingPermission)
	expectKind(t, set(hall.Person("stranger"), 1), chat.UnknownGuild)
	expectKind(t, set(alice, 1), chat.TwoFactorRequired)
	protect(t, hall, alice)
	for _, level := range []int{-1, 2} {
		expectField(t, set(alice, level), "level")
	}
	if err := set(chat.Caller{UserID: alice.UserID, Reason: "a raid"}, 1); err != nil {
		t.Fatal(err)
	}
	if updated := chattest.Next[event.GuildUpdated](told); updated.Guild.MFALevel != 1 {
		t.Errorf("told is %+v", updated)
	}
	log, err := hall.AuditLog.List(t.Context(), alice, guild.ID, store.AuditQuery{Limit: 1})
	if err != nil || len(log.Entries) != 1 {
		t.Fatal(log, err)
	}
	entry := log.Entries[0]
	if entry.Action != store.AuditGuildUpdate || entry.UserID != alice.UserID || entry.Reason != "a raid" || len(entry.Changes) != 1 || fmt.Sprintf("%s %s %s", entry.Changes[0].Key, entry.Changes[0].Old, entry.Changes[0].New) != "mfa_level 0 1" {
		t.Errorf("the log says %+v", entry)
	}
	if err := set(alice, 1); err != nil { // as it is
		t.Error(err)
	}
	if again, err := hall.AuditLog.List(t.Context(), alice, guild.ID, store.AuditQuery{Limit: 1}); err != nil || again.Entries[0].ID != entry.ID {
		t.Errorf("nothing changed, and the log says %+v, %v", again, err)
	}
	if err := set(alice, 0); err != nil {
		t.Error(err)
	}
	if err := set(chattest.Console, 1); err != nil {
		t.Error(err)
	}
}

func TestAnOwnerWithoutASecondFactorIsBoundToo(t *testing.T) {
	g := newGuarded(t)
	g.unprotect(t, g.alice)
	if view, err := g.hall.Guilds.Get(t.Context(), g.alice, g.ID); err != nil || view.Guild.MFALevel != 1 {
		t.Fatalf("the server asks for %+v, %v", view, err)
	}
	_, err := g.hall.Guilds.SetMFALevel(t.Context(), g.alice, g.ID, 0)
	expectKind(t, err, chat.TwoFactorRequired)
	expectKind(t, g.hall.Guilds.Delete(t.Context(), g.alice, g.ID), chat.TwoFactorRequired)
	_, err = g.hall.Guilds.Update(t.Context(), g.alice, g.ID, chat.GuildEdit{OwnerID: &g.member.UserID})
	expectKind(t, err, chat.TwoFactorRequired)
	protect(t, g.hall, g.alice)
	if err := g.moderate(t, g.alice, "again"); err != nil {
		t.Error(err)
	}
	if err := g.hall.Guilds.Delete(t.Context(), g.alice, g.ID); err != nil {
		t.Error(err)
	}
}

func TestABotModeratesWithTheSecondFactorOfItsOwner(t *testing.T) {
	g := newGuarded(t)
	there := g.hall.Node()
	bot := g.hall.Bot("robin", g.mod)
	g.Join(bot)
	g.Role("bots", 4, perm.ManageChannels, bot)
	expectKind(t, g.moderate(t, bot, "x"), chat.TwoFactorRequired)
	protect(t, g.hall, g.mod)
	if err := g.moderate(t, bot, "with the owner's"); err != nil {
		t.Error(err)
	}
	takenIn := g.hall.TakenIn()
	if _, err := there.Bots.HandOver(t.Context(), chattest.Console, bot.UserID, g.member.UserID, chat.Proof{}); err != nil {
		t.Fatal(err)
	}
	await(whichever[event.ApplicationChanged])(takenIn)
	expectKind(t, g.moderate(t, bot, "x"), chat.TwoFactorRequired)
	protect(t, g.hall, g.member)
	if err := g.moderate(t, bot, "with the new owner's"); err != nil {
		t.Error(err)
	}
}

func TestWhatIsSeenTakesNoSecondFactor(t *testing.T) {
	g := newGuarded(t)
	thread, _, err := g.hall.Threads.Start(t.Context(), g.alice, g.General, chat.ThreadDraft{Name: "Council"})
	if err != nil {
		t.Fatal(err)
	}
	hidden := g.Channel("hidden", store.ChannelText, store.PermissionOverwrite{TargetID: g.ID, Type: store.OverwriteRole, Deny: uint64(perm.ViewChannel)})
	for name, read := range map[string]func() error{
		"a private thread": func() error {
			_, err := g.hall.Messages.List(t.Context(), g.mod, thread.ID, store.MessagePage{Limit: 1})
			return err
		},
		"a hidden channel": func() error {
			_, err := g.hall.Messages.List(t.Context(), g.adam, hidden, store.MessagePage{Limit: 1})
			return err
		},
	} {
		if err := read(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	locked := true
	_, err = g.hall.Channels.Update(t.Context(), g.mod, thread.ID, chat.ChannelEdit{Locked: &locked})
	expectKind(t, err, chat.TwoFactorRequired)
}

func TestWhoModeratesIsTrustedByRulesWithoutASecondFactor(t *testing.T) {
	g := newGuarded(t)
	makeRule(t, g.hall, g.Guild, store.AutoModRule{Trigger: store.AutoModKeyword, Keywords: []string{"tomato"}, Actions: []store.AutoModAction{{Type: store.AutoModBlock}}})
	post := func(who chat.Caller) error {
		_, err := g.hall.Messages.Create(t.Context(), who, g.General, chat.MessageDraft{Content: "tomato"})
		return err
	}
	if err := post(g.mod); err != nil {
		t.Error(err)
	}
	expectKind(t, post(g.member), chat.BlockedByRule)
}

func TestACommandForModeratorsTakesTheirSecondFactor(t *testing.T) {
	g := newGuarded(t)
	bot := g.hall.Bot("robin", g.alice)
	g.Join(bot)
	ban, _, err := g.hall.Commands.Put(t.Context(), bot, bot.UserID, 0, command.Draft{Name: new("ban"), Description: new("Bans"), DefaultMemberPermissions: new(new(uint64(perm.BanMembers)))})
	if err != nil {
		t.Fatal(err)
	}
	use := func(who chat.Caller) error {
		_, err := g.hall.Commands.Use(t.Context(), who, g.General, bot.UserID, ban.ID)
		return err
	}
	for _, who := range []chat.Caller{g.mod, g.adam} {
		expectKind(t, use(who), chat.TwoFactorRequired)
		protect(t, g.hall, who)
		if err := use(who); err != nil {
			t.Error(err)
		}
	}
	expectKind(t, use(g.member), chat.MissingPermission)
}

func TestEventHooksGoOnWhereModeratorsNeedASecondFactor(t *testing.T) {
	h := newHooked(t)
	hook := h.hook(t, receiverURL, "MESSAGE_CREATE")
	if _, err := h.Guilds.SetMFALevel(t.Context(), chattest.Console, h.guild.ID, 1); err != nil {
		t.Fatal(err)
	}
	h.say(t, h.guild.General, "still told")
	h.deliver(t)
	if requests := h.receivers.all(); len(requests) != 1 {
		t.Errorf("told were %+v", requests)
	}
	_, err := h.EventHooks.Get(t.Context(), h.bob, h.guild.ID, hook.ID)
	expectKind(t, err, chat.TwoFactorRequired)
}
