package chat

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/ephemeral"
	"guildhall/store/event"
	"guildhall/store/id"
)

// ringTime is how long somebody is rung who does not answer.
const ringTime = time.Minute

// How often somebody may ring the people of one conversation, and others altogether.
var (
	ringsPerConversation = ephemeral.Limit{Burst: 5, Per: time.Minute}
	ringsPerCaller       = ephemeral.Limit{Burst: 20, Per: 5 * time.Minute}
)

// openCallsAtOnce is how many calls that the last run left open are looked for together.
const openCallsAtOnce = 100

// call is a call in a conversation. It begins when the first comes and ends when the last leaves; who is in it is among the entries of its conversation.
type call struct {
	messageID id.ID
	// participants are those who have been in it.
	participants map[id.ID]struct{}
	// ringing are those who are being rung.
	ringing map[id.ID]ringing
}

// ringing is one ringing of somebody: which, and what keeps it from ending by itself.
type ringing struct {
	number uint64
	stop   func() bool
}

// joinCall brings somebody into the call of a conversation, which begins when there is none.
func (v *Voice) joinCall(ctx context.Context, caller Caller, update VoiceUpdate) error {
	if caller.Bot {
		return fail(BotsBarred)
	}
	turn := v.callTurns.of(update.ChannelID)
	turn.Lock()
	defer turn.Unlock()
	channel, err := v.conversation(ctx, caller, update.ChannelID)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.servers[channel.ID][caller.UserID] == nil {
		if err := v.messages.mayWriteTo(ctx, caller, channel); err != nil {
			return err
		}
	}
	if v.closing {
		return &Error{Kind: Unavailable, Message: "The hall is restarting."}
	}
	if v.calls[channel.ID] == nil {
		// The message waits for what is written in the conversation, for which nobody else in voice shall wait. No other call begins here meanwhile: it is this one's turn.
		v.mu.Unlock()
		messageID, err := v.announceCall(ctx, caller, channel)
		v.mu.Lock()
		if err != nil {
			return err
		}
		v.beginCall(ctx, caller, channel.ID, messageID)
	}
	err = v.put(ctx, v.servers[channel.ID][caller.UserID], &voiceEntry{connect: true, state: event.VoiceState{
		ChannelID: channel.ID, UserID: caller.UserID, SessionID: update.SessionID, SelfDeaf: update.SelfDeaf, SelfMute: update.SelfMute, SelfVideo: update.SelfVideo,
	}})
	v.answered(ctx, channel.ID, caller.UserID)
	return err
}

// conversation gives a conversation that the caller is in.
func (v *Voice) conversation(ctx context.Context, caller Caller, channelID id.ID) (*store.Channel, error) {
	_, channel, _, err := v.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return nil, err
	}
	if channel.GuildID != 0 {
		return nil, fail(WrongChannelType)
	}
	return channel, nil
}

// announceCall posts the message that tells of a call.
func (v *Voice) announceCall(ctx context.Context, caller Caller, channel *store.Channel) (messageID id.ID, err error) {
	err = v.messages.lanes.do(ctx, channel.ID, &laneJob{operation: func(ctx context.Context) error {
		posted, err := v.messages.noted(ctx, access{}, channel, store.Message{Type: store.MessageCall, AuthorID: caller.UserID, Call: &store.Call{Participants: []id.ID{caller.UserID}}})
		if err == nil {
			messageID = posted.posted.Message.ID
		}
		return err
	}})
	return messageID, err
}

// beginCall notes a call and tells everybody in the conversation. The lock is held.
func (v *Voice) beginCall(ctx context.Context, caller Caller, channelID, messageID id.ID) {
	v.calls[channelID] = &call{messageID: messageID, participants: map[id.ID]struct{}{caller.UserID: {}}, ringing: make(map[id.ID]ringing)}
	told := v.callAt(channelID)
	v.tellCall(ctx, channelID, 0, func(userID id.ID) event.Event { return event.CallBegun{UserID: userID, Call: told} })
}

// answered notes that somebody has come into a call: they are rung no longer, and the message names them. The lock is held.
func (v *Voice) answered(ctx context.Context, channelID, userID id.ID) {
	current := v.calls[channelID]
	if current == nil {
		return
	}
	v.quiet(ctx, channelID, userID)
	if _, named := current.participants[userID]; !named {
		current.participants[userID] = struct{}{}
		v.noteCall(ctx, channelID, current, time.Time{})
	}
}

