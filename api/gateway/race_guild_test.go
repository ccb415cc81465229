package gateway

import (
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

func TestTwoAtOnceWithAGuild(t *testing.T) { compete(t, guildContests) }

var guildContests = []contest{
	{name: "the last use of an invite", prepare: func(w *arena) race {
		once := 1
		invite, err := w.Invites.CreateForGuild(w.Context(), w.alice, w.guild.ID, chat.InviteDraft{MaxUses: &once})
		w.must(err)
		var acts []func(*chat.Chat) error
		for range 3 {
			guest := w.someone("guest")
			acts = append(acts, func(n *chat.Chat) error { _, _, err := n.Invites.Accept(w.Context(), guest, invite.Code); return err })
		}
		return race{acts, func(errs []error) {
			w.won(1, errs, chat.UnknownInvite)
			count, err := w.Store.CountMembers(w.Context(), w.guild.ID)
			if err != nil || count != 4 {
				w.Errorf("there are %d members (%v)", count, err)
			}
			if _, err := w.Invites.Get(w.Context(), invite.Code, false); chat.KindOf(err) != chat.UnknownInvite {
				w.Errorf("the invite is answered %v", err)
			}
		}}
	}},
	{name: "somebody joins with two devices", prepare: func(w *arena) race {
		invite, err := w.Invites.CreateForGuild(w.Context(), w.alice, w.guild.ID, chat.InviteDraft{})
		w.must(err)
		guest := w.someone("guest")
		w.watch()
		w.watching = append(w.watching, w.follow(guest))
		join := func(n *chat.Chat) error { _, _, err := n.Invites.Accept(w.Context(), guest, invite.Code); return err }
		return race{[]func(*chat.Chat) error{join, join}, func(errs []error) { w.won(2, errs) }}
	}},
	{name: "a role is moved and deleted", prepare: func(w *arena) race {
		role, other := w.guild.Role("a", 1, 0, w.bob), w.guild.Role("b", 2, 0)
		position := 2
		return w.deletedRole(role, func(n *chat.Chat) error {
			_, err := n.Roles.Reorder(w.Context(), w.alice, w.guild.ID, []chat.RolePosition{{RoleID: role.ID, Position: &position}, {RoleID: other.ID, Position: new(int)}})
			return err
		})
	}},
	{name: "a role is changed and deleted", prepare: func(w *arena) race {
		role, name := w.guild.Role("a", 1, 0, w.bob), "changed"
		return w.deletedRole(role, func(n *chat.Chat) error {
			_, err := n.Roles.Update(w.Context(), w.alice, w.guild.ID, role.ID, chat.RoleEdit{Name: &name})
			return err
		})
	}},
	{name: "a role is given and deleted", prepare: func(w *arena) race {
		role := w.guild.Role("a", 1, 0)
		return w.deletedRole(role, func(n *chat.Chat) error {
			return n.Members.AddRole(w.Context(), w.alice, w.guild.ID, w.bob.UserID, role.ID)
		})
	}},
	{name: "an overwrite is set for a role that is deleted", oneNode: true, prepare: func(w *arena) race {
		role := w.guild.Role("a", 1, 0)
		return w.deletedRole(role, func(n *chat.Chat) error {
			return n.Channels.SetOverwrite(w.Context(), w.alice, w.guild.General, store.PermissionOverwrite{TargetID: role.ID, Allow: uint64(perm.AddReactions)})
		})
	}},
	{name: "a channel is made with an overwrite for a role that is deleted", oneNode: true, prepare: func(w *arena) race {
		role := w.guild.Role("a", 1, 0)
		return w.deletedRole(role, func(n *chat.Chat) error {
			_, err := n.Channels.Create(w.Context(), w.alice, w.guild.ID, chat.ChannelDraft{Name: "new", Overwrites: &[]store.PermissionOverwrite{{TargetID: role.ID, Deny: uint64(perm.ViewChannel)}}})
			return err
		})
	}},
	{name: "a member is given a role and a nick", prepare: func(w *arena) race {
		role, nick := w.guild.Role("a", 1, 0), "Bobby"
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error {
				return n.Members.AddRole(w.Context(), w.alice, w.guild.ID, w.bob.UserID, role.ID)
			},
			func(n *chat.Chat) error {
				_, err := n.Members.Update(w.Context(), w.alice, w.guild.ID, w.bob.UserID, chat.MemberEdit{Nick: &nick})
				return err
			},
		}, func(errs []error) {
			w.won(2, errs)
			member, err := w.Store.Member(w.Context(), w.guild.ID, w.bob.UserID)
			if err != nil || member.Nick != nick || len(member.RoleIDs) != 1 {
				w.Errorf("%+v, %v", member, err)
			}
		}}
	}},
	{name: "a channel is made in a category that is deleted", prepare: func(w *arena) race {
		category := w.guild.Channel("going", store.ChannelCategory)
		inside := w.guild.Channel("inside", store.ChannelText)
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error { _, err := n.Channels.Delete(w.Context(), w.alice, category); return err },
			func(n *chat.Chat) error {
				_, err := n.Channels.Create(w.Context(), w.alice, w.guild.ID, chat.ChannelDraft{Name: "new", ParentID: category})
				return err
			},
			func(n *chat.Chat) error {
				_, err := n.Channels.Update(w.Context(), w.alice, inside, chat.ChannelEdit{ParentID: &category})
				return err
			},
		}, func(errs []error) {
			w.may("deleting", errs[0])
			w.may("creating", errs[1], chat.Invalid, chat.UnknownChannel)
			w.may("moving", errs[2], chat.Invalid, chat.UnknownChannel)
			channels, err := w.Store.GuildChannels(w.Context(), w.guild.ID)
			w.must(err)
			for _, channel := range channels {
				if channel.ParentID == category || channel.ID == category {
					w.Errorf("%s is in a category that is gone", channel.Name)
				}
			}
		}}
	}},
	{name: "a channel is deleted while it is written in, and a thread and an invite are made", prepare: func(w *arena) race {
		messageID := w.says(w.bob, "one")
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error {
				_, err := n.Channels.Delete(w.Context(), w.alice, w.guild.General)
				return err
			},
			func(n *chat.Chat) error {
				_, err := n.Messages.Create(w.Context(), w.bob, w.guild.General, chat.MessageDraft{Content: "two"})
				return err
			},
			func(n *chat.Chat) error {
				_, err := n.Threads.StartFromMessage(w.Context(), w.cid, w.guild.General, messageID, chat.ThreadDraft{Name: "it"})
				return err
			},
			func(n *chat.Chat) error {
				_, err := n.Invites.Create(w.Context(), w.alice, w.guild.General, chat.InviteDraft{})
				return err
			},
		}, func(errs []error) {
			w.may("deleting", errs[0])
			w.may("writing", errs[1], chat.UnknownChannel)
			w.may("beginning a thread", errs[2], chat.UnknownChannel, chat.UnknownMessage)
			w.may("inviting", errs[3], chat.UnknownChannel)
			channels, err := w.Store.GuildInvites(w.Context(), w.guild.ID)
			for _, invite := range channels {
				if err != nil || invite.ChannelID == w.guild.General {
					w.Errorf("an invite is left: %+v (%v)", invite, err)
				}
			}
		}}
	}},
	{name: "somebody leaves and is kicked", prepare: func(w *arena) race {
		return w.removed(2,
			func(n *chat.Chat) error { return n.Guilds.Leave(w.Context(), w.bob, w.guild.ID) },
			func(n *chat.Chat) error { return n.Members.Kick(w.Context(), w.alice, w.guild.ID, w.bob.UserID) })
	}},
	{name: "two leave", prepare: func(w *arena) race {
		return w.removed(1,
			func(n *chat.Chat) error { return n.Guilds.Leave(w.Context(), w.bob, w.guild.ID) },
			func(n *chat.Chat) error { return n.Guilds.Leave(w.Context(), w.cid, w.guild.ID) })
	}},
	{name: "somebody is kicked and given a role", prepare: func(w *arena) race {
		role := w.guild.Role("a", 1, 0)
		return w.removed(2,
			func(n *chat.Chat) error { return n.Members.Kick(w.Context(), w.alice, w.guild.ID, w.bob.UserID) },
			func(n *chat.Chat) error {
				return n.Members.AddRole(w.Context(), w.alice, w.guild.ID, w.bob.UserID, role.ID)
			})
	}},
	{name: "a guild is handed over and deleted", prepare: func(w *arena) race {
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error {
				_, err := n.Guilds.Update(w.Context(), w.alice, w.guild.ID, chat.GuildEdit{OwnerID: &w.bob.UserID})
				return err
			},
			func(n *chat.Chat) error { return n.Guilds.Delete(w.Context(), w.alice, w.guild.ID) },
		}, func(errs []error) {
			w.may("handing over", errs[0], chat.UnknownGuild, chat.UnknownMember)
			w.may("deleting", errs[1], chat.MissingPermission, chat.MissingAccess)
			guild, err := w.Store.Guild(w.Context(), w.guild.ID)
			switch {
			case errs[1] == nil:
				w.gone("the guild", err)
			case err != nil || guild.OwnerID != w.bob.UserID:
				w.Errorf("it is owned by %v (%v)", guild.OwnerID, err)
			}
		}}
	}},
	{name: "a guild is handed over to two", prepare: func(w *arena) race {
		var acts []func(*chat.Chat) error
		for _, to := range []id.ID{w.bob.UserID, w.cid.UserID} {
			acts = append(acts, func(n *chat.Chat) error {
				_, err := n.Guilds.Update(w.Context(), w.alice, w.guild.ID, chat.GuildEdit{OwnerID: &to})
				return err
			})
		}
		return race{acts, func(errs []error) { w.won(1, errs, chat.MissingPermission, chat.MissingAccess) }}
	}},
	{name: "a guild is handed over to somebody who leaves", oneNode: true, prepare: func(w *arena) race {
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error {
				_, err := n.Guilds.Update(w.Context(), w.alice, w.guild.ID, chat.GuildEdit{OwnerID: &w.bob.UserID})
				return err
			},
			func(n *chat.Chat) error { return n.Guilds.Leave(w.Context(), w.bob, w.guild.ID) },
		}, func(errs []error) {
			w.may("handing over", errs[0], chat.UnknownMember, chat.Invalid)
			guild, err := w.Store.Guild(w.Context(), w.guild.ID)
			w.must(err)
			if _, err := w.Store.Member(w.Context(), w.guild.ID, guild.OwnerID); err != nil {
				w.Errorf("the owner is not in it: %v, %v", err, errs)
			}
			if errs[0] == nil == (errs[1] == nil) {
				w.Errorf("both or none did it: %v", errs)
			}
		}}
	}},
	{name: "a guild is deleted while somebody joins", prepare: func(w *arena) race {
		invite, err := w.Invites.CreateForGuild(w.Context(), w.alice, w.guild.ID, chat.InviteDraft{})
		w.must(err)
		guest := w.someone("guest")
		w.watch()
		w.watching = append(w.watching, w.follow(guest))
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error { return n.Guilds.Delete(w.Context(), w.alice, w.guild.ID) },
			func(n *chat.Chat) error { _, _, err := n.Invites.Accept(w.Context(), guest, invite.Code); return err },
		}, func(errs []error) {
			w.may("deleting", errs[0])
			w.may("joining", errs[1], chat.UnknownInvite, chat.UnknownGuild)
			in, err := w.Store.UserGuilds(w.Context(), guest.UserID)
			if err != nil || len(in) > 0 {
				w.Errorf("they are in %v (%v)", in, err)
			}
		}}
	}},
	{name: "somebody is banned while they join", prepare: func(w *arena) race {
		invite, err := w.Invites.CreateForGuild(w.Context(), w.alice, w.guild.ID, chat.InviteDraft{})
		w.must(err)
		guest := w.someone("guest")
		w.watch()
		w.watching = append(w.watching, w.follow(guest))
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error { return n.Bans.Ban(w.Context(), w.alice, w.guild.ID, guest.UserID, 0) },
			func(n *chat.Chat) error { _, _, err := n.Invites.Accept(w.Context(), guest, invite.Code); return err },
		}, func(errs []error) {
			w.may("banning", errs[0])
			w.may("joining", errs[1], chat.Banned)
			w.out(guest)
		}}
	}},
	{name: "somebody is banned while they write", prepare: func(w *arena) race {
		w.says(w.bob, "before")
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error { return n.Bans.Ban(w.Context(), w.alice, w.guild.ID, w.bob.UserID, time.Hour) },
			func(n *chat.Chat) error {
				_, err := n.Messages.Create(w.Context(), w.bob, w.guild.General, chat.MessageDraft{Content: "during"})
				return err
			},
		}, func(errs []error) {
			w.may("banning", errs[0])
			w.may("writing", errs[1], chat.UnknownChannel, chat.MissingAccess, chat.UnknownGuild)
			w.out(w.bob)
			if len(w.nodes) > 1 {
				return // the other node hears of it a moment later
			}
			if _, err := w.Messages.Create(w.Context(), w.bob, w.guild.General, chat.MessageDraft{Content: "after"}); err == nil {
				w.Error("they write on")
			}
		}}
	}},
	{name: "somebody is banned twice and forgiven", prepare: func(w *arena) race {
		ban := func(n *chat.Chat) error { return n.Bans.Ban(w.Context(), w.alice, w.guild.ID, w.bob.UserID, 0) }
		return race{[]func(*chat.Chat) error{ban, ban, func(n *chat.Chat) error { return n.Bans.Unban(w.Context(), w.alice, w.guild.ID, w.bob.UserID) }}, func(errs []error) {
			w.may("banning", errs[0])
			w.may("banning", errs[1])
			w.may("forgiving", errs[2], chat.UnknownBan)
			if _, err := w.Store.Member(w.Context(), w.guild.ID, w.bob.UserID); err == nil {
				w.Error("they are in still")
			}
		}}
	}},
	{name: "somebody is timed out while they write", prepare: func(w *arena) race {
		until := w.Clock.Now().Add(time.Hour)
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error {
				_, err := n.Members.Update(w.Context(), w.alice, w.guild.ID, w.bob.UserID, chat.MemberEdit{TimedOutUntil: &until})
				return err
			},
			func(n *chat.Chat) error {
				_, err := n.Messages.Create(w.Context(), w.bob, w.guild.General, chat.MessageDraft{Content: "during"})
				return err
			},
		}, func(errs []error) {
			w.may("timing out", errs[0])
			w.may("writing", errs[1], chat.MissingPermission)
			if len(w.nodes) > 1 {
				return // the other node hears of it a moment later
			}
			if _, err := w.Messages.Create(w.Context(), w.bob, w.guild.General, chat.MessageDraft{Content: "after"}); chat.KindOf(err) != chat.MissingPermission {
				w.Errorf("afterwards writing is answered %v", err)
			}
		}}
	}},
	{name: "an account is deleted while it is given things", prepare: func(w *arena) race {
		role := w.guild.Role("a", 1, 0)
		w.watching = []*follower{w.follow(w.alice), w.follow(w.cid)}
		return race{[]func(*chat.Chat) error{
			func(n *chat.Chat) error { return n.Users.Delete(w.Context(), chattest.Console, w.bob.UserID) },
			func(n *chat.Chat) error {
				return n.Members.AddRole(w.Context(), w.alice, w.guild.ID, w.bob.UserID, role.ID)
			},
			func(n *chat.Chat) error { return n.Relationships.Ask(w.Context(), w.cid, w.bob.UserID) },
			func(n *chat.Chat) error { _, err := n.Directs.Open(w.Context(), w.cid, w.bob.UserID); return err },
			func(n *chat.Chat) error {
				return n.Channels.SetOverwrite(w.Context(), w.alice, w.guild.General, store.PermissionOverwrite{TargetID: w.bob.UserID, Type: store.OverwriteMember, Deny: uint64(perm.SendMessages)})
			},
		}, func(errs []error) {
			w.may("deleting", errs[0])
			w.may("giving a role", errs[1], chat.UnknownMember, chat.UnknownUser)
			w.may("asking", errs[2], chat.UnknownUser)
			w.may("opening a conversation", errs[3], chat.UnknownUser, chat.CannotMessage)
			w.may("setting an overwrite", errs[4], chat.UnknownMember, chat.UnknownUser, chat.Invalid)
			_, err := w.Store.User(w.Context(), w.bob.UserID)
			w.gone("the account", err)
		}}
	}},
}

