package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

var contractTests = []test{
	{"a store that is open answers, one that is closed says so", func(f *fixture) {
		f.ok(f.Ping(f.Context()))
		f.room()
		f.ok(f.Close())
		for method, err := range callEveryMethod(f) {
			if !errors.Is(err, store.ErrClosed) {
				f.Errorf("%s after Close: %v", method, err)
			}
		}
		f.is(f.Close(), store.ErrClosed)
	}},
	{"closing waits for what is under way", func(f *fixture) {
		channel := f.room()
		closed := make(chan error, 1)
		errs := together(writers, func(i int) error {
			if i == writers/2 {
				closed <- f.Close()
				return nil
			}
			return f.CreateInvite(f.Context(), store.Invite{Code: "code-" + id.ID(i+1).String(), GuildID: channel.GuildID, ChannelID: channel.ID, CreatedAt: birthday})
		})
		f.ok(<-closed)
		f.wins(errs, func(err error) { f.is(err, store.ErrClosed) })
	}},
	{"a call whose context is over ends with its error, or did what it was asked", func(f *fixture) {
		ctx, cancel := context.WithCancel(f.Context())
		cancel()
		user := newPerson(f.id(), "ada")
		err := f.CreateUser(ctx, user)
		if err != nil {
			f.is(err, context.Canceled)
		}
		_, found := f.User(f.Context(), user.ID)
		if err == nil {
			f.ok(found)
		} else if found != nil {
			f.is(found, store.ErrNotFound)
		}
	}},
	{"values handed in are not kept", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		role := f.role(channel.GuildID, "knight")

		draft := f.draft(channel, "x")
		draft.Mentions, draft.MentionRoles = []id.ID{1, 2}, []id.ID{3}
		draft.Embeds = []store.Embed{{Title: "t", Fields: []store.EmbedField{{Name: "n", Value: "v"}}}}
		draft.Reference = &store.MessageReference{MessageID: 5}
		given := []store.NewMessage{draft}
		stored, err := f.CreateMessages(ctx, channel.ID, given)
		f.ok(err)
		before, err := f.Message(ctx, channel.ID, draft.ID)
		f.ok(err)
		scramble := func(m *store.Message) {
			m.Mentions[0], m.MentionRoles[0], m.Embeds[0].Title, m.Embeds[0].Fields[0].Name, m.Reference.MessageID = 9, 9, "9", "9", 9
		}
		scramble(&given[0].Message)
		f.equal("the result", stored[0], before)
		scramble(&stored[0])
		var leaked *store.Message
		updated, err := f.UpdateMessage(ctx, channel.ID, draft.ID, func(m *store.Message) error { leaked = m; return nil })
		f.ok(err)
		f.equal("the result of the update", updated, before)
		scramble(leaked)
		f.equal("the result of the update", updated, before)
		scramble(&updated)
		after, err := f.Message(ctx, channel.ID, draft.ID)
		f.ok(err)
		f.equal("what is read", after, before)

		roleIDs := []id.ID{role.ID}
		_, err = f.UpdateMember(ctx, channel.GuildID, f.ownerOf(channel.GuildID), func(m *store.Member) error { m.RoleIDs = roleIDs; return nil })
		f.ok(err)
		roleIDs[0] = 9
		member, err := f.Member(ctx, channel.GuildID, f.ownerOf(channel.GuildID))
		f.ok(err)
		f.equal("roles", member.RoleIDs, []id.ID{role.ID})

		overwrites := []store.PermissionOverwrite{{TargetID: role.ID, Allow: 1}}
		_, err = f.UpdateChannel(ctx, channel.ID, func(c *store.Channel) error { c.Overwrites = overwrites; return nil })
		f.ok(err)
		overwrites[0].Allow = 9
		channel, err = f.Channel(ctx, channel.ID)
		f.ok(err)
		f.equal("overwrites", channel.Overwrites, []store.PermissionOverwrite{{TargetID: role.ID, Allow: 1}})
	}},
	{"values handed out are the caller's own", func(f *fixture) {
		ctx, owner := f.Context(), f.person("ada")
		session := f.newSession(owner.ID, birthday)
		f.ok(f.CreateLoginSession(ctx, session))
		bot, user := newBot(f.id(), owner.ID, "Echo")
		f.ok(f.CreateBot(ctx, bot, user))
		for range 2 {
			got, err := f.LoginSession(ctx, session.ID)
			f.ok(err)
			f.equal("session", got, session)
			clear(got.Secret)
			gotBot, err := f.Bot(ctx, bot.UserID)
			f.ok(err)
			f.equal("bot", gotBot, bot)
			clear(gotBot.TokenHash)
			clear(gotBot.VerifyKey)
		}
	}},
	{"times are kept to the millisecond, in UTC", func(f *fixture) {
		ctx, user := f.Context(), newPerson(f.id(), "ada")
		for _, moment := range []time.Time{
			{}, time.Unix(0, 0), time.UnixMilli(1), id.ID(0).Time(), birthday, time.Date(2106, 2, 7, 6, 28, 16, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_000_000, time.UTC),
		} {
			session := f.newSession(user.ID, birthday)
			if moment.IsZero() {
				f.ok(f.CreateUser(ctx, user))
			}
			session.RotatedAt = moment.In(time.FixedZone("Kathmandu", 5*3600+45*60))
			if !moment.IsZero() {
				session.RotatedAt = session.RotatedAt.Add(999 * time.Microsecond)
			}
			f.ok(f.CreateLoginSession(ctx, session))
			got, err := f.LoginSession(ctx, session.ID)
			f.ok(err)
			f.equal("moment", got.RotatedAt, moment.UTC())
			f.equal("is zero", got.RotatedAt.IsZero(), moment.IsZero())
		}
	}},
	{"numbers are kept with all their bits", func(f *fixture) {
		ctx := f.Context()
		for i, n := range []int{math.MaxInt32, math.MaxInt32 + 1, math.MaxInt, math.MinInt32 - 1, math.MinInt} {
			owner := f.person(fmt.Sprint("owner", i))
			f.wideGuild(owner.ID, n)
			f.wideInvite(f.wideChannel(owner.ID, n), n)

			user := newPerson(f.id(), fmt.Sprint("user", i))
			user.Flags = uint64(n)
			f.ok(f.CreateUser(ctx, user))
			got, err := f.User(ctx, user.ID)
			f.ok(err)
			f.equal("user", got, user)
			session := f.newSession(user.ID, birthday)
			session.Generation = math.MaxUint32
			f.ok(f.CreateLoginSession(ctx, session))
			gotSession, err := f.LoginSession(ctx, session.ID)
			f.ok(err)
			f.equal("session", gotSession, session)
			f.is(f.RenewWorker(ctx, n, "nobody", 1), store.ErrSpent)
			f.ok(f.ReleaseWorker(ctx, n, "nobody"))
		}
	}},
	{"reads see every write that was acknowledged before", func(f *fixture) {
		channel := f.room()
		for _, err := range together(writers, func(i int) error {
			for j := range 4 {
				user := newPerson(f.id(), "user-"+id.ID(i*10+j+1).String())
				if err := f.CreateUser(f.Context(), user); err != nil {
					return err
				}
				if _, err := f.PersonByLogin(f.Context(), user.Username); err != nil {
					return err
				}
				if err := f.AddMember(f.Context(), store.Member{GuildID: channel.GuildID, UserID: user.ID, JoinedAt: birthday}); err != nil {
					return err
				}
				if _, err := f.Member(f.Context(), channel.GuildID, user.ID); err != nil {
					return err
				}
			}
			return nil
		}) {
			f.ok(err)
		}
	}},
}