// endCall ends the call of a conversation that nobody is in any more, if there is one. The lock is held.
func (v *Voice) endCall(ctx context.Context, channelID id.ID) {
	current := v.calls[channelID]
	if current == nil {
		return
	}
	delete(v.calls, channelID)
	for _, one := range current.ringing {
		one.stop()
	}
	v.tellCall(ctx, channelID, 0, func(userID id.ID) event.Event { return event.CallEnded{UserID: userID, ChannelID: channelID} })
	v.noteCall(ctx, channelID, current, v.Now().UTC())
}

// noteCall has the message of a call say who was in it, and when it ended, as soon as it is the message's turn. The lock is held.
func (v *Voice) noteCall(ctx context.Context, channelID id.ID, current *call, endedAt time.Time) {
	messageID, participants := current.messageID, slices.Collect(maps.Keys(current.participants))
	v.work.Go(func() {
		err := v.messages.operate(ctx, channelID, messageID, func(ctx context.Context, _ store.Message) error {
			return v.writeCall(ctx, channelID, messageID, participants, endedAt)
		})
		if err != nil && KindOf(err) != UnknownMessage && KindOf(err) != UnknownChannel { // gone with what it was in
			v.Log.Error("the message of a call could not be brought up to date", "channel", channelID, "error", err)
		}
	})
}

// writeCall is noteCall in the conversation's lane. What was noted before stays: two may come in another order than they left.
func (v *Voice) writeCall(ctx context.Context, channelID, messageID id.ID, participants []id.ID, endedAt time.Time) error {
	message, err := v.Store.UpdateMessage(ctx, channelID, messageID, func(message *store.Message) error {
		if message.Call == nil {
			return store.ErrNotFound
		}
		noted := store.Call{Participants: slices.Concat(message.Call.Participants, participants), EndedAt: message.Call.EndedAt}
		slices.Sort(noted.Participants)
		noted.Participants = slices.Compact(noted.Participants)
		if noted.EndedAt.IsZero() {
			noted.EndedAt = endedAt
		}
		message.Call = &noted
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownMessage)
	}
	if err != nil {
		return internal("writing what a call came to", err)
	}
	channel, err := v.views.direct(ctx, channelID)
	if err != nil {
		return err
	}
	updated, err := v.messages.completeOne(ctx, &channel.Channels[0], message)
	if err == nil {
		v.messages.tell(ctx, event.MessageUpdated(updated))
	}
	return err
}

// callAt shows the call of a conversation; there must be one. The lock is held.
func (v *Voice) callAt(channelID id.ID) event.Call {
	current := v.calls[channelID]
	told := event.Call{ChannelID: channelID, MessageID: current.messageID, Ringing: slices.Sorted(maps.Keys(current.ringing))}
	for _, entry := range v.servers[channelID] {
		told.States = append(told.States, entry.state)
	}
	slices.SortFunc(told.States, func(a, b event.VoiceState) int { return cmp.Compare(a.UserID, b.UserID) })
	return told
}

// tellCall tells everybody in a conversation something of its call, and somebody who may have just left it; zero for nobody. The lock is held.
func (v *Voice) tellCall(ctx context.Context, channelID, besides id.ID, about func(userID id.ID) event.Event) {
	var recipients []id.ID
	view, err := v.views.direct(ctx, channelID)
	switch {
	case err == nil:
		recipients = view.Channels[0].Recipients
	case KindOf(err) != UnknownChannel:
		v.Log.Error("what happened in a call was not told", "channel", channelID, "error", err)
	}
	if besides != 0 && !slices.Contains(recipients, besides) {
		v.publish(ctx, about(besides))
	}
	for _, userID := range recipients {
		v.publish(ctx, about(userID))
	}
}

// Call gives the call of a conversation that the caller is in; false when there is none.
func (v *Voice) Call(ctx context.Context, caller Caller, channelID id.ID) (event.Call, bool, error) {
	channel, err := v.conversation(ctx, caller, channelID)
	if err != nil {
		return event.Call{}, false, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.calls[channel.ID] == nil {
		return event.Call{}, false, nil
	}
	return v.callAt(channel.ID), true, nil
}

// CallsOf gives the calls in the conversations of somebody, by ascending channel id.
func (v *Voice) CallsOf(ctx context.Context, userID id.ID) (calls []event.Call) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for channelID := range v.calls {
		view, err := v.views.direct(ctx, channelID)
		if err == nil && slices.Contains(view.Channels[0].Recipients, userID) {
			calls = append(calls, v.callAt(channelID))
		}
	}
	slices.SortFunc(calls, func(a, b event.Call) int { return cmp.Compare(a.ChannelID, b.ChannelID) })
	return calls
}

