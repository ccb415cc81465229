package chat

import (
	"context"
	"fmt"
	"strings"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// access is a caller's standing in a guild at the moment of a check.
type access struct {
	caller Caller
	view   *View
	// member is nil for the console, which stands above everybody, and for webhooks.
	member *store.Member
	// unproven tells that the guild asks for a second factor of those who moderate, and the caller has none: what they hold of perm.Elevated is withheld.
	unproven bool
}

// access finds out what a caller is in a guild. For those who are not in it, it does not exist: UnknownGuild.
func (v *Views) access(ctx context.Context, caller Caller, guildID id.ID) (access, error) {
	view, err := v.Guild(ctx, guildID)
	if err != nil {
		return access{}, err
	}
	if caller.Console {
		return access{caller: caller, view: view}, nil
	}
	member, err := v.Member(ctx, guildID, caller.UserID)
	if err != nil {
		if KindOf(err) == UnknownMember {
			return access{}, fail(UnknownGuild)
		}
		return access{}, err
	}
	a := access{caller: caller, view: view, member: member}
	if view.Guild.MFALevel != mfaNone {
		a.unproven, err = v.unproven(ctx, caller.UserID)
	}
	return a, err
}

// channelAccess finds out what a caller is in a channel. For those who are not in its guild, the channel does not exist: UnknownChannel. Members who may not view it
// are told MissingAccess. In a thread what counts is the channel that it is in. Of a conversation between people the view has no guild, and the member nothing but the account.
func (v *Views) channelAccess(ctx context.Context, caller Caller, channelID id.ID) (access, *store.Channel, perm.Set, error) {
	if caller.hook != nil {
		return v.hookAccess(ctx, caller, channelID)
	}
	guildID, err := v.ChannelGuild(ctx, channelID)
	if err != nil {
		return access{}, nil, 0, err
	}
	if guildID == 0 {
		return v.directAccess(ctx, caller, channelID)
	}
	a, err := v.access(ctx, caller, guildID)
	if err != nil {
		if KindOf(err) == UnknownGuild {
			err = fail(UnknownChannel)
		}
		return access{}, nil, 0, err
	}
	channel, found := a.view.Channel(channelID)
	if !found {
		thread, permissions, err := v.threadAccess(ctx, a, channelID)
		return a, thread, permissions, err
	}
	permissions := a.inChannel(channel)
	if !permissions.Has(perm.ViewChannel) {
		return access{}, nil, 0, fail(MissingAccess)
	}
	return a, channel, permissions, nil
}

// inGuild is what the caller may do in the guild as a whole.
func (a access) inGuild() perm.Set {
	if a.member == nil {
		return perm.All
	}
	return a.usable(a.view.Permissions(a.member))
}

// inChannel is what the caller may do in a channel.
func (a access) inChannel(channel *store.Channel) perm.Set {
	if a.member == nil {
		return perm.All
	}
	return a.usable(perm.InChannel(perm.Base(&a.view.Guild, a.view.Roles, a.member), channel.Overwrites, a.member, a.view.now()))
}

// need asks for permissions in the guild as a whole.
func (a access) need(permissions perm.Set) error { return need(a.inGuild(), permissions) }

// need asks for permissions: MissingPermission, naming them, when one is not held, TwoFactorRequired when nothing stands in the way but that they are withheld.
func need(held, permissions perm.Set) error {
	if missing := permissions &^ held; missing != 0 {
		return refusal(held, missing)
	}
	return nil
}

// needAny asks for one of some permissions, as need does.
func needAny(held, anyOf perm.Set) error {
	switch {
	case held.HasAny(anyOf):
		return nil
	case held.Withheld().HasAny(anyOf):
		return errUnproven()
	}
	return missingPermission(anyOf)
}

// needEither asks for permissions in one place, or others in another, as need does; the first are those that are named.
func needEither(held, permissions, heldThere, others perm.Set) error {
	err := need(held, permissions)
	if there := need(heldThere, others); err != nil && (there == nil || KindOf(there) == TwoFactorRequired) {
		return there
	}
	return err
}

// refusal says why permissions are missing among those that are held.
func refusal(held, missing perm.Set) *Error {
	if missing &^= held.Withheld(); missing != 0 {
		return missingPermission(missing)
	}
	return errUnproven()
}

func missingPermission(missing perm.Set) *Error {
	return &Error{Kind: MissingPermission, Message: "This needs the permission " + strings.Join(missing.Names(), ", ") + "."}
}

// awake asks whether the caller may take part in a channel where they hold permissions, for what needs none of its own. Members who are timed out or quarantined may only look.
func (a access) awake(held perm.Set) error {
	if a.member == nil || held.Standing().Has(perm.Administrator) {
		return nil
	}
	switch {
	case perm.TimedOut(a.member, a.view.now()):
		return &Error{Kind: MissingPermission, Message: "You are timed out."}
	case perm.Quarantined(a.member):
		return &Error{Kind: MissingPermission, Message: "A rule of this server does not allow a name of yours. Change it to take part."}
	}
	return nil
}

// isOwner tells whether the caller owns the guild, or is the console.
func (a access) isOwner() bool {
	return a.member == nil || a.member.UserID == a.view.Guild.OwnerID
}

// mayActOn asks whether the caller's rank lets them act on another member.
func (a access) mayActOn(target *store.Member) error {
	if target.UserID == a.view.Guild.OwnerID {
		return &Error{Kind: MissingPermission, Message: "Nobody can do this to the owner of the guild."}
	}
	if a.member == nil || perm.Outranks(&a.view.Guild, a.view.Roles, a.member, target) {
		return nil
	}
	return &Error{Kind: MissingPermission, Message: "Your highest role must be above this member's highest role."}
}

// mayHandle asks whether the caller's rank lets them change, give or take a role.
func (a access) mayHandle(role *store.Role) error {
	if a.member == nil || perm.OutranksRole(&a.view.Guild, a.view.Roles, a.member, role) {
		return nil
	}
	return &Error{Kind: MissingPermission, Message: fmt.Sprintf("Your highest role must be above the role %q.", role.Name)}
}

// mayGrant asks whether the caller holds every permission that changes between two sets.
func mayGrant(held, from, to perm.Set) error {
	if perm.Grantable(held, from, to) {
		return nil
	}
	missing := (from ^ to) & perm.All &^ held
	if held.Withheld().Has(missing) {
		return errUnproven()
	}
	return &Error{Kind: MissingPermission, Message: "You can give and take only permissions that you have yourself; you do not have " + strings.Join(missing.Names(), ", ") + "."}
}

// publish tells everybody what happened. What happened is stored by then, so that a bus that fails is a matter for the log: clients read anew when they reconnect.
func (d Deps) publish(ctx context.Context, events ...event.Event) {
	d.outgoing.take(ctx, events...)
	for _, e := range events {
		if err := d.Bus.Publish(ctx, e); err != nil {
			d.Log.ErrorContext(ctx, "an event was not published", "subject", e.Subject(), "type", fmt.Sprintf("%T", e), "error", err)
		}
	}
}
