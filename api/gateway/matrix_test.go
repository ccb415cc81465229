package gateway

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

// busyness does one of everything in a channel, and to the guild, that only some may hear of.
func (h *house) busyness(t *testing.T, owner, target chat.Caller, guild id.ID, channelID id.ID) {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	first, second, third := h.post(owner, channelID, "one"), h.post(owner, channelID, "two"), h.post(owner, channelID, "three")
	content := "changed"
	_, err := h.Messages.Update(ctx, owner, channelID, first, chat.MessageEdit{Content: &content})
	must(err)
	thumb := store.Emoji{Name: "👍"}
	must(h.Messages.React(ctx, owner, channelID, first, thumb))
	must(h.Messages.Unreact(ctx, owner, channelID, first, owner.UserID, thumb))
	must(h.Messages.React(ctx, owner, channelID, first, thumb))
	must(h.Messages.ClearReactions(ctx, owner, channelID, first, &thumb))
	must(h.Messages.React(ctx, owner, channelID, first, thumb))
	must(h.Messages.ClearReactions(ctx, owner, channelID, first, nil))
	must(h.Messages.Pin(ctx, owner, channelID, first))
	must(h.Messages.DeleteMany(ctx, owner, channelID, []id.ID{second, third}))
	poll, err := h.Messages.Create(ctx, owner, channelID, chat.MessageDraft{Poll: &chat.PollDraft{Question: "q", Answers: []store.PollAnswer{{Text: "a"}}}})
	must(err)
	must(h.Messages.Vote(ctx, owner, channelID, poll.Message.ID, []int{1}))
	must(h.Messages.Vote(ctx, owner, channelID, poll.Message.ID, nil))
	_, err = h.Messages.EndPoll(ctx, owner, channelID, poll.Message.ID)
	must(err)
	must(h.Messages.Type(ctx, owner, channelID))
	must(h.Messages.Delete(ctx, owner, channelID, first))
	thread, _, err := h.Threads.Start(ctx, owner, channelID, chat.ThreadDraft{Name: "thread", Type: new(store.ChannelPublicThread)})
	must(err)
	h.post(owner, thread.ID, "within")
	_, err = h.Threads.Update(ctx, owner, thread.ID, chat.ChannelEdit{Name: new("other")})
	must(err)
	h.settle() // of what is gone by the time that it would be told, its end alone is told
	_, err = h.Threads.Delete(ctx, owner, thread.ID)
	must(err)
	topic := "secret"
	_, err = h.Channels.Update(ctx, owner, channelID, chat.ChannelEdit{Topic: &topic})
	must(err)
	invite, err := h.Invites.Create(ctx, owner, channelID, chat.InviteDraft{Unique: true})
	must(err)
	_, err = h.Invites.Delete(ctx, owner, invite.Code)
	must(err)
	// What administrators alone hear of.
	rule, err := h.AutoMod.Create(ctx, owner, store.AutoModRule{GuildID: guild, Name: "r", Trigger: store.AutoModSpam, Enabled: true, Actions: []store.AutoModAction{{Type: store.AutoModBlock}}})
	must(err)
	_, err = h.AutoMod.Update(ctx, owner, guild, rule.ID, func(rule *store.AutoModRule) { rule.Name = "s" })
	must(err)
	must(h.AutoMod.Delete(ctx, owner, guild, rule.ID))
	must(h.Bans.Ban(ctx, owner, guild, target.UserID, 0))
	must(h.Bans.Unban(ctx, owner, guild, target.UserID))
	h.settle()
	_, err = h.Channels.Delete(ctx, owner, channelID)
	must(err)
}

