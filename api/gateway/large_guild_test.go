package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/id"
)

// largeGuildSize is the guild that has to identify quickly.
const (
	largeMembers  = 10_000
	largeChannels = 500
	largeRoles    = 250
	largeOnline   = 1_000
)

// largeGuild makes a guild with as much in it as one may have: each member has two roles, a fifth of the channels are for some roles only, and a tenth of the members
// are online.
func (h *house) largeGuild(owner chat.Caller, bots ...chat.Caller) id.ID {
	h.tb.Helper()
	ctx := context.Background()
	must := func(err error) {
		if err != nil {
			h.tb.Helper()
			h.tb.Fatal(err)
		}
	}
	guild := store.Guild{ID: h.IDs.Next(), OwnerID: owner.UserID, Name: "Large", PreferredLocale: "en-US"}
	roles := []store.Role{{ID: guild.ID, GuildID: guild.ID, Name: "@everyone", Permissions: uint64(perm.ViewChannel | perm.SendMessages | perm.ReadMessageHistory)}}
	for n := 1; n < largeRoles; n++ {
		roles = append(roles, store.Role{ID: h.IDs.Next(), GuildID: guild.ID, Name: fmt.Sprintf("role %d", n), Position: n, Hoist: n%10 == 0, Color: n * 1000, Permissions: uint64(perm.ViewChannel)})
	}
	var channels []store.Channel
	for n := range largeChannels {
		channel := store.Channel{ID: h.IDs.Next(), GuildID: guild.ID, Type: store.ChannelText, Name: fmt.Sprintf("channel-%d", n), Topic: "Everything about this.", Position: n}
		if n%5 == 0 {
			channel.Overwrites = []store.PermissionOverwrite{{TargetID: guild.ID, Deny: uint64(perm.ViewChannel)}, {TargetID: roles[1+n%(largeRoles-1)].ID, Allow: uint64(perm.ViewChannel)}}
		}
		channels = append(channels, channel)
	}
	joined := h.Clock.Now()
	members := []store.Member{{GuildID: guild.ID, UserID: owner.UserID, JoinedAt: joined}}
	for _, bot := range bots {
		members = append(members, store.Member{GuildID: guild.ID, UserID: bot.UserID, JoinedAt: joined})
	}
	for n := len(members); n < largeMembers; n++ {
		user := store.User{ID: h.IDs.Next(), Username: fmt.Sprintf("somebody%d", n), GlobalName: fmt.Sprintf("Somebody %d", n), Locale: "en-US"}
		must(h.Store.CreateUser(ctx, user))
		members = append(members, store.Member{GuildID: guild.ID, UserID: user.ID, JoinedAt: joined, RoleIDs: []id.ID{roles[1+n%(largeRoles-1)].ID, roles[1+n*7%(largeRoles-1)].ID}})
	}
	must(h.Store.CreateGuild(ctx, guild, roles, channels, members))
	for n := range largeOnline {
		member := chat.Caller{UserID: members[n*largeMembers/largeOnline].UserID}
		must(h.Chat.Presence.SessionOpened(ctx, member, fmt.Sprint("session", n), chat.DeviceDesktop, chat.PresenceUpdate{Status: "online"}))
	}
	return guild.ID
}

