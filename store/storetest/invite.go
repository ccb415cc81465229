package storetest

import (
	"fmt"
	"math"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

var inviteTests = []test{
	{"an invite is read as it was stored", func(f *fixture) {
		channel := f.room()
		full := store.Invite{
			Code: "AbC-xyz-0123456789", GuildID: channel.GuildID, ChannelID: channel.ID, InviterID: math.MaxInt64, CreatedAt: birthday, MaxAge: 604800, MaxUses: 100, Uses: 3, Temporary: true,
		}
		f.ok(f.CreateInvite(f.Context(), full))
		for _, want := range []store.Invite{full, f.invite(channel, "xy")} {
			got, err := f.Invite(f.Context(), want.Code)
			f.ok(err)
			f.equal("invite", got, want)
		}
		for _, code := range []string{"", "x", "xyz", "abc-xyz-0123456789"} {
			_, err := f.Invite(f.Context(), code)
			f.is(err, store.ErrNotFound)
		}
	}},
	{"an invite needs a guild, a channel of it, and a code of its own", func(f *fixture) {
		channel := f.room()
		other := f.guild(f.person("bob").ID)
		f.invite(channel, "taken")
		create := func(code string, guildID, channelID id.ID) error {
			return f.CreateInvite(f.Context(), store.Invite{Code: code, GuildID: guildID, ChannelID: channelID, CreatedAt: birthday})
		}
		f.conflict(create("taken", channel.GuildID, channel.ID), "code")
		f.ok(create("Taken", channel.GuildID, channel.ID))
		f.is(create("free", 1, channel.ID), store.ErrNotFound)
		f.is(create("free", channel.GuildID, 1), store.ErrNotFound)
		f.is(create("free", other.ID, channel.ID), store.ErrNotFound)
		_, err := f.Invite(f.Context(), "free")
		f.is(err, store.ErrNotFound)
		errs := together(writers, func(int) error { return create("race", channel.GuildID, channel.ID) })
		f.equal("winners", f.wins(errs, func(err error) { f.conflict(err, "code") }), 1)
	}},
	{"a guild's invites are listed newest first", func(f *fixture) {
		channel := f.room()
		foreign := store.Channel{GuildID: f.guild(f.person("bob").ID).ID}
		foreign.ID = foreign.GuildID + 1
		var want []store.Invite
		for i, code := range []string{"mm", "zz", "aa"} {
			invite := store.Invite{Code: code, GuildID: channel.GuildID, ChannelID: channel.ID, CreatedAt: birthday.Add(time.Duration(i) * time.Millisecond), MaxAge: 1}
			f.ok(f.CreateInvite(f.Context(), invite))
			f.invite(foreign, "foreign-"+code)
			want = append([]store.Invite{invite}, want...)
		}
		got, err := f.GuildInvites(f.Context(), channel.GuildID)
		f.ok(err)
		f.equal("invites", got, want)
	}},
	{"redeeming counts the use and adds the member", func(f *fixture) {
		channel := f.room()
		invite := f.invite(channel, "in")
		role := f.role(channel.GuildID, "guest")
		bob := f.person("bob")
		got, err := f.RedeemInvite(f.Context(), "in", store.Member{UserID: bob.ID, Nick: "Bob", RoleIDs: []id.ID{role.ID}, JoinedAt: birthday}, birthday)
		f.ok(err)
		invite.Uses = 1
		f.equal("the result", got, invite)
		read, err := f.Invite(f.Context(), "in")
		f.ok(err)
		f.equal("what is read", read, invite)
		member, err := f.Member(f.Context(), channel.GuildID, bob.ID)
		f.ok(err)
		f.equal("member", member, store.Member{GuildID: channel.GuildID, UserID: bob.ID, Nick: "Bob", RoleIDs: []id.ID{role.ID}, JoinedAt: birthday})
		f.countMembers(channel.GuildID, 2)
	}},
	{"a redemption that fails changes nothing", func(f *fixture) {
		channel := f.room()
		f.invite(channel, "in")
		bob := f.person("bob")
		redeem := func(code string, userID id.ID, now time.Time) error {
			_, err := f.RedeemInvite(f.Context(), code, store.Member{UserID: userID, JoinedAt: birthday}, now)
			return err
		}
		f.is(redeem("unknown", bob.ID, birthday), store.ErrNotFound)
		f.is(redeem("in", 1, birthday), store.ErrNotFound)
		f.ok(redeem("in", bob.ID, birthday))
		f.conflict(redeem("in", bob.ID, birthday), "member")
		invite, err := f.Invite(f.Context(), "in")
		f.ok(err)
		f.equal("uses", invite.Uses, 1)
		f.countMembers(channel.GuildID, 2)
	}},
	{"an invite works until its time or its uses are over", func(f *fixture) {
		channel := f.room()
		f.ok(f.CreateInvite(f.Context(), store.Invite{Code: "minute", GuildID: channel.GuildID, ChannelID: channel.ID, CreatedAt: birthday, MaxAge: 60}))
		f.ok(f.CreateInvite(f.Context(), store.Invite{Code: "once", GuildID: channel.GuildID, ChannelID: channel.ID, CreatedAt: birthday, MaxUses: 1}))
		redeem := func(code, name string, now time.Time) error {
			_, err := f.RedeemInvite(f.Context(), code, store.Member{UserID: f.person(name).ID, JoinedAt: now}, now)
			return err
		}
		f.ok(redeem("minute", "in-time", birthday.Add(time.Minute-time.Millisecond)))
		f.is(redeem("minute", "late", birthday.Add(time.Minute)), store.ErrSpent)
		f.ok(redeem("once", "first", birthday.Add(time.Hour)))
		f.is(redeem("once", "second", birthday.Add(time.Hour)), store.ErrSpent)
		f.countMembers(channel.GuildID, 3)
	}},
	{"an invite that does not work any more is spent for members too, and unknown people are unknown first", func(f *fixture) {
		channel := f.room()
		f.ok(f.CreateInvite(f.Context(), store.Invite{Code: "minute", GuildID: channel.GuildID, ChannelID: channel.ID, CreatedAt: birthday, MaxAge: 60}))
		f.ok(f.CreateInvite(f.Context(), store.Invite{Code: "used-up", GuildID: channel.GuildID, ChannelID: channel.ID, CreatedAt: birthday, MaxUses: 2, Uses: 2}))
		bob := f.member(channel.GuildID, "bob")
		redeem := func(code string, userID id.ID, now time.Time) error {
			_, err := f.RedeemInvite(f.Context(), code, store.Member{UserID: userID, JoinedAt: now}, now)
			return err
		}
		f.conflict(redeem("minute", bob.UserID, birthday), "member")
		f.is(redeem("minute", bob.UserID, birthday.Add(time.Minute)), store.ErrSpent)
		f.is(redeem("used-up", bob.UserID, birthday), store.ErrSpent)
		f.is(redeem("used-up", 1, birthday), store.ErrNotFound)
		f.is(redeem("unknown", bob.UserID, birthday), store.ErrNotFound)
		invite, err := f.Invite(f.Context(), "minute")
		f.ok(err)
		f.equal("uses", invite.Uses, 0)
	}},
	{"an invite with n uses is redeemed n times by however many at once", func(f *fixture) {
		channel, uses := f.room(), 7
		f.ok(f.CreateInvite(f.Context(), store.Invite{Code: "few", GuildID: channel.GuildID, ChannelID: channel.ID, CreatedAt: birthday, MaxUses: uses}))
		users := make([]id.ID, writers)
		for i := range users {
			users[i] = f.person(fmt.Sprint("user", i)).ID
		}
		errs := together(writers, func(i int) error {
			_, err := f.RedeemInvite(f.Context(), "few", store.Member{UserID: users[i], JoinedAt: birthday}, birthday)
			return err
		})
		f.equal("winners", f.wins(errs, func(err error) { f.is(err, store.ErrSpent) }), uses)
		invite, err := f.Invite(f.Context(), "few")
		f.ok(err)
		f.equal("uses", invite.Uses, uses)
		f.countMembers(channel.GuildID, 1+uses)
	}},
	{"one person redeeming many times at once is one use", func(f *fixture) {
		channel := f.room()
		f.invite(channel, "in")
		bob := f.person("bob")
		errs := together(writers, func(int) error {
			_, err := f.RedeemInvite(f.Context(), "in", store.Member{UserID: bob.ID, JoinedAt: birthday}, birthday)
			return err
		})
		f.equal("winners", f.wins(errs, func(err error) { f.conflict(err, "member") }), 1)
		invite, err := f.Invite(f.Context(), "in")
		f.ok(err)
		f.equal("uses", invite.Uses, 1)
	}},
	{"a deleted invite lets nobody in, and its code is free", func(f *fixture) {
		channel := f.room()
		f.invite(channel, "in")
		f.ok(f.DeleteInvite(f.Context(), "in"))
		_, err := f.Invite(f.Context(), "in")
		f.is(err, store.ErrNotFound)
		list, err := f.GuildInvites(f.Context(), channel.GuildID)
		f.ok(err)
		f.equal("invites", list, []store.Invite{})
		f.is(f.DeleteInvite(f.Context(), "in"), store.ErrNotFound)
		f.invite(channel, "in")
	}},
	{"unusable invites are there until they are pruned", func(f *fixture) {
		channel := f.room()
		kept := f.invite(channel, "for-ever")
		for _, invite := range []store.Invite{
			{Code: "old", MaxAge: 60}, {Code: "young", MaxAge: 61}, {Code: "used-up", MaxUses: 2, Uses: 2}, {Code: "one-left", MaxUses: 2, Uses: 1},
		} {
			invite.GuildID, invite.ChannelID, invite.CreatedAt = channel.GuildID, channel.ID, birthday.Add(time.Millisecond)
			f.ok(f.CreateInvite(f.Context(), invite))
		}
		_, err := f.Invite(f.Context(), "used-up")
		f.ok(err)
		pruned, err := f.PruneInvites(f.Context(), birthday.Add(time.Minute+time.Millisecond))
		f.ok(err)
		f.equal("pruned", pruned, 2)
		for code, there := range map[string]bool{"for-ever": true, "young": true, "one-left": true, "old": false, "used-up": false} {
			if _, err := f.Invite(f.Context(), code); (err == nil) != there {
				f.Errorf("invite %s: %v", code, err)
			}
		}
		list, err := f.GuildInvites(f.Context(), channel.GuildID)
		f.ok(err)
		f.equal("invites", len(list), 3)
		f.equal("the oldest", list[2], kept)
	}},
}