// deletedRole is a role that alice deletes while something else is done with it.
func (w *arena) deletedRole(role store.Role, act func(*chat.Chat) error) race {
	return race{[]func(*chat.Chat) error{
		func(n *chat.Chat) error { return n.Roles.Delete(w.Context(), w.alice, w.guild.ID, role.ID) }, act,
	}, func(errs []error) {
		w.may("deleting", errs[0])
		w.may("the other", errs[1], chat.UnknownRole, chat.Invalid, chat.UnknownOverwrite, chat.UnknownMember)
		roles, err := w.Store.GuildRoles(w.Context(), w.guild.ID)
		w.must(err)
		for _, one := range roles {
			if one.ID == role.ID {
				w.Errorf("the role is still there: %v", errs)
			}
		}
		channels, err := w.Store.GuildChannels(w.Context(), w.guild.ID)
		w.must(err)
		for _, channel := range channels {
			for _, overwrite := range channel.Overwrites {
				if overwrite.TargetID == role.ID {
					w.Errorf("its overwrite is still there: %v", errs)
				}
			}
		}
		if member, err := w.Store.Member(w.Context(), w.guild.ID, w.bob.UserID); err != nil || len(member.RoleIDs) > 0 {
			w.Errorf("somebody has it still: %+v, %v", member, err)
		}
	}}
}

// removed are acts after which bob is no member any more, and as many members are left.
func (w *arena) removed(left int, acts ...func(*chat.Chat) error) race {
	return race{acts, func(errs []error) {
		for _, err := range errs {
			w.may("one of them", err, chat.UnknownMember, chat.UnknownGuild)
		}
		if _, err := w.Store.Member(w.Context(), w.guild.ID, w.bob.UserID); err == nil {
			w.Errorf("bob is in still: %v", errs)
		}
		if count, err := w.Store.CountMembers(w.Context(), w.guild.ID); err != nil || count != left {
			w.Errorf("%d are left, not %d (%v)", count, left, err)
		}
	}}
}

// out demands that somebody is banned and no member.
func (w *arena) out(caller chat.Caller) {
	w.T.Helper()
	if _, err := w.Store.Member(w.Context(), w.guild.ID, caller.UserID); err == nil {
		w.T.Error("they are in")
	}
	if _, err := w.Store.Ban(w.Context(), w.guild.ID, caller.UserID); err != nil {
		w.T.Errorf("they are not banned: %v", err)
	}
}