// wideGuild keeps a guild and its role whose numbers are all n.
func (f *fixture) wideGuild(owner id.ID, n int) {
	f.Helper()
	guild := store.Guild{ID: f.id(), OwnerID: owner, Name: "wide", VerificationLevel: n, DefaultMessageNotifications: n, ExplicitContentFilter: n, AFKTimeout: n, SystemChannelFlags: n}
	role := store.Role{ID: f.id(), GuildID: guild.ID, Name: "wide", Color: n, Position: n, Permissions: uint64(n)}
	f.ok(f.CreateGuild(f.Context(), guild, []store.Role{role}, nil, nil))
	got, err := f.Guild(f.Context(), guild.ID)
	f.ok(err)
	f.equal("guild", got, guild)
	roles, err := f.SetRolePositions(f.Context(), guild.ID, map[id.ID]int{role.ID: n})
	f.ok(err)
	f.equal("roles", roles, []store.Role{role})
}

// wideChannel keeps a channel and its message whose numbers are all n.
func (f *fixture) wideChannel(owner id.ID, n int) store.Channel {
	f.Helper()
	channel := store.Channel{
		ID: f.id(), GuildID: f.guild(owner).ID, Type: store.ChannelType(n), Name: "wide", Position: n, RateLimitPerUser: n, Bitrate: n, UserLimit: n,
		Overwrites: []store.PermissionOverwrite{{TargetID: 1, Type: store.OverwriteType(n), Allow: uint64(n), Deny: uint64(n)}},
	}
	f.ok(f.CreateChannel(f.Context(), channel, 500))
	got, err := f.Channel(f.Context(), channel.ID)
	f.ok(err)
	f.equal("channel", got, channel)
	got, err = f.UpdateChannel(f.Context(), channel.ID, func(c *store.Channel) error { c.Position = n; return nil })
	f.ok(err)
	f.equal("updated channel", got, channel)
	draft := f.draft(channel, "wide")
	draft.Type, draft.Flags, draft.Embeds = store.MessageType(n), store.MessageFlags(n), []store.Embed{{Color: n, HasColor: true}}
	_, err = f.CreateMessages(f.Context(), channel.ID, []store.NewMessage{draft})
	f.ok(err)
	message, err := f.Message(f.Context(), channel.ID, draft.ID)
	f.ok(err)
	f.equal("message", message, draft.Message)
	return channel
}

