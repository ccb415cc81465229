package storetest

import (
	"context"
	"errors"
	"reflect"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

var contractTests = []test{
	{"a store that is open answers, one that is closed says so", func(f *fixture) {
		f.ok(f.Ping(f.Context()))
		channel := f.room()
		f.ok(f.Close())
		methods := everyMethod(f, channel)
		f.equal("methods tried", len(methods), reflect.TypeFor[store.Store]().NumMethod()-1) // all but Close
		for name, call := range methods {
			if err := call(f.Context()); !errors.Is(err, store.ErrClosed) {
				f.Errorf("%s after Close: %v", name, err)
			}
		}
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

func (f *fixture) ownerOf(guildID id.ID) id.ID {
	f.Helper()
	guild, err := f.Guild(f.Context(), guildID)
	f.ok(err)
	return guild.OwnerID
}

// everyMethod calls each method of the port with arguments that an open store would take.
func everyMethod(f *fixture, channel store.Channel) map[string]func(context.Context) error {
	guildID, other := channel.GuildID, id.ID(5)
	return map[string]func(context.Context) error{
		"Ping": func(ctx context.Context) error { return f.Ping(ctx) },
		"Hall": func(ctx context.Context) error { _, err := f.Hall(ctx); return err },
		"UpdateHall": func(ctx context.Context) error {
			_, err := f.UpdateHall(ctx, func(*store.Hall) error { return nil })
			return err
		},
		"ClaimHall":  func(ctx context.Context) error { return f.ClaimHall(ctx, newPerson(other, "eve"), nil, birthday) },
		"CreateUser": func(ctx context.Context) error { return f.CreateUser(ctx, newPerson(other, "eve")) },
		"RegisterUser": func(ctx context.Context) error {
			_, err := f.RegisterUser(ctx, newPerson(other, "eve"), "x", store.Member{}, birthday)
			return err
		},
		"User":          func(ctx context.Context) error { _, err := f.User(ctx, other); return err },
		"UsersByID":     func(ctx context.Context) error { _, err := f.UsersByID(ctx, []id.ID{other}); return err },
		"PersonByLogin": func(ctx context.Context) error { _, err := f.PersonByLogin(ctx, "ada"); return err },
		"UpdateUser": func(ctx context.Context) error {
			_, err := f.UpdateUser(ctx, other, func(*store.User) error { return nil })
			return err
		},
		"ListUsers":          func(ctx context.Context) error { _, err := f.ListUsers(ctx, 0, 1); return err },
		"CreateLoginSession": func(ctx context.Context) error { return f.CreateLoginSession(ctx, f.newSession(other, birthday)) },
		"LoginSession":       func(ctx context.Context) error { _, err := f.LoginSession(ctx, other); return err },
		"LoginSessions":      func(ctx context.Context) error { _, err := f.LoginSessions(ctx, other); return err },
		"UpdateLoginSession": func(ctx context.Context) error {
			_, err := f.UpdateLoginSession(ctx, other, func(*store.LoginSession) error { return nil })
			return err
		},
		"DeleteLoginSessions": func(ctx context.Context) error {
			_, err := f.DeleteLoginSessions(ctx, other, []id.ID{other})
			return err
		},
		"PruneLoginSessions": func(ctx context.Context) error { _, err := f.PruneLoginSessions(ctx, birthday); return err },
		"CreateBot": func(ctx context.Context) error {
			bot, user := newBot(other, other, "b")
			return f.CreateBot(ctx, bot, user)
		},
		"Bot":         func(ctx context.Context) error { _, err := f.Bot(ctx, other); return err },
		"BotsByOwner": func(ctx context.Context) error { _, err := f.BotsByOwner(ctx, 0); return err },
		"UpdateBot": func(ctx context.Context) error {
			_, err := f.UpdateBot(ctx, other, func(*store.Bot) error { return nil })
			return err
		},
		"CreateGuild": func(ctx context.Context) error { return f.CreateGuild(ctx, store.Guild{ID: other}, nil, nil, nil) },
		"Guild":       func(ctx context.Context) error { _, err := f.Guild(ctx, guildID); return err },
		"UpdateGuild": func(ctx context.Context) error {
			_, err := f.UpdateGuild(ctx, guildID, func(*store.Guild) error { return nil })
			return err
		},
		"DeleteGuild": func(ctx context.Context) error { return f.DeleteGuild(ctx, guildID) },
		"ListGuilds":  func(ctx context.Context) error { _, err := f.ListGuilds(ctx, 0, 1); return err },
		"CreateChannel": func(ctx context.Context) error {
			return f.CreateChannel(ctx, store.Channel{ID: other, GuildID: guildID}, 9)
		},
		"Channel":       func(ctx context.Context) error { _, err := f.Channel(ctx, channel.ID); return err },
		"GuildChannels": func(ctx context.Context) error { _, err := f.GuildChannels(ctx, guildID); return err },
		"UpdateChannel": func(ctx context.Context) error {
			_, err := f.UpdateChannel(ctx, channel.ID, func(*store.Channel) error { return nil })
			return err
		},
		"DeleteChannel":  func(ctx context.Context) error { _, err := f.DeleteChannel(ctx, channel.ID); return err },
		"LastMessageIDs": func(ctx context.Context) error { _, err := f.LastMessageIDs(ctx, []id.ID{channel.ID}); return err },
		"CreateRole":     func(ctx context.Context) error { return f.CreateRole(ctx, store.Role{ID: other, GuildID: guildID}, 9) },
		"GuildRoles":     func(ctx context.Context) error { _, err := f.GuildRoles(ctx, guildID); return err },
		"UpdateRole": func(ctx context.Context) error {
			_, err := f.UpdateRole(ctx, guildID, guildID, func(*store.Role) error { return nil })
			return err
		},
		"SetRolePositions": func(ctx context.Context) error {
			_, err := f.SetRolePositions(ctx, guildID, map[id.ID]int{guildID: 0})
			return err
		},
		"DeleteRole": func(ctx context.Context) error { _, err := f.DeleteRole(ctx, guildID, other); return err },
		"AddMember": func(ctx context.Context) error {
			return f.AddMember(ctx, store.Member{GuildID: guildID, UserID: other})
		},
		"Member":       func(ctx context.Context) error { _, err := f.Member(ctx, guildID, other); return err },
		"GuildMembers": func(ctx context.Context) error { _, err := f.GuildMembers(ctx, guildID, 0, 1); return err },
		"CountMembers": func(ctx context.Context) error { _, err := f.CountMembers(ctx, guildID); return err },
		"UserGuilds":   func(ctx context.Context) error { _, err := f.UserGuilds(ctx, other); return err },
		"UpdateMember": func(ctx context.Context) error {
			_, err := f.UpdateMember(ctx, guildID, other, func(*store.Member) error { return nil })
			return err
		},
		"RemoveMember": func(ctx context.Context) error { return f.RemoveMember(ctx, guildID, other) },
		"CreateInvite": func(ctx context.Context) error {
			return f.CreateInvite(ctx, store.Invite{Code: "xy", GuildID: guildID, ChannelID: channel.ID})
		},
		"Invite":       func(ctx context.Context) error { _, err := f.Invite(ctx, "xy"); return err },
		"GuildInvites": func(ctx context.Context) error { _, err := f.GuildInvites(ctx, guildID); return err },
		"RedeemInvite": func(ctx context.Context) error {
			_, err := f.RedeemInvite(ctx, "xy", store.Member{UserID: other}, birthday)
			return err
		},
		"DeleteInvite": func(ctx context.Context) error { return f.DeleteInvite(ctx, "xy") },
		"PruneInvites": func(ctx context.Context) error { _, err := f.PruneInvites(ctx, birthday); return err },
		"CreateMessages": func(ctx context.Context) error {
			_, err := f.CreateMessages(ctx, channel.ID, []store.NewMessage{f.draft(channel, "x")})
			return err
		},
		"Message":        func(ctx context.Context) error { _, err := f.Message(ctx, channel.ID, other); return err },
		"MessageChannel": func(ctx context.Context) error { _, err := f.MessageChannel(ctx, other); return err },
		"ListMessages": func(ctx context.Context) error {
			_, err := f.ListMessages(ctx, channel.ID, store.MessagePage{Limit: 1})
			return err
		},
		"MessagesByID": func(ctx context.Context) error { _, err := f.MessagesByID(ctx, channel.ID, []id.ID{other}); return err },
		"UpdateMessage": func(ctx context.Context) error {
			_, err := f.UpdateMessage(ctx, channel.ID, other, func(*store.Message) error { return nil })
			return err
		},
		"DeleteMessage": func(ctx context.Context) error { _, err := f.DeleteMessage(ctx, channel.ID, other); return err },
		"PruneNonces":   func(ctx context.Context) error { return f.PruneNonces(ctx, other) },
		"StartVoiceSession": func(ctx context.Context) error {
			return f.StartVoiceSession(ctx, store.VoiceSession{ID: other, ChannelID: channel.ID})
		},
		"EndVoiceSession":     func(ctx context.Context) error { return f.EndVoiceSession(ctx, other, birthday) },
		"EndAllVoiceSessions": func(ctx context.Context) error { _, err := f.EndAllVoiceSessions(ctx, birthday); return err },
		"VoiceSessions":       func(ctx context.Context) error { _, err := f.VoiceSessions(ctx, channel.ID, 0, 1); return err },
		"AcquireWorker":       func(ctx context.Context) error { _, err := f.AcquireWorker(ctx, "a", 1, 2); return err },
		"RenewWorker":         func(ctx context.Context) error { return f.RenewWorker(ctx, 0, "a", 2) },
		"ReleaseWorker":       func(ctx context.Context) error { return f.ReleaseWorker(ctx, 0, "a") },
		"GreatestID":          func(ctx context.Context) error { _, err := f.GreatestID(ctx); return err },
	}
}
