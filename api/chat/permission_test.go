package chat_test

import (
	"context"
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

// place is where a permission is tried: a guild in which @everyone may do nothing, with somebody and something to act on.
type place struct {
	hall    *chattest.Hall
	guild   *chattest.Guild
	channel id.ID       // a text channel
	other   id.ID       // another one
	role    store.Role  // at the bottom
	target  chat.Caller // a member without a role
	message id.ID       // of target, in channel
	invite  string      // of the owner, to channel
	thread  id.ID       // of target, in channel
	secret  id.ID       // a private one
}

func newPlace(t *testing.T, hall *chattest.Hall) *place {
	t.Helper()
	guild := hall.Guild(hall.Person("owner" + hall.IDs.Next().String()[10:]))
	p := &place{hall: hall, guild: guild, channel: guild.Channel("place", store.ChannelText), other: guild.Channel("other", store.ChannelText)}
	p.target = guild.Member("target" + hall.IDs.Next().String()[10:])
	message, err := hall.Messages.Create(t.Context(), p.target, p.channel, chat.MessageDraft{Content: "mine"})
	if err != nil {
		t.Fatal(err)
	}
	p.message = message.Message.ID
	for _, one := range []struct {
		threadID *id.ID
		kind     store.ChannelType
	}{{&p.thread, store.ChannelPublicThread}, {&p.secret, store.ChannelPrivateThread}} {
		thread, _, err := hall.Threads.Start(t.Context(), p.target, p.channel, chat.ThreadDraft{Name: "thread", Type: &one.kind})
		if err != nil {
			t.Fatal(err)
		}
		*one.threadID = thread.ID
	}
	invite, err := hall.Invites.Create(t.Context(), guild.Owner, p.channel, chat.InviteDraft{})
	if err != nil {
		t.Fatal(err)
	}
	p.invite = invite.Code
	guild.Everyone(0)
	p.role = guild.Role("low", 1, 0)
	return p
}

// method is something that callers do, and what it needs.
type method struct {
	name string
	need perm.Set
	// inChannel says that the permissions of place.channel count, otherwise those of the guild as a whole.
	inChannel bool
	// missing is the error when the permission is missing; MissingPermission when zero.
	missing chat.Kind
	do      func(ctx context.Context, p *place, caller chat.Caller) error
}

func pointer[T any](value T) *T { return &value }

var methods = []method{
	{name: "Guilds.Get", do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Guilds.Get(ctx, caller, p.guild.ID)
		return err
	}},
	{name: "Guilds.Counts", do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Guilds.Counts(ctx, caller, p.guild.ID)
		return err
	}},
	{name: "Guilds.Snapshot", do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Guilds.Snapshot(ctx, caller, p.guild.ID, chat.SnapshotOptions{MaxMembers: 10})
		return err
	}},
	{name: "Guilds.Update", need: perm.ManageGuild, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Guilds.Update(ctx, caller, p.guild.ID, chat.GuildEdit{Name: pointer("renamed")})
		return err
	}},
	{name: "Channels.List", do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Channels.List(ctx, caller, p.guild.ID)
		return err
	}},
	{name: "Channels.Create", need: perm.ManageChannels, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Channels.Create(ctx, caller, p.guild.ID, chat.ChannelDraft{Name: "new"})
		return err
	}},
	{name: "Channels.Reorder", need: perm.ManageChannels, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		return p.hall.Channels.Reorder(ctx, caller, p.guild.ID, []chat.ChannelPosition{{ChannelID: p.channel, Position: pointer(7)}})
	}},
	{name: "Channels.Get", need: perm.ViewChannel, inChannel: true, missing: chat.MissingAccess, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Channels.Get(ctx, caller, p.channel)
		return err
	}},
	{name: "Channels.Update", need: perm.ManageChannels, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Channels.Update(ctx, caller, p.channel, chat.ChannelEdit{Topic: pointer("a topic")})
		return err
	}},
	{name: "Channels.Delete", need: perm.ManageChannels, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Channels.Delete(ctx, caller, p.channel)
		return err
	}},
	{name: "Channels.SetOverwrite", need: perm.ManageRoles, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		return p.hall.Channels.SetOverwrite(ctx, caller, p.channel, store.PermissionOverwrite{TargetID: p.role.ID, Allow: uint64(perm.ViewChannel)})
	}},
	{name: "Roles.List", do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Roles.List(ctx, caller, p.guild.ID)
		return err
	}},
	{name: "Roles.Create", need: perm.ManageRoles, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Roles.Create(ctx, caller, p.guild.ID, chat.RoleDraft{Name: "new"})
		return err
	}},
	{name: "Roles.Update", need: perm.ManageRoles, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Roles.Update(ctx, caller, p.guild.ID, p.role.ID, chat.RoleEdit{Color: pointer(0xFF0000)})
		return err
	}},
	{name: "Roles.Reorder", need: perm.ManageRoles, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Roles.Reorder(ctx, caller, p.guild.ID, []chat.RolePosition{{RoleID: p.role.ID, Position: pointer(2)}})
		return err
	}},
	{name: "Roles.Delete", need: perm.ManageRoles, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		return p.hall.Roles.Delete(ctx, caller, p.guild.ID, p.role.ID)
	}},
	{name: "Members.List", do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Members.List(ctx, caller, p.guild.ID, 0, 10)
		return err
	}},
	{name: "Members.Get", do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Members.Get(ctx, caller, p.guild.ID, p.target.UserID)
		return err
	}},
	{name: "Members.Search", do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Members.Search(ctx, caller, p.guild.ID, "t", 10)
		return err
	}},
	{name: "Members.Update nick", need: perm.ManageNicknames, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Members.Update(ctx, caller, p.guild.ID, p.target.UserID, chat.MemberEdit{Nick: pointer("nick")})
		return err
	}},
	{name: "Members.Update roles", need: perm.ManageRoles, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Members.Update(ctx, caller, p.guild.ID, p.target.UserID, chat.MemberEdit{RoleIDs: &[]id.ID{p.role.ID}})
		return err
	}},
	{name: "Members.Update mute", need: perm.MuteMembers, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Members.Update(ctx, caller, p.guild.ID, p.target.UserID, chat.MemberEdit{Mute: pointer(true)})
		return err
	}},
	{name: "Members.Update deaf", need: perm.DeafenMembers, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Members.Update(ctx, caller, p.guild.ID, p.target.UserID, chat.MemberEdit{Deaf: pointer(true)})
		return err
	}},
	{name: "Members.Update time-out", need: perm.ModerateMembers, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Members.Update(ctx, caller, p.guild.ID, p.target.UserID, chat.MemberEdit{TimedOutUntil: pointer(p.hall.Clock.Now().Add(time.Hour))})
		return err
	}},
	{name: "Members.UpdateSelf", need: perm.ChangeNickname, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Members.UpdateSelf(ctx, caller, p.guild.ID, chat.SelfEdit{Nick: pointer("nick")})
		return err
	}},
	{name: "Members.AddRole", need: perm.ManageRoles, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		return p.hall.Members.AddRole(ctx, caller, p.guild.ID, p.target.UserID, p.role.ID)
	}},
	{name: "Members.RemoveRole", need: perm.ManageRoles, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		return p.hall.Members.RemoveRole(ctx, caller, p.guild.ID, p.target.UserID, p.role.ID)
	}},
	{name: "Members.Kick", need: perm.KickMembers, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		return p.hall.Members.Kick(ctx, caller, p.guild.ID, p.target.UserID)
	}},
	{name: "Invites.Create", need: perm.CreateInstantInvite, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Invites.Create(ctx, caller, p.channel, chat.InviteDraft{})
		return err
	}},
	{name: "Invites.GuildInvites", need: perm.ManageGuild, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Invites.GuildInvites(ctx, caller, p.guild.ID)
		return err
	}},
	{name: "Invites.ChannelInvites", need: perm.ManageChannels, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Invites.ChannelInvites(ctx, caller, p.channel)
		return err
	}},
	{name: "Messages.Create", need: perm.SendMessages, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Messages.Create(ctx, caller, p.channel, chat.MessageDraft{Content: "hello"})
		return err
	}},
	{name: "Messages.Create with embeds", need: perm.SendMessages | perm.EmbedLinks, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Messages.Create(ctx, caller, p.channel, chat.MessageDraft{Embeds: []store.Embed{{Title: "hello"}}})
		return err
	}},
	{name: "Messages.Create aloud", need: perm.SendMessages | perm.SendTTS, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Messages.Create(ctx, caller, p.channel, chat.MessageDraft{Content: "hello", TTS: true})
		return err
	}},
	{name: "Files.Receive", need: perm.SendMessages | perm.AttachFiles, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Files.Receive(ctx, caller, p.channel, "a.txt", strings.NewReader("x"))
		return err
	}},
	{name: "Files.Reserve", need: perm.SendMessages | perm.AttachFiles, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Files.Reserve(ctx, caller, p.channel, []chat.SlotDraft{{Filename: "a.txt", Size: 1}})
		return err
	}},
	{name: "Messages.List", need: perm.ReadMessageHistory, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Messages.List(ctx, caller, p.channel, store.MessagePage{})
		return err
	}},
	{name: "Messages.Get", need: perm.ReadMessageHistory, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Messages.Get(ctx, caller, p.channel, p.message)
		return err
	}},
	{name: "Messages.Update another's", need: perm.ManageMessages, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		_, err := p.hall.Messages.Update(ctx, caller, p.channel, p.message, chat.MessageEdit{Flags: pointer(store.MessageSuppressEmbeds)})
		return err
	}},
	{name: "Messages.Delete another's", need: perm.ManageMessages, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		return p.hall.Messages.Delete(ctx, caller, p.channel, p.message)
	}},
	{name: "Messages.Type", need: perm.SendMessages, inChannel: true, do: func(ctx context.Context, p *place, caller chat.Caller) error {
		return p.hall.Messages.Type(ctx, caller, p.channel)
	}},
}

