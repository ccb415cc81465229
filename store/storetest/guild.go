package storetest

import (
	"errors"
	"fmt"
	"math"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

var guildTests = []test{
	{"a guild is stored with its first roles, channels and members in one step", func(f *fixture) {
		ada, bob := f.person("ada"), f.person("bob")
		guild := store.Guild{
			ID: math.MaxInt64 - 9, OwnerID: ada.ID, Name: "Tafelrunde 🏰", Description: "שולחן עגול", VerificationLevel: 4, MFALevel: 1, DefaultMessageNotifications: 1,
			ExplicitContentFilter: 2, AFKTimeout: 3600, AFKChannelID: math.MaxInt64, SystemChannelID: math.MaxInt64 - 1, SystemChannelFlags: 13,
			RulesChannelID: math.MaxInt64 - 1, PreferredLocale: "pt-BR",
			Icon: f.picture("icon"), Banner: f.picture("banner"), Splash: f.picture("splash"), DiscoverySplash: f.picture("discovery"), InvitesPausedUntil: birthday, DMsPausedUntil: birthday.Add(time.Hour),
		}
		roles := []store.Role{
			{ID: guild.ID, GuildID: guild.ID, Name: "@everyone", Permissions: 1<<63 | 1},
			{ID: guild.ID + 1, GuildID: guild.ID, Name: "knight", Color: 0xFFFFFF, Hoist: true, Position: 1, Permissions: math.MaxUint64, Managed: true, Mentionable: true, BotID: 5,
				Icon: f.picture("role"), UnicodeEmoji: "👩‍💻"},
		}
		channels := []store.Channel{
			{ID: math.MaxInt64 - 2, GuildID: guild.ID, Type: store.ChannelCategory, Name: "Hall"},
			{ID: math.MaxInt64 - 1, GuildID: guild.ID, Name: "general", Topic: "всё", ParentID: math.MaxInt64 - 2, NSFW: true, RateLimitPerUser: 21600,
				Overwrites: []store.PermissionOverwrite{{TargetID: guild.ID, Allow: 1 << 63, Deny: math.MaxUint64}, {TargetID: math.MaxInt64, Type: store.OverwriteMember, Deny: 1}}},
			{ID: math.MaxInt64, GuildID: guild.ID, Type: store.ChannelVoice, Name: "Tower", Position: 3, Bitrate: 384000, UserLimit: 99},
		}
		members := []store.Member{
			{GuildID: guild.ID, UserID: ada.ID, JoinedAt: birthday},
			{GuildID: guild.ID, UserID: bob.ID, Nick: "Bobby", RoleIDs: []id.ID{guild.ID + 1}, JoinedAt: birthday, Deaf: true, Mute: true, TimedOutUntil: birthday, Flags: 1 << 63,
				Avatar: f.picture("in a guild"), Banner: f.picture("wide"), Bio: "Knight 🗡"},
		}
		f.ok(f.CreateGuild(f.Context(), guild, roles, channels, members))

		gotGuild, err := f.Guild(f.Context(), guild.ID)
		f.ok(err)
		f.equal("guild", gotGuild, guild)
		gotRoles, err := f.GuildRoles(f.Context(), guild.ID)
		f.ok(err)
		f.equal("roles", gotRoles, roles)
		gotChannels, err := f.GuildChannels(f.Context(), guild.ID)
		f.ok(err)
		f.equal("channels", gotChannels, channels)
		gotMembers, err := f.GuildMembers(f.Context(), guild.ID, 0, 100)
		f.ok(err)
		f.equal("members", gotMembers, members)
		count, err := f.CountMembers(f.Context(), guild.ID)
		f.ok(err)
		f.equal("count", count, 2)
		guilds, err := f.UserGuilds(f.Context(), bob.ID)
		f.ok(err)
		f.equal("bob's guilds", guilds, []id.ID{guild.ID})
	}},
	{"a guild that cannot be made leaves nothing", func(f *fixture) {
		ada := f.person("ada")
		create := func(guildID, owner, member id.ID) error {
			return f.CreateGuild(f.Context(), store.Guild{ID: guildID, OwnerID: owner, Name: "No"},
				[]store.Role{{ID: guildID, GuildID: guildID, Name: "@everyone"}}, []store.Channel{{ID: guildID + 1, GuildID: guildID, Name: "general"}},
				[]store.Member{{GuildID: guildID, UserID: ada.ID, JoinedAt: birthday}, {GuildID: guildID, UserID: member, JoinedAt: birthday}})
		}
		f.is(create(5000, 12345, ada.ID), store.ErrNotFound)
		f.is(create(5000, ada.ID, 12345), store.ErrNotFound)
		f.absentGuild(5000, []id.ID{5001}, nil)
		guilds, err := f.UserGuilds(f.Context(), ada.ID)
		f.ok(err)
		f.equal("guilds", guilds, []id.ID{})

		guild := f.guild(ada.ID)
		f.conflict(f.CreateGuild(f.Context(), guild, nil, nil, nil), "id")
		count, err := f.CountMembers(f.Context(), guild.ID)
		f.ok(err)
		f.equal("members", count, 1)
	}},
	{"a guild is updated, and a failed update changes nothing", func(f *fixture) {
		guild := f.guild(f.person("ada").ID)
		got, err := f.UpdateGuild(f.Context(), guild.ID, func(g *store.Guild) error {
			g.ID, g.Name, g.Description, g.SystemChannelID = 1, "Better", "much", guild.ID+1
			return nil
		})
		f.ok(err)
		guild.Name, guild.Description, guild.SystemChannelID = "Better", "much", guild.ID+1
		f.equal("the result", got, guild)
		failure := errors.New("no")
		_, err = f.UpdateGuild(f.Context(), guild.ID, func(g *store.Guild) error { g.Name = "Worse"; return failure })
		f.asItIs(err, failure)
		got, err = f.Guild(f.Context(), guild.ID)
		f.ok(err)
		f.equal("what is read", got, guild)
		_, err = f.UpdateGuild(f.Context(), 1, func(*store.Guild) error { return nil })
		f.is(err, store.ErrNotFound)
	}},
	{"concurrent updates lose nothing", func(f *fixture) {
		guild := f.guild(f.person("ada").ID)
		for _, err := range together(writers, func(int) error {
			_, err := f.UpdateGuild(f.Context(), guild.ID, func(g *store.Guild) error { g.SystemChannelFlags++; return nil })
			return err
		}) {
			f.ok(err)
		}
		got, err := f.Guild(f.Context(), guild.ID)
		f.ok(err)
		f.equal("count", got.SystemChannelFlags, writers)
	}},
	{"guilds are listed page by page", func(f *fixture) {
		ada := f.person("ada")
		var want []store.Guild
		for range 5 {
			want = append(want, f.guild(ada.ID))
		}
		for limit := 1; limit <= 6; limit++ {
			var got []store.Guild
			for after := id.ID(0); ; {
				page, err := f.ListGuilds(f.Context(), after, limit)
				f.ok(err)
				if len(page) > limit {
					f.Fatalf("%d guilds on a page of %d", len(page), limit)
				}
				if len(page) == 0 {
					break
				}
				got, after = append(got, page...), page[len(page)-1].ID
			}
			f.equal(fmt.Sprint("guilds by ", limit), got, want)
		}
	}},
	{"a deleted guild takes all that belongs to it along, and nothing else", func(f *fixture) {
		ada := f.person("ada")
		before, guild, after := f.furnish(ada.ID, "a"), f.furnish(ada.ID, "b"), f.furnish(ada.ID, "c")
		f.ok(f.DeleteGuild(f.Context(), guild.guild.ID))
		f.absent(guild)
		f.present(before)
		f.present(after)
		guilds, err := f.UserGuilds(f.Context(), ada.ID)
		f.ok(err)
		f.equal("guilds", guilds, []id.ID{before.guild.ID, after.guild.ID})
		f.is(f.DeleteGuild(f.Context(), guild.guild.ID), store.ErrNotFound)
		ended, err := f.EndAllVoiceSessions(f.Context(), birthday)
		f.ok(err)
		f.equal("voice sessions that were open", ended, 2)
	}},
	{"nothing is written into a guild while it is deleted", func(f *fixture) {
		ada := f.person("ada")
		guild := f.guild(ada.ID)
		channel := store.Channel{ID: guild.ID + 1, GuildID: guild.ID}
		users := make([]store.User, writers)
		for i := range users {
			users[i] = f.person(fmt.Sprint("user", i))
		}
		errs := together(writers, func(i int) error {
			switch i % 6 {
			case 0:
				return f.AddMember(f.Context(), store.Member{GuildID: guild.ID, UserID: users[i].ID, JoinedAt: birthday})
			case 1:
				return f.CreateChannel(f.Context(), store.Channel{ID: f.id(), GuildID: guild.ID, Name: "late"}, 500)
			case 2:
				return f.CreateRole(f.Context(), store.Role{ID: f.id(), GuildID: guild.ID, Name: "late"}, 250)
			case 3:
				return f.CreateInvite(f.Context(), store.Invite{Code: fmt.Sprint("late", i), GuildID: guild.ID, ChannelID: channel.ID, CreatedAt: birthday})
			case 4:
				_, err := f.say(channel, "late")
				return err
			default:
				return f.DeleteGuild(f.Context(), guild.ID)
			}
		})
		f.wins(errs, func(err error) { f.is(err, store.ErrNotFound) })
		f.absentGuild(guild.ID, []id.ID{channel.ID}, nil)
		for i, user := range users {
			guilds, err := f.UserGuilds(f.Context(), user.ID)
			f.ok(err)
			f.equal("guilds", guilds, []id.ID{})
			_, err = f.Invite(f.Context(), fmt.Sprint("late", i))
			f.is(err, store.ErrNotFound)
		}
	}},
}

// furnished is a guild with one of everything.
type furnished struct {
	guild    store.Guild
	channels []store.Channel
	messages []store.Message
	role     store.Role
	member   store.Member
	invite   store.Invite
	voice    store.VoiceSession
}

// furnish stores a guild with one of everything; names are unique by suffix.
func (f *fixture) furnish(owner id.ID, suffix string) furnished {
	f.Helper()
	guild := f.guild(owner)
	text := store.Channel{ID: guild.ID + 1, GuildID: guild.ID}
	voice := store.Channel{ID: f.id(), GuildID: guild.ID, Type: store.ChannelVoice, Name: "Tower"}
	f.ok(f.CreateChannel(f.Context(), voice, 500))
	room := furnished{guild: guild, role: f.role(guild.ID, "knight"), messages: f.postNumbered(text, 20)}
	room.messages = append(room.messages, f.post(voice, "voice text")...)
	room.member = f.member(guild.ID, "member-"+suffix, room.role.ID)
	room.invite = f.invite(text, "invite-"+suffix)
	room.voice = store.VoiceSession{ID: f.id(), GuildID: guild.ID, ChannelID: voice.ID, UserID: owner, StartedAt: birthday}
	f.ok(f.StartVoiceSession(f.Context(), room.voice))
	channels, err := f.GuildChannels(f.Context(), guild.ID)
	f.ok(err)
	room.channels = channels
	return room
}

// present demands that all of a furnished guild is there.
func (f *fixture) present(room furnished) {
	f.Helper()
	ctx := f.Context()
	guild, err := f.Guild(ctx, room.guild.ID)
	f.ok(err)
	f.equal("guild", guild, room.guild)
	channels, err := f.GuildChannels(ctx, room.guild.ID)
	f.ok(err)
	f.equal("channels", channels, room.channels)
	for _, message := range room.messages {
		got, err := f.Message(ctx, message.ChannelID, message.ID)
		f.ok(err)
		f.equal("message", got, message)
		where, err := f.MessageChannel(ctx, message.ID)
		f.ok(err)
		f.equal("the message's channel", where, message.ChannelID)
	}
	roles, err := f.GuildRoles(ctx, room.guild.ID)
	f.ok(err)
	f.equal("roles", len(roles), 2)
	members, err := f.GuildMembers(ctx, room.guild.ID, 0, 10)
	f.ok(err)
	f.equal("members", len(members), 2)
	invites, err := f.GuildInvites(ctx, room.guild.ID)
	f.ok(err)
	f.equal("invites", invites, []store.Invite{room.invite})
	sessions, err := f.VoiceSessions(ctx, room.voice.ChannelID, 0, 10)
	f.ok(err)
	f.equal("voice sessions", sessions, []store.VoiceSession{room.voice})
}

// absent demands that nothing of a furnished guild is left.
func (f *fixture) absent(room furnished) {
	f.Helper()
	ctx := f.Context()
	var channelIDs []id.ID
	for _, channel := range room.channels {
		channelIDs = append(channelIDs, channel.ID)
	}
	f.absentGuild(room.guild.ID, channelIDs, room.messages)
	_, err := f.Invite(ctx, room.invite.Code)
	f.is(err, store.ErrNotFound)
	_, err = f.RedeemInvite(ctx, room.invite.Code, store.Member{UserID: room.guild.OwnerID, JoinedAt: birthday}, birthday)
	f.is(err, store.ErrNotFound)
	_, err = f.Member(ctx, room.guild.ID, room.member.UserID)
	f.is(err, store.ErrNotFound)
	guilds, err := f.UserGuilds(ctx, room.member.UserID)
	f.ok(err)
	f.equal("the member's guilds", guilds, []id.ID{})
	f.is(f.EndVoiceSession(ctx, room.voice.ID, birthday), store.ErrNotFound)
}

// absentGuild demands that every way to a guild, its channels and their messages finds nothing.
func (f *fixture) absentGuild(guildID id.ID, channelIDs []id.ID, messages []store.Message) {
	f.Helper()
	ctx := f.Context()
	_, err := f.Guild(ctx, guildID)
	f.is(err, store.ErrNotFound)
	guilds, err := f.ListGuilds(ctx, guildID-1, 1)
	f.ok(err)
	if len(guilds) == 1 && guilds[0].ID == guildID {
		f.Error("the guild is still listed")
	}
	channels, err := f.GuildChannels(ctx, guildID)
	f.ok(err)
	f.equal("channels", channels, []store.Channel{})
	roles, err := f.GuildRoles(ctx, guildID)
	f.ok(err)
	f.equal("roles", roles, []store.Role{})
	members, err := f.GuildMembers(ctx, guildID, 0, 10)
	f.ok(err)
	f.equal("members", members, []store.Member{})
	count, err := f.CountMembers(ctx, guildID)
	if err == nil && count != 0 {
		f.Errorf("%d members are still counted", count)
	}
	invites, err := f.GuildInvites(ctx, guildID)
	f.ok(err)
	f.equal("invites", invites, []store.Invite{})
	for _, channelID := range channelIDs {
		f.absentChannel(channelID, messages)
	}
	f.is(f.CreateChannel(ctx, store.Channel{ID: f.id(), GuildID: guildID, Name: "late"}, 500), store.ErrNotFound)
	f.is(f.CreateRole(ctx, store.Role{ID: f.id(), GuildID: guildID, Name: "late"}, 500), store.ErrNotFound)
	_, err = f.UpdateGuild(ctx, guildID, func(*store.Guild) error { return nil })
	f.is(err, store.ErrNotFound)
}