// BenchmarkIdentifyInALargeGuild measures from the dial until all has come that a client needs to be ready, and how much that is.
func BenchmarkIdentifyInALargeGuild(b *testing.B) {
	h := open(b, noLimits)
	alice := h.Person("alice")
	robot, botToken := h.bot("robot", alice)
	guildID := h.largeGuild(alice, robot)
	member, err := h.Store.GuildMembers(context.Background(), guildID, 0, 500)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, token string }{
		{"bot", botToken}, {"owner", h.login(alice)}, {"member", h.login(chat.Caller{UserID: member[499].UserID})},
	} {
		b.Run(c.name, func(b *testing.B) {
			var first, slowest time.Duration
			sizes := make(map[string]int)
			for b.Loop() {
				began := time.Now()
				socket := h.dial("?v=10")
				ready := socket.identify(c.token)
				sizes["READY"] = len(ready.Data)
				if c.name == "bot" {
					sizes["GUILD_CREATE"] = len(socket.await("GUILD_CREATE").Data)
				}
				took := time.Since(began)
				first, slowest = cmp.Or(first, took), max(slowest, took)
				socket.quit(1000)
			}
			for name, size := range sizes {
				b.ReportMetric(float64(size)/1024, name+"-KiB")
			}
			b.ReportMetric(float64(first.Microseconds())/1000, "first-ms")
			b.ReportMetric(float64(slowest.Microseconds())/1000, "slowest-ms")
		})
	}
	b.Run("member list", func(b *testing.B) {
		channels, err := h.Store.GuildChannels(context.Background(), guildID)
		if err != nil {
			b.Fatal(err)
		}
		socket := h.enter(h.login(alice))
		socket.settle()
		size := 0
		for n := 0; b.Loop(); n++ {
			socket.look(guildID, channels[n%2].ID) // the one of some roles, and the one of everybody
			size = len(socket.await("GUILD_MEMBER_LIST_UPDATE").Data)
		}
		b.ReportMetric(float64(size)/1024, "KiB")
	})
	b.Run("all members", func(b *testing.B) {
		socket := h.enter(botToken)
		size := 0
		for b.Loop() {
			socket.send(fmt.Sprintf(`{"op":8,"d":{"guild_id":"%s","query":"","limit":0}}`, guildID))
			size = 0
			for chunk, count := 0, 1; chunk < count; chunk++ {
				var d struct {
					ChunkCount int `json:"chunk_count"`
				}
				came := socket.await("GUILD_MEMBERS_CHUNK")
				if err := json.Unmarshal(came.Data, &d); err != nil {
					b.Fatal(err)
				}
				size, count = size+len(came.Data), d.ChunkCount
			}
		}
		b.ReportMetric(float64(size)/1024, "KiB")
	})
}

func TestALargeGuildStaysInStep(t *testing.T) {
	if testing.Short() {
		t.Skip("a guild of 10,000 takes a while to make")
	}
	h := open(t, noLimits)
	ctx := context.Background()
	alice := h.Person("alice")
	robot, botToken := h.bot("robot", alice)
	guildID := h.largeGuild(alice, robot)
	person, bot := h.enter(h.login(alice)), h.enter(botToken)
	person.settle()
	var guild wire.GuildCreate
	bot.decode(bot.expect("GUILD_CREATE"), &guild)
	if guild.MemberCount != largeMembers || !guild.Large || len(guild.Channels) != largeChannels || len(guild.Roles) != largeRoles || len(guild.Members) > maxLargeThreshold {
		t.Errorf("%d members of %d, %d channels, %d roles", len(guild.Members), guild.MemberCount, len(guild.Channels), len(guild.Roles))
	}
	open, locked := guild.Channels[1].ID, guild.Channels[0].ID
	person.look(guildID, open)
	var list shownList
	list.MemberListUpdate = wire.MemberListUpdate{}
	person.decode(person.await("GUILD_MEMBER_LIST_UPDATE"), &list.MemberListUpdate)
	// Everybody who was made online, and the bot.
	if list.rows.apply(list.Ops); list.MemberCount != largeMembers || list.OnlineCount != largeOnline+1 || len(list.rows) != listPage {
		t.Errorf("%d of %d online, %d shown", list.OnlineCount, list.MemberCount, len(list.rows))
	}
	invite, err := h.Invites.CreateForGuild(ctx, alice, guildID, chat.InviteDraft{})
	if err != nil {
		t.Fatal(err)
	}
	newcomer := h.Person("newcomer")
	if _, _, err := h.Invites.Accept(ctx, newcomer, invite.Code); err != nil {
		t.Fatal(err)
	}
	theirs := h.enter(h.login(newcomer))
	for _, c := range []*client{person, bot} {
		c.await("GUILD_MEMBER_ADD")
	}
	opens := guild.Channels[0].PermissionOverwrites[1].ID
	if err := h.Members.AddRole(ctx, alice, guildID, newcomer.UserID, opens); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*client{person, bot, theirs} {
		c.await("GUILD_MEMBER_UPDATE")
	}
	var seen wire.Channel
	if theirs.decode(theirs.await("CHANNEL_CREATE"), &seen); seen.ID != locked {
		t.Errorf("the role shows %s, not %s", seen.ID, locked)
	}
	h.post(alice, locked, "for some")
	for _, c := range []*client{person, theirs} {
		c.await("MESSAGE_CREATE")
	}
	h.post(alice, open, "for all")
	var posted wire.Message
	if bot.decode(bot.await("MESSAGE_CREATE"), &posted); posted.Content != "for all" {
		t.Errorf("the bot got %q", posted.Content)
	}
}
