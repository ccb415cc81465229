package storetest

import (
	"errors"
	"maps"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// live gives somebody all that an account can have but a conversation: in a guild of another's, and with a friend.
func (f *fixture) live(channel store.Channel, userID, friendID id.ID) (reacted, polled store.Message, thread store.Channel) {
	f.Helper()
	ctx, guildID := f.Context(), channel.GuildID
	f.ok(f.AddMember(ctx, store.Member{GuildID: guildID, UserID: userID, RoleIDs: []id.ID{f.role(guildID, "knight").ID}, JoinedAt: birthday}))
	f.ok(f.CreateLoginSession(ctx, f.newSession(userID, birthday)))
	_, _, err := f.ChangeRelationship(ctx, userID, friendID, func(own, their *store.Relationship) error {
		own.Type, own.Since, their.Type, their.Since = store.RelationshipFriend, birthday, store.RelationshipFriend, birthday
		return nil
	})
	f.ok(errors.Join(err, f.SetNote(ctx, userID, friendID, "owes me"), f.SetNote(ctx, friendID, userID, "owes nothing"), f.DismissMention(ctx, userID, 7)))
	_, err = f.ChangeUserSettings(ctx, userID, store.UserSettings{Theme: "dark"}, func(*store.UserSettings) error { return nil })
	f.ok(err)
	for _, about := range []id.ID{0, guildID} {
		_, err = f.ChangeGuildSettings(ctx, userID, about, store.GuildSettings{}, func(s *store.GuildSettings) error { s.MobilePush = true; return nil })
		f.ok(err)
	}
	message := f.draft(channel, "hello")
	message.AuthorID, message.Mentions = userID, []id.ID{userID}
	upload := f.upload(userID, channel.ID, "picture")
	message.Attachments = []store.Attachment{attachment(upload)}
	stored, err := f.CreateMessages(ctx, channel.ID, []store.NewMessage{message})
	f.ok(err)
	f.ok(f.SetReadMarks(ctx, []store.ReadMark{{UserID: userID, ChannelID: channel.ID, MessageID: stored[0].ID}}))
	f.upload(userID, channel.ID, "never posted")
	f.react(stored[0], userID, store.Emoji{Name: "🎉"})
	polled = f.poll(channel, birthday.Add(time.Hour))
	f.vote(polled, userID, 1)
	thread = f.thread(channel, userID)
	_, err = f.UpdateChannel(ctx, channel.ID, func(c *store.Channel) error {
		c.Overwrites = append(c.Overwrites, store.PermissionOverwrite{TargetID: userID, Type: store.OverwriteMember, Allow: 8}, store.PermissionOverwrite{TargetID: guildID, Deny: 4})
		return nil
	})
	f.ok(err)
	return stored[0], polled, thread
}

// gone demands that nothing of an account is left.
func (f *fixture) gone(user store.User, sessions []store.LoginSession, guildIDs ...id.ID) {
	f.Helper()
	ctx, userID := f.Context(), user.ID
	_, account := f.User(ctx, userID)
	_, login := f.PersonByLogin(ctx, user.Username)
	_, settings := f.UserSettings(ctx, userID)
	_, bot := f.Bot(ctx, userID)
	for _, err := range []error{account, login, settings, bot, f.CreateLoginSession(ctx, f.newSession(userID, birthday)), f.SetNote(ctx, userID, userID, "x"), f.DismissMention(ctx, userID, 1)} {
		f.is(err, store.ErrNotFound)
	}
	for _, session := range sessions {
		_, err := f.LoginSession(ctx, session.ID)
		f.is(err, store.ErrNotFound)
	}
	left, err := f.LoginSessions(ctx, userID)
	f.ok(err)
	relationships, err := f.UserRelationships(ctx, userID)
	f.ok(err)
	notes, err := f.UserNotes(ctx, userID)
	f.ok(err)
	about, err := f.GuildSettings(ctx, userID)
	f.ok(err)
	in, err := f.UserGuilds(ctx, userID)
	f.ok(err)
	used, err := f.UserBytes(ctx, userID)
	f.ok(err)
	f.equal("left", []int{len(left), len(relationships), len(notes), len(about), len(in), len(f.marks(userID)), len(f.shownTo(userID)), int(used)}, make([]int, 8))
	for _, guildID := range guildIDs {
		_, member := f.Member(ctx, guildID, userID)
		_, banned := f.Ban(ctx, guildID, userID)
		f.is(member, store.ErrNotFound)
		f.is(banned, store.ErrNotFound)
		f.is(f.AddMember(ctx, store.Member{GuildID: guildID, UserID: userID}), store.ErrNotFound)
	}
}

var deletionTests = []test{
	{"a deleted account leaves nothing of its own, and what it gave to others stays", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		ada, friend := newPerson(f.id(), "grace"), f.person("bob").ID
		ada.Email = "grace@example.org"
		f.ok(f.CreateUser(ctx, ada))
		other := f.guild(friend)
		f.ban(other.ID, ada.ID, "noise")
		posted, polled, thread := f.live(channel, ada.ID, friend)
		sessions, err := f.LoginSessions(ctx, ada.ID)
		f.ok(err)

		deletions, err := f.DeleteUser(ctx, ada.ID)
		f.ok(err)
		f.equal("what went", deletions, []store.Deletion{{User: ada, GuildIDs: []id.ID{channel.GuildID}, ThreadIDs: []id.ID{thread.ID}, Channels: []store.Channel{f.again(channel)},
			Relationships: []store.Relationship{{UserID: friend, OtherID: ada.ID, Type: store.RelationshipFriend, Since: birthday}}, NoteHolders: []id.ID{friend}, BannedFrom: []id.ID{other.ID}}})
		f.gone(ada, sessions, channel.GuildID, other.ID)
		f.countMembers(channel.GuildID, 1)
		relationships, err := f.UserRelationships(ctx, friend)
		f.ok(err)
		notes, err := f.UserNotes(ctx, friend)
		f.ok(err)
		f.equal("with the friend", len(relationships)+len(notes), 0)
		bans, err := f.GuildBans(ctx, other.ID, 0, 0, 10)
		f.ok(err)
		f.equal("bans", len(bans), 0)
		f.equal("overwrites", f.again(channel).Overwrites, []store.PermissionOverwrite{{TargetID: channel.GuildID, Deny: 4}})
		f.equal("the thread's members", f.again(thread).Thread.MemberCount, 0)

		read, err := f.Message(ctx, channel.ID, posted.ID)
		f.ok(err)
		f.equal("the message", read, posted)
		f.equal("its reactions", f.reactions(friend, posted)[posted.ID], []store.Reaction{{Emoji: store.Emoji{Name: "🎉"}, Count: 1}})
		voters, err := f.PollVoters(ctx, channel.ID, polled.ID, 1, 0, 10)
		f.ok(err)
		f.equal("voters", voters, []id.ID{ada.ID})
		f.is(f.SetNote(ctx, friend, ada.ID, "x"), store.ErrNotFound)

		twin := newPerson(f.id(), "grace") // the names are free again
		twin.Email = ada.Email
		f.ok(f.CreateUser(ctx, twin))
		_, err = f.DeleteUser(ctx, ada.ID)
		f.is(err, store.ErrNotFound)
		_, err = f.DeleteMessages(ctx, channel.ID, []id.ID{posted.ID})
		f.ok(err)
	}},
	{"bots go with their owner", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		ada, bob := f.person("grace"), f.person("bob").ID
		var bots []store.User
		for _, name := range []string{"one", "two"} {
			user := store.User{ID: f.id(), Username: name, Bot: true, Locale: "en-US"}
			f.ok(f.CreateBot(ctx, store.Bot{UserID: user.ID, OwnerID: ada.ID}, user))
			bots = append(bots, user)
		}
		others := store.User{ID: f.id(), Username: "other", Bot: true}
		f.ok(f.CreateBot(ctx, store.Bot{UserID: others.ID, OwnerID: bob}, others))
		thread := f.thread(channel, f.owner(channel))
		for _, userID := range []id.ID{ada.ID, bots[0].ID, bots[1].ID} {
			f.ok(f.AddMember(ctx, store.Member{GuildID: channel.GuildID, UserID: userID, JoinedAt: birthday}))
			_, err := f.AddThreadMember(ctx, store.ThreadMember{ThreadID: thread.ID, UserID: userID, JoinedAt: birthday}, 10)
			f.ok(err)
		}
		_, err := f.UpdateChannel(ctx, channel.ID, func(changed *store.Channel) error {
			for _, userID := range []id.ID{ada.ID, bots[1].ID} {
				changed.Overwrites = append(changed.Overwrites, store.PermissionOverwrite{TargetID: userID, Type: store.OverwriteMember, Deny: 4})
			}
			return nil
		})
		f.ok(err)
		deletions, err := f.DeleteUser(ctx, ada.ID)
		f.ok(err)
		in, threads := []id.ID{channel.GuildID}, []id.ID{thread.ID}
		f.equal("what went", deletions, []store.Deletion{{User: ada, GuildIDs: in, ThreadIDs: threads, Channels: []store.Channel{f.again(channel)}}, {User: bots[0], GuildIDs: in, ThreadIDs: threads},
			{User: bots[1], GuildIDs: in, ThreadIDs: threads, Channels: []store.Channel{f.again(channel)}}})
		for _, deletion := range deletions {
			f.gone(deletion.User, nil, channel.GuildID)
		}
		f.countMembers(channel.GuildID, 1)
		f.equal("the thread's members", f.again(thread).Thread.MemberCount, 1)
		left, err := f.BotsByOwner(ctx, 0)
		f.ok(err)
		f.equal("the bots of others", left, []store.Bot{{UserID: others.ID, OwnerID: bob}})

		deletions, err = f.DeleteUser(ctx, others.ID) // a bot alone
		f.ok(err)
		f.equal("what went", deletions, []store.Deletion{{User: others}})
	}},
	{"who owns the hall or a guild is not deleted, nor is anything of theirs", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		ada, cid := f.owner(channel), f.person("cid")
		bot := store.User{ID: f.id(), Username: "echo", Bot: true}
		f.ok(f.CreateBot(ctx, store.Bot{UserID: bot.ID, OwnerID: cid.ID}, bot))
		f.guild(bot.ID)
		hash := []byte("claim")
		f.offerClaim(hash)
		eve := newPerson(f.id(), "eve")
		f.ok(f.ClaimHall(ctx, eve, hash, birthday))
		for _, userID := range []id.ID{ada, cid.ID, bot.ID, eve.ID} {
			f.ok(f.CreateLoginSession(ctx, f.newSession(userID, birthday)))
			_, err := f.DeleteUser(ctx, userID)
			f.is(err, store.ErrOwns)
			sessions, err := f.LoginSessions(ctx, userID)
			f.ok(err)
			f.equal("sessions", len(sessions), 1)
		}
	}},
	{"a conversation stays with the other until both are gone, a group goes on without", func(f *fixture) {
		ctx := f.Context()
		ada, bob, cid := f.person("ada").ID, f.person("bob").ID, f.person("cid").ID
		pair, _, err := f.OpenDirectChannel(ctx, f.pair(ada, bob), ada)
		f.ok(err)
		_, _, err = f.OpenDirectChannel(ctx, f.pair(ada, bob), bob)
		f.ok(err)
		written := f.post(pair, "are you there?")
		group, alone := f.group(ada, cid, bob), f.group(ada)
		_, err = f.UpdateDirectChannel(ctx, pair.ID, func(c *store.Channel) error { c.HiddenFrom = []id.ID{ada}; return nil })
		f.ok(err)

		deletions, err := f.DeleteUser(ctx, ada)
		f.ok(err)
		smaller, empty := group, alone
		smaller.OwnerID, smaller.Recipients, empty.Recipients = bob, []id.ID{bob, cid}, nil
		f.equal("groups", deletions[0].Groups, []store.Channel{smaller, empty})
		f.equal("the group", f.again(group), smaller)
		f.equal("conversations", deletions[0].Conversations, []store.Channel{{ID: pair.ID, Type: store.ChannelDM, Recipients: []id.ID{ada, bob}}})
		_, err = f.Channel(ctx, alone.ID)
		f.is(err, store.ErrNotFound)
		f.equal("the pair", f.again(pair), store.Channel{ID: pair.ID, Type: store.ChannelDM, Recipients: []id.ID{ada, bob}})
		f.equal("bob's list", f.shownTo(bob), []id.ID{pair.ID, group.ID})
		for _, hidden := range [][]id.ID{{bob}, nil} { // closed, and opened again
			changed, err := f.UpdateDirectChannel(ctx, pair.ID, func(c *store.Channel) error { c.HiddenFrom = hidden; return nil })
			f.ok(err)
			f.equal("recipients", changed.Recipients, []id.ID{ada, bob})
		}
		_, err = f.UpdateDirectChannel(ctx, group.ID, func(c *store.Channel) error { c.Recipients = append(c.Recipients, ada); return nil })
		f.is(err, store.ErrNotFound)

		_, err = f.DeleteUser(ctx, bob)
		f.ok(err)
		_, err = f.Channel(ctx, pair.ID)
		f.is(err, store.ErrNotFound)
		_, err = f.Message(ctx, pair.ID, written[0].ID)
		f.is(err, store.ErrNotFound)
		f.equal("the group", f.again(group).Recipients, []id.ID{cid})
	}},
	{"two who have a conversation and are deleted at once leave none", func(f *fixture) {
		for range 8 {
			pair := f.pair(f.person("ada").ID, f.person("bob").ID)
			_, _, err := f.OpenDirectChannel(f.Context(), pair, pair.Recipients[0])
			f.ok(err)
			f.ok(errors.Join(together(2, func(i int) error {
				_, err := f.DeleteUser(f.Context(), pair.Recipients[i])
				return err
			})...))
			_, err = f.Channel(f.Context(), pair.ID)
			f.is(err, store.ErrNotFound)
		}
	}},
	{"whoever gives an account something while it is deleted is before or after it", func(f *fixture) {
		ctx, channel := f.Context(), f.room()
		owner := f.owner(channel)
		for range 8 {
			ada := f.person("grace")
			session := f.newSession(ada.ID, birthday)
			attempts := map[string]func() error{
				"delete":  func() error { _, err := f.DeleteUser(ctx, ada.ID); return err },
				"session": func() error { return f.CreateLoginSession(ctx, session) },
				"member": func() error {
					return f.AddMember(ctx, store.Member{GuildID: channel.GuildID, UserID: ada.ID, JoinedAt: birthday})
				},
				"note": func() error { return f.SetNote(ctx, owner, ada.ID, "x") },
				"ban": func() error {
					_, _, err := f.AddBan(ctx, store.Ban{GuildID: channel.GuildID, UserID: ada.ID})
					return err
				},
				"friend": func() error {
					_, _, err := f.ask(owner, ada.ID)
					return err
				},
				"guild": func() error {
					_, err := f.UpdateGuild(ctx, channel.GuildID, func(guild *store.Guild) error { guild.Name += "."; return nil })
					return err
				},
			}
			names := slices.Sorted(maps.Keys(attempts))
			for i, err := range together(len(names), func(i int) error { return attempts[names[i]]() }) {
				if err != nil && names[i] != "delete" && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrBanned) {
					f.Errorf("%s: %v", names[i], err)
				} else if names[i] == "delete" {
					f.ok(err)
				}
			}
			f.gone(ada, []store.LoginSession{session}, channel.GuildID)
			f.countMembers(channel.GuildID, 1)
		}
	}},
}