// publicity does one of everything that all members of a guild hear of; bob is one of them.
func (h *house) publicity(t *testing.T, owner, bob chat.Caller, guild *chattest.Guild) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := h.Guilds.Update(ctx, owner, guild.ID, chat.GuildEdit{Description: new("another")})
	must(err)
	role, err := h.Roles.Create(ctx, owner, guild.ID, chat.RoleDraft{Name: "r"})
	must(err)
	_, err = h.Roles.Update(ctx, owner, guild.ID, role.ID, chat.RoleEdit{Name: new("s")})
	must(err)
	must(h.Roles.Delete(ctx, owner, guild.ID, role.ID))
	_, err = h.Webhooks.Create(ctx, owner, guild.General, chat.WebhookEdit{Name: new("Ci")})
	must(err)
	guest, _ := h.bot("guest", owner)
	must(h.Bots.AddToGuild(ctx, owner, guest.UserID, guild.ID, perm.ViewChannel))
	must(h.Bots.AddToGuild(ctx, owner, guest.UserID, guild.ID, perm.ViewChannel|perm.SendMessages))
	must(h.Bots.Uninstall(ctx, owner, guild.ID, guest.UserID))
	emoji, err := h.Emojis.Create(ctx, owner, guild.ID, chat.EmojiDraft{Name: "wave", Image: stillImage})
	must(err)
	must(h.Emojis.Delete(ctx, owner, guild.ID, emoji.ID))
	must(h.Voice.SetStatus(ctx, owner, guild.Lounge, "Chess"))
	stage := guild.Channel("stage", store.ChannelStage)
	h.settle()
	_, err = h.Voice.OpenStage(ctx, owner, stage, "Talk")
	must(err)
	_, err = h.Voice.UpdateStage(ctx, owner, stage, new("Song"))
	must(err)
	must(h.Voice.CloseStage(ctx, owner, stage))
	late := h.Person("late")
	helper, _ := h.bot("helper", owner)
	guild.Join(late, helper)
	_, err = h.Commands.SetPermissions(ctx, owner, store.CommandPermissions{GuildID: guild.ID, ApplicationID: helper.UserID, TargetID: helper.UserID,
		Permissions: []store.CommandPermission{{ID: bob.UserID, Type: store.CommandForUser}}})
	must(err)
	_, err = h.Members.Update(ctx, owner, guild.ID, late.UserID, chat.MemberEdit{Nick: new("later")})
	must(err)
	must(h.Members.Kick(ctx, owner, guild.ID, late.UserID))
	channel, err := h.Channels.Create(ctx, owner, guild.ID, chat.ChannelDraft{Name: "new"})
	must(err)
	h.settle()
	_, err = h.Channels.Update(ctx, owner, channel.ID, chat.ChannelEdit{Topic: new("open")})
	must(err)
	thread, _, err := h.Threads.Start(ctx, owner, channel.ID, chat.ThreadDraft{Name: "open", Type: new(store.ChannelPublicThread)})
	must(err)
	must(h.Threads.Join(ctx, bob, thread.ID))
	_, err = h.Threads.Update(ctx, owner, thread.ID, chat.ChannelEdit{Name: new("wide open")})
	must(err)
	_, err = h.AutoMod.Create(ctx, owner, store.AutoModRule{GuildID: guild.ID, Name: "r", Trigger: store.AutoModKeyword, Keywords: []string{"bosh"}, Enabled: true,
		Actions: []store.AutoModAction{{Type: store.AutoModBlock}}})
	must(err)
	if _, err := h.Messages.Create(ctx, bob, channel.ID, chat.MessageDraft{Content: "bosh"}); chat.KindOf(err) != chat.BlockedByRule {
		t.Fatalf("got %v", err)
	}
	_, err = h.Reports.Report(ctx, bob, channel.ID, h.post(owner, channel.ID, "words"), "rude")
	must(err)
}

// until reads what a client gets up to a dispatch that holds a text, and gives the names of all before it.
func (c *client) namesUntil(name, text string) (names []string, all string) {
	c.tb.Helper()
	var payloads strings.Builder
	for {
		r := c.next()
		if r.name() == name && strings.Contains(string(r.Data), text) {
			return names, payloads.String()
		}
		if r.name() != "" {
			names = append(names, r.name())
			payloads.Write(r.Data)
		}
	}
}

// toldElsewhere are dispatches that are about one person (their own devices, conversations and relationships) or answer one: their own tests look at who hears of them. Those of voice are among voice's.
var toldElsewhere = []string{
	"CALL_CREATE", "CALL_DELETE", "CALL_UPDATE", "CHANNEL_INFO", "CHANNEL_PINS_ACK", "CHANNEL_RECIPIENT_ADD", "CHANNEL_RECIPIENT_REMOVE", "GUILD_CREATE", "GUILD_DELETE", "GUILD_MEMBERS_CHUNK", "GUILD_MEMBER_LIST_UPDATE", "MESSAGE_ACK", "PRESENCE_UPDATE", "RATE_LIMITED",
	"INTERACTION_CREATE", "RELATIONSHIP_ADD", "RELATIONSHIP_REMOVE", "RELATIONSHIP_UPDATE", "SECURITY_EVENT_CREATE", "SESSIONS_REPLACE", "SOUNDBOARD_SOUNDS", "STREAM_DELETE", "THREAD_LIST_SYNC", "THREAD_MEMBER_UPDATE", "USER_GUILD_SETTINGS_UPDATE", "USER_NOTE_UPDATE",
	"USER_SETTINGS_UPDATE", "USER_UPDATE", "VOICE_SERVER_UPDATE", "VOICE_STATE_UPDATE",
}

