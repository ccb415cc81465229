package chat

import (
	"context"
	"slices"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// Ringable tells whether the caller can ring others in a conversation: in a group always, of two people when they may write to each other.
func (v *Voice) Ringable(ctx context.Context, caller Caller, channelID id.ID) (bool, error) {
	channel, err := v.conversation(ctx, caller, channelID)
	if err != nil {
		return false, err
	}
	switch err := v.messages.mayWriteTo(ctx, caller, channel); {
	case KindOf(err) == CannotMessage:
		return false, nil
	case err != nil:
		return false, err
	}
	targets, err := v.ringable(ctx, caller, channel, nil)
	return len(targets) > 0, err
}

// Ring rings people in a conversation whose call the caller is in: all others, or some of them. Who blocked the caller or is blocked is not rung, nor are bots, and who is in the call already.
func (v *Voice) Ring(ctx context.Context, caller Caller, channelID id.ID, recipients []id.ID) error {
	ctx = context.WithoutCancel(ctx)
	channel, err := v.conversation(ctx, caller, channelID)
	if err != nil {
		return err
	}
	if err := v.messages.mayWriteTo(ctx, caller, channel); err != nil {
		return err
	}
	targets, err := v.ringable(ctx, caller, channel, recipients)
	if err != nil {
		return err
	}
	if err := v.mayRing(ctx, caller, channelID); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	current := v.calls[channelID]
	if current == nil || v.servers[channelID][caller.UserID] == nil {
		return &Error{Kind: MissingPermission, Message: "Only those who are in the call can ring others."}
	}
	rung := false
	for _, userID := range targets {
		if _, ringing := current.ringing[userID]; ringing || v.servers[channelID][userID] != nil {
			continue
		}
		rung = true
		v.rings++
		number := v.rings
		current.ringing[userID] = ringing{number, v.startTimer(ringTime, func() { v.giveUp(ctx, channelID, userID, number) })}
	}
	if rung {
		v.tellRinging(ctx, channelID)
	}
	return nil
}

// ringable gives those of some people in a conversation whom the caller can ring; nil stands for all.
func (v *Voice) ringable(ctx context.Context, caller Caller, channel *store.Channel, recipients []id.ID) (targets []id.ID, err error) {
	if recipients == nil {
		recipients = channel.Recipients
	}
	for _, userID := range slices.Compact(slices.Sorted(slices.Values(recipients))) {
		if userID == caller.UserID {
			continue
		}
		if !slices.Contains(channel.Recipients, userID) {
			return nil, invalid("recipients", "USER_NOT_IN_CHANNEL", "Somebody is not in this conversation.")
		}
		user, err := v.users.lookup(ctx, userID)
		if err != nil {
			return nil, internal("reading an account", err)
		}
		apart, _, err := blocked(ctx, v.Store, caller.UserID, userID)
		if err != nil {
			return nil, err
		}
		if !apart && !user.Bot {
			targets = append(targets, userID)
		}
	}
	return targets, nil
}

// mayRing counts how often somebody rings.
func (v *Voice) mayRing(ctx context.Context, caller Caller, channelID id.ID) error {
	if v.unlimited {
		return nil
	}
	one, err := v.Ephemeral.Allow(ctx, "ring/"+caller.UserID.String()+"/"+channelID.String(), ringsPerConversation)
	if err != nil {
		return internal("counting rings", err)
	}
	all, err := v.Ephemeral.Allow(ctx, "ring/"+caller.UserID.String(), ringsPerCaller)
	if err != nil {
		return internal("counting rings", err)
	}
	if !one.OK || !all.OK {
		return &Error{Kind: RateLimited, Message: "Too much ringing. Wait a little and try again.", RetryAfter: max(one.ResetAfter, all.ResetAfter)}
	}
	return nil
}

// StopRinging has people in a conversation rung no longer. Everybody can do that for themselves, which declines a call; for others only who is in the call. all stands for everybody.
func (v *Voice) StopRinging(ctx context.Context, caller Caller, channelID id.ID, recipients []id.ID, all bool) error {
	ctx = context.WithoutCancel(ctx)
	channel, err := v.conversation(ctx, caller, channelID)
	if err != nil {
		return err
	}
	if all {
		recipients = channel.Recipients
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.calls[channelID] == nil {
		return nil // whoever called has given up
	}
	if v.servers[channelID][caller.UserID] == nil && slices.ContainsFunc(recipients, func(userID id.ID) bool { return userID != caller.UserID }) {
		return &Error{Kind: MissingPermission, Message: "Only those who are in the call can stop others from being rung."}
	}
	v.quiet(ctx, channelID, recipients...)
	return nil
}

// giveUp ends the ringing of somebody who has not answered.
func (v *Voice) giveUp(ctx context.Context, channelID, userID id.ID, number uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if current := v.calls[channelID]; current != nil && current.ringing[userID].number == number && !v.closing {
		v.quiet(ctx, channelID, userID)
	}
}

// quiet has people rung no longer, and tells that if it changed something. The lock is held; there is a call.
func (v *Voice) quiet(ctx context.Context, channelID id.ID, userIDs ...id.ID) {
	current, changed := v.calls[channelID], false
	for _, userID := range userIDs {
		if one, ringing := current.ringing[userID]; ringing {
			one.stop()
			delete(current.ringing, userID)
			changed = true
		}
	}
	if changed {
		v.tellRinging(ctx, channelID)
	}
}

// tellRinging tells everybody in a conversation who is being rung. The lock is held; there is a call.
func (v *Voice) tellRinging(ctx context.Context, channelID id.ID) {
	told := v.callAt(channelID)
	v.tellCall(ctx, channelID, 0, func(userID id.ID) event.Event { return event.CallUpdated{UserID: userID, Call: told} })
}
