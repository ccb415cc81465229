package chat

import (
	"context"
	"errors"
	"slices"
	"strings"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// deletedName is what people see in place of the name of an account that is gone.
const deletedName = "Deleted User"

// deletedDigits is by how many of the last digits of their ids such accounts are told from each other.
const deletedDigits = 4

// deletedUser stands in for an account that is gone.
func deletedUser(userID id.ID) store.User {
	digits := userID.String()
	return store.User{ID: userID, Username: "deleted_user_" + digits[max(0, len(digits)-deletedDigits):], GlobalName: deletedName}
}

// DeleteSelf deletes the caller's own account with its bots, for good; it needs the password, and the second factor of an account that has one; a guest needs neither. OwnsGuilds when the hall or a guild is theirs. What they wrote stays with those for
// whom it was written, and shows nobody's name.
func (u *Users) DeleteSelf(ctx context.Context, caller Caller, proof Proof) error {
	if caller.Bot {
		return fail(BotsBarred)
	}
	user, err := u.Store.User(ctx, caller.UserID)
	if err != nil {
		return unknownUser(err)
	}
	if !user.Guest {
		if err := u.accounts.prove(ctx, caller, proof); err != nil {
			return err
		}
	}
	return u.delete(ctx, caller.UserID)
}

// Delete deletes an account, a person's or a bot's, from the command line.
func (u *Users) Delete(ctx context.Context, caller Caller, userID id.ID) error {
	if !caller.Console {
		return fail(MissingPermission)
	}
	user, err := u.lookup(ctx, userID)
	if err != nil {
		return unknownUser(err)
	}
	if err := u.delete(ctx, userID); err != nil {
		return err
	}
	return u.recordHall(ctx, caller, store.HallUserDeleted, userID, map[string]string{"username": user.Username})
}

func (u *Users) delete(ctx context.Context, userID id.ID) error {
	turn := u.turns.of(userID)
	turn.Lock()
	defer turn.Unlock()
	deletions, err := u.Store.DeleteUser(ctx, userID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fail(UnknownUser)
	case errors.Is(err, store.ErrOwns):
		return u.ownsGuilds(ctx, userID)
	case err != nil:
		return internal("delete an account", err)
	}
	u.Log.InfoContext(ctx, "an account was deleted", "user", userID, "bots", len(deletions)-1)
	ctx = context.WithoutCancel(ctx) // what is stored is told
	for i := range deletions {
		u.tellDeletion(ctx, &deletions[i])
	}
	return nil
}

// ownsGuilds says what keeps an account from being deleted.
func (u *Users) ownsGuilds(ctx context.Context, userID id.ID) error {
	owner, err := u.ownerID(ctx)
	if err != nil {
		return err
	}
	if owner == userID {
		return &Error{Kind: OwnsGuilds, Message: "This account owns the hall. Hand it over first."}
	}
	accounts := []id.ID{userID}
	bots, err := u.Store.BotsByOwner(ctx, userID)
	if err != nil {
		return internal("list bots", err)
	}
	for _, bot := range bots {
		accounts = append(accounts, bot.UserID)
	}
	var names []string
	for _, account := range accounts {
		guildIDs, err := u.views.UserGuilds(ctx, account)
		if err != nil {
			return err
		}
		for _, guildID := range guildIDs {
			view, err := u.views.Guild(ctx, guildID)
			if err == nil && view.Guild.OwnerID == account {
				names = append(names, view.Guild.Name)
			}
		}
	}
	if len(names) == 0 {
		return fail(OwnsGuilds)
	}
	return &Error{Kind: OwnsGuilds, Message: "Hand these servers over, or delete them, first: " + strings.Join(names, ", ") + "."}
}

// tellDeletion tells everybody who knew an account that it is gone: its own devices first, which are shown out.
func (u *Users) tellDeletion(ctx context.Context, gone *store.Deletion) {
	userID := gone.User.ID
	ended := event.SessionsEnded{UserID: userID, All: true}
	u.receive(ended)
	u.accounts.receive(ended)
	u.publish(ctx, ended)
	shown := deletedUser(userID)
	shown.Bot = gone.User.Bot
	for _, guildID := range gone.GuildIDs {
		// In the guild's turn: whoever let the account in before has told so by then.
		err := u.views.change(ctx, guildID, func(ctx context.Context) error {
			u.views.renew(guildID) // what its channels allowed the member is gone
			u.views.dropMember(guildID, userID)
			u.publish(ctx, event.MemberRemoved{GuildID: guildID, User: shown}, event.GuildLeft{UserID: userID, GuildID: guildID})
			return nil
		})
		if err != nil {
			u.Log.ErrorContext(ctx, "a server was not told that an account is gone", "guild", guildID, "user", userID, "error", err)
		}
	}
	u.tellUninstalled(ctx, gone)
	u.threads.left(ctx, userID, gone.ThreadIDs)
	u.tellOverwrites(ctx, gone.Channels)
	for _, one := range gone.Relationships {
		now := store.Relationship{UserID: one.UserID, OtherID: userID}
		u.publish(ctx, event.RelationshipChanged{Relationship: now, Before: one.Type, Other: shown})
	}
	for _, holder := range gone.NoteHolders {
		u.publish(ctx, event.NoteChanged{UserID: holder, AboutID: userID})
	}
	for _, guildID := range gone.BannedFrom {
		if err := u.views.change(ctx, guildID, func(ctx context.Context) error {
			u.publish(ctx, event.BanRemoved{GuildID: guildID, User: shown})
			return nil
		}); err != nil {
			u.Log.ErrorContext(ctx, "a server was not told that an account is gone", "guild", guildID, "user", userID, "error", err)
		}
	}
	for _, conversation := range gone.Conversations {
		if err := u.directs.leftAlone(ctx, conversation, userID); err != nil {
			u.Log.ErrorContext(ctx, "somebody was not told that the other in a conversation is gone", "channel", conversation.ID, "user", userID, "error", err)
		}
	}
	for _, group := range gone.Groups {
		if err := u.directs.leftForGood(ctx, group, shown); err != nil {
			u.Log.ErrorContext(ctx, "a group was not told that an account is gone", "channel", group.ID, "user", userID, "error", err)
		}
	}
}

// tellOverwrites tells guilds of their channels that allowed or denied a deleted account something, as they are by now.
func (u *Users) tellOverwrites(ctx context.Context, changed []store.Channel) {
	byGuild := make(map[id.ID][]id.ID)
	for _, channel := range changed {
		byGuild[channel.GuildID] = append(byGuild[channel.GuildID], channel.ID)
	}
	for guildID, channelIDs := range byGuild {
		err := u.views.change(ctx, guildID, func(ctx context.Context) error {
			u.views.renew(guildID)
			view, err := u.views.Guild(ctx, guildID)
			if KindOf(err) == UnknownGuild {
				return nil // gone meanwhile
			}
			if err != nil {
				return err
			}
			for _, channelID := range channelIDs {
				if channel, found := view.Channel(channelID); found {
					u.publish(ctx, event.ChannelUpdated{Channel: *channel})
				}
			}
			return nil
		})
		if err != nil {
			u.Log.ErrorContext(ctx, "a server was not told what its channels no longer say of a deleted account", "guild", guildID, "error", err)
		}
	}
}

// leftAlone shows whoever is left in a conversation of two that the other has no account any more. Whose list it is not in sees it when it comes back.
func (d *Directs) leftAlone(ctx context.Context, conversation store.Channel, gone id.ID) error {
	return d.change(ctx, conversation.ID, func(ctx context.Context) error {
		d.views.dropDirect(conversation.ID)
		for _, other := range conversation.Recipients {
			if other != gone && !slices.Contains(conversation.HiddenFrom, other) {
				d.show(ctx, conversation, true, other)
			}
		}
		return nil
	})
}

// leftForGood tells a group that somebody who was in it has no account any more. after is the group without them.
func (d *Directs) leftForGood(ctx context.Context, after store.Channel, gone store.User) error {
	return d.change(ctx, after.ID, func(ctx context.Context) error {
		d.views.dropDirect(after.ID)
		if len(after.Recipients) == 0 {
			d.views.channelsOf.drop(after.ID)
			return nil
		}
		for _, other := range after.Recipients {
			d.publish(ctx, event.RecipientRemoved{UserID: other, ChannelID: after.ID, Recipient: gone})
		}
		if after.OwnerID == slices.Min(after.Recipients) { // perhaps only now
			d.show(ctx, after, true, after.Recipients...)
		}
		return d.note(ctx, after, store.Message{Type: store.MessageRecipientRemove, AuthorID: gone.ID, Mentions: []id.ID{gone.ID}})
	})
}