// dispatchNames are the names of all events that this package can tell, as they stand in its sources.
func dispatchNames(t *testing.T) (names []string) {
	t.Helper()
	form := regexp.MustCompile(`^"[A-Z]+(_[A-Z]+)+"$`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			if literal, is := node.(*ast.BasicLit); is && form.MatchString(literal.Value) {
				names = append(names, strings.Trim(literal.Value, `"`))
			}
			return true
		})
	}
	if len(names) < 50 {
		t.Fatalf("only %d names were found", len(names))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestNobodyHearsWhatTheyMayNotSee(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob, stranger, banned, target := h.Person("alice"), h.Person("bob"), h.Person("stranger"), h.Person("banned"), h.Person("target")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(bob, banned, target, robot)
	guild.Everyone(perm.ViewChannel | perm.ReadMessageHistory | perm.SendMessages)
	if err := h.Bans.Ban(ctx, alice, guild.ID, banned.UserID, 0); err != nil {
		t.Fatal(err)
	}
	hidden := guild.Channel("hidden", store.ChannelText, store.PermissionOverwrite{TargetID: guild.ID, Deny: uint64(perm.ViewChannel)})
	member, outside, out := h.enter(h.login(bob)), h.enter(h.login(stranger)), h.enter(h.login(banned))
	all := h.enter(h.login(alice))
	deaf, narrow := h.enter(token, `"intents":0`), h.enter(token, `"intents":4096`)
	h.busyness(t, alice, target, guild.ID, hidden)
	h.post(alice, guild.General, "the end")

	names, payloads := member.namesUntil("MESSAGE_CREATE", "the end")
	for _, name := range names {
		if name != "GUILD_MEMBER_REMOVE" && name != "PRESENCE_UPDATE" { // that somebody is gone shows in the member list
			t.Errorf("a member without access was told %s", name)
		}
	}
	if strings.Contains(payloads, hidden.String()) {
		t.Errorf("a member was told of the hidden channel: %s", payloads)
	}
	h.publicity(t, alice, bob, guild)
	h.post(alice, guild.General, "the very end")
	names, payloads = member.namesUntil("MESSAGE_CREATE", "the very end")
	for _, name := range []string{"AUTO_MODERATION_ACTION_EXECUTION", "AUTO_MODERATION_RULE_CREATE", "GUILD_REPORT_UPDATE", "GUILD_AUDIT_LOG_ENTRY_CREATE", "WEBHOOKS_UPDATE"} {
		if slices.Contains(names, name) {
			t.Errorf("a member was told %s: %s", name, payloads)
		}
	}
	// Who owns the guild is told all there is, so nothing is missing here that the gateway can tell.
	told, _ := all.namesUntil("MESSAGE_CREATE", "the very end")
	for _, name := range dispatchNames(t) {
		if !slices.Contains(told, name) && !slices.Contains(toldElsewhere, name) {
			t.Errorf("nobody is told %s here: it is not known who may hear of it", name)
		}
	}
	// The others hear of the guild nothing at all. Each is told something of its own at the end, so that what came before is seen.
	for name, c := range map[string]*client{"a stranger": outside, "somebody who is banned": out} {
		caller := map[string]chat.Caller{"a stranger": stranger, "somebody who is banned": banned}[name]
		if err := h.Relationships.SetNote(ctx, caller, alice.UserID, "the end"); err != nil {
			t.Fatal(err)
		}
		if names, _ := c.namesUntil("USER_NOTE_UPDATE", "the end"); len(names) > 0 {
			t.Errorf("%s was told %v", name, names)
		}
	}
	nick := "the end"
	if _, err := h.Members.Update(ctx, alice, guild.ID, robot.UserID, chat.MemberEdit{Nick: &nick}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*client{"without intents": deaf, "that wants direct messages": narrow} {
		if names, _ := c.namesUntil("GUILD_MEMBER_UPDATE", "the end"); len(names) > 0 {
			t.Errorf("a bot %s was told %v", name, names)
		}
	}
}

func TestWhoIsTimedOutHearsOnAndWhoLosesAChannelDoesNot(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	guild := h.Guild(alice)
	guild.Join(bob)
	side := guild.Channel("side", store.ChannelText)
	b := h.enter(h.login(bob))
	until := h.Clock.Now().Add(time.Hour)
	if _, err := h.Members.Update(ctx, alice, guild.ID, bob.UserID, chat.MemberEdit{TimedOutUntil: &until}); err != nil {
		t.Fatal(err)
	}
	h.post(alice, side, "still heard")
	b.await("MESSAGE_CREATE")
	guild.Overwrite(side, guild.ID, store.OverwriteRole, 0, perm.ViewChannel)
	b.await("CHANNEL_DELETE")
	h.post(alice, side, "unheard")
	h.post(alice, guild.General, "the end")
	if names, payloads := b.namesUntil("MESSAGE_CREATE", "the end"); strings.Contains(payloads, "unheard") {
		t.Errorf("told were %v", names)
	}
}
