package chat

import (
	"cmp"
	"context"
	"errors"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Bounds of bans (wire contract, limits, and upstream).
const (
	maxBansPage   = 1000
	maxBulkBan    = 200
	maxPurgedTime = 7 * 24 * time.Hour
)

// Bans keeps people out of guilds.
type Bans struct {
	Deps
	views    *Views
	users    userDirectory
	messages *Messages
	threads  *Threads
}

// GuildBan is a ban with the account that it is of.
type GuildBan struct {
	store.Ban
	User store.User
}

// BanPage selects bans by user, ascending.
type BanPage struct {
	// Before and After are exclusive bounds, zero for none; of both the first decides.
	Before, After id.ID
	// Limit is 1 to 1000; zero means 1000.
	Limit int
}

// List gives a guild's bans; it needs BAN_MEMBERS.
func (b *Bans) List(ctx context.Context, caller Caller, guildID id.ID, page BanPage) ([]GuildBan, error) {
	limit := cmp.Or(page.Limit, maxBansPage)
	if limit < 1 || limit > maxBansPage {
		return nil, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxBansPage)
	}
	if err := b.may(ctx, caller, guildID, perm.BanMembers); err != nil {
		return nil, err
	}
	bans, err := b.Store.GuildBans(ctx, guildID, page.Before, page.After, limit)
	if err != nil {
		return nil, internal("listing bans", err)
	}
	userIDs := make([]id.ID, len(bans))
	for i := range bans {
		userIDs[i] = bans[i].UserID
	}
	users, err := b.users.lookupAll(ctx, userIDs)
	if err != nil {
		return nil, internal("reading the accounts of bans", err)
	}
	all := make([]GuildBan, 0, len(bans))
	for _, ban := range bans {
		if user, found := users[ban.UserID]; found { // bans go with their accounts
			all = append(all, GuildBan{Ban: ban, User: user})
		}
	}
	return all, nil
}

// Get gives one ban; it needs BAN_MEMBERS.
func (b *Bans) Get(ctx context.Context, caller Caller, guildID, userID id.ID) (GuildBan, error) {
	if err := b.may(ctx, caller, guildID, perm.BanMembers); err != nil {
		return GuildBan{}, err
	}
	ban, err := b.Store.Ban(ctx, guildID, userID)
	if errors.Is(err, store.ErrNotFound) {
		return GuildBan{}, fail(UnknownBan)
	}
	if err != nil {
		return GuildBan{}, internal("reading a ban", err)
	}
	user, err := b.users.lookup(ctx, userID)
	if err != nil {
		return GuildBan{}, unknownUser(err)
	}
	return GuildBan{Ban: ban, User: user}, nil
}

func (b *Bans) may(ctx context.Context, caller Caller, guildID id.ID, permissions perm.Set) error {
	a, err := b.views.access(ctx, caller, guildID)
	if err != nil {
		return err
	}
	return a.need(permissions)
}

// Ban keeps a user out of a guild, and takes them out of it if they are a member: then the caller needs a rank above theirs. What they wrote in the guild within purge, at most seven days, is
// deleted. It needs BAN_MEMBERS. Somebody who is banned already stays so.
func (b *Bans) Ban(ctx context.Context, caller Caller, guildID, userID id.ID, purge time.Duration) error {
	if err := checkPurge(purge); err != nil {
		return err
	}
	if err := b.ban(ctx, caller, guildID, userID, perm.BanMembers); err != nil && KindOf(err) != AlreadyBanned {
		return err
	}
	return b.purge(ctx, caller, guildID, userID, purge)
}

func checkPurge(purge time.Duration) error {
	if purge < 0 || purge > maxPurgedTime {
		return invalid("delete_message_seconds", "NUMBER_TYPE_RANGE", "Must be between 0 and %d.", int(maxPurgedTime/time.Second))
	}
	return nil
}

