package chat

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Bounds of invites (wire contract, limits).
const (
	maxInviteAge     = 604800
	maxInviteUses    = 100
	maxInvites       = 1000
	defaultInviteAge = 86400

	inviteCodeLength = 8
	// inviteAlphabet has 56 characters, without those that are taken for one another when they are read aloud or copied by hand.
	inviteAlphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
)

// Invites is about the codes that let people into guilds.
type Invites struct {
	Deps
	views    *Views
	members  *Members
	users    userDirectory
	presence presences
}

func newInvites(deps Deps, views *Views, members *Members, users userDirectory, presence presences) *Invites {
	return &Invites{Deps: deps, views: views, members: members, users: users, presence: presence}
}

// Invite is an invite with what people see before they accept it.
type Invite struct {
	store.Invite
	Guild   store.Guild
	Channel store.Channel
	// Inviter is nil for invites made by the command line.
	Inviter *store.User
	// Counts are nil when they were not asked for.
	Counts *GuildCounts
}

// InviteDraft is an invite to be made.
type InviteDraft struct {
	// MaxAge is in seconds, 0 (for ever) to 604800; nil means a day. MaxUses is 0 (any number) to 100; nil means any number.
	MaxAge, MaxUses *int
	// Temporary memberships end when the person goes offline without having been given a role.
	Temporary bool
	// Unique asks for a new code; otherwise a usable one that the caller made with the same settings is given again.
	Unique bool
}

// Create makes an invite that shows a channel first; it needs CREATE_INSTANT_INVITE there.
func (i *Invites) Create(ctx context.Context, caller Caller, channelID id.ID, draft InviteDraft) (Invite, error) {
	if caller.Guest {
		return Invite{}, errGuest("Guests cannot make invites. Make yours an account of your own first.")
	}
	a, channel, held, err := i.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return Invite{}, err
	}
	if channel.Type == store.ChannelCategory || channel.Type.IsThread() {
		return Invite{}, fail(WrongChannelType)
	}
	if err := need(held, perm.CreateInstantInvite); err != nil {
		return Invite{}, err
	}
	wanted, err := draft.check(store.Invite{GuildID: channel.GuildID, ChannelID: channelID, InviterID: caller.UserID, CreatedAt: i.Now().UTC()})
	if err != nil {
		return Invite{}, err
	}
	existing, err := i.Store.GuildInvites(ctx, channel.GuildID)
	if err != nil {
		return Invite{}, internal("reading a guild's invites", err)
	}
	existing = i.usable(existing)
	if !draft.Unique {
		for _, one := range existing {
			if wanted.InviterID == one.InviterID && wanted.ChannelID == one.ChannelID && wanted.MaxAge == one.MaxAge && wanted.MaxUses == one.MaxUses && wanted.Temporary == one.Temporary && one.Uses == 0 {
				return i.show(ctx, a.view, one, false)
			}
		}
	}
	if len(existing) >= maxInvites {
		return Invite{}, fail(MaxInvites)
	}
	if wanted, err = i.insert(ctx, wanted); err != nil {
		return Invite{}, err
	}
	invite, err := i.show(ctx, a.view, wanted, false)
	if err != nil {
		return Invite{}, err
	}
	acts := []act{{action: store.AuditInviteCreate, changes: differences(nil, auditInvite(&wanted))}}
	return invite, i.did(context.WithoutCancel(ctx), caller, wanted.GuildID, acts, event.InviteCreated{Invite: wanted, Inviter: invite.Inviter})
}

// CreateForGuild makes an invite for a guild as a whole: it shows the system channel first, or else the first text channel that the caller may invite to.
func (i *Invites) CreateForGuild(ctx context.Context, caller Caller, guildID id.ID, draft InviteDraft) (Invite, error) {
	a, err := i.views.access(ctx, caller, guildID)
	if err != nil {
		return Invite{}, err
	}
	fits := func(channel *store.Channel) bool {
		return channel.Type != store.ChannelCategory && a.inChannel(channel).Has(perm.ViewChannel|perm.CreateInstantInvite)
	}
	if system, found := a.view.Channel(a.view.Guild.SystemChannelID); found && fits(system) {
		return i.Create(ctx, caller, system.ID, draft)
	}
	for at := range a.view.Channels {
		if channel := &a.view.Channels[at]; fits(channel) {
			return i.Create(ctx, caller, channel.ID, draft)
		}
	}
	return Invite{}, missingPermission(perm.CreateInstantInvite)
}

// check completes an invite with the settings.
func (d InviteDraft) check(invite store.Invite) (store.Invite, error) {
	invite.MaxAge = defaultInviteAge
	set(&invite.MaxAge, d.MaxAge)
	set(&invite.MaxUses, d.MaxUses)
	var wrong fieldErrors
	wrong.number("max_age", invite.MaxAge, 0, maxInviteAge)
	wrong.number("max_uses", invite.MaxUses, 0, maxInviteUses)
	if err := wrong.err(); err != nil {
		return store.Invite{}, err
	}
	invite.Temporary = d.Temporary
	return invite, nil
}