// standing is what a caller is in the guild, and what comes of it.
type standing struct {
	name string
	// caller makes one.
	caller func(m method, p *place) chat.Caller
	// ok tells whether the method succeeds, kind how it fails otherwise.
	ok   func(m method) bool
	kind func(m method) chat.Kind
}

func always(method) bool      { return true }
func never(method) bool       { return false }
func inChannel(m method) bool { return m.inChannel }
func inGuild(m method) bool   { return !m.inChannel }

// free methods are open to every member.
func free(m method) bool { return m.need == 0 }

func missing(m method) chat.Kind {
	if m.missing != 0 {
		return m.missing
	}
	return chat.MissingPermission
}

var standings = []standing{
	{name: "the owner", caller: func(_ method, p *place) chat.Caller { return p.guild.Owner }, ok: always},
	{name: "an administrator", caller: func(_ method, p *place) chat.Caller {
		member := p.guild.Member("administrator")
		p.guild.Role("administrators", 50, perm.Administrator, member)
		return member
	}, ok: always},
	{name: "a member with the permission alone", caller: func(m method, p *place) chat.Caller {
		member := p.guild.Member("capable")
		p.guild.Role("capable", 40, m.need|perm.ViewChannel, member)
		return member
	}, ok: always},
	{name: "a bot with the permission alone", caller: func(m method, p *place) chat.Caller {
		bot := p.hall.Bot("bot", p.guild.Owner)
		p.guild.Join(bot)
		p.guild.Role("bots", 40, m.need|perm.ViewChannel, bot)
		return bot
	}, ok: always},
	{name: "a member with every other permission", caller: func(m method, p *place) chat.Caller {
		member := p.guild.Member("nearly")
		// Who manages nicknames may change their own.
		without := m.need | perm.Administrator
		if m.need == perm.ChangeNickname {
			without |= perm.ManageNicknames
		}
		p.guild.Role("nearly", 40, perm.All&^without, member)
		return member
	}, ok: free, kind: missing},
	{name: "a member whom the channel allows it", caller: func(m method, p *place) chat.Caller {
		member := p.guild.Member("allowed")
		p.guild.Role("viewers", 40, perm.ViewChannel, member)
		p.guild.Overwrite(p.channel, member.UserID, store.OverwriteMember, m.need|perm.ViewChannel, 0)
		return member
	}, ok: func(m method) bool { return inChannel(m) || free(m) }, kind: missing},
	{name: "a member whom the channel denies it", caller: func(m method, p *place) chat.Caller {
		member := p.guild.Member("denied")
		role := p.guild.Role("capable", 40, m.need|perm.ViewChannel, member)
		p.guild.Overwrite(p.channel, role.ID, store.OverwriteRole, 0, m.need)
		return member
	}, ok: func(m method) bool { return inGuild(m) || free(m) }, kind: missing},
	{name: "a member who may not view the channel", caller: func(m method, p *place) chat.Caller {
		member := p.guild.Member("outside")
		p.guild.Role("capable", 40, perm.All&^perm.Administrator, member)
		p.guild.Overwrite(p.channel, member.UserID, store.OverwriteMember, 0, perm.ViewChannel)
		return member
	}, ok: inGuild, kind: func(method) chat.Kind { return chat.MissingAccess }},
	{name: "a timed-out member", caller: func(m method, p *place) chat.Caller {
		member := p.guild.Member("quiet")
		p.guild.Role("capable", 40, m.need|perm.ViewChannel, member)
		until := p.hall.Clock.Now().Add(time.Minute)
		if _, err := p.hall.Members.Update(context.Background(), chattest.Console, p.guild.ID, member.UserID, chat.MemberEdit{TimedOutUntil: &until}); err != nil {
			panic(err)
		}
		return member
	}, ok: func(m method) bool { return m.need&^(perm.ViewChannel|perm.ReadMessageHistory) == 0 }, kind: missing},
	{name: "a member whose name a rule forbids", caller: func(m method, p *place) chat.Caller {
		member := p.guild.Member("tomatoes")
		p.guild.Role("capable", 40, m.need&^perm.ManageGuild|perm.ViewChannel, member)
		ctx := context.Background()
		if _, err := p.hall.AutoMod.Create(ctx, p.guild.Owner, store.AutoModRule{GuildID: p.guild.ID, Name: "No fruit", Trigger: store.AutoModMemberProfile, Keywords: []string{"tomato*"}, Enabled: true,
			Actions: []store.AutoModAction{{Type: store.AutoModQuarantine}}}); err != nil {
			panic(err)
		}
		nick := "Tomato"
		if _, err := p.hall.Members.Update(ctx, chattest.Console, p.guild.ID, member.UserID, chat.MemberEdit{Nick: &nick}); err != nil {
			panic(err)
		}
		return member
	}, ok: func(m method) bool {
		return m.need&^(perm.ViewChannel|perm.ReadMessageHistory|perm.ChangeNickname) == 0
	}, kind: missing},
	{name: "a stranger", caller: func(_ method, p *place) chat.Caller { return p.hall.Person("stranger") }, ok: never, kind: func(m method) chat.Kind {
		if m.inChannel {
			return chat.UnknownChannel
		}
		return chat.UnknownGuild
	}},
	{name: "somebody who left", caller: func(m method, p *place) chat.Caller {
		member := p.guild.Member("gone")
		p.guild.Role("capable", 40, perm.Administrator, member)
		if err := p.hall.Guilds.Leave(context.Background(), member, p.guild.ID); err != nil {
			panic(err)
		}
		return member
	}, ok: never, kind: func(m method) chat.Kind {
		if m.inChannel {
			return chat.UnknownChannel
		}
		return chat.UnknownGuild
	}},
}

func TestWhoMayDoWhat(t *testing.T) {
	for _, method := range slices.Concat(methods, threadMethods) {
		t.Run(method.name, func(t *testing.T) {
			for _, standing := range standings {
				t.Run(standing.name, func(t *testing.T) {
					p := newPlace(t, chattest.Open(t, chattest.Options{}))
					caller := standing.caller(method, p)
					err := method.do(t.Context(), p, caller)
					switch {
					case standing.ok(method) && err != nil:
						t.Errorf("was refused: %v", err)
					case !standing.ok(method) && err == nil:
						t.Error("was allowed")
					case !standing.ok(method) && chat.KindOf(err) != standing.kind(method):
						t.Errorf("was refused with kind %d (%v), want %d", chat.KindOf(err), err, standing.kind(method))
					}
				})
			}
		})
	}
}