// Several bans 1 to 200 users, and tells for whom it was done and for whom not: those who are banned already, who do not exist, who stand above the caller, and the caller. It needs BAN_MEMBERS and
// MANAGE_GUILD. NoneBanned when it was done for nobody.
func (b *Bans) Several(ctx context.Context, caller Caller, guildID id.ID, userIDs []id.ID, purge time.Duration) (banned, failed []id.ID, err error) {
	if err := checkPurge(purge); err != nil {
		return nil, nil, err
	}
	if len(userIDs) < 1 || len(userIDs) > maxBulkBan {
		return nil, nil, invalid("user_ids", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and %d in length.", maxBulkBan)
	}
	if err := b.may(ctx, caller, guildID, perm.BanMembers|perm.ManageGuild); err != nil {
		return nil, nil, err
	}
	done := make(map[id.ID]bool, len(userIDs))
	for _, userID := range userIDs {
		if done[userID] {
			continue
		}
		done[userID] = true
		err := b.ban(ctx, caller, guildID, userID, perm.BanMembers|perm.ManageGuild)
		if err == nil {
			banned = append(banned, userID)
			err = b.purge(ctx, caller, guildID, userID, purge)
		} else if kind := KindOf(err); kind == AlreadyBanned || kind == UnknownUser || kind == MissingPermission || kind == Invalid {
			failed = append(failed, userID)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if len(banned) == 0 {
		return nil, nil, fail(NoneBanned)
	}
	return banned, failed, nil
}

func (b *Bans) ban(ctx context.Context, caller Caller, guildID, userID id.ID, permissions perm.Set) error {
	return b.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := b.views.access(ctx, caller, guildID)
		if err != nil {
			return err
		}
		if err := a.need(permissions); err != nil {
			return err
		}
		user, err := b.users.lookup(ctx, userID)
		if err != nil {
			return unknownUser(err)
		}
		if userID == caller.UserID {
			return invalid("user_id", "BAN_ONESELF", "Nobody can ban themself.")
		}
		target, err := b.views.Member(ctx, guildID, userID)
		if err == nil {
			err = a.mayActOn(target)
		} else if KindOf(err) == UnknownMember {
			err = nil
		}
		if err != nil {
			return err
		}
		wasMember, left, err := b.Store.AddBan(ctx, store.Ban{GuildID: guildID, UserID: userID, Reason: caller.Reason})
		b.views.dropMember(guildID, userID)
		if _, already := errors.AsType[*store.ConflictError](err); already {
			return fail(AlreadyBanned)
		}
		if errors.Is(err, store.ErrNotFound) {
			return fail(UnknownUser)
		}
		if err != nil {
			return internal("banning a user", err)
		}
		events := []event.Event{event.BanAdded{GuildID: guildID, User: user}}
		if wasMember {
			events = append(events, event.MemberRemoved{GuildID: guildID, User: user}, event.GuildLeft{UserID: userID, GuildID: guildID})
		}
		events = append(events, b.views.departed(a.view, userID, left)...)
		err = b.did(ctx, caller, guildID, []act{{action: store.AuditBanAdd, target: userID}}, events...)
		b.threads.left(ctx, userID, left.ThreadIDs)
		return err
	})
}

// purge deletes what somebody wrote lately in any channel of a guild.
func (b *Bans) purge(ctx context.Context, caller Caller, guildID, userID id.ID, within time.Duration) error {
	if within == 0 {
		return nil
	}
	_, err := b.messages.purge(context.WithoutCancel(ctx), caller, guildID, userID, id.At(b.Now().Add(-within)))
	return err
}

// Unban lifts a ban; it needs BAN_MEMBERS.
func (b *Bans) Unban(ctx context.Context, caller Caller, guildID, userID id.ID) error {
	return b.views.change(ctx, guildID, func(ctx context.Context) error {
		if err := b.may(ctx, caller, guildID, perm.BanMembers); err != nil {
			return err
		}
		user, err := b.users.lookup(ctx, userID)
		if errors.Is(err, store.ErrNotFound) {
			return fail(UnknownBan)
		}
		if err != nil {
			return internal("reading an account", err)
		}
		err = b.Store.RemoveBan(ctx, guildID, userID)
		if errors.Is(err, store.ErrNotFound) {
			return fail(UnknownBan)
		}
		if err != nil {
			return internal("lifting a ban", err)
		}
		return b.did(ctx, caller, guildID, []act{{action: store.AuditBanRemove, target: userID}}, event.BanRemoved{GuildID: guildID, User: user})
	})
}