// insert stores an invite under a new code.
func (i *Invites) insert(ctx context.Context, invite store.Invite) (store.Invite, error) {
	ctx = context.WithoutCancel(ctx)
	for {
		invite.Code = newInviteCode()
		err := i.Store.CreateInvite(ctx, invite)
		if _, taken := errors.AsType[*store.ConflictError](err); taken {
			continue // one in 10^14, less what is in use
		}
		if errors.Is(err, store.ErrNotFound) {
			return store.Invite{}, fail(UnknownChannel)
		}
		if err != nil {
			return store.Invite{}, internal("creating an invite", err)
		}
		return invite, nil
	}
}

// newInviteCode draws a code that cannot be guessed: every character is equally likely.
func newInviteCode() string {
	code := make([]byte, 0, inviteCodeLength)
	var random [2 * inviteCodeLength]byte
	for len(code) < inviteCodeLength {
		_, _ = rand.Read(random[:]) // never fails (crypto/rand)
		for _, b := range random {
			// Bytes beyond the greatest multiple of the alphabet's length would make its beginning likelier.
			if int(b) < 256-256%len(inviteAlphabet) && len(code) < inviteCodeLength {
				code = append(code, inviteAlphabet[int(b)%len(inviteAlphabet)])
			}
		}
	}
	return string(code)
}

// usable keeps the invites that still work.
func (i *Invites) usable(invites []store.Invite) []store.Invite {
	now := i.Now()
	return slices.DeleteFunc(invites, func(invite store.Invite) bool { return !invite.Usable(now) })
}

// Get shows an invite to anybody who has its code; UnknownInvite when it does not work (any more).
func (i *Invites) Get(ctx context.Context, code string, withCounts bool) (Invite, error) {
	invite, err := i.read(ctx, code)
	if err != nil {
		return Invite{}, err
	}
	view, err := i.views.Guild(ctx, invite.GuildID)
	if err != nil {
		return Invite{}, unknownInvite(err)
	}
	return i.show(ctx, view, invite, withCounts)
}

func (i *Invites) read(ctx context.Context, code string) (store.Invite, error) {
	if len(code) < 2 || len(code) > 32 {
		return store.Invite{}, fail(UnknownInvite)
	}
	invite, err := i.Store.Invite(ctx, code)
	if errors.Is(err, store.ErrNotFound) || err == nil && !invite.Usable(i.Now()) {
		return store.Invite{}, fail(UnknownInvite)
	}
	if err != nil {
		return store.Invite{}, internal("reading an invite", err)
	}
	return invite, nil
}

// unknownInvite is for invites whose guild or channel went while they were being read.
func unknownInvite(err error) error {
	if kind := KindOf(err); kind == UnknownGuild || kind == UnknownChannel {
		return fail(UnknownInvite)
	}
	return err
}

// show adds what people see of an invite.
func (i *Invites) show(ctx context.Context, view *View, invite store.Invite, withCounts bool) (Invite, error) {
	channel, found := view.Channel(invite.ChannelID)
	if !found {
		return Invite{}, fail(UnknownInvite)
	}
	shown := Invite{Invite: invite, Guild: view.Guild, Channel: *channel}
	if invite.InviterID != 0 {
		inviter, err := i.users.lookup(ctx, invite.InviterID)
		if err == nil {
			shown.Inviter = &inviter
		} else if !errors.Is(err, store.ErrNotFound) {
			return Invite{}, internal("reading an inviter", err)
		}
	}
	if withCounts {
		members, err := i.views.MemberCount(ctx, invite.GuildID)
		if err != nil {
			return Invite{}, err
		}
		shown.Counts = &GuildCounts{Members: members, Presences: i.presence.CountOnline(invite.GuildID)}
	}
	return shown, nil
}

// GuildInvites gives a guild's usable invites, newest first; it needs MANAGE_GUILD.
func (i *Invites) GuildInvites(ctx context.Context, caller Caller, guildID id.ID) ([]Invite, error) {
	a, err := i.views.access(ctx, caller, guildID)
	if err != nil {
		return nil, err
	}
	if err := a.need(perm.ManageGuild); err != nil {
		return nil, err
	}
	return i.list(ctx, a.view, func(store.Invite) bool { return true })
}

// ChannelInvites gives a channel's usable invites, newest first; it needs MANAGE_CHANNELS there.
func (i *Invites) ChannelInvites(ctx context.Context, caller Caller, channelID id.ID) ([]Invite, error) {
	a, _, held, err := i.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return nil, err
	}
	if err := need(held, perm.ManageChannels); err != nil {
		return nil, err
	}
	return i.list(ctx, a.view, func(invite store.Invite) bool { return invite.ChannelID == channelID })
}

