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

const (
	// maxPins is how many messages of a channel may be pinned (wire contract, limits).
	maxPins = 250
	// defaultPinsPage and maxPinsPage bound one page of pins, as upstream.
	defaultPinsPage = 50
	maxPinsPage     = 50
)

// Pin pins a message; it needs PIN_MESSAGES. The hall says so in the channel. What is pinned already stays as it is.
func (m *Messages) Pin(ctx context.Context, caller Caller, channelID, messageID id.ID) error {
	return m.setPinned(ctx, caller, channelID, messageID, m.Now().UTC().Truncate(time.Millisecond))
}

// Unpin takes a pin away; it needs PIN_MESSAGES.
func (m *Messages) Unpin(ctx context.Context, caller Caller, channelID, messageID id.ID) error {
	return m.setPinned(ctx, caller, channelID, messageID, time.Time{})
}

func (m *Messages) setPinned(ctx context.Context, caller Caller, channelID, messageID id.ID, at time.Time) error {
	a, channel, held, err := m.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return err
	}
	if a.member == nil {
		return &Error{Kind: MissingPermission, Message: "The command line does not pin messages."}
	}
	if err := cmp.Or(need(held, perm.PinMessages|perm.ReadMessageHistory), notArchived(channel)); err != nil {
		return err
	}
	err = m.operate(ctx, channelID, messageID, func(ctx context.Context, before store.Message) error {
		if before.Type != store.MessageDefault && before.Type != store.MessageReply {
			return fail(SystemMessage)
		}
		message, changed, err := m.Store.SetPinned(ctx, channelID, messageID, at, maxPins)
		if err != nil || !changed {
			return pinFailure(err)
		}
		m.forgetChannel(channel)
		updated, err := m.completeOne(ctx, channel, message)
		if err != nil {
			return err
		}
		if updated.Member, err = m.authorMember(ctx, channel.GuildID, message.AuthorID); err != nil {
			return err
		}
		m.tell(ctx, event.MessageUpdated(updated))
		current, err := m.Store.Channel(ctx, channelID)
		if err != nil {
			return internal("reading a channel", err)
		}
		m.tell(ctx, event.PinsUpdated{GuildID: channel.GuildID, ChannelID: channelID, LastPinAt: current.LastPinAt})
		if channel.GuildID != 0 {
			pinned := act{action: store.AuditMessagePin, target: message.AuthorID, options: map[string]string{"channel_id": channelID.String(), "message_id": messageID.String()}}
			if at.IsZero() {
				pinned.action = store.AuditMessageUnpin
			}
			if err := m.did(ctx, caller, channel.GuildID, []act{pinned}); err != nil {
				return err
			}
		}
		if at.IsZero() {
			return nil
		}
		return m.note(ctx, a, channel, store.Message{Type: store.MessagePinned, AuthorID: caller.UserID,
			Reference: &store.MessageReference{MessageID: messageID, ChannelID: channelID, GuildID: channel.GuildID}})
	})
	if KindOf(err) == UnknownMessage && m.isElsewhere(ctx, caller, messageID) {
		return fail(PinElsewhere)
	}
	return err
}

// isElsewhere tells whether a message is in some channel in which the caller may read it.
func (m *Messages) isElsewhere(ctx context.Context, caller Caller, messageID id.ID) bool {
	channelID, err := m.Store.MessageChannel(ctx, messageID)
	if err == nil {
		_, err = m.readable(ctx, caller, channelID)
	}
	return err == nil
}

// forgetChannel makes the next question about a channel read it anew.
func (m *Messages) forgetChannel(channel *store.Channel) {
	switch {
	case channel.GuildID == 0:
		m.views.dropDirect(channel.ID)
	case channel.Thread != nil:
		m.views.dropThread(channel.ID)
	default:
		m.views.renew(channel.GuildID)
	}
}

// noJoinNotes is the flag of a guild's system channel that keeps joins from being told there (Discord's documentation, "System Channel Flags").
const noJoinNotes = 1 << 0

// greet says in a guild's system channel that somebody came, unless the guild does not want it. That they are in does not depend on it.
func (m *Messages) greet(ctx context.Context, guildID id.ID, member store.Member) {
	view, err := m.views.Guild(ctx, guildID)
	if err != nil {
		return // gone meanwhile
	}
	channel, found := view.Channel(view.Guild.SystemChannelID)
	if !found || view.Guild.SystemChannelFlags&noJoinNotes != 0 {
		return
	}
	err = m.lanes.do(ctx, channel.ID, &laneJob{operation: func(ctx context.Context) error {
		return m.note(ctx, access{view: view, member: &member}, channel, store.Message{Type: store.MessageJoin, AuthorID: member.UserID})
	}})
	if err != nil && KindOf(err) != UnknownChannel {
		m.Log.ErrorContext(ctx, "that somebody came was not told", "guild", guildID, "user", member.UserID, "error", err)
	}
}

// note posts what the hall itself says in a channel. It runs in the channel's lane.
func (m *Messages) note(ctx context.Context, a access, channel *store.Channel, message store.Message) error {
	_, err := m.noted(ctx, a, channel, message)
	return err
}

// noted is note, and gives what was posted.
func (m *Messages) noted(ctx context.Context, a access, channel *store.Channel, message store.Message) (*laneJob, error) {
	message.ChannelID, message.GuildID = channel.ID, channel.GuildID
	posted, err := m.completeOne(ctx, channel, message)
	if err != nil {
		return nil, err
	}
	if channel.GuildID != 0 {
		posted.Member = a.member
	}
	job := &laneJob{posted: posted}
	m.commit(ctx, channel.ID, []*laneJob{job})
	return job, job.err
}

func pinFailure(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		return fail(UnknownMessage)
	}
	if _, full := errors.AsType[*store.LimitError](err); full {
		return fail(MaxPins)
	}
	return internal("pinning a message", err)
}

// Pins gives a page of a channel's pinned messages, those pinned last first, pinned before a moment (zero: from the last), and whether there are more; it needs
// READ_MESSAGE_HISTORY. limit is 1 to 50, zero means 50.
func (m *Messages) Pins(ctx context.Context, caller Caller, channelID id.ID, before time.Time, limit int) (pins []event.MessageCreated, more bool, err error) {
	limit = cmp.Or(limit, defaultPinsPage)
	if limit < 1 || limit > maxPinsPage {
		return nil, false, invalid("limit", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxPinsPage)
	}
	return m.pins(ctx, caller, channelID, before, limit)
}

// AllPins gives all of them.
func (m *Messages) AllPins(ctx context.Context, caller Caller, channelID id.ID) ([]event.MessageCreated, error) {
	pins, _, err := m.pins(ctx, caller, channelID, time.Time{}, maxPins)
	return pins, err
}

func (m *Messages) pins(ctx context.Context, caller Caller, channelID id.ID, before time.Time, limit int) ([]event.MessageCreated, bool, error) {
	channel, err := m.readable(ctx, caller, channelID)
	if err != nil {
		return nil, false, err
	}
	messages, err := m.Store.ListPins(ctx, channelID, before, limit+1)
	if err != nil {
		return nil, false, internal("listing pins", err)
	}
	more := len(messages) > limit
	pins, err := m.complete(ctx, channel, messages[:min(limit, len(messages))])
	return pins, more, err
}