// EndCalls ends all calls and streams, because the hall stops, and returns when the messages of calls say so. No other begins.
func (v *Voice) EndCalls(ctx context.Context) {
	v.mu.Lock()
	v.closing = true
	v.endStreams(ctx)
	for channelID := range v.calls {
		for _, entry := range v.servers[channelID] {
			v.leave(ctx, entry, DisconnectLeft)
		}
	}
	v.mu.Unlock()
	v.work.Wait()
}

// close ends what waits, and waits for what is under way.
func (v *Voice) close() {
	v.mu.Lock()
	v.closing = true
	for _, current := range v.calls {
		for _, one := range current.ringing {
			one.stop()
		}
	}
	v.mu.Unlock()
	v.work.Wait()
}

// endOpenCalls ends the calls that the last run could not: what is known of their end is that it was before this.
func (v *Voice) endOpenCalls(ctx context.Context) error {
	for {
		places, err := v.Store.OpenCalls(ctx, openCallsAtOnce)
		if err != nil {
			return internal("looking for the calls of the last run", err)
		}
		for _, place := range places {
			_, err := v.Store.UpdateMessage(ctx, place.ChannelID, place.MessageID, func(message *store.Message) error {
				message.Call = &store.Call{Participants: message.Call.Participants, EndedAt: v.Now().UTC()}
				return nil
			})
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return internal("ending a call of the last run", err)
			}
		}
		if len(places) < openCallsAtOnce {
			return nil
		}
	}
}

// followConversations keeps calls in step with who is in conversations, and who may talk to whom.
func (v *Voice) followConversations(ctx context.Context, e event.Event) {
	switch e := e.(type) {
	case event.RecipientRemoved:
		v.quitCall(ctx, e.ChannelID, e.Recipient.ID)
	case event.DirectClosed:
		if e.Channel.Type == store.ChannelGroupDM {
			v.quitCall(ctx, e.Channel.ID, e.UserID)
		}
	case event.DirectOpened:
		if e.Channel.Type == store.ChannelGroupDM && !e.Known {
			v.showCall(ctx, e.Channel.ID, e.UserID)
		}
	case event.RelationshipChanged:
		if e.Relationship.Type == store.RelationshipBlocked {
			v.hangUp(ctx, e.Relationship.UserID, e.Relationship.OtherID)
		}
	}
}

// showCall tells somebody who has come into a group of the call there.
func (v *Voice) showCall(ctx context.Context, channelID, userID id.ID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.calls[channelID] != nil {
		v.publish(ctx, event.CallBegun{UserID: userID, Call: v.callAt(channelID)})
	}
}

// quitCall takes somebody who is no longer in a conversation out of its call.
func (v *Voice) quitCall(ctx context.Context, channelID, userID id.ID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.calls[channelID] == nil {
		return
	}
	v.quiet(ctx, channelID, userID)
	if entry := v.servers[channelID][userID]; entry != nil {
		v.leave(ctx, entry, DisconnectKicked)
	}
}

// hangUp ends the call of two people of whom one has blocked the other.
func (v *Voice) hangUp(ctx context.Context, one, other id.ID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for channelID := range v.calls {
		view, err := v.views.direct(ctx, channelID)
		if err != nil || view.Channels[0].Type != store.ChannelDM || !slices.Contains(view.Channels[0].Recipients, one) || !slices.Contains(view.Channels[0].Recipients, other) {
			continue
		}
		for _, entry := range v.servers[channelID] {
			v.leave(ctx, entry, DisconnectKicked)
		}
	}
}

// recheckCaller looks again at somebody in a call, because events were missed. The lock is held.
func (v *Voice) recheckCaller(ctx context.Context, entry *voiceEntry) {
	view, err := v.views.direct(ctx, entry.state.ChannelID)
	switch {
	case KindOf(err) == UnknownChannel, err == nil && !slices.Contains(view.Channels[0].Recipients, entry.state.UserID):
		v.leave(ctx, entry, DisconnectKicked)
	case err != nil:
		v.Log.Error("somebody in a call could not be looked at", "channel", entry.state.ChannelID, "user", entry.state.UserID, "error", err)
	}
}