// wideInvite keeps an invite whose numbers are all n. One that lives for longer than anybody's calendar does not get into the way of pruning.
func (f *fixture) wideInvite(channel store.Channel, n int) {
	f.Helper()
	invite := store.Invite{Code: fmt.Sprint("wide", n), GuildID: channel.GuildID, ChannelID: channel.ID, CreatedAt: birthday, MaxAge: n, MaxUses: n, Uses: n}
	f.ok(f.CreateInvite(f.Context(), invite))
	got, err := f.Invite(f.Context(), invite.Code)
	f.ok(err)
	f.equal("invite", got, invite)
	aged := store.Invite{Code: fmt.Sprint("aged", n), GuildID: channel.GuildID, ChannelID: channel.ID, CreatedAt: birthday, MaxAge: n}
	f.ok(f.CreateInvite(f.Context(), aged))
	pruned, err := f.PruneInvites(f.Context(), birthday)
	f.ok(err)
	want := 1 // its uses are over
	if n < 0 {
		want = 2 // it was never young
	}
	f.equal("pruned", pruned, want)
	f.wins([]error{f.DeleteInvite(f.Context(), aged.Code)}, func(err error) { f.is(err, store.ErrNotFound) })
}

func (f *fixture) ownerOf(guildID id.ID) id.ID {
	f.Helper()
	guild, err := f.Guild(f.Context(), guildID)
	f.ok(err)
	return guild.OwnerID
}

// callEveryMethod calls each method of the port but Close, with a context and otherwise empty arguments, and gives the errors.
func callEveryMethod(f *fixture) map[string]error {
	errs := make(map[string]error)
	for method := range reflect.TypeFor[store.Store]().Methods() {
		if method.Name == "Close" {
			continue
		}
		arguments := []reflect.Value{reflect.ValueOf(f.Context())}
		for i := 1; i < method.Type.NumIn(); i++ {
			arguments = append(arguments, reflect.Zero(method.Type.In(i)))
		}
		results := reflect.ValueOf(f.Store).MethodByName(method.Name).Call(arguments)
		err, _ := results[len(results)-1].Interface().(error)
		errs[method.Name] = err
	}
	return errs
}