func (i *Invites) list(ctx context.Context, view *View, wanted func(store.Invite) bool) ([]Invite, error) {
	invites, err := i.Store.GuildInvites(ctx, view.Guild.ID)
	if err != nil {
		return nil, internal("reading a guild's invites", err)
	}
	shown := make([]Invite, 0, len(invites))
	for _, invite := range i.usable(invites) {
		if !wanted(invite) {
			continue
		}
		one, err := i.show(ctx, view, invite, false)
		if KindOf(err) == UnknownInvite {
			continue // its channel was made or deleted just now
		}
		if err != nil {
			return nil, err
		}
		shown = append(shown, one)
	}
	return shown, nil
}

// Delete revokes an invite and gives what it was; it needs MANAGE_CHANNELS in its channel, MANAGE_GUILD, or to have made it.
func (i *Invites) Delete(ctx context.Context, caller Caller, code string) (Invite, error) {
	invite, err := i.read(ctx, code)
	if err != nil {
		return Invite{}, err
	}
	a, err := i.views.access(ctx, caller, invite.GuildID)
	if err != nil {
		return Invite{}, unknownInvite(err)
	}
	channel, found := a.view.Channel(invite.ChannelID)
	if !found {
		return Invite{}, fail(UnknownInvite)
	}
	if invite.InviterID != caller.UserID {
		if err := needEither(a.inChannel(channel), perm.ManageChannels, a.inGuild(), perm.ManageGuild); err != nil {
			return Invite{}, err
		}
	}
	shown, err := i.show(ctx, a.view, invite, false)
	if err != nil {
		return Invite{}, err
	}
	ctx = context.WithoutCancel(ctx)
	if err := i.Store.DeleteInvite(ctx, code); errors.Is(err, store.ErrNotFound) {
		return Invite{}, fail(UnknownInvite)
	} else if err != nil {
		return Invite{}, internal("deleting an invite", err)
	}
	acts := []act{{action: store.AuditInviteDelete, changes: differences(auditInvite(&invite), nil)}}
	return shown, i.did(ctx, caller, invite.GuildID, acts, event.InviteDeleted{GuildID: invite.GuildID, ChannelID: invite.ChannelID, Code: code})
}

// Accept takes the caller into the guild of an invite. newMember is false when they were in it already, which uses nothing up.
func (i *Invites) Accept(ctx context.Context, caller Caller, code string) (invite Invite, newMember bool, err error) {
	if caller.Bot {
		return Invite{}, false, fail(BotsBarred)
	}
	stored, err := i.read(ctx, code)
	if err != nil {
		return Invite{}, false, err
	}
	view, err := i.views.Guild(ctx, stored.GuildID)
	if err != nil {
		return Invite{}, false, unknownInvite(err)
	}
	if _, err := i.views.Member(ctx, stored.GuildID, caller.UserID); err == nil {
		invite, err = i.show(ctx, view, stored, true)
		return invite, false, err
	} else if KindOf(err) != UnknownMember {
		return Invite{}, false, err
	}
	user, err := i.users.lookup(ctx, caller.UserID)
	if err != nil {
		return Invite{}, false, internal("reading an account", err)
	}
	if err := i.members.checkGuildCount(ctx, user); err != nil {
		return Invite{}, false, err
	}
	newMember = true
	_, err = i.members.admit(ctx, stored.GuildID, user, func(ctx context.Context, member *store.Member) error {
		redeemed, err := i.Store.RedeemInvite(ctx, code, *member, i.Now())
		if err == nil {
			stored = redeemed
		}
		return err
	})
	_, taken := errors.AsType[*store.ConflictError](err)
	switch {
	case taken:
		newMember = false // they came in on another device at the same moment
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrSpent):
		return Invite{}, false, fail(UnknownInvite)
	case err != nil:
		if _, ours := errors.AsType[*Error](err); ours {
			return Invite{}, false, err
		}
		return Invite{}, false, internal("redeeming an invite", err)
	}
	if newMember && stored.MaxUses > 0 && stored.Uses >= stored.MaxUses {
		i.publish(context.WithoutCancel(ctx), event.InviteDeleted{GuildID: stored.GuildID, ChannelID: stored.ChannelID, Code: code})
	}
	invite, err = i.show(ctx, view, stored, true)
	return invite, newMember, err
}

// prune deletes the invites that stopped working.
func (i *Invites) prune(ctx context.Context) error {
	if _, err := i.Store.PruneInvites(ctx, i.Now()); err != nil {
		return internal("pruning invites", err)
	}
	return nil
}
